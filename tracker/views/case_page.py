"""What the page of a case shows around its decision: the claim sheet, what changed, what was before, who thinks what."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from babel.dates import format_date
from flask import g, request, session

from tracker import clock
from tracker.db import db, transaction
from tracker.domain import remedied
from tracker.domain.categories import CATEGORIES
from tracker.domain.claims import EVERY_OTHER, Answer, Reply, field
from tracker.domain.claims import LABELS as ANSWERS
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Outcome
from tracker.domain.errors import DomainError
from tracker.domain.lifecycle import CHANNEL_LABELS, ENDING_LABELS
from tracker.domain.lifecycle import LABELS as STATES
from tracker.domain.opinions import LABELS as VIEWS
from tracker.domain.precedents import pattern, tally
from tracker.domain.reasons import own_words, public, told
from tracker.domain.redress import APPEAL_LABELS, counter_label
from tracker.domain.refusals import REFUSALS
from tracker.domain.regimes import REGIMES
from tracker.domain.roles import Permission
from tracker.domain.standing import LABELS as LEVELS
from tracker.domain.threads import LABELS as MESSAGE_KINDS
from tracker.forms import case_page as forms
from tracker.forms.case_acts import ActForm, blank
from tracker.forms.decision import DecisionForm, replies
from tracker.models import Case, Claim, Decision, Item, Opinion
from tracker.queries import claim_sheet, comparison, history, labels, mail_states, opinions, similar
from tracker.queries.advice import ACTIONS
from tracker.queries.case_file import CaseFile
from tracker.queries.comparison import Comparison
from tracker.queries.typed import Typed, typed
from tracker.render.site import LOCALES
from tracker.services import case_drafts, claims, exposures, proving
from tracker.services.case_drafts import DECIDING
from tracker.views.http import may, site

WORDS: dict[str, Any] = {
    "states": STATES,
    "outcomes": OUTCOME_LABELS,
    "grounds": GROUND_LABELS,
    "refusals": REFUSALS,
    "regimes": REGIMES,
    "first_actions": ACTIONS,
    "labels": labels,
    "mail_states": mail_states,
    "channels": CHANNEL_LABELS,
    "endings": ENDING_LABELS,
    "levels": LEVELS,
    "counter_label": counter_label,
    "appeal_states": APPEAL_LABELS,
    "message_kinds": MESSAGE_KINDS,
}
"""The words of all that a case shows as codes."""

A = TypeVar("A", bound=ActForm)

LISTED = 5
"""How many precedents are named; the others are only counted."""


@dataclass(frozen=True)
class Row:
    """A claim as the sheet shows it: what stands, or what is being answered."""

    claim: Claim
    number: int
    reply: Reply
    field: str
    error: str
    act: ActForm | None


def fill(number: int, form: DecisionForm) -> None:
    """Fill in what follows from the answers to the claims where nobody wrote anything, or only what followed before."""
    known = set(str(form.derived.data or "").split("."))
    texts = [form.facts, form.ground_explanation]
    for text in texts:
        text.data = "" if _mark(text.data) in known else text.data or ""
    is_empty = [not text.data.strip() for text in texts]
    if form.outcome.data not in set(Outcome):
        return  # nothing follows yet
    draft = claims.filled(number, form.draft())
    form.facts.data, form.ground_explanation.data = draft.facts, draft.ground_explanation
    form.derived.data = ".".join(_mark(text.data) for text, was in zip(texts, is_empty, strict=True) if was)


def _mark(text: str | None) -> str:
    return hashlib.sha256((text or "").strip().encode()).hexdigest()[:16]


def empty_form(case: Case, own: Typed, filled_in: Mapping[str, str]) -> DecisionForm:
    """Return the form of a decision with what its reader typed before, or what the page fills in by itself."""
    fields = own.fields(DECIDING) if not case.decided_at else {}
    typed_in = {name: text for name, text in fields.items() if not name.startswith("claim")}
    form = DecisionForm(formdata=None, data={**filled_in, **typed_in})
    form.replies = replies(fields)
    return form


def restored(act: ActForm, fields: Mapping[str, str]) -> None:
    """Put what was typed in the form of an act back into it."""
    for each in act.shown_fields():
        if each.name in fields:
            each.data = fields[each.name]


def _by_scope(life: Mapping[str, Any]) -> dict[str, ActForm]:
    """Return the forms of the other acts on the page, by the name under which the templates show them."""
    found: dict[str, ActForm] = dict(life["acts"])
    found |= {f"{name}-{item}": act for item, acts in life["item_acts"].items() for name, act in acts.items()}
    found |= {f"{name}-{clock}": act for clock, (name, act) in life["clock_acts"].items()}
    found |= {f"rule-{appeal}": act for appeal, act in life["appeal_acts"].items()}
    found |= {f"standing-{item}": act for item, act in life["standing_acts"].items()}
    return found | ({"standing-publisher": life["publisher_act"]} if life["publisher_act"] else {})


_FORMS = {
    DECIDING: "作出决定", "note": "内部备注", "ask-info": "请通知人补充", "reject": "不予受理", "letter": "写信",
    "ask-opinion": "请同事给意见", "answer": "第二意见", "split": "拆出主张", "claim": "改写主张", "rule": "处理申诉", "keep": "法律保全",
    "pause": "暂停期限", "tell-authority": "向机关报告", "extend": "延长期限", "standing": "信誉",
}  # fmt: skip


def form_name(form: str) -> str:
    """Return in words which form a draft is of."""
    plain = form.removesuffix(case_drafts.BEFORE)
    found = next((words for name, words in _FORMS.items() if plain == name or plain.startswith(f"{name}-")), "其他")
    return found if plain == form else f"{found}，接手以前写的"


def _texts(decision: Decision) -> list[tuple[str, str]]:
    """Return what a decision says to one side alone, or to nobody outside, with whom it is for."""
    both = told(decision.facts, decision.ground_explanation)
    said = [
        ("内部理由", decision.rationale),
        ("只写给通知人", own_words(decision.to_notifier, both)),
        ("只写给发布者", own_words(decision.to_publisher, both)),
        ("公开说明", own_words(decision.public, public(decision.outcome, decision.ground_ref))),
    ]
    return [(label, text) for label, text in said if text]


def _remedied(case: Case, compared: Comparison) -> DecisionForm:
    """Return the decision that nothing is left to act on, as a form to be looked at and confirmed."""
    days = [format_date(site().local(gone.at).date(), "long", locale=_LOCALE) for gone in compared.gone if gone.at]
    draft = remedied.decision(days)
    form = DecisionForm(formdata=None, data={name: getattr(draft, name) for name in _OF_DRAFT})
    form.version.data, form.replies = str(case.version), dict(draft.replies)
    return form


_LOCALE = LOCALES["zh-Hans"]
_OF_DRAFT = ("outcome", "ground_type", "ground_ref", "ground_explanation", "facts", "refusal", "rationale")


def parts(
    file: CaseFile, form: DecisionForm, own: Typed, life: Mapping[str, Any], now: datetime, *, is_impartial: bool
) -> dict[str, Any]:
    """Return all that the templates of the case page take beside the file, its life and the form of the decision."""
    case, may_act = file.case, may(Permission.DECIDE)
    is_open = case.decided_at is None and case.closed_at is None
    shown_items = [claim.item for claim in file.claims]
    found = similar.similar(case) if is_open else []
    precedents = [each.precedent for each in found]
    offered = _acts(case, shown_items, is_open=is_open) if may_act and is_impartial else {}
    answering = _sheet(file, form, is_editable=is_open and may_act and is_impartial)
    compared = comparison.comparison(case, file.revision)
    shown = offered | _by_scope(life) | {f"claim-{row.claim.id}": row.act for row in answering["sheet"] if row.act}
    for name, act in shown.items():
        restored(act, own.fields(name))
    known = {*shown, *([DECIDING] if is_open else [])}
    return {
        **answering,
        "answers": ANSWERS,
        "compared": compared,
        "remedied": _remedied(case, compared) if is_open and compared and compared.is_remedied else None,
        "article_history": history.of_article(case),
        "named_beside": history.named_beside(shown_items),
        "notifier_records": history.of_notifiers(g.account, case, shown_items),
        "publisher_record": history.of_publisher(case),
        "dates": history.dates(site(), case),
        "precedents": found[:LISTED],
        "tally": tally(precedents),
        "overturned": sum(each.is_overturned for each in precedents),
        "pattern": pattern(precedents),
        "opinions": case.opinions,
        "views": VIEWS,
        "page_acts": offered,
        "category_labels": CATEGORIES,
        "decision_texts": _texts,
        "typed": own,
        "kept": [draft for name, draft in own.own.items() if name not in known],
        "form_names": form_name,
        "proved_within": proving.LOOKS_BACK,
        "is_saved": "saved" in request.args,
        "is_done": "did" in request.args,
        "drafted": frozenset(own.own),
        "uncover_at": f"/desk/cases/{case.id}/uncover" if may_act else "",
        "save_at": f"/desk/cases/{case.id}/save-draft" if may_act else "",
        "draft_at": f"/desk/cases/{case.id}/draft" if may_act else "",
        "exposed": exposures.today(site(), g.account, now),
        "exposure_limit": site().config.exposure_limit,
    }


def _sheet(file: CaseFile, form: DecisionForm, *, is_editable: bool) -> dict[str, Any]:
    """Return the claims of the notices on the page and of those that something is wrong with; of the others, what was answered."""
    on_page = {claim.item.id for claim in file.claims}
    sheet = claim_sheet.sheet(file.case)
    shown = {claim.id for claim in sheet if claim.item_id in on_page or field(claim.id) in form.claim_errors}
    return {
        "sheet": [_row(claim, n, form, is_editable) for n, claim in enumerate(sheet, 1) if claim.id in shown],
        "elsewhere": {
            field(number): reply for number, reply in form.replies.items() if number not in {*shown, EVERY_OTHER}
        },
        "waiting": sum(claim.answer is Answer.OPEN for claim in sheet),
        "every_other": form.replies.get(EVERY_OTHER, Reply(Answer.OPEN)),
    }


def _row(claim: Claim, place: int, form: DecisionForm, is_editable: bool) -> Row:
    reply = form.replies.get(claim.id, Reply(claim.answer, claim.reasons))
    act = None
    if is_editable:
        said = {"text": claim.text, "passage": claim.passage, "ground": claim.ground}
        act = blank(forms.ClaimForm, claim.case, item=str(claim.item_id), claim=str(claim.id), **said)
    return Row(claim, place, reply, field(claim.id), form.claim_errors.get(field(claim.id), ""), act)


def _acts(case: Case, items: Sequence[Item], *, is_open: bool) -> dict[str, ActForm]:
    """Return the forms of the acts that this page adds, by the name under which their drafts are kept."""
    acts: dict[str, ActForm] = {}
    if is_open:
        acts |= {
            f"split-{item.id}": blank(forms.ClaimForm, case, item=str(item.id)) for item in items if not item.ended
        }
    if is_open and len(claim_sheet.sheet(case)) > 1:
        acts["merge"] = offer(blank(forms.MergeForm, case), case.id)
    if not case.closed_at and opinions.colleagues(g.account, case):
        acts["ask-opinion"] = offer(blank(forms.OpinionForm, case), case.id)
    acts |= {f"answer-{each.id}": blank(forms.AnswerOnCaseForm, case) for each in case.opinions if _is_asked(each)}
    acts |= {
        f"letter-{item.id}": blank(forms.LetterForm, case, item=str(item.id))
        for item in items
        if item.notice.answers.get("email")
    }
    if case.article.publisher_email:
        acts["letter-0"] = blank(forms.LetterForm, case, item="0")
    return acts


def _is_asked(opinion: Opinion) -> bool:
    """Say whether a question waits for the answer of whoever is signed in."""
    return opinion.asked_of_id == g.account.id and opinion.view is None and not opinion.case.closed_at


def offer(form: A, case_id: int) -> A:
    """Let a form choose from what there is: the claims of a case, the colleagues who can be asked about it."""
    case = db.session.get(Case, case_id)
    if isinstance(form, forms.MergeForm):
        form.offer([(claim.id, place) for place, claim in enumerate(claim_sheet.sheet(case), 1)] if case else [])
    if isinstance(form, forms.OpinionForm):
        form.offer(opinions.colleagues(g.account, case) if case else [])
    return form


def drafts_of(case: Case) -> Typed:
    """Return what was typed on a case, as whoever is signed in sees it."""
    return typed(case, g.account)


def keep(number: int) -> None:
    """Save what was sent to decide a case and could not be taken, as if it had been typed only."""
    with suppress(DomainError), transaction():
        case_drafts.save(g.account, number, DECIDING, request.form, clock.now())


UNCOVERED = "uncovered"
_REMEMBERED = 60


def uncover(key: str) -> None:
    """Remember for this browser that a passage was asked for; the server counts it, and keeps no list."""
    known = [each for each in session.get(UNCOVERED, []) if each != key]
    session[UNCOVERED] = [*known, key][-_REMEMBERED:]
