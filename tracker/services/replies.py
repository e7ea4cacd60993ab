"""A publisher's reply to a British complaint: kept as data, complete or as if there were none, passed on as far as they agree."""

from collections.abc import Mapping
from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.defamation import Given, together
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import ItemState
from tracker.domain.publisher_elements import REPLY_ELEMENTS
from tracker.domain.regimes import RegimeName, Requirement, reply_disclosed, reply_missing
from tracker.domain.text import bare, clean
from tracker.models import Account, Case, Clock, Decision, Item, Message, Reply
from tracker.render.site import Site
from tracker.services import audit, cases, threads


def take(
    case: Case, message: Message, answers: Mapping[str, str], now: datetime, *, is_late: bool
) -> tuple[Requirement, ...]:
    """Store the answers of a reply; return what it lacks, with what was answered before."""
    given = {name: answer for name, answer in answers.items() if name in REPLY_ELEMENTS and answer}
    lacks = reply_missing([RegimeName.UK_DEFAMATION], answered(case) | given)
    if given:
        reply = Reply(case=case, message=message, answers=given, received_at=now)
        reply.is_complete, reply.is_late = not lacks, is_late
        db.session.add(reply)
    return lacks


def answered(case: Case, before: datetime | None = None) -> dict[str, str]:
    """Return what a publisher has answered in time, or before a moment; what was obviously false counts as not said."""
    given = [reply for reply in case.replies if before is None or reply.received_at < before]
    return together(Given(reply.answers, not reply.is_late and reply.false_at is None) for reply in given)


def full(item: Item) -> dict[str, str]:
    """Return what a publisher answered to one British complaint, when that is a full reply within its time, or nothing."""
    times = [clock.due_at for clock in times_to_answer(item)]
    found = answered(item.case, max(times)) if times else {}
    return {} if not found or reply_missing([RegimeName.UK_DEFAMATION], found) else found


def times_to_answer(item: Item) -> list[Clock]:
    """Return the limits within which the publisher can answer a complaint, running or over."""
    subjects = {"case", f"item:{item.id}"}
    return [c for c in item.case.clocks if c.kind is ClockKind.UK_POSTER and c.subject in subjects]


def refused(case: Case) -> list[Item]:
    """Return the complaints whose removal the publisher fully refused since they were asked, and whose sender was not told."""
    return [
        item
        for item in case.items
        if item.state is not ItemState.CLOSED and _is_news(item) and full(item).get("wants_removal") == "no"
    ]


def _is_news(item: Item) -> bool:
    """Say whether the publisher has answered since this complaint was forwarded, and nothing of that was passed on."""
    since = [r.told_at for r in item.case.replies if item.forwarded_at is None or r.received_at >= item.forwarded_at]
    return bool(since) and not any(since)


def pass_on(site: Site, case: Case, now: datetime, decision: Decision | None = None) -> bool:
    """Tell the complainants that the publisher refuses: who they are if they consent, or else that they do not.

    Within 48 hours of the reply (SI 2013/3028, Schedule); once. Says whether there was something to tell.
    """
    items = refused(case)
    if not items:
        return False
    for item in items:
        mail.publisher_refused(site, item.notice, [item], reply_disclosed(full(item)), now, decision)
    for reply in case.replies:
        reply.told_at = reply.told_at or now
    after = cases.running_clock(case, ClockKind.UK_AFTER)
    if after is not None:
        after.stopped_at = now
    return True


def tell(site: Site, account: Account, case_id: int, version: int, now: datetime) -> None:
    """Pass a refusal on, after a look at whether what it says can be true. Raises Conflict, InvalidTransition."""
    case = cases.changed(site, account, case_id, version, now)
    if not pass_on(site, case, now):
        raise InvalidTransition(N_("没有要转告的答复：发布者还没有完整答复并表示不同意，或者已经转告过。"))
    audit.record(audit.actor(account), "case.reply_passed_on", now, case=case.id)


def find_false(
    site: Site, account: Account, case_id: int, version: int, number: int, reason: str, now: datetime, key: str
) -> None:
    """Note that the name or the address of a reply is obviously false: it counts as not given (SI 2013/3028, Schedule).

    Raises Incomplete without a reason, NotFound, Conflict, and InvalidTransition when it was passed on already.
    """
    if len(bare(clean(reason))) < 2:
        raise Incomplete({"reason": DomainError(N_("请写明为什么明显虚假。"))})
    case = cases.changed(site, account, case_id, version, now)
    reply = db.session.get(Reply, number)
    if reply is None or reply.case_id != case.id:
        raise NotFound(N_("没有这份答复。"))
    if reply.told_at or reply.false_at:
        raise InvalidTransition(N_("这份答复已经转告投诉人，或者已经登记为虚假。"))
    reply.false_at = now
    said = f"答复明显虚假，视为没有答复：{clean(reason)}"
    threads.note(case, account, said, now, key)
    audit.record(audit.actor(account), "case.reply_false", now, case=case.id)
