"""Between us and a publisher: the notice forwarded before a decision, their reply, or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import MEASURES
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.notices import in_our_words
from tracker.domain.receipts import reference
from tracker.domain.regimes import RegimeName, Requirement, disclosed
from tracker.domain.text import mailbox
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Item, Notice
from tracker.render.site import Site
from tracker.services import audit, cases, replies, threads, undelivered

_REMOVED_BEFORE = 2
_REPLIES = (ClockKind.UK_POSTER, ClockKind.REPLY_WAIT)
_FORWARDED_AT_ONCE = frozenset(
    {RegimeName.US_DMCA, RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL, RegimeName.CN_ENTERPRISE}
)


def shown(notice: Notice) -> list[tuple[str, str]]:
    """Return what of a notice its publisher may see, as (question, answer); identity by the rules of each regime."""
    allowed = disclosed([RegimeName(name) for name in notice.regimes], notice.answers)
    return [
        (element.label, in_our_words(element, allowed[element.name]) or allowed[element.name])
        for element in CATEGORIES[notice.category].elements
        if element.name in allowed and element.name != "addresses"  # other articles are other publishers' matter
    ]


def ask(site: Site, account: Account, case_id: int, version: int, now: datetime, key: str) -> None:
    """Forward the notices of a case to its publisher and wait for a reply (Defamation Act 2013 s. 5; 民法典 1195).

    Raises InvalidTransition when the publisher has no address: then there is nobody to wait for.
    """
    case = cases.changed(site, account, case_id, version, now)
    if not case.article.publisher_email:
        raise InvalidTransition(N_("这篇文章没有发布者的邮箱，无法转送。请直接作出决定。"))
    if any(is_repeat(notice) for notice in _awaiting(case)):
        raise InvalidTransition(
            N_("同一通知人就同样的说法已有两次以上成功移除，依英国规定应在48小时内移除，不再联系发布者。")
        )
    case.asked_at = now
    case.accepted_at = case.accepted_at or now
    before = cases.move(case, Event.ASK_PUBLISHER, now)
    is_uk = RegimeName.UK_DEFAMATION in cases.regimes(case)
    clock = cases.start_clock(site, case, ClockKind.UK_POSTER if is_uk else ClockKind.REPLY_WAIT, now)
    for notice in _awaiting(case):
        _forward(site, case, notice, clock.due_at, now, account)
        items = [item for item in notice.items if item.case_id == case.id]
        mail.publisher_asked(site, notice, items, clock.due_at, now)
        facts = {"case": case.id, "from": before, "to": case.state, "notice": notice.id}
        audit.record(audit.actor(account), "case.publisher_asked", now, **facts)


def _forward(
    site: Site, case: Case, notice: Notice, due_at: datetime | None, now: datetime, account: Account | None
) -> None:
    told = shown(notice)
    said = "\n\n".join(f"{site.gettext(label, case.article.language)}\n{text}" for label, text in told)
    threads.add(
        f"forward:{case.id}:{notice.id}:{now.isoformat()}", now, case=case, party=Party.STAFF, kind=MessageKind.FORWARD,
        text=said, account=account,
    )  # fmt: skip
    mail.forwarded(site, case, notice, told, due_at, now)


def forward_with_measure(site: Site, case: Case, account: Account | None, now: datetime, *, is_interim: bool) -> None:
    """Forward the notices that a measure rests on as it starts, those not forwarded before (条例 15; 民法典 1195).

    All of them with an interim measure, but for intimate images; later, those whose law asks for it. A publisher without an
    address is told by a public notice, which is somebody's task.
    """
    wanted = frozenset(RegimeName) - {RegimeName.NCII, RegimeName.ORDER} if is_interim else _FORWARDED_AT_ONCE
    notices = [notice for notice in _notices(case) if wanted & set(notice.regimes)]
    notices = [notice for notice in notices if RegimeName.NCII not in notice.regimes]
    if not case.article.publisher_email:
        if any(RegimeName.CN_COPYRIGHT in notice.regimes for notice in notices):
            undelivered.nobody_to_tell(site, case, now)
        return
    for notice in notices:
        if not mail.was_forwarded(case, notice):
            _forward(site, case, notice, None, now, account)


def _notices(case: Case) -> list[Notice]:
    return list({item.notice_id: item.notice for item in case.items if item.ended is None}.values())


def is_repeat(notice: Notice) -> bool:
    """Say whether a British notice names two or more earlier ones of the same sender that ended in removal.

    Only removals that the regulations led to count, of the same poster's words. Then the operator removes within 48 hours
    without asking the poster again (SI 2013/3028, Schedule).
    """
    if RegimeName.UK_DEFAMATION not in notice.regimes or not notice.mailbox:
        return False
    named = {found for word in notice.answers.get("prior_receipts", "").split() if (found := reference(word))}
    earlier = select(Notice).where(
        Notice.reference.in_(named), Notice.mailbox == notice.mailbox, Notice.id != notice.id
    )
    posters = {_poster(item) for item in notice.items}
    removed = [
        prior
        for prior in db.session.scalars(earlier)
        if RegimeName.UK_DEFAMATION in prior.regimes and posters & {_poster(i) for i in prior.items if _was_removed(i)}
    ]
    return len(removed) >= _REMOVED_BEFORE


def _poster(item: Item) -> str:
    return mailbox(item.article.publisher_email) or item.article.publisher_name


def _was_removed(item: Item) -> bool:
    return item.state is ItemState.ANSWERED and item.case.outcome in MEASURES


def _awaiting(case: Case) -> list[Notice]:
    waiting = [item for item in case.items if item.state in {ItemState.OPEN, ItemState.NEEDS_INFO}]
    return list({item.notice_id: item.notice for item in waiting}.values())


def reply(
    site: Site, case: Case, text: str, answers: Mapping[str, str], files: Sequence[File], now: datetime, key: str
) -> None:
    """Store what a publisher answers. In time, the case goes back to its moderator; later it is still read.

    Raises InvalidTransition once the case is closed, saying where to write.
    """
    (case,) = cases.locked([case.id], now, N_("发布者"))
    if threads.is_known(key):
        return
    if case.closed_at is not None:
        raise InvalidTransition(
            N_("这个案件已经结案，不能再在这里答复。请写信到%(email)s，写明案件编号%(number)s。"),
            email=site.config.contact_email,
            number=case.id,
        )
    is_awaited = case.asked_at is not None and case.decided_at is None
    message = threads.add(
        key, now, case=case, party=Party.PUBLISHER, kind=MessageKind.REPLY, text=text, files=files,
    )  # fmt: skip
    lacks: tuple[Requirement, ...] = ()
    if RegimeName.UK_DEFAMATION in cases.regimes(case) and case.decided_at is None:
        lacks = replies.take(case, message, answers, now, is_late=not is_awaited)
    if is_awaited and not lacks:
        case.asked_at = None
        before = cases.move(case, Event.REPLY, now)
        _start_after(site, case, now)
        audit.record("publisher", "case.publisher_replied", now, **{"case": case.id, "from": before, "to": case.state})
    wait = cases.running_clock(case, ClockKind.UK_POSTER) if lacks else None
    if wait is not None:
        mail.reply_incomplete(site, case, message, lacks, wait.due_at, now)
    mail.attention(site, case, N_("发布者的答复不完整，期限继续计算") if lacks else N_("发布者已答复"), now, key)


def lapse(site: Site, case: Case, now: datetime) -> None:
    """Give a case back to its moderator when the time to reply is over."""
    (case,) = cases.locked([case.id], now, N_("系统"))
    _end_wait(site, case, N_("发布者没有在期限内答复"), now)


def unreachable(site: Site, case: Case, now: datetime) -> None:
    """Give a case back because its publisher cannot be reached by mail: a British complaint then ends in removal.

    Under other laws the wait stands still until they are told in another way.
    """
    if RegimeName.UK_DEFAMATION in cases.regimes(case):
        _end_wait(site, case, N_("无法用电子方式联系发布者：依英国规定应在48小时内移除"), now)


def _end_wait(site: Site, case: Case, why: str, now: datetime) -> None:
    if case.asked_at is None or case.decided_at is not None or case.closed_at is not None:
        return
    case.asked_at = None
    before = cases.move(case, Event.NO_REPLY, now)
    for clock in case.clocks:
        if clock.stopped_at is None and clock.kind in _REPLIES:
            clock.stopped_at = now
    _start_after(site, case, now)
    audit.record(audit.SYSTEM, "case.reply_lapsed", now, **{"case": case.id, "from": before, "to": case.state})
    mail.attention(site, case, why, now, f"no-reply:{case.id}:{case.version}")


def _start_after(site: Site, case: Case, now: datetime) -> None:
    """Start the 48 hours in which a UK operator must act on the reply, or on there being none (SI 2013/3028, Schedule)."""
    if RegimeName.UK_DEFAMATION in cases.regimes(case):
        cases.start_clock(site, case, ClockKind.UK_AFTER, now)
