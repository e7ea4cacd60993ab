"""What admins may set: its bounds, and which number of a limit holds for one that begins at a moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tracker import calendars
from tracker.domain import settings
from tracker.domain.calendars import Calendars
from tracker.domain.clocks import RULES, ClockKind, Nature, due
from tracker.domain.errors import Incomplete
from tracker.domain.settings import SETTINGS, Change, Group, Kind, Settings

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_only_targets_of_the_house_can_be_set() -> None:
    set_here = {kind for kind in ClockKind if settings.is_editable(kind)}
    assert set_here == {k for k, rule in RULES.items() if rule.nature is Nature.TARGET} - set(settings.FIXED)
    assert set_here == {
        ClockKind.TRIAGE, ClockKind.INFO_WAIT, ClockKind.REPLY_WAIT, ClockKind.INTERIM, ClockKind.CN_PI,
        ClockKind.PROOF_CHECK, ClockKind.HOLD_REVIEW, ClockKind.DELIVER, ClockKind.APPROVAL,
    }  # fmt: skip
    names = {name for name, setting in SETTINGS.items() if setting.group is Group.TARGETS}
    assert names == {*(f"target_{kind}" for kind in set_here), "target_triage_urgent", "target_approval_urgent"}
    assert all(SETTINGS[name].kind is Kind.NUMBER for name in names)


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("contact_phone", " 010-0000  0000 转 12 ", "010-0000 0000 转 12"),
        ("contact_phone", "+86 (10) 0000.0000", "+86 (10) 0000.0000"),
        ("contact_name", "编\n辑部", "编 辑部"),
        ("contact_address", "  ", ""),
        ("agent_phone", "  ", ""),
        ("maintainers", " a@example.org \r\n\r\nb@example.org\na@example.org", ["a@example.org", "b@example.org"]),
        ("target_triage", "48", 48),
        ("target_triage", "240", 240),
    ],
)
def test_what_is_typed_is_stored_clean(name: str, typed: str, stored: object) -> None:
    assert settings.check({name: typed}) == {name: stored}


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("contact_name", " \u200b "),
        ("contact_name", "长" * 81),
        ("contact_phone", "call me"),
        ("contact_phone", "1"),
        ("agent_phone", "call me"),
        ("agent_phone", "( - ) / . -"),
        ("contact_phone", "1--2"),
        ("contact_email", ""),
        ("site_name", ""),
        ("maintainers", "\n \n"),
        ("maintainers", "\n".join(f"m{n}@example.org" for n in range(51))),
        *(("target_triage", typed) for typed in ("0", "", "-1", "1.5", "241", "９", "x", "9" * 400)),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(name: str, typed: str) -> None:
    with pytest.raises(Incomplete) as refused:
        settings.check({name: typed, "site_name": typed if name == "site_name" else "好"})
    assert set(refused.value.problems) == {name}


def test_names_that_are_no_settings_are_left_out() -> None:
    assert settings.check({"secret_key": "x", "target_decide": "1", "base_url": "http://evil.example"}) == {}


def with_targets(*changes: tuple[datetime, dict[str, int]]) -> Calendars:
    history = [Change(at, values) for at, values in changes]
    days = calendars.load(ZoneInfo("Asia/Shanghai"))
    return Calendars(days.us, days.england, days.china, days.eu, days.site, settings.targets(history))


def test_a_target_holds_for_what_begins_after_it_was_set() -> None:
    days = with_targets(
        (NOW, {"target_triage": 48, "target_triage_urgent": 2}), (NOW + timedelta(days=2), {"contact_name": "x"})
    )
    for kind, starts_at, is_urgent, hours in [
        (ClockKind.TRIAGE, NOW - timedelta(seconds=1), False, 24),
        (ClockKind.TRIAGE, NOW, False, 48),
        (ClockKind.TRIAGE, NOW, True, 2),
        (ClockKind.TRIAGE, NOW - timedelta(seconds=1), True, 4),
        (ClockKind.TRIAGE, NOW + timedelta(days=2), False, 24),  # set back by leaving it out
        (ClockKind.TRIAGE, NOW + timedelta(days=2), True, 4),
    ]:
        assert due(kind, starts_at, days, is_urgent=is_urgent).at == starts_at + timedelta(hours=hours)


def test_the_words_say_the_number_that_was_counted() -> None:
    days = with_targets((NOW, {"target_info_wait": 21}))
    counted = due(ClockKind.INFO_WAIT, NOW, days)
    assert counted.notes[0].values["n"] == 21
    assert due(ClockKind.REPLY_WAIT, NOW, days).notes[0].values["n"] == 5


def test_numbers_of_the_law_stay_whatever_is_stored() -> None:
    days = with_targets((NOW, {"target_decide": 1, "target_ncii_48": 1, "target_purge": 1, "target_triage": 25}))
    assert set(days.targets) == {"triage"}
    for kind in set(ClockKind) - {ClockKind.TRIAGE}:
        assert due(kind, NOW, days) == due(kind, NOW, with_targets())


def test_nothing_set_is_no_target() -> None:
    assert settings.targets([Change(NOW, {}), Change(NOW, {"site_name": "x"})]) == {}
    assert Settings().version == 0


@pytest.mark.parametrize("typed", ["", " ", "x", "字" * 301])
def test_a_switch_needs_a_reason(typed: str) -> None:
    with pytest.raises(Incomplete):
        settings.check_reason(typed)


def test_a_reason_is_one_line() -> None:
    assert settings.check_reason(" 系统\n升级 ") == "系统 升级"
