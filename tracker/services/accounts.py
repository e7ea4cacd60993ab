"""Who may work here: invitations and who follows them, roles, disabling and enabling."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from tracker import mail
from tracker.contact import mailable
from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete, NotFound, NotPermitted
from tracker.domain.roles import Role
from tracker.domain.text import address_key, bare, clean_line
from tracker.models import Account, Link, LinkPurpose
from tracker.render.site import Site
from tracker.services import audit, factors, links, sessions


@dataclass(frozen=True)
class Entrant:
    """What somebody fills in who follows a link; `name` and `email` only where the link does not know them."""

    password_hash: str
    name: str
    email: str


def invite(site: Site, actor: Account | None, email: str, role: Role | None, now: datetime) -> Link:
    """Invite somebody by mail; with the address of an account, let its holder back in, enabled and in that role.

    `role` None leaves an account the role it has, and makes a new one a moderator. `actor` None is the command line,
    the way back in for who lost everything: it takes the second factors away as well.
    Raises Incomplete for a bad address, NotPermitted when no admin would be left.
    """
    address = _checked_address(email)
    who = audit.actor(actor)
    account = db.session.scalar(select(Account).where(Account.email == address_key(address)))
    if account is not None:
        _change_role(who, account, role or account.role, now)
        _enable(who, account, now)
        if actor is None:
            factors.reset(site, None, account.id, now)
        link = links.new(site, LinkPurpose.RESET, account.email, None, account.id, now, links.INVITATION_LASTS)
        mail.password_reset(site, link, now)
        return link
    role = role or Role.MODERATOR
    link = links.new(site, LinkPurpose.INVITE, address, role, None, now, links.INVITATION_LASTS)
    audit.record(who, "account.invited", now, link=link.id, role=role)
    mail.invitation(site, link, now)
    return link


def use_link(site: Site, link: Link, entrant: Entrant, address: str, now: datetime, agent: str | None = None) -> str:
    """Set the password, make the account if the link invites, and return the token of a new session.

    A mailbox alone opens no account with a second factor: its session is half open.

    Raises Gone when the link was used or ended meanwhile, Incomplete for a bad name or e-mail address.
    """
    unused = update(Link).where(Link.id == link.id, Link.used_at.is_(None), Link.expires_at > now)
    if db.session.scalar(unused.values(used_at=now).returning(Link.id)) is None or not links.still_holds(link):
        raise links.gone(link)
    account = _joined(link, entrant, now) if link.account_id is None else db.session.get_one(Account, link.account_id)
    links.end(Link.account_id == account.id, now)
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
    links.end(Link.account_id == account.id, now)
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


def entrant(link: Link, password: str, name: str, email: str) -> Entrant:
    """Return who follows a link, the password hashed; raise Incomplete for all that is wrong with what they fill in, at once."""
    checks: list[tuple[Callable[[str], object], str]] = [] if link.email else [(_checked_address, email)]
    checks += [(_checked_name, name)] if link.account_id is None else []
    problems: dict[str, DomainError] = {}
    for check, typed in (*checks, (sessions.check_length, password)):
        try:
            check(typed)
        except Incomplete as error:
            problems |= error.problems
    if problems:
        raise Incomplete(problems)
    return Entrant(sessions.hashed(password), name, email)


def _checked_address(email: str) -> str:
    address, problem = mailable(clean_line(email))
    if problem:
        raise Incomplete({"email": problem})
    return address


def _checked_name(typed: str) -> str:
    name = clean_line(typed)
    if not bare(name) or len(name) > 50:
        raise Incomplete({"name": DomainError(N_("请写1至50个字。同事在案件里看到的是这个名字。"))})
    return name


def _joined(link: Link, entrant: Entrant, now: datetime) -> Account:
    if link.role is None:
        raise links.gone(link)
    address = address_key(link.email or _checked_address(entrant.email))
    name = _checked_name(entrant.name)
    if db.session.scalar(select(Account.id).where(Account.email == address)) is not None:
        raise Incomplete({"email": DomainError(N_("这个邮箱已有账号。请直接登录，或者重设密码。"))})
    account = Account(email=address, name=name, role=link.role, password_hash="", created_at=now)
    db.session.add(account)
    db.session.flush()
    audit.record(audit.actor(account), "account.joined", now, account=account.id, role=account.role)
    return account


def _keep_an_admin(account_id: int) -> None:
    """Raise NotPermitted when there is no other admin. Locks them, in one order, so that two cannot go at once."""
    admins = set(db.session.scalars(links.admins().order_by(Account.id).with_for_update()))
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
