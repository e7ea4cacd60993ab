"""On which branch of SI 2013/3028 a British complaint stands, from what is stored; whether it repeats what was removed before."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.decisions import RESTRICTIVE
from tracker.domain.defamation import Branch, Position, branch
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import ItemState
from tracker.domain.receipts import reference
from tracker.domain.regimes import Completeness, RegimeName
from tracker.domain.text import mailbox as box
from tracker.models import Account, Case, Item, Notice
from tracker.queries.applying import assessed, of
from tracker.render.site import Site
from tracker.services import audit, cases, replies

_REMOVED_BEFORE = 2


def branch_of(item: Item) -> Branch | None:
    """Return the branch of a complaint in an undecided case, or None when British law does not apply to it."""
    case = item.case
    if RegimeName.UK_DEFAMATION not in of(item) or case.decided_at is not None or case.closed_at is not None:
        return None
    found = {each.regime: each.completeness for each in assessed(item)}
    times = replies.times_to_answer(item)
    return branch(
        Position(
            is_valid=found.get(RegimeName.UK_DEFAMATION) is Completeness.VALID,
            is_repeat=bool(item.is_repeat),
            is_contactable=bool(case.article.publisher_email),
            was_asked=bool(times),
            is_waiting=any(clock.stopped_at is None for clock in times),
            answers=replies.full(item),
        )
    )


def refuse_repeats(items: Iterable[Item]) -> None:
    """Raise InvalidTransition for a complaint of which the regulations leave the publisher nothing to be asked, or may do so."""
    for item in items:
        if item.is_repeat:
            raise InvalidTransition(
                N_("同一通知人就同样的说法已有两次以上成功移除，依英国规定应在48小时内移除，不再联系发布者。")
            )
        if item.is_repeat is None and removed_before(item):
            raise InvalidTransition(
                N_("通知人说同样的内容以前移除过两次以上。请先核对说法是否实质相同，再决定要不要联系发布者。")
            )


def removed_before(item: Item) -> list[Notice]:
    """Return the earlier British notices that an item names, if they may make it a repeat (SI 2013/3028, Schedule).

    At least two of the same sender, about the same publisher, each ended in removal by the regulations. Whether the
    imputation is substantially the same is for a moderator to say.
    """
    notice, publisher = item.notice, box(item.article.publisher_email)
    if RegimeName.UK_DEFAMATION not in of(item) or not notice.mailbox or not publisher:
        return []
    named = {found for word in notice.answers.get("prior_receipts", "").split() if (found := reference(word))}
    removed = (
        select(Item)
        .join(Notice, Notice.id == Item.notice_id)
        .join(Case, Case.id == Item.case_id)
        .where(Notice.reference.in_(named), Notice.mailbox == notice.mailbox, Notice.id != notice.id)
        .where(Item.state == ItemState.ANSWERED, Case.outcome.in_(RESTRICTIVE))
        .order_by(Notice.id)
    )
    same = [
        earlier.notice
        for earlier in db.session.scalars(removed)
        if RegimeName.UK_DEFAMATION in of(earlier) and box(earlier.article.publisher_email) == publisher
    ]
    notices = list({earlier.id: earlier for earlier in same}.values())
    return notices if len(notices) >= _REMOVED_BEFORE else []


def find_repeat(site: Site, account: Account, item_id: int, version: int, now: datetime, *, is_repeat: bool) -> None:
    """Write down whether a notice says substantially what was removed twice before; raises Conflict, InvalidTransition."""
    item = db.session.get_one(Item, item_id)
    case = cases.changed(site, account, item.case_id, version, now)
    if not removed_before(item):
        raise InvalidTransition(N_("这份通知没有指明两次以上依英国规定移除的记录，不能作为重复的投诉处理。"))
    item.is_repeat = is_repeat
    facts = {"case": case.id, "notice": item.notice_id, "repeat": "yes" if is_repeat else "no"}
    audit.record(audit.actor(account), "case.repeat_found", now, **facts)
