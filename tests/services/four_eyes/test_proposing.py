"""Four eyes: proposed without effect, sent back, withdrawn, or overtaken."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import draft, stored
from tests.four_eyes import DAY, PATH, SOON, TYPED, ask_for, asked, kinds, propose, running
from tests.staff import make_case, make_member
from tracker.cli.delivery import deliver, do_what_is_due
from tracker.db import db, transaction
from tracker.domain import approval
from tracker.domain.approval import Fate
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import State
from tracker.domain.passages import Passage
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.domain.visibility import Terms
from tracker.models import Account, AuditEntry, Case, CaseDraft, Decision, Mail, MailState, Proposal
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import case_drafts, decisions, exchange, proposals, recusals, undo


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
