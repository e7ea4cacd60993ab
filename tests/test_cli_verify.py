"""`tracker verify`: exit code 0 for what this site signed, and for nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tracker.cli.proofs import verify
from tracker.domain.receipts import Keyring
from tracker.models import Notice
from tracker.render.site import Site
from tracker.services import proofs

NOTICE = Notice(reference="R-2026-7K3Q-9F2D", sha256="ab" * 32, received_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))


@pytest.fixture
def proof(site: Site) -> bytes:
    return proofs.issue(site, NOTICE, "zh-Hans")


def run(app: Flask, file: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(verify, [file], obj=None, input=given)


def test_a_proof_of_ours_is_valid(app: Flask, proof: bytes, tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(proof)
    for answer in (run(app, str(tmp_path / "receipt.json")), run(app, "-", proof)):
        assert answer.exit_code == 0
        said = f"proof: valid, R-2026-7K3Q-9F2D received at 2026-11-23T09:30:00Z, SHA-256 {'ab' * 32}\n"
        assert answer.output == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda proof: proof.replace(b"2026-11", b"2026-10"), "altered"),
        (lambda proof: proof[:-5], "no proof"),
        (lambda proof: b"\0" * 1_000_000, "no proof"),
        (lambda proof: b"", "no proof"),
    ],
)
def test_anything_else_ends_with_one(app: Flask, proof: bytes, change: object, said: str) -> None:
    answer = run(app, "-", change(proof))  # type: ignore[operator]
    assert answer.exit_code == 1
    assert answer.output.startswith(f"proof: {said}")
    assert answer.output.count("\n") == 1


def test_an_old_key_verifies_and_a_lost_one_does_not(app: Flask, site: Site, proof: bytes) -> None:
    site.keys = Keyring(["new key", site.config.secret_key])
    assert run(app, "-", proof).exit_code == 0
    site.keys = Keyring(["new key"])
    answer = run(app, "-", proof)
    assert (answer.exit_code, answer.output.startswith("proof: unknown")) == (1, True)


def test_a_file_that_is_not_there_is_named(app: Flask, tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "none.json"):
        answer = run(app, str(file))
        assert answer.exit_code == 2
        assert str(file) in answer.output
