"""One case: reading its file, taking it up, trying a decision, deciding."""

import re

import nh3
from flask import Blueprint, Response, g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Outcome
from tracker.domain.errors import Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import LABELS
from tracker.forms.decision import DecisionForm
from tracker.models import Case
from tracker.queries.case_file import CaseFile, case_file
from tracker.queries.labels import MAIL_STATES
from tracker.render.pages import Answer
from tracker.services import cases, decisions
from tracker.services.decisions import Effect
from tracker.views import access, due
from tracker.views.access import moderator
from tracker.views.http import gettext, language, page, site

blueprint = Blueprint("cases", __name__, url_prefix="/desk/cases")

_NUMBER = "<int(max=2147483647):number>"
_FIRST = (Outcome.WITHHELD, Outcome.REMOVED, Outcome.DECLINED)
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
        state=LABELS[file.case.state],
        outcomes=OUTCOME_LABELS,
        grounds=GROUND_LABELS,
        mail_states=MAIL_STATES,
        is_new="decided" in request.args,
        rules=RULES,
        running=[c for c in file.case.clocks if c.stopped_at is None],
        now=now,
        due=due,
    )


def _outcomes(file: CaseFile) -> tuple[Outcome, ...]:
    if file.case.decided_at is None:
        return _FIRST
    return (Outcome.RESTORED,) if file.measure else ()


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
