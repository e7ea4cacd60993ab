"""Four eyes: where nobody answers, the clock does: a restriction stands in, or the maintainers are told."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import draft
from tests.four_eyes import DAY, PATH, SOON, approve, ask_for, kinds, propose, running
from tests.staff import PASSAGE, at_once, make_case, make_member
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.approval import Fate
from tracker.domain.categories import CategoryName
from tracker.domain.claims import Answer
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.passages import Passage
from tracker.domain.roles import Role
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Account, AuditEntry, Case, Decision, Mail, Measure
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import decisions, proposals, settings


def mails_of(decision: Decision) -> dict[str, str]:
    found = select(Mail.name, Mail.subject).where(Mail.cause.startswith(f"decision:{decision.id}:"))
    return {row[0]: row[1] for row in db.session.execute(found)}


@pytest.mark.parametrize(
    ("outcome", "kind", "status"),
    [
        (Outcome.WITHHELD, MeasureKind.WITHHOLD, 451),
        (Outcome.REMOVED, MeasureKind.REMOVE, 410),
        (Outcome.PASSAGE_WITHHELD, MeasureKind.MASK, 200),
    ],
)
def test_unanswered_the_same_restriction_stands_in_once_and_the_proposal_waits_on(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient,
    outcome: Outcome, kind: MeasureKind, status: int,
) -> None:  # fmt: skip
    before = client.get(PATH).data
    said = {"terms": Terms(passages=(Passage(PASSAGE),))} if outcome is Outcome.PASSAGE_WITHHELD else {}
    proposal = propose(strict, mei, case, now, draft(outcome, **said))
    do_what_is_due(strict, now + DAY - SOON)
    assert client.get(PATH).data == before
    late = now + DAY
    for _ in range(3):
        do_what_is_due(strict, late)
    db.session.rollback()
    (decision,) = db.session.scalars(select(Decision))
    (measure,) = db.session.scalars(select(Measure))
    assert (decision.outcome, decision.decided_by_id, measure.kind, measure.is_interim) == (
        Outcome.INTERIM, None, kind, True,
    )  # fmt: skip
    assert (client.get(PATH).status_code, PASSAGE in client.get(PATH).text) == (status, False)
    assert (case.state, case.decided_at, proposal.state, proposal.lapsed_at) == (State.IN_REVIEW, None, Fate.OPEN, late)
    assert set(mails_of(decision)) == {"decision", "statement", "forwarded"}
    assert "暂停展示" in mails_of(decision)["decision"]
    assert {claim.answer for claim in case.claims} == {Answer.OPEN}
    assert running(ClockKind.INTERIM)
    assert running(ClockKind.APPROVAL) == []
    assert kinds()[-2:] == ["case.interim", "proposal.lapsed"]
    assert db.session.scalar(select(func.count()).where(Mail.cause.contains("lapsed:"))) == len(strict.maintainers)
    approve(strict, lin, proposal, late + DAY)  # whose version is still the one that was proposed
    db.session.rollback()
    assert [m.ends_at for m in db.session.scalars(select(Measure).order_by(Measure.id))] == [late + DAY, None]
    assert db.session.scalar(select(func.count()).where(Mail.name == "forwarded")) == 1  # and not again
    assert client.get(PATH).status_code == status
    assert trail.fault() is None


def test_the_interim_measure_is_undone_by_a_milder_decision(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    before = client.get(PATH).data
    proposal = propose(strict, mei, case, now)
    do_what_is_due(strict, now + DAY)
    assert client.get(PATH).status_code == 410
    db.session.rollback()
    with transaction():
        proposals.send_back(strict, lin, proposal.id, "证据不足。", now + DAY)
    with transaction():
        decisions.decide(strict, lin, case.id, case.version, draft(Outcome.DECLINED), now + DAY)
    assert client.get(PATH).data == before


@pytest.mark.parametrize("outcome", [Outcome.LABELLED, Outcome.RESTORED])
def test_where_nothing_is_kept_from_readers_the_maintainers_are_told_once(
    strict: Site, site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient, outcome: Outcome
) -> None:
    if outcome is Outcome.RESTORED:
        with transaction():
            decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD), now)
    status = client.get(PATH).status_code
    proposal = propose(strict, mei, case, now, draft(outcome))
    version = case.version
    for _ in range(3):
        do_what_is_due(strict, now + DAY)
    db.session.rollback()
    assert client.get(PATH).status_code == status
    assert (proposal.state, proposal.lapsed_at, case.version) == (Fate.OPEN, None, version)
    told = select(func.count()).where(Mail.cause.contains("attention:expired:"), Mail.text.contains("时间已经过了"))
    assert db.session.scalar(told) == len(strict.maintainers) > 0
    passed = db.session.scalars(select(AuditEntry.facts).where(AuditEntry.kind == "clock.expired"))
    assert [facts["limit"] for facts in passed].count("approval") == 1


def test_what_is_withheld_already_is_not_withheld_twice(site: Site, now: datetime, mei: Account) -> None:
    strict = ask_for(site, now, outcomes="withheld")
    case = make_case(site, now, category=CategoryName.MINOR)
    with transaction():
        decisions.decide(strict, mei, case.id, case.version, draft(Outcome.INTERIM), now)
    propose(strict, mei, case, now, draft(Outcome.WITHHELD))
    do_what_is_due(strict, now + DAY)
    assert db.session.scalar(select(func.count()).select_from(Measure)) == 1


def test_workers_at_once_let_one_interim_measure_stand_in(
    app: Flask, strict: Site, now: datetime, mei: Account, case: Case
) -> None:
    propose(strict, mei, case, now)
    came = at_once(app, [lambda: do_what_is_due(strict, now + DAY)] * 4)
    assert not [answer for answer in came if answer is not None]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Measure)) == 1
    assert kinds().count("proposal.lapsed") == 1


def test_a_house_may_wait_longer(site: Site, now: datetime, mei: Account, case: Case) -> None:
    admin = make_member("jia@example.org", Role.ADMIN, "贾")
    with transaction():
        settings.put(site, admin, 0, {"approval_outcomes": "removed", "target_approval": "72"}, now - DAY)
    propose(settings.in_force(site), mei, case, now)
    assert running(ClockKind.APPROVAL) == [now + 3 * DAY]
