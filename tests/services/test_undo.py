"""Taking a decision back: everything it did, within its window, and nothing when it is too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.factories import draft
from tests.services.test_counters import US
from tests.services.test_defamation import REFUSAL, UK
from tests.services.test_serving import running, send
from tests.staff import at_once, confirm, make_case, make_member, make_notice
from tracker.db import Base, db, transaction
from tracker.domain import terms
from tracker.domain.calendars import end_of
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.errors import Conflict, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import ItemState, State
from tracker.domain.standing import Side
from tracker.mail.replies import Fate
from tracker.models import Account, AuditEntry, Case, CaseDraft, Clock, Decision, Line, Mail, MailState, Measure
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import case_drafts, cases, claims, decisions, exchange, mails, publishers, standings, undo

PATH = "/articles/yi-pian"
SOON = timedelta(seconds=59)
FIRST = [outcome for outcome in Outcome if outcome is not Outcome.RESTORED]


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    found = make_case(site, now, category=CategoryName.MINOR)
    make_notice(site, found.article, now, "bob@example.com", category=CategoryName.MINOR)
    return found


def decide(site: Site, account: Account, case: Case, outcome: Outcome, now: datetime, **said: Any) -> Decision:
    with transaction():
        return decisions.decide(site, account, case.id, case.version, draft(outcome, **said), now)


def take_back(site: Site, account: Account, case: Case, now: datetime) -> Decision:
    """Undo; the worker made no page in between, but does now."""
    with transaction():
        undone = undo.undo(site, account, case.id, case.version, now)
    factories.refresh(site, now)
    return undone


KEPT = frozenset({"audit_entry", "audit_head", "decision", "measure", "mail", "case_draft", "search_task", "line"})
"""The tables that remember an act that was undone: what was written for it is a draft again, index and queue follow."""


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return all there is but the memory of what was undone, and who touched the case last."""
    db.session.rollback()
    found = {}
    for name, table in Base.metadata.tables.items():
        if name not in KEPT:
            columns = [c for c in table.columns if c.name not in {"version", "changed_at", "changed_by"}]
            found[name] = sorted(map(tuple, db.session.execute(select(*columns))), key=repr)
    return found


@pytest.mark.parametrize("is_taken_up", [False, True])
@pytest.mark.parametrize("outcome", FIRST)
def test_undoing_a_decision_undoes_everything(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient, outcome: Outcome, is_taken_up: bool
) -> None:
    lin = make_member("lin@example.org", name="林")
    confirm("anna@example.com", now)
    if is_taken_up:
        with transaction():
            cases.take_up(site, lin, case.id, case.version, now)
    before, page, version = everything(), client.get(PATH), case.version
    decision = decide(site, mei, case, outcome, now, is_manifest=True)
    assert everything() != before
    undone = take_back(site, mei, case, now + SOON)
    assert undone is decision
    assert everything() == before
    line = db.session.get_one(Line, case.id)
    assert (line.is_open, line.state, line.ended_at) == (True, case.state, None)
    after = client.get(PATH)
    assert (after.status_code, after.data, after.headers["ETag"]) == (200, page.data, page.headers["ETag"])
    assert case.version == version + 2
    assert decision.undone_at == now + SOON
    assert case.decisions == []
    assert all(measure.ends_at == now + SOON for measure in db.session.scalars(select(Measure)))
    about = db.session.scalars(select(Mail).where(Mail.cause.startswith("decision:"))).all()
    assert about
    assert {mail.state for mail in about} == {MailState.CANCELLED}
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.actor) == ("case.undone", f"account:{mei.id}")
    assert entry.facts["to"] == case.state
    assert case.state is cases.fold(cases._standing(case))
    assert standings.factors("anna@example.com", Side.NOTIFIER, now + SOON) == standings.Factors(0, 1)
    assert standings.factors("editors@example.org", Side.PUBLISHER, now + SOON).number == 0
    assert trail.fault() is None
    assert factories.stale_paths(site, now + SOON) == []


def test_undoing_takes_back_the_notice_that_went_to_the_publisher_with_the_measure(
    site: Site, now: datetime, mei: Account
) -> None:
    copied = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    before, passed_on = everything(), select(Mail).where(Mail.name == "forwarded").order_by(Mail.id)
    decide(site, mei, copied, Outcome.WITHHELD, now)
    (sent,) = db.session.scalars(passed_on)
    assert (sent.state, sent.due_at) == (MailState.QUEUED, now + timedelta(seconds=site.config.decision_grace))
    take_back(site, mei, copied, now + SOON)
    assert everything() == before
    decide(site, mei, copied, Outcome.WITHHELD, now + 2 * SOON)  # it was never sent, so it goes out now
    assert [each.state for each in db.session.scalars(passed_on)] == [MailState.CANCELLED, MailState.QUEUED]


def test_undoing_takes_back_the_refusal_that_was_passed_on_with_the_decision(
    site: Site, now: datetime, mei: Account
) -> None:
    british = make_case(site, now, **UK)
    with transaction():
        cases.take_up(site, mei, british.id, british.version, now)
    with transaction():
        publishers.ask(site, mei, british.id, british.version, now, "f")
    with transaction():
        publishers.reply(site, british, "", REFUSAL, [], now, "r")
    before, passed_on = everything(), select(Mail.state).where(Mail.name == "publisher_refused").order_by(Mail.id)
    decide(site, mei, british, Outcome.DECLINED, now)
    assert british.replies[0].told_at == now
    take_back(site, mei, british, now + SOON)
    assert everything() == before
    decide(site, mei, british, Outcome.DECLINED, now + 2 * SOON)
    assert db.session.scalars(passed_on).all() == [MailState.CANCELLED, MailState.QUEUED]


@pytest.mark.parametrize("outcome", [o for o in FIRST if o not in {Outcome.DECLINED, Outcome.INTERIM}])
def test_undoing_a_restoration_brings_the_measure_back(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient, outcome: Outcome
) -> None:
    first = decide(site, mei, case, outcome, now)
    factories.refresh(site, now)
    before, page = everything(), client.get(PATH)
    later = now + timedelta(days=3)
    decide(site, mei, case, Outcome.RESTORED, later)
    take_back(site, mei, case, later + SOON)
    assert everything() == before
    after = client.get(PATH)
    assert (after.status_code, after.data) == (page.status_code, page.data)
    measure = db.session.scalars(select(Measure)).one()
    assert (measure.ends_at, measure.ended_by_id, case.decisions) == (None, None, [first])


def test_the_final_decision_undone_leaves_what_was_done_meanwhile(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient
) -> None:
    decide(site, mei, case, Outcome.INTERIM, now)
    factories.refresh(site, now)
    before = everything()
    decide(site, mei, case, Outcome.DECLINED, now + timedelta(days=1))
    assert client.get(PATH).status_code == 200
    take_back(site, mei, case, now + timedelta(days=1) + SOON)
    assert client.get(PATH).status_code == 451
    assert everything() == before
    assert case.state is State.IN_REVIEW


def test_what_a_mail_did_meanwhile_stays(site: Site, now: datetime, mei: Account, case: Case) -> None:
    acknowledged = db.session.scalars(select(Mail).where(Mail.name == "acknowledgement").order_by(Mail.id)).first()
    assert acknowledged is not None
    with transaction():
        exchange.ask_info(site, mei, case.items[1].id, case.version, "请补充。", now, "a")
    question = db.session.scalars(select(Mail).where(Mail.name == "needs_info")).one()
    decide(site, mei, case, Outcome.WITHHELD, now)
    send(site, acknowledged, Fate.SENT, now + SOON / 2)
    send(site, question, Fate.BOUNCE, now + SOON / 2)
    take_back(site, mei, case, now + SOON)
    runs = running(case)
    assert f"deliver/mail:{question.id}" in runs
    assert f"info_wait/item:{case.items[1].id}" in runs
    assert f"ack/notice:{acknowledged.notice_id}" not in runs
    assert "appeal_window/case" not in runs


def test_a_decision_undone_can_be_taken_anew(
    site: Site, now: datetime, mei: Account, case: Case, client: FlaskClient
) -> None:
    decide(site, mei, case, Outcome.WITHHELD, now)
    take_back(site, mei, case, now + SOON)
    decide(site, mei, case, Outcome.DECLINED, now + SOON)
    assert client.get(PATH).status_code == 200
    assert [decision.outcome for decision in case.decisions] == [Outcome.DECLINED]
    waiting = select(Mail.name).where(Mail.cause.startswith("decision:"), Mail.state == MailState.QUEUED)
    assert set(db.session.scalars(waiting)) == {"decision"}
    assert {item.state for item in case.items} == {ItemState.ANSWERED}


def test_mails_wait_until_the_window_is_over(site: Site, now: datetime, mei: Account, case: Case) -> None:
    for _ in range(4):  # what was queued before the decision
        with transaction():
            mails.claim(now)
    decide(site, mei, case, Outcome.WITHHELD, now)
    due = set(db.session.scalars(select(Mail.due_at).where(Mail.cause.startswith("decision:"))))
    assert due == {now + timedelta(seconds=60)}
    with transaction():
        assert mails.claim(now + SOON) is None
    with transaction():
        assert mails.claim(now + timedelta(seconds=60)) is not None


def refused(site: Site, account: Account, case: Case, now: datetime, match: str, version: int | None = None) -> None:
    db.session.rollback()
    before = everything()
    seen = case.version if version is None else version
    with pytest.raises((Conflict, InvalidTransition, NotPermitted), match=match), transaction():
        undo.undo(site, account, case.id, seen, now)
    assert everything() == before


def test_it_is_too_late_when_the_window_is_over(site: Site, now: datetime, mei: Account, case: Case) -> None:
    decide(site, mei, case, Outcome.WITHHELD, now)
    refused(site, mei, case, now + timedelta(seconds=60), "时间已经过了")


def test_it_is_too_late_when_a_mail_is_on_its_way(site: Site, now: datetime, mei: Account, case: Case) -> None:
    decide(site, mei, case, Outcome.WITHHELD, now)
    with transaction():
        sent = db.session.scalars(select(Mail).where(Mail.cause.startswith("decision:")).limit(1)).one()
        sent.attempts = 1
    refused(site, mei, case, now + SOON, "已经在路上")


def test_somebody_who_changed_the_case_is_named(site: Site, now: datetime, mei: Account, case: Case) -> None:
    decide(site, mei, case, Outcome.INTERIM, now)
    seen = case.version
    make_notice(site, case.article, now, "carol@example.com", category=CategoryName.MINOR)
    refused(site, mei, case, now + SOON, "通知人", seen)
    refused(site, mei, case, now + SOON, "不是可以撤销的决定")


def test_there_is_nothing_to_undo_without_a_decision_and_nothing_twice(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    refused(site, mei, case, now, "不是可以撤销的决定")
    decide(site, mei, case, Outcome.DECLINED, now)
    seen = case.version
    take_back(site, mei, case, now + SOON)
    refused(site, mei, case, now + SOON, "梅", seen)
    refused(site, mei, case, now + SOON, "不是可以撤销的决定")


def test_the_editor_of_the_article_takes_nothing_back(site: Site, now: datetime, mei: Account, case: Case) -> None:
    editor = make_member("editors@example.org", name="编")
    decide(site, mei, case, Outcome.WITHHELD, now)
    refused(site, editor, case, now + SOON, "利害关系")


def test_the_task_of_a_publisher_without_an_address_is_taken_back_with_its_mail(
    site: Site, now: datetime, mei: Account
) -> None:
    said = US | {"country": "CN", "stmt_authority_perjury": ""}
    case = make_case(site, now, "wu", category=CategoryName.COPYRIGHT, **said)
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = ""
    decide(site, mei, case, Outcome.WITHHELD, now)
    told = select(Mail).where(Mail.name == "attention")
    assert {each.due_at for each in db.session.scalars(told)} == {now + timedelta(seconds=60)}
    take_back(site, mei, case, now + SOON)
    assert {each.state for each in db.session.scalars(told)} == {MailState.CANCELLED}
    deliver = select(Clock.id).where(Clock.kind == ClockKind.DELIVER, Clock.stopped_at.is_(None))
    assert db.session.scalars(deliver).all() == []


def test_until_says_how_long(site: Site, now: datetime, mei: Account, case: Case) -> None:
    assert undo.until(site, case) is None
    decide(site, mei, case, Outcome.WITHHELD, now)
    assert undo.until(site, case) == now + timedelta(seconds=60)
    make_notice(site, case.article, now, "carol@example.com", category=CategoryName.OTHER_ILLEGAL)
    assert undo.until(site, case) == now + timedelta(seconds=60), "another case is another matter"
    take_back(site, mei, case, now + SOON)
    assert undo.until(site, case) is None


def test_of_eight_who_undo_at_once_one_does(app: Flask, site: Site, now: datetime, mei: Account, case: Case) -> None:
    members = [make_member(f"m{n}@example.org", name=f"审核员{n}").id for n in range(8)]
    decide(site, mei, case, Outcome.WITHHELD, now)
    number, version = case.id, case.version

    def attempt(member: int) -> Callable[[], int]:
        def work() -> int:
            with transaction():
                account = db.session.get_one(Account, member)
                return undo.undo(site, account, number, version, now + SOON).id

        return work

    came = at_once(app, [attempt(member) for member in members])
    assert sum(isinstance(answer, int) for answer in came) == 1
    assert sum(isinstance(answer, Conflict) for answer in came) == 7


@pytest.mark.parametrize("outcome", sorted(MEASURES))
def test_what_an_undone_measure_said_stands_in_the_form_again(
    site: Site, now: datetime, mei: Account, case: Case, outcome: Outcome
) -> None:
    until = end_of(now.date() + timedelta(days=30), site.zone)
    written = replace(draft(outcome), ends_at=until)
    with transaction():
        decisions.decide(site, mei, case.id, case.version, written, now)
    take_back(site, mei, case, now + SOON)
    kept = db.session.get_one(CaseDraft, (case.id, mei.id, case_drafts.DECIDING)).fields
    assert kept["ends"] == f"{now.date() + timedelta(days=30)}"
    assert "starts" not in kept
    again = terms.passages(kept.get("passages", ""), kept.get("replacements", ""))
    assert again == written.terms.passages
    for name in ("label", "words", "speaker", "speaker_name"):
        assert kept.get(name, "") == getattr(written.terms, name), name


@pytest.mark.parametrize(
    ("outcome", "facts", "why"),
    [(Outcome.WITHHELD, "查证属实", "停止展示"), (Outcome.INTERIM, "还没有作出结论", "暂停展示")],
)
def test_what_followed_from_the_answers_follows_from_what_is_decided_next(
    site: Site, now: datetime, mei: Account, case: Case, outcome: Outcome, facts: str, why: str
) -> None:
    answered = {EVERY_OTHER: Reply(Answer.FOUNDED, "查证属实。")}
    empty = draft(outcome, facts="", ground_explanation="", replies=answered)
    with transaction():
        decided = decisions.decide(site, mei, case.id, case.version, claims.filled(case.id, empty), now)
    assert facts in decided.facts
    assert why in decided.ground_explanation
    take_back(site, mei, case, now + SOON)
    kept = db.session.get_one(CaseDraft, (case.id, mei.id, case_drafts.DECIDING)).fields
    assert not kept.get("facts")
    assert not kept.get("ground_explanation")
