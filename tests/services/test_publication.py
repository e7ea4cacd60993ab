"""Taking an article off every surface in one act, and bringing the same bytes back."""

import gzip
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests import factories
from tracker import clock
from tracker.cli import articles as syncing
from tracker.cli import delivery
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.visibility import HIDES, MeasureKind
from tracker.models import AuditEntry, Generation, Page
from tracker.render import pages, places
from tracker.render.answer import Answer
from tracker.render.lists import PER_PAGE
from tracker.render.site import Site
from tracker.services import decisions, generations, publication

pytestmark = pytest.mark.usefixtures("stopped_clock")

CANARY = "金丝雀字样"
BODY = f"引言。\n\n## 一、内容\n\n这里有{CANARY}。\n"
HEADERS = [
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "br"},
    {"Range": "bytes=0-99"},
    {"If-Modified-Since": "Mon, 23 Nov 2026 00:00:00 GMT"},
    {"Accept": "application/json"},
]


@pytest.fixture
def three(site: Site, now: datetime) -> None:
    """A canary article between two others."""
    for slug in ("qian", "canary", "hou"):
        body = BODY if slug == "canary" else None
        title = f"{CANARY if slug == 'canary' else slug}的题目"
        factories.publish(site, slug, now, body, title=title, tags=["逾期", "利息"])


def surfaces() -> list[str]:
    return [path for (_, path) in factories.rows()] + [f"/search?q={CANARY}", "/search?q=题目"]


def decoded(answer: TestResponse) -> str:
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(answer.headers.get("Content-Encoding", ""), bytes)
    return unpack(answer.data).decode()


def article() -> factories.Article:
    return db.session.scalars(select(factories.Article).where(factories.Article.slug == "canary")).one()


@pytest.mark.parametrize("is_worker_late", [False, True])
def test_a_withheld_article_is_gone_from_every_surface(
    client: FlaskClient, site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch, is_worker_late: bool
) -> None:
    if is_worker_late:
        monkeypatch.setattr(factories, "refresh", lambda *_: None)
    etags = {path: client.get(path).headers.get("ETag") for path in surfaces()}
    assert any(CANARY in client.get(path).text for path in surfaces() if path != "/articles/canary")
    factories.withhold(site, article(), now)
    for path in surfaces():
        for headers in [*HEADERS, {"If-None-Match": etags.get(path) or '"none"'}, {"If-None-Match": "*"}]:
            answer = client.get(path, headers=headers)
            shown = (
                decoded(answer).replace(f'value="{CANARY}"', "").replace(f"“{CANARY}”", "")
            )  # the search box repeats it
            assert CANARY not in shown, (path, headers)
    assert factories.stale_paths(site, now) == []


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.WITHHELD, 451), (Outcome.REMOVED, 410)])
def test_a_tombstone_has_its_status_and_headers(
    client: FlaskClient, site: Site, three: None, now: datetime, outcome: Outcome, status: int
) -> None:
    etag = client.get("/articles/canary").headers["ETag"]
    factories.withhold(site, article(), now, outcome)
    for headers in ({}, {"If-None-Match": etag}):
        answer = client.get("/articles/canary", headers=headers)
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert ("Link" in answer.headers) == (status == 451)
        assert "ETag" not in answer.headers


@pytest.mark.parametrize("outcome", [Outcome.WITHHELD, Outcome.REMOVED])
def test_restoring_brings_back_every_page_byte_for_byte(
    site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    before = factories.rows()
    case = factories.withhold(site, article(), now, outcome)
    assert factories.rows() != before
    factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


def test_an_act_touches_only_the_pages_it_must(site: Site, three: None, now: datetime) -> None:
    before = factories.rows()
    factories.withhold(site, article(), now)
    after = factories.rows()
    touched = {path for (_, path), row in after.items() if before[_, path] != row}
    own = {
        "/", "/articles/canary", "/articles/qian", "/articles/hou", "/archive/1", "/categories/debt-collection",
        "/categories/debt-collection/1", "/feed.atom", "/sitemaps/2026-11.xml", "/categories/debt-collection/feed.atom",
        "/tags", "/tags/逾期", "/tags/逾期/feed.atom", "/tags/利息", "/tags/利息/feed.atom", "/archive", "/archive/2026-11",
    }  # fmt: skip
    assert touched == own | {f"/zh-hant{path}" for path in own if f"/zh-hant{path}" in {key for _, key in before}}
    assert "/zh-hant/articles/canary" in touched


def test_two_measures_and_one_ended_leave_the_article_withheld(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    first = factories.withhold(site, article(), now, Outcome.REMOVED)
    factories.withhold(site, article(), now, Outcome.WITHHELD)
    assert client.get("/articles/canary").status_code == 451, "a legal demand wins over our own rules"
    factories.decide(site, first, Outcome.RESTORED, now)
    assert client.get("/articles/canary").status_code == 451


def test_what_an_act_puts_out_of_date_nobody_gets_and_the_worker_makes_again(
    client: FlaskClient, site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, own = factories.open_case(article(), now), {"/articles/canary", "/zh-hant/articles/canary"}
    by = factories.make_account()
    with transaction():
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.WITHHELD), now)
    behind = now - timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: behind)  # as a machine has it whose clock is slow
    waiting = set(publication.stale(site, now)[1])
    assert waiting
    assert not waiting & own
    assert all(answer_now(client, site, path, now) for path in waiting)
    assert "/" in waiting
    for path in ("/", f"/search?q={CANARY}", "/search?q=题目", "/report?article=canary"):
        assert "canary" not in client.get(path).text.replace("?article=canary", "").replace('value="canary"', "")
    written: list[int] = []
    real = publication.write
    monkeypatch.setattr(
        publication, "write", lambda site, paths, *rest: written.append(len(paths)) or real(site, paths, *rest)
    )
    delivery.refresh(site)
    assert publication.stale(site, now)[1] == factories.stale_paths(site, now) == []
    assert len(written) > 1
    assert max(written) == publication.A_FEW


def test_an_act_of_a_machine_whose_clock_is_slow_finds_the_pages_that_a_quick_one_changed(
    site: Site, now: datetime
) -> None:
    for number in range(PER_PAGE + 3):
        factories.publish(site, f"a{number:02}", now, title=f"第{number}篇")
    row = {each.slug: each for each in db.session.scalars(select(factories.Article))}
    by, newest, next_in = factories.make_account(), f"a{PER_PAGE + 2:02}", "a02"
    for slug, at in ((newest, now + timedelta(minutes=1)), (next_in, now)):
        case = factories.open_case(row[slug], now)
        with transaction():
            decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.WITHHELD), at)
        factories.refresh(site, now)  # by a worker of the slow machine
    for later in (now, now + timedelta(days=1)):
        factories.refresh(site, later)
        assert factories.stale_paths(site, later) == []
        shown = next(row[6] for (_, path), row in factories.rows().items() if path == "/").decode()
        assert not {newest, next_in} & set(re.findall(r'"/articles/(\w+)"', shown))


def test_a_page_that_cannot_be_made_holds_up_no_other(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    case, by = factories.open_case(article(), now), factories.make_account()
    with transaction():
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.WITHHELD), now)
    real = pages.answer

    def failing(site: Site, path: str, *rest: Any) -> Answer | None:
        if path == "/tags":
            raise ZeroDivisionError
        return real(site, path, *rest)

    monkeypatch.setattr(pages, "answer", failing)
    delivery.refresh(site)
    assert publication.stale(site, now)[1] == ["/tags"]
    assert "making /tags" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", lambda: now)
    delivery.refresh(site)
    assert publication.stale(site, now)[1] == factories.stale_paths(site, now) == []


def test_what_another_program_made_is_not_made_again_in_this_ones_look(site: Site, three: None, now: datetime) -> None:
    factories.withhold(site, article(), now)
    with transaction():
        db.session.execute(update(Generation).values(fingerprint="f" * 64))
        db.session.execute(update(Page).where(Page.path == "/tags").values(valid_until=now))
    assert publication.stale(site, now) == ("", [])


def test_a_page_that_comes_back_during_a_build_has_its_row_after_it(site: Site, now: datetime) -> None:
    factories.publish(site, "alone", now, tags=["只此一篇"])
    shown = {path for _, path in factories.rows()}
    alone = db.session.scalars(select(factories.Article)).one()
    by, case = factories.make_account(), factories.open_case(alone, now)
    with transaction():
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.WITHHELD), now)
    give_number(site, "13900000000")
    with transaction():
        begun = generations.begin(site, now)
        building = begun.id, begun.fingerprint
        publication.write(site, places.everything(site), now, begun.fingerprint)
    with transaction():
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.RESTORED), now)
    with transaction():
        generations.go_live(*building, now)
    assert {path for _, path in factories.rows()} == shown


def test_a_page_that_comes_back_has_its_row_at_once(site: Site, now: datetime) -> None:
    factories.publish(site, "alone", now, tags=["只此一篇"])
    shown = {path for _, path in factories.rows()}
    alone = db.session.scalars(select(factories.Article)).one()
    case = factories.withhold(site, alone, now)
    assert "/tags/只此一篇" in shown - {path for _, path in factories.rows()}
    with transaction():
        by = factories.make_account_once()
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.RESTORED), now)
    assert {path for _, path in factories.rows()} == shown


@pytest.mark.parametrize("kind", sorted(HIDES))
def test_a_measure_begins_and_ends_by_itself_without_any_worker(
    client: FlaskClient, site: Site, three: None, now: datetime, kind: MeasureKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timedelta(days=1)
    factories.set_measure(site, article(), now, starts_at=now + day, ends_at=now + 2 * day, kind=kind)
    rows = factories.rows()
    for ahead, readable in ((0, True), (1, False), (2, True)):
        moment = now + ahead * day
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        assert (client.get("/articles/canary").status_code == 200) == readable
        for path in ("/", "/archive/1", "/categories/debt-collection", "/feed.atom", "/search?q=题目"):
            assert (CANARY in client.get(path).text) == readable, (path, ahead)
            assert factories.rows() == rows, "nobody wrote anything"
        for path in surfaces():
            assert answer_now(client, site, path, moment), (path, ahead)


def answer_now(client: FlaskClient, site: Site, path: str, now: datetime) -> bool:
    """Say whether a reader gets at `now` what the page would be if it were made now."""
    fresh = pages.answer(site, path, now) if not path.startswith("/search") else None
    db.session.rollback()
    got = client.get(path)
    if fresh is None or "Expires:" in got.text:  # security.txt is younger every day
        return True
    return (got.status_code, got.data) == (fresh.status, fresh.body)


def test_the_worker_brings_pages_past_their_time_back_into_their_rows(
    client: FlaskClient, site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timedelta(days=1)
    factories.set_measure(site, article(), now, starts_at=now + day, ends_at=now + 2 * day)
    assert factories.stale_paths(site, now) == []
    for ahead, status in ((1, 451), (2, 200)):
        assert "/articles/canary" in publication.stale(site, now + ahead * day)[1]
        factories.refresh(site, now + ahead * day)
        assert publication.stale(site, now + ahead * day)[1] == factories.stale_paths(site, now + ahead * day) == []
        monkeypatch.setattr(clock, "now", lambda moment=now + ahead * day: moment)
        assert client.get("/articles/canary").status_code == status
    before = factories.rows()
    factories.refresh(site, now + 2 * day)
    assert factories.rows() == before


def give_number(site: Site, phone: str) -> None:
    """Have every page show another telephone number, as after a start with another setting."""
    site._set(replace(site.settings, values={"contact_phone": phone}))


def test_an_interrupted_build_keeps_the_old_pages_and_the_next_finishes(
    client: FlaskClient, site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = factories.rows()
    give_number(site, "13900000000")
    real, written = publication.write, []

    def dying(*arguments: object) -> None:
        written.append(1)
        if len(written) == 6:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(syncing, "BATCH", 5)
    monkeypatch.setattr(publication, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        syncing.build(site)
    after = factories.rows()
    assert {key: after[key] for key in before} == before, "no live page has changed"
    assert len(after) > len(before)
    assert db.session.scalar(select(func.count()).select_from(Generation)) == 2
    monkeypatch.setattr(publication, "write", real)
    assert syncing.build(site) > 0
    assert "13900000000" in client.get("/").text
    assert db.session.scalar(select(func.count()).select_from(Generation)) == 1
    assert factories.stale_paths(site, now) == []


def test_two_builds_at_once_end_with_one_whole_generation(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    give_number(site, "13900000000")
    with transaction():
        mine = generations.begin(site, now)
        number, fingerprint, paths = mine.id, mine.fingerprint, places.everything(site)
    with transaction():
        publication.write(site, paths[:5], now)
    assert syncing.build(site) > 0, "the other run, from beginning to end"
    assert factories.stale_paths(site, now) == []
    with transaction():
        publication.write(site, paths[5:], now)
    with transaction():
        generations.go_live(number, fingerprint, now)
    assert "13900000000" in client.get("/").text
    assert factories.stale_paths(site, now) == []
    assert db.session.scalar(select(func.count()).select_from(Generation)) == 1


def test_a_finished_build_goes_live_whole_though_another_has_just_begun(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    give_number(site, "13900000000")
    with transaction():
        mine = generations.begin(site, now)
        number, fingerprint, paths = mine.id, mine.fingerprint, places.everything(site)
    with transaction():
        publication.write(site, paths, now, fingerprint)
    with transaction():
        generations.begin(site, now)
    with transaction():
        generations.go_live(number, fingerprint, now)
    assert "13900000000" in client.get("/").text
    assert factories.stale_paths(site, now) == []


def test_a_build_overtaken_by_one_from_other_templates_puts_nothing_live(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    before = client.get("/").text
    begun = []
    for phone in ("13900000001", "13900000002"):
        give_number(site, phone)
        with transaction():
            generation = generations.begin(site, now)
            begun.append((generation.id, generation.fingerprint))
    with transaction():
        generations.go_live(*begun[0], now)
    assert client.get("/").text == before
    assert syncing.build(site) > 0
    assert "13900000002" in client.get("/").text
    assert factories.stale_paths(site, now) == []


def test_a_decision_during_a_build_is_in_both_generations(site: Site, three: None, now: datetime) -> None:
    with transaction():
        begun = generations.begin(site, now)
        building = begun.id, begun.fingerprint
        paths = places.everything(site)
    with transaction():
        publication.write(site, paths, now)
    factories.withhold(site, article(), now)
    statuses = db.session.scalars(select(Page.status).where(Page.path == "/articles/canary"))
    assert list(statuses) == [451, 451]
    with transaction():
        generations.go_live(*building, now)
    assert factories.stale_paths(site, now) == []


def test_a_failure_at_the_end_of_an_act_leaves_every_page_as_it_was(
    app: Flask, site: Site, three: None, now: datetime
) -> None:
    before, entries = factories.rows(), db.session.scalar(select(func.count()).select_from(AuditEntry))
    with pytest.raises(RuntimeError), transaction():  # noqa: PT012 - the act, and what goes wrong after it
        db.session.execute(update(factories.Article).values(title="x"))
        publication.publish(site, [article()], now)
        raise RuntimeError
    assert factories.rows() == before
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_numbered_pages_keep_their_slots(site: Site, now: datetime) -> None:
    for number in range(25):
        factories.write_article(site.config.content, f"a{number:02d}", published=f"2026-10-{number + 1:02d}")
    syncing.run(site)
    first = factories.rows()
    article = db.session.scalars(select(factories.Article).where(factories.Article.slug == "a03")).one()
    factories.withhold(site, article, now)
    changed = {path for (_, path), row in factories.rows().items() if first[_, path] != row}
    assert "/archive/1" in changed
    assert "/archive/2" not in changed, "the gap stays on its own page"
    assert "/" not in changed, "the front page did not show it"
    assert factories.stale_paths(site, now) == []
