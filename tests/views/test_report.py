"""The notice form: nothing typed is lost, the same form is one notice, and every fault is said beside its field."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests import factories
from tests.bounds import within
from tests.notifier import PASSAGE, WHOLE, confirm, fill, key_in, publish, receipt_in, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.attachments import MAX_BYTES, MAX_FILES
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.elements import ELEMENTS, Element, Kind
from tracker.domain.errors import Busy
from tracker.domain.notices import clean_answer
from tracker.domain.retention import DRAFT_KEPT, YEARS_KEPT
from tracker.models import Article, Case, Draft, DraftFile, Notice
from tracker.render.site import LANGUAGES, Site
from tracker.services import admission, drafts
from tracker.views import notice_form, report, sending

PNG = b"\x89PNG\r\n\x1a\nevidence"
COPYRIGHT = CATEGORIES[CategoryName.COPYRIGHT]
ASKED = [element for element in ELEMENTS.values() if element.kind is not Kind.FILES]


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def place(client: FlaskClient) -> str:
    """The address of a draft that is ready to be checked."""
    return fill(client).location.removesuffix("/check")


class Page(HTMLParser):
    """What a test needs to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.values: dict[str, list[str]] = {}
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.refers += [given[name] for name in ("for", "aria-labelledby") if name in given]
        self.refers += given.get("aria-describedby", "").split()
        self.refers += [given["href"][1:]] if re.match("#.", given.get("href", "")) else []
        self._area = given.get("name", "") if tag == "textarea" else ""
        self._select = given.get("name", "") if tag == "select" else self._select
        if tag == "option" and "selected" in given:
            self.values.setdefault(self._select, []).append(given.get("value", ""))
        if tag == "textarea":
            self.values[self._area] = [""]
        if tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self.values.setdefault(given.get("name", ""), []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self._area][0] = self.values[self._area][0].removeprefix("\n")
            self._area = ""

    def value(self, name: str) -> str:
        return next(iter(self.values.get(name, [])), "")


def sound(html: str) -> Page:
    """Return the page read, once its ids are unique and everything that refers to one finds it."""
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.refers) <= set(page.ids)
    assert re.search(r"<title>.+</title>", html)
    assert html.count("<h1") == 1
    return page


def wrong(html: str) -> set[str]:
    """Return the fields that the error summary leads to; each says so itself too."""
    fields = set(re.findall(r'<li><a href="#([a-z_]+)">', html))
    assert all(f'id="{field}-error"' in html for field in fields)
    return fields


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def draft_at(place: str) -> Draft:
    db.session.rollback()
    return db.session.get_one(Draft, drafts.identify(place.rpartition("/")[2]))


# the pages


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_first_page_leads_to_every_category_and_carries_the_article_along(client: FlaskClient, prefix: str) -> None:
    html = client.get(f"{prefix}/report?article=alpha").text
    sound(html)
    assert "关于alpha的文章" in html
    for category in CATEGORIES.values():
        assert f'href="{prefix}/report/{category.slug}?article=alpha"' in html
    assert "12377" in html


@pytest.mark.parametrize(
    "article", ["", "nothing", "%00", "%ED%A0%80", "x" * 5000, "http://elsewhere.example/articles/alpha"]
)
def test_an_article_that_is_not_ours_is_left_aside(client: FlaskClient, article: str) -> None:
    for path in ("/report", "/report/copyright"):
        response = client.get(f"{path}?article={article}")
        assert response.status_code == 200
        assert "alpha" not in response.text


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_a_page_for_each_category_says_what_is_needed_why_and_by_when(
    client: FlaskClient, site: Site, category: Category, prefix: str
) -> None:
    html = client.get(f"{prefix}/report/about/{category.slug}?article=alpha").text
    sound(html)
    assert f'href="{prefix}/report/{category.slug}?article=alpha"' in html
    if prefix:
        assert _chinese_in(html, site) == []
        return
    for line in (*category.needs, category.why, *category.what_happens):
        assert line in html
    assert f"<strong>{4 if category.is_urgent else 24}小时</strong>" in html
    assert "本站目标" in html


def test_there_is_no_page_about_anything_else(client: FlaskClient) -> None:
    assert client.get("/report/about/nothing").status_code == 404


def test_the_urgent_lanes_come_first_in_the_chooser(client: FlaskClient) -> None:
    html = client.get("/report").text
    lanes = sorted(CATEGORIES.values(), key=lambda category: category.group != "urgent")
    places = [html.index(f'href="/report/{category.slug}"') for category in lanes]
    assert places == sorted(places)
    assert html.count("choices-urgent") == 1


def test_a_withheld_article_is_not_named(client: FlaskClient, site: Site, alpha: Article, now: datetime) -> None:
    factories.withhold(site, alpha, now)
    assert "关于alpha的文章" not in client.get("/report?article=alpha").text


@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_the_form_asks_what_the_table_says(client: FlaskClient, category: Category) -> None:
    first = client.get(f"/report/{category.slug}?article=alpha").text
    page = sound(first)
    assert page.value("addresses") == "http://localhost/articles/alpha"
    assert "隐私说明" in first
    answers = {"notifier_role": "guardian", "country": "GB", "notifier_type": "authority"}
    pages, facts = [first], {element.name for element in category.facts}
    if facts:
        assert {name for name in page.ids if name in ELEMENTS} == facts
        sent = client.post(
            f"/report/{category.slug}", data={"key": key_in(first), "step": "facts", "addresses": "alpha"} | answers
        )
        pages.append(client.get(sent.location).text)
    ids = {name for html in pages for name in sound(html).ids if name in ELEMENTS}
    assert ids == {e.name for e in category.questions if e.is_asked_by(answers) or not facts}
    assert all(e.label in "".join(pages) for e in category.questions if e.name in ids)


def test_every_form_gets_its_own_key_and_no_cookie(client: FlaskClient) -> None:
    first, second = client.get("/report/copyright"), client.get("/report/copyright")
    assert key_in(first.text) != key_in(second.text)
    assert "Set-Cookie" not in first.headers
    assert first.headers["Cache-Control"] == "private, no-cache"  # going back gives back what was typed


@pytest.mark.parametrize("slug", ["nothing", "personal_data", "drafts", "%00"])
def test_there_are_no_other_categories(client: FlaskClient, slug: str) -> None:
    assert client.get(f"/report/{slug}").status_code == 404
    assert client.post(f"/report/{slug}", data=WHOLE).status_code == 404


# the whole way


@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_a_notice_goes_the_whole_way_without_cookies(app: Flask, category: Category) -> None:
    client = app.test_client(use_cookies=False)
    takes_files = any(element.name == "files" for element in category.questions)
    filled = fill(client, category.slug, files=(("截图.png", PNG),), passage=PASSAGE)
    assert filled.status_code == 303
    place = filled.location.removesuffix("/check")
    html = client.get(filled.location).text
    sound(html)
    for shown in ("关于alpha的文章", "找到引文", "王小明", "wang@example.org", "我确信以上内容"):
        assert shown in html
    assert ("截图.png" in html) is takes_files
    sent = confirm(client, place)
    assert sent.location == f"{place}/sent"
    html = client.get(sent.location).text
    sound(html)
    reference, code = receipt_in(html)
    notice = db.session.scalars(select(Notice)).one()
    assert notice.reference == reference
    assert notice.category is category.name
    assert len(code.replace("-", "")) == 52
    assert [a.name for a in notice.attachments] == (["截图.png"] if takes_files else [])
    assert (count(Draft), count(DraftFile)) == (0, 0)


def test_the_check_page_says_so_when_the_passage_is_not_there(client: FlaskClient) -> None:
    assert "没有找到引文" in client.get(fill(client, passage="文章里没有这句话").location).text


def test_a_withheld_article_is_shown_by_its_address_alone(
    client: FlaskClient, site: Site, alpha: Article, now: datetime
) -> None:
    factories.withhold(site, alpha, now)  # for reputation
    html = client.get(fill(client, passage=PASSAGE).location).text
    assert "关于alpha的文章" not in html
    assert "引文" not in html
    assert "目前已停止展示" in html


def test_pages_behind_the_key_are_neither_kept_nor_indexed_nor_named_by_it(client: FlaskClient, place: str) -> None:
    key = place.rpartition("/")[2]
    paths = [place, f"{place}/category", f"{place}/check"]
    responses = [client.get(path) for path in paths]
    confirm(client, place)
    responses += [client.get(f"{place}/sent"), client.get(f"/report/drafts/{'x' * 43}")]
    for response in responses:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex"
        title = re.search(r"<title>(.*?)</title>", response.text)
        assert title
        assert key not in title[1]
        for outside in re.findall(r'(?:href|src|action)="(https?://[^"]*)"', response.text):
            assert key not in outside


# errors


def test_everything_is_given_back_with_the_errors(client: FlaskClient) -> None:
    typed = WHOLE | {
        "explanation": "短",
        "email": "wang",
        "passage": "<b>&amp;</b>\n\n 二",
        "notifier_role": "guardian",
    }
    response = fill(client, files=(("截图.png", PNG), ("program.exe", b"MZ\0")), **typed)
    assert response.status_code == 422
    page = sound(response.text)
    assert wrong(response.text) == {"explanation", "email", "files", "principal_name"}
    assert "<title>错误：" in response.text
    for element in COPYRIGHT.elements:
        if element.kind is not Kind.FILES:
            assert page.value(element.name) == typed.get(element.name, ""), element.name
    assert "删去 <bdi>截图.png</bdi>" in response.text
    assert "program.exe" in response.text


def test_what_was_saved_with_errors_is_under_its_private_link(client: FlaskClient) -> None:
    key = key_in(fill(client, email="", files=(("a.png", PNG),)).text)
    html = client.get(f"/report/drafts/{key}").text
    page = sound(html)
    assert page.value("explanation") == WHOLE["explanation"]
    assert "a.png" in html
    assert wrong(html) == set()
    checked = client.get(f"/report/drafts/{key}/check")
    assert checked.status_code == 422
    assert wrong(checked.text) == {"email"}


BAD = {
    "nul": "\0",
    "nul between": "a\0b",
    "surrogates": "\ud800\udfff",
    "a million": "长" * 1_000_000,
    "bidi": "\u202e\u2066\u200f" * 20,
    "invisible": "\u200b" * 30,
    "huge number": str(2**63),
    "huger number": "9" * 400,
    "emoji": "👩\u200d⚖️🏳️\u200d🌈" * 5,
    "line ends": "a\r\nb\rc\n\u2028d\x85e",
    "markup": "</textarea><script>alert(1)</script>\"'>",
    "percent": "%(length)s %s %d {0} {{7*7}}",
    "combining": "e" + "\u0301" * 3000,
    "ligature": "\ufdfa" * 500,
    "nothing": "",
}


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many notices as there are ways to be odd."""
    for rates in (admission.RATES, admission.URGENT):
        for kind in rates:
            monkeypatch.setitem(rates, kind, admission.Rate(None, 10_000))


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize("element", ASKED, ids=lambda e: e.name)
def test_bad_input_is_taken_or_answered_beside_the_field(client: FlaskClient, element: Element) -> None:
    category = next(c for c in CATEGORIES.values() if element in c.elements)
    for name, bad in BAD.items():
        sent = bad.encode("utf-8", "surrogatepass").decode("utf-8", "replace")  # what a browser can send
        response = fill(client, category.slug, **{element.name: sent})
        if response.status_code == 303:
            assert client.get(response.location).status_code == 200, name
            assert confirm(client, response.location.removesuffix("/check")).status_code == 303, name
            continue
        assert response.status_code == 422, name
        assert wrong(response.text) == {element.name}, name
        if element.kind not in {Kind.CHOICE, Kind.STATEMENT}:
            assert sound(response.text).value(element.name) == clean_answer(element, sent), name


@pytest.mark.slow
@pytest.mark.parametrize("element", ASKED, ids=lambda e: e.name)
@settings(max_examples=within(15, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(st.characters(exclude_categories=("Cs",)), max_size=400))
def test_any_text_in_any_field_comes_back_cleaned(client: FlaskClient, element: Element, typed: str) -> None:
    category = next(c for c in CATEGORIES.values() if element in c.elements)
    response = fill(client, category.slug, **{element.name: typed})
    assert response.status_code in {303, 422}
    key = response.location.split("/")[-2] if response.status_code == 303 else key_in(response.text)
    assert draft_at(key).answers[element.name] == clean_answer(element, typed)


@pytest.mark.parametrize(
    ("typed", "key_is_kept"), [("k" * 43, True), ("", False), ("../../x", False), ("k" * 44, False), ("\0" * 43, False)]
)
def test_a_form_without_a_proper_key_gets_one(client: FlaskClient, typed: str, key_is_kept: bool) -> None:
    location = fill(client, key=typed).location
    assert (location == f"/report/drafts/{typed}/check") is key_is_kept
    assert client.get(location).status_code == 200


def test_fields_that_are_not_asked_are_not_kept(client: FlaskClient, place: str) -> None:
    fill(client, key=place.rpartition("/")[2], inaccurate_parts="不问", state="decided", reference="R-1")
    assert set(draft_at(place).answers) <= {element.name for element in COPYRIGHT.elements}


# files


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


# the same form again


def test_a_double_click_on_save_is_one_draft(client: FlaskClient) -> None:
    for _ in range(2):
        assert fill(client, key="k" * 43, files=(("a.png", PNG),)).status_code == 303
    assert (count(Draft), count(DraftFile)) == (1, 1)


def test_a_double_click_on_send_is_one_notice(client: FlaskClient, place: str) -> None:
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    assert seen
    for _ in range(3):
        sent = client.post(f"{place}/send", data={"seen": seen[1]})
        assert sent.location == f"{place}/sent"
    assert (count(Notice), count(Case)) == (1, 1)


def test_every_page_of_a_sent_draft_leads_to_its_receipt(client: FlaskClient, place: str) -> None:
    confirm(client, place)
    for path in ("", "/check", "/category"):
        assert client.get(place + path).location == f"{place}/sent"
    shown = receipt_in(client.get(f"{place}/sent").text)
    assert shown == receipt_in(client.get(f"{place}/sent").text)


def test_the_same_form_sent_after_going_back_leads_to_the_same_receipt(client: FlaskClient, place: str) -> None:
    confirm(client, place)
    assert fill(client, key=place.rpartition("/")[2]).location == f"{place}/sent"
    assert (count(Notice), count(Draft)) == (1, 0)


@pytest.mark.parametrize(
    "changed", [{"explanation": "我想补充一点：第三节也是逐字复制的，附上逐段对照。"}, {"email": "li@example.org"}]
)
def test_a_form_changed_after_going_back_becomes_another_draft(
    client: FlaskClient, place: str, changed: dict[str, str]
) -> None:
    confirm(client, place)
    location = fill(client, key=place.rpartition("/")[2], **changed).location
    assert not location.startswith(place)
    html = client.get(location).text
    assert "这将是另一份通知" in html
    assert next(iter(changed.values())) in html
    confirm(client, location.partition("/check")[0])
    assert count(Notice) == 2


def test_only_what_was_seen_can_be_confirmed(client: FlaskClient, place: str) -> None:
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    assert seen
    fill(client, key=place.rpartition("/")[2], explanation="另一个窗口里改过的说明，长度也超过二十个字。")
    for data in ({"seen": seen[1]}, {}, {"seen": "\0"}):
        refused = client.post(f"{place}/send", data=data)
        assert refused.status_code == 409
        assert "另一个窗口里改过的说明" in refused.text
    assert count(Notice) == 0
    assert confirm(client, place).location == f"{place}/sent"


def test_an_article_gone_meanwhile_is_said_before_anything_is_sent(
    client: FlaskClient, alpha: Article, now: datetime
) -> None:
    place = fill(client, "reputation").location.removesuffix("/check")
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    assert seen
    with transaction():
        db.session.get_one(Article, alpha.id).file_gone_at = now
    response = client.post(f"{place}/send", data={"seen": seen[1]})
    assert response.status_code == 422
    assert wrong(response.text) == {"addresses"}
    assert count(Notice) == 0


# another subject


def test_another_category_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = fill(client, then="category", files=(("a.png", PNG),), explanation="", passage=PASSAGE)
    assert answer.location.endswith("/category")
    place = answer.location.removesuffix("/category")
    html = client.get(answer.location).text
    sound(html)
    assert f'href="{place}?category=reputation"' in html
    form = client.get(f"{place}?category=reputation")
    page = sound(form.text)
    assert page.value("passage") == PASSAGE
    assert "a.png" in form.text
    assert 'action="/report/reputation"' in form.text
    fill(client, "reputation", key=key_in(form.text))
    draft = draft_at(place)
    assert draft.category == "reputation"
    assert draft.answers["work_title"] == WHOLE["work_title"]  # for whoever changes back
    assert client.get(f"{place}?category=copyright").status_code == 200


# time


def test_a_draft_is_over_after_seven_days(client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(days=7, seconds=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    for response in (
        *(client.get(place + path) for path in ("", "/check", "/sent", "/category")),
        client.post(f"{place}/send", data={"seen": "0" * 64}, follow_redirects=True),
    ):
        assert response.status_code == 410
        assert "重新填写" in response.text
    assert fill(client, key=place.rpartition("/")[2]).status_code == 303  # an open form still saves


def test_the_code_is_shown_for_a_day(client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(client, place)
    _, code = receipt_in(client.get(f"{place}/sent").text)
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    response = client.get(f"{place}/sent")
    assert response.status_code == 410
    assert code not in response.text
    assert "/receipts" in response.text
    assert f"提交后{sending.SHOWN_FOR // timedelta(hours=1)}小时内" in response.text


def test_how_long_things_are_kept_is_what_the_rules_say(client: FlaskClient, place: str) -> None:
    assert f"案件办结后保存{YEARS_KEPT}年" in client.get(place).text
    assert f"每保存一次重新计算{DRAFT_KEPT.days}天" in client.get(f"{place}/later").text
    assert f"没有提交的内容保留{DRAFT_KEPT.days}天" in client.get(f"/report/drafts/{'x' * 43}").text


# the database does not answer


@pytest.fixture
def busy_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold the writers' turn (SQLite), or let no transaction begin (PostgreSQL has no turn)."""
    turn = app.extensions["turn"]
    if turn is None:

        def refused() -> None:
            raise Busy("busy")

        for module in (report, sending, notice_form):
            monkeypatch.setattr(module, "transaction", refused)
        yield
        return
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turn.taken():
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    monkeypatch.setattr("tracker.turn.PATIENCE", 0.05)
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("busy_database")
def test_a_busy_database_gives_back_everything_typed(client: FlaskClient) -> None:
    response = fill(client, key="k" * 43, files=(("截图.png", PNG),))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    page = sound(response.text)
    for element in COPYRIGHT.elements:
        if element.kind is not Kind.FILES:
            assert page.value(element.name) == WHOLE.get(element.name, "")
    assert page.value("key") == "k" * 43
    assert "<bdi>截图.png</bdi>" in response.text


def test_a_busy_database_keeps_the_draft_and_its_button(
    client: FlaskClient, place: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("busy_database")
    response = confirm(client, place)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert 'name="seen"' in response.text
    assert place in response.text
    assert count(Notice) == 0


def test_a_database_that_fails_while_reading_gives_back_everything_typed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(report.notices, "sent", fails)
    response = fill(client)
    assert response.status_code == 503
    assert sound(response.text).value("explanation") == WHOLE["explanation"]


def disk_full() -> OperationalError:
    said = sqlite3.OperationalError("database or disk is full")
    said.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("INSERT", {}, said)


@pytest.mark.parametrize(
    ("fault", "status"), [(PoolTimeout("none free"), 503), (RuntimeError("a fault of ours"), 500), (disk_full(), 500)]
)
def test_a_failure_gives_back_what_was_typed_and_names_the_files(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr(report.notices, "sent", fails)
    response = fill(client, files=(("proof.png", PNG),))
    assert response.status_code == status
    assert WHOLE["explanation"] in unescape(response.text)
    assert "proof.png" in response.text


def test_after_an_error_at_the_commit_the_same_button_finds_the_notice(
    client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error at COMMIT means "unknown": here the row is in, and the answer was lost."""
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    assert seen
    submitted = sending._submit

    def submits_then_fails(key: str) -> None:
        submitted(key)
        db.session.commit()
        raise Busy("unknown")

    monkeypatch.setattr(sending, "_submit", submits_then_fails)
    assert client.post(f"{place}/send", data={"seen": seen[1]}).location == f"{place}/sent"
    monkeypatch.undo()
    assert client.post(f"{place}/send", data={"seen": seen[1]}).location == f"{place}/sent"
    assert count(Notice) == 1


# floods


def test_too_many_notices_from_one_place_are_put_off_with_everything_kept(
    client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(admission.RATES, "address", admission.Rate(None, 0))
    response = confirm(client, place)
    assert response.status_code == 429
    assert "以后再试" in response.text
    assert place in response.text
    assert count(Notice) == 0
    monkeypatch.undo()
    assert confirm(client, place).location == f"{place}/sent"


@pytest.mark.parametrize("limit", ["_SAVES", "_UPLOADS"])
def test_too_many_drafts_from_one_place_are_put_off_with_everything_kept(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(report, limit, (1, timedelta(days=1)))
    assert fill(client, files=(("a.png", PNG),)).status_code == 303
    response = fill(client, files=(("a.png", PNG),))
    assert response.status_code == 429
    assert sound(response.text).value("explanation") == WHOLE["explanation"]


# languages

_HAN = re.compile("[\u3400-\u9fff]+")


def _chinese_in(html: str, site: Site) -> list[str]:
    """Return the Chinese words of a page that are neither the site's own settings nor typed by the notifier."""
    for own in (
        *site.names.values(),
        *site.greetings.values(),
        site.contact_name,
        *LANGUAGES.values(),
        "关于alpha的文章",
        *WHOLE.values(),
    ):
        html = html.replace(own, "")
    return _HAN.findall(unescape(re.sub(r"<[^>]*>", " ", html)))


@pytest.mark.parametrize("category", CATEGORIES.values(), ids=lambda c: c.name)
def test_in_english_the_whole_way_is_english(client: FlaskClient, site: Site, category: Category) -> None:
    pages = [client.get("/en/report?article=alpha"), client.get(f"/en/report/{category.slug}")]
    pages.append(client.post(f"/en/report/{category.slug}", data={"addresses": "nothing", "phone": "1", "email": "x"}))
    filled = fill(client, category.slug, prefix="/en", files=(("a.png", PNG),))
    place = filled.location.removesuffix("/check")
    assert place.startswith("/en/report/drafts/")
    pages += [client.get(place), client.get(f"{place}/category"), client.get(f"{place}/check")]
    confirm(client, place)
    pages += [client.get(f"{place}/sent"), client.get("/en/report/drafts/x")]
    for page in pages:
        sound(page.text)
        assert '<html lang="en">' in page.text
        assert _chinese_in(page.text, site) == []
    assert db.session.scalars(select(Notice)).one().language == "en"


def test_each_page_leads_to_itself_in_the_other_language(client: FlaskClient, place: str) -> None:
    assert 'href="/en/report/copyright?article=alpha"' in client.get("/report/copyright?article=alpha").text
    assert f'href="/en{place}/check"' in client.get(f"{place}/check").text
    errors = fill(client, email="").text
    assert f'href="/en/report/drafts/{key_in(errors)}"' in errors


def test_a_reference_and_code_open_the_receipt(client: FlaskClient) -> None:
    reference, code = submit(client)
    response = client.post(f"/receipts/{reference}", data={"code": code})
    assert response.status_code == 200
    assert reference in response.text


def test_a_form_from_another_site_is_refused(client: FlaskClient) -> None:
    response = client.post("/report/copyright", data=WHOLE, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert count(Draft) == 0
