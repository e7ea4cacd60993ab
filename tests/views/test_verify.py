"""Proofs of receipt: who may download one, and what the page says of what anybody brings."""

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, Response, request_finished
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from config import ROOT
from tests.forms import sound
from tests.notifier import publish, submit
from tracker.db import db
from tracker.domain.receipts import Keyring
from tracker.models import Mailbox, Notice
from tracker.render import qr
from tracker.render.site import Site

PLACES = ["/verify", "/receipts/verify", "/en/verify", "/en/receipts/verify"]
VALID, ALTERED, UNKNOWN, NONE = "证明有效", "证明无效", "公钥不是本站的", "这不是收件证明"


@pytest.fixture
def pair(client: FlaskClient, site: Site, now: datetime) -> tuple[str, str]:
    publish(site, "alpha", now)
    return submit(client)


@pytest.fixture
def proof(client: FlaskClient, pair: tuple[str, str]) -> str:
    return client.post(f"/receipts/{pair[0]}/proof", data={"code": pair[1]}).text


def post(client: FlaskClient, place: str, data: Mapping[str, object]) -> TestResponse:
    """Send the form; written out here, because the client leaves the file open in which it keeps a long one."""
    boundary, body = encode_multipart(data)
    return client.post(place, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def verdict(client: FlaskClient, content: object, place: str = "/verify") -> tuple[int, str]:
    """Return the status and the words with which the page answers."""
    data = {"file": FileStorage(BytesIO(content), "a.json")} if isinstance(content, bytes) else {"proof": content}
    response = post(client, place, data)
    sound(response.text)
    said = [words for words in (VALID, ALTERED, UNKNOWN, NONE) if words in response.text]
    assert len(said) == 1
    return response.status_code, said[0]


# download


def test_whoever_opens_the_receipt_has_the_proof(client: FlaskClient, site: Site, pair: tuple[str, str]) -> None:
    notice = db.session.scalars(select(Notice)).one()
    mailed = site.keys.secret("notice-mail", pair[0], notice.key_epoch)
    given = [client.post(f"/receipts/{pair[0].lower()}/proof", data={"code": code}) for code in (pair[1], mailed)]
    for response in given:
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Disposition"] == f'attachment; filename="receipt-{pair[0]}.json"'
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Robots-Tag"] == "noindex"
    fields = json.loads(given[0].data)
    assert (fields["reference"], fields["notice_sha256"]) == (pair[0], notice.sha256)
    assert fields["received_at"] == f"{notice.received_at:%Y-%m-%dT%H:%M:%S}Z"
    assert fields["site"] == "http://localhost"
    assert pair[1] not in given[0].text
    assert given[0].data == given[1].data
    assert db.session.scalar(select(Mailbox)) is None  # a download confirms nothing


def test_a_wrong_code_gets_the_answer_of_the_receipt(client: FlaskClient, pair: tuple[str, str]) -> None:
    for reference in (pair[0], "R-2026-0000-0000"):
        away = client.post(f"/receipts/{reference}/proof", data={"code": "x"})
        assert (away.status_code, away.location) == (307, f"/receipts/{reference}")
        answer = client.post(f"/receipts/{reference}/proof", data={"code": "x"}, follow_redirects=True)
        assert answer.status_code == 422
        assert "编号或查询码不对" in answer.text


@pytest.mark.parametrize("reference", ["%0d%0aX: y", "%00", "%ED%A0%80", "长", "..%5c", "R" * 100_000, "%3F%23", "x:y"])
def test_any_reference_leads_back_to_this_site(client: FlaskClient, reference: str) -> None:
    away = client.post(f"/en/receipts/{reference}/proof", data={"code": "x"})
    assert away.status_code == 307
    assert re.fullmatch(r"/en/receipts/[A-Za-z0-9%._~:-]{0,2000}", away.location)


def test_the_confirmation_shows_the_ways_to_keep_a_receipt(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, "alpha", now)
    shown: list[str] = []

    def keep(_: Flask, response: Response) -> None:
        shown.append(response.get_data(as_text=True))

    with request_finished.connected_to(keep, client.application):
        reference, code = submit(client)
    sent = shown[-1]
    assert f'action="/receipts/{reference}/proof"' in sent
    assert 'aria-label="打开这份通知回执的二维码"' in sent
    assert qr.drawn(f"http://localhost/receipts/{reference}?code={code}").path in sent


def test_a_qr_code_has_its_quiet_zone_and_the_modules_of_the_standard() -> None:
    drawing = qr.drawn("HELLO")
    cells = {
        (x + step, y)
        for x, y, n in (map(int, run) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", drawing.path))
        for step in range(n)
    }
    assert drawing.size == 21 + 2 * qr.QUIET
    assert {x for x, _ in cells} | {y for _, y in cells} == set(range(4, 25))
    ring = {(x, y) for x in range(4, 11) for y in range(4, 11) if {x, y} & {4, 10}}
    gap = {(x, y) for x in range(5, 10) for y in range(5, 10) if {x, y} & {5, 9}}
    assert ring <= cells
    assert not gap & cells


# verification


@pytest.mark.parametrize("place", PLACES)
def test_the_page_shows_the_keys_and_a_form(client: FlaskClient, site: Site, place: str) -> None:
    site.keys = Keyring(["new", "old"])
    response = client.get(place)
    assert response.status_code == 200
    sound(response.text)
    assert response.text.count("-----BEGIN PUBLIC KEY-----") == 2
    assert f'<html lang="{"en" if place.startswith("/en") else "zh-Hans"}">' in response.text
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("place", PLACES)
def test_both_forms_check_a_proof(client: FlaskClient, proof: str, place: str) -> None:
    for data in ({"proof": proof}, {"file": (BytesIO(proof.encode()), "a.json")}):
        response = client.post(place, data=data)
        assert response.status_code == 200
        assert ("Valid" if place.startswith("/en") else VALID) in response.text
        for shown in ("reference", "notice_sha256", "received_at", "key"):
            assert json.loads(proof)[shown] in response.text


def test_a_proof_in_english_says_what_it_is_in_english(client: FlaskClient, pair: tuple[str, str]) -> None:
    proof = client.post(f"/en/receipts/{pair[0]}/proof", data={"code": pair[1]}).text
    assert json.loads(proof)["about"].startswith("Proof of receipt")
    assert "http://localhost/en/verify" in proof
    assert verdict(client, proof) == (200, VALID)


def test_what_is_wrong_is_said(client: FlaskClient, site: Site, proof: str) -> None:
    assert verdict(client, proof) == (200, VALID)
    assert verdict(client, proof.replace("2026-", "2025-")) == (422, ALTERED)
    assert verdict(client, proof.encode().replace(b"localhost", b"elsewhere")) == (422, ALTERED)
    assert verdict(client, "{" + proof) == (422, NONE)
    old = site.keys
    site.keys = Keyring(["another key"])
    assert verdict(client, proof) == (422, UNKNOWN)
    site.keys = Keyring(["another key", "a secret for tests only, never for a site"])
    assert site.keys.epochs[1] == old.epoch
    assert verdict(client, proof) == (200, VALID)


def test_a_proof_outlives_what_the_database_holds(
    client: FlaskClient, proof: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, ConnectionError())

    for name in ("execute", "scalar", "scalars", "get"):
        monkeypatch.setattr(db.session, name, gone)
    assert verdict(client, proof) == (200, VALID)


def test_a_file_comes_before_the_text(client: FlaskClient, proof: str) -> None:
    both = {"proof": proof, "file": (BytesIO(b"{}"), "a.json")}
    assert NONE in client.post("/verify", data=both).text
    none_chosen = {"proof": proof, "file": (BytesIO(b""), "")}
    assert VALID in client.post("/verify", data=none_chosen).text


@pytest.mark.parametrize("data", [{}, {"proof": " \r\n"}, {"file": (b"", "a.json")}, {"other": "x"}])
def test_nothing_is_asked_for_beside_its_field(client: FlaskClient, data: dict[str, object]) -> None:
    sent = {name: (BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value for name, value in data.items()}
    response = client.post("/verify", data=sent)
    assert response.status_code == 422
    sound(response.text)
    assert '<a href="#proof">' in response.text
    assert 'aria-invalid="true"' in response.text


def test_what_was_pasted_is_given_back_and_harmless(client: FlaskClient, proof: str) -> None:
    forged = json.dumps(json.loads(proof) | {"key": "</p><script>alert(1)</script>" * 9, "site": "</textarea><b>x"})
    html = client.post("/verify", data={"proof": forged}).text
    assert "<script>alert" not in html
    assert "</textarea><b>" not in html
    assert forged in unescape(html)


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 100, b"\xff\xfe\xfd", b"[" * 1_000_000, b'{"a":' * 1_000_000, b"NaN", b"9" * 1_000_000, b"x" * 15_000_000,
        "null", "\ud800".encode("utf-8", "surrogatepass"), "{}" * 100_000, "长" * 1_000_000, "\0\u202e", "[1e999, -Infinity]",
    ],
)  # fmt: skip
def test_anything_may_be_brought(client: FlaskClient, content: bytes | str) -> None:
    assert verdict(client, content) == (422, NONE)


def test_a_text_of_very_many_bytes_is_refused(client: FlaskClient) -> None:
    assert post(client, "/verify", {"proof": "x" * 13_000_000}).status_code == 413
    assert len(post(client, "/verify", {"proof": "x" * 9_000_000}).data) < 50_000


def test_the_recipe_in_the_manual_checks_a_proof_without_us(client: FlaskClient, proof: str, tmp_path: Path) -> None:
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("## Proof of receipt")[2]
    recipe = re.search(r"```sh\n(.*?)```", manual, re.DOTALL)
    key = re.search(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n", client.get("/verify").text, re.DOTALL)
    assert recipe
    assert key
    (tmp_path / "key.pem").write_text(unescape(key[0]))
    for content, fits in ((proof, True), (proof.replace("2026-", "2025-"), False)):
        (tmp_path / "proof.json").write_text(content, encoding="utf-8")
        ran = subprocess.run(["sh", "-c", recipe[1]], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ("Signature Verified Successfully" in ran.stdout) is fits, ran.stderr
        assert (ran.returncode == 0) is fits
