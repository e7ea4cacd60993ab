"""What is typed on a case: kept by person and form, handed on, dropped with the act that sends it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import decide, draft
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import DomainError, Incomplete, NotFound
from tracker.models import Account, AuditEntry, Case, CaseDraft, Exposure, Mail, Message
from tracker.queries.typed import typed
from tracker.render.site import Site
from tracker.services import case_drafts, cases, decisions, due, exposures, letters, upkeep

FIELDS = {"facts": "写了一半的事实", "outcome": "declined", "csrf_token": "x", "version": "1", "key": "k", "empty": " "}


@pytest.fixture
def lin(site: Site) -> Account:
    return make_member("lin@example.org", name="林")


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


def save(account: Account, case: Case, form: str, fields: dict[str, str], now: datetime) -> bool:
    with transaction():
        return case_drafts.save(account, case.id, form, fields, now)


def drafts() -> dict[tuple[int, str], dict[str, str]]:
    db.session.rollback()
    return {(row.account_id, row.form): row.fields for row in db.session.scalars(select(CaseDraft))}


def test_a_draft_is_kept_by_person_and_form_and_touches_nothing_else(
    mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    version, entries = case.version, len(db.session.scalars(select(AuditEntry)).all())
    assert save(mei, case, "decide", FIELDS, now)
    assert save(mei, case, "note", {"text": "备注"}, now)
    assert save(lin, case, "decide", {"facts": "林写的"}, now)
    assert save(mei, case, "decide", FIELDS | {"facts": "写完了"}, now + timedelta(minutes=1))
    assert drafts() == {
        (mei.id, "decide"): {"facts": "写完了", "outcome": "declined"},
        (mei.id, "note"): {"text": "备注"},
        (lin.id, "decide"): {"facts": "林写的"},
    }
    assert (case.version, len(db.session.scalars(select(AuditEntry)).all())) == (version, entries)


def test_a_form_that_was_emptied_has_no_draft(mei: Account, case: Case, now: datetime) -> None:
    save(mei, case, "note", {"text": "备注"}, now)
    assert not save(mei, case, "note", {"text": " \n", "csrf_token": "x"}, now)
    assert drafts() == {}


def test_what_no_form_is_called_is_refused(mei: Account, case: Case, now: datetime) -> None:
    for form in ("", "../x", "A", "x" * 61 + "!", "a-b-c-d-e-f-g"):
        with pytest.raises(NotFound):
            save(mei, case, form, {"text": "x"}, now)
    with pytest.raises(NotFound), transaction():
        case_drafts.save(mei, 999, "note", {"text": "x"}, now)
    with pytest.raises(DomainError):
        save(mei, case, "note", {"text": "字" * 100_001}, now)


def test_a_colleague_goes_on_with_a_draft_and_nothing_is_lost(
    mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    save(lin, case, "decide", {"facts": "林写的"}, now)
    save(mei, case, "decide", {"facts": "梅写的"}, now)
    with transaction():
        case_drafts.take_over(mei, case.id, lin.id, "decide", now)
    assert drafts() == {
        (mei.id, "decide"): {"facts": "林写的"},
        (mei.id, "decide-before"): {"facts": "梅写的"},
        (lin.id, "decide"): {"facts": "林写的"},
    }
    found = typed(case, mei)
    assert set(found.own) == {"decide", "decide-before"}
    assert [draft.account_id for draft in found.others] == [lin.id]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "draft.taken_over")).one()
    assert entry.facts == {"case": case.id, "account": lin.id}
    with pytest.raises(NotFound), transaction():
        case_drafts.take_over(mei, case.id, lin.id, "note", now)


def test_a_decision_drops_the_draft_it_was_made_from_and_no_other(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    for account in (mei, lin):
        save(account, case, "decide", {"facts": "写的"}, now)
    with pytest.raises(Incomplete), transaction():
        decisions.decide(site, mei, case.id, case.version, draft(Outcome.DECLINED, replies={}), now)
    assert set(drafts()) == {(mei.id, "decide"), (lin.id, "decide")}
    decide(site, case, Outcome.DECLINED, now, mei)
    assert set(drafts()) == {(lin.id, "decide")}


def test_drafts_go_with_time_and_with_the_personal_data(site: Site, mei: Account, case: Case, now: datetime) -> None:
    save(mei, case, "note", {"text": "备注"}, now)
    with transaction():
        upkeep.tidy(site, now + case_drafts.KEPT - timedelta(seconds=1))
    assert drafts()
    with transaction():
        upkeep.tidy(site, now + case_drafts.KEPT)
    assert drafts() == {}
    save(mei, case, "note", {"text": "备注"}, now)
    with transaction():
        cases.close(site, case, now)
    (purge,) = [clock for clock in case.clocks if clock.stopped_at is None]
    with transaction():
        due.fire(site, purge.id, purge.due_at)
    assert drafts() == {}


def test_uncovered_passages_are_counted_by_person_and_day(
    site: Site, mei: Account, lin: Account, now: datetime
) -> None:
    midnight = datetime.fromisoformat("2026-11-23T23:59:00+08:00")
    with transaction():
        assert [exposures.count(site, mei, midnight) for _ in range(3)] == [1, 2, 3]
        assert exposures.count(site, mei, midnight + timedelta(minutes=1)) == 1
        exposures.count(site, lin, midnight)
    assert (exposures.today(site, mei, midnight), exposures.today(site, lin, midnight)) == (3, 1)
    assert exposures.today(site, lin, midnight + timedelta(days=1)) == 0
    assert {column.name for column in Exposure.__table__.columns} == {"account_id", "day", "number"}


@pytest.mark.parametrize("to_notifier", [True, False])
def test_a_letter_goes_to_one_side_only(
    site: Site, mei: Account, case: Case, now: datetime, *, to_notifier: bool
) -> None:
    version, item = case.version, case.items[0]
    with transaction():
        letters.write(site, mei, case.id, item.id if to_notifier else 0, "请看一下这封信。", now, "l" * 20)
    message = db.session.scalars(select(Message)).one()
    assert (message.notice_id, message.text) == (item.notice_id if to_notifier else None, "请看一下这封信。")
    mails = {mail.recipient for mail in db.session.scalars(select(Mail).where(Mail.name == "letter"))}
    assert mails == ({"anna@example.com"} if to_notifier else {"editors@example.org"})
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.written")).one()
    assert entry.facts == {"case": case.id, "notice": item.notice_id if to_notifier else None}
    assert case.version == version
