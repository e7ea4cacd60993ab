"""Clearing away what has run out: drafts, sessions, links and counts."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from tracker.db import db
from tracker.models import CaseDraft, Draft, DraftFile, Limit, Link, Session
from tracker.services import case_drafts, leases

_LINKS_KEPT = timedelta(days=30)


def tidy(now: datetime) -> None:
    """Delete drafts, sessions, leases, counts and long-dead links whose time is over; safe to run twice or never."""
    leases.tidy(now)
    over = select(Draft.id).where(Draft.expires_at <= now).scalar_subquery()
    db.session.execute(delete(DraftFile).where(DraftFile.draft_id.in_(over)))
    db.session.execute(delete(Draft).where(Draft.expires_at <= now))
    db.session.execute(delete(CaseDraft).where(CaseDraft.saved_at <= now - case_drafts.KEPT))
    db.session.execute(delete(Session).where(Session.expires_at <= now))
    db.session.execute(delete(Limit).where(Limit.window_ends_at <= now))
    db.session.execute(delete(Link).where(Link.expires_at <= now - _LINKS_KEPT))
