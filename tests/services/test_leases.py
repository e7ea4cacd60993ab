"""Leases: they tell who works on what, and hold nobody up; the next case is everybody's own."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import factories
from tests.notifier import publish
from tests.staff import at_once, make_member, make_notice, signed_in
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotFound, NotPermitted
from tracker.domain.lifecycle import State
from tracker.domain.roles import Role
from tracker.domain.threads import MessageKind
from tracker.models import Account, AuditEntry, Case, Lease, Message, Presence
from tracker.queries import colleagues, people
from tracker.render.site import Site
from tracker.services import decisions, leases, upkeep


@pytest.fixture
def lin(app: Flask) -> Account:
    return make_member("lin@example.org", name="林")


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_notice(site, publish(site, "one", now), now).items[0].case


def claim(site: Site, who: Account, number: int, now: datetime, note: str = "") -> None:
    with transaction():
        leases.claim(site, who, number, now, note, f"{who.id}:{now}")


def trail(kind: str) -> list[dict[str, object]]:
    return list(db.session.scalars(select(AuditEntry.facts).where(AuditEntry.kind == kind).order_by(AuditEntry.seq)))


def test_a_claim_says_who_and_until_when_and_leaves_the_version(
    site: Site, mei: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    assert (case.state, case.assignee_id, case.version) == (State.IN_REVIEW, mei.id, 1)
    held = leases.holder(case.id, now)
    assert held is not None
    assert (held.account_id, held.until) == (mei.id, now + leases.LASTS)
    claim(site, mei, case.id, now + timedelta(minutes=5))  # again: only the lease is renewed
    assert len(trail("case.claimed")) == 1
    assert leases.holder(case.id, now + timedelta(minutes=34)) is not None
    assert leases.holder(case.id, now + timedelta(minutes=36)) is None


def test_another_takes_over_with_a_reason_or_when_the_lease_has_lapsed(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    with pytest.raises(Conflict) as refused:
        claim(site, lin, case.id, now)
    assert refused.value.values == {"who": "梅", "when": "18:00"}
    claim(site, lin, case.id, now, "梅下班了")
    assert case.assignee_id == lin.id
    assert trail("case.taken_over") == [{"case": case.id, "account": mei.id}]
    assert "从梅处接手：梅下班了" in db.session.scalars(select(Message.text)).all()
    assert [(it.case.id, it.who) for it in colleagues.taken_over(mei, now)] == [(case.id, "林")]
    claim(site, mei, case.id, now + leases.LASTS)
    assert case.assignee_id == mei.id
    assert trail("case.taken_over")[1:] == [{"case": case.id, "account": lin.id}]
    assert colleagues.taken_over(mei, now) == []  # it is theirs again
    assert [it.who for it in colleagues.taken_over(lin, now + colleagues.TOLD_FOR)] == ["梅"]
    assert colleagues.taken_over(lin, now + leases.LASTS + colleagues.TOLD_FOR) == []


def test_a_lease_never_blocks_a_save(site: Site, mei: Account, lin: Account, case: Case, now: datetime) -> None:
    claim(site, mei, case.id, now)
    with transaction():
        decisions.decide(site, lin, case.id, 1, factories.draft(Outcome.DECLINED), now)  # a form from before the claim
    assert case.decisions[0].decided_by_id == lin.id
    with pytest.raises(InvalidTransition):
        claim(site, mei, case.id, now)


def test_working_renews_and_only_for_its_holder(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    later = now + timedelta(minutes=20)
    with transaction():
        leases.renew(lin, case.id, later)
    assert leases.holder(case.id, now + leases.LASTS) is None
    with transaction():
        leases.renew(mei, case.id, later)
    assert leases.holder(case.id, now + leases.LASTS) is not None
    after = later + leases.LASTS
    with transaction():
        leases.renew(lin, case.id, after)
    assert leases.holder(case.id, after) is None
    with transaction():
        leases.renew(mei, case.id, after)  # lapsed, but still the assignee's
    assert leases.holder(case.id, after) is not None


def test_a_case_is_handed_over_with_its_lease(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    with transaction():
        leases.hand_over(site, mei, case.id, lin.id, "请接着看合同", now, "k" * 20)
    held = leases.holder(case.id, now)
    assert held is not None
    assert (case.assignee_id, held.account_id, case.version) == (lin.id, lin.id, 1)
    assert trail("case.handed_over") == [{"case": case.id, "account": lin.id}]
    note = db.session.scalars(select(Message).where(Message.kind == MessageKind.NOTE)).one()
    assert note.text == "交给林：请接着看合同"
    auditor = make_member("audit@example.org", role=Role.AUDITOR, name="审")
    assert auditor not in people.deciders()
    for nobody in (0, 999, auditor.id):
        with pytest.raises(Incomplete), transaction():
            leases.hand_over(site, mei, case.id, nobody, "", now, "x" * 20)
    with pytest.raises(NotFound), transaction():
        leases.hand_over(site, mei, 999, lin.id, "", now, "x" * 20)
    editor = make_member("editors@example.org", name="编辑")
    with pytest.raises(NotPermitted), transaction():
        leases.hand_over(site, mei, case.id, editor.id, "", now, "x" * 20)


def test_who_had_a_case_that_somebody_else_hands_on_is_told(
    app: Flask, site: Site, mei: Account, lin: Account, case: Case, now: datetime, stopped_clock: None
) -> None:
    wu = make_member("wu@example.org", name="吴")
    claim(site, mei, case.id, now)
    for later, key in ((now, "a" * 20), (now + leases.LASTS, "b" * 20)):  # held, and no longer held but still theirs
        with transaction():
            leases.hand_over(site, lin, case.id, wu.id, "", later, key)
        assert [(it.case.id, it.who, it.has) for it in colleagues.taken_over(mei, later)] == [(case.id, "林", "吴")]
        assert trail("case.taken_over")[-1] == {"case": case.id, "account": mei.id}
        shown = unescape(re.sub(r"<[^>]+>", "", signed_in(app, mei).get("/desk/").text))
        assert "原来由您审核，林于" in shown
        assert "现在由吴审核。" in shown
        with transaction():
            leases.hand_over(site, wu, case.id, mei.id, "", later, f"{key}back")
    with transaction():  # by those who give it away, or get it, nothing was taken
        leases.hand_over(site, lin, case.id, mei.id, "", now, "c" * 20)
    assert len(trail("case.taken_over")) == 2
    assert (colleagues.taken_over(wu, now), colleagues.taken_over(lin, now)) == ([], [])


def test_a_case_is_given_back_by_its_own_moderator(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    with transaction():
        leases.release(site, lin, case.id, now)
    assert case.assignee_id == mei.id
    with transaction():
        leases.release(site, mei, case.id, now)
    assert (case.assignee_id, case.state, leases.holder(case.id, now)) == (None, State.IN_REVIEW, None)
    assert trail("case.released") == [{"case": case.id}]


def test_the_next_case_is_the_best_that_is_free(site: Site, mei: Account, lin: Account, now: datetime) -> None:
    article = publish(site, "one", now)
    late, soon, urgent, waits = (
        make_notice(site, article, now - timedelta(hours=hours), category=name).items[0].case_id
        for hours, name in (
            (30, CategoryName.REPUTATION),
            (1, CategoryName.TERMS),
            (1, CategoryName.MINOR),
            (2, CategoryName.FRAUD),
        )
    )
    with transaction():
        db.session.get_one(Case, waits).asked_at = now
        db.session.get_one(Case, waits).state = State.AWAITING_REPLY
    claim(site, lin, late, now)

    def after(who: Account, passed: int = 0) -> int | None:
        with transaction():
            found = leases.next_case(site, who, now, passed)
            return found.id if found else None

    assert after(mei) == urgent
    assert after(mei, urgent) == soon
    assert after(mei, soon) == urgent  # their own, still in hand
    wu, later = make_member("wu@example.org", name="吴"), now + leases.LASTS
    with transaction():
        found = leases.next_case(site, wu, later)
        assert found is not None
        assert found.id == late  # a colleague's whose lease has lapsed and which is overdue
    assert [(it.case.id, it.who) for it in colleagues.taken_over(lin, later)] == [(late, "吴")]
    editor = make_member("editors@example.org", name="编辑")
    assert after(editor) is None


def test_of_many_who_ask_at_once_each_gets_another(app: Flask, site: Site, now: datetime) -> None:
    people = [make_member(f"m{n}@example.org", name=f"审核{n}").id for n in range(6)]
    for n in range(8):
        make_notice(site, publish(site, f"article-{n}", now), now)
    db.session.remove()

    def ask(who: int) -> int | None:
        with transaction():
            found = leases.next_case(site, db.session.get_one(Account, who), now)
            return found.id if found else None

    got = at_once(app, [lambda who=who: ask(who) for who in people])  # type: ignore[misc]
    assert len(set(got)) == len(people), got
    assert db.session.scalar(select(func.count()).select_from(Lease)) == len(people)


def test_looking_is_seen_for_a_while_and_leaves_no_trace(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    claim(site, mei, case.id, now)
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))
    later = now + timedelta(minutes=10)
    for who in (mei, lin):
        for _ in range(2):
            with transaction():
                leases.see(who, case.id, later)
    assert colleagues.viewers(case.id, mei, later) == ["林"]
    assert colleagues.viewers(case.id, mei, later + leases.SEEN_FOR) == []
    held = leases.holder(case.id, now + leases.LASTS)
    assert held is not None  # looking renews the holder's lease
    assert held.account_id == mei.id
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries
    with transaction():
        leases.see(lin, 999, later)
        upkeep.tidy(site, later + leases.LASTS)
    assert db.session.scalar(select(func.count()).select_from(Presence)) == 0
    assert db.session.scalar(select(func.count()).select_from(Lease)) == 0
