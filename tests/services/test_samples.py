"""Second readings: drawn once, by lot, read blind by others; and the mail of the week."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import decide, make_account, open_case, publish
from tests.staff import make_case, make_member, signed_in, token_of
from tracker.cli.delivery import count_figures
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition, NotFound, NotPermitted
from tracker.domain.figures import week_of
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Decision, Mail, Sample
from tracker.queries.week import bounds
from tracker.render.site import Site
from tracker.services import figures, samples, undo, weekly


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_account()


@pytest.fixture
def other(app: Flask) -> Account:
    return make_account("he@example.org", Role.MODERATOR, "何")


@pytest.fixture
def decision(site: Site, mei: Account, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Decision:
    monkeypatch.setattr(samples, "SHARE", 100)
    return decide(site, open_case(publish(site, "yi", now), now), Outcome.WITHHELD, now, mei)


def drawn(site: Site, at: datetime) -> list[Sample]:
    with transaction():
        samples.draw(site, at)
    return list(db.session.scalars(select(Sample).order_by(Sample.id)))


def test_a_decision_is_drawn_once_and_not_before_it_stands(site: Site, decision: Decision, now: datetime) -> None:
    assert drawn(site, now) == []
    later = now + timedelta(hours=1)
    for _ in range(2):
        assert [sample.decision_id for sample in drawn(site, later)] == [decision.id]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "sample.drawn")).one()
    assert entry.facts == {"sample": 1, "decision": decision.id, "case": decision.case_id}


def test_what_was_taken_back_is_not_drawn(site: Site, mei: Account, decision: Decision, now: datetime) -> None:
    with transaction():
        version = db.session.get_one(Case, decision.case_id, populate_existing=True).version
        undo.undo(site, db.session.get_one(Account, mei.id), decision.case_id, version, now)
    assert drawn(site, now + timedelta(hours=1)) == []


def test_the_lot_is_even_and_the_same_every_time(site: Site) -> None:
    lots = [samples.lot(site, number) for number in range(5000)]
    assert lots == [samples.lot(site, number) for number in range(5000)]
    share = sum(lot < samples.SHARE for lot in lots) / len(lots)
    assert 0.01 < share < 0.03
    assert set(lots) == set(range(100))


def test_only_who_decided_nothing_reads_it_and_once(
    site: Site, mei: Account, other: Account, decision: Decision, now: datetime
) -> None:
    (sample,) = drawn(site, now + timedelta(hours=1))
    assert samples.waiting(mei) == []
    assert samples.waiting(other) == [sample]
    with pytest.raises(NotPermitted), transaction():
        samples.read(mei, sample.id, Outcome.WITHHELD, "我自己的决定", now)
    with pytest.raises(Incomplete) as refused, transaction():
        samples.read(other, sample.id, Outcome.RESTORED, "", now)
    assert set(refused.value.problems) == {"outcome", "note"}
    with transaction():
        assert not samples.read(other, sample.id, Outcome.DECLINED, "没有看到失实", now)
    with pytest.raises(InvalidTransition), transaction():
        samples.read(other, sample.id, Outcome.WITHHELD, "再读一遍", now)
    with pytest.raises(NotFound), transaction():
        samples.read(other, 99, Outcome.WITHHELD, "没有这个", now)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "sample.read")).one()
    assert entry.facts == {"sample": sample.id, "case": decision.case_id, "outcome": "declined", "agrees": 0}
    assert samples.waiting(other) == []


def test_the_page_shows_the_case_and_hides_what_was_decided(
    app: Flask, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SHARE", 100)
    decider, reader = make_member("a@example.org", name="甲"), make_member("b@example.org", name="乙")
    case = make_case(site, now)
    made = decide(site, case, Outcome.WITHHELD, now, decider)
    facts = made.facts
    (sample,) = drawn(site, now + timedelta(hours=1))
    number, case_id = sample.id, made.case_id
    browser = signed_in(app, reader)
    assert f"/desk/samples/{number}" in browser.get("/desk/samples").text
    html = browser.get(f"/desk/samples/{number}").text
    assert "这一段与事实不符" in html
    for hidden in (facts, "甲", f"/desk/cases/{case_id}", "原决定</dt>"):
        assert hidden not in html, hidden
    token = token_of(html)
    refused = browser.post(f"/desk/samples/{number}/read", data={"csrf_token": token, "note": "写了一半"})
    assert refused.status_code == 422
    sent = {"csrf_token": token, "outcome": "withheld", "note": "通话记录没有，说法没有依据"}
    assert refused.text.count("写了一半") == 1
    assert browser.post(f"/desk/samples/{number}/read", data=sent).status_code == 303
    html = browser.get(f"/desk/samples/{number}").text
    assert facts in html
    assert "一致" in html
    assert signed_in(app, decider).get(f"/desk/samples/{number}").status_code == 403
    assert browser.get("/desk/samples/99").status_code == 404


def test_the_week_goes_by_mail_once_to_each_admin(site: Site, now: datetime, decision: Decision) -> None:
    admins = [make_account(f"{name}@example.org", Role.ADMIN, name) for name in ("jia", "yi")]
    week = week_of(now, site.zone)
    over = bounds(site, week)[1]

    def mails(at: datetime) -> list[Mail]:
        with transaction():
            weekly.send(site, at)
        return list(db.session.scalars(select(Mail).where(Mail.name == "weekly").order_by(Mail.id)))

    while figures.due(site, now):
        count_figures(site, now)
    assert mails(over + weekly.AFTER) == []  # counted before the week was over
    count_figures(site, over + timedelta(minutes=1))
    assert mails(over) == []
    for _ in range(2):
        assert [mail.recipient for mail in mails(over + weekly.AFTER)] == [admin.email for admin in admins]
    text = mails(over + weekly.AFTER)[0].text
    assert "立案：1（0）" in text
    assert "决定：1（0）" in text
    assert "/desk/figures" in text
