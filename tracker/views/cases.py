"""One case: reading its file, taking it up, trying a decision, deciding."""

import re
from datetime import datetime
from typing import Any

import nh3
from flask import Blueprint, Response, g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Outcome
from tracker.domain.errors import Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import CHANNEL_LABELS, ENDING_LABELS, LABELS, Event, ItemState, State
from tracker.domain.redress import APPEAL_LABELS, COUNTER_LABELS
from tracker.domain.refusals import REFUSALS
from tracker.domain.regimes import REGIMES, Assessment
from tracker.domain.roles import Role
from tracker.domain.standing import LABELS as LEVELS
from tracker.domain.standing import Side
from tracker.domain.text import mailbox
from tracker.domain.threads import LABELS as MESSAGE_KINDS
from tracker.forms import case_acts as forms
from tracker.forms.case_acts import ActForm, blank
from tracker.forms.decision import DecisionForm
from tracker.models import Case
from tracker.queries import case_life, labels
from tracker.queries.case_file import CaseFile, Claim, case_file
from tracker.render.pages import Answer
from tracker.services import appeals, cases, decisions, exchange, publishers, standings
from tracker.services.decisions import Effect
from tracker.views import access, due
from tracker.views.access import moderator
from tracker.views.http import gettext, language, page, site

blueprint = Blueprint("cases", __name__, url_prefix="/desk/cases")

_NUMBER = "<int(max=2147483647):number>"
_FIRST = (Outcome.WITHHELD, Outcome.REMOVED, Outcome.DECLINED)
_MAY_WAIT = frozenset({State.RECEIVED, State.IN_REVIEW})
_AWAITED = frozenset({ItemState.OPEN, ItemState.NEEDS_INFO})
_SHOWN_TAGS = {"a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h2", "h3", "h4", "hr", "li"}
_SHOWN_TAGS |= {"ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "time", "tr", "ul"}


class _Rehearsed(Exception):
    """A decision was taken only to see what it does: no error, the way out of its transaction."""


@blueprint.get(f"/{_NUMBER}")
@moderator
def case(number: int) -> Response:
    return _case_page(number)


@blueprint.post(f"/{_NUMBER}/take-up")
@moderator
def take_up(number: int) -> AnyResponse:
    access.check_button()
    form = DecisionForm()
    try:
        with transaction():
            cases.take_up(site(), g.account, number, form.seen_version(), clock.now())
    except (Conflict, InvalidTransition) as error:
        return _case_page(number, refused=error)
    return redirect(f"/desk/cases/{number}", 303)


@blueprint.post(f"/{_NUMBER}/edit")
@moderator
def edit(number: int) -> Response:
    return _case_page(number, DecisionForm())


@blueprint.post(f"/{_NUMBER}/preview")
@moderator
def preview(number: int) -> Response:
    form = _received()
    if not form.validate_on_submit():
        return _case_page(number, form, 422)
    try:
        effect = _rehearsed(number, form)
    except Incomplete as error:
        form.refuse(error.problems)
        return _case_page(number, form, 422)
    except (Conflict, InvalidTransition) as error:
        return _case_page(number, form, refused=error)
    return page(
        "desk/preview.html",
        number=number,
        form=form,
        effect=effect,
        readers=_main_part(effect.page) if effect.page else "",
        outcome=OUTCOME_LABELS[form.draft().outcome],
        ground=GROUND_LABELS[form.draft().ground_type],
    )


@blueprint.post(f"/{_NUMBER}/decide")
@moderator
def decide(number: int) -> AnyResponse:
    form = _received()
    if not form.validate_on_submit():
        return _case_page(number, form, 422)
    try:
        with transaction():
            decisions.decide(site(), g.account, number, form.seen_version(), form.draft(), clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _case_page(number, form, 422)
    except (Conflict, InvalidTransition) as error:
        return _case_page(number, form, refused=error)
    return redirect(f"/desk/cases/{number}?decided=1", 303)


def _received() -> DecisionForm:
    form = DecisionForm()
    form.offer(tuple(Outcome))  # one that does not fit the case is refused with who changed it, not with "choose"
    return form


def _rehearsed(number: int, form: DecisionForm) -> Effect:
    """Take the very same decision, look at what it did, and roll it back: a preview cannot differ from the act."""
    seen: list[Effect] = []
    now = clock.now()
    try:
        with transaction():
            decision = decisions.decide(site(), g.account, number, form.seen_version(), form.draft(), now)
            seen.append(decisions.effect(decision=decision, site=site(), now=now))
            raise _Rehearsed
    except _Rehearsed:
        return seen[0]


def _case_page(
    number: int, form: DecisionForm | None = None, status: int = 200, refused: DomainError | None = None
) -> Response:
    """Show a case; after a conflict with what was written, so that it can be sent against the newest version."""
    now = clock.now()
    file = case_file(site(), number, now, request.args.get("revision", type=int))
    outcomes = _outcomes(file)
    yours = None
    if refused and form and file.case.decided_at:
        yours, form = form, None  # written for a case that is no longer open: kept to read, not to send
    if form is None:
        form = DecisionForm(formdata=None)
    if refused or not form.version.data:
        form.version.data = str(file.case.version)
    form.offer(outcomes)
    return page(
        "desk/case.html",
        refused.status if refused else status,
        file=file,
        case=file.case,
        form=form,
        yours=yours,
        may_decide=bool(outcomes),
        conflict=gettext(refused.message, **refused.values) if refused else "",
        category=CATEGORIES[file.case.category].label,
        provisions=_provisions(file.case),
        is_new="decided" in request.args,
        now=now,
        due=due,
        **_WORDS,
        **_life(file, now),
    )


_WORDS: dict[str, Any] = {
    "states": LABELS,
    "outcomes": OUTCOME_LABELS,
    "grounds": GROUND_LABELS,
    "refusals": REFUSALS,
    "regimes": REGIMES,
    "labels": labels,
    "channels": CHANNEL_LABELS,
    "endings": ENDING_LABELS,
    "levels": LEVELS,
    "counter_states": COUNTER_LABELS,
    "appeal_states": APPEAL_LABELS,
    "message_kinds": MESSAGE_KINDS,
}


def _life(file: CaseFile, now: datetime) -> dict[str, Any]:
    """Return what goes on in a case, and the form of each act that is possible now."""
    case, possible = file.case, case_life.events(file.case.state)
    deciders = appeals.deciders(case)
    limits = case_life.limits(site(), case)
    return {
        "limits": limits,
        "running": [limit for limit in limits if limit.clock.paused_at is None and limit.rule.expires is None][:2],
        "thread": case_life.thread(case),
        "counters": case_life.counters(case),
        "appeals": case_life.appeals(case),
        "neighbours": case_life.neighbours(case),
        "assessments": {claim.item.id: exchange.assessments(claim.notice) for claim in file.claims},
        "shown": {claim.notice.id: publishers.shown(claim.notice) for claim in file.claims if _is_awaited(claim)},
        "standings": {
            claim.item.id: standings.current(claim.notice.mailbox, Side.NOTIFIER, now) for claim in file.claims
        },
        "acts": _acts(case, possible),
        "item_acts": {claim.item.id: _item_acts(case, claim, possible) for claim in file.claims},
        "clock_acts": {limit.clock.id: _clock_act(case, limit) for limit in limits},
        "appeal_acts": {appeal.id: _appeal_act(file, appeal.id) for appeal in case.appeals if not appeal.decided_at},
        "is_decider": g.account.id in deciders,
        "has_other_decider": case_life.other_deciders(deciders),
        "may_rule": Event.RULE in possible,
    } | _misuse(file, now)


def _acts(case: Case, possible: frozenset[Event]) -> dict[str, ActForm]:
    """Return the acts on the case as a whole, by the last part of their address."""
    is_gdpr = any(clock.kind is ClockKind.GDPR_REPLY and clock.stopped_at is None for clock in case.clocks)
    offered: dict[str, tuple[type[ActForm], bool]] = {
        "note": (forms.NoteForm, True),
        "keep": (forms.KeepForm, True),
        "forward": (forms.ForwardForm, Event.ASK_PUBLISHER in possible and bool(case.article.publisher_email)),
        "extend": (forms.ExtendForm, Event.EXTEND in possible and is_gdpr),
        "restore": (forms.RestoreForm, Event.RESTORE_NOW in possible),
        "ruling": (forms.RulingForm, Event.RULING in possible),
    }
    return {name: blank(form, case) for name, (form, is_possible) in offered.items() if is_possible}


def _item_acts(case: Case, claim: Claim, possible: frozenset[Event]) -> dict[str, ActForm]:
    if not _is_awaited(claim):
        return {}
    number, acts = str(claim.item.id), {}
    if Event.ASK_INFO in possible:
        text = _asked(exchange.assessments(claim.notice))
        acts["ask-info"] = blank(forms.AskForm, case, item=number, text=text)
    if Event.REJECT in possible:
        acts["reject"] = blank(forms.RejectForm, case, item=number)
    return acts


def _asked(found: tuple[Assessment, ...]) -> str:
    """Return in words what is missing, for the moderator to go on from."""
    lacks = dict.fromkeys(f"{need.label}：{need.cure}" for assessment in found for need in assessment.missing)
    return "\n".join(["请补充以下内容：", *(f"- {line}" for line in lacks)]) if lacks else ""


def _clock_act(case: Case, limit: case_life.Limit) -> tuple[str, ActForm | None]:
    number = str(limit.clock.id)
    if not limit.rule.may_pause or limit.clock.held_at:
        return "", None
    if limit.clock.paused_at:
        return "resume", blank(forms.ResumeForm, case, clock=number)
    return "pause", blank(forms.PauseForm, case, clock=number)


def _appeal_act(file: CaseFile, appeal: int) -> forms.AppealForm:
    form = blank(forms.AppealForm, file.case, appeal=str(appeal))
    form.offer((Outcome.RESTORED, Outcome.WITHHELD, Outcome.REMOVED) if file.measure else _FIRST[:2])
    return form


def _misuse(file: CaseFile, now: datetime) -> dict[str, Any]:
    """Return for an admin what counts for or against each notifier, what it calls for, and the form to act on it."""
    is_admin, publisher = g.account.role is Role.ADMIN, file.case.article.publisher_email
    claims = [c for c in file.claims if c.notice.mailbox] if is_admin else []
    return {
        "publisher_factors": standings.factors(mailbox(publisher), Side.PUBLISHER, now) if publisher else None,
        "publisher_act": blank(forms.StandingForm, file.case) if is_admin and publisher else None,
        "factors": {c.item.id: standings.factors(c.notice.mailbox, Side.NOTIFIER, now) for c in claims},
        "suggested": {c.item.id: standings.suggested(c.notice.mailbox, Side.NOTIFIER, now) for c in claims},
        "standing_acts": {c.item.id: blank(forms.StandingForm, file.case, item=str(c.item.id)) for c in claims},
    }


def _is_awaited(claim: Claim) -> bool:
    return claim.item.state in _AWAITED


def _outcomes(file: CaseFile) -> tuple[Outcome, ...]:
    case = file.case
    if case.decided_at is None and case.closed_at is None:
        return (*_FIRST, Outcome.INTERIM) if case.state in _MAY_WAIT and not file.measure else _FIRST
    return (Outcome.RESTORED,) if file.measure and Event.REVERSE in case_life.events(case.state) else ()


def _provisions(case: Case) -> list[str]:
    """Return what a decision on this case would most likely rely on."""
    rules = site().fixed_page("rules", language())
    clauses = rules.clauses if rules else ()
    ours = [f"《{rules.title}》（{rules.version}版）{number} {title}" for number, title in clauses] if rules else []
    return [*CATEGORIES[case.category].provisions, *ours]


def _main_part(answer: Answer) -> Markup:
    """Return what stands in the main part of a reader's page, without what belongs to a page of its own."""
    found = re.search(r"<main[^>]*>(.*)</main>", answer.body.decode(), re.DOTALL)
    html = re.sub(r"(</?)h1\b", r"\1h2", found[1]) if found else ""
    return Markup(nh3.clean(html, tags=_SHOWN_TAGS, attributes={"a": {"href"}}))  # noqa: S704 - sanitised just here
