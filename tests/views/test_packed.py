"""Answers that are made for each request and go compressed: those alone of which no length tells anything."""

import gzip
import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from tests.notifier import confirm, fill, publish, receipt_in
from tracker.render.site import Site

OPEN = ["/report", "/report/copyright", "/report/about/copyright", "/search?q=alpha", "/en/report"]
KEY = re.compile(rb'name="key" value="[^"]+"')


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> None:
    publish(site, "alpha", now)


@pytest.mark.parametrize("path", OPEN)
def test_an_open_page_is_packed_for_who_takes_it_so(client: FlaskClient, path: str) -> None:
    bare = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(bare.data) / 2
    assert KEY.sub(b"", gzip.decompress(packed.data)) == KEY.sub(b"", bare.data)
    for answer in (bare, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
def test_nobody_gets_what_they_do_not_take(client: FlaskClient, accepted: str) -> None:
    answer = client.get("/report/copyright", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert "<h1" in answer.text


def test_a_page_behind_a_secret_is_never_packed(client: FlaskClient) -> None:
    takes = {"Accept-Encoding": "gzip"}
    place = fill(client).location.removesuffix("/check")
    answers = [client.get(path, headers=takes) for path in (place, f"{place}/check")]
    confirm(client, place)
    answers.append(client.get(f"{place}/sent", headers=takes))
    reference, code = receipt_in(answers[-1].text)
    answers.append(client.post("/receipts", data={"reference": reference, "code": code}, headers=takes))
    for answer in answers:
        assert answer.status_code == 200
        assert "Content-Encoding" not in answer.headers
