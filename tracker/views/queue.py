"""The queue: the list of cases and its views, live news of it, and the next case."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.errors import N_
from tracker.domain.lifecycle import CHANNEL_LABELS, LABELS
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.queries import people, proposals, queue, queue_words
from tracker.queries.colleagues import lost
from tracker.queries.filters import Filters, Sort
from tracker.queries.labels import LANGUAGES, SOURCES
from tracker.queries.views import views
from tracker.render.site import PREFIXES
from tracker.services import leases
from tracker.views import access, due, going_on
from tracker.views.access import needs
from tracker.views.http import page, site

blueprint = Blueprint("queue", __name__, url_prefix="/desk")

_VIEWS = 8
"""How many saved views stand above the queue; all of them are on their own page."""

SORTS: dict[Sort, str] = {
    Sort.RANK: N_("法定期限、紧急程度"),
    Sort.DUE: N_("先到期的在前"),
    Sort.NEWEST: N_("新的在前"),
    Sort.OLDEST: N_("旧的在前"),
    Sort.NOTICES: N_("通知多的在前"),
}

_TABS: tuple[tuple[str, Filters], ...] = (
    (N_("待处理"), Filters()),
    (N_("我的"), Filters(mine=True)),
    (N_("没有人的"), Filters(unassigned=True)),
    (N_("已超期"), Filters(overdue=True)),
    *((LABELS[state], Filters(state=state)) for state in queue.AFTERWARDS),
)
_OWN = (Filters(), Filters(mine=True))
"""The views in which somebody would look for a case of theirs."""

_OVER = tuple((LABELS[state], Filters(state=state)) for state in queue.OVER)


@blueprint.get("/")
@needs(Permission.READ_DESK)
def first() -> Response:
    return _listed(asked())


@blueprint.get("/cases")
@needs(Permission.READ_DESK)
def cases() -> AnyResponse:
    number = request.args.get("number", type=int)
    if number is not None:
        return redirect(f"/desk/cases/{number}", 303)
    return _listed(asked())


@blueprint.get("/live")
@needs(Permission.READ_DESK)
def live() -> Response:
    """Answer the page of a view with what is new: how many cases, and what became of those it shows."""
    now, zone = clock.now(), site().zone
    numbers = [number(part) for part in request.args.get("shown", "")[:600].split(".") if part][: queue.PER_PAGE]
    new = queue.newer(asked(), g.account, zone, now, number(request.args.get("seen")))
    gone = queue.gone(numbers)
    held = {n: queue_words.held(lease, now) for n, lease in queue.leases(numbers, now).items()}
    rows = {n: f"{who}刚刚处理了" for n, who in gone.items()}
    more = "+" if new > queue.MOST_NEW else ""
    said = f"{min(new, queue.MOST_NEW)}{more}个新案件，点此显示" if new else ""
    response = jsonify(said=said, held=held, rows=rows)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/next")
@needs(Permission.DECIDE)
def next_case() -> AnyResponse:
    """Claim the best case that is free and go there."""
    access.check_button()
    with transaction():
        case = leases.next_case(site(), g.account, clock.now(), number(request.form.get("after")))
        path = f"/desk/cases/{case.id}" if case else "/desk/?none=1"
    return redirect(path, 303)


def asked() -> Filters:
    """Return the view that the address asks for."""
    return Filters.read(request.args, PREFIXES)


def _listed(filters: Filters) -> Response:
    now, zone = clock.now(), site().zone
    colleagues = [(str(person.id), person.name) for person in people.people() if person.disabled_at is None]
    choices = _CHOICES | {"assignee": colleagues}
    listed = queue.page(filters, g.account, zone, now, request.args.get("after", ""))
    counts = queue.counted([view for _, view in _TABS], g.account, zone, now)
    return page(
        "desk/queue.html",
        filters=filters,
        listed=listed,
        is_first="after" not in request.args,
        heading=_heading(filters),
        has_none="none" in request.args,
        before=going_on.decided(now),
        taken=lost(g.account, now) if filters in _OWN else [],
        live=f"/desk/live?{urlencode(filters.said() | {'seen': str(queue.newest())})}",
        tabs=[
            (label, view.query, number, view == filters) for (label, view), number in zip(_TABS, counts, strict=True)
        ],
        over=[(label, view.query, view == filters) for label, view in _OVER],
        saved=views(g.account, zone, now, most=_VIEWS),
        choices=choices,
        deciders=people.deciders(),
        proposed=proposals.on(line.case_id for line in listed.lines),
        proposed_count=proposals.count(),
        chips=_chips(filters, choices) if filters.is_narrow else [],
        now=now,
        due=due,
        **WORDS,
    )


def _heading(filters: Filters) -> str:
    known = {view: label for label, view in (*_TABS, *_OVER)}
    return known.get(filters, N_("筛选出的案件"))


WORDS: dict[str, Any] = {
    "words": queue_words,
    "most": queue.MOST_COUNTED,
    "looked_at": queue.LOOKED_AT,
    "labels": CATEGORIES,
    "rules": RULES,
    "states": LABELS,
    "over_states": queue.OVER,
    "outcomes": OUTCOME_LABELS,
}

_CHOICES: dict[str, list[tuple[str, str]]] = {
    "state": [(state, label) for state, label in LABELS.items() if state not in queue.OVER],
    "category": [(name, category.label) for name, category in CATEGORIES.items()],
    "language": list(LANGUAGES.items()),
    "channel": list(CHANNEL_LABELS.items()),
    "source": list(SOURCES.items()),
    "sort": list(SORTS.items()),
}
_SAID = {
    "mine": "我的", "unassigned": "没有人的", "urgent": "紧急", "passage": "指明了原文", "trusted": "可信通知人",
    "overdue": "已超期", "assignee": "审核员", "language": "语言", "category": "类别", "channel": "途径", "source": "来源",
    "from": "立案不早于", "to": "立案不晚于", "article": "文章", "publisher": "发布者",
    "notice": "通知", "notifier": "通知人，见", "state": "状态", "sort": "排序",
}  # fmt: skip


def _chips(filters: Filters, choices: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return each condition in words, with the query of the view without it."""
    found = []
    for name, value in filters.said().items():
        shown = dict(choices.get(name, [])).get(value, value)
        found.append(
            (
                _SAID[name] if value == "1" and name not in choices else f"{_SAID[name]}：{shown}",
                filters.without(name).query,
            )
        )
    return found
