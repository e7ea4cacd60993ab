"""What staff do to the time of a case: pause and resume clocks, keep data, take longer, end a wait early."""

from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import RULES, ClockKind, rule_of
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, NotFound, no_case
from tracker.domain.lifecycle import Event
from tracker.domain.retention import IDENTITY
from tracker.domain.text import bounded
from tracker.models import Account, Attachment, Case, Clock, Item
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import audit, cases, counters, guards, retention, threads

REASON = (2, 5000)
"""The fewest and most characters of a reason."""


def pause(
    site: Site, account: Account, case_id: int, version: int, clock_id: int, reason: str, now: datetime, key: str
) -> None:
    """Let a running clock stand still, with who and why.

    Raises Incomplete without a reason, Conflict, and InvalidTransition for a limit of the law, which nobody may lengthen, for one
    that no reason lets wait, and for one that stands still already.
    """
    why = bounded(reason, REASON, "reason")
    case = cases.changed(site, account, case_id, version, now)
    clock = _clock(case, clock_id)
    if clock.stopped_at or clock.paused_at:
        raise InvalidTransition(N_("这个期限已经停止或暂停。请刷新页面，看看案件现在到了哪一步。"))
    if clock.held_at:
        raise InvalidTransition(N_("这个期限已经停下：要先核对证明，或者先送达邮件。"))
    rule = rule_of(clock.kind, targets_eu=site.targets_eu)
    if rule.is_kept:
        raise InvalidTransition(
            N_("这个期限不能暂停：它管的是告知、复核和删除。要把个人信息留久一些，请登记法律保全。")
        )
    if not rule.may_pause:
        raise InvalidTransition(
            N_("这是法定期限，不能暂停。已有起诉或投诉证明的，请登记证明；请求需要更多时间的，请延长答复期限。")
        )
    clock.paused_at, clock.paused_by, clock.pause_reason = now, account.name, why
    threads.note(case, account, f"暂停期限“{rule.label}”：{why}", now, key)
    _record(account, "clock.paused", clock, now)


def resume(site: Site, account: Account, case_id: int, version: int, clock_id: int, now: datetime, key: str) -> None:
    """Let a paused clock go on; it is due as much later as it stood still. Raises Conflict, InvalidTransition."""
    case = cases.changed(site, account, case_id, version, now)
    clock = _clock(case, clock_id)
    if clock.stopped_at or clock.paused_at is None:
        raise InvalidTransition(N_("这个期限没有暂停。请刷新页面，看看案件现在到了哪一步。"))
    clock.paused_seconds += max(int((now - clock.paused_at).total_seconds()), 0)
    clock.paused_at, clock.paused_by, clock.pause_reason = None, "", ""
    cases.count(site, clock)
    threads.note(case, account, f"期限“{RULES[clock.kind].label}”继续计算。", now, key)
    _record(account, "clock.resumed", clock, now)


def keep(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    until: datetime | None,
    reason: str,
    now: datetime,
    key: str,
) -> None:
    """Put a case under a legal hold until an instant, or end the hold: nothing of it is erased before (§6.3, 13).

    Raises Incomplete, Conflict.
    """
    why = bounded(reason, REASON, "reason")
    if until is not None and until <= now:
        raise Incomplete({"until": DomainError(N_("请选择今天以后的日期。"))})
    case = cases.changed(site, account, case_id, version, now)
    case.kept_until = until
    purging = cases.running_clock(case, ClockKind.PURGE)
    if purging is not None:  # counted anew: a longer hold may have moved it
        cases.start_clock(site, case, ClockKind.PURGE, purging.starts_at)
    day = f"{site.local(until):%Y-%m-%d}" if until else None
    threads.note(case, account, f"{f'法律保全至{day}' if day else '解除法律保全'}：{why}", now, key)
    audit.record(audit.actor(account), "case.kept", now, case=case.id, until=day)


def extend(site: Site, account: Account, case_id: int, version: int, text: str, now: datetime, key: str) -> None:
    """Take up to two months longer to answer a request under the GDPR, telling why within the first (art. 12(3)).

    Raises Incomplete, Conflict, and InvalidTransition when no such limit runs any more.
    """
    why = bounded(text, REASON, "text")
    case = cases.changed(site, account, case_id, version, now)
    wanted = (Clock.case_id == case.id, Clock.kind == ClockKind.GDPR_REPLY, Clock.stopped_at.is_(None))
    running = list(db.session.scalars(select(Clock).where(*wanted)))
    if not running or min(clock.due_at for clock in running) <= now:
        raise InvalidTransition(N_("没有可以延长的期限：延期只有一次，并且要在收到请求后一个月内告知。"))
    before = cases.move(case, Event.EXTEND, now, by=account)
    for clock in running:
        longer = cases.start_clock(site, case, ClockKind.GDPR_EXTENDED, clock.starts_at, clock.subject)
        for item in case.items:
            if clock.subject in {f"item:{item.id}", "case"}:
                mail.extended(site, item.notice, [item], why, longer.due_at, now, account.id)
    threads.note(case, account, f"延长答复期限：{why}", now, key)
    facts = {"case": case.id, "from": before, "to": case.state}
    audit.record(audit.actor(account), "case.extended", now, **facts)


def restore_now(site: Site, account: Account, case_id: int, version: int, reason: str, now: datetime) -> None:
    """End the wait of a counter-notice before its time, because the notifier gave up; raises Conflict, InvalidTransition."""
    case = cases.changed(site, account, case_id, version, now)
    counters.restore(site, case, now, reason, account)


def note(account: Account, case_id: int, text: str, now: datetime, key: str) -> None:
    """Add a note that only staff read; the same key again adds nothing. Raises Incomplete, NotFound."""
    said = bounded(text, REASON, "text")
    case = cases.found(case_id)
    if not threads.is_known(key):
        threads.note(case, account, said, now, key)


def check_identity(account: Account, case_id: int, attachment_id: int, now: datetime) -> None:
    """Delete a proof of identity of a case that was checked.

    Raises NotFound when there is none such, NotPermitted for whoever keeps out of a case that it belongs to.
    """
    case, found = db.session.get(Case, case_id), db.session.get(Attachment, attachment_id)
    if case is None or found is None or found.purpose not in IDENTITY or found not in _files(case):
        raise NotFound(N_("没有这个文件。"))
    guards.require_unconcerned(account, concerns.cases_of_file(found))
    retention.check_identity(audit.actor(account), found, now)


def _files(case: Case) -> list[Attachment]:
    notices = [item.notice for item in case.items]
    said = [*case.messages, *(message for notice in notices for message in notice.messages)]
    sent = [file for notice in notices for file in notice.attachments]
    return [*sent, *(file for message in said for file in message.attachments)]


def belongs(item_id: int, case_id: int) -> Item:
    """Return an item of a case; raise NotFound when it is another's."""
    item = db.session.get(Item, item_id)
    if item is None or item.case_id != case_id:
        raise no_case()
    return item


def _clock(case: Case, clock_id: int) -> Clock:
    clock = db.session.get(Clock, clock_id)
    if clock is None or clock.case_id != case.id:
        raise NotFound(N_("没有这个期限。"))
    return clock


def _record(account: Account, kind: str, clock: Clock, now: datetime) -> None:
    audit.record(audit.actor(account), kind, now, case=clock.case_id, clock=clock.id, limit=clock.kind)
