"""Taking up a closed case again: a new order or ruling, or something that was wrong."""

from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import Ending, Event, ItemState
from tracker.domain.text import bare, clean
from tracker.models import Account, Case, Item
from tracker.render.site import Site
from tracker.services import audit, cases, merging, threads

_MAY_RETURN = frozenset({Ending.INCOMPLETE, Ending.DUPLICATE, Ending.ABUSIVE, Ending.NOT_OURS})
"""The endings that were ours to get wrong; what a notifier took back stays so."""


def reopen(site: Site, account: Account, case_id: int, version: int, reason: str, now: datetime, key: str) -> None:
    """Put a closed case back into review; a measure that stands goes on until the new decision.

    Raises Incomplete without a reason, Conflict, and InvalidTransition when the case is not closed, its data are erased,
    it was merged, or another case of the same matter is open.
    """
    why = clean(reason)
    if len(bare(why)) < 2:
        raise Incomplete({"reason": DomainError(N_("请写明为什么重新开案。"))})
    case = cases.changed(site, account, case_id, version, now)
    _require(case)
    case.closed_at, case.decided_at, case.asked_at, case.held_at = None, None, None, None
    case.reopened_at = case.accepted_at = now
    case.assignee_id = account.id
    for item in case.items:
        _return(item)
    before = cases.move(case, Event.REOPEN, now, by=account)
    cases.start_clock(site, case, ClockKind.DECIDE, now)
    threads.note(case, account, f"重新开案：{why}", now, key)
    audit.record(audit.actor(account), "case.reopened", now, **{"case": case.id, "from": before, "to": case.state})
    mail.attention(site, case, N_("案件重新开案"), now, key)


def _require(case: Case) -> None:
    if case.closed_at is None:
        raise InvalidTransition(N_("只有已经结案的案件才能重新开案。请刷新页面，看看案件现在到了哪一步。"))
    if any(item.notice.erased_at for item in case.items):
        raise InvalidTransition(N_("这个案件的个人信息已经删除，不能重新开案。有新的情况，请另立新案。"))
    transfer = merging.merged(case.id)
    if transfer is not None:
        message = N_("这个案件已经并入案件%(number)s，它的通知都在那里，不能重新开案。要分开处理，请撤销合并。")
        raise InvalidTransition(message, number=transfer.to_case_id)
    other = cases.open_about(case.article_id, case.category)
    if other is not None:
        raise InvalidTransition(N_("同一篇文章、同一事由的案件%(number)s正在处理，请在那里继续。"), number=other)


def _return(item: Item) -> None:
    """Let an item wait again that ended without a decision, unless its notifier has another one there."""
    waits = {each.mailbox for each in item.case.items if each.answered_at is None and each.mailbox}
    if item.ended in _MAY_RETURN and item.mailbox not in waits:
        item.state, item.ended, item.answered_at = ItemState.OPEN, None, None
        db.session.flush()
