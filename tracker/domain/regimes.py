"""The bodies of law a notice may come under: which apply, what is missing by each, what is done first, what redress there is.

The one door to them: the table is in `regime_table`, what they require in `requirements`, who may see what in `disclosure`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tracker.domain.countries import EEA, EU
from tracker.domain.disclosure import (
    Telling,
    counter_disclosed,
    disclosed,
    is_notifier_disclosed,
    reply_disclosed,
    telling,
)
from tracker.domain.elements import AGREED, ELEMENTS, Kind
from tracker.domain.publisher_elements import COUNTER_ELEMENTS
from tracker.domain.regime_table import (
    COUNTER,
    COURT,
    REGIMES,
    REVIEW,
    REVIEW_OF_PUBLISHER,
    REVIEWS,
    SETTLE,
    US_COURT,
    FirstAction,
    Regime,
    RegimeName,
    Side,
)
from tracker.domain.requirements import Requirement
from tracker.domain.text import bare

__all__ = [
    "COUNTER",
    "COURT",
    "REGIMES",
    "REVIEWS",
    "SETTLE",
    "US_COURT",
    "Assessment",
    "Completeness",
    "FirstAction",
    "Regime",
    "RegimeName",
    "Requirement",
    "Side",
    "Telling",
    "applying",
    "assess",
    "assess_counter",
    "counter_disclosed",
    "counter_missing",
    "disclosed",
    "first_action",
    "is_notifier_disclosed",
    "may_withhold_meanwhile",
    "missing",
    "overall",
    "redress",
    "reply_disclosed",
    "reply_missing",
    "telling",
]


def first_action(names: Iterable[RegimeName]) -> FirstAction:
    """Return the most protective first action of the regimes for which a notice is valid; assess when there are none."""
    order = list(FirstAction)
    return max((REGIMES[name].first_action for name in names), key=order.index, default=FirstAction.ASSESS)


def redress(names: Iterable[RegimeName], side: Side, *, is_platform: bool = False) -> tuple[str, ...]:
    """Return what a party can do about a decision, nearest first; never empty.

    Out-of-court settlement (DSA art. 21) is offered only where the site is an online platform.
    """
    regimes = [REGIMES[name] for name in names] or [REGIMES[RegimeName.GENERAL]]
    found = [REVIEW if side is Side.NOTIFIER else REVIEW_OF_PUBLISHER]
    if side is Side.PUBLISHER and any(regime.counter for regime in regimes):
        found.append(COUNTER)
    if is_platform and any(regime.name is RegimeName.EU_DSA for regime in regimes):
        found.append(SETTLE)
    found += [message for regime in regimes for message in regime.redress]
    return tuple(dict.fromkeys(found))


_CHINESE = frozenset({RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL, RegimeName.CN_ENTERPRISE, RegimeName.CN_PI})


class Candidates(Protocol):
    """A category, as far as the regimes need to know it: those it may come under, the leading one first."""

    @property
    def regimes(self) -> tuple[RegimeName, ...]:
        """Return the candidates."""
        ...


def applying(category: Candidates, answers: Mapping[str, str], *, targets_eu: bool = False) -> tuple[RegimeName, ...]:
    """Return the regimes a notice comes under; never none.

    Chinese law binds this site, so it applies unless the notifier writes from a country whose own regime does. Without a
    name, the regimes that want the true identity give way to a general report. `targets_eu`: the site is aimed at the EU;
    one that is not is under the DSA for nobody, wherever they write from (art. 2(1), 3(d), (e); recital 8).
    """
    country = answers.get("country", "")
    is_sworn = answers.get("stmt_authority_perjury", "") in AGREED
    abroad = {
        RegimeName.US_DMCA: country == "US" or is_sworn,
        RegimeName.UK_DEFAMATION: country == "GB",
        RegimeName.EU_DSA: country in EU and targets_eu,
        RegimeName.GDPR: country in EEA,
    }
    found = {name for name in category.regimes if abroad.get(name, False)}
    wanted = {RegimeName.NCII, RegimeName.ORDER}
    if country in {"CN", ""} or not found:
        wanted |= _CHINESE
    if category.regimes[0] is RegimeName.CN_MINOR or answers.get("minor_involved") == "yes":
        wanted.add(RegimeName.CN_MINOR)
    if targets_eu:
        wanted.add(RegimeName.EU_DSA)
    found |= wanted & set(category.regimes)
    kept = found if _is_named(answers) else {name for name in found if not REGIMES[name].needs_identity}
    if kept != found or not kept:
        kept = kept | {RegimeName.GENERAL}
    return tuple(name for name in RegimeName if name in kept)


def _is_named(answers: Mapping[str, str]) -> bool:
    return any(bare(answers.get(name, "")) for name in ("notifier_name", "notifier_org", "signature_name"))


class Completeness(StrEnum):
    """Whether a notice has what a regime requires (17 USC 512(c)(3)(B) for its own; by analogy for the others)."""

    VALID = "valid"
    CURABLE = "curable"  # has what is essential: the sender is told what is missing
    VOID = "void"  # lacks something essential: not a notice under this regime


@dataclass(frozen=True)
class Assessment:
    """How complete a notice is by one regime, and what is missing."""

    regime: RegimeName
    completeness: Completeness
    missing: tuple[Requirement, ...]


def assess(
    regimes: Iterable[RegimeName], answers: Mapping[str, str], files: frozenset[str], category: str = ""
) -> tuple[Assessment, ...]:
    """Return how complete a notice is by each regime; `files` are the purposes for which there are files."""
    return tuple(_assessed(name, missing(REGIMES[name].requires, answers, files, category)) for name in regimes)


def assess_counter(
    regimes: Iterable[RegimeName], answers: Mapping[str, str], files: frozenset[str]
) -> tuple[Assessment, ...]:
    """Return how complete a counter-notice is by each regime that knows one.

    What another answer makes pointless counts for nothing: of the two statements on jurisdiction, only that for where the
    address is (17 USC 512(g)(3)(D)).
    """
    known = [REGIMES[name] for name in regimes if REGIMES[name].counter]
    pointless = {name for name, element in COUNTER_ELEMENTS.items() if not element.is_asked_by(answers)}
    counting = {name: answer for name, answer in answers.items() if name not in pointless}
    return tuple(_assessed(regime.name, missing(regime.counter, counting, files)) for regime in known)


def _assessed(name: RegimeName, lacks: tuple[Requirement, ...]) -> Assessment:
    if any(requirement.is_essential for requirement in lacks):
        return Assessment(name, Completeness.VOID, lacks)
    return Assessment(name, Completeness.CURABLE if lacks else Completeness.VALID, lacks)


def counter_missing(
    regimes: Iterable[RegimeName], answers: Mapping[str, str], files: frozenset[str]
) -> tuple[Requirement, ...]:
    """Return what a counter-notice lacks by any of its regimes, each thing once; regimes that know none ask for nothing."""
    lacks = [need for found in assess_counter(regimes, answers, files) for need in found.missing]
    return tuple({need.any_of: need for need in reversed(lacks)}.values())[::-1]


def reply_missing(regimes: Iterable[RegimeName], answers: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Return what a publisher's reply to a complaint lacks, where a regime asks for one (SI 2013/3028, Schedule)."""
    needs = [need for name in regimes for need in REGIMES[name].reply]
    return missing(needs, answers, frozenset())


def missing(
    requirements: Iterable[Requirement], answers: Mapping[str, str], files: frozenset[str], category: str = ""
) -> tuple[Requirement, ...]:
    """Return the requirements that concern this notice, counter-notice or reply and are not met."""
    return tuple(
        requirement
        for requirement in requirements
        if requirement.concerns(answers, category)
        and not any(name in files or _is_given(name, answers.get(name, "")) for name in requirement.any_of)
    )


def _is_given(name: str, answer: str) -> bool:
    element = ELEMENTS.get(name) or COUNTER_ELEMENTS.get(name)
    if element is not None and element.kind is Kind.STATEMENT:
        return answer in AGREED
    return bool(bare(answer))


def may_withhold_meanwhile(found: Assessment) -> bool:
    """Say whether a notice lets its article be withheld before a decision (law_standards §5, 1; §6.2, 7).

    A copyright notice has to be valid; intimate images, minors and orders only not void.
    """
    action = REGIMES[found.regime].first_action
    if action is FirstAction.WITHHOLD_AT_ONCE or found.regime is RegimeName.ORDER:
        return found.completeness is not Completeness.VOID
    return action is FirstAction.WITHHOLD and found.completeness is Completeness.VALID


def whole(assessments: Iterable[Assessment]) -> set[RegimeName]:
    """Return the regimes that have all they ask for."""
    return {found.regime for found in assessments if found.completeness is Completeness.VALID}


def overall(assessments: Iterable[Assessment]) -> Completeness:
    """Return valid when every regime has all it asks for, void when none has what is essential, else curable."""
    found = {assessment.completeness for assessment in assessments}
    if len(found) == 1:
        return found.pop()
    return Completeness.CURABLE if found else Completeness.VALID
