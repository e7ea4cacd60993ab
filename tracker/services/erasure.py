"""Erasure before its time, at the request of whose data they are; and telling those who had received what is gone."""

import hashlib
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.contact import mailable
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import ItemState, State
from tracker.domain.text import bounded, clean_line, misfit
from tracker.models import Account, Case, Clock, Item, Measure, Notice, RecipientNotice
from tracker.queries.silence import is_silent
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.render.visible import stands
from tracker.services import audit, cases, holds, retention

PUBLISHER = N_("发布者")

NAME = (2, 200)
"""The fewest and most characters of the name of a recipient."""

_GOING_ON = frozenset({State.COUNTERED, State.ON_HOLD, State.APPEALED})


def erase(
    site: Site, account: Account, case_id: int, version: int, item_id: int, reason: str, now: datetime, key: str
) -> None:
    """Erase the personal data of a notice because its notifier asks for it (个人信息保护法 47; GDPR art. 17).

    Tells the notifier, and the publisher who was told who they are. Raises Incomplete without a reason, Conflict, NotFound,
    and InvalidTransition under a legal hold, while a case of it is going on, or when nothing is left.
    """
    why = bounded(reason, holds.REASON, "reason")
    if item := db.session.get(Item, item_id):
        cases.of_notice(item.notice)
    case = cases.changed(site, account, case_id, version, now)
    notice = holds.belongs(item_id, case_id).notice
    _require(notice, now)
    recipient = notice.answers.get("email", "")
    informed = [item.case for item in notice.items if _was_told(item)]
    retention.erase(notice, now, audit.actor(account))
    for other in informed:
        _tell(
            site,
            account,
            other,
            (PUBLISHER, other.article.publisher_email, other.article.language),
            now,
            f"{key}:{other.id}",
        )
    mail.erased(site, notice, recipient, _told(site, notice), _goes_at(notice), now)
    holds.note(account, case_id, f"应请求删除{notice.reference}的个人信息：{why}", now, key)
    facts = {"case": case.id, "notice": notice.id}
    audit.record(audit.actor(account), "notice.erasure_requested", now, **facts)


def _require(notice: Notice, now: datetime) -> None:
    if notice.erased_at:
        raise InvalidTransition(N_("这份通知里的个人信息已经删除。"))
    if retention.is_held(notice, now):
        raise InvalidTransition(N_("这份通知受法律保全，保全期间不能删除。请先看保全到哪一天，或者解除保全。"))
    if any(_is_going_on(item) for item in notice.items):
        raise InvalidTransition(N_("这份通知还有没办完的案件，现在删除就无法处理。请先作出决定，或者请通知人撤回。"))


def _is_going_on(item: Item) -> bool:
    if item.state is ItemState.CLOSED:
        return False
    return item.state is not ItemState.ANSWERED or item.case.decided_at is None or item.case.state in _GOING_ON


def _was_told(item: Item) -> bool:
    """Say whether what a notifier wrote on an article went to its publisher, who can be told that it is gone."""
    was_forwarded = bool(item.forwarded_at) or mail.was_forwarded(item)
    return was_forwarded and bool(item.article.publisher_email) and not is_silent(item.case)


def _goes_at(notice: Notice) -> datetime | None:
    numbers = [item.case_id for item in notice.items]
    purging = (Clock.case_id.in_(numbers), Clock.kind == ClockKind.PURGE, Clock.stopped_at.is_(None))
    found = list(db.session.scalars(select(Clock.due_at).where(*purging)))
    return max(found) if len(found) == len(set(numbers)) else None


def _told(site: Site, notice: Notice) -> list[str]:
    numbers = [item.case_id for item in notice.items]
    names = select(RecipientNotice.name).where(RecipientNotice.case_id.in_(numbers)).order_by(RecipientNotice.id)
    return [site.gettext(name, notice.language) for name in dict.fromkeys(db.session.scalars(names))]


def tell(
    site: Site, account: Account, case_id: int, version: int, said: dict[str, str], now: datetime, key: str
) -> None:
    """Record that a search engine or a partner was told that an article is gone or changed, and mail them its address.

    `said` holds name, email (may be empty: told by another way) and language. Raises Incomplete, Conflict, and
    InvalidTransition while readers see the article as it was.
    """
    name, email = _checked(said)
    case = cases.changed(site, account, case_id, version, now)
    measure = select(Measure.id).where(Measure.article_id == case.article_id, stands(now)).limit(1)
    if db.session.scalar(measure) is None and case.article.file_gone_at is None:
        raise InvalidTransition(N_("文章照常展示，没有什么需要告知。请先采取措施。"))
    _tell(site, account, case, (name, email, said.get("language", "")), now, key)


def _checked(said: dict[str, str]) -> tuple[str, str]:
    problems: dict[str, DomainError] = {}
    name, email = clean_line(said.get("name", "")), clean_line(said.get("email", ""))
    if wrong := misfit(name, NAME):
        problems["name"] = wrong
    if email:
        email, unfit = mailable(email)
        problems |= {"email": unfit} if unfit else {}
    if problems:
        raise Incomplete(problems)
    return name, email


def _tell(site: Site, account: Account, case: Case, who: tuple[str, str, str], now: datetime, key: str) -> None:
    name, email, language = who
    known = hashlib.sha256(f"told:{key}".encode()).hexdigest()
    if db.session.scalar(select(RecipientNotice.id).where(RecipientNotice.key == known)):
        return
    row = RecipientNotice(
        key=known, case_id=case.id, name=name, address=site.base_url + path_of(case.article), told_at=now,
        told_by_id=account.id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if email:
        sent = mail.recipient_told(site, case, row, email, language, now)
        db.session.flush()
        row.mail_id = sent.id
    audit.record(audit.actor(account), "case.recipient_told", now, case=case.id, recipient=row.id)
