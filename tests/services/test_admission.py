"""How many notices are taken: exact under threads, by address, network and mailbox; the urgent lanes apart; a sum instead of a wall."""

import base64
import json
from datetime import datetime, timedelta

import altcha
import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.notifier import publish, submission
from tests.staff import at_once
from tracker.db import db, transaction
from tracker.domain.errors import TooMany
from tracker.models import Limit, Notice
from tracker.render.site import Site
from tracker.services import admission, limits, notices, proof_of_work
from tracker.services.admission import ProofNeeded, Rate, Sender

SENDER = Sender("203.0.113.7", "wang@example.org")
DRAFT = "d" * 64


def rates(monkeypatch: pytest.MonkeyPatch, **given: Rate) -> None:
    for kind in list(admission.RATES):
        monkeypatch.setitem(admission.RATES, kind, given.get(kind, Rate(None, 10_000)))


def admit(
    site: Site, now: datetime, sender: Sender = SENDER, proof: str = "", *, is_urgent: bool = False, draft: str = DRAFT
) -> None:
    with transaction():
        admission.admit(site, sender, draft, proof, now, is_urgent=is_urgent)


def solved(site: Site, now: datetime, draft: str = DRAFT) -> str:
    challenge = altcha.Challenge.from_dict(json.loads(proof_of_work.challenge(site, draft, now)))
    solution = altcha.solve_challenge(challenge)
    assert solution
    return altcha.Payload(challenge, solution).to_base64()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("kind", ["address", "network", "mailbox"])
def test_of_fifty_at_once_exactly_as_many_as_the_limit_are_taken(
    app: Flask, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    publish(site, "alpha", now)
    rates(monkeypatch, **{kind: Rate(None, 7)})
    db.session.remove()

    def send(number: int) -> str:
        places = {"network": f"203.0.113.{number}", "mailbox": f"198.51.{number}.1"}
        sender = Sender(
            places.get(kind, SENDER.place), SENDER.mailbox if kind == "mailbox" else f"n{number}@example.org"
        )
        with transaction():
            admission.admit(site, sender, DRAFT, "", now, is_urgent=False)
            notices.submit(site, submission(f"{number:043}", addresses="alpha", email=f"n{number}@example.org"), now)
        return "taken"

    came = at_once(app, [lambda number=number: send(number) for number in range(50)])  # type: ignore[misc]
    assert came.count("taken") == 7
    assert sum(isinstance(answer, TooMany) for answer in came) == 43
    assert count(Notice) == 7


def test_what_was_refused_was_not_counted(site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    rates(monkeypatch, mailbox=Rate(None, 1), network=Rate(None, 2))
    admit(site, now)
    for _ in range(5):
        with pytest.raises(TooMany):
            admit(site, now)
    admit(site, now, Sender("203.0.113.8", "li@example.org"))  # the same network: its second
    with pytest.raises(TooMany):
        admit(site, now, Sender("203.0.113.9", "wu@example.org"))


def test_the_refusal_names_the_time(site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    rates(monkeypatch, address=Rate(None, 1))
    admit(site, now)
    with pytest.raises(TooMany, match="2026-11-24 17:31") as refused:
        admit(site, now)
    assert refused.value.seconds == 24 * 3600
    admit(site, now + timedelta(days=1))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_the_network_around_an_address(address: str, network: str) -> None:
    assert limits.wider(address) == network


def test_the_urgent_lanes_are_counted_apart_and_never_ask_for_a_sum(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates(monkeypatch, address=Rate(0, 0))
    with pytest.raises(TooMany):
        admit(site, now)
    for _ in range(30):
        admit(site, now, is_urgent=True)
    monkeypatch.setitem(admission.URGENT, "address", Rate(None, 30))
    with pytest.raises(TooMany) as refused:
        admit(site, now, is_urgent=True)
    assert not isinstance(refused.value, ProofNeeded)


# the sum


def test_above_the_easy_rate_a_solved_challenge_opens_the_way(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates(monkeypatch, address=Rate(1, 100))
    admit(site, now)
    assert admission.needs_proof(site, SENDER, now) is not None
    with pytest.raises(ProofNeeded) as refused:
        admit(site, now)
    assert refused.value.values["when"] == "18:31"
    admit(site, now, proof=solved(site, now))
    admit(site, now + timedelta(hours=1))  # waiting opens it too
    assert admission.needs_proof(site, Sender("198.51.100.1"), now) is None


def test_a_solution_counts_once_even_when_sent_at_once(app: Flask, site: Site, now: datetime) -> None:
    proof = solved(site, now)

    def spend() -> bool:
        with transaction():
            return proof_of_work.spend(site, proof, DRAFT, now)

    assert sorted(at_once(app, [spend] * 8)) == [False] * 7 + [True]  # type: ignore[type-var]
    with transaction():
        assert not proof_of_work.spend(site, proof, DRAFT, now + timedelta(minutes=29))


def test_a_solution_is_of_one_draft_and_in_time(site: Site, now: datetime) -> None:
    proof = solved(site, now)
    with transaction():
        assert not proof_of_work.spend(site, proof, "e" * 64, now)
        assert not proof_of_work.spend(site, proof, DRAFT, now + proof_of_work.GOOD_FOR)
        assert proof_of_work.spend(site, proof, DRAFT, now + proof_of_work.GOOD_FOR - timedelta(seconds=2))


def test_a_solution_that_was_not_worked_for_is_none(site: Site, now: datetime) -> None:
    whole = json.loads(base64.b64decode(solved(site, now)))

    def forged(**changed: object) -> str:
        parameters = whole["challenge"]["parameters"] | changed
        forged = {"challenge": whole["challenge"] | {"parameters": parameters}, "solution": whole["solution"]}
        return base64.b64encode(json.dumps(forged).encode()).decode()

    unsigned = json.loads(proof_of_work.challenge(site, DRAFT, now)) | {"signature": "0" * 64}
    tries = [
        "", "x", "=" * 9000, base64.b64encode(b"[]").decode(), base64.b64encode(b'{"challenge":1}').decode(),
        forged(cost=1), forged(keyPrefix="00"), forged(data={"draft": DRAFT, "until": 2**40, "epoch": site.keys.epoch}),
        forged(data={"epoch": []}), forged(data=None),
        base64.b64encode(json.dumps({"challenge": unsigned, "solution": whole["solution"]}).encode()).decode(),
        base64.b64encode(json.dumps(whole | {"solution": {"counter": 1, "derivedKey": "00" * 32}}).encode()).decode(),
    ]  # fmt: skip
    with transaction():
        assert [proof_of_work.spend(site, typed, DRAFT, now) for typed in tries] == [False] * len(tries)
    assert count(Limit) == 0
