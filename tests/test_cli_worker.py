"""The worker goes on whatever one clock does: it is set aside, logged, and told to the maintainers."""

import logging
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.staff import make_case
from tracker import mail
from tracker.cli import delivery
from tracker.cli.delivery import do_what_is_due
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.models import Clock, Mail
from tracker.render.site import Site
from tracker.services import counters, due, retention

LATER = timedelta(days=40)


PARTS = ("upkeep", "proving", "restyling", "following")


def fails(*_: object, **__: object) -> None:
    raise ZeroDivisionError("a fault of ours")


@pytest.fixture
def told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "maintainers", ("ops@example.org",))


@pytest.mark.usefixtures("told")
def test_a_clock_that_fails_is_set_aside_and_the_others_have_their_turn(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_case(site, now)
    fired = due.fire

    def fire(site: Site, clock_id: int, at: datetime) -> None:
        if db.session.get_one(Clock, clock_id).kind is ClockKind.TRIAGE:
            fails()
        fired(site, clock_id, at)

    monkeypatch.setattr(delivery.due, "fire", fire)
    with caplog.at_level(logging.ERROR):
        do_what_is_due(site, now + LATER)
    clocks = {clock.kind: clock for clock in db.session.scalars(select(Clock))}
    assert {ClockKind.TRIAGE, ClockKind.DECIDE, ClockKind.ACK} <= set(clocks)
    assert {clock.expired_at for clock in clocks.values()} == {now + LATER}
    assert clocks[ClockKind.TRIAGE].stopped_at is None  # what it limits is still to be done, and overdue
    assert due.expired(now + LATER) is None
    assert "a fault of ours" in caplog.text
    assert len(db.session.scalars(select(Mail.id).where(Mail.name == "attention")).all()) == len(clocks)


@pytest.mark.usefixtures("told")
def test_a_clock_of_which_nobody_can_even_be_told_stops_nothing(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(site, now)
    monkeypatch.setattr(mail, "attention", fails)
    do_what_is_due(site, now + LATER)
    assert set(db.session.scalars(select(Clock.expired_at))) == {now + LATER}
    assert due.expired(now + LATER) is None


def test_what_else_is_due_fails_alone(site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    make_case(site, now)
    for module, name in ((due, "recount"), (due, "warn"), (retention, "erase_old_identities")):
        monkeypatch.setattr(module, name, fails)
    do_what_is_due(site, now + LATER)
    assert db.session.scalars(select(Clock.id).where(Clock.expired_at.is_not(None))).all() != []


def test_a_mail_that_went_out_is_not_sent_again_for_what_follows_from_it(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_case(site, now)
    monkeypatch.setattr(delivery, "send", lambda *_: None)
    monkeypatch.setattr(counters, "reached", fails)
    with delivery.transaction():
        sent = db.session.scalars(select(Mail)).first()
        assert sent
        sent.name = "counter_forwarded"
    delivery.deliver(site, now)
    assert [mail.attempts for mail in db.session.scalars(select(Mail).where(Mail.sent_at.is_not(None)))] != []
    assert delivery.deliver(site, now + timedelta(hours=1)) == 0


def test_a_part_of_a_round_that_fails_holds_up_neither_the_others_nor_the_mail(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    make_case(site, now)
    done: list[str] = []
    stopping = threading.Event()
    monkeypatch.setattr(delivery, "ready", lambda: (None, site))
    monkeypatch.setattr(delivery, "stop_on_signal", lambda: stopping)
    monkeypatch.setattr(delivery, "send", lambda *_: done.append("mail"))
    for part in ("keep_up", "prove", "restyle", "follow"):
        monkeypatch.setattr(delivery, part, fails)

    def check(*_: object) -> bool:
        done.append("check")
        stopping.set()
        return False

    monkeypatch.setattr(delivery, "check_trail", check)
    with caplog.at_level(logging.ERROR):
        delivery.worker.callback.__wrapped__()
    assert (set(done), done[-1]) == ({"mail", "check"}, "check")
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"the worker goes on after {part}: a fault of ours" for part in PARTS]


def test_a_minute_passes_by_the_clock_of_the_site_which_may_be_put_back(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [now + timedelta(seconds=seconds) for seconds in (0, 59, 60, 61, 3600, 0, 1)]
    passing, rounds = iter(moments), []
    at, stopping = next(passing), threading.Event()

    def go_on(*_: object, **__: object) -> bool:
        nonlocal at
        at = next(passing, at)
        if at is moments[-1]:
            stopping.set()
        return True

    monkeypatch.setattr(delivery, "ready", lambda: (None, site))
    monkeypatch.setattr(delivery, "stop_on_signal", lambda: stopping)
    monkeypatch.setattr(delivery.clock, "now", lambda: at)
    monkeypatch.setattr(delivery, "deliver", lambda *_, **__: 0)
    monkeypatch.setattr(delivery, "come_round", lambda *_, **__: rounds.append((at - now).total_seconds()))
    monkeypatch.setattr(delivery, "go_on", go_on)
    delivery.worker.callback.__wrapped__()
    assert rounds == [0, 60, 3600, 0]
