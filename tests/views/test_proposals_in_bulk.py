"""Four eyes on many cases at once: rows that need a second person are proposed, and taken back with the others."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.staff import DECISION, make_notice, post, publish
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.approval import Fate
from tracker.models import Account, Batch, BatchRow, Case, Mail, Proposal, RowState
from tracker.render.site import Site
from tracker.services import batches, proposals, settings


def test_rows_that_need_a_second_person_become_proposals_and_undo_covers_them(
    app: Flask, site: Site, admin: FlaskClient, jia: Account, browser: FlaskClient, reviewer: FlaskClient
) -> None:
    with transaction():
        settings.put(
            site, jia, 0,
            {"approval_outcomes": "withheld", "approval_categories": "reputation", "approval_match": "both"}, clock.now(),
        )  # fmt: skip
    now = clock.now()
    cases = [
        make_notice(site, publish(site, f"article-{n}", now), now, f"n{n}@example.com", **said).items[0].case_id
        for n, said in enumerate(({}, {"category": "fraud"}, {}))
    ]
    ticks = [f"{number}-1" for number in cases]
    checked = post(browser, "/desk/batches/check", case=ticks, key="k" * 24, **DECISION).text
    assert checked.count("要第二个人批准</span>") == 2
    done = post(browser, "/desk/batches/decide", case=ticks, key="k" * 24, **DECISION)
    reader = app.test_client()
    assert [reader.get(f"/articles/article-{n}").status_code for n in range(3)] == [200, 451, 200]
    html = browser.get(done.location).text
    assert "已作出决定1件" in html
    assert "已提交给第二个人2件" in html
    db.session.rollback()
    waiting = list(db.session.scalars(select(Proposal).order_by(Proposal.id)))
    assert [proposal.case_id for proposal in waiting] == [cases[0], cases[2]]
    with transaction():
        lin = db.session.scalars(select(Account).where(Account.name == "林")).one()
        proposals.approve(settings.in_force(site), lin, waiting[0].id, 2, clock.now())
    assert "已批准" in browser.get(done.location).text
    assert post(browser, f"{done.location}/undo").status_code == 303
    db.session.rollback()
    rows = list(db.session.scalars(select(BatchRow).order_by(BatchRow.id)))
    assert [row.state for row in rows] == [RowState.PROPOSED, RowState.UNDONE, RowState.UNDONE]
    assert "不再等待" in rows[0].said
    assert db.session.get_one(Proposal, waiting[1].id).state is Fate.WITHDRAWN
    assert [reader.get(f"/articles/article-{n}").status_code for n in range(3)] == [451, 200, 200]
    form = browser.get(f"/desk/cases/{cases[2]}").text
    assert DECISION["facts"] in form
    assert db.session.scalar(select(func.count()).select_from(Batch)) == 1


def test_a_row_that_a_colleague_went_on_with_is_taken_back_by_them(
    strict: Site, mei: Account, reviewer: FlaskClient, case: Case
) -> None:
    with transaction():
        batches.begin(mei, "x" * 24, DECISION, [(case.id, 1)], clock.now())
    assert post(reviewer, "/desk/batches/1/go-on").status_code == 303
    assert post(reviewer, "/desk/batches/1/undo").status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(BatchRow.state)).one() is RowState.UNDONE
    assert db.session.scalars(select(Proposal.state)).one() is Fate.WITHDRAWN


def test_proposed_rows_can_be_taken_back_long_after(
    strict: Site, browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = post(browser, "/desk/batches/decide", case=[f"{case.id}-1"], key="k" * 24, **DECISION)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "收回还在等的1件" in browser.get(done.location).text
    assert post(browser, f"{done.location}/undo").status_code == 303
    assert "收回" not in browser.get(done.location).text
    db.session.rollback()
    assert db.session.scalars(select(BatchRow.state)).one() is RowState.UNDONE
    assert db.session.scalar(select(func.count()).where(Mail.cause.startswith("decision:"))) == 0
