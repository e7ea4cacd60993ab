"""Texts kept ready: written, changed, retired and brought back."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import canned
from tracker.domain.canned import Purpose
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, NotFound
from tracker.models import Account, CannedText
from tracker.services import audit


def put(
    account: Account,
    number: int | None,
    version: int,
    name: str,
    purpose: Purpose,
    texts: Mapping[str, str],
    now: datetime,
) -> CannedText:
    """Store a text, new when `number` is None; raise Incomplete by field, NotFound, Conflict when somebody was first."""
    name, kept = canned.check(name, texts)
    taken = select(CannedText.id).where(CannedText.name == name, CannedText.id != (number or 0))
    if db.session.scalar(taken) is not None:
        raise Incomplete({"name": DomainError(N_("已经有一条叫这个名称，请换一个。"))})
    text = CannedText(version=0) if number is None else _locked(number, version)
    text.name, text.purpose, text.texts = name, purpose, kept
    _changed(text, account, now)
    db.session.add(text)
    db.session.flush()
    audit.record(audit.actor(account), "canned.changed", now, canned=text.id, version=text.version)
    return text


def retire(account: Account, number: int, version: int, now: datetime) -> None:
    """Offer a text no longer; it stays, and can come back. Raises NotFound, Conflict."""
    text = _locked(number, version)
    text.retired_at = text.retired_at or now
    _changed(text, account, now)
    audit.record(audit.actor(account), "canned.retired", now, canned=text.id, version=text.version)


def bring_back(account: Account, number: int, version: int, now: datetime) -> None:
    """Offer a retired text again. Raises NotFound, Conflict."""
    text = _locked(number, version)
    text.retired_at = None
    _changed(text, account, now)
    audit.record(audit.actor(account), "canned.changed", now, canned=text.id, version=text.version)


def _changed(text: CannedText, account: Account, now: datetime) -> None:
    text.version += 1
    text.changed_at, text.changed_by_id = now, account.id


def _locked(number: int, version: int) -> CannedText:
    text = db.session.get(CannedText, number, with_for_update=True, populate_existing=True)
    if text is None:
        raise NotFound(N_("没有这条常用语。"))
    if text.version != version:
        raise Conflict(N_("%(who)s刚刚改动了这条常用语，您的改动没有保存。"), who=text.changed_by.name)
    return text
