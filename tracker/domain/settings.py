"""What admins may set while the site runs: each setting with its bounds, and the two switches that stop things."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tracker.domain import approval
from tracker.domain.calendars import Target
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES, ClockKind, Nature
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.notices import is_date
from tracker.domain.text import bare, bounded, clean_line, number


class Group(StrEnum):
    """The part of the page on which a setting stands."""

    CONTACT = "contact"
    SITE = "site"
    MAINTAINERS = "maintainers"
    APPROVAL = "approval"
    AGENT = "agent"
    TARGETS = "targets"


class Kind(StrEnum):
    """What a value is."""

    LINE = "line"
    PHONE = "phone"
    EMAIL = "email"
    EMAILS = "emails"  # one a line
    DAY = "day"  # as 2029-05-31
    NUMBER = "number"
    CHOICE = "choice"  # one of the options
    CHOICES = "choices"  # any of them, or none; one a line


@dataclass(frozen=True)
class Setting:
    """One setting. `variable` of the environment gives the value that holds until an admin sets another.

    `fewest` and `most` bound the characters of a line, the lines of addresses, or the number itself; `options` are what
    can be chosen, each with its label.
    """

    name: str
    group: Group
    label: str
    kind: Kind = Kind.LINE
    variable: str = ""
    help: str = ""
    fewest: int = 1
    most: int = 200
    options: tuple[tuple[str, str], ...] = ()


class Switch(StrEnum):
    """What can be stopped at once."""

    INTAKE = "intake"  # new notices through the web; urgent lanes stay open
    READ_ONLY = "read_only"  # every act but this switch


class Switched(NamedTuple):
    """A switch that is on: since when, and why, in the words that visitors read."""

    since: datetime
    reason: str


REASON = (2, 300)
"""The fewest and most characters of the reason for a switch."""

FIXED: dict[ClockKind, str] = {
    ClockKind.PURGE: N_("写在隐私说明里：要改，先改隐私说明和程序。"),
}
"""Targets of the house that are promised in so many words elsewhere, with why they are not set here."""


def is_editable(kind: ClockKind) -> bool:
    """Say whether the number of a limit is the house's to set: never one that a law gives or hints at."""
    return RULES[kind].nature is Nature.TARGET and kind not in FIXED


def target_name(kind: ClockKind, *, is_urgent: bool = False) -> str:
    """Return the name of the setting that holds the number of a limit."""
    return f"target_{kind}_urgent" if is_urgent else f"target_{kind}"


def default_target(kind: ClockKind, *, is_urgent: bool = False) -> int:
    """Return the number that the rule itself gives."""
    rule = RULES[kind]
    return int(getattr(rule.urgent if is_urgent and rule.urgent else rule.length, "n", 0))


def _targets() -> Iterable[Setting]:
    for kind in filter(is_editable, RULES):
        most = max(10 * default_target(kind), 30)
        yield Setting(target_name(kind), Group.TARGETS, RULES[kind].label, Kind.NUMBER, most=most)
        if RULES[kind].urgent:
            name = target_name(kind, is_urgent=True)
            yield Setting(name, Group.TARGETS, N_("紧急事由"), Kind.NUMBER, most=most)


_G, _K = Group, Kind

SETTINGS: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("contact_name", _G.CONTACT, N_("联系人"), variable="CONTACT_NAME", most=80),
        Setting("contact_phone", _G.CONTACT, N_("电话"), _K.PHONE, "CONTACT_PHONE", most=40),
        Setting("contact_email", _G.CONTACT, N_("邮箱"), _K.EMAIL, "CONTACT_EMAIL", most=254),
        Setting(
            "contact_address", _G.CONTACT, N_("通信地址"), variable="CONTACT_ADDRESS", fewest=0,
            help=N_("可以不填。填了就和电话、邮箱一起显示，也是网页暂停接收通知时寄信的地址。"),
        ),
        Setting("site_name", _G.SITE, N_("名称"), variable="SITE_NAME", most=60),
        Setting("site_greeting", _G.SITE, N_("问候语"), variable="SITE_GREETING"),
        Setting("site_name_en", _G.SITE, N_("英文名称"), variable="SITE_NAME_EN", most=60),
        Setting("site_greeting_en", _G.SITE, N_("英文问候语"), variable="SITE_GREETING_EN"),
        Setting("icp_number", _G.SITE, N_("ICP备案号"), variable="ICP_NUMBER", fewest=0, most=60),
        Setting("police_number", _G.SITE, N_("公安备案号"), variable="POLICE_NUMBER", fewest=0, most=60),
        Setting(
            "maintainers", _G.MAINTAINERS, N_("邮箱，每行一个"), _K.EMAILS, "MAINTAINERS", most=50,
            help=N_("新的通知、临近和超过的期限发到这里。"),
        ),
        Setting(
            approval.OUTCOMES, _G.APPROVAL, N_("哪些决定"), _K.CHOICES,
            options=tuple((outcome.value, OUTCOME_LABELS[outcome]) for outcome in approval.CHOICES),
        ),
        Setting(
            approval.CATEGORIES, _G.APPROVAL, N_("哪些类别的案件"), _K.CHOICES,
            options=tuple((name.value, category.label) for name, category in CATEGORIES.items()),
        ),
        Setting(
            approval.MATCH, _G.APPROVAL, N_("两栏都选了的时候"), _K.CHOICE,
            options=tuple((match.value, label) for match, label in approval.MATCH_LABELS.items()),
        ),
        Setting(
            "agent_provider", _G.AGENT, N_("网站经营者的法定全称"), fewest=0,
            help=N_("与美国版权局名录里登记的一致。经营者、代理人、地址、电话和邮箱都填了，才公布这一页；都不填，就没有这一页。"),
        ),
        Setting("agent_also", _G.AGENT, N_("网站的其他名称"), fewest=0, most=1000),
        Setting("agent_name", _G.AGENT, N_("代理人的姓名、职位或部门"), fewest=0),
        Setting("agent_address", _G.AGENT, N_("代理人的通信地址"), fewest=0),
        Setting("agent_phone", _G.AGENT, N_("代理人的电话"), _K.PHONE, fewest=0, most=40),
        Setting("agent_email", _G.AGENT, N_("代理人的邮箱"), _K.EMAIL, fewest=0, most=254),
        Setting("agent_number", _G.AGENT, N_("登记号"), fewest=0, most=40),
        Setting(
            "agent_renew_by", _G.AGENT, N_("登记到期日"), _K.DAY, fewest=0,
            help=N_("登记三年有效，例如2029-05-31。提前90天起，运行状况页会提醒续期。"),
        ),
        *_targets(),
    )
}  # fmt: skip
"""Every setting, in the order of the page."""

DEFAULT_TARGETS: dict[str, int] = {
    target_name(kind, is_urgent=urgent): default_target(kind, is_urgent=urgent)
    for kind in filter(is_editable, RULES)
    for urgent in (False, True)
}
"""What each target is while nobody has set it."""

Value = str | int | list[str]

DEFAULTS: dict[str, Value] = {
    **{name: "" for name, setting in SETTINGS.items() if not setting.variable},
    **{name: [] for name, setting in SETTINGS.items() if setting.kind is Kind.CHOICES},
    **{name: setting.options[0][0] for name, setting in SETTINGS.items() if setting.kind is Kind.CHOICE},
    **DEFAULT_TARGETS,
}
"""What each setting is that no variable of the environment gives, while nobody has set it."""


@dataclass(frozen=True)
class Settings:
    """What admins have set; `version` 0 means nothing ever. What is not in `values` is as the environment has it."""

    version: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    switches: Mapping[Switch, Switched] = field(default_factory=dict)
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)

    def stops(self, *, is_urgent: bool) -> Switch | None:
        """Return the switch that keeps a notice from being sent through the web: the urgent lanes are open while it can be stored."""
        if Switch.READ_ONLY in self.switches:
            return Switch.READ_ONLY
        return Switch.INTAKE if Switch.INTAKE in self.switches and not is_urgent else None


class Change(NamedTuple):
    """One version of what was set, for counting which target held when."""

    at: datetime
    values: Mapping[str, Value]


def targets(history: Iterable[Change]) -> dict[str, tuple[Target, ...]]:
    """Return for each limit what the house set, from when on; `history` is in order of time.

    A limit is counted by what held when it began, so that a change never moves one that runs.
    """
    found: dict[str, tuple[Target, ...]] = {}
    for at, values in history:
        for kind in filter(is_editable, RULES):
            numbers = (_number(values, kind, is_urgent=False), _number(values, kind, is_urgent=True))
            before = found.get(kind, ())
            last = (
                before[-1][1:] if before else tuple(default_target(kind, is_urgent=urgent) for urgent in (False, True))
            )
            if numbers != last:
                found[kind] = (*before, Target(at, *numbers))
    return found


def _number(values: Mapping[str, Value], kind: ClockKind, *, is_urgent: bool) -> int:
    set_to = values.get(target_name(kind, is_urgent=is_urgent))
    return set_to if isinstance(set_to, int) else default_target(kind, is_urgent=is_urgent)


_PHONE = re.compile(r"(?=(?:[^0-9]*[0-9]){3})[0-9+() ./-]{3,40}(?:(?:转|ext\.?|x) ?[0-9]{1,6})?")


def check(typed: Mapping[str, str]) -> dict[str, Value]:
    """Return what was typed as it is stored; raise Incomplete naming each field. Addresses are checked by the caller."""
    found: dict[str, Value] = {}
    problems: dict[str, DomainError] = {}
    for name in typed.keys() & SETTINGS.keys():
        try:
            found[name] = _checked(SETTINGS[name], typed[name])
        except DomainError as problem:
            problems[name] = problem
    if problems:
        raise Incomplete(problems)
    return found


def _checked(setting: Setting, typed: str) -> Value:
    if setting.kind is Kind.NUMBER:
        return _checked_number(setting, clean_line(typed))
    if setting.options:
        return _checked_choice(setting, typed)
    if setting.kind is Kind.EMAILS:
        lines = list(dict.fromkeys(line for part in typed.splitlines() if (line := clean_line(part))))
        if not setting.fewest <= len(lines) <= setting.most:
            raise DomainError(
                N_("请写%(fewest)s至%(most)s个邮箱，每行一个。"), fewest=setting.fewest, most=setting.most
            )
        return lines
    line = clean_line(typed)
    if not setting.fewest <= len(bare(line)) or len(line) > setting.most:
        raise DomainError(N_("请写%(fewest)s至%(most)s个字。"), fewest=setting.fewest, most=setting.most)
    if setting.kind is Kind.DAY and line and not is_date(line):
        raise DomainError(N_("请写成2029-05-31这样的日期。"))
    if setting.kind is Kind.PHONE and line and not _PHONE.fullmatch(line):
        raise DomainError(
            N_("电话要有至少3个数字，可以用空格和 + ( ) . / - 隔开；分机写在最后，例如 010-0000 0000转4。")
        )
    return line


def _checked_choice(setting: Setting, typed: str) -> Value:
    """Return what was chosen, in the order of the options."""
    chosen, known = {clean_line(line) for line in typed.splitlines()} - {""}, [value for value, _ in setting.options]
    if not chosen <= set(known) or (setting.kind is Kind.CHOICE and len(chosen) != 1):
        raise DomainError(N_("请从所列的选项里选择。"))
    found = [value for value in known if value in chosen]
    return found[0] if setting.kind is Kind.CHOICE else found


def _checked_number(setting: Setting, line: str) -> int:
    typed = number(line)
    if not setting.fewest <= typed <= setting.most:
        raise DomainError(N_("请写%(fewest)s到%(most)s之间的整数。"), fewest=setting.fewest, most=setting.most)
    return typed


def check_reason(typed: str) -> str:
    """Return the reason for a switch as it is stored and shown; raise Incomplete when it says nothing or too much."""
    return bounded(clean_line(typed), REASON, "reason")
