"""What a mail that the law counts on brings about when it does not arrive: a task, and nothing that would follow from it."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_
from tracker.domain.redress import PUBLISHER
from tracker.domain.serving import ANSWERS, LEGAL, WAITS, notice_of
from tracker.mail.parts import stamp
from tracker.models import OF_NO_CASE, Case, Clock, Decision, Item, Mail, MailState
from tracker.render.site import Site
from tracker.services import audit, cases

_FAILED = (MailState.BOUNCED, MailState.GIVEN_UP)


def concerned(sent: Mail) -> list[Case]:
    """Return the cases that a mail is about and that are not closed: its own, or those of its notice."""
    of_notice = select(Item.case_id).where(Item.notice_id == sent.notice_id)
    which = Case.id == sent.case_id if sent.case_id else Case.id.in_(of_notice)
    return list(db.session.scalars(select(Case).where(which, Case.closed_at.is_(None)).order_by(Case.id)))


def task(site: Site, sent: Mail, now: datetime) -> None:
    """Have somebody tell the receiver in another way; what runs only from its arrival stands still until then."""
    sent.reached_at, sent.reached_by = None, None
    found = concerned(sent)
    for clock in _waiting(sent, found):
        clock.held_at = clock.held_at or now
    for case in found[:1]:
        cases.start_clock(site, case, ClockKind.DELIVER, now, _subject(sent))
        mail.attention(
            site, case, N_("一封法律要求的邮件没有送达，请改用电话、信件等方式"), now, f"mail:{sent.id}:{stamp(now)}"
        )


def done(site: Site, sent: Mail, at: datetime) -> None:
    """End the task; what stood still for this mail begins on the day on which it arrived.

    A window for appeals does so in any case: it is open for six months from the day on which the last of those concerned was
    informed (DSA art. 20(2)), which is later than the decision, if only by its grace. So does the time to answer what is asked.
    """
    found = concerned(sent)
    for case in found:
        cases.stop_subject(case, _subject(sent), at)
    db.session.flush()
    for clock in _waiting(sent, found):
        is_from_arrival = clock.kind in ANSWERS or clock.kind is ClockKind.APPEAL_WINDOW
        begins = max(at, clock.starts_at) if is_from_arrival else at
        waited = clock.held_at is not None or (is_from_arrival and begins > clock.starts_at)
        if waited and not _is_awaited_elsewhere(sent, clock):
            clock.held_at = None
            cases.start_clock(site, clock.case, clock.kind, begins, clock.subject)


def is_on_its_way() -> ColumnElement[bool]:
    """Return the condition that what somebody has to answer within a limit has not left yet: then it is not over either."""
    asks = or_(*(and_(Mail.name == name, Clock.kind.in_(ANSWERS.intersection(kinds))) for name, kinds in WAITS.items()))
    return exists().where(Mail.case_id == Clock.case_id, Mail.state.in_((MailState.QUEUED, MailState.HELD)), asks)


def nobody_to_tell(site: Site, decision: Decision, now: datetime) -> None:
    """Have the notice published: a publisher who cannot be reached is told that way (信息网络传播权保护条例 15)."""
    cases.start_clock(site, decision.case, ClockKind.DELIVER, now, PUBLISHER)  # there is no mail to be its subject
    mail.attention(site, decision.case, N_("联系不上发布者，请公告通知的内容"), now, "publisher", decision)


def failed(case: Case) -> list[Mail]:
    """Return the mails of a case that the law counts on and that have not arrived by any way."""
    notices = {item.notice_id for item in case.items}
    about = (Mail.case_id == case.id) | (OF_NO_CASE & Mail.notice_id.in_(notices))
    gone = (Mail.state.in_(_FAILED), Mail.reached_at.is_(None), Mail.name.in_(LEGAL), Mail.text != "")
    return list(db.session.scalars(select(Mail).where(about, *gone).order_by(Mail.id)))


def _waiting(sent: Mail, found: list[Case]) -> list[Clock]:
    """Return the clocks that run only once this mail has arrived: of its own item, or of the case."""
    kinds, numbers = WAITS.get(sent.name, ()), {case.id for case in found}
    of_notice = select(Item.id).where(Item.notice_id == notice_of(sent.cause))
    subjects = {"case", *(f"item:{number}" for number in db.session.scalars(of_notice))}
    running = select(Clock).where(Clock.case_id.in_(numbers), Clock.kind.in_(kinds), Clock.stopped_at.is_(None))
    return list(db.session.scalars(running.where(Clock.subject.in_(subjects)).order_by(Clock.id)))


def _is_awaited_elsewhere(sent: Mail, clock: Clock) -> bool:
    """Say whether another mail that did not arrive holds the same clock."""
    names = {name for name, kinds in WAITS.items() if clock.kind in kinds}
    others = [other for other in failed(clock.case) if other.id != sent.id and other.name in names]
    return any(clock in _waiting(other, [clock.case]) for other in others)


def _subject(sent: Mail) -> str:
    return f"mail:{sent.id}"


def record(who: str, sent: Mail, now: datetime) -> None:
    """Write into the trail that a mail arrived by another way than mail, and by which."""
    audit.record(who, "mail.reached", now, mail=sent.id, case=sent.case_id, way=sent.reached_by)
