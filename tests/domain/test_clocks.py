"""The limits: every worked date of the specification (law_standards §4.2), and what must hold for all of them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from tracker.calendars import load
from tracker.domain.calendars import (
    NOON,
    BusinessDays,
    business_days_after,
    end_of,
    instant,
    months_after,
    roll_forward,
    spoken,
)
from tracker.domain.clock_table import ELSEWHERE
from tracker.domain.clocks import EVERY_CASE, RULES, ClockKind, Nature, due, restore_window, rule_of
from tracker.domain.lifecycle import TRANSITIONS, Event
from tracker.render.site import translations

NEW_YORK, LONDON, DUBLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/London"), ZoneInfo("Europe/Dublin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDARS = load(SHANGHAI)
MOMENTS = st.builds(datetime.fromtimestamp, st.integers(1767225600, 1830211200), st.just(UTC))  # 2026 and 2027
DECEMBER = datetime(2026, 12, 20, 4, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def ends(kind: ClockKind, start: str, zone: ZoneInfo) -> str:
    """Return the last day of a limit that began at noon of a day."""
    found = due(kind, at(f"{start} 12:00", zone), CALENDARS)
    last = found.at - timedelta.resolution
    return f"{last.astimezone(zone):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("start", "tenth", "twelfth", "fourteenth"),
    [
        ("2026-11-23", "2026-12-08", "2026-12-10", "2026-12-14"),  # Thanksgiving
        ("2026-12-18", "2027-01-05", "2027-01-07", "2027-01-11"),
        ("2026-06-26", "2026-07-13", "2026-07-15", "2026-07-17"),  # 3 July observed
    ],
)
def test_us_counter_notice(start: str, tenth: str, twelfth: str, fourteenth: str) -> None:
    received = at(f"{start} 15:00", NEW_YORK)
    window = restore_window(received, CALENDARS)
    assert window.earliest == end_of(day(tenth), NEW_YORK)
    assert window.target == instant(day(twelfth), NOON, NEW_YORK) == due(ClockKind.US_RESTORE, received, CALENDARS).at
    assert window.hard_alarm == instant(day(fourteenth), time(18), NEW_YORK)
    assert window.latest == end_of(day(fourteenth), NEW_YORK)
    assert not due(ClockKind.US_RESTORE, received, CALENDARS).is_provisional


@pytest.mark.parametrize("kind", [ClockKind.UK_FIRST, ClockKind.UK_AFTER])
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-12-24 15:00", "2026-12-30 15:00"),
        ("2026-11-27 18:00", "2026-12-01 18:00"),
        ("2026-11-28 10:00", "2026-12-02 00:00"),
        ("2026-04-02 09:30", "2026-04-08 09:30"),  # Easter, summer time
    ],
)
def test_uk_48_hours(kind: ClockKind, start: str, end: str) -> None:
    assert due(kind, at(start, LONDON), CALENDARS).at == at(end, LONDON)


def test_uk_poster() -> None:
    found = due(ClockKind.UK_POSTER, at("2026-12-29 12:00", LONDON), CALENDARS)
    assert found.at == end_of(day("2027-01-03"), LONDON)


@pytest.mark.parametrize(
    ("start", "unrolled", "rolled"),
    [
        ("2026-09-20", "2026-10-05", "2026-10-08"),  # National Day
        ("2026-09-25", "2026-10-10", "2026-10-10"),  # a Saturday that is worked
    ],
)
def test_cn_15_days_are_not_rolled(start: str, unrolled: str, rolled: str) -> None:
    assert ends(ClockKind.CN_REASONABLE, start, SHANGHAI) == unrolled
    assert roll_forward(day(unrolled), CALENDARS.china) == day(rolled)  # what it would be


def test_cn_15_working_days() -> None:
    assert ends(ClockKind.CN_PI, "2026-09-21", SHANGHAI) == "2026-10-19"
    assert not due(ClockKind.CN_PI, at("2026-09-21 12:00", SHANGHAI), CALENDARS).is_provisional


def test_cn_15_working_days_into_a_year_that_is_not_announced() -> None:
    found = due(ClockKind.CN_PI, DECEMBER, CALENDARS)
    assert CALENDARS.china.known_until == day("2026-12-31"), "announced: move this test on by a year"
    assert found.is_provisional
    assert found.at == end_of(day("2027-01-08"), SHANGHAI)  # as if New Year were worked
    assert found.notes[-1].values == {"year": "2027"}


def test_gdpr_one_month() -> None:
    found = due(ClockKind.GDPR_REPLY, at("2026-01-31 12:00", DUBLIN), CALENDARS)
    assert found.at == end_of(day("2026-03-02"), DUBLIN)  # Saturday 28 February, rolled


def test_gdpr_extended_by_two_months() -> None:
    assert ends(ClockKind.GDPR_EXTENDED, "2026-01-31", DUBLIN) == "2026-04-30"


def test_dsa_six_months() -> None:
    found = due(ClockKind.APPEAL_WINDOW, at("2026-08-31 12:00", DUBLIN), CALENDARS, targets_eu=True)
    assert found.at == end_of(day("2027-03-01"), DUBLIN)  # Sunday 28 February, rolled


@pytest.mark.parametrize(
    ("kind", "hours", "urgent"),
    [
        (ClockKind.TRIAGE, 24, 4),
        (ClockKind.NCII_48, 48, 48),
        (ClockKind.CN_ACT, 24, 24),
        (ClockKind.ORDER_EFFECT, 24, 24),
        (ClockKind.ACK, 24, 24),
        (ClockKind.PROOF_CHECK, 24, 24),
    ],
)
def test_hours_by_the_clock(kind: ClockKind, hours: int, urgent: int) -> None:
    assert due(kind, DECEMBER, CALENDARS).at == DECEMBER + timedelta(hours=hours)
    assert due(kind, DECEMBER, CALENDARS, is_urgent=True).at == DECEMBER + timedelta(hours=urgent)


@pytest.mark.parametrize(
    ("kind", "last", "zone"),
    [
        (ClockKind.DECIDE, "2026-11-30", SHANGHAI),
        (ClockKind.INFO_WAIT, "2026-11-30", SHANGHAI),
        (ClockKind.INTERIM, "2026-11-30", SHANGHAI),
        (ClockKind.REPLY_WAIT, "2026-11-28", SHANGHAI),
        (ClockKind.APPEAL_DECIDE, "2026-12-07", SHANGHAI),
        (ClockKind.HOLD_REVIEW, "2027-02-21", SHANGHAI),
        (ClockKind.DELIVER, "2026-11-25", SHANGHAI),
        (ClockKind.PURGE, "2029-11-23", SHANGHAI),
        (ClockKind.ODS, "2027-02-21", DUBLIN),
        (ClockKind.DMCA_ACT, "2026-11-24", NEW_YORK),
        (ClockKind.DMCA_FWD, "2026-11-23", NEW_YORK),
    ],
)
def test_days_to_their_end(kind: ClockKind, last: str, zone: ZoneInfo) -> None:
    assert due(kind, at("2026-11-23 12:00", zone), CALENDARS).at == end_of(day(last), zone)


def test_a_trusted_flagger_is_answered_in_a_day() -> None:
    assert due(ClockKind.DECIDE, DECEMBER, CALENDARS, is_trusted=True).at == DECEMBER + timedelta(hours=24)
    others = [kind for kind in ClockKind if kind is not ClockKind.DECIDE]
    assert all(due(k, DECEMBER, CALENDARS, is_trusted=True) == due(k, DECEMBER, CALENDARS) for k in others)


@given(st.sampled_from(ClockKind), MOMENTS, st.integers(1, 90 * 24 * 60))
def test_a_clock_that_stood_still_is_due_as_much_later(kind: ClockKind, starts_at: datetime, minutes: int) -> None:
    still, found = timedelta(minutes=minutes), due(kind, starts_at, CALENDARS)
    later = due(kind, starts_at, CALENDARS, stood_still=still)
    assert later.at - found.at == still
    assert later.notes[-1].values == {"hours": minutes // 60, "minutes": minutes % 60}


def test_what_the_law_counts_nobody_pauses_nor_what_is_erased_told_and_looked_over() -> None:
    assert {kind.value for kind, rule in RULES.items() if not rule.may_pause} == {
        "uk_first", "uk_poster", "uk_after", "ncii_48", "us_restore", "gdpr_reply", "gdpr_extended", "appeal_window", "ods",
        "ack", "approval", "purge",
    }  # fmt: skip


@pytest.mark.parametrize("hour", [time(0), time(9, 30), time(23, 59)])
def test_business_day_12_satisfies_both_laws(hour: time) -> None:
    for n in range(730):
        start = day("2026-01-01") + timedelta(days=n)
        twelfth = business_days_after(start, 12, CALENDARS.us)
        assert (twelfth - start).days >= 16
        assert (business_days_after(start, 11, CALENDARS.us) - start).days >= 15
        received = instant(start, hour, NEW_YORK)
        window = restore_window(received, CALENDARS)
        assert window.earliest < window.target < window.alarm < window.hard_alarm < window.latest
        assert window.target >= due(ClockKind.CN_REASONABLE, received, CALENDARS).at
        assert restore_window(received, CALENDARS, received) == window


@given(MOMENTS, st.integers(0, 40))
def test_a_late_delivery_moves_the_target_within_the_window(received: datetime, days: int) -> None:
    delivered = received + timedelta(days=days)
    prompt, window = restore_window(received, CALENDARS), restore_window(received, CALENDARS, delivered)
    assert prompt.target <= window.target < window.hard_alarm < window.latest
    assert window.target <= window.alarm
    waited = due(ClockKind.CN_REASONABLE, delivered, CALENDARS).at
    cap = instant((window.latest - timedelta(hours=1)).astimezone(NEW_YORK).date(), NOON, NEW_YORK)
    assert window.target == min(max(prompt.target, waited), cap)
    found = due(ClockKind.US_RESTORE, received, CALENDARS, delivered_at=delivered)
    assert found.at == window.target
    assert any("才送达" in words.message for words in found.notes) == (window.target > prompt.target)


@given(st.sampled_from(ClockKind), MOMENTS, st.booleans())
def test_every_limit_lies_ahead_and_is_explained(kind: ClockKind, starts_at: datetime, is_urgent: bool) -> None:
    found = due(kind, starts_at, CALENDARS, is_urgent=is_urgent)
    assert starts_at < found.at
    assert found.at.tzinfo is UTC
    assert found.notes
    assert all(said(kind, starts_at, language, is_urgent=is_urgent) for language in ("zh-Hans", "en"))


@given(MOMENTS)
def test_months_end_on_the_same_date_or_the_last(starts_at: datetime) -> None:
    start = starts_at.astimezone(DUBLIN).date()
    found = due(ClockKind.GDPR_REPLY, starts_at, CALENDARS)
    assert found.at == end_of(roll_forward(months_after(start, 1), CALENDARS.eu), DUBLIN)
    assert CALENDARS.eu.is_workday((found.at - timedelta.resolution).astimezone(DUBLIN).date())


def test_days_are_counted_where_the_law_applies() -> None:
    evening = at("2026-11-23 20:00", NEW_YORK)  # Tuesday in Shanghai
    assert due(ClockKind.DMCA_ACT, evening, CALENDARS).at == end_of(day("2026-11-24"), NEW_YORK)
    assert due(ClockKind.CN_REASONABLE, evening, CALENDARS).at == end_of(day("2026-12-09"), SHANGHAI)


@pytest.mark.parametrize("kind", ClockKind)
def test_every_kind_has_a_whole_rule(kind: ClockKind) -> None:
    rule = RULES[kind]
    english = translations("en")
    assert isinstance(rule.nature, Nature)
    for words in (rule.label, rule.source, rule.nature.label):
        assert words
        assert english.gettext(words) != words
    assert CALENDARS.named(rule.calendar)
    assert list(rule.warn) == sorted(rule.warn, reverse=True)


def test_what_is_not_in_the_law_is_called_ours() -> None:
    legal = {kind.value for kind, rule in RULES.items() if rule.nature is Nature.LEGAL}
    assert legal == {
        "uk_first", "uk_poster", "uk_after", "ncii_48", "us_restore", "gdpr_reply", "gdpr_extended", "appeal_window", "ods",
    }  # fmt: skip


def test_the_events_that_the_worker_fires_are_the_systems() -> None:
    fired = {kind: rule.expires for kind, rule in RULES.items() if rule.expires}
    assert fired == {
        ClockKind.INFO_WAIT: Event.INFO_LAPSED,
        ClockKind.REPLY_WAIT: Event.NO_REPLY,
        ClockKind.UK_POSTER: Event.NO_REPLY,
        ClockKind.US_RESTORE: Event.RESTORE,
        ClockKind.CN_REASONABLE: Event.RESTORE,
        ClockKind.APPEAL_WINDOW: Event.LAPSE,
        ClockKind.APPROVAL: Event.WITHHOLD_INTERIM,
    }
    assert set(fired.values()) <= {row.event for row in TRANSITIONS if row.who in {"system", "house"}}


def test_the_events_that_stop_a_clock_stand_in_the_table() -> None:
    assert {event for rule in RULES.values() for event in rule.stops} <= {row.event for row in TRANSITIONS}
    unstopped = {kind.value for kind, rule in RULES.items() if not rule.stops}
    assert unstopped == {"ack", "dmca_fwd", "appeal_window", "deliver"}  # a mail, or time


def test_a_case_starts_with_two() -> None:
    assert EVERY_CASE == (ClockKind.TRIAGE, ClockKind.DECIDE)


def test_english_ordinals_end_in_th() -> None:
    lengths = {rule.length.n for rule in RULES.values() if isinstance(rule.length, BusinessDays)}
    assert all(n == 1 or 4 <= n <= 20 for n in lengths), "the English words say %(n)sth"


def said(kind: ClockKind, starts_at: datetime, language: str, **facts: bool) -> str:
    def show(moment: date) -> str:
        if isinstance(moment, datetime):
            return f"{moment.astimezone(SHANGHAI):%d %b %H:%M}"
        return format_date(moment, *(("M月d日EEE", "zh_Hans_CN") if language == "zh-Hans" else ("EEE d MMM", "en_GB")))

    parts = due(kind, starts_at, CALENDARS, **facts).notes
    return "; ".join(spoken(words, translations(language).gettext, show) for words in parts)


US = "counted in US Eastern time"
ENGLAND = "counted in UK time"
IRELAND = "counted in Irish time"
EXPLAINED = {
    ClockKind.ACK: "24 hours from 24 Nov 01:00",
    ClockKind.TRIAGE: "24 hours from 24 Nov 01:00",
    ClockKind.DECIDE: "due by 24:00 on Tue 1 Dec: day 7 after Tue 24 Nov",
    ClockKind.INFO_WAIT: "due by 24:00 on Tue 1 Dec: day 7 after Tue 24 Nov",
    ClockKind.REPLY_WAIT: "due by 24:00 on Sun 29 Nov: day 5 after Tue 24 Nov",
    ClockKind.INTERIM: "due by 24:00 on Tue 1 Dec: day 7 after Tue 24 Nov",
    ClockKind.UK_FIRST: f"48 hours from 24 Nov 01:00, leaving out Saturdays, Sundays and public holidays; {ENGLAND}",
    ClockKind.UK_POSTER: f"due by 24:00 on Sat 28 Nov: day 5 after Mon 23 Nov; {ENGLAND}",
    ClockKind.UK_AFTER: f"48 hours from 24 Nov 01:00, leaving out Saturdays, Sundays and public holidays; {ENGLAND}",
    ClockKind.NCII_48: "48 hours from 24 Nov 01:00",
    ClockKind.DMCA_ACT: f"due Tue 24 Nov: the first US business day after Mon 23 Nov; {US}",
    ClockKind.DMCA_FWD: f"due the same day: by 24:00 on Mon 23 Nov; {US}",
    ClockKind.US_RESTORE: (
        f"due Thu 10 Dec: day 12 (US business day) after Mon 23 Nov; Thanksgiving (Thu 26 Nov) not counted; {US}"
    ),
    ClockKind.CN_ACT: "24 hours from 24 Nov 01:00",
    ClockKind.CN_REASONABLE: "due by 24:00 on Wed 9 Dec: day 15 after Tue 24 Nov",
    ClockKind.CN_PI: "due Tue 15 Dec: day 15 (Chinese working day) after Tue 24 Nov",
    ClockKind.GDPR_REPLY: f"due by 24:00 on Wed 23 Dec: 1-month limit from Mon 23 Nov; {IRELAND}",
    ClockKind.GDPR_EXTENDED: f"due by 24:00 on Tue 23 Feb: 3-month limit from Mon 23 Nov; {IRELAND}",
    ClockKind.APPEAL_WINDOW: (
        "due by 24:00 on Mon 24 May: 6-month limit from Mon 23 Nov; "
        f"Sun 23 May is a day off, so the next working day counts; {IRELAND}"
    ),
    ClockKind.APPEAL_DECIDE: "due by 24:00 on Tue 8 Dec: day 14 after Tue 24 Nov",
    ClockKind.ODS: f"due by 24:00 on Sun 21 Feb: day 90 after Mon 23 Nov; {IRELAND}",
    ClockKind.ORDER_EFFECT: "24 hours from 24 Nov 01:00",
    ClockKind.PROOF_CHECK: "24 hours from 24 Nov 01:00",
    ClockKind.HOLD_REVIEW: "due by 24:00 on Mon 22 Feb: day 90 after Tue 24 Nov",
    ClockKind.DELIVER: "due by 24:00 on Thu 26 Nov: day 2 after Tue 24 Nov",
    ClockKind.APPROVAL: "24 hours from 24 Nov 01:00",
    ClockKind.PURGE: "due by 24:00 on Sat 24 Nov: 36-month limit from Tue 24 Nov",
}


@pytest.mark.parametrize("kind", ClockKind)
def test_each_explains_itself(kind: ClockKind) -> None:
    assert said(kind, at("2026-11-23 12:00", NEW_YORK), "en", targets_eu=True) == EXPLAINED[kind]


@pytest.mark.parametrize("kind", ClockKind)
def test_outside_the_eu_its_services_act_explains_nothing(kind: ClockKind) -> None:
    """DSA art. 3(d), (e): it reaches whoever is aimed at the EU. What a dispute taken to a body of the EU takes is the body's."""
    rule, bound = rule_of(kind), rule_of(kind, targets_eu=True)
    assert bound is RULES[kind]
    assert ("数字服务法" in rule.source) is (kind is ClockKind.ODS)
    assert (kind in ELSEWHERE) is ("数字服务法" in bound.source and kind is not ClockKind.ODS)
    assert (rule.length, rule.urgent, rule.trusted, rule.stops, rule.expires) == (
        bound.length, bound.urgent, bound.trusted, bound.stops, bound.expires,
    )  # fmt: skip
    assert rule.may_pause is bound.may_pause
    words = said(kind, at("2026-11-23 12:00", NEW_YORK), "en")
    window = "due by 24:00 on Mon 24 May: 6-month limit from Tue 24 Nov"  # a Monday in Shanghai, where it is tomorrow
    assert words == (window if kind is ClockKind.APPEAL_WINDOW else EXPLAINED[kind])


def test_the_site_explains_in_its_own_language() -> None:
    words = said(ClockKind.US_RESTORE, at("2026-11-23 12:00", NEW_YORK), "zh-Hans")
    assert words.startswith("12月10日周四截止：11月23日周一之后的第12个美国工作日; 11月26日周四（感恩节）不计")


@pytest.mark.parametrize(
    ("kind", "start", "zone", "part"),
    [
        (ClockKind.CN_PI, "2026-09-21", SHANGHAI, "National Day (Thu 1 Oct to Wed 7 Oct) not counted"),
        (ClockKind.CN_PI, "2026-12-20", SHANGHAI, "the days off of 2027 are not published yet"),
        (
            ClockKind.UK_FIRST,
            "2026-12-24",
            LONDON,
            "Christmas Day (Fri 25 Dec) not counted; Boxing Day (Mon 28 Dec) not",
        ),
        (
            ClockKind.GDPR_REPLY,
            "2026-01-31",
            DUBLIN,
            "that month has no day 31, so its last day counts; Sat 28 Feb is a",
        ),
    ],
)
def test_what_else_is_explained(kind: ClockKind, start: str, zone: ZoneInfo, part: str) -> None:
    assert part in said(kind, at(f"{start} 12:00", zone), "en")
