"""The heat of articles: added up, shown by steps, out of the way of decisions."""

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tracker import content
from tracker.cli.delivery import keep_up
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.models import Article, AuditEntry, Generation, Heat, Page
from tracker.render.article import element_of
from tracker.render.lists import PER_PAGE
from tracker.render.site import WRITTEN, Site
from tracker.services import articles, generations, heat, undo

pytestmark = pytest.mark.usefixtures("stopped_clock")

SLUGS = ("a", "b", "c", "d")


@pytest.fixture
def four(site: Site, now: datetime) -> None:
    for slug in SLUGS:
        factories.publish(site, slug, now)


def read(**numbers: int) -> None:
    with transaction():
        heat.add({f"/articles/{slug}": number for slug, number in numbers.items()})


def follow(site: Site, now: datetime) -> None:
    with transaction():
        heat.follow(site, now)


def rows() -> dict[str, tuple[int, int, int]]:
    """Return start, reads and what is shown of each article that has any."""
    db.session.rollback()
    found = select(Article.slug, Heat.start, Heat.reads, Heat.shown).join(Heat, Heat.article_id == Article.id)
    return {slug: (start, reads, shown) for slug, start, reads, shown in db.session.execute(found)}


def most_read(client: FlaskClient, path: str = "/") -> list[str]:
    """Return the slugs in the list of the most read, the first first."""
    _, _, after = client.get(path).text.partition('id="most-read"')
    listed = after.partition("</ol>")[0]
    return [part.partition('"')[0].rpartition("/")[2] for part in listed.split('href="')[1:]]


def test_reads_are_added_to_what_others_added(site: Site, four: None) -> None:
    with transaction():
        heat.add({"/articles/a": 2, "/zh-hant/articles/a": 3, "/articles/b": 1, "/articles/nothing": 7})
    with transaction():
        heat.add({"/desk/articles/a": 5, "/": 1})
    read(a=10)
    assert rows() == {"a": (0, 15, 0), "b": (0, 1, 0)}


def test_adding_writes_once_an_article_and_no_page(app: Flask, site: Site, four: None) -> None:
    written: list[int] = []
    pages = factories.rows()

    def count(_c: object, cursor: object, statement: str, given: list[object], _x: object, is_many: bool) -> None:
        if not statement.startswith(("SELECT", "SET", "BEGIN")):
            written.append(len(given) if is_many else 1)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    try:
        with transaction():
            heat.add({path: 5 for slug in SLUGS for path in (f"/articles/{slug}", f"/zh-hant/articles/{slug}")})
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", count)
    assert written == [len(SLUGS)]
    assert factories.rows() == pages


def test_pages_follow_by_steps(client: FlaskClient, site: Site, four: None, now: datetime) -> None:
    element = element_of(client.get("/articles/a").data)
    assert "热度" not in client.get("/articles/a").text
    shown = []
    for number in (3, 8, 0, 1, 2000):
        read(a=number)
        etag = client.get("/articles/a").headers["ETag"]
        follow(site, now)
        page = client.get("/articles/a")
        shown.append((rows()["a"][2], page.headers["ETag"] != etag))
        assert f"<b>{rows()['a'][2]:,}℃</b>" in page.text
        assert element_of(page.data) == element, "heat stands beside the article"
    assert shown == [(3, True), (10, True), (10, False), (12, True), (2000, True)]
    assert "阅读2,000次以上" in client.get("/articles/a").text
    assert "閱讀2,000次以上" in client.get("/zh-hant/articles/a").text
    assert factories.stale_paths(site, now) == []


def test_an_english_page_says_it_in_english(client: FlaskClient, site: Site, now: datetime) -> None:
    factories.publish(site, "debt", now, language="en")
    read(debt=7)
    follow(site, now)
    text = client.get("/en/articles/debt").text
    assert "Heat" in text
    assert "7+ reads" in text


def test_following_writes_only_where_heat_shows(site: Site, four: None, now: datetime) -> None:
    read(a=50, b=40, c=30)
    follow(site, now)
    before = factories.rows()
    read(b=1, d=1)
    follow(site, now)
    assert factories.rows() != before
    assert {path for (_, path), row in factories.rows().items() if before[_, path] != row} == {
        "/articles/d", "/zh-hant/articles/d", "/", "/zh-hant/",
    }  # fmt: skip
    before = factories.rows()
    follow(site, now)
    assert factories.rows() == before


def test_a_run_is_bounded_and_takes_those_furthest_behind(
    site: Site, four: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heat, "A_RUN", 2)
    read(a=1000, b=30)
    follow(site, now)
    read(a=300, b=10, c=5, d=400)
    follow(site, now)
    assert {slug: row[2] for slug, row in rows().items()} == {"a": 1000, "b": 30, "c": 5, "d": 400}
    follow(site, now)
    assert {slug: row[2] for slug, row in rows().items()} == {"a": 1200, "b": 40, "c": 5, "d": 400}


def test_the_most_read_come_first_on_the_front_page(client: FlaskClient, site: Site, four: None, now: datetime) -> None:
    read(a=5, b=9)
    follow(site, now)
    assert most_read(client) == [], "of two it says nothing"
    read(c=9, d=1)
    follow(site, now)
    assert most_read(client) == most_read(client, "/zh-hant/") == ["c", "b", "a", "d"]
    assert most_read(client, "/archive/1") == most_read(client, "/categories/debt-collection") == []


def test_a_category_of_more_than_a_page_has_its_own_list(client: FlaskClient, site: Site, now: datetime) -> None:
    for number in range(22):
        factories.publish(site, f"n{number}", now, category="credit-records" if number else "debt-collection")
    read(n0=9, n1=3, n2=4, n3=5)
    follow(site, now)
    assert most_read(client, "/categories/credit-records") == ["n3", "n2", "n1"]
    assert most_read(client)[0] == "n0"
    assert factories.stale_paths(site, now) == []


@pytest.mark.parametrize("outcome", [Outcome.WITHHELD, Outcome.REMOVED])
def test_a_hidden_article_shows_no_heat_and_comes_back_with_the_same_bytes(
    client: FlaskClient, site: Site, four: None, now: datetime, outcome: Outcome
) -> None:
    read(a=50, b=40, c=30, d=20)
    follow(site, now)
    before, etag = factories.rows(), client.get("/articles/b").headers["ETag"]
    read(b=500)  # before the decision, or on its way while it was taken
    case = factories.withhold(site, db.session.scalars(select(Article).where(Article.slug == "b")).one(), now, outcome)
    assert most_read(client) == most_read(client, "/zh-hant/") == ["a", "c", "d"]
    assert "℃" not in client.get("/articles/b").text
    read(b=500)
    keep_up(site, now)
    assert factories.stale_paths(site, now) == []
    later = now + timedelta(hours=1)
    factories.decide(site, case, Outcome.RESTORED, later)
    assert client.get("/articles/b").headers["ETag"] == etag
    assert factories.rows() == before
    follow(site, later)
    assert rows()["b"] == (0, 1040, 1000)
    assert most_read(client)[0] == "b"


def test_undoing_a_decision_brings_back_the_list(client: FlaskClient, site: Site, four: None, now: datetime) -> None:
    read(a=50, b=40, c=30)
    follow(site, now)
    before = factories.rows()
    mei = factories.make_account()
    case = factories.open_case(db.session.scalars(select(Article).where(Article.slug == "b")).one(), now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    read(b=100)
    follow(site, now)
    with transaction():
        undo.undo(site, mei, case.id, case.version, now)
    factories.refresh(site, now)
    assert factories.rows() == before


def test_the_words_of_the_list_are_those_readers_may_see(client: FlaskClient, site: Site, now: datetime) -> None:
    for slug in SLUGS:
        factories.publish(site, slug, now, title=f"{slug}的一段旧事")
    read(a=3, b=2, c=1)
    follow(site, now)
    case = factories.open_case(db.session.scalars(select(Article).where(Article.slug == "a")).one(), now)
    factories.decide(site, case, Outcome.PASSAGE_WITHHELD, now)
    assert most_read(client) == ["a", "b", "c"]
    assert "a的一段旧事" not in client.get("/").text
    assert "b的一段旧事" in client.get("/").text


@pytest.mark.parametrize("outcome", [Outcome.WITHHELD, Outcome.PASSAGE_WITHHELD])
def test_what_is_hidden_leaves_the_list_however_old_it_is(
    client: FlaskClient, site: Site, now: datetime, outcome: Outcome
) -> None:
    for number in range(PER_PAGE + 5):
        factories.publish(site, f"a{number}", now, title=f"第{number}号的一段旧事")
    read(a0=50, a1=40, a2=30)
    follow(site, now)
    before = factories.rows()
    assert [most_read(client, path) for path in ("/", "/zh-hant/", "/categories/debt-collection")] == [
        ["a0", "a1", "a2"]
    ] * 3
    mei = factories.make_account()
    case = factories.open_case(db.session.scalars(select(Article).where(Article.slug == "a0")).one(), now)
    factories.decide(site, case, outcome, now, mei)
    assert "第0号的一段旧事" not in client.get("/").text + client.get("/categories/debt-collection").text
    assert factories.stale_paths(site, now) == []
    with transaction():
        undo.undo(site, mei, case.id, case.version, now)
    factories.refresh(site, now)
    assert factories.rows() == before


def test_what_comes_while_heat_waits_for_its_turn_stays(app: Flask, site: Site, four: None, now: datetime) -> None:
    read(a=30)

    def follow_beside() -> None:
        with app.app_context():
            follow(site, now)
            db.session.remove()

    with transaction():
        changed = factories.markdown("a", "换过的一段话。\n")
        articles.put(site, content.read_article(changed, site.category_texts, WRITTEN), now)
        beside = threading.Thread(target=follow_beside)
        beside.start()
        beside.join(1)
        assert beside.is_alive()
    beside.join()
    page = db.session.scalars(select(Page.body).where(Page.path == "/articles/a")).one().decode()
    assert ("换过的一段话" in page, "<b>30℃</b>" in page) == (True, True)


def test_heat_goes_on_from_what_the_file_says(client: FlaskClient, site: Site, now: datetime) -> None:
    article = factories.publish(site, "a", now, heat=3)
    assert "<b>3℃</b>" in client.get("/articles/a").text
    assert rows() == {"a": (3, 0, 3)}
    read(a=4)
    factories.publish(site, "a", now, "改了一句。\n", heat=3)
    assert rows() == {"a": (3, 4, 3)}, "an edit of the file is no read"
    factories.publish(site, "a", now, "改了一句。\n", heat=30)
    assert rows() == {"a": (30, 4, 30)}
    factories.publish(site, "a", now, "改了一句。\n")
    assert rows() == {"a": (0, 4, 4)}
    assert article.slug == "a"
    assert factories.stale_paths(site, now) == []


def test_a_file_that_said_its_heat_before_there_was_any_is_taken_over(
    client: FlaskClient, site: Site, four: None, now: datetime
) -> None:
    factories.publish(site, "a", now, heat=300)
    factories.publish(site, "b", now, heat=40)
    factories.sync.run(site)
    with transaction():
        db.session.execute(sa.delete(Heat))
        db.session.execute(sa.update(Generation).values(took_all=False))  # as an upgrade from then leaves it
    entries = len(db.session.scalars(select(AuditEntry)).all())
    assert factories.sync.run(site).published == ["a", "b"]
    assert rows() == {"a": (300, 0, 300), "b": (40, 0, 40)}
    assert "<b>300℃</b>" in client.get("/articles/a").text
    assert factories.stale_paths(site, now) == []
    assert len(db.session.scalars(select(AuditEntry)).all()) == entries, "no version is another"
    assert factories.sync.run(site).published == []


@pytest.mark.parametrize("start", [300, 1])
def test_what_the_file_of_a_hidden_article_says_shows_when_it_is_back(
    client: FlaskClient, site: Site, now: datetime, start: int
) -> None:
    article = factories.publish(site, "a", now, heat=30)
    before, etag = factories.rows(), client.get("/articles/a").headers["ETag"]
    case = factories.withhold(site, article, now)
    factories.publish(site, "a", now, heat=start)
    follow(site, now)
    assert rows() == {"a": (start, 0, 30)}
    later = now + timedelta(hours=1)
    factories.decide(site, case, Outcome.RESTORED, later)
    assert client.get("/articles/a").headers["ETag"] == etag
    assert factories.rows() == before
    follow(site, later)
    assert rows() == {"a": (start, 0, start)}
    assert f"<b>{start}℃</b>" in client.get("/articles/a").text


def test_nothing_follows_while_another_program_makes_the_site_anew(
    site: Site, four: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(a=3)
    with transaction():
        generations.begin(site, now)
    follow(site, now)
    assert rows()["a"] == (0, 3, 3), "what this program makes, it also brings up to date"
    read(a=3)
    monkeypatch.setattr(Site, "fingerprint", lambda _: "of another program")
    follow(site, now)
    assert rows()["a"] == (0, 6, 3)


def test_heat_is_no_act(site: Site, four: None, now: datetime) -> None:
    entries = len(db.session.scalars(select(AuditEntry)).all())
    read(a=30)
    follow(site, now)
    assert len(db.session.scalars(select(AuditEntry)).all()) == entries
    assert {page.valid_until for page in db.session.scalars(select(Page).where(Page.path == "/articles/a"))} == {None}
