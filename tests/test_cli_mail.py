"""`tracker mail receive`: what a mail server learns from its exit code."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from config import Config
from tests.mail.test_inbound import REPORT
from tests.staff import make_case
from tracker import cli
from tracker.cli import main, receiving
from tracker.db import db, transaction
from tracker.domain.errors import InvalidTransition, busy
from tracker.mail import signed
from tracker.models import Case, Mail, MailState, Message
from tracker.render.site import Site

LETTER = "From: anna@example.com\nMessage-ID: <1@example.com>\nSubject: x\n{more}\n补充如下。\n"


@pytest.fixture
def case(site: Site, now: datetime, stopped_clock: None) -> Case:
    site.config = dataclasses.replace(site.config, mail_reply="reply@example.org")
    return make_case(site, now)


@pytest.fixture
def address(site: Site, case: Case) -> str:
    return signed.reply_to(site, db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).one())


@pytest.fixture
def runner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setattr(cli, "create_app", lambda _: app)
    yield CliRunner()
    db.session.rollback()


def receive(runner: CliRunner, content: str | bytes, *words: str) -> Result:
    return runner.invoke(main, ["mail", "receive", *words], input=content)


def messages() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.text)))


def test_a_letter_is_added_once(runner: CliRunner, address: str) -> None:
    letter = LETTER.format(more="")
    first = receive(runner, letter, "--recipient", address)
    assert (first.exit_code, first.output) == (0, "tracker: added\n")
    again = receive(runner, LETTER.format(more=f"To: 本站 <{address}>\n"))
    assert (again.exit_code, again.output) == (0, "tracker: ignored: it came before\n")
    assert messages() == ["补充如下。"]


def test_what_is_to_be_ignored_ends_with_zero_and_says_why(runner: CliRunner, address: str) -> None:
    for letter, why in (
        (LETTER.format(more="Auto-Submitted: auto-replied\n"), "Auto-Submitted"),
        (LETTER.format(more="Return-Path: <>\n"), "mail server"),
        (LETTER.replace("anna@example.com", "notices@example.org", 1).format(more=""), "ourselves"),
        (LETTER.format(more="").replace("补充如下。", " "), "empty"),
        (REPORT % ("delayed", "message/rfc822"), "nothing lost"),
        (REPORT % ("failed", "message/rfc822"), "not ours"),
    ):
        answer = receive(runner, letter, "--recipient", address)
        assert (answer.exit_code, answer.output.count("\n")) == (0, 1)
        assert answer.output.startswith("tracker: ignored: ")
        assert why in answer.output
    assert messages() == []


def test_what_is_over_the_limit_waits_at_the_mail_server(
    runner: CliRunner, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr("tracker.services.inbound.PER_DAY", (0, receiving.inbound.PER_DAY[1]))
        answer = receive(runner, LETTER.format(more=""), "--recipient", address)
    assert (answer.exit_code, messages()) == (75, [])
    assert "too many" in answer.output
    assert receive(runner, LETTER.format(more=""), "--recipient", address).exit_code == 0
    assert messages() == ["补充如下。"]


def test_what_came_back_is_marked(runner: CliRunner, case: Case) -> None:
    with transaction():
        mail = db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).one()
        mail.state, number, name = MailState.SENT, mail.id, mail.message_id
    answer = receive(runner, (REPORT % ("failed", "message/rfc822")).replace("<1@localhost>", name))
    assert (answer.exit_code, answer.output) == (0, "tracker: a mail came back, and is marked as bounced\n")
    db.session.rollback()
    assert db.session.get_one(Mail, number).state is MailState.BOUNCED


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"no message at all"])
def test_what_is_no_message(runner: CliRunner, case: Case, content: bytes) -> None:
    answer = receive(runner, content)
    assert (answer.exit_code, answer.output) == (65, "tracker: this is no message\n")


def test_what_is_too_large_is_refused(runner: CliRunner, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "LONGEST", 50)
    assert receive(runner, LETTER.format(more=""), "--recipient", address).exit_code == 65


def test_a_thread_that_is_not_known(runner: CliRunner, address: str) -> None:
    forged = address.replace("+n1.", "+n2.")
    for words in ((), ("--recipient", forged)):
        answer = receive(runner, LETTER.format(more=""), *words)
        assert answer.exit_code == 67
        assert answer.output.startswith("tracker: this answers no mail of ours")
        assert answer.output.isascii()
    assert messages() == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (busy(), 75),
        (OperationalError("", {}, Exception()), 75),
        (RuntimeError("a fault"), 75),
        (InvalidTransition("不行"), 69),
    ],
)
def test_what_may_pass_is_tried_again(
    runner: CliRunner, address: str, error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr("tracker.services.exchange.mail.supplemented", fail)
        assert receive(runner, LETTER.format(more=""), "--recipient", address).exit_code == code
    assert messages() == []
    assert receive(runner, LETTER.format(more=""), "--recipient", address).output == "tracker: added\n"


def test_a_database_that_is_away_and_wrong_settings_wait(config: Config, tmp_path: str) -> None:
    settings = {"TRACKER_DATA": str(config.data), "SECRET_KEY": config.secret_key}
    for changed in ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, {"MAIL_PORT": "many"}):
        answer = CliRunner().invoke(main, ["mail", "receive"], input=LETTER.format(more=""), env=settings | changed)
        assert answer.exit_code == 75
        assert answer.output.startswith("tracker: ")
        assert answer.output.count("\n") == 1
