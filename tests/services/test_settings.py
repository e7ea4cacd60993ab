"""Settings and switches: versions, the trail, every process at once, pages without a mixture, and what read-only stops."""

from datetime import datetime, timedelta
from itertools import islice
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import make_account, open_case, publish, rows, stale_paths, withhold
from tests.staff import at_once, make_case, make_notice
from tracker.cli import articles as sync
from tracker.cli.delivery import deliver, keep_up, restyle
from tracker.db import READ_ONLY, db, transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import Conflict, Incomplete, NotFound, Paused
from tracker.domain.lifecycle import Channel
from tracker.domain.notices import Submission
from tracker.domain.roles import Role
from tracker.domain.settings import Switch
from tracker.models import Account, AuditEntry, Clock, Draft, Generation, Mail, MailState, Notice, SettingsVersion
from tracker.render.program import HALF
from tracker.render.site import Site
from tracker.services import cases, drafts, generations, notices, publication, settings, upkeep


@pytest.fixture
def admin(app: Flask) -> Account:
    return make_account("jia@example.org", Role.ADMIN, "贾")


def put(site: Site, admin: Account, now: datetime, seen: int = 0, **typed: str) -> Site:
    with transaction():
        settings.put(site, admin, seen, typed, now)
    return settings.in_force(site)


def entries(kind: str) -> list[dict[str, object]]:
    return [
        e.facts for e in db.session.scalars(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.seq))
    ]


def test_a_setting_is_in_force_at_once_and_the_environment_stays_the_default(
    site: Site, admin: Account, now: datetime
) -> None:
    later = put(site, admin, now, contact_phone="010-1234", maintainers="a@example.org\nb@example.org")
    assert (later.contact_phone, later.contact_name) == ("010-1234", site.config.contact_name)
    assert later.maintainers == ("a@example.org", "b@example.org")
    assert (site.contact_phone, later.version) == (site.config.contact_phone, 1)
    assert settings.in_force(site) is later
    assert entries("settings.changed") == [
        {"version": 1, "setting": "contact_phone"}, {"version": 1, "setting": "maintainers"},
    ]  # fmt: skip
    back = put(later, admin, now, 1, contact_phone=site.config.contact_phone)
    assert (back.contact_phone, back.version) == (site.config.contact_phone, 2)
    assert set(db.session.get_one(SettingsVersion, 2).values) == {"maintainers"}


def test_nothing_changed_is_no_act(site: Site, admin: Account, now: datetime) -> None:
    put(site, admin, now, contact_name=site.config.contact_name)
    assert db.session.scalar(select(func.count()).select_from(SettingsVersion)) == 0
    assert entries("settings.changed") == []


def test_every_process_sees_it(app: Flask, site: Site, admin: Account, now: datetime) -> None:
    other = Site(site.config)  # what another process made at its start
    put(site, admin, now, site_name="新的名字")
    assert settings.in_force(other).names["zh-Hans"] == "新的名字"
    assert "新的名字" in app.test_client().get("/report").text


def test_who_was_first_is_told(site: Site, admin: Account, now: datetime) -> None:
    put(site, admin, now, contact_name="甲")
    with pytest.raises(Conflict, match="贾"), transaction():
        settings.put(site, admin, 0, {"contact_name": "乙"}, now)
    assert settings.in_force(site).contact_name == "甲"


def test_of_two_at_once_one_wins(app: Flask, site: Site, admin: Account, now: datetime) -> None:
    number = admin.id

    def change(name: str) -> None:
        with transaction():
            settings.put(site, db.session.get_one(Account, number), 0, {"contact_name": name}, now)

    results = at_once(app, [lambda: change("甲"), lambda: change("乙")])
    assert [type(result) for result in results].count(Conflict) == 1
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SettingsVersion)) == 1


def test_a_wrong_address_is_refused_with_all_else_that_is_wrong(site: Site, admin: Account, now: datetime) -> None:
    with pytest.raises(Incomplete) as refused, transaction():
        settings.put(site, admin, 0, {"contact_email": "x", "maintainers": "a@example.org\nno", "site_name": ""}, now)
    assert set(refused.value.problems) == {"contact_email", "maintainers", "site_name"}


def test_an_earlier_version_comes_back(site: Site, admin: Account, now: datetime) -> None:
    first = put(site, admin, now, contact_name="甲")
    second = put(first, admin, now, 1, contact_name="乙", site_name="丙")
    with transaction():
        settings.restore(second, admin, 2, 1, now)
    assert (settings.in_force(site).contact_name, settings.in_force(site).version) == ("甲", 3)
    assert settings.in_force(site).names["zh-Hans"] == site.config.site_name
    with transaction():
        settings.restore(site, admin, 3, 0, now)  # as the environment alone has it
    assert settings.in_force(site).contact_name == site.config.contact_name
    with pytest.raises(NotFound), transaction():
        settings.restore(site, admin, 4, 99, now)
    with pytest.raises(Conflict), transaction():
        settings.restore(site, admin, 1, 1, now)


def test_a_target_counts_new_limits_and_leaves_running_ones(site: Site, admin: Account, now: datetime) -> None:
    case = make_case(site, now)
    later = put(site, admin, now + timedelta(hours=1), target_triage="48")
    triage = db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.kind == ClockKind.TRIAGE)).one()
    assert triage.due_at == now + timedelta(hours=24)
    after = now + timedelta(hours=2)
    second = make_notice(later, publish(later, "er", now), after).items[0].case
    new = db.session.scalars(select(Clock).where(Clock.case_id == second.id, Clock.kind == ClockKind.TRIAGE)).one()
    assert new.due_at == after + timedelta(hours=48)
    with transaction():  # started anew from when it first began: counted as then
        again = cases.start_clock(later, db.session.get_one(type(case), case.id), ClockKind.TRIAGE, now)
    assert again.due_at == now + timedelta(hours=24)


def shows(phone: str) -> dict[int, set[bool]]:
    """Return for each generation whether its HTML pages show a telephone number: one answer, or a mixture."""
    found: dict[int, set[bool]] = {}
    for (generation, path), row in rows().items():
        if b"<html" in bytes(row[6]) and not path.endswith(".xml"):
            found.setdefault(generation, set()).add(phone.encode() in bytes(row[6]))
    return found


def live() -> int:
    return db.session.scalars(select(Generation.id).where(Generation.is_live)).one()


def test_changed_settings_reach_the_pages_in_one_flip(site: Site, admin: Account, now: datetime) -> None:
    for slug in ("yi", "er", "san"):
        publish(site, slug, now)
    later = put(site, admin, now, contact_phone="010-1234")
    assert generations.is_behind(later)
    before = live()
    restyle(later)
    assert not generations.is_behind(later)
    assert shows("010-1234") == {live(): {True}}
    assert live() != before
    assert stale_paths(later, now) == []


def test_an_act_during_the_change_writes_each_generation_in_its_own_look(
    site: Site, admin: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "BATCH", 5)
    article = publish(site, "yi", now)
    publish(site, "er", now)
    later = put(site, admin, now, contact_phone="010-1234")
    list(islice(sync.building(later), 2))  # left off in the middle
    old = live()
    withhold(later, article, now)
    assert shows("010-1234")[old] == {False}  # readers never see a mixture
    assert [seen for generation, seen in shows("010-1234").items() if generation != old] == [{True}]
    restyle(later)
    assert shows("010-1234") == {live(): {True}}
    assert stale_paths(later, now) == []


def test_a_page_made_for_one_request_looks_as_the_others_until_the_flip(
    app: Flask, site: Site, admin: Account, now: datetime
) -> None:
    publish(site, "yi", now)
    later = put(site, admin, now, contact_phone="010-1234")
    with transaction():
        for row in db.session.scalars(select(publication.Page)):
            row.valid_until = now - timedelta(days=900)
    assert "010-1234" not in app.test_client().get("/articles/yi").text
    restyle(later)
    assert "010-1234" in app.test_client().get("/articles/yi").text


def test_what_readers_do_not_see_rebuilds_nothing_and_another_program_is_left_alone(
    site: Site, admin: Account, now: datetime
) -> None:
    publish(site, "yi", now)
    before = live()
    later = put(site, admin, now, maintainers="a@example.org", target_triage="30")
    assert not generations.is_behind(later)
    later = put(later, admin, now, 1, contact_phone="010-1234")
    with transaction():
        generation = db.session.get_one(Generation, before)
        generation.fingerprint = "0" * HALF + generation.fingerprint[HALF:]
    assert not generations.is_behind(later)  # or two programs would undo each other's work for ever
    restyle(later)
    assert live() == before


def turn_on(switch: Switch, now: datetime, account: Account | None = None, reason: str = "系统升级") -> None:
    with transaction(while_read_only=True):
        settings.turn_on(account, switch, reason, now)


def test_a_switch_is_recorded_and_keeps_its_beginning(site: Site, admin: Account, now: datetime) -> None:
    turn_on(Switch.INTAKE, now, admin)
    turn_on(Switch.INTAKE, now + timedelta(hours=1), admin, "还要一天")
    on = settings.in_force(site).settings.switches[Switch.INTAKE]
    assert (on.since, on.reason) == (now, "还要一天")
    with transaction():
        settings.turn_off(admin, Switch.INTAKE, now)
        settings.turn_off(admin, Switch.INTAKE, now)
    assert settings.in_force(site).settings.switches == {}
    assert [(facts["switch"], facts["on"]) for facts in entries("switch.set")] == [
        ("intake", 1),
        ("intake", 1),
        ("intake", 0),
    ]
    with pytest.raises(Incomplete), transaction():
        settings.turn_on(admin, Switch.INTAKE, " ", now)


def test_settings_and_switches_do_not_undo_each_other(site: Site, admin: Account, now: datetime) -> None:
    turn_on(Switch.INTAKE, now, admin)
    later = put(settings.in_force(site), admin, now, 1, contact_name="甲")
    assert Switch.INTAKE in later.settings.switches
    with transaction():
        settings.turn_off(admin, Switch.INTAKE, now)
    assert settings.in_force(site).contact_name == "甲"


def submission(site: Site, category: CategoryName, slug: str, **said: str) -> Submission:
    answers = {
        "addresses": f"{site.base_url}/articles/{slug}", "explanation": "这一段与事实不符，损害了我们的名誉，请予处理，谢谢。",
        "inaccurate_parts": "我们从来没有拨打过亲友的电话。", "notifier_role": "owner", "notifier_name": "安娜", "email": "anna@example.com",
        "stmt_truth": "1", **said,
    }  # fmt: skip
    return Submission(CATEGORIES[category], "zh-Hans", answers, {}, (), "2026-11-20", f"{category}{len(said)}")


def test_paused_intake_refuses_new_notices_and_leaves_urgent_lanes_open(
    site: Site, admin: Account, now: datetime
) -> None:
    publish(site, "yi", now)
    turn_on(Switch.INTAKE, now, admin)
    paused = settings.in_force(site)
    with pytest.raises(Paused, match="系统升级"), transaction():
        notices.submit(paused, submission(site, CategoryName.REPUTATION, "yi"), now)
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
    for category in (CategoryName.MINOR, CategoryName.NCII, CategoryName.CSAM, CategoryName.COURT_OR_AUTHORITY):
        with transaction():
            notices.submit(paused, submission(site, category, "yi"), now)
    with transaction():  # a life in danger, whatever the category
        notices.submit(paused, submission(site, CategoryName.REPUTATION, "yi", danger_to_life="yes"), now)
    with transaction():  # what comes by phone is still typed in
        notices.submit(paused, submission(site, CategoryName.TRADEMARK, "yi"), now, Channel.PHONE, admin)
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 6


def test_drafts_wait_for_the_end_of_the_pause(site: Site, admin: Account, now: datetime) -> None:
    with transaction():
        drafts.save("k" * 40, CategoryName.REPUTATION, {"explanation": "写了一半"}, [], [], now)
    turn_on(Switch.INTAKE, now, admin)
    paused = settings.in_force(site)
    for day in range(1, 30):
        with transaction():
            upkeep.tidy(paused, now + timedelta(days=day))
    after = now + timedelta(days=29, hours=23)
    with transaction():
        settings.turn_off(admin, Switch.INTAKE, after)
    found = drafts.find("k" * 40, after)
    assert found is not None
    assert found.expires_at >= after + timedelta(days=6)
    with transaction():
        upkeep.tidy(settings.in_force(site), after + timedelta(days=8))
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


def test_read_only_stops_every_act_but_the_switch(app: Flask, site: Site, admin: Account, now: datetime) -> None:
    case = open_case(publish(site, "yi", now), now)
    turn_on(Switch.READ_ONLY, now, admin, "数据库迁移")
    with pytest.raises(Paused) as refused, transaction():
        cases.take_up(site, admin, case.id, case.version, now)
    assert (refused.value.message, refused.value.values) == (READ_ONLY, {"reason": "数据库迁移"})
    with pytest.raises(Paused):
        keep_up(site, now)
    with pytest.raises(Paused):
        publish(site, "er", now)
    with transaction(while_read_only=True):
        settings.turn_off(admin, Switch.READ_ONLY, now)
    with transaction():
        cases.take_up(site, admin, case.id, case.version, now)


def test_a_mail_that_went_out_before_the_switch_is_accounted_for(
    site: Site, admin: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(site, now)
    monkeypatch.setattr("tracker.cli.delivery.send", lambda *_: turn_on(Switch.READ_ONLY, now, admin))
    with pytest.raises(Paused):
        deliver(site, now)
    states = db.session.execute(select(Mail.state, func.count()).group_by(Mail.state)).all()
    assert (MailState.SENT, 1) in [tuple(row) for row in states]


def test_the_switch_waits_for_acts_that_have_begun(app: Flask, site: Site, admin: Account, now: datetime) -> None:
    """Whoever has made the site read-only may copy its database: nothing is still under way."""
    case = open_case(publish(site, "yi", now), now)
    number, account = case.id, admin.id
    seen: list[bool] = []

    def act() -> None:
        with transaction():
            cases.take_up(site, db.session.get_one(Account, account), number, 1, now)
            begun.set()
            seen.append(switched.wait(0.3))  # what would have ended by now does not end before this

    def switch() -> None:
        begun.wait(5)
        turn_on(Switch.READ_ONLY, now)
        switched.set()

    begun, switched = Event(), Event()
    assert at_once(app, [act, switch]) == [None, None]
    assert (seen, switched.is_set()) == ([False], True)
