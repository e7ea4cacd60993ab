"""The audit trail: what it takes, what it refuses, and that no change of it stays unseen."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask

from tests import factories
from tracker.cli.trail import audit as audit_command
from tracker.db import db, transaction
from tracker.domain.audit import GENESIS, KINDS, Entry, digest, first_fault
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.models import Account, Case
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import audit, undo

AT = datetime.fromisoformat("2026-11-23T09:30:00Z")


def chain(length: int) -> list[Entry]:
    entries, previous = [], GENESIS
    for seq in range(1, length + 1):
        at, facts = AT + timedelta(seconds=seq), {"account": seq}
        now = digest(seq, at, "account:1", "account.signed_in", facts, previous)
        entries.append(Entry(seq, at, "account:1", "account.signed_in", facts, previous, now))
        previous = now
    return entries


def rehashed(entries: list[Entry]) -> list[Entry]:
    """Return the entries as an insider would leave them: numbered and hashed anew."""
    result, previous = [], GENESIS
    for seq, entry in enumerate(entries, start=1):
        now = digest(seq, entry.at, entry.actor, entry.kind, entry.facts, previous)
        result.append(entry._replace(seq=seq, previous=previous, hash=now))
        previous = now
    return result


def changed(entries: list[Entry], index: int, **values: object) -> list[Entry]:
    return [*entries[:index], entries[index]._replace(**values), *entries[index + 1 :]]


MUTATIONS: dict[str, Callable[[list[Entry]], list[Entry]]] = {
    "facts changed": lambda e: changed(e, 4, facts={"account": 99}),
    "actor changed": lambda e: changed(e, 4, actor="account:2"),
    "kind changed": lambda e: changed(e, 4, kind="account.signed_out"),
    "time changed": lambda e: changed(e, 4, at=AT),
    "entry left out": lambda e: e[:4] + e[5:],
    "entries swapped": lambda e: [*e[:3], e[4], e[3], *e[5:]],
    "end cut off": lambda e: e[:-2],
    "changed and hashed anew alone": lambda e: [*e[:4], rehashed(changed(e, 4, facts={"account": 99}))[4], *e[5:]],
    "two trails joined": lambda e: [*e[:4], *rehashed(changed(e, 2, facts={"account": 99}))[4:]],
    "rewritten and hashed anew": lambda e: rehashed(changed(e, 4, facts={"account": 99})),
    "left out and hashed anew": lambda e: rehashed(e[:4] + e[5:]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_change_of_the_trail_stays_unseen_when_its_head_is_kept_outside(name: str) -> None:
    entries = chain(10)
    head = (entries[-1].seq, entries[-1].hash)
    assert first_fault(entries, head) is None
    assert first_fault(MUTATIONS[name](entries), head) is not None


def test_an_empty_trail_is_whole() -> None:
    assert first_fault([], (0, GENESIS)) is None


@pytest.mark.parametrize("facts", [{}, {"account": 1, "name": "梅"}, {"name": "梅"}])
def test_undeclared_facts_are_refused(app: Flask, facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="takes"), transaction():
        audit.record(audit.SYSTEM, "account.signed_in", AT, **facts)
    assert trail.head() == (0, GENESIS)


def test_an_undeclared_kind_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="undeclared"), transaction():
        audit.record(audit.SYSTEM, "account.sneezed", AT, account=1)


def test_no_kind_holds_free_text() -> None:
    words = {"name", "email", "text", "title", "explanation", "address", "facts", "passage"}
    assert [kind for kind, facts in KINDS.items() if facts & words] == []


def test_writers_at_once_make_one_chain(app: Flask) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context():
                for _ in range(20):
                    with transaction():
                        audit.record(f"account:{number}", "account.signed_in", AT, account=number)
                db.session.remove()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert trail.fault() is None
    assert trail.head()[0] == 160


def command(app: Flask, *arguments: str) -> Result:
    db.session.remove()
    app.cli.add_command(audit_command)
    return app.test_cli_runner().invoke(args=["audit", *arguments])


@pytest.fixture
def a_case(app: Flask, site: Site, now: datetime) -> int:
    """The number of a case that was decided, and restored; the trail holds ten entries before it."""
    for number in range(10):
        with transaction():
            audit.record(f"account:{number}", "account.signed_in", AT + timedelta(seconds=number), account=number)
    case = factories.withhold(site, factories.publish(site, "lixi", now), now)
    factories.decide(site, case, Outcome.RESTORED, now)
    return case.id


@pytest.mark.usefixtures("a_case")
def test_the_command_finds_a_whole_trail_whole(app: Flask) -> None:
    seq, digest = command(app, "head").output.split()
    assert (int(seq), digest) == trail.head()
    for arguments in ((), ("--head", seq, digest), ("--head", "0", GENESIS)):
        result = command(app, "verify", *arguments)
        assert result.exit_code == 0, result.output
        assert f"{seq} entries, whole, head {digest}" in result.output


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, None])
def test_the_command_finds_a_case_that_does_not_say_what_the_trail_says(
    app: Flask, a_case: int, outcome: Outcome | None
) -> None:
    with transaction():
        db.session.get_one(Case, a_case).outcome = outcome
    result = command(app, "verify")
    assert result.exit_code == 1
    assert f"case {a_case}" in result.output


REORDER = "UPDATE audit_entry SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 ELSE seq END"
TAMPERING = {
    "actor changed": ["UPDATE audit_entry SET actor = 'account:7' WHERE seq = 3"],
    "kind changed": ["UPDATE audit_entry SET kind = 'account.signed_out' WHERE seq = 3"],
    "time changed": ["UPDATE audit_entry SET at = '2025-01-01 00:00:00.000000' WHERE seq = 3"],
    "facts changed": ["UPDATE audit_entry SET facts = '{\"account\": 99}' WHERE seq = 3"],
    "facts of another shape": ["UPDATE audit_entry SET facts = '[1]' WHERE seq = 3"],
    "case changed": ['UPDATE audit_entry SET facts = \'{"case": 99, "to": "decided"}\' WHERE kind = \'case.decided\''],
    "hash changed": ["UPDATE audit_entry SET hash = previous WHERE seq = 3"],
    "entry left out": ["DELETE FROM audit_entry WHERE seq = 3"],
    "first entry left out": ["DELETE FROM audit_entry WHERE seq = 1"],
    "entries swapped": [REORDER, "UPDATE audit_entry SET seq = -seq WHERE seq < 0"],
    "entry doubled": [
        "INSERT INTO audit_entry SELECT seq + 1, at, actor, kind, case_id, facts, previous, hash "
        "FROM audit_entry WHERE seq = (SELECT max(seq) FROM audit_entry)"
    ],
    "end cut off": ["DELETE FROM audit_entry WHERE seq > 10"],
    "everything cut off": ["DELETE FROM audit_entry"],
    "head gone": ["DELETE FROM audit_head"],
    "head moved": ["UPDATE audit_head SET seq = seq + 1"],
}
WITH_ITS_HEAD = {
    "end and head cut off": [
        "DELETE FROM audit_entry WHERE seq > 10",
        "UPDATE audit_head SET seq = 10, hash = (SELECT hash FROM audit_entry WHERE seq = 10)",
        "UPDATE measure SET ended_by_id = NULL",
        "DELETE FROM measure",
        "DELETE FROM decision",
        "DELETE FROM clock",
        "DELETE FROM line",
        "UPDATE mail SET case_id = NULL",
        'DELETE FROM "case"',
    ],
    "everything forgotten": [
        "DELETE FROM audit_entry",
        f"UPDATE audit_head SET seq = 0, hash = '{GENESIS}'",
        "DELETE FROM measure",
        "DELETE FROM decision",
        "DELETE FROM clock",
        "DELETE FROM line",
        "UPDATE mail SET case_id = NULL",
        'DELETE FROM "case"',
    ],
}


def tamper(app: Flask, statements: list[str]) -> None:
    """Change what no part of the program can: as the owner of the database, past its triggers."""
    db.session.remove()
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in (
                connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            ):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("audit_entry", "audit_head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.usefixtures("a_case")
@pytest.mark.parametrize("name", TAMPERING)
def test_the_command_finds_what_was_done_past_the_triggers(app: Flask, name: str) -> None:
    tamper(app, TAMPERING[name])
    result = command(app, "verify")
    assert result.exit_code == 1
    assert result.output.startswith("audit trail: ")
    assert "Traceback" not in result.output


@pytest.mark.usefixtures("a_case")
@pytest.mark.parametrize("name", WITH_ITS_HEAD)
def test_a_head_kept_elsewhere_shows_a_trail_that_was_made_to_agree_with_itself(app: Flask, name: str) -> None:
    kept = command(app, "head").output.split()
    tamper(app, WITH_ITS_HEAD[name])
    assert command(app, "verify").exit_code == 0
    result = command(app, "verify", "--head", *kept)
    assert result.exit_code == 1
    assert "was kept" in result.output


def test_a_case_row_that_was_deleted_is_missed(app: Flask, a_case: int) -> None:
    tamper(app, [*WITH_ITS_HEAD["everything forgotten"][2:]])
    result = command(app, "verify")
    assert result.exit_code == 1
    assert f"case {a_case} is stored as None" in result.output


def test_on_sqlite_what_cannot_be_read_is_a_fault(app: Flask, a_case: int, backend: str) -> None:
    if backend == "postgresql":
        return  # its columns take nothing but times and JSON
    for column in ("at", "facts"):
        tamper(app, [f"UPDATE audit_entry SET {column} = 'nonsense' WHERE seq = 3"])
        result = command(app, "verify")
        assert result.exit_code == 1
        assert "cannot be read" in result.output


def test_a_decision_taken_back_leaves_the_trail_in_agreement(site: Site, now: datetime) -> None:
    number = factories.open_case(factories.publish(site, "yi", now), now, CategoryName.MINOR).id
    by = factories.make_account().id
    for outcome in (Outcome.WITHHELD, Outcome.INTERIM, Outcome.DECLINED):
        account = db.session.get_one(Account, by)
        factories.decide(site, db.session.get_one(Case, number, populate_existing=True), outcome, now, account)
        version = db.session.get_one(Case, number, populate_existing=True).version
        with transaction():
            undo.undo(site, db.session.get_one(Account, by), number, version, now)
        assert trail.fault() is None, outcome
