"""What admins set while the site runs: versions of it, the switches, and the site as it is with each of them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.contact import mailable
from tracker.db import db, wait_for_acts
from tracker.domain import settings as rules
from tracker.domain.categories import Category
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, NotFound, Paused
from tracker.domain.retention import DRAFT_KEPT
from tracker.domain.settings import SETTINGS, Change, Kind, Settings, Switch, Switched, Value
from tracker.models import Account, Draft, SettingsVersion
from tracker.render.site import Site
from tracker.services import audit

COMMAND_LINE = N_("命令行")


def in_force(site: Site) -> Site:
    """Return the site with the settings of now: one look at the newest number, and nothing more unless it changed."""
    newest = db.session.scalar(select(func.max(SettingsVersion.id))) or 0
    if site.latest.version != newest:
        site.latest = as_of(site, newest)
    return site.latest


def as_of(site: Site, version: int) -> Site:
    """Return the site as it was with a version of the settings; with 0 as the environment alone has it."""
    return site if version == site.version else site.with_settings(read(version))


def read(version: int) -> Settings:
    """Return one version of the settings, with the targets that were set up to it and when."""
    row = db.session.get(SettingsVersion, version)
    if row is None:
        return Settings()
    until = select(SettingsVersion.changed_at, SettingsVersion.values).where(SettingsVersion.id <= version)
    history = [Change(at, values) for at, values in db.session.execute(until.order_by(SettingsVersion.id))]
    return Settings(row.id, row.values, _switches(row), rules.targets(history))


def _switches(row: SettingsVersion) -> dict[Switch, Switched]:
    found = {Switch.INTAKE: (row.intake_since, row.intake), Switch.READ_ONLY: (row.read_only_since, row.read_only)}
    return {switch: Switched(since, reason) for switch, (since, reason) in found.items() if reason and since}


def put(site: Site, account: Account, seen: int, typed: Mapping[str, str], now: datetime) -> bool:
    """Set what was typed, and say whether that changed anything: if not, it is no act.

    A value that is the environment's own again is no longer set. `seen` is the version that was on the screen. Raises
    Incomplete by field, Conflict when somebody was first.
    """
    given = _checked(typed)
    before = _newest()
    _require_newest(site, before, seen)
    values = (before.values if before else {}) | given
    return _keep(site, account, before, {n: value for n, value in values.items() if value != site.default(n)}, now)


def restore(site: Site, account: Account, seen: int, version: int, now: datetime) -> bool:
    """Set everything as it was in an earlier version, and say as `put` whether that changed anything; the switches stay.

    Raises NotFound, Conflict.
    """
    earlier, before = db.session.get(SettingsVersion, version), _newest()
    if version and earlier is None:
        raise NotFound(N_("没有这一版设置。"))
    _require_newest(site, before, seen)
    values = {name: value for name, value in (earlier.values if earlier else {}).items() if name in SETTINGS}
    return _keep(site, account, before, values, now)


def _keep(
    site: Site, account: Account, before: SettingsVersion | None, values: dict[str, Value], now: datetime
) -> bool:
    """Add a version with these values, unless they say the same as those before; say whether they do not."""
    old = before.values if before else {}
    changed = [name for name in SETTINGS if values.get(name, site.default(name)) != old.get(name, site.default(name))]
    if changed:
        _add(before, account, now, values=values)
    for name in changed:
        audit.record(audit.actor(account), "settings.changed", now, version=_next(before), setting=name)
    return bool(changed)


def turn_on(account: Account | None, switch: Switch, reason: str, now: datetime) -> None:
    """Stop what a switch stops, saying why; when it is on already, only the reason changes. Raises Incomplete.

    What began before the site became read-only ends first.
    """
    why = rules.check_reason(reason)
    if switch is Switch.READ_ONLY:
        wait_for_acts()
    before = _newest()
    known = (before.intake_since if switch is Switch.INTAKE else before.read_only_since) if before else None
    _add(before, account, now, **{switch.value: why, f"{switch}_since": known or now})
    _record(account, switch, before, now, on=1)


def turn_off(account: Account | None, switch: Switch, now: datetime) -> None:
    """Let go on what a switch stopped; off already is no act. Drafts get the time that they lost."""
    before = _newest()
    if before is None or not getattr(before, switch.value):
        return
    _add(before, account, now, **{switch.value: "", f"{switch}_since": None})
    _record(account, switch, before, now, on=0)
    keep_drafts(now)


def require_intake(site: Site, category: Category, answers: Mapping[str, str]) -> None:
    """Raise Paused while the web does not take in this notice; that nothing can be stored says the transaction."""
    if site.settings.stops(is_urgent=category.is_urgent_with(answers)) is not Switch.INTAKE:
        return
    raise Paused(
        N_("网页暂停接收这类通知：%(reason)s。还没有提交；也可以发邮件到%(email)s，或者打电话%(phone)s。"),
        reason=site.settings.switches[Switch.INTAKE].reason,
        email=site.contact_email,
        phone=site.contact_phone,
    )


def keep_drafts(now: datetime) -> None:
    """Let no draft run out for a while: its writer cannot send it."""
    until = now + DRAFT_KEPT
    soon = Draft.expires_at < until - DRAFT_KEPT / 7  # rewritten once a day, not once a minute
    db.session.execute(update(Draft).where(soon).values(expires_at=until))


def _record(account: Account | None, switch: Switch, before: SettingsVersion | None, now: datetime, on: int) -> None:
    audit.record(audit.actor(account), "switch.set", now, version=_next(before), switch=switch.value, on=on)


def _newest() -> SettingsVersion | None:
    return db.session.scalar(select(SettingsVersion).order_by(SettingsVersion.id.desc()).limit(1))


def _next(before: SettingsVersion | None) -> int:
    return before.id + 1 if before else 1


def _require_newest(site: Site, newest: SettingsVersion | None, seen: int) -> None:
    if newest is not None and newest.id != seen:
        raise Conflict(
            N_("%(who)s已在%(when)s改动了设置，您的改动没有保存。"),
            who=newest.changed_by.name if newest.changed_by else COMMAND_LINE,
            when=f"{site.local(newest.changed_at):%Y-%m-%d %H:%M:%S}",
        )


def _add(before: SettingsVersion | None, account: Account | None, now: datetime, **changed: object) -> None:
    """Add the next version; of two at once one finds the number taken."""
    kept = ("values", "intake", "intake_since", "read_only", "read_only_since")
    same = {name: getattr(before, name) for name in kept} if before else {"values": {}, "intake": "", "read_only": ""}
    row = {"id": _next(before), "changed_at": now, "changed_by_id": account.id if account else None}
    new = insert(SettingsVersion).values(row | same | changed)
    if db.session.scalar(new.on_conflict_do_nothing().returning(SettingsVersion.id)) is None:
        raise Conflict(N_("设置刚刚被别人改动，您的改动没有保存。请刷新页面再试。"))


def _checked(typed: Mapping[str, str]) -> dict[str, Value]:
    problems: dict[str, DomainError] = {}
    try:
        found = rules.check(typed)
    except Incomplete as error:
        problems = error.problems
        found = rules.check({name: value for name, value in typed.items() if name not in problems})
    for name, value in found.items():
        wrong = [each for each in _addresses(name, value) if mailable(each)[1]]
        if wrong:
            problems[name] = DomainError(N_("这个邮箱不对：%(address)s"), address=wrong[0])
    if problems:
        raise Incomplete(problems)
    return found


def _addresses(name: str, value: Value) -> list[str]:
    if SETTINGS[name].kind not in {Kind.EMAIL, Kind.EMAILS}:
        return []
    return value if isinstance(value, list) else [str(value)] if value else []
