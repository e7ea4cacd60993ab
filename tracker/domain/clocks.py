"""When a limit is due and why then, counted as the law counts; the limits themselves are in `clock_table`."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import NamedTuple

from tracker.domain.calendars import NOON, Calendars, Hours, Length, Words, business_days_after, end_of, instant
from tracker.domain.clock_table import EVERY_CASE, OURS, RULES, ClockKind, Nature, Rule, rule_of
from tracker.domain.errors import N_

__all__ = [
    "EVERY_CASE",
    "OURS",
    "RULES",
    "ClockKind",
    "Due",
    "Nature",
    "RestoreWindow",
    "Rule",
    "due",
    "length_of",
    "restore_window",
    "rule_of",
]


class Due(NamedTuple):
    """When a clock should have been stopped, and in words why then."""

    at: datetime
    is_provisional: bool
    notes: tuple[Words, ...]


class RestoreWindow(NamedTuple):
    """When to restore after a US counter-notice (17 USC 512(g)(2)(C)): not before `earliest`, nor after `latest`."""

    earliest: datetime  # the end of business day 10
    target: datetime
    alarm: datetime
    hard_alarm: datetime
    latest: datetime  # the end of business day 14


_ZONES = {
    "Europe/London": N_("英国时间"), "Europe/Dublin": N_("爱尔兰时间"), "America/New_York": N_("美国东部时间"),
    "Asia/Shanghai": N_("北京时间"),
}  # fmt: skip


def due(
    kind: ClockKind,
    starts_at: datetime,
    calendars: Calendars,
    *,
    is_urgent: bool = False,
    is_trusted: bool = False,
    delivered_at: datetime | None = None,
    stood_still: timedelta = timedelta(),
    targets_eu: bool = False,
) -> Due:
    """Return when the clock should have been stopped, and why then.

    Provisional: it runs into a year whose days off are not published; counted as if there were none, to be computed anew.
    `delivered_at` is when the counter-notice reached the notifier; it matters to the US restoration alone. `stood_still` is
    how long the clock was paused: it is due as much later. `targets_eu`: the site is aimed at the EU, whose law counts for it.
    """
    calendar = calendars.named(rule_of(kind, targets_eu=targets_eu).calendar)
    length = length_of(kind, starts_at, calendars, is_urgent=is_urgent, is_trusted=is_trusted)
    at, read_until, words = length.end(starts_at, calendar)
    if kind is ClockKind.US_RESTORE and delivered_at is not None:
        moved = restore_window(starts_at, calendars, delivered_at).target
        if moved > at:
            at, words = moved, (*words, _late(delivered_at, calendars))
    if calendar.zone != calendars.site.zone and not isinstance(length, Hours):
        zone = Words(_ZONES.get(calendar.zone.key, calendar.zone.key), {})
        words = (*words, Words(N_("时间按%(zone)s计算"), {"zone": zone}))
    if is_provisional := not calendar.is_known(read_until):
        message = N_("%(year)s年的放假安排尚未公布，日期暂定，公布后重新计算")
        words = (*words, Words(message, {"year": str(calendar.known_until.year + 1)}))
    if stood_still:
        words = (*words, _paused(stood_still))
    return Due(at + stood_still, is_provisional, words)


def length_of(
    kind: ClockKind, starts_at: datetime, calendars: Calendars, *, is_urgent: bool = False, is_trusted: bool = False
) -> Length:
    """Return how long a limit is that begins at `starts_at`: as its rule says, or as the house had set by then."""
    rule = RULES[kind]
    length = (is_urgent and rule.urgent) or (is_trusted and rule.trusted) or rule.length
    ours = [target for target in calendars.targets.get(kind, ()) if target.since <= starts_at]
    if not ours:
        return length
    return replace(length, n=ours[-1].urgent if is_urgent and rule.urgent else ours[-1].n)  # type: ignore[type-var]


def restore_window(received_at: datetime, calendars: Calendars, delivered_at: datetime | None = None) -> RestoreWindow:
    """Return the window that opens with a US counter-notice (17 USC 512(g)(2)(C)).

    Business day 12 is 16 calendar days on or more, so that it satisfies 民法典 1196 too when the counter-notice was
    delivered the same day. Delivered later, the target waits for that law's 15 days, but never past business day 14.
    """
    start = received_at.astimezone(calendars.us.zone).date()
    zone = calendars.us.zone
    tenth, twelfth, thirteenth, last = (business_days_after(start, n, calendars.us) for n in (10, 12, 13, 14))
    target = instant(twelfth, NOON, zone)
    if delivered_at is not None:
        waited = RULES[ClockKind.CN_REASONABLE].length.end(delivered_at, calendars.china).at
        target = min(max(target, waited), instant(last, NOON, zone))
    alarm = max(instant(thirteenth, NOON, zone), target)
    return RestoreWindow(end_of(tenth, zone), target, alarm, instant(last, time(18), zone), end_of(last, zone))


def _paused(length: timedelta) -> Words:
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return Words(N_("其间暂停%(hours)s小时%(minutes)s分钟，相应顺延"), {"hours": hours, "minutes": minutes})


def _late(delivered_at: datetime, calendars: Calendars) -> Words:
    day = delivered_at.astimezone(calendars.china.zone).date()
    return Words(N_("反通知%(day)s才送达，因此顺延；最迟不超过第14个工作日"), {"day": day})
