"""How what we have to tell reaches its receiver: by mail, by a button they press, or in another way that staff write down."""

from collections.abc import Sequence
from datetime import datetime

from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, NotFound
from tracker.domain.serving import BY_HAND, LEGAL, WAYS, Way
from tracker.mail.replies import Fate
from tracker.models import Account, Mail, MailState, Notice
from tracker.render.site import Site
from tracker.services import audit, cases, counters, mails, publishers, threads, undelivered

_CONFIRMED = frozenset({"acknowledgement", "order_received"})
_COUNTER, _FORWARDED = "counter_forwarded", "forwarded"


def settle(site: Site, claimed: Mail, fate: Fate, error: str, now: datetime) -> None:
    """Write down what came of an attempt to send a mail, and do what follows from its arrival or its failure."""
    _reserve(claimed)
    sent = mails.settle(claimed, fate, error, now)
    if sent is None:
        return
    if sent.state is MailState.SENT:
        _arrived(site, sent, now)
    else:
        _failed(site, sent, now)


def bounced(site: Site, message_ids: Sequence[str], said: str, now: datetime) -> bool:
    """Mark as bounced what was reported so, with all that follows; say whether it was a mail of ours. Raises Busy."""
    ours = mails.named(message_ids)
    if ours is None:
        return False
    _reserve(ours)
    gone = mails.bounced(ours.id, said, now)
    if gone is not None:
        _failed(site, gone, now)
    return True


def confirm(site: Site, notice: Notice, now: datetime) -> None:
    """Note that a notifier has the counter-notices that were passed on to them: they pressed a button that says so."""
    cases.of_notice(notice)
    for sent in counters.copies(notice):
        if sent.reached_at is None:
            _by(site, sent, Way.BUTTON, now, now)
            undelivered.record(audit.NOTIFIER, sent, now)


def by_hand(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    mail_id: int,
    way: Way,
    at: datetime,
    text: str,
    now: datetime,
    key: str,
) -> None:
    """Write down that what a mail of a case says reached its receiver on a day in another way; its time runs from there.

    Raises Incomplete for a day that cannot be, NotFound, Conflict, and InvalidTransition for a mail that did arrive.
    """
    case = cases.changed(site, account, case_id, version, now)
    sent = next((each for each in undelivered.failed(case) if each.id == mail_id), None)
    if sent is None:
        other = db.session.get(Mail, mail_id)
        if other is None or other.case_id != case.id:
            raise NotFound(N_("没有这封邮件。"))
        raise InvalidTransition(N_("这封邮件已经送达，不需要再登记。请刷新页面查看。"))
    if way not in BY_HAND:
        raise Incomplete({"way": DomainError(N_("请选择一种方式。"))})
    first, last = site.local(sent.created_at).date(), site.local(now).date()
    if not first <= site.local(at).date() <= last:
        raise Incomplete({"day": DomainError(N_("请填写送达的日期，不早于发信那天，不晚于今天。"))})
    _by(site, sent, way, min(max(at, sent.created_at), now), now)
    said = f"用其他方式送达（{WAYS[way]}）{site.local(at):%Y-%m-%d}：{text}".rstrip("：")
    threads.note(case, account, said, now, key)
    undelivered.record(audit.actor(account), sent, now)


def _by(site: Site, sent: Mail, way: Way, at: datetime, now: datetime) -> None:
    sent.reached_at, sent.reached_by = at, way
    _arrived(site, sent, now)


def _arrived(site: Site, sent: Mail, now: datetime) -> None:
    if sent.name in _CONFIRMED:
        for case in undelivered.concerned(sent):
            cases.stop_subject(case, f"notice:{sent.notice_id}", now)
    if sent.name in LEGAL:
        undelivered.done(site, sent, sent.reached_at or now)
    if sent.name == _COUNTER:
        counters.reached(site, sent, now)


def _failed(site: Site, sent: Mail, now: datetime) -> None:
    if sent.name not in LEGAL:
        return
    if sent.name == _COUNTER:
        counters.came_back(site, sent, now)
    undelivered.task(site, sent, now)
    if sent.name == _FORWARDED:
        for case in undelivered.concerned(sent):
            publishers.unreachable(site, case, sent, now)


def _reserve(sent: Mail) -> None:
    """Lock the cases of a mail before the mail itself, in the order in which every act does."""
    if sent.name in LEGAL or sent.name in _CONFIRMED:
        cases.reserved(case.id for case in undelivered.concerned(sent))
