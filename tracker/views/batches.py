"""Acts on many cases: choose, write, see exactly what will happen to each, confirm, and take back."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import rehearsed, transaction
from tracker.domain.approval import FATE_LABELS, Fate
from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.domain.errors import N_, Busy, DomainError, Incomplete
from tracker.domain.refusals import REFUSALS
from tracker.domain.roles import Permission
from tracker.domain.text import headed, number, together
from tracker.forms.base import new_key
from tracker.forms.bulk import BulkForm, chosen
from tracker.models import Batch, Case, Line, Proposal, RowState
from tracker.queries import batches as queries
from tracker.queries import proposals, queue_words
from tracker.queries.people import deciders
from tracker.queries.queue import lines
from tracker.services import batches, leases
from tracker.services import undo as undoing
from tracker.services.batches import MOST, OUTCOMES, Rehearsal
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

blueprint = Blueprint("batches", __name__, url_prefix="/desk/batches")

_NUMBER = "<int(max=2147483647):number>"
_STATES = {
    RowState.WAITING: "还没有处理",
    RowState.DONE: "已作出决定",
    RowState.PROPOSED: "已提交给第二个人",
    RowState.REFUSED: "没有处理",
    RowState.UNDONE: "已撤销",
}


_TAKEN_BACK = frozenset({RowState.DONE, RowState.PROPOSED})


@dataclass(frozen=True)
class Tried:
    """One case of a rehearsal: what would happen to it, or why nothing would."""

    line: Line
    version: int
    found: Rehearsal | None
    refused: str


@blueprint.get("")
@needs(Permission.READ_DESK)
def listed() -> Response:
    return page("desk/batches.html", states=_STATES, batches=[(it, _outcome(it)) for it in queries.batches()])


@blueprint.post("/choose")
@needs(Permission.DECIDE)
def choose() -> AnyResponse:
    """Show the form of a decision for the cases that were ticked."""
    access.check_button()
    if not _chosen():
        return redirect("/desk/", 303)
    form = BulkForm(formdata=None)
    form.key.data = new_key()
    return _form(form)


@blueprint.post("/edit")
@needs(Permission.DECIDE)
def edit() -> Response:
    return _form(BulkForm())


@blueprint.post("/check")
@needs(Permission.DECIDE)
def check() -> Response:
    """Take the decision on every case, look at what it does, and roll it back."""
    form = _received()
    if not form.validate_on_submit() or not _has_cases(form):
        return _form(form, 422)
    return page(
        "desk/batch_check.html",
        form=form,
        tried=[_tried(form, case, version) for case, version in _chosen()],
        outcome=OUTCOME_LABELS[form.draft().outcome],
        grace=site().config.decision_grace,
        labels=CATEGORIES,
    )


@blueprint.post("/decide")
@needs(Permission.DECIDE)
def decide() -> AnyResponse:
    form = _received()
    if not form.validate_on_submit():
        return _form(form, 422)
    fields = {name: request.form.get(name, "") for name, _ in form.carried()}
    try:
        with transaction():
            begun = batches.begin(g.account, form.act_key(), fields, _chosen(), clock.now()).id
    except Incomplete as error:
        form.refuse(error.problems)
        return _form(form, 422)
    _go_on(begun)
    return redirect(f"/desk/batches/{begun}", 303)


@blueprint.get(f"/{_NUMBER}")
@needs(Permission.READ_DESK)
def batch(number: int) -> Response:
    found = _found(number)
    return page(
        "desk/batch.html",
        batch=found,
        outcome=_outcome(found),
        states=_STATES,
        proposed=(made := proposals.of_rows(found.rows)),
        open=[row for row in found.rows if row.state is RowState.PROPOSED and _waits(made.get(row.id))],
        fates=FATE_LABELS,
        left=_left(found),
    )


@blueprint.post(f"/{_NUMBER}/go-on")
@needs(Permission.DECIDE)
def go_on(number: int) -> AnyResponse:
    """Do what is left of a batch that was cut off."""
    access.check_button()
    _found(number)
    _go_on(number)
    return redirect(f"/desk/batches/{number}", 303)


@blueprint.post(f"/{_NUMBER}/undo")
@needs(Permission.DECIDE)
def undo(number: int) -> AnyResponse:
    """Take back all of a batch, or the one row that is named."""
    access.check_button()
    only = request.form.get("row", "")
    rows = [row.id for row in _found(number).rows if row.state in _TAKEN_BACK and only in {"", str(row.id)}]
    for row in rows:
        _each(row, lambda row=row: batches.take_back(site(), g.account, row, clock.now()))  # type: ignore[misc]
    return redirect(f"/desk/batches/{number}", 303)


@blueprint.post("/hand-over")
@needs(Permission.DECIDE)
def hand_over() -> AnyResponse:
    """Give every ticked case to one colleague; those that cannot be given stay as they are."""
    access.check_button()
    ticked, to = dict(_chosen()), number(request.form.get("to"))
    if not ticked:
        return redirect("/desk/", 303)
    try:
        leases.receiver(to)
    except Incomplete as error:
        return _to_whom(ticked, error)
    refused: list[str] = []
    handed: list[Case] = []
    for case in ticked:
        try:
            with transaction():
                handed.append(leases.hand_over(site(), g.account, case, to, "", clock.now(), new_key()))
        except DomainError as error:
            problems = error.problems.values() if isinstance(error, Incomplete) else [error]
            refused += [f"#{case}：{gettext(problem.message, **problem.values)}" for problem in problems]
    return page("desk/handed.html", refused=refused, handed=handed)


def _to_whom(ticked: dict[int, int], error: Incomplete) -> Response:
    """Ask to whom the ticked cases go, as no colleague was chosen; they stay ticked."""
    said = gettext(error.problems["to"].message)
    return page("desk/hand_over.html", 422, lines=lines(list(ticked)), seen=ticked, deciders=deciders(), said=said)


def _go_on(number: int) -> None:
    """Decide each case that waits, in a transaction of its own; what is refused is noted beside it."""
    found = _found(number)
    form = BulkForm(formdata=MultiDict({name: str(value) for name, value in found.draft.items()}))
    draft = form.draft()
    for row in [row.id for row in found.rows if row.state is RowState.WAITING]:
        _each(row, lambda row=row: batches.carry_out(site(), g.account, row, draft, clock.now()))  # type: ignore[misc]


def _each(row: int, act: Callable[[], None]) -> None:
    try:
        with transaction():
            act()
    except Busy:  # not the fault of this case: it and those after it wait, and the same request goes on with them
        raise
    except DomainError as error:
        with transaction():
            batches.refuse(row, _said(error))


def _said(error: DomainError) -> str:
    """Return why a case is refused, and in which field of the form what is missing belongs."""
    problems = error.problems if isinstance(error, Incomplete) else {"": error}
    form = BulkForm(formdata=None)
    said = {name: gettext(problem.message, **problem.values) for name, problem in problems.items()}
    return together(headed(form[name].label.text, text) if name in form else text for name, text in said.items())


def _tried(form: BulkForm, case: int, version: int) -> Tried:
    found, refused = None, ""
    try:
        found = rehearsed(lambda: batches.rehearse(site(), g.account, case, version, form.draft(), clock.now()))
    except DomainError as error:
        refused = _said(error)
    (line,) = lines([case])
    return Tried(line, version, found, refused)


def _received() -> BulkForm:
    form = BulkForm()
    form.offer(OUTCOMES)
    return form


def _has_cases(form: BulkForm) -> bool:
    """Say whether any case is ticked; refuse the form otherwise."""
    ticked = _chosen()
    if not ticked:
        form.refuse({"case": DomainError(N_("请至少选择一个案件。"))})
    return bool(ticked)


def _chosen(field: str = "case") -> list[tuple[int, int]]:
    """Return the ticked cases that are there, with the versions that were seen; as `listed`, those to tick among."""
    sent = chosen(request.form.getlist(field))[:MOST]
    known = {line.case_id for line in lines([case for case, _ in sent])}
    return [(case, version) for case, version in sent if case in known]


def _form(form: BulkForm, status: int = 200) -> Response:
    form.offer(OUTCOMES)
    ticked = dict(_chosen())
    seen = dict(_chosen("listed")) | ticked
    return page(
        "desk/bulk.html",
        status,
        form=form,
        lines=lines(list(seen)),
        seen=seen,
        ticked=ticked,
        labels=CATEGORIES,
        words=queue_words,
        refusals=REFUSALS,
    )


def _waits(made: Proposal | None) -> bool:
    return made is not None and made.state is Fate.OPEN


def _found(number: int) -> Batch:
    found = queries.batch(number)
    if found is None:
        abort(404)
    return found


def _outcome(found: Batch) -> str:
    said = found.draft.get("outcome")
    return OUTCOME_LABELS[Outcome(said)] if said in set(Outcome) else ""


def _left(found: Batch) -> dict[int, int]:
    """Return for how many seconds each row can still be taken back, by its number."""
    now, done = clock.now(), [row for row in found.rows if row.state is RowState.DONE]
    ends = {row.id: undoing.until(site(), row.case) for row in done}
    return {number: ceil((until - now).total_seconds()) for number, until in ends.items() if until and now < until}
