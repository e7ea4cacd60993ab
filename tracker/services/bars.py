"""Which items of a new notice may not be taken up, and the stored reason they are answered with."""

from collections.abc import Iterator

from sqlalchemy import select

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Ending, ItemState
from tracker.domain.redress import CounterState
from tracker.domain.regimes import RegimeName
from tracker.domain.repeats import Match, compared
from tracker.domain.standing import Level
from tracker.models import Case, CounterNotice, Item, Notice
from tracker.queries.applying import of

REPEATED = N_(
    "发布者提交反通知后，这篇文章已经依法恢复。《信息网络传播权保护条例》第十七条规定，权利人不得再通知删除同一作品。"
)
MAYBE_REPEATED = "可能是不得重复的通知：案件%(number)s里，这篇文章已依反通知恢复。请核对权利人和作品是否相同。"
"""For staff only, in their language."""

SUSPENDED = N_("因为多次提交明显没有根据的通知，我们暂停受理来自这个邮箱的通知。紧急事由和申诉不受影响。")


def barred(notice: Notice, level: Level | None) -> dict[tuple[Ending, str], list[Item]]:
    """Return the items that end at once by how and why, their sender having `level`; urgent lanes stay open to everybody (§6.3, 7 and 9)."""
    found: dict[tuple[Ending, str], list[Item]] = {}
    is_suspended = level is Level.SUSPENDED and not CATEGORIES[notice.category].is_urgent_with(notice.answers)
    for item in notice.items:
        if item.state is not ItemState.OPEN:
            continue
        if _was_restored(notice, item):
            found.setdefault((Ending.BARRED, REPEATED), []).append(item)
        elif is_suspended:
            found.setdefault((Ending.SUSPENDED, SUSPENDED), []).append(item)
    return found


def doubted(notice: Notice) -> Iterator[tuple[Item, int]]:
    """Yield each open item that may be a repeated one, for a moderator to look at, with the case that was restored."""
    for item in notice.items:
        if item.state is ItemState.OPEN:
            for case, match in _matches(notice, item):
                if match is Match.DOUBT:
                    yield item, case
                    break


def _was_restored(notice: Notice, item: Item) -> bool:
    """Say whether the same right holder's notice of the same work was answered by a restoration (条例 17)."""
    return any(match is Match.SAME for _, match in _matches(notice, item))


def _matches(notice: Notice, item: Item) -> Iterator[tuple[int, Match]]:
    """Yield how far each earlier notice on this article is the same claim, where a counter-notice brought it back."""
    if notice.category is not CategoryName.COPYRIGHT or RegimeName.CN_COPYRIGHT not in of(item):
        return
    honoured = (
        select(CounterNotice)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(Case.article_id == item.article_id, Case.category == notice.category, Case.id != item.case_id)
        .where(CounterNotice.state == CounterState.HONOURED)
        .order_by(CounterNotice.id)
    )
    for counter in db.session.scalars(honoured):
        if RegimeName.CN_COPYRIGHT in counter.regimes:
            for earlier in counter.case.items:
                if RegimeName.CN_COPYRIGHT in of(earlier) and earlier.state is ItemState.ANSWERED:
                    yield counter.case_id, compared(earlier.notice.answers, notice.answers)
