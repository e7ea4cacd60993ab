"""Mails that carry a link: an invitation, a new password, one's own draft."""

from datetime import datetime
from typing import Any

from tracker.domain.roles import LABELS
from tracker.mail.outbox import compose
from tracker.mail.parts import OWN, SEALED, Secret, call_off, known_language
from tracker.models import Draft, Link, Mail
from tracker.render.site import Site


def invitation(site: Site, link: Link, now: datetime) -> Mail:
    """Queue the link with which an invited person makes their account."""
    role = LABELS[link.role] if link.role else ""
    return _link(site, "invitation", link, now, role=role)


def invitation_waits_no_more(link: Link) -> None:
    """Cancel the mail with an invitation, if it has not left."""
    call_off(_cause(link))


def password_reset(site: Site, link: Link, now: datetime) -> Mail:
    """Queue the link with which an account gets a new password."""
    return _link(site, "password_reset", link, now)


def draft_link(site: Site, draft: Draft, key: str, recipient: str, language: str, now: datetime) -> Mail:
    """Queue the private link of a draft, sealed until it leaves; to one mailbox once an hour at most."""
    return compose(
        site,
        "draft_link",
        cause=f"draft:{draft.id}:link:{now:%Y%m%dT%H}",
        recipient=recipient,
        language=known_language(language),
        now=now,
        limited=True,
        secret=Secret(SEALED, site.keys.seal(key, draft.id[:16], site.keys.epoch), site.keys.epoch),
        expires_at=draft.expires_at,
    )


def _link(site: Site, name: str, link: Link, now: datetime, **context: Any) -> Mail:
    return compose(
        site,
        name,
        cause=_cause(link),
        recipient=link.email,
        language=OWN,
        now=now,
        secret=Secret("link", str(link.id), link.key_epoch),
        number=link.id,
        expires_at=link.expires_at,
        **context,
    )


def _cause(link: Link) -> str:
    return f"link:{link.id}"
