"""Style sheets and scripts through an upgrade: two programs on one database, and no page without its style."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client

from config import Config
from tests import factories
from tests.conftest import Browser
from tracker import clock
from tracker.app import create_app
from tracker.cli import articles as sync
from tracker.db import db
from tracker.models import Article
from tracker.render.assets import ASSETS, asset, assets
from tracker.render.site import Site
from tracker.services.generations import ASSETS_KEPT

pytestmark = pytest.mark.usefixtures("stopped_clock")

PATH = "/articles/lixi"
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
