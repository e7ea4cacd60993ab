"""What of a notice the publisher may see, and what of a counter-notice the notifier may see."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tracker.domain.elements import ELEMENTS
from tracker.domain.errors import N_
from tracker.domain.publisher_elements import COUNTER_ELEMENTS
from tracker.domain.redaction import redact, without_queries
from tracker.domain.regime_table import REGIMES, Disclosure, Identity, RegimeName

_OWN_NAMES = ("notifier_name", "notifier_org")
_NAMES = (*_OWN_NAMES, "principal_name")
_WORKS = ("work_title", "work_description", "work_urls", "work_reg_no")
_WHO = (
    *_NAMES, "signature_name", "email", "phone", "postal_address", "org_id_no", "authority_name", "report_back_to",
)  # fmt: skip
_COUNTER_WHO = ("counter_name", "counter_address", "counter_phone", "org_id_no", "signature_name")
_COUNTER_SAID = ("addresses", "explanation", "evidence_urls")
_COUNTER_COPY = (
    *_COUNTER_SAID, "counter_name", "counter_address", "counter_phone", "stmt_mistake_perjury", "stmt_jurisdiction",
    "stmt_jurisdiction_abroad", "stmt_accept_service", "signature_name",
)  # fmt: skip
_NAMED_COUNTER = frozenset({RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL})

_TELLING: dict[Identity, dict[tuple[str, ...], str]] = {
    Identity.NEVER: {(): N_("不会知道。“%(regime)s”不把您的身份告诉他。")},
    Identity.NAME: {
        _OWN_NAMES: N_("可以知道您的姓名或单位名称。“%(regime)s”要转给他，让他知道是谁提出的。"),
        _NAMES: N_("可以知道您和您所代表的人的姓名或单位名称。“%(regime)s”要转给他，让他知道是谁提出的。"),
    },
    Identity.NAME_FOR_WORKS: {
        (): N_(
            "不会知道。您没有写作品、商标等权利的情况，就不需要告诉他是谁提出的（欧盟《数字服务法》第17条第3款(b)项）。"
        ),
        _OWN_NAMES: N_(
            "可以知道您的姓名或单位名称。您写了作品、商标等权利的情况，他要知道是谁的（欧盟《数字服务法》第17条第3款(b)项）。"
        ),
        _NAMES: N_(
            "可以知道您和您所代表的人的姓名或单位名称。您写了作品、商标等权利的情况，他要知道是谁的（欧盟《数字服务法》第17条第3款(b)项）。"
        ),
    },
    Identity.BY_CONSENT: {
        (): N_("不会知道，除非您同意告诉他（“%(regime)s”）。"),
        ("notifier_name",): N_("可以知道您的姓名，因为您同意告诉他（“%(regime)s”）。"),
        ("email",): N_("可以知道您的邮箱，因为您同意告诉他（“%(regime)s”）。"),
        ("notifier_name", "email"): N_("可以知道您的姓名和邮箱，因为您同意告诉他（“%(regime)s”）。"),
    },
    Identity.AUTHORITY: {
        ("authority_name",): N_("不会知道您是谁，可以知道作出文书的法院或机关；法律禁止告知的除外。"),
    },
}
"""What a notifier is told of this, by the rule and by what it lets through."""


class Telling(NamedTuple):
    """In words what the publisher gets to know of who sends a notice, and the regime that decides it."""

    said: str
    regime: RegimeName


def disclosed(regimes: Iterable[RegimeName], answers: Mapping[str, str]) -> dict[str, str]:
    """Return what of the answers the publisher may see: only what every regime that applies lets through.

    Who may not be known is taken out of the free text too, and so are the numbers and addresses of anybody.
    """
    found = [REGIMES[name].disclose for name in regimes] or [REGIMES[RegimeName.GENERAL].disclose]
    allowed = frozenset.intersection(*(_allowed(disclosure, answers) for disclosure in found))
    return _shown([name for name in ELEMENTS if name in allowed], answers, _WHO)


def counter_disclosed(regimes: Iterable[RegimeName], answers: Mapping[str, str]) -> dict[str, str]:
    """Return what of a counter-notice the notifier may see: the whole copy under US law, else the name at most."""
    names = set(regimes)
    if RegimeName.US_DMCA in names:
        allowed: tuple[str, ...] = _COUNTER_COPY
    else:
        allowed = (*_COUNTER_SAID, "counter_name") if names & _NAMED_COUNTER else _COUNTER_SAID
    return _shown([name for name in COUNTER_ELEMENTS if name in allowed], answers, _COUNTER_WHO)


def reply_disclosed(answers: Mapping[str, str]) -> dict[str, str]:
    """Return what of a reply to a British complaint its sender lets the complainant see (SI 2013/3028)."""
    shown = (
        ("wants_removal", "full_name", "postal_address")
        if answers.get("share_consent") == "yes"
        else ("wants_removal",)
    )
    return {name: answers[name] for name in shown if answers.get(name)}


def is_notifier_disclosed(regimes: Iterable[RegimeName], answers: Mapping[str, str]) -> bool:
    """Say whether the publisher learns who sent the notice, as a statement of reasons has to (DSA art. 17(3)(b))."""
    return not {*_NAMES, "email"}.isdisjoint(disclosed(regimes, answers))


def telling(regimes: Iterable[RegimeName], answers: Mapping[str, str]) -> Telling:
    """Return what to tell somebody, before they send a notice, about what of who they are the publisher gets to know.

    By the rule of `disclosed`: the regime that lets least through decides. A name that is not given yet is taken as given.
    """
    found = [(name, REGIMES[name].disclose.identity) for name in regimes] or [(RegimeName.GENERAL, Identity.NEVER)]
    order = list(Identity)
    name, rule = min(found, key=lambda each: (len(_identity(each[1], answers)), order.index(each[1])))
    return Telling(_TELLING[rule][_identity(rule, answers)], name)


def _allowed(disclosure: Disclosure, answers: Mapping[str, str]) -> frozenset[str]:
    return frozenset((*disclosure.answers, *_identity(disclosure.identity, answers)))


def _identity(identity: Identity, answers: Mapping[str, str]) -> tuple[str, ...]:
    if identity is Identity.NAME_FOR_WORKS:
        return _names(answers) if any(answers.get(name) for name in _WORKS) else ()
    if identity is Identity.BY_CONSENT:
        consents = (("share_name", "notifier_name"), ("share_email", "email"))
        return tuple(name for consent, name in consents if answers.get(consent) == "yes")
    return {Identity.NAME: _names(answers), Identity.AUTHORITY: ("authority_name",)}.get(identity, ())


def _names(answers: Mapping[str, str]) -> tuple[str, ...]:
    principal = ELEMENTS["principal_name"]
    return _NAMES if answers.get(principal.name) or principal.is_asked_by(answers) else _OWN_NAMES


def _shown(names: Iterable[str], answers: Mapping[str, str], who: Iterable[str]) -> dict[str, str]:
    given = [name for name in names if answers.get(name)]
    hidden = [answers[name] for name in who if name not in given and answers.get(name)]
    plain = {answers[name] for name in given if name in who}
    hidden = [value for value in hidden if value not in plain]  # a name that may be known may be known everywhere
    return {name: _clean(name, answers[name], hidden, is_identity=name in who) for name in given}


def _clean(name: str, answer: str, hidden: list[str], *, is_identity: bool) -> str:
    if is_identity:
        return answer
    return redact(without_queries(answer) if name == "addresses" else answer, hidden)
