"""The page of a refusal: a button that sends the same form again sends all of it, or is not there."""

import errno
import re
from datetime import datetime, timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from tests.staff import make_case, make_member, signed_in, token_of
from tracker import clock, turn
from tracker.domain.errors import Busy
from tracker.render.site import Site
from tracker.services import batches, drafts, letters, sessions

BUTTON = "再提交一次"


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is busy at every act of these tests."""

    def fails(*_: object, **__: object) -> None:
        raise Busy("The database is busy.")

    for module, name in ((batches, "begin"), (drafts, "save"), (letters, "write")):
        monkeypatch.setattr(module, name, fails)


def token(browser: FlaskClient) -> str:
    return token_of(browser.get("/account/").text)


def sent_again(html: str) -> list[tuple[str, str]]:
    """Return the fields that the button of a page sends."""
    form = html.split("<main", 1)[1].split('<form method="post">', 1)[1].split("</form>", 1)[0]
    found = re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form)
    return [(name, unescape(value)) for name, value in found if name != "csrf_token"]


def test_all_cases_of_a_batch_are_sent_again(site: Site, browser: FlaskClient) -> None:
    numbers = [make_case(site, clock.now(), f"article-{n}", email=f"n{n}@example.com").id for n in range(12)]
    words = {
        "outcome": "declined", "refusal": "no_breach", "claim-0": "unfounded", "ground_type": "terms", "key": "k" * 24,
        "ground_ref": "本站规则 2.10", "ground_explanation": "该条要求指明具体的段落和不实之处。",
        "facts": "通知没有指明哪一处不实，逐段核对以后，也没有找到与来源不符的地方。",
    }  # fmt: skip
    fields = [*words.items(), *(("case", f"{number}-1") for number in numbers)]
    answer = browser.post("/desk/batches/decide", data=MultiDict([("csrf_token", token(browser)), *fields]))
    assert answer.status_code == 503
    assert sorted(sent_again(answer.text)) == sorted(fields)


def test_an_error_on_the_desk_leads_back_to_the_desk(browser: FlaskClient) -> None:
    way = '<a href="/desk/">回到待处理的案件</a>'
    for path in ("/desk/cases/99", "/desk/nothing-here"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert way in answer.text
    outside = browser.get("/nothing-here").text
    assert way not in outside
    assert "搜索文章" in outside


def test_an_error_on_the_desk_looks_like_the_desk_to_whoever_is_signed_in(
    app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/desk/cases/99", "/desk/nothing-here"):
        html = browser.get(path).text
        assert ('class="desk-bar"' in html, 'class="masthead"' in html) == (True, False), path
        assert html.count('name="robots"') == 1
        assert 'class="desk-bar"' not in app.test_client().get(path, follow_redirects=True).text
    assert 'class="masthead"' in browser.get("/nothing-here").text

    def unreadable(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr(sessions, "signed_in", unreadable)
    answer = browser.get("/desk/nothing-here")
    assert (answer.status_code, 'class="masthead"' in answer.text) == (404, True)
    answer = browser.get("/desk/cases/99")
    assert (answer.status_code, 'class="masthead"' in answer.text) == (503, True)


def test_a_form_of_many_fields_is_sent_again_whole(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now())
    fields = {"item": "0", "text": "请看附件。", "version": "1", **{f"more-{n}": str(n) for n in range(300)}}
    answer = browser.post(f"/desk/cases/{case.id}/letter", data=fields | {"csrf_token": token(browser)})
    assert answer.status_code == 503
    assert dict(sent_again(answer.text)) == fields


@pytest.mark.parametrize("files", [[], [(BytesIO(b"x"), "")], [(BytesIO(b"evidence"), "evidence.txt")]])
def test_a_form_whose_files_are_gone_is_not_sent_again_without_them(
    browser: FlaskClient, files: list[tuple[BytesIO, str]]
) -> None:
    fields = {"csrf_token": token(browser), "key": "k" * 43, "explanation": "写了很久的话", "files": files}
    answer = browser.post("/desk/intake/reputation", data=fields, content_type="multipart/form-data")
    has_files = any(name for _, name in files)
    assert answer.status_code == 503
    assert "写了很久的话" in answer.text
    assert (BUTTON in answer.text, "evidence.txt" in answer.text) == (not has_files, has_files)


def test_a_form_whose_secret_is_not_repeated_is_not_sent_again_without_it(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now())
    fields = {"csrf_token": token(browser), "item": "0", "text": "请看附件。", "current": "a password"}
    answer = browser.post(f"/desk/cases/{case.id}/letter", data=fields)
    assert answer.status_code == 503
    assert BUTTON not in answer.text
    assert "a password" not in answer.text


def test_what_was_typed_is_given_back_when_a_button_is_too_old(site: Site, browser: FlaskClient) -> None:
    lost = browser.post("/desk/next", data={"csrf_token": "wrong", "note": "Anna", "code": "secret"})
    assert (lost.status_code, re.findall(r'class="kept">([^<]*)', lost.text)) == (403, ["Anna"])


@pytest.mark.parametrize("path", ["/search", "/", "/report/copyright", "/receipts", "/nothing"])
def test_what_is_far_too_large_is_answered_with_a_page_wherever_it_is_sent(app: Flask, path: str) -> None:
    """It is not read to be given back, also where it is refused for something else."""
    answer = app.test_client().post(path, data={"a": "b"}, environ_overrides={"CONTENT_LENGTH": "130000000"})
    assert answer.status_code in {404, 405, 413}
    assert "联系我们" in answer.text
    assert ("10 MB" in answer.text) == (answer.status_code == 413)


def test_on_a_disk_that_became_read_only_the_desk_is_read_and_what_is_sent_comes_back(
    app: Flask, site: Site, stopped_clock: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file by which writers take turns cannot be opened there, before the database is asked for anything."""
    make_case(site, now)
    browser = signed_in(app, make_member())
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5))  # long enough to note that they are here

    def fail(self: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(turn.Turn, "_opened", fail)
    app.extensions["turn"] = turn.Turn(site.config.data / "writer.lock")
    assert browser.get("/desk/").status_code == 200
    sent = app.test_client().post("/report/copyright", data={"explanation": "打了很久的字"})
    assert (sent.status_code, "打了很久的字" in sent.text) == (503, True)
