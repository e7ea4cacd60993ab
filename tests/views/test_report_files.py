"""Files and sizes on the notice form: what may not enter is named, what may stays."""

import re
from datetime import datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.forms import count, draft_at, wrong
from tests.notifier import fill, publish
from tracker.db import db
from tracker.domain.attachments import MAX_BYTES, MAX_FILES
from tracker.models import Article, Draft, DraftFile
from tracker.render.site import Site

PNG = b"\x89PNG\r\n\x1a\nevidence"


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


def test_files_stay_when_others_are_added_and_go_when_ticked(client: FlaskClient, place: str) -> None:
    key = place.rpartition("/")[2]
    fill(client, key=key, files=(("a.png", PNG),))
    fill(client, key=key, files=(("b.png", PNG + b"b"),))
    assert [file.name for file in draft_at(place).files] == ["a.png", "b.png"]
    ticked = re.findall(r'value="([0-9a-f]{64})"', client.get(place).text)
    fill(client, key=key, remove_file=ticked[0])
    assert [file.name for file in draft_at(place).files] == ["b.png"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.pdf", b"", "是空的"),
        ("big.pdf", b"%PDF-" + b"x" * MAX_BYTES, "超过10 MB"),
        ("page.html", b"\0<html>", "不是可接收的类型"),
        ("程序.exe", b"MZ\0", "不是可接收的类型"),
    ],
)
def test_a_file_that_may_not_enter_is_named_and_the_others_stay(
    client: FlaskClient, name: str, content: bytes, message: str
) -> None:
    response = fill(client, files=((name, content), ("good.png", PNG)))
    assert response.status_code == 422
    assert wrong(response.text) == {"files"}
    assert message in response.text
    assert "删去 <bdi>good.png</bdi>" in response.text


def test_the_eleventh_file_is_named_and_ten_are_kept(client: FlaskClient) -> None:
    response = fill(client, files=tuple((f"{n}.png", PNG + bytes([n])) for n in range(MAX_FILES + 1)))
    assert wrong(response.text) == {"files"}
    assert "10.png" in response.text
    assert count(DraftFile) == MAX_FILES


def test_the_same_file_twice_is_one(client: FlaskClient) -> None:
    assert fill(client, files=(("a.png", PNG), ("a copy.png", PNG))).status_code == 303
    assert count(DraftFile) == 1


def test_a_file_is_called_by_the_last_part_of_its_name(client: FlaskClient) -> None:
    location = fill(client, files=(("../../etc/\u202egnp.png", PNG),)).location
    html = client.get(location).text
    assert "<bdi>\u202egnp.png</bdi>" in html
    assert "etc" not in html


def test_a_request_too_large_is_answered_with_the_cure(client: FlaskClient) -> None:
    response = fill(client, explanation="长" * 6_000_000)
    assert response.status_code == 413
    assert "10 MB" in response.text


def test_a_form_of_huge_answers_comes_back_whole_and_is_not_stored(client: FlaskClient) -> None:
    response = fill(client, explanation="长" * 1_000_000)
    assert response.status_code == 422
    assert wrong(response.text) == {"explanation"}
    assert "长" * 1_000_000 in response.text
    (draft,) = db.session.scalars(select(Draft))
    assert "explanation" not in draft.answers


def test_a_huge_form_in_one_piece_is_refused_unread(client: FlaskClient) -> None:
    """Werkzeug's limit holds for the parts of a multipart form only."""
    sent = client.post("/report/reputation", data=b"explanation=" + b"x" * 13_000_000,
                       content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert sent.status_code == 413
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0


def test_a_huge_form_that_does_not_say_how_long_it_is_is_refused_as_well(client: FlaskClient) -> None:
    body = BytesIO(b"explanation=" + b"x" * 20_000_000)
    sent = client.post(
        "/report/reputation",
        input_stream=body,
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},  # as what comes in chunks
    )
    assert sent.status_code == 413
    assert body.tell() < 14_000_000, "no more of it is held than of any other form"
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0
