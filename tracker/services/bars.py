"""Which items of a new notice may not be taken up, and the stored reason they are answered with."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Ending, ItemState
from tracker.domain.redress import CounterState
from tracker.domain.regimes import RegimeName
from tracker.domain.standing import Side
from tracker.models import Case, CounterNotice, Item, Notice
from tracker.services import standings

REPEATED = N_(
    "发布者提交反通知后，这篇文章已经依法恢复。《信息网络传播权保护条例》第十七条规定，权利人不得再通知删除同一作品。"
)
SUSPENDED = N_("因为多次提交明显没有根据的通知，我们暂停受理来自这个邮箱的通知。紧急事由和申诉不受影响。")


def barred(notice: Notice, now: datetime) -> Iterator[tuple[Item, Ending, str]]:
    """Yield each item that ends at once, how, and why; urgent lanes stay open to everybody (§6.3, 7 and 9)."""
    if not notice.mailbox:
        return
    is_urgent = CATEGORIES[notice.category].is_urgent_with(notice.answers)
    is_suspended = not is_urgent and standings.is_suspended(notice.mailbox, Side.NOTIFIER, now)
    for item in notice.items:
        if item.state is not ItemState.OPEN:
            continue
        if _was_restored(notice, item):
            yield item, Ending.BARRED, REPEATED
        elif is_suspended:
            yield item, Ending.SUSPENDED, SUSPENDED


def _was_restored(notice: Notice, item: Item) -> bool:
    """Say whether the same right holder's notice on the same article was answered by a restoration (条例 17)."""
    if notice.category is not CategoryName.COPYRIGHT or RegimeName.CN_COPYRIGHT not in notice.regimes:
        return False
    honoured = (
        select(CounterNotice.regimes)
        .join(Case, Case.id == CounterNotice.case_id)
        .join(Item, Item.case_id == Case.id)
        .where(Case.article_id == item.article_id, Case.category == notice.category)
        .where(Item.mailbox == notice.mailbox, CounterNotice.state == CounterState.HONOURED)
    )
    return any(RegimeName.CN_COPYRIGHT in regimes for regimes in db.session.scalars(honoured))
