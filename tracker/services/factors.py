"""Second factors of an account together: which there are, which must be, taking one away, recovery codes.

Whoever changes them may not be their holder, who is told by mail each time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from tracker import mail
from tracker.db import db
from tracker.domain.errors import N_, NotFound, NotPermitted
from tracker.domain.factors import code_digest, digits, new_codes
from tracker.domain.roles import Role
from tracker.models import Account, Authenticator, Passkey, RecoveryCode
from tracker.render.site import Site
from tracker.services import audit, limits, passkeys, sessions, totp

APP, PASSKEY = "app", "passkey"
_ADDED = {APP: N_("您的账号添加了验证器应用。"), PASSKEY: N_("您的账号添加了一个通行密钥。")}
_REMOVED = {APP: N_("您的账号移除了验证器应用。"), PASSKEY: N_("您的账号移除了一个通行密钥。")}
_RESET = N_("您的账号的两步验证已被清除，现在只要密码就能登录。")
_CODE_USED = N_("有人用恢复码登录了您的账号，或者确认了一项操作。")
_TRIES = ((5, timedelta(minutes=5)), (20, timedelta(hours=1)), (50, timedelta(days=1)))
_PASSKEYS_FROM_ADDRESS = (100, timedelta(minutes=10))


@dataclass(frozen=True)
class Factors:
    """The second factors of an account."""

    app_since: datetime | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def has_code(self) -> bool:
        """Say whether there is anything to type."""
        return self.app_since is not None or self.codes_left > 0

    @property
    def are_none(self) -> bool:
        """Say whether a password is all there is."""
        return self.app_since is None and not self.passkeys


def of(account: Account) -> Factors:
    """Return what somebody may show beside their password."""
    app = select(Authenticator.created_at).where(Authenticator.account_id == account.id, Authenticator.is_confirmed)
    keys = select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id)
    left = select(func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    return Factors(db.session.scalar(app), list(db.session.scalars(keys)), db.session.scalar(left) or 0)


def count(site: Site, account: Account, now: datetime) -> None:
    """Count a try of a code; raise TooMany. Runs in a transaction of its own, before the try.

    Counts by account, from wherever it comes: only who has the password gets here, and a million codes are few.
    """
    for most, window in _TRIES:
        limits.hit(site, f"factor {account.id} {window}", most, window, now)


def count_passkey(site: Site, address: str, now: datetime) -> None:
    """Count a passkey shown by somebody not yet known, by network address; raise TooMany."""
    limits.hit(site, f"passkey from {limits.network(address)}", *_PASSKEYS_FROM_ADDRESS, now)


def is_required(site: Site, role: Role) -> bool:
    """Say whether somebody in this role has to sign in with a second factor."""
    return role in site.config.second_factor_roles


def add_app(site: Site, account: Account, typed: str, now: datetime) -> list[str]:
    """Take the app that is being set up into use; return recovery codes to show, if there were none.

    Raises Incomplete for `code` when it is not what the app shows.
    """
    _lock(account)
    totp.confirm(site, account, typed, now)
    return _added(site, account, APP, now)


def add_passkey(site: Site, account: Account, answer: str, name: str, now: datetime) -> list[str]:
    """Add the passkey that a browser made; return recovery codes to show, if there were none. Raises Incomplete."""
    _lock(account)
    passkeys.add(site, account, answer, name, now)
    return _added(site, account, PASSKEY, now)


def accept(site: Site, account: Account, typed: str, now: datetime) -> None:
    """Take an app's code or a recovery code, each once; raise Incomplete for `code`."""
    if digits(typed):
        totp.accept(site, account, typed, now)
        return
    unused = update(RecoveryCode).where(
        RecoveryCode.account_id == account.id,
        RecoveryCode.digest == code_digest(account.id, typed),
        RecoveryCode.used_at.is_(None),
    )
    if db.session.scalar(unused.values(used_at=now).returning(RecoveryCode.id)) is None:
        raise totp.refused()
    audit.record(audit.actor(account), "account.code_used", now, account=account.id)
    mail.factor_changed(site, account, _CODE_USED, now)


def make_codes(account: Account, now: datetime) -> list[str]:
    """Return ten new recovery codes, which are stored nowhere; those from before are void.

    Raises NotPermitted for an account without another factor: codes alone would be a password that is forgotten.
    """
    _lock(account)
    if not sessions.has_factor(account.id):
        raise NotPermitted(N_("请先设置验证器应用或通行密钥，再生成恢复码。"))
    return _new_codes(account, now)


def remove_app(site: Site, account: Account, now: datetime) -> None:
    """Take the app away; raise NotPermitted when a factor is required and none would be left."""
    _lock(account)
    gone = delete(Authenticator).where(Authenticator.account_id == account.id, Authenticator.is_confirmed)
    if db.session.scalar(gone.returning(Authenticator.id)) is not None:
        _removed(site, account, APP, now)


def remove_passkey(site: Site, account: Account, number: int, now: datetime) -> None:
    """Take a passkey of one's own away; raise NotFound, and NotPermitted as for the app."""
    _lock(account)
    gone = delete(Passkey).where(Passkey.id == number, Passkey.account_id == account.id)
    if db.session.scalar(gone.returning(Passkey.id)) is None:
        raise NotFound(N_("没有这个通行密钥，可能已经移除。"))
    _removed(site, account, PASSKEY, now)


def reset(site: Site, actor: Account | None, account_id: int, now: datetime) -> None:
    """Take every factor of somebody away who lost them, and end their sessions; `actor` None is the command line.

    Raises NotPermitted for oneself: who still has a factor takes it away on their own page.
    """
    if actor and account_id == actor.id:
        raise NotPermitted(N_("自己的两步验证请在“我的账号”页更改。"))
    account = db.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(N_("没有这个账号。"))
    if _clear(account.id):
        sessions.end_all(account)
        audit.record(audit.actor(actor), "account.factors_reset", now, account=account.id)
        mail.factor_changed(site, account, _RESET, now)


def _added(site: Site, account: Account, factor: str, now: datetime) -> list[str]:
    mail.factor_changed(site, account, _ADDED[factor], now)
    audit.record(audit.actor(account), "account.factor_added", now, account=account.id, factor=factor)
    return [] if of(account).codes_left else _new_codes(account, now)


def _removed(site: Site, account: Account, factor: str, now: datetime) -> None:
    audit.record(audit.actor(account), "account.factor_removed", now, account=account.id, factor=factor)
    mail.factor_changed(site, account, _REMOVED[factor], now)
    if sessions.has_factor(account.id):
        return
    if is_required(site, account.role):
        raise NotPermitted(N_("您的角色需要两步验证。请先添加另一种方式，再移除这一种。"))
    _clear(account.id)


def _new_codes(account: Account, now: datetime) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = new_codes()
    db.session.add_all(
        RecoveryCode(account_id=account.id, digest=code_digest(account.id, code), created_at=now) for code in codes
    )
    audit.record(audit.actor(account), "account.codes_made", now, account=account.id)
    return codes


def _clear(account_id: int) -> bool:
    """Delete every factor; say whether there was any."""
    had_any = sessions.has_factor(account_id)
    for kind in (Authenticator, Passkey, RecoveryCode):
        db.session.execute(delete(kind).where(kind.account_id == account_id))
    return had_any


def _lock(account: Account) -> None:
    """Let the changes to the factors of one account come one after the other."""
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
