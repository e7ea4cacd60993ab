"""Deciding: everything in one act, once, against the version that was seen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import draft
from tests.staff import at_once, make_case, make_member, make_notice
from tracker import mail
from tracker.db import Base, db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import State
from tracker.models import Account, AuditEntry, Case, Clock, Decision, Item, Mail, Measure
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import audit, cases, decisions, effects, publication

PATH = "/articles/yi-pian"


def decide(
    site: Site, account: Account, case: Case, outcome: Outcome, now: datetime, version: int | None = None, **text: Any
) -> Decision:
    """Decide as the view does, against the version that stands unless another is given."""
    seen = case.version if version is None else version
    with transaction():
        return decisions.decide(site, account, case.id, seen, draft(outcome, **text), now)


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return all there is in the database."""
    db.session.rollback()
    return {name: list(map(tuple, db.session.execute(select(t)))) for name, t in Base.metadata.tables.items()}


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


@pytest.mark.parametrize(
    ("outcome", "status"), [(Outcome.WITHHELD, 451), (Outcome.REMOVED, 410), (Outcome.DECLINED, 200)]
)
def test_a_decision_changes_case_clocks_items_measure_trail_pages_and_mails(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient, outcome: Outcome, status: int
) -> None:
    later = now + timedelta(hours=3)
    decision = decide(site, mei, case, outcome, later)
    assert (case.state, case.outcome, case.version, case.decided_at) == (State.DECIDED, outcome, 2, later)
    assert (case.changed_by, case.changed_at, case.assignee_id) == ("梅", later, mei.id)
    running = db.session.scalars(select(Clock.kind).where(Clock.stopped_at.is_(None), Clock.kind != ClockKind.ACK))
    assert list(running) == [ClockKind.APPEAL_WINDOW]
    assert set(db.session.scalars(select(Item.answered_at))) == {later}
    assert decision.statement["facts"] == decision.facts
    assert decision.statement["redress"]
    measure = db.session.scalar(select(Measure))
    assert (measure is not None) == (status != 200)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.actor, entry.case_id) == ("case.decided", f"account:{mei.id}", case.id)
    assert entry.facts == {
        "case": case.id, "decision": decision.id, "outcome": outcome, "ground": decision.ground_type,
        "from": "received", "to": "decided", "article": case.article_id,
        "measure": measure.id if measure else None, "status": status if measure else None, "until": None,
        "territory": "global" if measure else None, "passages": 0 if measure else None,
    }  # fmt: skip
    assert client.get(PATH).status_code == status
    names = db.session.scalars(select(Mail.name).where(Mail.cause.like("decision:%")).order_by(Mail.name)).all()
    assert names == (["decision", "forwarded", "statement"] if measure else ["decision"])
    assert trail.fault() is None


def test_restoring_ends_the_measure_and_brings_back_the_same_bytes(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient
) -> None:
    before = client.get(PATH)
    decide(site, mei, case, Outcome.WITHHELD, now)
    later = now + timedelta(days=1)
    decision = decide(site, mei, case, Outcome.RESTORED, later)
    after = client.get(PATH)
    assert (after.status_code, after.data, after.headers["ETag"]) == (200, before.data, before.headers["ETag"])
    measure = db.session.scalars(select(Measure)).one()
    assert (measure.ends_at, measure.ended_by_id) == (later, decision.id)
    assert (case.state, case.outcome, case.decided_at) == (State.DECIDED, Outcome.RESTORED, now)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.facts["ended"]) == ("case.restored", measure.id)
    mails = db.session.scalars(
        select(Mail.name).where(Mail.cause.like(f"decision:{decision.id}:%")).order_by(Mail.name)
    )
    assert mails.all() == ["decision", "statement"]
    assert trail.fault() is None


def test_each_notifier_is_told_once(site: Site, now: datetime, mei: Account, case: Case) -> None:
    for email in ("bob@example.com", "bob@example.com", "carol@example.com"):
        make_notice(site, case.article, now, email)
    decide(site, mei, case, Outcome.WITHHELD, now)
    told = select(Mail.recipient).where(Mail.name == "decision").order_by(Mail.recipient)
    assert db.session.scalars(told).all() == ["anna@example.com", "bob@example.com", "carol@example.com"]
    decide(site, mei, case, Outcome.RESTORED, now)
    assert len(db.session.scalars(told).all()) == 6


def test_a_stale_version_is_refused_with_who_and_when(site: Site, now: datetime, mei: Account, case: Case) -> None:
    lin = make_member("lin@example.org", name="林")
    with transaction():
        cases.changed(site, lin, case.id, 1, now)
    with pytest.raises(Conflict, match=r"林.*2026-11-23 17:30:00"):
        decide(site, mei, case, Outcome.WITHHELD, now, version=1)
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0


def test_a_notice_that_joins_makes_the_version_stale(site: Site, now: datetime, mei: Account, case: Case) -> None:
    make_notice(site, case.article, now, "bob@example.com")
    with pytest.raises(Conflict, match="通知人"):
        decide(site, mei, case, Outcome.WITHHELD, now, version=1)


@pytest.mark.parametrize("outcome", [Outcome.WITHHELD, Outcome.REMOVED, Outcome.DECLINED])
def test_a_decided_case_is_not_decided_again(
    site: Site, now: datetime, mei: Account, case: Case, outcome: Outcome
) -> None:
    decide(site, mei, case, Outcome.DECLINED, now)
    with pytest.raises(Conflict, match=r"梅.*2026-11-23 17:30:00"):
        decide(site, mei, case, outcome, now + timedelta(hours=1))
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1


def test_there_is_nothing_to_restore_without_a_standing_measure(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    with pytest.raises(InvalidTransition):
        decide(site, mei, case, Outcome.RESTORED, now)
    decide(site, mei, case, Outcome.WITHHELD, now)
    decide(site, mei, case, Outcome.RESTORED, now + timedelta(hours=1))
    with pytest.raises(InvalidTransition):
        decide(site, mei, case, Outcome.RESTORED, now + timedelta(hours=2))


def test_restoring_one_case_leaves_the_measure_of_another(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient
) -> None:
    other = make_notice(site, case.article, now, category=CategoryName.OTHER_ILLEGAL).items[0].case
    decide(site, mei, case, Outcome.WITHHELD, now)
    decide(site, mei, other, Outcome.REMOVED, now)
    assert client.get(PATH).status_code == 451
    partly = decide(site, mei, case, Outcome.RESTORED, now + timedelta(hours=1))
    assert client.get(PATH).status_code == 410
    for text in texts(partly):
        assert "另有措施仍在执行" in text
        assert "恢复展示" not in text
    wholly = decide(site, mei, other, Outcome.RESTORED, now + timedelta(hours=2))
    assert client.get(PATH).status_code == 200
    assert all("恢复展示" in text for text in texts(wholly))


def test_restoring_an_article_without_a_file_does_not_say_that_it_is_back(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    decide(site, mei, case, Outcome.WITHHELD, now)
    with transaction():
        case.article.file_gone_at = now
    for text in texts(decide(site, mei, case, Outcome.RESTORED, now + timedelta(hours=1))):
        assert "已不在本站" in text
        assert "恢复展示" not in text


def texts(decision: Decision) -> list[str]:
    """Return what a decision's mails say, to the publisher and to at least one notifier."""
    found = db.session.scalars(select(Mail).where(Mail.cause.like(f"decision:{decision.id}:%"))).all()
    assert {each.name for each in found} == {"statement", "decision"}
    return [each.text for each in found]


def test_a_withheld_title_is_in_no_mail_to_a_notifier(site: Site, now: datetime, mei: Account, case: Case) -> None:
    title = case.article.title
    told = select(Mail).where(Mail.name.in_(("acknowledgement", "decision"))).order_by(Mail.id)
    assert all(title in each.text and title in each.html for each in db.session.scalars(told))
    seen = len(db.session.scalars(told).all())
    decide(site, mei, case, Outcome.WITHHELD, now)
    other = make_notice(site, case.article, now, "late@example.com", category=CategoryName.OTHER_ILLEGAL).items[0].case
    decide(site, mei, other, Outcome.DECLINED, now)
    late = db.session.scalars(told).all()[seen:]
    assert [each.name for each in late] == ["decision", "acknowledgement", "decision"]
    for each in late:
        assert title not in each.text + each.html + each.subject
        assert f"http://localhost{PATH}" in each.text


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ({"facts": "短"}, "facts"),
        ({"facts": "x" * 5001}, "facts"),
        ({"ground_ref": ""}, "ground_ref"),
        ({"ground_explanation": "x" * 2001}, "ground_explanation"),
        ({"ground_type": "terms"}, "ground_type"),
    ],
)
def test_an_unfinished_draft_is_refused_by_its_field(
    site: Site, now: datetime, mei: Account, case: Case, text: dict[str, str], field: str
) -> None:
    with pytest.raises(Incomplete) as refusal:
        decide(site, mei, case, Outcome.WITHHELD, now, **text)
    assert list(refusal.value.problems) == [field]
    assert case.version == 1


@pytest.mark.parametrize(("number", "version"), [(999, 1), (0, 1), (-1, 1)])
def test_a_case_that_is_not_there_is_not_found(
    site: Site, now: datetime, mei: Account, number: int, version: int
) -> None:
    with pytest.raises(NotFound), transaction():
        decisions.decide(site, mei, number, version, draft(Outcome.DECLINED), now)


def test_of_sixteen_who_decide_at_once_one_wins_and_the_rest_learn_who(
    app: Flask, site: Site, now: datetime, case: Case
) -> None:
    members = [make_member(f"m{n}@example.org", name=f"审核员{n}").id for n in range(16)]
    number = case.id

    def attempt(member: int, outcome: Outcome) -> Callable[[], int]:
        def work() -> int:
            with transaction():
                account = db.session.get_one(Account, member)
                return decisions.decide(site, account, number, 1, draft(outcome), now).id

        return work

    outcomes = (Outcome.WITHHELD, Outcome.REMOVED, Outcome.DECLINED)
    came = at_once(app, [attempt(member, outcomes[n % 3]) for n, member in enumerate(members)])
    won = [answer for answer in came if isinstance(answer, int)]
    lost = [answer for answer in came if isinstance(answer, Conflict)]
    assert (len(won), len(lost)) == (1, 15)
    db.session.rollback()
    winner = db.session.scalars(select(Decision)).one().decided_by.name
    assert all(winner in str(error) for error in lost)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "case.decided")) == 1
    assert db.session.get_one(Case, number).version == 2


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (mail, "decision_to_notifier"),
        (mail, "statement_of_reasons"),
        (publication, "publish"),
        (audit, "record"),
        (cases, "stop_clocks"),
    ],
)
def test_when_any_part_fails_nothing_happened(
    site: Site, now: datetime, mei: Account, case: Case, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    before = everything()

    def fail(*_: object, **__: object) -> None:
        db.session.flush()
        raise RuntimeError

    monkeypatch.setattr(module, name, fail)
    with pytest.raises(RuntimeError):
        decide(site, mei, case, Outcome.WITHHELD, now)
    assert everything() == before


def test_the_effect_of_a_rehearsal_is_that_of_the_act(site: Site, now: datetime, mei: Account, case: Case) -> None:
    before = everything()
    db.session.rollback()
    rehearsed = effects.rehearse(site, mei, case.id, 1, draft(Outcome.WITHHELD), now)
    db.session.rollback()
    assert everything() == before
    looked = effects.look(site, case.article, now)
    decision = decide(site, mei, case, Outcome.WITHHELD, now)
    assert effects.effect(site, decision, looked, now) == rehearsed
    assert rehearsed.page is not None
    assert rehearsed.page.status == 451
    assert PATH in rehearsed.paths
    told = [mail.recipient for mail in rehearsed.mails]
    assert told == ["editors@example.org", "anna@example.com", "editors@example.org"]  # and the notice is forwarded
    assert [mail.role for mail in rehearsed.mails] == ["发布者", "通知人", "发布者"]


def test_taking_up_stops_the_first_clock_alone(site: Site, now: datetime, mei: Account, case: Case) -> None:
    later = now + timedelta(hours=1)
    with transaction():
        cases.take_up(site, mei, case.id, 1, later)
    assert (case.state, case.assignee_id, case.version) == (State.IN_REVIEW, mei.id, 1)
    stopped = {clock.kind: clock.stopped_at for clock in case.clocks if clock.subject == "case"}
    assert stopped == {ClockKind.TRIAGE: later, ClockKind.DECIDE: None}
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.facts) == ("case.claimed", {"case": case.id, "from": "received", "to": "in_review"})
    decide(site, mei, case, Outcome.WITHHELD, later)
    with pytest.raises(InvalidTransition), transaction():
        cases.take_up(site, mei, case.id, 2, later)
    assert trail.fault() is None
