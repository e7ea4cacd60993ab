"""One case: reading its file, taking it up, trying a decision, deciding."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import rehearsed, transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import FIRST, Outcome
from tracker.domain.errors import Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import AWAITED, Event, ItemState, State
from tracker.domain.regimes import Assessment
from tracker.domain.roles import Permission
from tracker.domain.standing import Side
from tracker.domain.text import mailbox
from tracker.forms import case_acts as forms
from tracker.forms import filling, findings
from tracker.forms.case_acts import ActForm, blank
from tracker.forms.decision import DecisionForm
from tracker.models import Case, Proposal
from tracker.queries import arranging, case_life, colleagues, concerns
from tracker.queries.advice import advice
from tracker.queries.authorities import telling
from tracker.queries.case_file import CaseFile, Claim, case_file
from tracker.queries.same_pictures import same_pictures
from tracker.render.excerpt import main_part
from tracker.services import appeals, defamation, effects, exchange, guards, proposals, publishers, standings
from tracker.services.effects import Effect
from tracker.views import case_page, due, going_on, proposing
from tracker.views.access import needs
from tracker.views.http import gettext, language, may, page, site

blueprint = Blueprint("cases", __name__, url_prefix="/desk/cases")

_NUMBER = "<int(max=2147483647):number>"
_MAY_WAIT = frozenset({State.RECEIVED, State.IN_REVIEW, State.AWAITING_REPLY})


@blueprint.get(f"/{_NUMBER}")
@needs(Permission.READ_DESK)
def case(number: int) -> Response:
    return _case_page(number)


@blueprint.post(f"/{_NUMBER}/edit")
@needs(Permission.DECIDE)
def edit(number: int) -> Response:
    return _case_page(number, DecisionForm())


@blueprint.post(f"/{_NUMBER}/preview")
@needs(Permission.DECIDE)
def preview(number: int) -> Response:
    form = _received(number)
    if filling.insert(form, site(), number, g.account, clock.now()):
        return _case_page(number, form)
    if not form.validate_on_submit():
        return _case_page(number, form, 422)
    try:
        effect = _rehearsed(number, form)
    except Incomplete as error:
        form.refuse(error.problems)
        return _case_page(number, form, 422)
    except (Conflict, InvalidTransition) as error:
        case_page.keep(number)
        return _case_page(number, form, refused=error)
    return page(
        "desk/preview.html",
        number=number,
        form=form,
        effect=effect,
        readers=main_part(effect.page) if effect.page else "",
        draft=form.draft(),
        uncover_at=f"/desk/cases/{number}/uncover",
        grace=site().config.decision_grace,
        needs_second=proposals.is_needed(site(), number, form.draft().outcome),
        now=clock.now(),
        **case_page.WORDS,
    )


@blueprint.post(f"/{_NUMBER}/decide")
@needs(Permission.DECIDE)
def decide(number: int) -> AnyResponse:
    form = _received(number)
    if not form.validate_on_submit():
        return _case_page(number, form, 422)
    try:
        with transaction():
            version, now = form.seen_version(), clock.now()
            made = proposals.submit(site(), g.account, number, version, form.draft(), request.form, now)
            said = "proposed=1#proposal" if isinstance(made, Proposal) else "decided=1"
    except Incomplete as error:
        form.refuse(error.problems)
        return _case_page(number, form, 422)
    except (Conflict, InvalidTransition) as error:
        case_page.keep(number)
        return _case_page(number, form, refused=error)
    if request.form.get("then") == "next" and not isinstance(made, Proposal):
        return redirect(going_on.after(number), 303)
    return redirect(f"/desk/cases/{number}?{said}", 303)


def _received(number: int) -> DecisionForm:
    form = DecisionForm()
    case_page.fill(number, form)
    form.offer(tuple(Outcome))  # one that does not fit the case is refused with who changed it, not with "choose"
    return form


def _rehearsed(number: int, form: DecisionForm) -> Effect:
    """Take the very same decision, look at what it did, and roll it back: a preview cannot differ from the act."""
    seen, draft, now = form.seen_version(), form.draft(), clock.now()
    return rehearsed(lambda: effects.rehearse(site(), g.account, number, seen, draft, now))


def _case_page(
    number: int, form: DecisionForm | None = None, status: int = 200, refused: DomainError | None = None
) -> Response:
    """Show a case; after a conflict with what was written, so that it can be sent against the newest version."""
    now = clock.now()
    shown = request.args.get("revision", type=int), request.args.get("notices", type=int) or 1
    file = case_file(site(), number, now, *shown)
    own = case_page.drafts_of(file.case)
    is_impartial = concerns.is_impartial(g.account, file.case)
    outcomes = _outcomes(file) if is_impartial else ()
    yours = None
    if refused and form and file.case.decided_at:
        yours, form = form, None  # written for a case that is no longer open: kept to read, not to send
    if form is None:
        form = case_page.empty_form(file.case, own, file.suggested)
    if refused or not form.version.data:
        form.version.data = str(file.case.version)
    form.offer(outcomes)
    life = _life(file, now, is_impartial=is_impartial)
    return page(
        "desk/case.html",
        refused.status if refused else status,
        file=file,
        case=file.case,
        form=form,
        yours=yours,
        may_decide=bool(outcomes) and may(Permission.DECIDE),
        is_impartial=is_impartial,
        conflict=gettext(refused.message, **refused.values) if refused else "",
        category=CATEGORIES[file.case.category].label,
        provisions=_provisions(file.case),
        is_new="decided" in request.args,
        is_undone="undone" in request.args,
        is_ruled="ruled" in request.args,
        is_proposed="proposed" in request.args,
        is_withdrawn="withdrawn" in request.args,
        undoing=going_on.undoing(file.case, now),
        before=going_on.decided(now),
        now=now,
        due=due,
        **case_page.WORDS,
        **life,
        **case_page.parts(file, form, own, life, now, is_impartial=is_impartial),
        **proposing.parts(file.case, now),
        whose=colleagues.whose(file.case, g.account, now),
        arranged=arranging.arrangement(file.case),
        categories_of_law=CATEGORIES,
    )


def _life(file: CaseFile, now: datetime, *, is_impartial: bool) -> dict[str, Any]:
    """Return what goes on in a case, and the form of each act that is possible now; to whoever is kept out, notes alone."""
    case, possible = file.case, case_life.events(file.case.state)
    deciders, may_act = appeals.deciders(case), is_impartial and may(Permission.DECIDE)
    on_page = {f"item:{claim.item.id}" for claim in file.claims}
    limits = case_life.limits(site(), case, {f"item:{item.id}" for item in case.items} - on_page)
    may_know = concerns.may_know(g.account, concerns.cases_beside(case))
    return {
        "limits": limits,
        "running": [limit for limit in limits if limit.clock.paused_at is None and limit.rule.expires is None][:2],
        "thread": case_life.thread(case),
        "counters": case_life.counters(case),
        "appeals": case_life.appeals(case),
        "neighbours": case_life.neighbours(case),
        "advice": advice(case),
        "telling": telling(case, targets_eu=site().targets_eu),
        "same_pictures": same_pictures(case),
        "assessments": {claim.item.id: exchange.assessments(claim.notice) for claim in file.claims},
        "shown": {
            claim.notice.id: publishers.shown(claim.item) for claim in file.claims if _is_awaited(claim) or not may_know
        },
        "may_know": may_know,
        "standings": {
            claim.item.id: standings.current(claim.notice.mailbox, Side.NOTIFIER, now) for claim in file.claims
        },
        "confirmed": {claim.item.id for claim in file.claims if standings.is_confirmed(claim.notice.mailbox)},
        "acts": _acts(case, possible, is_impartial=is_impartial) if may(Permission.DECIDE) else {},
        "item_acts": {c.item.id: _item_acts(case, c, possible) if may_act else {} for c in file.claims},
        "clock_acts": {n.clock.id: _clock_act(case, n) for n in limits if _may_move(n) and may_act},
        "appeal_acts": {
            appeal.id: _appeal_act(case, appeal.id, now) for appeal in case.appeals if not appeal.decided_at
        },
        "is_decider": g.account.id in deciders,
        "has_other_decider": case_life.other_deciders(deciders),
        "may_rule": Event.RULE in possible,
    } | _misuse(file, now, may_set=is_impartial and may(Permission.SET_STANDING))


def _acts(case: Case, possible: frozenset[Event], *, is_impartial: bool) -> dict[str, ActForm]:
    """Return the acts on the case as a whole, by the last part of their address."""
    is_gdpr = any(clock.kind is ClockKind.GDPR_REPLY and clock.stopped_at is None for clock in case.clocks)
    offered: dict[str, tuple[type[ActForm], bool]] = {
        "note": (forms.NoteForm, True),
        "tell-authority": (forms.AuthorityForm, True),
        "keep": (forms.KeepForm, True),
        "forward": (forms.ForwardForm, Event.ASK_PUBLISHER in possible and publishers.may_ask(case)),
        "extend": (forms.ExtendForm, Event.EXTEND in possible and is_gdpr),
        "restore": (forms.RestoreForm, Event.RESTORE_NOW in possible),
        "ruling": (forms.RulingForm, Event.RULING in possible),
        "assess": (findings.AssessForm, case.decided_at is None and case.closed_at is None),
        "regimes": (findings.RegimesForm, case.decided_at is None and case.closed_at is None),
    }
    shown = {name: blank(form, case) for name, (form, is_possible) in offered.items() if is_possible}
    return shown if is_impartial else {"note": shown["note"]}


def _item_acts(case: Case, claim: Claim, possible: frozenset[Event]) -> dict[str, ActForm]:
    if not _is_awaited(claim):
        return {}
    number, acts = str(claim.item.id), {}
    if Event.ASK_INFO in possible:
        is_asked = claim.item.state is ItemState.NEEDS_INFO  # the same need not be asked twice
        text = "" if is_asked else _asked(exchange.assessments(claim.notice))
        acts["ask-info"] = blank(forms.AskForm, case, item=number, text=text)
    if Event.REJECT in possible:
        acts["reject"] = blank(forms.RejectForm, case, item=number)
    if claim.item.is_repeat is None and defamation.removed_before(claim.item):
        acts["repeat"] = blank(findings.RepeatForm, case, item=number)
    return acts


def _asked(found: tuple[Assessment, ...]) -> str:
    """Return in words what is missing, for the moderator to go on from."""
    lacks = dict.fromkeys(f"{need.label}：{need.cure}" for assessment in found for need in assessment.missing)
    return "\n".join(["请补充以下内容：", *(f"- {line}" for line in lacks)]) if lacks else ""


def _may_move(limit: case_life.Limit) -> bool:
    """Say whether staff may let a limit stand still or go on: what the law counts, and what waits for an answer, not."""
    return bool(limit.rule.may_pause or limit.clock.paused_at) and limit.clock.held_at is None


def _clock_act(case: Case, limit: case_life.Limit) -> tuple[str, ActForm]:
    name, form = ("resume", forms.ResumeForm) if limit.clock.paused_at else ("pause", forms.PauseForm)
    return name, blank(form, case, clock=str(limit.clock.id))


def _appeal_act(case: Case, appeal: int, now: datetime) -> forms.AppealForm:
    form = blank(forms.AppealForm, case, appeal=str(appeal))
    form.offer(appeals.outcomes(case, now))
    return form


def _misuse(file: CaseFile, now: datetime, *, may_set: bool) -> dict[str, Any]:
    """Return, for whoever may set it, what counts for or against each notifier, what it calls for, and the form to act on it."""
    publisher, is_ours = file.case.article.publisher_email, file.case.article.origin == "own"  # has no strikes
    claims = [c for c in file.claims if c.notice.mailbox] if may_set else []
    return {
        "publisher_factors": standings.factors(mailbox(publisher), Side.PUBLISHER, now)
        if publisher and not is_ours
        else None,
        "publisher_act": blank(forms.StandingForm, file.case) if may_set and publisher else None,
        "factors": {c.item.id: standings.factors(c.notice.mailbox, Side.NOTIFIER, now) for c in claims},
        "suggested": {c.item.id: standings.suggested(c.notice.mailbox, Side.NOTIFIER, now) for c in claims},
        "standing_acts": {c.item.id: blank(forms.StandingForm, file.case, item=str(c.item.id)) for c in claims},
    }


def _is_awaited(claim: Claim) -> bool:
    return claim.item.state in AWAITED


def _outcomes(file: CaseFile) -> tuple[Outcome, ...]:
    case = file.case
    if case.decided_at is None and case.closed_at is None:
        may_wait = case.state in _MAY_WAIT and not file.measure and guards.may_withhold(case)
        return (*FIRST, Outcome.INTERIM) if may_wait else FIRST
    return (Outcome.RESTORED,) if file.measure and Event.REVERSE in case_life.events(case.state) else ()


def _provisions(case: Case) -> list[str]:
    """Return what a decision on this case would most likely rely on."""
    rules = site().fixed_page("rules", language())
    ours = (
        [f"《{rules.title}》（{rules.version}版）{number} {title}" for number, title in rules.clauses] if rules else []
    )
    return [*CATEGORIES[case.category].provisions, *ours]
