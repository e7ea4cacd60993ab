"""What the page of the settings shows: what is in force and why, the limits of the law beside ours, and earlier versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.calendars import BusinessDays, CalendarDays, Hours, Months, SkippingHours
from tracker.domain.clocks import RULES, ClockKind, Nature, Rule, rule_of
from tracker.domain.settings import FIXED, SETTINGS, Setting, Value, is_editable, target_name
from tracker.models import SettingsVersion
from tracker.render.site import Site

_SHOWN = 20
_UNITS: dict[type, str] = {
    Hours: "小时",
    SkippingHours: "小时，休息日不计",
    CalendarDays: "天",
    BusinessDays: "个工作日",
    Months: "个月",
}
_AS_IN_THE_EU = "面向欧盟的网站依法是这个数，本站自愿照用，不在这里改。"
_OF_THE_HOUSE = "数字由本站自定，写在程序里，不在这里改。"


class Limit(NamedTuple):
    """A time limit: what its number is in, the settings that hold it, or why nobody sets it here."""

    kind: ClockKind
    rule: Rule
    unit: str
    number: int
    urgent: str
    names: list[str]
    fixed_because: str


class Difference(NamedTuple):
    """One setting that a version changed."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """A version with what it changed."""

    number: int
    at: datetime
    who: str
    changes: list[Difference]


def limits(site: Site) -> list[Limit]:
    """Return every time limit, those of the house that are set here first."""
    found = [_limit(kind, rule_of(kind, targets_eu=site.targets_eu)) for kind in RULES]
    return sorted(found, key=lambda limit: not limit.names)


def _limit(kind: ClockKind, rule: Rule) -> Limit:
    names = [target_name(kind)] if is_editable(kind) else []
    if names and rule.urgent:
        names.append(target_name(kind, is_urgent=True))
    number = getattr(rule.length, "n", 0)
    urgent = f"{getattr(rule.urgent, 'n', 0)}{_UNITS[type(rule.urgent)]}" if rule.urgent else ""
    own = _AS_IN_THE_EU if RULES[kind].nature is Nature.LEGAL else _OF_THE_HOUSE
    fixed = FIXED.get(kind, "" if names or rule.nature is not Nature.TARGET else own)
    return Limit(kind, rule, _UNITS[type(rule.length)], number, urgent, names, fixed)


def sources(site: Site) -> dict[str, str]:
    """Return why each setting is what it is, in words."""
    return {name: _source(site, name) for name in SETTINGS}


def _source(site: Site, name: str) -> str:
    setting = SETTINGS[name]
    otherwise = spoken(setting, site.default(name)) or "空"
    is_default = not setting.variable or site.config.is_default(name)
    if name in site.settings.values:
        return f"在这里设定；{'默认值' if is_default else f'环境变量{setting.variable}'}为：{otherwise}"
    if not setting.variable:
        return ""
    return f"默认值；环境变量是{setting.variable}" if is_default else f"来自环境变量{setting.variable}"


def spoken(setting: Setting, value: Value | None) -> str:
    """Return a value as a line, in the words of its options."""
    labels = dict(setting.options)
    if labels:
        return "、".join(labels.get(each, each) for each in (value if isinstance(value, list) else [str(value)]))
    return "、".join(value) if isinstance(value, list) else str(value if value is not None else "")


def versions(site: Site) -> list[Version]:
    """Return the newest versions, each with what it changed."""
    newest = select(SettingsVersion).options(joinedload(SettingsVersion.changed_by))
    rows = list(db.session.scalars(newest.order_by(SettingsVersion.id.desc()).limit(_SHOWN + 1)))
    shown = rows[:_SHOWN]
    return [_version(site, row, rows[n + 1] if n + 1 < len(rows) else None) for n, row in enumerate(shown)]


def _version(site: Site, row: SettingsVersion, before: SettingsVersion | None) -> Version:
    old = before.values if before else {}
    changes = [
        Difference(
            setting.label,
            spoken(setting, old.get(name, site.default(name))),
            spoken(setting, row.values.get(name, site.default(name))),
        )
        for name, setting in SETTINGS.items()
        if row.values.get(name) != old.get(name)
    ]
    for label, is_on, was_on in (
        ("暂停网页接收通知", row.intake, before.intake if before else ""),
        ("只读", row.read_only, before.read_only if before else ""),
    ):
        if is_on != was_on:
            changes.append(Difference(label, was_on or "关", is_on or "关"))
    return Version(row.id, row.changed_at, row.changed_by.name if row.changed_by else "命令行", changes)
