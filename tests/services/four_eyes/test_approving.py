"""Four eyes: approved by one other, it is the same act as deciding alone."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import draft, stored
from tests.four_eyes import DAY, PATH, SOON, TYPED, approve, ask_for, kinds, propose, running
from tests.staff import at_once, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.approval import Fate
from tracker.domain.claims import Answer, Reply
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import State
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, CaseDraft, Decision, Mail, Measure, Proposal
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import appeals, decisions, proposals, recusals, samples, undo


def effect_of(case: Case, decision: Decision) -> list[object]:
    """Return all that a decision did, as far as it does not say who agreed to it and in which row it stands."""
    mails = db.session.scalars(select(Mail).where(Mail.cause.startswith(f"decision:{decision.id}:")).order_by(Mail.id))
    measure = db.session.scalars(select(Measure).where(Measure.decision_id == decision.id)).one()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.case_id == case.id).order_by(AuditEntry.seq))
    sides = {"decision", "measure", "from"}
    return [
        [(m.name, m.recipient, m.subject, m.due_at, m.state) for m in mails],
        (measure.kind, measure.is_interim, measure.starts_at, measure.ends_at, measure.terms, measure.restores_sha256),
        [
            (e.kind, e.actor, {n: v for n, v in e.facts.items() if n not in sides})
            for e in entries
            if e.kind in {"claim.answered", "case.decided"}
        ],
        {name: getattr(decision, name) for name in (
            "outcome", "ground_ref", "facts", "ground_explanation", "rationale", "to_notifier", "to_publisher", "public",
            "decided_by_id", "decided_at", "clause_id", "statement",
        )},
        (case.state, case.outcome, case.decided_at, case.assignee_id),
        sorted((c.kind, c.due_at) for c in case.clocks if c.stopped_at is None),
        [(claim.answer, claim.answered_by_id, claim.answered_at) for claim in case.claims],
    ]  # fmt: skip


def test_approved_it_is_the_same_act_as_deciding_alone(
    site: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    written, later = (
        draft(Outcome.WITHHELD, to_notifier="写给通知人的一段话，说明我们为什么这样处理。"),
        now + timedelta(hours=3),
    )
    with transaction():
        alone = decisions.decide(site, mei, case.id, case.version, written, later)
    expected, page = effect_of(case, alone), client.get(PATH)
    with transaction():
        undo.undo(site, mei, case.id, case.version, later)
    strict = ask_for(site, now, outcomes="withheld")
    with transaction():
        case.assignee_id = None
    proposal = propose(strict, mei, case, later - DAY / 24, written)
    before = len(kinds())
    decision = approve(strict, lin, proposal, later)
    found = effect_of(case, decision)
    found[2] = found[2][len(expected[2]) :]  # type: ignore[index, arg-type] # what was undone stands in the trail too
    assert found == expected
    seen = client.get(PATH)
    assert (seen.status_code, seen.data) == (451, page.data)
    assert kinds()[before:] == ["claim.answered", "case.decided", "proposal.approved"]
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.actor, entry.facts["decision"]) == (f"account:{lin.id}", decision.id)
    assert (decision.decided_by_id, proposal.ended_by_id, proposal.decision_id) == (mei.id, lin.id, decision.id)
    assert (proposal.state, case.changed_by, running(ClockKind.APPROVAL)) == (Fate.APPROVED, "林", [])
    assert trail.fault() is None


def test_nobody_answers_their_own_or_with_an_interest_or_without_the_permission(
    strict: Site, now: datetime, lin: Account, mei: Account, case: Case
) -> None:
    proposal = propose(strict, lin, case, now)
    peng = make_member("peng@example.org", Role.REVIEWER, "彭")
    with transaction():
        recusals.put(peng, peng.id, About.ARTICLE, "yi-pian", now)
    editor = make_member("editors@example.org", Role.ADMIN, "编")
    before = stored()
    for who, why in ((lin, "自己"), (peng, "利害关系"), (editor, "利害关系"), (mei, "权限")):
        with pytest.raises(NotPermitted, match=why), transaction():
            proposals.approve(strict, who, proposal.id, proposal.case.version, now)
        with pytest.raises(NotPermitted, match=why), transaction():
            proposals.send_back(strict, who, proposal.id, "说得不够清楚。", now)
        db.session.rollback()
    assert stored() == before
    assert [each.name for each in proposals.approvers(case, lin.id)] == ["贾"]
    with pytest.raises(NotPermitted, match="只有提出的人"), transaction():
        proposals.withdraw(strict, mei, proposal.id, now)


def test_a_case_that_changed_is_said_and_nothing_is_lost(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    proposal = propose(strict, mei, case, now)
    seen = case.version
    make_notice(strict, case.article, now, "carol@example.com")
    with pytest.raises(Conflict, match="通知人已在"), transaction():
        proposals.approve(strict, lin, proposal.id, seen, now)
    db.session.rollback()
    assert (proposal.state, proposal.fields["facts"]) == (Fate.OPEN, TYPED["facts"])
    assert proposal.case_version != case.version
    decision = approve(
        strict, lin, proposal, now
    )  # looked at again: the answer given for every claim covers the new one
    assert {claim.answer for claim in decision.case.claims} == {Answer.FOUNDED}


def test_what_no_longer_fits_the_case_is_named_and_can_be_sent_back(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    (claim,) = case.claims
    proposal = propose(strict, mei, case, now, draft(Outcome.REMOVED, replies={claim.id: Reply(Answer.FOUNDED)}))
    make_notice(strict, case.article, now, "carol@example.com")
    with pytest.raises(Incomplete) as refused, transaction():
        proposals.approve(strict, lin, proposal.id, case.version, now)
    assert [name for name in refused.value.problems if name.startswith("claim-")]
    db.session.rollback()
    assert proposal.state is Fate.OPEN
    with transaction():
        proposals.send_back(strict, lin, proposal.id, "又来了一份通知，请一并答复。", now)
    assert db.session.get_one(CaseDraft, (case.id, mei.id, "decide")).fields == proposal.fields


def test_of_eight_who_approve_at_once_one_does(
    app: Flask, strict: Site, now: datetime, mei: Account, case: Case
) -> None:
    others = [make_member(f"m{n}@example.org", Role.REVIEWER, f"复核{n}").id for n in range(8)]
    proposal = propose(strict, mei, case, now)
    number, version = proposal.id, case.version

    def attempt(member: int) -> Callable[[], int]:
        def work() -> int:
            with transaction():
                return proposals.approve(strict, db.session.get_one(Account, member), number, version, now).id

        return work

    came = at_once(app, [attempt(member) for member in others])
    assert sum(isinstance(answer, int) for answer in came) == 1
    assert sum(isinstance(answer, Conflict) for answer in came) == 7
    assert all("复核" in str(answer) for answer in came if isinstance(answer, Conflict))
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1
    assert db.session.scalar(select(func.count()).select_from(Measure)) == 1
    assert kinds().count("proposal.approved") == 1


def test_approving_and_withdrawing_at_once_do_one_of_both(
    app: Flask, strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    proposal = propose(strict, mei, case, now)
    number, version, mine, theirs = proposal.id, case.version, mei.id, lin.id

    def taking_back() -> str:
        with transaction():
            proposals.withdraw(strict, db.session.get_one(Account, mine), number, now)
        return "withdrawn"

    def approving() -> str:
        with transaction():
            proposals.approve(strict, db.session.get_one(Account, theirs), number, version, now)
        return "approved"

    came = at_once(app, [taking_back, approving])
    (done,) = [answer for answer in came if isinstance(answer, str)]
    (late,) = [answer for answer in came if isinstance(answer, Exception)]
    assert isinstance(late, InvalidTransition)
    db.session.rollback()
    assert db.session.get_one(Proposal, number).state == done
    assert (db.session.get_one(Case, case.id).decided_at is not None) is (done == "approved")


def test_whoever_can_decide_no_more_decides_nothing_by_another(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    proposal = propose(strict, mei, case, now)
    with transaction():
        recusals.put(mei, mei.id, About.ARTICLE, "yi-pian", now)
    with pytest.raises(InvalidTransition, match="梅现在不能"), transaction():
        proposals.approve(strict, lin, proposal.id, case.version, now)


def test_neither_of_the_two_rules_on_the_appeal(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    approve(strict, lin, propose(strict, mei, case, now), now)
    assert appeals.deciders(case) == {mei.id, lin.id}


def test_undo_counts_from_the_approval_and_gives_the_proposal_back(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    before = client.get(PATH).data
    proposal = propose(strict, mei, case, now)
    later = now + DAY / 2
    approve(strict, lin, proposal, later)
    assert undo.until(strict, case) == later + timedelta(seconds=60)
    assert set(db.session.scalars(select(Mail.due_at).where(Mail.cause.startswith("decision:")))) == {
        later + timedelta(seconds=60)
    }
    with transaction():
        undo.undo(strict, lin, case.id, case.version, later + SOON)
    assert client.get(PATH).data == before
    assert (proposal.state, proposal.decision_id, proposal.ended_by_id) == (Fate.OPEN, None, None)
    assert running(ClockKind.APPROVAL) == [now + DAY]
    assert db.session.scalar(select(func.count()).select_from(CaseDraft)) == 0
    assert appeals.deciders(case) == set()
    approve(strict, lin, proposal, later + SOON)
    assert client.get(PATH).status_code == 410
    assert trail.fault() is None


def test_a_start_that_passed_while_it_waited_means_at_once(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    proposal = propose(strict, mei, case, now, draft(Outcome.REMOVED, starts_at=now + timedelta(hours=5)))
    approve(strict, lin, proposal, now + timedelta(hours=6))
    assert client.get(PATH).status_code == 410


def test_restoring_can_need_a_second_too(
    strict: Site, site: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    with transaction():
        decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD), now)
    later = now + DAY
    proposal = propose(strict, mei, case, later, draft(Outcome.RESTORED))
    assert (case.state, client.get(PATH).status_code) == (State.DECIDED, 451)
    approve(strict, lin, proposal, later)
    assert client.get(PATH).status_code == 200


def test_who_agreed_to_a_decision_does_not_read_it_a_second_time(
    strict: Site, mei: Account, lin: Account, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SHARE", 100)
    he = make_member("he@example.org", name="何")
    approve(strict, lin, propose(strict, mei, case, now), now)
    with transaction():
        samples.draw(strict, now + timedelta(hours=1))
    assert [bool(samples.waiting(each)) for each in (mei, lin, he)] == [False, False, True]
