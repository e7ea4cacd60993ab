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
from tracker.domain.decisions import Outcome
from tracker.models import Case
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import audit

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


def verify(app: Flask) -> Result:
    app.cli.add_command(audit_command)
    return app.test_cli_runner().invoke(args=["audit", "verify"])


def test_the_command_finds_a_whole_trail_whole(app: Flask, site: Site, now: datetime) -> None:
    article = factories.publish(site, "lixi", now)
    case = factories.withhold(site, article, now)
    factories.decide(site, case, Outcome.RESTORED, now)
    result = verify(app)
    assert result.exit_code == 0, result.output
    assert "whole" in result.output
    assert trail.head()[1] in result.output


def test_the_command_finds_a_case_that_does_not_say_what_the_trail_says(app: Flask, site: Site, now: datetime) -> None:
    number = factories.withhold(site, factories.publish(site, "lixi", now), now).id
    with transaction():
        db.session.get_one(Case, number).outcome = Outcome.DECLINED
    result = verify(app)
    assert result.exit_code == 1
    assert f"case {number}" in result.output
