"""Style sheets and scripts through an upgrade: two programs on one database, and no page without its style."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.test import Client

import tracker
from config import Config
from tests import factories
from tests.conftest import Browser
from tracker import clock, turn
from tracker.app import create_app
from tracker.cli import articles as sync
from tracker.cli import processes, server
from tracker.db import db, transaction
from tracker.domain.settings import Switch
from tracker.models import Article, Generation, Page
from tracker.render.assets import ASSETS, asset, assets
from tracker.render.site import Site
from tracker.services import generations, settings
from tracker.services.generations import ASSETS_KEPT

pytestmark = pytest.mark.usefixtures("stopped_clock")

PATH = "/articles/lixi"
PROGRAM = Path(tracker.__file__).parent
OTHER = {name: asset(name, b"/* another program's */") for name in ("site.css", "site.js", "desk.css")}


@pytest.fixture
def newer(config: Config) -> Iterator[Flask]:
    """The application of another program on the same database."""
    with patch("tracker.render.site.assets", lambda: assets() | OTHER):
        application = create_app(config)
    application.test_client_class = Browser
    yield application
    application.extensions["edge"].close()
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def articles(site: Site, now: datetime) -> None:
    for slug in ("lixi", "other"):
        factories.publish(site, slug, now)


def site_of(program: Flask) -> Site:
    found: Site = program.extensions["site"]
    return found


def flip(program: Flask) -> None:
    with program.app_context():
        assert sync.build(site_of(program)) > 0


def withhold(program: Flask, slug: str, at: datetime) -> None:
    with program.app_context():
        article = db.session.scalars(select(Article).where(Article.slug == slug)).one()
        factories.withhold(site_of(program), article, at)


def refresh(program: Flask, at: datetime) -> None:
    with program.app_context():
        factories.refresh(site_of(program), at)


def named(program: Flask, path: str = PATH) -> set[str]:
    """Return the assets that a page names, as a program answers it."""
    return set(re.findall(rf'"({ASSETS}[^"]+)"', program.test_client().get(path).text))


def answered(program: Flask, paths: set[str]) -> set[int]:
    """Return the statuses of these addresses; what is there may be kept for ever, in any encoding."""
    found = set()
    for path in paths:
        for encoding in ("", "gzip", "br"):
            answer = Client(program.wsgi_app).get(path, headers={"Accept-Encoding": encoding})
            found.add(answer.status_code)
            if answer.status_code == 200:
                assert answer.headers.get("Content-Encoding", "") == encoding
                assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
                assert answer.content_type.startswith(("text/css", "text/javascript", "image/svg"))
    return found


def stored() -> set[str]:
    return {path for _, path in factories.rows() if path.startswith(ASSETS)}


@pytest.mark.usefixtures("articles")
def test_pages_keep_their_style_before_and_after_the_flip_under_either_program(
    app: Flask, newer: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = named(app)
    assert any(path.endswith(".css") for path in old)
    assert named(newer) == old, "the pages of the generation that is live"
    for program in (app, newer):
        assert answered(program, old) == {200}
    flip(newer)
    new = named(newer)
    assert named(app) == new
    assert new & old == {path for path in new if path.endswith(".svg")}
    for program in (app, newer):
        assert answered(program, old | new) == {200}
        assert answered(program, {asset.path for asset in site_of(app).assets.values()}) == {200}, "the desk's, too"
    monkeypatch.setattr(clock, "now", lambda: now + ASSETS_KEPT)
    assert answered(newer, new) == {200}
    assert answered(newer, old - new) == {404}
    refresh(newer, now + ASSETS_KEPT)
    assert stored() == {asset.path for asset in site_of(newer).assets.values()}


@pytest.mark.usefixtures("articles")
def test_a_second_flip_does_not_keep_old_style_longer(
    app: Flask, newer: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = named(app)
    flip(newer)
    new = named(newer)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1))
    flip(app)
    assert answered(newer, old) == {200}, "back to what was kept from before"
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2))
    flip(newer)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1) + ASSETS_KEPT)
    assert answered(app, new) == {200}
    assert answered(newer, old - new) == {200}, "live until a day ago less than that"
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2) + ASSETS_KEPT)
    assert answered(newer, old - new) == {404}


@pytest.mark.usefixtures("articles")
def test_what_a_program_writes_among_the_pages_of_another_has_its_style(
    app: Flask, newer: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = named(app)
    withhold(newer, "lixi", now)
    new = named(app)
    assert new != old, "made by the newer one, in the generation of the one before"
    assert answered(app, new) == {200}
    flip(newer)
    withhold(app, "other", now)
    assert named(newer, "/articles/other") == old
    late = now + 2 * ASSETS_KEPT
    monkeypatch.setattr(clock, "now", lambda: late)
    refresh(newer, late)
    assert answered(newer, old | new) == {200}, "as long as a page may name it"


@pytest.fixture
def start(newer: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, str]]:
    """Start the web server of the other program; return how often it then serves, and what it says."""
    served: list[object] = []
    monkeypatch.setattr(server, "run", served.append)

    def started() -> tuple[int, str]:
        served.clear()
        with newer.app_context():
            result = newer.test_cli_runner().invoke(processes.web)
        return len(served), result.output

    return started


@pytest.mark.usefixtures("articles")
def test_what_a_program_answers_before_the_flip_has_its_style_at_the_other(
    app: Flask, newer: Flask, start: Callable[[], tuple[int, str]]
) -> None:
    old, form = named(app), named(newer, "/report")
    assert any(path.endswith(".css") for path in form - old)
    assert answered(app, form - old) == {404}
    assert start() == (1, "")
    before = factories.rows()
    assert answered(app, form | {asset.path for asset in site_of(newer).assets.values()}) == {200}
    assert answered(newer, old) == {200}
    assert named(app) == old
    assert start() == (1, "")
    assert factories.rows() == before
    flip(newer)
    assert answered(app, old | form) == {200}


@pytest.mark.usefixtures("app")
def test_a_server_starts_also_when_its_style_cannot_be_stored(
    start: Callable[[], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "PATIENCE", 0.1)
    before = factories.rows()
    with transaction():
        generations.locked()
        number, output = start()
    assert (number, "cannot be stored now" in output) == (1, True), "the database is busy"
    with transaction(while_read_only=True):
        settings.turn_on(None, Switch.READ_ONLY, "搬家", clock.now())
    number, output = start()
    assert (number, "cannot be stored now" in output) == (1, True), "the site is read-only"
    assert factories.rows() == before


@pytest.mark.usefixtures("app")
def test_a_server_starts_where_nothing_is_published(start: Callable[[], tuple[int, str]]) -> None:
    with transaction():
        db.session.execute(delete(Page))
        db.session.execute(delete(Generation))
    assert start() == (1, "")
    assert stored() == set()


@pytest.mark.parametrize("sheet", ["site.css", "desk.css"])
def test_every_class_of_a_style_sheet_is_given_to_something(sheet: str) -> None:
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", (PROGRAM / "static" / sheet).read_text(), flags=re.DOTALL)
    pages = "".join(file.read_text() for kind in ("html", "py") for file in PROGRAM.rglob(f"*.{kind}"))
    made = "".join(file.read_text() for file in (*PROGRAM.glob("static/*.js"), PROGRAM / "views" / "due.py"))
    given = re.findall(r'class="([^"]*)"|block variant %}([^{]*)', pages)
    given = [said for found in given for said in found] + re.findall(r'"([^"\n]*)"', made)
    words = {word for said in given for word in re.findall(r"[\w-]+", said)}
    ends = tuple(word for word in words if word.endswith("-"))  # filled in: banner-{{ tone }}
    assert [
        name for name in re.findall(r"\.([a-z][\w-]*)", rules) if name not in words and not name.startswith(ends)
    ] == []
