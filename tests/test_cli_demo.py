"""`tracker demo`: a whole desk in one command, real in every row, and out of the way in another."""

import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, inspect, select

from config import ROOT, Config
from tests import bounds
from tests.bounds import within
from tests.factories import publish
from tests.postgres import Cluster
from tracker import content
from tracker.app import create_app
from tracker.cli import main
from tracker.cli.demo import command, quoting, story, words
from tracker.cli.demo.command import MARK
from tracker.db import db, transaction
from tracker.domain.lifecycle import State
from tracker.domain.settings import Switch
from tracker.models import Account, Appeal, Case, Clock, CounterNotice, Generation, Item, Mail, MailState, Notice, Page
from tracker.queries import health, rules, trail
from tracker.render.site import Site
from tracker.services import clauses, generations, settings

RESERVED = re.compile(r"@([a-z0-9-]+\.)*(example|example\.(com|net|org))$")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["demo", *words])


@pytest.fixture
def database(backend: str, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """The option that names an empty database; SQLite makes its own."""
    if backend == "sqlite":
        yield []
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"empty_{uuid.uuid4().hex}"
    cluster.create(name)
    yield ["--database", cluster.url(name)]
    cluster.drop(name)


def of(folder: Path) -> Config:
    return command._config(folder, 8001)


@pytest.mark.slow
def test_a_desk_with_life_in_it_comes_and_goes(
    tmp_path: Path, database: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run plays one life in five; what they come to together is looked at with all of them."""
    all_lives = story._lives
    monkeypatch.setattr(story, "_lives", lambda stage: islice(all_lives(stage), within(1, 0), None, within(5, 1)))
    folder = tmp_path / "demo"
    made = run("--folder", str(folder), *database, "--fill-only")
    assert made.exit_code == 0, made.output
    assert len(re.findall(r"http\S+/account/links/\d+\?code=\S+", made.output)) == len(words.STAFF)
    said = re.search(r"(\d+) cases: (.+)", made.output)
    assert said
    assert int(said[1]) == sum(map(int, re.findall(r"\d+", said[2])))
    again = run("--folder", str(folder), "--fill-only")
    assert (again.exit_code, "Filling" in again.output) == (0, False)
    application = create_app(of(folder))
    with application.app_context():
        look(settings.in_force(application.extensions["site"]))
        db.session.remove()
        db.engine.dispose()
    application.extensions["edge"].close()
    gone = run("--folder", str(folder), "--remove")
    assert (gone.exit_code, folder.exists()) == (0, False)
    if database:
        application = create_app(
            Config.from_environment({"DATABASE_URL": database[1], "TRACKER_DATA": str(tmp_path / "x")})
        )
        with application.app_context():
            assert inspect(db.engine).get_table_names() == ["alembic_version"]
            db.engine.dispose()
        application.extensions["edge"].close()


def look(site: Site) -> None:
    """Assert that everything is there and that all of it agrees."""
    assert trail.fault() is None
    db.session.rollback()
    assert generations.fits(site)
    look_as_a_reader(site)
    boxes = [*db.session.scalars(select(Mail.recipient)), *db.session.scalars(select(Account.email))]
    assert len(boxes) > len(words.STAFF)
    assert all(RESERVED.search(box) for box in boxes)
    if not bounds.IS_FULL:
        assert len(set(db.session.scalars(select(Case.state)))) > 3
        return
    states = Counter(db.session.scalars(select(Case.state)))
    assert set(states) == set(State)
    assert states.total() >= 300
    assert db.session.scalar(select(func.count()).select_from(Notice)) > 100  # type: ignore[operator]
    sizes = db.session.execute(select(func.count()).select_from(Item).group_by(Item.notice_id)).scalars().all()
    assert max(sizes) == 200
    assert set(db.session.scalars(select(Notice.language))) == {"zh-Hans", "en"}
    assert any(len(notice.answers.get("explanation", "")) > 5000 for notice in db.session.scalars(select(Notice)))
    assert len(set(db.session.scalars(select(CounterNotice.state)))) >= 4
    assert len(set(db.session.scalars(select(Appeal.state)))) == 3
    assert db.session.scalar(select(func.count()).where(Clock.paused_at.is_not(None)))
    assert db.session.scalar(select(func.count()).where(Case.is_urgent))
    assert {MailState.SENT, MailState.BOUNCED, MailState.HELD} <= set(db.session.scalars(select(Mail.state)))
    newest = clauses.newest("2.9")
    assert newest is not None
    assert rules.outstanding(newest, site.local(newest.in_force_at)) >= 1
    tones = {check.name: check.tone for check in health.checks(site, newest.in_force_at)}
    assert tones["操作记录"] == "success"


def look_as_a_reader(site: Site) -> None:
    """Assert that who reads English finds an article, and both names say what this is."""
    assert ("演示" in site.names["zh-Hans"], "demo" in site.names["en"]) == (True, True)
    spoken = db.session.scalars(select(Page.body).join(Generation).where(Generation.is_live, Page.path == "/en/")).one()
    assert all(f"/en/articles/{slug}" in spoken.decode() for slug in words.SPARED)


ARTICLES = [*sorted((ROOT / "content").glob("*.md")), *range(3)]


@pytest.mark.parametrize("article", ARTICLES, ids=lambda each: getattr(each, "stem", str(each)))
def test_what_is_quoted_and_corrected_are_sentences_or_end_at_a_word(article: Path | int, tmp_path: Path) -> None:
    if isinstance(article, int):
        story.write_articles(tmp_path / "content")
        article = tmp_path / "content" / f"demo-{article:03}.md"
    text = content.text_of(article.read_bytes())
    for quoted in quoting.lines(text):
        assert 20 <= len(quoted) <= quoting.MOST
        line = next(line.strip() for line in text.splitlines() if line.strip().startswith(quoted))
        rest = line.removeprefix(quoted)
        assert not rest or quoted[-1] in "。！？；.!?;”’）》" or rest[0] in "，：、,: ", (quoted, rest)
    corrected = quoting.sentence(text)
    before, _, _ = text.partition(corrected)
    assert corrected[-1] in "。！？.!?”’）"
    assert before.rstrip(" ")[-1] in "。！？.!?”’）\n", (before[-10:], corrected)


def test_what_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    for words_ in (("--fill-only",), ("--remove",)):
        answer = run("--folder", str(tmp_path), *words_)
        assert answer.exit_code == 1
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_database_in_use_is_left_alone(tmp_path: Path, database_url: str) -> None:
    answer = run("--folder", str(tmp_path / "demo"), "--database", database_url, "--fill-only")
    assert (answer.exit_code, "not empty" in answer.output) == (1, True)
    assert not (tmp_path / "demo" / MARK).exists()


def test_a_database_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    answer = run("--folder", str(tmp_path / "demo"), "--database", "foo", "--fill-only")
    assert (answer.exit_code, "Error: DATABASE_URL must look like" in answer.output) == (1, True)


def test_its_settings_take_nothing_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "categories.yml").touch()
    monkeypatch.setenv("MAIL_SERVER", "mail.example.org")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example.org/tracker")
    config = of(tmp_path)
    assert (config.mail_server, config.database_url) == ("", f"sqlite:///{tmp_path / 'tracker.db'}")
    said = command._environment(config)
    assert said[said.index("MAIL_SERVER") - 1] == "-u"
    assert f"DATABASE_URL={config.database_url}" in said


def test_the_port_is_that_of_the_command_or_else_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def port(*said: str) -> int:
        return int(command.demo.make_context("demo", list(said)).params["port"])

    monkeypatch.delenv("TRACKER_PORT", raising=False)
    assert port() == 8001
    monkeypatch.setenv("TRACKER_PORT", "18701")
    assert (port(), port("--port", "18702")) == (18701, 18702)


def test_another_port_brings_the_pages_to_another_address(
    app: Flask, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(site, "yi", now)
    elsewhere = Site(replace(site.config, base_url="http://127.0.0.1:18701"))
    monkeypatch.setitem(app.extensions, "site", elsewhere)
    with transaction():
        settings.turn_on(None, Switch.READ_ONLY, "演习", now)
    command._bring_up_to_date()
    assert not generations.fits(elsewhere), "it starts all the same"
    with transaction(while_read_only=True):
        settings.turn_off(None, Switch.READ_ONLY, now)
    command._bring_up_to_date()
    assert generations.fits(elsewhere)
    assert "http://127.0.0.1:18701/articles/yi" in app.test_client().get("/articles/yi").text
    assert "pages made anew" in capsys.readouterr().out
    command._bring_up_to_date()
    assert capsys.readouterr().out == "", "nothing to do"
