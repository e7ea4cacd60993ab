"""The dashboard: how much is open now and what happened in each week, every number with the list of its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, func, select

from tracker.db import db
from tracker.domain import charts
from tracker.domain.calendars import end_of, instant
from tracker.domain.categories import CATEGORIES
from tracker.domain.charts import Chart
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.domain.figures import A_WEEK, share, week_of
from tracker.models import Account, Figure, Line
from tracker.render.site import Site

WEEKS, FEWEST, LATELY = 26, 8, 4
"""The most and fewest weeks shown, and weeks that count as lately."""

_AGES = (
    (0, 0, "今天"),
    (1, 2, "1–2天"),
    (3, 6, "3–6天"),
    (7, 13, "7–13天"),
    (14, 29, "14–29天"),
    (30, None, "30天以上"),
)
_DAY = 24 * 3600


class Cell(NamedTuple):
    """A number with the address of its rows; without an address there is nothing to list."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Panel:
    """One subject: a chart, if it has one, and the table of all that the chart shows."""

    name: str
    title: str
    about: str
    heads: list[str]
    rows: list[list[Cell]]
    chart: Chart | None = None
    legend: tuple[str, ...] = ()
    lengths: tuple[float, ...] = ()  # of lying bars, in hundredths of the longest


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page."""

    top: list[tuple[str, Cell]]
    panels: list[Panel]
    counted_at: datetime | None


class _Weeks:
    """The figures of the weeks that are shown."""

    def __init__(self, site: Site, now: datetime) -> None:
        this = week_of(now, site.zone)
        rows = list(db.session.scalars(select(Figure).where(Figure.week > this - WEEKS * A_WEEK)))
        begun = min(
            [this - (FEWEST - 1) * A_WEEK, *(row.week for row in rows)]
        )  # no empty months before the first entry
        self.weeks = [begun + n * A_WEEK for n in range((this - begun).days // 7 + 1)]
        self.lately = self.weeks[-LATELY:]
        self._numbers = {(row.week, row.name, row.part): row.number for row in rows}
        self.counted_at = max((row.counted_at for row in rows), default=None)

    def of(self, name: str, part: str = "") -> list[int]:
        """Return a figure week by week."""
        return [self._numbers.get((week, name, part), 0) for week in self.weeks]

    def known(self, name: str) -> list[int | None]:
        """Return a figure week by week; None where there is none."""
        return [self._numbers.get((week, name, "")) for week in self.weeks]

    def sum(self, name: str, part: str = "") -> int:
        """Return a figure over the last weeks."""
        return sum(self._numbers.get((week, name, part), 0) for week in self.lately)

    def parts(self, name: str) -> list[str]:
        """Return the parts of a figure over the last weeks, the greatest first."""
        found = {part for week, known, part in self._numbers if known == name and week in self.lately}
        return sorted(found, key=lambda part: (-self.sum(name, part), part))


def dashboard(site: Site, now: datetime) -> Dashboard:
    """Return the whole page: what is open now is counted now, what happened comes from the figures of the worker."""
    weeks, people = _Weeks(site, now), _people()
    panels = [
        _flow(weeks), _ages(site, now), _outcomes(weeks), _times(weeks), _redress(weeks), _categories(), _workload(weeks, people),
    ]  # fmt: skip
    return Dashboard(_top(weeks, now), panels, weeks.counted_at)


def queue(**filters: object) -> str:
    """Return the address of the queue narrowed by its own filters."""
    said = {name.strip("_"): str(value) for name, value in filters.items() if value not in (None, "")}
    return f"/desk/cases?{urlencode(said)}" if said else "/desk/"


def entries(weeks: Sequence[date], **search: str) -> str:
    """Return the address of the entries of the trail of these weeks, in order."""
    last = weeks[-1] + A_WEEK - timedelta(days=1)
    return f"/desk/audit?{urlencode(search | {'since': str(weeks[0]), 'until': str(last)})}"


def _top(weeks: _Weeks, now: datetime) -> list[tuple[str, Cell]]:
    late = _open(Line.due_kind.is_not(None), Line.due_at <= now)
    number = _open()
    this = weeks.weeks[-1:]
    raw, net = weeks.known("median_raw"), weeks.known("median_net")
    upheld = share(sum(weeks.of("upheld")), sum(weeks.of("ruled")))
    decided = sum(weeks.of("decided", part)[-1] for part in weeks.parts("decided"))
    return [
        ("待处理", Cell(str(number), queue())),
        ("已超期", Cell(str(late), queue(overdue=1))),
        ("本周收到的通知", Cell(str(weeks.of("notices")[-1]), entries(this, kind="notice.submitted"))),
        (
            "本周作出的决定",
            Cell(str(decided), entries(this, kind="case.decided")),
        ),
        ("最近一周处理用时（中位）", _last(weeks, raw)),
        ("扣除等待", _last(weeks, net)),
        ("申诉改判率", Cell("—" if upheld is None else f"{upheld}%", entries(weeks.weeks, kind="case.appeal_ruled"))),
    ]


def _open(*conditions: ColumnElement[bool]) -> int:
    """Return how many cases await a decision, as the queue counts them."""
    wanted = select(func.count()).select_from(Line).where(Line.is_open, *conditions)
    return db.session.scalar(wanted) or 0


def _last(weeks: _Weeks, values: Sequence[int | None]) -> Cell:
    """Return the newest of some medians, which leads to the decisions of its week."""
    known = [(value, week) for value, week in zip(values, weeks.weeks, strict=True) if value is not None]
    return Cell(_days(known[-1][0]), entries(known[-1][1:], kind="case.decided")) if known else Cell("—")


def _flow(weeks: _Weeks) -> Panel:
    opened, decided = weeks.of("opened"), _each(weeks, "decided")
    rows = [
        [
            Cell(_label(week)),
            Cell(str(weeks.of("notices")[n]), entries([week], kind="notice.submitted")),
            Cell(str(opened[n]), entries([week], kind="case.opened")),
            Cell(str(decided[n]), entries([week], kind="case.decided")),
            Cell(str(weeks.of("rejected")[n]), entries([week], kind="case.rejected")),
            Cell(str(weeks.of("withdrawn")[n]), entries([week], kind="case.withdrawn")),
        ]
        for n, week in reversed(list(enumerate(weeks.weeks)))
    ]
    return Panel(
        "flow", "每周立案和决定", "每周从星期一开始。",
        ["星期一", "通知", "立案", "决定", "不予受理", "撤回"], rows,
        charts.columns([_short(week) for week in weeks.weeks], [opened, decided], 5), ("立案", "决定"),
    )  # fmt: skip


def _each(weeks: _Weeks, name: str) -> list[int]:
    parts = [weeks.of(name, outcome) for outcome in Outcome]
    return [sum(values) for values in zip(*parts, strict=True)]


def _ages(site: Site, now: datetime) -> Panel:
    today, found = site.local(now).date(), []
    for youngest, oldest, label in _AGES:
        last, first = today - timedelta(days=youngest), None if oldest is None else today - timedelta(days=oldest)
        span = [Line.opened_at < end_of(last, site.zone)]
        if first:
            span.append(Line.opened_at >= instant(first, time(), site.zone))
        found.append((label, _open(*span), queue(from_=first, to=last)))
    rows = [[Cell(label), Cell(str(number), href)] for label, number, href in found]
    drawn = charts.columns([label for label, _, _ in found], [[number for _, number, _ in found]])
    return Panel("ages", "待处理案件立案多久了", "", ["立案至今", "案件"], rows, drawn)


def _outcomes(weeks: _Weeks) -> Panel:
    rows, values = [], []
    for part in weeks.parts("decided"):
        number = weeks.sum("decided", part)
        search = {"kind": "case.decided", "facts": f'"outcome": "{part}"'}
        rows.append([Cell(OUTCOME_LABELS[Outcome(part)]), Cell(str(number), entries(weeks.lately, **search))])
        values.append(number)
    for name, kind, label in (
        ("restored", "case.restored", "恢复展示"), ("interim", "case.interim", "审核期间暂停展示"), ("undone", "case.undone", "撤销刚作出的决定"),
    ):  # fmt: skip
        if number := weeks.sum(name):
            rows.append([Cell(label), Cell(str(number), entries(weeks.lately, kind=kind))])
            values.append(number)
    about = f"最近{LATELY}周。"
    return Panel("outcomes", "处理结果", about, ["结果", "次数"], rows, lengths=tuple(charts.rows(values)))


def _times(weeks: _Weeks) -> Panel:
    raw, net = weeks.known("median_raw"), weeks.known("median_net")
    rows = [
        [Cell(_label(week)), *(Cell(_days(values[n]), entries([week], kind="case.decided")) for values in (raw, net))]
        for n, week in reversed(list(enumerate(weeks.weeks)))
        if raw[n] is not None
    ]
    series = [[None if value is None else value / _DAY for value in values] for values in (raw, net)]
    drawn = charts.lines([_short(week) for week in weeks.weeks], series, 5)
    about = "从立案到第一次决定，每周的中位数，单位是天。净用时不算等待通知人、发布者答复和期限暂停的时间。"
    return Panel("times", "处理用时", about, ["星期一", "用时", "净用时"], rows, drawn, ("用时", "净用时"))


def _redress(weeks: _Weeks) -> Panel:
    found = [
        ("申诉裁定", sum(weeks.of("ruled")), entries(weeks.weeks, kind="case.appeal_ruled")),
        ("其中改判", sum(weeks.of("upheld")), entries(weeks.weeks, kind="case.appeal_ruled", facts='"upheld": 1')),
        ("提出申诉", sum(weeks.of("appealed")), entries(weeks.weeks, kind="case.appealed")),
        ("恢复展示", sum(weeks.of("restored")), entries(weeks.weeks, kind="case.restored")),
        ("复读", sum(weeks.of("read")), entries(weeks.weeks, kind="sample.read")),
        ("其中意见一致", sum(weeks.of("agreed")), entries(weeks.weeks, kind="sample.read", facts='"agrees": 1')),
    ]
    rows = [[Cell(label), Cell(str(number), href)] for label, number, href in found]
    upheld, agreed = share(found[1][1], found[0][1]), share(found[5][1], found[4][1])
    said = [f"改判率{upheld}%" if upheld is not None else "", f"复读一致率{agreed}%" if agreed is not None else ""]
    about = "，".join([f"最近{len(weeks.weeks)}周", *filter(None, said)]) + "。"
    return Panel(
        "redress", "申诉和复读", about, ["事项", "次数"], rows, lengths=tuple(charts.rows([f[1] for f in found]))
    )


def _categories() -> Panel:
    counted = select(Line.category, func.count()).where(Line.is_open).group_by(Line.category)
    found = sorted(((row[1], row[0]) for row in db.session.execute(counted)), key=lambda pair: (-pair[0], pair[1]))
    rows = [[Cell(CATEGORIES[name].label), Cell(str(number), queue(category=name))] for number, name in found]
    return Panel(
        "categories", "待处理案件的类别", "", ["类别", "案件"], rows, lengths=tuple(charts.rows([n for n, _ in found]))
    )


def _workload(weeks: _Weeks, people: Mapping[int, str]) -> Panel:
    counted = select(Line.assignee_id, func.count()).where(Line.is_open).group_by(Line.assignee_id)
    held = {row[0]: row[1] for row in db.session.execute(counted)}
    decided = {int(part): weeks.sum("by", part) for part in weeks.parts("by")}
    numbers = sorted(_both(held, decided), key=lambda n: (-held.get(n, 0), -decided.get(n, 0), n))
    rows = [
        [
            Cell(people.get(number, f"#{number}")),
            Cell(str(held.get(number, 0)), queue(assignee=number)),
            Cell(str(decided.get(number, 0)), entries(weeks.lately, kind="case.decided", actor=f"account:{number}")),
        ]
        for number in numbers
    ]
    if None in held:
        rows.append([Cell("没有人的"), Cell(str(held[None]), queue(unassigned=1)), Cell("—")])
    about = f"手上待处理的，和最近{LATELY}周作出的决定，后来撤销的也在内。"
    lengths = tuple(charts.rows([held.get(number, 0) for number in numbers] + ([held[None]] if None in held else [])))
    return Panel("workload", "每个人的工作", about, ["审核员", "待处理", "决定"], rows, lengths=lengths)


def _both(held: Mapping[int | None, int], decided: Mapping[int, int]) -> Iterable[int]:
    return {number for number in (*held, *decided) if number is not None}


def _people() -> dict[int, str]:
    return {row[0]: row[1] for row in db.session.execute(select(Account.id, Account.name))}


def _label(week: date) -> str:
    return f"{week:%Y-%m-%d}"


def _short(week: date) -> str:
    return f"{week.month}/{week.day}"


def _days(seconds: int | None) -> str:
    if seconds is None:
        return "—"
    return f"{seconds / _DAY:.1f}天" if seconds >= 2 * _DAY else f"{seconds / 3600:.1f}小时"
