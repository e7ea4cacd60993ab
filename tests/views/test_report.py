"""The notice form: nothing typed is lost, the same form is one notice, and every fault is said beside its field."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import factories
from tests.bounds import within
from tests.forms import count, draft_at, sound, wrong
from tests.notifier import PASSAGE, WHOLE, confirm, fill, key_in, publish, receipt_in, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.elements import ELEMENTS, Element, Format, Kind
from tracker.domain.notices import clean_answer
from tracker.domain.retention import DRAFT_KEPT, YEARS_KEPT
from tracker.models import Article, Case, Draft, DraftFile, Notice
from tracker.render.countries import code_of
from tracker.render.site import LANGUAGES, Site
from tracker.services import admission
from tracker.views import sending

PNG = b"\x89PNG\r\n\x1a\nevidence"
COPYRIGHT = CATEGORIES[CategoryName.COPYRIGHT]
ASKED = [element for element in ELEMENTS.values() if element.kind is not Kind.FILES]


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


# the pages


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_first_page_leads_to_every_category_and_carries_the_article_along(client: FlaskClient, prefix: str) -> None:
    html = client.get(f"{prefix}/report?article=alpha").text
    sound(html)
    assert "关于alpha的文章" in html
    for category in CATEGORIES.values():
        assert f'href="{prefix}/report/{category.slug}?article=alpha"' in html
    assert "12377" in html


def test_mail_is_promised_only_where_it_is_sent(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sends in (False, True):
        monkeypatch.setattr(site, "sends_mail", sends)
        html = client.get("/report").text
        assert ("邮箱里也会收到一份" in html, "发到您的邮箱" in html) == (sends, sends)


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


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/en"])
def test_no_line_of_what_is_wrong_has_two_marks_before_what_to_do(client: FlaskClient, prefix: str) -> None:
    lines, empty = {}, dict.fromkeys(set(WHOLE) - {"country", "notifier_role"}, "")
    for category in CATEGORIES.values():
        html = fill(client, category.slug, prefix=prefix, **empty).text
        lines |= dict(re.findall(r'<li><a href="#([^"]*)">([^<]*)</a>', html))
    assert {"addresses", "stmt_accurate"} <= set(lines)
    assert [line for line in lines.values() if re.search(r"[。？！：.?!:，、,]\s*[：:]", line)] == []


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
    kept = clean_answer(element, typed)
    assert draft_at(key).answers[element.name] == (code_of(kept) if element.format is Format.COUNTRY else kept)


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
