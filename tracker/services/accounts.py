"""Who may work here: invitations, the links that let people in, roles, disabling and enabling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select, update

from tracker import mail
from tracker.contact import mailable
from tracker.db import db
from tracker.domain.errors import N_, DomainError, Gone, Incomplete, NotFound, NotPermitted, TooMany
from tracker.domain.roles import Role
from tracker.domain.text import address_key, bare, clean_line
from tracker.models import Account, AuditEntry, Link, LinkPurpose
from tracker.render.site import Site
from tracker.services import audit, factors, limits, sessions

FIRST_ADMIN_LASTS = timedelta(days=1)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)

_RESETS_FROM_ADDRESS = (20, timedelta(hours=1))
_RESETS_FOR_ACCOUNT = (1, timedelta(minutes=10))  # what a stranger asks for leaves a link in the holder's mailbox


@dataclass(frozen=True)
class Entrant:
    """What somebody fills in who follows a link; `name` and `email` only where the link does not know them."""

    password_hash: str
    name: str
    email: str


def first_admin_link(site: Site, now: datetime) -> Link | None:
    """Return the link with which the first admin comes in, the same one while it lasts; None once there is an admin."""
    if _has_admin():
        return None
    return _waiting_link(site, now) or _new_link(site, LinkPurpose.INVITE, "", Role.ADMIN, None, now, FIRST_ADMIN_LASTS)


def invite(site: Site, actor: Account | None, email: str, role: Role | None, now: datetime) -> Link:
    """Invite somebody by mail; with the address of an account, let its holder back in, enabled and in that role.

    `role` None leaves an account the role it has, and makes a new one a moderator. `actor` None is the command line,
    the way back in for who lost everything: it takes the second factors away as well.
    Raises Incomplete for a bad address, NotPermitted when no admin would be left.
    """
    address = checked_address(email)
    who = audit.actor(actor)
    account = db.session.scalar(select(Account).where(Account.email == address_key(address)))
    if account is not None:
        _change_role(who, account, role or account.role, now)
        _enable(who, account, now)
        if actor is None:
            factors.reset(site, None, account.id, now)
        link = _new_link(site, LinkPurpose.RESET, account.email, None, account.id, now, INVITATION_LASTS)
        mail.password_reset(site, link, now)
        return link
    role = role or Role.MODERATOR
    link = _new_link(site, LinkPurpose.INVITE, address, role, None, now, INVITATION_LASTS)
    audit.record(who, "account.invited", now, link=link.id, role=role)
    mail.invitation(site, link, now)
    return link


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
    link = _new_link(site, LinkPurpose.RESET, account.email, None, account.id, now, RESET_LASTS)
    mail.password_reset(site, link, now)


def open_link(site: Site, link_id: int, code: str, now: datetime) -> Link:
    """Return the link that the code opens, unused; raise NotFound for a wrong one, Gone for one used, expired or taken back."""
    link = db.session.get(Link, link_id)
    if link is None or not site.keys.opens(code, "link", str(link.id), link.key_epoch):
        raise NotFound(N_("这个链接不对。请从邮件里完整复制，或者请管理员重新发送。"))
    if link.used_at is not None or link.expires_at <= now or not _still_holds(link):
        raise _gone(link)
    return link


def use_link(site: Site, link: Link, entrant: Entrant, address: str, now: datetime, agent: str | None = None) -> str:
    """Set the password, make the account if the link invites, and return the token of a new session.

    A mailbox alone opens no account with a second factor: its session is half open.

    Raises Gone when the link was used or ended meanwhile, Incomplete for a bad name or e-mail address.
    """
    unused = update(Link).where(Link.id == link.id, Link.used_at.is_(None), Link.expires_at > now)
    if db.session.scalar(unused.values(used_at=now).returning(Link.id)) is None or not _still_holds(link):
        raise _gone(link)
    account = _joined(link, entrant, now) if link.account_id is None else db.session.get_one(Account, link.account_id)
    _end(Link.account_id == account.id, now)
    sessions.set_password(account, entrant.password_hash, now)
    return sessions.begin(site, account, address, now, agent)


def disable(actor: Account, account_id: int, now: datetime) -> None:
    """Keep an account out from now on: its sessions and links end. Raises NotPermitted for oneself and the last admin."""
    if account_id == actor.id:
        raise NotPermitted(N_("不能停用自己的账号。请让另一位管理员来做。"))
    _keep_an_admin(account_id)
    account = _account(account_id)
    if account.disabled_at is not None:
        return
    account.disabled_at = now
    sessions.end_all(account)
    _end(Link.account_id == account.id, now)
    audit.record(audit.actor(actor), "account.disabled", now, account=account.id)


def change_role(actor: Account, account_id: int, role: Role, now: datetime) -> None:
    """Give a colleague another role, which ends their sessions.

    Raises NotPermitted for oneself, so that nobody raises themselves, and for the last admin.
    """
    if account_id == actor.id:
        raise NotPermitted(N_("不能改变自己的角色。请让另一位管理员来做。"))
    _keep_an_admin(account_id)  # before the account itself is locked: everybody locks in one order
    _change_role(audit.actor(actor), _account(account_id), role, now)


def rename(account_id: int, name: str, now: datetime) -> None:
    """Set one's own name, as colleagues read it; raise Incomplete for `name`."""
    account = _account(account_id)
    account.name = _checked_name(name)
    audit.record(audit.actor(account), "account.renamed", now, account=account.id)


def enable(actor: Account, account_id: int, now: datetime) -> None:
    """Let a disabled account sign in again."""
    _enable(audit.actor(actor), _account(account_id), now)


def _joined(link: Link, entrant: Entrant, now: datetime) -> Account:
    if link.role is None:
        raise _gone(link)
    address = address_key(link.email or checked_address(entrant.email))
    name = _checked_name(entrant.name)
    if db.session.scalar(select(Account.id).where(Account.email == address)) is not None:
        raise Incomplete({"email": DomainError(N_("这个邮箱已有账号。请直接登录，或者重设密码。"))})
    account = Account(email=address, name=name, role=link.role, password_hash="", created_at=now)
    db.session.add(account)
    db.session.flush()
    audit.record(audit.actor(account), "account.joined", now, account=account.id, role=account.role)
    return account


def _still_holds(link: Link) -> bool:
    """Say whether what the link promised is still on offer."""
    if link.account_id is not None:
        return db.session.get_one(Account, link.account_id).disabled_at is None
    return bool(link.email) or not _has_admin()


def _waiting_link(site: Site, now: datetime) -> Link | None:
    waiting = select(Link).where(
        Link.purpose == LinkPurpose.INVITE,
        Link.email == "",
        Link.key_epoch == site.keys.epoch,
        Link.used_at.is_(None),
        Link.expires_at > now,
    )
    return db.session.scalar(waiting.order_by(Link.id.desc()).limit(1))


def _new_link(
    site: Site,
    purpose: LinkPurpose,
    email: str,
    role: Role | None,
    account_id: int | None,
    now: datetime,
    lasts: timedelta,
) -> Link:
    if role is not None:  # a new invitation takes the place of the one before
        _end(Link.id.in_(_invitations(email, now)), now)
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


def _invitations(email: str, now: datetime) -> list[int]:
    """Return the open invitations to an address, however it was typed: an account has one spelling."""
    waiting = Link.role.is_not(None), Link.used_at.is_(None), Link.expires_at > now
    found = db.session.execute(select(Link.id, Link.email).where(*waiting))
    return [number for number, typed in found if address_key(typed) == address_key(email)]


def _end(which: ColumnElement[bool], now: datetime) -> None:
    """End links that were not used."""
    db.session.execute(update(Link).where(which, Link.used_at.is_(None), Link.expires_at > now).values(expires_at=now))


def _has_admin() -> bool:
    return db.session.scalar(_admins().limit(1)) is not None


def _admins() -> Select[int]:
    return select(Account.id).where(Account.role == Role.ADMIN, Account.disabled_at.is_(None))


def _keep_an_admin(account_id: int) -> None:
    """Raise NotPermitted when there is no other admin. Locks them, in one order, so that two cannot go at once."""
    admins = set(db.session.scalars(_admins().order_by(Account.id).with_for_update()))
    if admins == {account_id}:
        raise NotPermitted(N_("这是最后一位管理员。请先邀请另一位管理员。"))


def _change_role(who: str, account: Account, role: Role, now: datetime) -> None:
    if account.role is role:
        return
    _keep_an_admin(account.id)
    audit.record(who, "account.role_changed", now, account=account.id, role=role)
    account.role = role
    sessions.end_all(account)


def _enable(who: str, account: Account, now: datetime) -> None:
    if account.disabled_at is not None:
        account.disabled_at = None
        audit.record(who, "account.enabled", now, account=account.id)


def _account(account_id: int) -> Account:
    account = db.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(N_("没有这个账号。"))
    return account


def unfit(link: Link, name: str, email: str) -> dict[str, DomainError]:
    """Return what is wrong, by its field, with what somebody fills in who follows a link that does not know them; all at once."""
    if link.account_id is not None:
        return {}
    return _refused(_checked_name, name) | ({} if link.email else _refused(checked_address, email))


def _refused(check: Callable[[str], str], typed: str) -> dict[str, DomainError]:
    try:
        check(typed)
    except Incomplete as error:
        return error.problems
    return {}


def _checked_name(typed: str) -> str:
    name = clean_line(typed)
    if not bare(name) or len(name) > 50:
        raise Incomplete({"name": DomainError(N_("请写1至50个字。同事在案件里看到的是这个名字。"))})
    return name


def checked_address(email: str) -> str:
    """Return an e-mail address in its one form; raise Incomplete for what is none."""
    address, problem = mailable(clean_line(email))
    if problem:
        raise Incomplete({"email": problem})
    return address


def _gone(link: Link) -> Gone:
    taken = (AuditEntry.kind == "account.uninvited", AuditEntry.facts["link"].as_integer() == link.id)
    if db.session.scalar(select(AuditEntry.seq).where(*taken).limit(1)) is not None:
        return Gone(N_("这份邀请已经收回，不能再用来加入。如果您认为有误，请联系邀请您的管理员。"))
    return Gone(N_("这个链接已经用过或已经过期。可以在登录页用“忘记密码”重新取得，或者请管理员重新邀请。"))
