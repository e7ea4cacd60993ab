"""Commands: what is wrong is one line with a name in it, never a traceback; and what they leave alone."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from config import ROOT, Config
from tests.staff import make_member
from tracker import cli
from tracker.app import create_app
from tracker.cli import articles, main
from tracker.cli.processes import _state_of_files
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.models import Account, Generation, Page
from tracker.render.site import Site

Run = Callable[..., Result]


@pytest.fixture
def run(config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command as the shell does, with the settings of the test."""
    settings = {
        "TRACKER_DATA": str(config.data),
        "TRACKER_CONTENT": str(config.content),
        "DATABASE_URL": config.database_url,
        "BASE_URL": config.base_url,
        "SECRET_KEY": config.secret_key,
    }

    made: list[Flask] = []

    def create(settings: Config) -> Flask:
        made.append(create_app(settings))
        return made[-1]

    def invoke(*words: str, **changed: str) -> Result:
        return CliRunner().invoke(main, words, env=settings | changed)

    monkeypatch.setattr(cli, "create_app", create)
    yield invoke
    for application in made:
        with application.app_context():
            db.engine.dispose()


def test_the_version_is_said_whatever_the_settings_are(run: Run) -> None:
    answer = run("--version", TRACKER_PORT="x")
    assert (answer.exit_code, answer.output) == (0, f"tracker {version('tracker')}\n")


def test_an_admin_invited_again_stays_one(app: Flask, run: Run) -> None:
    make_member(role=Role.ADMIN)
    answer = run("invite", "mei@example.org")
    assert (answer.exit_code, "/account/links/" in answer.output) == (0, True)
    db.session.rollback()
    assert db.session.scalars(select(Account.role)).one() is Role.ADMIN


@pytest.mark.parametrize(
    ("words", "said"),
    [(("mei@example.org", "--role", "moderator"), "最后一位管理员"), (("no address",), "邮箱地址要像")],
)
def test_a_refusal_is_one_line(app: Flask, run: Run, words: tuple[str, ...], said: str) -> None:
    make_member(role=Role.ADMIN)
    answer = run("invite", *words)
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: ")
    assert said in answer.output
    assert answer.output.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pages/rules.md", "---\ntitle: [\n---\n"),
        ("pages/rules.md", "no front matter"),
        ("categories.yml", "disputes: {zh-Hans: {name: 纠纷}}"),
        ("categories.yml", "disputes: {zh-Hans: {name: 纠纷, summary: 路}}"),
        ("categories.yml", "a: ["),
        ("categories.yml", ""),
    ],
)
def test_a_file_without_which_there_is_no_site_is_named(config: Config, run: Run, name: str, text: str) -> None:
    file = config.content / name
    file.write_text(text, encoding="utf-8")
    answer = run("sync")
    assert answer.exit_code == 1
    assert all(line.startswith(f"tracker: {file}: ") for line in answer.output.splitlines())
    assert 1 <= answer.output.count("\n") <= 3, "a name and a summary may be missing in each language, and nothing else"


def test_all_that_is_wrong_with_what_a_site_needs_is_told_at_once(config: Config, run: Run) -> None:
    (config.content / "categories.yml").write_text("Disputes: {zh-Hans: {name: 纠纷, summary: 路}, en: x}")
    (config.content / "pages" / "rules.md").write_text("---\ntitle: x\nlanguage: de\nupdated: today\n---\n[^1]\n")
    (config.content / "pages" / "About Us.md").write_text("no front matter")
    told = [line.partition("content/")[2] for line in run("sync").output.splitlines()]
    assert [line.partition("：")[0].partition("没有内容")[0] for line in told] == [
        "categories.yml: 第1行，Disputes",
        "categories.yml: 第1行，Disputes.en",
        "pages/About Us.md: 第1行要以“---”开始，写明title、slug等，再以“---”结束。",
        "pages/rules.md: 第1行，version",
        "pages/rules.md: 第3行，language",
        "pages/rules.md: 第4行，updated",
        "pages/rules.md: 第6行的脚注[^1]",
    ]


def test_an_invitation_to_a_role_that_there_is_not_is_told_which_there_are(app: Flask, run: Run) -> None:
    answer = run("invite", "mei@example.org", "--role", "boss")
    assert answer.exit_code == 2
    assert "'boss' is not one of 'moderator', 'reviewer', 'admin', 'auditor'" in answer.output


def test_two_files_of_one_page_are_both_named(config: Config, run: Run) -> None:
    pages = config.content / "pages"
    (pages / "privacy.old.md").write_bytes((pages / "privacy.md").read_bytes())
    answer = run("sync")
    assert answer.exit_code == 1
    assert answer.output.startswith(
        f"tracker: {pages / 'privacy.old.md'}: 页面“privacy”的zh-Hans文本已经在文件privacy.md里。"
    )
    assert answer.output.count("\n") == 1


def test_a_refused_file_is_told_from_a_failure(config: Config, run: Run) -> None:
    """`make run` goes on after the one and stops after the other."""
    (config.content / "bad.md").write_text("no front matter", encoding="utf-8")
    assert run("sync").exit_code == articles.REFUSED


def test_a_database_out_of_reach_is_not_taken_for_an_empty_one(run: Run, tmp_path: Path) -> None:
    for url in ("postgresql://127.0.0.1:1/none", f"sqlite:///{tmp_path}"):
        assert "cannot be read" in run("worker", DATABASE_URL=url).output


@pytest.mark.parametrize(
    "command",
    ["worker", "sync", "invite wei@example.org", "audit verify", "audit head", "switch read-only on --reason x"],
)
def test_a_database_without_tables_is_told_what_it_needs(run: Run, tmp_path: Path, command: str) -> None:
    assert "run alembic upgrade head" in run(*command.split(), DATABASE_URL=f"sqlite:///{tmp_path}/new.db").output


def test_a_switch_is_turned_from_the_shell_and_says_why_to_commands(app: Flask, run: Run) -> None:
    refused = run("switch", "read-only", "on")
    assert (refused.exit_code, refused.output) == (1, "Error: reason: 还没有填写。请写2至300个字。\n")
    assert run("switch", "read-only", "on", "--reason", "数据库迁移").output == "read-only is on\n"
    answer = run("invite", "mei@example.org")
    assert (answer.exit_code, "数据库迁移" in answer.output) == (1, True)
    assert run("switch", "read-only", "off").output == "read-only is off\n"
    assert run("invite", "mei@example.org").exit_code == 0


def test_ready_after_the_first_sync_only(client: FlaskClient, site: Site) -> None:
    with transaction():
        db.session.execute(delete(Page))
        db.session.execute(delete(Generation))
    before = client.get("/readyz")
    assert (before.status_code, before.text) == (503, "not ready\n")
    articles.build(site)
    assert client.get("/readyz").status_code == 200


def test_a_file_that_goes_while_files_are_listed_is_left_out(config: Config) -> None:
    gone = config.content / "gone.md"
    gone.symlink_to(config.content / "nothing")
    state = _state_of_files(config)
    assert gone not in state
    assert {config.content / "categories.yml", ROOT / "tracker" / "app.py"} <= state.keys()
