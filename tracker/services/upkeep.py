"""Clearing away what has run out: drafts, sessions, links and counts."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.settings import Switch
from tracker.models import Authenticator, CaseDraft, Draft, DraftFile, Heartbeat, Limit, Link, Mail, Session
from tracker.models.mail import PASSING
from tracker.render.site import Site
from tracker.services import case_drafts, leases, settings

_LINKS_KEPT = timedelta(days=30)
_SET_UP_KEPT = timedelta(days=1)
_HEARTBEATS_KEPT = timedelta(days=7)
_DRAFT_LINKS_KEPT = timedelta(days=14)
"""Longer than mail is tried again: who asked for the link of a draft need not have sent anything."""


def tidy(site: Site, now: datetime) -> None:
    """Delete drafts, sessions, apps half set up, leases, counts, mails with the link of a draft and dead links whose time is over.

    While no notice is taken in, no draft runs out.
    """
    leases.tidy(now)
    if Switch.INTAKE in site.settings.switches:
        settings.keep_drafts(now)
    over = select(Draft.id).where(Draft.expires_at <= now).scalar_subquery()
    db.session.execute(delete(DraftFile).where(DraftFile.draft_id.in_(over)))
    db.session.execute(delete(Draft).where(Draft.expires_at <= now))
    db.session.execute(delete(CaseDraft).where(CaseDraft.saved_at <= now - case_drafts.KEPT))
    db.session.execute(delete(Session).where(Session.expires_at <= now))
    set_up = Authenticator.is_confirmed.is_(False), Authenticator.created_at <= now - _SET_UP_KEPT
    db.session.execute(delete(Authenticator).where(*set_up))
    db.session.execute(delete(Limit).where(Limit.window_ends_at <= now))
    db.session.execute(delete(Heartbeat).where(Heartbeat.seen_at <= now - _HEARTBEATS_KEPT))
    db.session.execute(
        delete(Mail).where(PASSING, Mail.name == "draft_link", Mail.created_at <= now - _DRAFT_LINKS_KEPT)
    )
    db.session.execute(delete(Link).where(Link.expires_at <= now - _LINKS_KEPT))


def beat(name: str, started_at: datetime, now: datetime) -> None:
    """Note that a worker was here; `name` is its machine and number."""
    seen = {"started_at": started_at, "seen_at": now}
    new = insert(Heartbeat).values(name=name[:200], **seen)
    db.session.execute(new.on_conflict_do_update(index_elements=[Heartbeat.name], set_=seen))
