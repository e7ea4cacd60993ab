"""Between us and a publisher: the notice forwarded before a decision, their reply, or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import RESTRICTIVE
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.notices import in_our_words
from tracker.domain.publisher_elements import REPLY_ELEMENTS
from tracker.domain.receipts import reference
from tracker.domain.regimes import RegimeName, disclosed
from tracker.domain.text import clean
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Item, Notice
from tracker.render.site import Site
from tracker.services import audit, cases, threads

_REMOVED_BEFORE = 2
_REPLIES = (ClockKind.UK_POSTER, ClockKind.REPLY_WAIT)


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
        said = "\n\n".join(f"{site.gettext(label, case.article.language)}\n{text}" for label, text in shown(notice))
        threads.add(
            f"{key}:{notice.id}",
            now,
            case=case,
            party=Party.STAFF,
            kind=MessageKind.FORWARD,
            text=said,
            account=account,
        )
        by_regulation = RegimeName.UK_DEFAMATION in notice.regimes
        mail.forwarded(site, case, notice, shown(notice), clock.due_at, by_regulation, now)
        items = [item for item in notice.items if item.case_id == case.id]
        mail.publisher_asked(site, notice, items, clock.due_at, now)
        facts = {"case": case.id, "from": before, "to": case.state, "notice": notice.id}
        audit.record(audit.actor(account), "case.publisher_asked", now, **facts)


def is_repeat(notice: Notice) -> bool:
    """Say whether a British notice names two or more earlier ones of the same sender that ended in removal.

    Then the operator removes within 48 hours without asking the poster again (SI 2013/3028, Schedule).
    """
    if RegimeName.UK_DEFAMATION not in notice.regimes or not notice.mailbox:
        return False
    named = {found for word in notice.answers.get("prior_receipts", "").split() if (found := reference(word))}
    removed = (
        select(Notice.reference)
        .join(Item, Item.notice_id == Notice.id)
        .join(Case, Case.id == Item.case_id)
        .where(Notice.reference.in_(named), Notice.mailbox == notice.mailbox, Case.outcome.in_(RESTRICTIVE))
    )
    return len(set(db.session.scalars(removed))) >= _REMOVED_BEFORE


def _awaiting(case: Case) -> list[Notice]:
    waiting = [item for item in case.items if item.state in {ItemState.OPEN, ItemState.NEEDS_INFO}]
    return list({item.notice_id: item.notice for item in waiting}.values())


def reply(
    site: Site, case: Case, text: str, answers: Mapping[str, str], files: Sequence[File], now: datetime, key: str
) -> None:
    """Store what a publisher answers. In time, the case goes back to its moderator; later it is still read."""
    (case,) = cases.locked([case.id], now, N_("发布者"))
    if threads.is_known(key):
        return
    said = "\n".join([clean(text), *_answered(site, answers)]).strip()
    threads.add(key, now, case=case, party=Party.PUBLISHER, kind=MessageKind.REPLY, text=said, files=files)
    if case.asked_at is not None and case.decided_at is None and case.closed_at is None:
        case.asked_at = None
        before = cases.move(case, Event.REPLY, now)
        _start_after(site, case, now)
        audit.record("publisher", "case.publisher_replied", now, **{"case": case.id, "from": before, "to": case.state})
    mail.attention(site, case, N_("发布者已答复"), now, key)


def _answered(site: Site, answers: Mapping[str, str]) -> list[str]:
    """Return the answers to the questions of the regulations as lines of the message."""
    lines = []
    for name, answer in answers.items():
        if answer and name in REPLY_ELEMENTS:
            said = in_our_words(REPLY_ELEMENTS[name], answer) or answer
            lines.append(f"{REPLY_ELEMENTS[name].label}：{said}")
    return lines


def lapse(site: Site, case: Case, now: datetime) -> None:
    """Give a case back to its moderator when the time to reply is over."""
    (case,) = cases.locked([case.id], now, N_("系统"))
    if case.asked_at is None:
        return
    case.asked_at = None
    before = cases.move(case, Event.NO_REPLY, now)
    for clock in case.clocks:
        if clock.stopped_at is None and clock.kind in _REPLIES:
            clock.stopped_at = now
    _start_after(site, case, now)
    audit.record(audit.SYSTEM, "case.reply_lapsed", now, **{"case": case.id, "from": before, "to": case.state})
    mail.attention(site, case, N_("发布者没有在期限内答复"), now, f"no-reply:{case.id}:{case.version}")


def _start_after(site: Site, case: Case, now: datetime) -> None:
    """Start the 48 hours in which a UK operator must act on the reply, or on there being none (SI 2013/3028, Schedule)."""
    if RegimeName.UK_DEFAMATION in cases.regimes(case):
        cases.start_clock(site, case, ClockKind.UK_AFTER, now)
