"""Four eyes: proposed without effect, approved by one other as the same act, sent back, withdrawn, or left to the clock."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import draft, stored
from tests.staff import PASSAGE, at_once, make_case, make_member, make_notice
from tracker.cli.delivery import deliver, do_what_is_due
from tracker.db import db, transaction
from tracker.domain import approval
from tracker.domain.approval import Fate
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import State
from tracker.domain.passages import Passage
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Account, AuditEntry, Case, CaseDraft, Clock, Decision, Mail, MailState, Measure, Proposal
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import appeals, case_drafts, decisions, exchange, proposals, recusals, samples, settings, undo

PATH = "/articles/yi-pian"
DAY, SOON = timedelta(days=1), timedelta(seconds=20)
TYPED = {
    "outcome": "removed", "facts": "写下的事实。", "ground_explanation": "为什么。", "to_notifier": "只给通知人。",
    "to_publisher": "只给发布者。", "public": "公开的话。", "rationale": "内部。", "claim-0": "founded", "passages": "原文",
    "csrf_token": "secret", "version": "1", "key": "k",
}  # fmt: skip


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member()


@pytest.fixture
def lin(app: Flask) -> Account:
    return make_member("lin@example.org", Role.REVIEWER, "林")


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


@pytest.fixture
def strict(site: Site, now: datetime) -> Site:
    return ask_for(site, now, outcomes="removed\nwithheld\nlabelled\npassage_withheld\nrestored")


def ask_for(site: Site, now: datetime, **said: str) -> Site:
    admin = make_member("jia@example.org", Role.ADMIN, "贾")
    with transaction():
        settings.put(site, admin, 0, {f"approval_{name}": value for name, value in said.items()}, now)
    return settings.in_force(site)


def propose(site: Site, account: Account, case: Case, now: datetime, written: Draft | None = None) -> Proposal:
    with transaction():
        made = proposals.submit(site, account, case.id, case.version, written or draft(Outcome.REMOVED), TYPED, now)
    assert isinstance(made, Proposal)
    return made


def asked() -> list[tuple[str, MailState]]:
    """Return who was told that a proposal waits, and what became of that mail."""
    found = select(Mail.recipient, Mail.state).where(Mail.name == "proposal_waits").order_by(Mail.recipient)
    return [(row[0], row[1]) for row in db.session.execute(found)]


def approve(site: Site, account: Account, proposal: Proposal, now: datetime, version: int | None = None) -> Decision:
    with transaction():
        return proposals.approve(site, account, proposal.id, version or proposal.case.version, now)


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def running(kind: ClockKind) -> list[datetime]:
    return list(db.session.scalars(select(Clock.due_at).where(Clock.kind == kind, Clock.stopped_at.is_(None))))


# which decisions


def test_nobody_is_asked_for_unless_the_settings_say_so(site: Site, now: datetime, mei: Account, case: Case) -> None:
    with transaction():
        made = proposals.submit(site, mei, case.id, case.version, draft(Outcome.REMOVED), TYPED, now)
    assert isinstance(made, Decision)
    assert db.session.scalar(select(func.count()).select_from(Proposal)) == 0


def test_deciding_alone_is_refused_whoever_calls(strict: Site, now: datetime, mei: Account, case: Case) -> None:
    with pytest.raises(NotPermitted, match="两个人"), transaction():
        decisions.decide(strict, mei, case.id, case.version, draft(Outcome.REMOVED), now)
    with transaction():
        decisions.decide(strict, mei, case.id, case.version, draft(Outcome.DECLINED), now)
    assert case.outcome is Outcome.DECLINED


def test_an_interim_measure_never_needs_a_second(site: Site, now: datetime, mei: Account) -> None:
    strict = ask_for(site, now, categories="minor")
    case = make_case(site, now, category=CategoryName.MINOR)
    with transaction():
        made = proposals.submit(strict, mei, case.id, case.version, draft(Outcome.INTERIM), TYPED, now)
    assert isinstance(made, Decision)
    with pytest.raises(NotPermitted), transaction():
        decisions.decide(strict, mei, case.id, case.version, draft(Outcome.DECLINED), now)


# proposing


def test_a_proposal_keeps_everything_and_has_no_effect(
    strict: Site, now: datetime, mei: Account, case: Case, client: FlaskClient
) -> None:
    with transaction():
        case_drafts.save(mei, case.id, case_drafts.DECIDING, TYPED, now)
    limits = {clock.kind: clock.due_at for clock in case.clocks if clock.kind is not ClockKind.TRIAGE}
    untouched = ("case", "clock", "item", "line", "audit_entry", "audit_head", "proposal", "case_draft", "mail")
    before, page = stored(*untouched), client.get(PATH).data
    proposal = propose(strict, mei, case, now)
    assert stored(*untouched) == before  # no decision, measure, claim or page
    assert asked() == [("jia@example.org", MailState.QUEUED)]  # and nobody told but who may approve it
    assert client.get(PATH).data == page
    assert (case.state, case.outcome, case.version, case.assignee_id) == (State.IN_REVIEW, None, 2, mei.id)
    assert (proposal.state, proposal.case_version, proposal.outcome) == (Fate.OPEN, 2, Outcome.REMOVED)
    assert proposal.fields == {name: TYPED[name] for name in TYPED if name not in {"csrf_token", "version", "key"}}
    assert approval.read(proposal.draft) == draft(Outcome.REMOVED)
    assert db.session.get(CaseDraft, (case.id, mei.id, "decide")) is None
    assert running(ClockKind.APPROVAL) == [now + DAY]
    still = {c.kind: c.due_at for c in case.clocks if c.stopped_at is None and c.kind is not ClockKind.APPROVAL}
    assert still == limits  # the law's run on
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.actor) == ("proposal.made", f"account:{mei.id}")
    assert entry.facts == {
        "case": case.id, "proposal": proposal.id, "proposed": "removed", "from": "received", "to": "in_review",
    }  # fmt: skip
    assert trail.fault() is None


@pytest.mark.parametrize(
    ("outcome", "said", "error"),
    [
        (Outcome.REMOVED, {"facts": "短"}, Incomplete),
        (Outcome.REMOVED, {"replies": {}}, Incomplete),
        (Outcome.PASSAGE_WITHHELD, {"terms": Terms(passages=(Passage("文中没有这句话"),))}, Incomplete),
        (Outcome.RESTORED, {}, InvalidTransition),
    ],
)
def test_what_could_not_be_decided_is_not_proposed(
    strict: Site,
    now: datetime,
    mei: Account,
    case: Case,
    outcome: Outcome,
    said: Mapping[str, Any],
    error: type[Exception],
) -> None:
    before = stored()
    with pytest.raises(error), transaction():
        proposals.submit(strict, mei, case.id, case.version, draft(outcome, **said), TYPED, now)
    assert stored() == before


def test_one_proposal_at_a_time_and_the_second_is_told_whose(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    propose(strict, mei, case, now)
    with pytest.raises(Conflict, match="梅已在"), transaction():
        proposals.submit(strict, lin, case.id, case.version, draft(Outcome.WITHHELD), TYPED, now)
    with pytest.raises(Conflict, match="改动了"), transaction():
        proposals.submit(strict, lin, case.id, 1, draft(Outcome.WITHHELD), TYPED, now)


def test_urgent_cases_wait_for_a_shorter_time(site: Site, now: datetime, mei: Account) -> None:
    strict = ask_for(site, now, outcomes="removed")
    case = make_case(site, now, category=CategoryName.MINOR)
    propose(strict, mei, case, now)
    assert running(ClockKind.APPROVAL) == [now + timedelta(hours=4)]


# approving


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


# sent back, withdrawn, overtaken


def test_sent_back_its_writer_has_the_text_again_and_a_mail(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, client: FlaskClient
) -> None:
    proposal = propose(strict, mei, case, now)
    with transaction():
        case_drafts.save(mei, case.id, "decide", {"facts": "后来又写的"}, now)
    with pytest.raises(Incomplete), transaction():
        proposals.send_back(strict, lin, proposal.id, " ", now)
    with transaction():
        proposals.send_back(strict, lin, proposal.id, "第二段没有核对。", now)
    assert (proposal.state, proposal.reason, proposal.ended_by_id) == (Fate.RETURNED, "第二段没有核对。", lin.id)
    assert db.session.get_one(CaseDraft, (case.id, mei.id, "decide")).fields["to_publisher"] == "只给发布者。"
    assert db.session.get_one(CaseDraft, (case.id, mei.id, "decide-before")).fields == {"facts": "后来又写的"}
    (told,) = db.session.scalars(select(Mail).where(Mail.name == "proposal_returned"))
    assert told.recipient == mei.email
    assert "核对" not in told.text
    assert running(ClockKind.APPROVAL) == []
    assert kinds()[-1] == "proposal.returned"
    assert client.get(PATH).status_code == 200
    for act in (proposals.approve, proposals.send_back):
        with pytest.raises(InvalidTransition, match="不再等待"), transaction():
            act(strict, lin, proposal.id, case.version if act is proposals.approve else "再退一次。", now)  # type: ignore[operator]
    propose(strict, mei, case, now)


@pytest.mark.parametrize("end", ["approved", "returned", "withdrawn", "overtaken", "sent"])
def test_who_may_approve_is_told_that_it_waits_and_no_longer_once_it_does_not(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case, end: str
) -> None:
    partial = make_member("hua@example.org", Role.REVIEWER, "华")
    with transaction():
        recusals.put(partial, partial.id, About.ARTICLE, "yi-pian", now)
    proposal = propose(strict, mei, case, now)
    everybody = ["jia@example.org", "lin@example.org"]
    assert asked() == [(email, MailState.QUEUED) for email in everybody]
    (told,) = db.session.scalars(select(Mail).where(Mail.name == "proposal_waits", Mail.recipient == lin.email))
    assert f"/desk/cases/{case.id}" in told.text
    assert draft(Outcome.REMOVED).facts not in told.text
    if end == "sent":
        deliver(strict, now)
    with transaction():
        if end == "overtaken":
            decisions.decide(strict, lin, case.id, case.version, draft(Outcome.DECLINED), now)
        elif end == "returned":
            proposals.send_back(strict, lin, proposal.id, "第二段没有核对。", now)
        elif end == "withdrawn":
            proposals.withdraw(strict, mei, proposal.id, now)
        else:
            proposals.approve(strict, lin, proposal.id, case.version, now)
    state = MailState.SENT if end == "sent" else MailState.CANCELLED
    assert asked() == [(email, state) for email in everybody]


def test_the_maintainers_are_reminded_before_it_takes_effect(
    strict: Site, now: datetime, mei: Account, case: Case
) -> None:
    propose(strict, mei, case, now)
    for hours, words in ((20, False), (21, True)):
        do_what_is_due(strict, now + timedelta(hours=hours))
        reminded = select(Mail.id).where(Mail.name == "attention", Mail.cause.contains(":near:"))
        assert bool(db.session.scalars(reminded).all()) is words


def test_withdrawn_it_is_a_draft_again(strict: Site, now: datetime, mei: Account, lin: Account, case: Case) -> None:
    proposal = propose(strict, mei, case, now)
    with transaction():
        proposals.withdraw(strict, mei, proposal.id, now)
    assert proposal.state is Fate.WITHDRAWN
    assert db.session.get_one(CaseDraft, (case.id, mei.id, "decide")).fields == proposal.fields
    assert (kinds()[-1], running(ClockKind.APPROVAL)) == ("proposal.withdrawn", [])
    with pytest.raises(InvalidTransition), transaction():
        proposals.approve(strict, lin, proposal.id, case.version, now)


def test_another_decision_or_the_end_of_the_case_overtakes_it(
    strict: Site, now: datetime, mei: Account, lin: Account, case: Case
) -> None:
    proposal = propose(strict, mei, case, now)
    with transaction():
        decisions.decide(strict, lin, case.id, case.version, draft(Outcome.DECLINED), now)
    assert (proposal.state, running(ClockKind.APPROVAL)) == (Fate.OVERTAKEN, [])
    with transaction():
        undo.undo(strict, lin, case.id, case.version, now + SOON)
    assert (proposal.state, running(ClockKind.APPROVAL)) == (Fate.OPEN, [now + DAY])
    with transaction():
        exchange.withdraw(strict, case.items[0].notice, [case.items[0].id], now, "w" * 24)
    assert case.closed_at is not None
    assert proposal.state is Fate.OVERTAKEN
    assert running(ClockKind.APPROVAL) == []


# nobody answers


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


def test_parties_learn_nothing_of_it(app: Flask, strict: Site, now: datetime, mei: Account, case: Case) -> None:
    propose(strict, mei, case, now)
    notice = case.items[0].notice
    code = strict.keys.secret("notice", notice.reference, notice.key_epoch)
    receipt = app.test_client().post(f"/receipts/{notice.reference}", data={"code": code})
    secret = strict.keys.secret("publisher", str(case.id), strict.keys.epoch)
    publisher = app.test_client().post(f"/publisher/{case.id}", data={"code": secret})
    assert [receipt.status_code, publisher.status_code] == [200, 200]
    assert notice.reference in receipt.text
    for text in (receipt.text, publisher.text):
        assert "第二个人" not in text
        assert "批准" not in text
    waiting = select(Mail.text).where(Mail.state == MailState.QUEUED, Mail.name != "proposal_waits")
    assert not [text for text in db.session.scalars(waiting) if "第二个人" in text]
    assert EVERY_OTHER in approval.read(db.session.scalars(select(Proposal.draft)).one()).replies


def test_who_agreed_to_a_decision_does_not_read_it_a_second_time(
    strict: Site, mei: Account, lin: Account, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SHARE", 100)
    he = make_member("he@example.org", name="何")
    approve(strict, lin, propose(strict, mei, case, now), now)
    with transaction():
        samples.draw(strict, now + timedelta(hours=1))
    assert [bool(samples.waiting(each)) for each in (mei, lin, he)] == [False, False, True]
