"""Conflict of interest: who keeps out of what, who says so, and that it holds."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, US
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, NotFound, NotPermitted
from tracker.domain.lifecycle import Ending, State
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.domain.threads import MessageKind
from tracker.models import Account, AuditEntry, Case
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import (
    cases,
    claims,
    counters,
    decisions,
    exchange,
    holds,
    letters,
    proceedings,
    recusals,
    renaming,
)


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


@pytest.fixture
def jia(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN)


def put(actor: Account, account: Account, about: About, typed: str, now: datetime) -> int:
    with transaction():
        recusals.put(actor, account.id, about, typed, now)
    return concerns.declared_by(account.id)[-1].id


ACTS: dict[str, Callable[[Site, Account, Case, datetime], object]] = {
    "take up": lambda site, who, case, now: cases.take_up(site, who, case.id, case.version, now),
    "decide": lambda site, who, case, now: decisions.decide(
        site, who, case.id, case.version, factories.draft(Outcome.DECLINED), now
    ),
    "reject": lambda site, who, case, now: exchange.reject(
        site, who, case.items[0].id, case.version, Ending.DUPLICATE, "这是重复的通知。", now, "k" * 32
    ),
    "restore now": lambda site, who, case, now: holds.restore_now(site, who, case.id, case.version, "withdrawn", now),
    "proof": lambda site, who, case, now: proceedings.confirm(
        site, who, case.id, case.version, case.counter_notices[0].proceedings[0].id, now
    ),
    "pause": lambda site, who, case, now: holds.pause(
        site, who, case.id, case.version, case.clocks[0].id, "等一等。", now, "k" * 32
    ),
    "keep": lambda site, who, case, now: holds.keep(site, who, case.id, case.version, None, "不用了。", now, "k" * 32),
    "rewrite a claim": lambda site, who, case, now: claims.put(
        site, who, case.id, case.version, 0, case.claims[0].id, {"text": "改写过的主张"}, now, "k" * 32
    ),
    "ask for more": lambda site, who, case, now: exchange.ask_info(
        site, who, case.items[0].id, case.version, "请补充材料。", now, "k" * 32
    ),
    "letter": lambda site, who, case, now: letters.write(site, who, case.id, 0, "请放心。", now, "k" * 32),
    "ruling": lambda site, who, case, now: counters.ruling(site, who, case.id, case.version, now, restores=False),
    "ruling that restores": lambda site, who, case, now: counters.ruling(
        site, who, case.id, case.version, now, restores=True
    ),
}

FROM_THE_START = frozenset(
    {"take up", "decide", "reject", "pause", "keep", "rewrite a claim", "ask for more", "letter"}
)
"""What is possible on a case of which nothing has come yet."""


def ready_for(act: str, site: Site, now: datetime) -> Case:
    """Return a case that stands where an act is possible, brought there by somebody else."""
    if act in FROM_THE_START:
        return make_case(site, now)
    wu = make_member("wu@example.org", name="吴")
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **(US | {"email": "anna@example.com"}))
    factories.decide(site, case, Outcome.WITHHELD, now, wu)
    with transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c")
    if act == "restore now":
        return case
    with transaction():
        docket, notice = accept("docket.txt", b"1"), case.items[0].notice
        exchange.supplement(site, notice, "已起诉。", [docket], {}, now, "p", MessageKind.PROOF)
    if act != "proof":
        with transaction():
            ACTS["proof"](site, wu, case, now)
        assert case.state is State.ON_HOLD
    return case


@pytest.mark.parametrize(
    ("about", "typed"),
    [
        (About.ARTICLE, "http://localhost/articles/yi-pian"),
        (About.PUBLISHER, "编辑部"),
        (About.PUBLISHER, "EDITORS@example.org"),
        (About.DOMAIN, "example.com"),  # the notifier's
    ],
)
@pytest.mark.parametrize("act", ACTS)
def test_who_keeps_out_of_something_decides_nothing_about_it(
    site: Site, now: datetime, mei: Account, about: About, typed: str, act: str
) -> None:
    case = ready_for(act, site, now)
    before = (case.state, case.version, case.assignee_id, case.outcome)
    put(mei, mei, about, typed, now)
    assert not concerns.is_impartial(mei, case)
    with pytest.raises(NotPermitted, match="利害关系"), transaction():
        ACTS[act](site, mei, case, now)
    db.session.rollback()
    assert (case.state, case.version, case.assignee_id, case.outcome) == before


def test_who_keeps_out_of_something_may_still_leave_a_note(site: Site, now: datetime, mei: Account, case: Case) -> None:
    put(mei, mei, About.ARTICLE, "yi-pian", now)
    with transaction():
        holds.note(mei, case.id, "这是我的文章，请同事处理。", now, "k" * 32)
    assert [message.text for message in case.messages] == ["这是我的文章，请同事处理。"]


def test_an_article_that_moves_is_still_what_somebody_keeps_out_of(now: datetime, case: Case, mei: Account) -> None:
    put(mei, mei, About.ARTICLE, case.article.slug, now)
    with transaction():
        renaming.leave(case.article, "elsewhere", now)
        case.article.slug = "elsewhere"
    assert not concerns.is_impartial(mei, case)
    assert concerns.kept_from(mei, {case.id}) == {case.id}


def test_somebody_elses_interest_is_no_matter(site: Site, now: datetime, case: Case, mei: Account) -> None:
    put(mei, make_member("lin@example.org"), About.ARTICLE, "yi-pian", now)
    put(mei, mei, About.ARTICLE, "another", now)
    assert concerns.is_impartial(mei, case)
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)


def test_what_was_lifted_holds_no_more(site: Site, now: datetime, case: Case, mei: Account) -> None:
    number = put(mei, mei, About.ARTICLE, "yi-pian", now)
    with transaction():
        recusals.lift(mei, mei.id, number, now)
    assert concerns.is_impartial(mei, case)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()[-2:]
    assert [entry.kind for entry in entries] == ["recusal.set", "recusal.lifted"]
    assert all("yi-pian" not in str(entry.facts) for entry in entries)


def test_what_an_admin_set_is_not_for_its_subject_to_lift(now: datetime, mei: Account, jia: Account) -> None:
    number = put(jia, mei, About.DOMAIN, "example.org", now)
    with pytest.raises(NotPermitted), transaction():
        recusals.lift(mei, mei.id, number, now)
    with transaction():
        recusals.lift(jia, mei.id, number, now)
    assert concerns.declared_by(mei.id) == []


def test_an_admin_does_not_lift_what_another_set_for_them(now: datetime, jia: Account) -> None:
    other = make_member("yi@example.org", Role.ADMIN)
    number = put(other, jia, About.DOMAIN, "example.org", now)
    with pytest.raises(NotPermitted), transaction():
        recusals.lift(jia, jia.id, number, now)


def test_the_same_twice_is_said_and_wrong_numbers_are_not_found(now: datetime, mei: Account, jia: Account) -> None:
    number = put(mei, mei, About.DOMAIN, "example.org", now)
    with pytest.raises(Incomplete):
        put(mei, mei, About.DOMAIN, "https://Example.org/", now)
    with pytest.raises(NotFound):
        put(jia, Account(id=999), About.DOMAIN, "example.org", now)
    with pytest.raises(NotFound), transaction():
        recusals.lift(jia, jia.id, number, now)
    with pytest.raises(NotFound), transaction():
        recusals.lift(jia, mei.id, 999, now)
