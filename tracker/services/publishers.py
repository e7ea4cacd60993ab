"""Between us and a publisher: the notice forwarded before a decision, their reply, or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import AWAITED, Event
from tracker.domain.notices import Answered, in_our_words
from tracker.domain.regimes import RegimeName, Requirement, disclosed
from tracker.domain.serving import notice_of
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Clock, Decision, Item, Mail
from tracker.queries.applying import of, together
from tracker.queries.silence import is_silent
from tracker.render.site import Site
from tracker.services import audit, cases, defamation, replies, threads, undelivered

_REPLIES = (ClockKind.UK_POSTER, ClockKind.REPLY_WAIT)
"""The limits that run while a publisher can answer a notice."""

_FORWARDED_AT_ONCE = frozenset(
    {RegimeName.US_DMCA, RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL, RegimeName.CN_ENTERPRISE}
)


def shown(item: Item) -> list[Answered]:
    """Return what of a notice its publisher may see, statements as they were signed; identity by the rules of each regime."""
    notice = item.notice
    allowed = disclosed(of(item), notice.answers | {"passage": item.passage})
    return [
        Answered(element.heading, "", notice.statements[element.name])
        if element.name in notice.statements
        else Answered(element.heading, in_our_words(element, allowed[element.name]), allowed[element.name])
        for element in CATEGORIES[notice.category].elements
        if element.name in allowed and element.name != "addresses"  # other articles are other publishers' matter
    ]


def ask(site: Site, account: Account, case_id: int, version: int, now: datetime, key: str) -> None:
    """Forward what was not forwarded yet of a case to its publisher and wait for a reply (Defamation Act s. 5; 民法典 1195).

    Each notice has its own time to be answered. One that came under British law since is forwarded again, as that wants it. Raises InvalidTransition when the publisher has no address, when all
    was forwarded, and where the regulations leave nothing to ask.
    """
    case = cases.changed(site, account, case_id, version, now)
    new = [item for item in waiting(case) if is_unasked(item)]
    if not new:
        raise InvalidTransition(N_("这个案件里等待处理的通知都已经转送发布者。"))
    defamation.refuse_repeats(new)
    case.asked_at, case.accepted_at = case.asked_at or now, case.accepted_at or now
    before = cases.move(case, Event.ASK_PUBLISHER, now, cases.NO_CLOCK, by=account)
    cases.stop_clocks(case, {Event.ASK_PUBLISHER}, now, "case")
    ends = {item.id: _forward(site, account, item, now, key) for item in new}
    wait_by_law(site, case, now)
    for told in together(new):
        mail.publisher_asked(site, told[0].notice, told, max(ends[item.id] for item in told), now)
    for item in new:
        facts = {"case": case.id, "from": before, "to": case.state, "notice": item.notice_id}
        audit.record(audit.actor(account), "case.publisher_asked", now, **facts)


def is_unasked(item: Item) -> bool:
    """Say whether a publisher was not asked about a notice yet, or not with what British law has them told (SI 2013/3028, Schedule)."""
    by_regulation = RegimeName.UK_DEFAMATION in of(item)
    return item.forwarded_at is None or (by_regulation and not replies.times_to_answer(item))


def _forward(site: Site, account: Account, item: Item, now: datetime, key: str) -> datetime:
    """Forward one notice; return until when its publisher can answer."""
    case, notice, subject = item.case, item.notice, f"item:{item.id}"
    cases.stop_clocks(case, {Event.ASK_PUBLISHER}, now, subject)
    by_regulation = RegimeName.UK_DEFAMATION in of(item)
    kind = ClockKind.UK_POSTER if by_regulation else ClockKind.REPLY_WAIT
    clock = cases.start_clock(site, case, kind, now, subject)
    if item.forwarded_at is None:
        item.forwarded_at = now
        say = partial(site.gettext, language=case.article.language)
        said = "\n\n".join(f"{say(told.label)}\n{told.text(say)}" for told in shown(item))
        threads.add(
            f"{key}:{notice.id}",
            now,
            case=case,
            party=Party.STAFF,
            kind=MessageKind.FORWARD,
            text=said,
            account=account,
        )
    mail.forwarded(site, [item], [shown(item)], clock.due_at, now)
    return clock.due_at


def forward_with_measure(site: Site, decision: Decision, now: datetime) -> None:
    """Forward the notices that a measure rests on as it starts, those not forwarded before (条例 15; 民法典 1195).

    All of them with an interim measure, but for intimate images; later, those whose law asks for it. A publisher without an
    address is told by a public notice, which is somebody's task; one who must not know is told nothing. One mail for all,
    taken back with the decision.
    """
    case, is_interim = decision.case, decision.outcome is Outcome.INTERIM
    if is_silent(case):
        return
    wanted = frozenset(RegimeName) - {RegimeName.NCII, RegimeName.ORDER} if is_interim else _FORWARDED_AT_ONCE
    items = [item for item in case.items if item.ended is None and wanted & set(of(item))]
    items = [item for item in items if RegimeName.NCII not in of(item)]
    if not case.article.publisher_email:
        if any(RegimeName.CN_COPYRIGHT in of(item) for item in items):
            undelivered.nobody_to_tell(site, decision, now)
        return
    new = [item for item in items if item.forwarded_at is None and not mail.was_forwarded(item)]
    told = [shown(item) for item in new[: mail.FORWARDED_WHOLE]]
    sent = mail.forwarded(site, new, told, None, now, decision) if new else None
    if sent is not None:
        db.session.flush()
        for item in new:
            item.forwarded_in = sent.id


def waiting(case: Case) -> list[Item]:
    """Return the items of a case whose notifiers wait for an answer."""
    return [item for item in case.items if item.state in AWAITED]


def may_ask(case: Case) -> bool:
    """Say whether there is somebody to ask, and something they were not asked yet."""
    is_possible = bool(case.article.publisher_email) and not is_silent(case)
    return is_possible and any(map(is_unasked, waiting(case)))


def reply(
    site: Site, case: Case, text: str, answers: Mapping[str, str], files: Sequence[File], now: datetime, key: str
) -> None:
    """Store what a publisher answers. In time, the case goes back to its moderator; later it is still read.

    What is no full reply leaves waiting only the British complaints that were forwarded; for other notices it is an answer.
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
    running = _running(case)
    is_awaited = case.decided_at is None and (case.asked_at is not None or bool(running))
    message = threads.add(key, now, case=case, party=Party.PUBLISHER, kind=MessageKind.REPLY, text=text, files=files)
    lacks: tuple[Requirement, ...] = ()
    if RegimeName.UK_DEFAMATION in cases.regimes(case) and case.decided_at is None:
        lacks = replies.take(case, message, answers, now, is_late=not is_awaited)
    by_regulation = [clock.due_at for clock in running if clock.kind is ClockKind.UK_POSTER]
    is_incomplete = bool(lacks and by_regulation)
    if is_incomplete:
        for clock in running:
            clock.stopped_at = None if clock.kind is ClockKind.UK_POSTER else now
        mail.reply_incomplete(site, case, message, lacks, min(by_regulation), now)
    elif is_awaited:
        _give_back(case, now)
        if by_regulation:  # a deadline that had passed is counted from, whoever noted it
            _start_after(site, case, min([now, *by_regulation]))
    said = N_("发布者的答复不完整，期限继续计算") if is_incomplete else N_("发布者已答复")
    mail.attention(site, case, said, now, key)


def _give_back(case: Case, now: datetime) -> None:
    """End the publisher's turn, because they have answered; it may have been over while a law was gone that is back again."""
    before = case.state
    if case.asked_at is not None:
        case.asked_at = None
        cases.move(case, Event.REPLY, now)
    else:
        cases.stop_clocks(case, {Event.REPLY}, now)
    facts = {"case": case.id, "from": before, "to": case.state}
    audit.record(audit.PUBLISHER, "case.publisher_replied", now, **facts)


def wait_by_law(site: Site, case: Case, now: datetime) -> None:
    """Let the time to answer each notice run by British law or by the house, as the laws of an undecided case are by now.

    No answer is waited for that has come already, where British law does not ask for a full one any more.
    """
    for item in waiting(case):
        subject, by_regulation = f"item:{item.id}", RegimeName.UK_DEFAMATION in of(item)
        poster, house = (cases.running_clock(case, kind, subject) for kind in _REPLIES)
        lost = [clock for clock in replies.times_to_answer(item) if clock.stopped_at == now and not by_regulation]
        if poster is not None and house is not None:
            house.stopped_at = now
        elif lost and case.asked_at is not None and not _was_answered(item):
            cases.start_clock(site, case, ClockKind.REPLY_WAIT, lost[-1].starts_at, subject).held_at = lost[-1].held_at
    if case.asked_at is not None and not awaited(case):
        _give_back(case, now)


def _was_answered(item: Item) -> bool:
    since = item.forwarded_at
    return any(said.kind is MessageKind.REPLY and since and said.created_at >= since for said in item.case.messages)


def awaited(case: Case) -> list[str]:
    """Return the subjects, such as item:7, for which a time to answer still runs."""
    return [clock.subject for clock in _running(case)]


def _running(case: Case) -> list[Clock]:
    running = (Clock.case_id == case.id, Clock.kind.in_(_REPLIES), Clock.stopped_at.is_(None))
    return list(db.session.scalars(select(Clock).where(*running).order_by(Clock.id)))


def lapse(site: Site, case: Case, now: datetime, clock: Clock) -> None:
    """Note that the time to answer a notice is over; once no other runs, the case goes back to its moderator."""
    (case,) = cases.locked([case.id], now, N_("系统"))
    clock.stopped_at = clock.stopped_at or now
    if case.decided_at is None and case.closed_at is None:
        _end_wait(site, case, N_("发布者没有在期限内答复"), now, clock, clock.due_at)


def unreachable(site: Site, case: Case, sent: Mail, now: datetime) -> None:
    """Give a case back because its publisher cannot be reached by mail: a British complaint then ends in removal.

    Under other laws the wait stands still until they are told in another way.
    """
    for item in case.items:
        clock = cases.running_clock(case, ClockKind.UK_POSTER, f"item:{item.id}")
        if item.notice_id == notice_of(sent.cause) and clock is not None:
            cases.locked([case.id], now, N_("系统"))
            clock.stopped_at = now
            _end_wait(site, case, N_("无法用电子方式联系发布者：依英国规定应在48小时内移除"), now, clock, now)


def _end_wait(site: Site, case: Case, why: str, now: datetime, clock: Clock, since: datetime) -> None:
    """Go on without an answer to one notice; once no other time to answer runs, the case is its moderator's again.

    `since` is when that was clear: at the deadline, however late the worker was.
    """
    if clock.kind is ClockKind.UK_POSTER:
        _start_after(site, case, since)
    mail.attention(site, case, why, now, f"no-reply:{case.id}:{clock.id}")
    if case.asked_at is None or awaited(case):
        return
    case.asked_at = None
    before = cases.move(case, Event.NO_REPLY, now)
    audit.record(audit.SYSTEM, "case.reply_lapsed", now, **{"case": case.id, "from": before, "to": case.state})


def _start_after(site: Site, case: Case, since: datetime) -> None:
    """Start the 48 hours in which a UK operator must act on the reply, or on there being none (SI 2013/3028, Schedule).

    For the complainants to whom it was forwarded; one that runs already is not made longer.
    """
    is_uk = any(replies.times_to_answer(item) and RegimeName.UK_DEFAMATION in of(item) for item in waiting(case))
    runs = any(clock.kind is ClockKind.UK_AFTER and clock.stopped_at is None for clock in case.clocks)
    if is_uk and not runs:
        cases.start_clock(site, case, ClockKind.UK_AFTER, since)
