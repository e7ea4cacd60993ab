"""Putting up the content of a notice whose publisher cannot be reached (信息网络传播权保护条例 15), cleared of personal data."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.redaction import MARK, redact
from tracker.domain.redress import PUBLISHER
from tracker.domain.regimes import RegimeName
from tracker.domain.serving import Way
from tracker.domain.text import bounded, comparable, mailbox
from tracker.models import Account, Case, Item, Mail, PublicNotice
from tracker.queries.applying import of
from tracker.render.site import Site
from tracker.services import audit, cases, measures, publication, publishers, undelivered

LENGTH = (20, 5000)
"""The fewest and most characters of a public notice."""

_PERSONS = ("notifier_name", "principal_name", "signature_name")


def proposal(case: Case) -> str:
    """Return what the notices of a case say, without names and numbers, for whoever clears it for the public."""
    told = [(each.label, each.text()) for item in _items(case) for each in publishers.shown(item)]
    names = {item.notice.answers.get(name, "") for item in _items(case) for name in _PERSONS}
    return "\n".join(f"{label}：{redact(text, names)}" for label, text in told if text not in names)


def may_put_up(case: Case, now: datetime) -> bool:
    """Say whether a public notice takes the place of a mail: a copyright measure stands whose publisher was not reached."""
    if not any(RegimeName.CN_COPYRIGHT in of(item) for item in _items(case)) or standing(case):
        return False
    is_unreached = not case.article.publisher_email or any(_to_publisher(case))
    return is_unreached and measures.restricting(case, now) is not None


def put_up(site: Site, account: Account, case_id: int, version: int, text: str, now: datetime) -> PublicNotice:
    """Publish a cleared text; the mails that did not reach the publisher count as told from then.

    Raises Incomplete while anything personal stands in it, InvalidTransition where there is no such need, Conflict.
    """
    case = cases.changed(site, account, case_id, version, now)
    said = _checked(case, text)
    if standing(case) is not None:
        raise Conflict(N_("这个案件已经公告过了。"))
    if not may_put_up(case, now):
        raise InvalidTransition(N_("只有依著作权通知采取措施、又联系不上发布者的，才公告通知的内容。"))
    notice = PublicNotice(case=case, text=said, published_at=now, published_by_id=account.id)
    db.session.add(notice)
    db.session.flush()
    for sent in _to_publisher(case):
        sent.reached_at, sent.reached_by = now, Way.PUBLIC_NOTICE
        undelivered.done(site, sent, now)
        undelivered.record(audit.actor(account), sent, now)
    cases.stop_subject(case, PUBLISHER, now)
    audit.record(audit.actor(account), "case.public_notice", now, case=case.id, notice=notice.id)
    publication.publish(site, [case.article], now)
    return notice


def standing(case: Case) -> PublicNotice | None:
    """Return the public notice of a case, or None."""
    return db.session.scalar(select(PublicNotice).where(PublicNotice.case_id == case.id))


def _checked(case: Case, text: str) -> str:
    said = bounded(text, LENGTH, "text")
    names = {comparable(item.notice.answers.get(name, "")) for item in _items(case) for name in _PERSONS} - {""}
    if redact(said.replace(MARK, "")) != said.replace(MARK, "") or any(name in comparable(said) for name in names):
        raise Incomplete({"text": DomainError(N_("文字里还有姓名、邮箱、电话或证件号码。请删去以后再公告。"))})
    return said


def _items(case: Case) -> list[Item]:
    return [item for item in case.items if item.ended is None]


def _to_publisher(case: Case) -> list[Mail]:
    theirs = mailbox(case.article.publisher_email)
    return [sent for sent in undelivered.failed(case) if theirs and sent.mailbox == theirs and sent.notice_id is None]
