"""The links that let people in, each once: for the first admin, from an invitation, for a new password."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select, update

from tracker import mail
from tracker.db import db
from tracker.domain.errors import N_, Gone, NotFound, TooMany
from tracker.domain.roles import Role
from tracker.domain.text import address_key
from tracker.models import Account, AuditEntry, Link, LinkPurpose
from tracker.render.site import Site
from tracker.services import audit, limits

FIRST_ADMIN_LASTS = timedelta(days=1)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)

_RESETS_FROM_ADDRESS = (20, timedelta(hours=1))
_RESETS_FOR_ACCOUNT = (1, timedelta(minutes=10))  # what a stranger asks for leaves a link in the holder's mailbox


def first_admin_link(site: Site, now: datetime) -> Link | None:
    """Return the link with which the first admin comes in, the same one while it lasts; None once there is an admin."""
    if _has_admin():
        return None
    return _waiting_link(site, now) or new(site, LinkPurpose.INVITE, "", Role.ADMIN, None, now, FIRST_ADMIN_LASTS)


def request_reset(site: Site, email: str, address: str, now: datetime) -> None:
    """Mail a link to the holder of an account; the answer does not show whether there is one.

    Nor does the time it takes, but for the writing of two rows: a mail to nobody is rendered as well and thrown away.
    Raises TooMany by network address alone: what strangers ask for must not keep the holder out.
    """
    limits.hit(site, f"reset from {limits.network(address)}", *_RESETS_FROM_ADDRESS, now)
    account = db.session.scalar(
        select(Account).where(Account.email == address_key(email), Account.disabled_at.is_(None))
    )
    try:
        limits.hit(site, f"reset {address_key(email)}", *_RESETS_FOR_ACCOUNT, now)
    except TooMany:
        return
    if account is None:
        nobodys = Link(id=0, email=address_key(email), key_epoch=site.keys.epoch, expires_at=now + RESET_LASTS)
        db.session.expunge(mail.password_reset(site, nobodys, now))
        return
    link = new(site, LinkPurpose.RESET, account.email, None, account.id, now, RESET_LASTS)
    mail.password_reset(site, link, now)


def take_back(actor: Account, link_id: int, now: datetime) -> None:
    """End an open invitation, and call off its mail while it waits; raise Gone for one that is open no more."""
    still = (Link.id == link_id, Link.role.is_not(None), Link.email != "", Link.used_at.is_(None))
    ended = update(Link).where(*still, Link.expires_at > now).values(expires_at=now)
    link = db.session.scalar(ended.returning(Link))
    if link is None:
        raise Gone(N_("这个邀请已经用过、过期或者收回了。请刷新“人员”页，看看现在有谁。"))
    audit.record(audit.actor(actor), "account.uninvited", now, link=link.id)
    mail.invitation_waits_no_more(link)


def address_of(site: Site, link: Link) -> str:
    """Return the whole address of a link, for whoever may see it."""
    return f"{site.base_url}/account/links/{link.id}?code={site.keys.secret('link', str(link.id), link.key_epoch)}"


def open_link(site: Site, link_id: int, code: str, now: datetime) -> Link:
    """Return the link that the code opens, unused; raise NotFound for a wrong one, Gone for one used, expired or taken back."""
    link = db.session.get(Link, link_id)
    if link is None or not site.keys.opens(code, "link", str(link.id), link.key_epoch):
        raise NotFound(N_("这个链接不对。请从邮件里完整复制，或者请管理员重新发送。"))
    if link.used_at is not None or link.expires_at <= now or not still_holds(link):
        raise gone(link)
    return link


def still_holds(link: Link) -> bool:
    """Say whether what the link promised is still on offer."""
    if link.account_id is not None:
        return db.session.get_one(Account, link.account_id).disabled_at is None
    return bool(link.email) or not _has_admin()


def gone(link: Link) -> Gone:
    """Return what is said to whoever follows a link that opens nothing any more: whether it was taken back."""
    taken = (AuditEntry.kind == "account.uninvited", AuditEntry.facts["link"].as_integer() == link.id)
    if db.session.scalar(select(AuditEntry.seq).where(*taken).limit(1)) is not None:
        return Gone(N_("这份邀请已经收回，不能再用来加入。如果您认为有误，请联系邀请您的管理员。"))
    return Gone(N_("这个链接已经用过或已经过期。可以在登录页用“忘记密码”重新取得，或者请管理员重新邀请。"))


def new(
    site: Site,
    purpose: LinkPurpose,
    email: str,
    role: Role | None,
    account_id: int | None,
    now: datetime,
    lasts: timedelta,
) -> Link:
    """Return a new link; one that invites takes the place of those before it to the same address."""
    if role is not None:
        end(Link.id.in_(_invitations(email, now)), now)
    link = Link(
        purpose=purpose,
        key_epoch=site.keys.epoch,
        email=email,
        role=role,
        account_id=account_id,
        created_at=now,
        expires_at=now + lasts,
    )
    db.session.add(link)
    db.session.flush()
    return link


def end(which: ColumnElement[bool], now: datetime) -> None:
    """End links that were not used."""
    db.session.execute(update(Link).where(which, Link.used_at.is_(None), Link.expires_at > now).values(expires_at=now))


def admins() -> Select[int]:
    """Return the numbers of the admins who may sign in."""
    return select(Account.id).where(Account.role == Role.ADMIN, Account.disabled_at.is_(None))


def _has_admin() -> bool:
    return db.session.scalar(admins().limit(1)) is not None


def _waiting_link(site: Site, now: datetime) -> Link | None:
    waiting = select(Link).where(
        Link.purpose == LinkPurpose.INVITE,
        Link.email == "",
        Link.key_epoch == site.keys.epoch,
        Link.used_at.is_(None),
        Link.expires_at > now,
    )
    return db.session.scalar(waiting.order_by(Link.id.desc()).limit(1))


def _invitations(email: str, now: datetime) -> list[int]:
    """Return the open invitations to an address, however it was typed: an account has one spelling."""
    waiting = Link.role.is_not(None), Link.used_at.is_(None), Link.expires_at > now
    found = db.session.execute(select(Link.id, Link.email).where(*waiting))
    return [number for number, typed in found if address_key(typed) == address_key(email)]
