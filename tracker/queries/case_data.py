"""What personal data a case holds and until when, notice by notice, and who was told that something is gone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain.errors import no_case
from tracker.models import Case, Item, Mail, MailState, Notice, RecipientNotice
from tracker.queries import receipt_events
from tracker.queries.mail_states import for_staff
from tracker.queries.receipt_kept import Kept, kept
from tracker.render.site import Site


@dataclass(frozen=True)
class Held:
    """One notice of a case with what is kept of it."""

    item: Item
    notice: Notice
    kept: Kept


@dataclass(frozen=True)
class Told:
    """Somebody who was told, and how the mail fares; without one they were told by another way."""

    name: str
    address: str
    at: datetime
    mail: str


@dataclass(frozen=True)
class CaseData:
    """The page of a case on personal data."""

    case: Case
    held: list[Held]
    told: list[Told]


def case_data(site: Site, number: int, now: datetime) -> CaseData:
    """Return what a case holds; raise NotFound."""
    loaded = selectinload(Case.items).joinedload(Item.notice).selectinload(Notice.attachments)
    case = db.session.scalar(select(Case).where(Case.id == number).options(joinedload(Case.article), loaded))
    if case is None:
        raise no_case()
    return CaseData(case, [_held(site, item, now) for item in case.items], recipients_told(site, [case.id]))


def _held(site: Site, item: Item, now: datetime) -> Held:
    notice = item.notice
    messages, mails = receipt_events.thread(notice), receipt_events.mails(site, notice)
    return Held(item, notice, kept(notice, notice.items, messages, bool(mails), now))


def recipients_told(site: Site, cases: list[int]) -> list[Told]:
    """Return who was told about these cases, the last first."""
    found = select(RecipientNotice, Mail.state).outerjoin(Mail, Mail.id == RecipientNotice.mail_id)
    rows = db.session.execute(found.where(RecipientNotice.case_id.in_(cases)).order_by(RecipientNotice.id.desc()))
    return [
        Told(row.name, row.address, row.told_at, for_staff(site)[MailState(state)] if state else "")
        for row, state in rows
    ]
