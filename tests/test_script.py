"""Traditional Chinese: derived from the simplified words, whole, and no page or mail of it left out."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from tests import factories, notifier
from tests.test_translations import STAFF_ONLY
from tests.test_translations import said as messages
from tracker.content.inspection import inspect_file
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.mail.parts import known_language
from tracker.render import places, script
from tracker.render.article import element_of
from tracker.render.script import simplified, traditional
from tracker.render.site import LANGUAGES, LOCALES, PREFIXES, Site
from tracker.services import drafts, notices

TYPED = "说明里写的字一个也不改：软件、网络、邮箱。这段话由通知人自己写下。"


def left_simplified(text: str) -> str:
    """Return the characters of a text that no traditional text has: Big5 does not know them."""
    return "".join(sorted({c for c in text if "\u4e00" <= c <= "\u9fff" and not c.encode("big5hkscs", "ignore")}))


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("举报文章内容", "檢舉文章內容"),
        ("软件和网络", "軟體和網路"),
        ("内容侵权、删帖举报联系方式", "內容侵權、刪帖檢舉聯絡方式"),
        ("邮箱或密码不对。", "信箱或密碼不對。"),
        ("发布者", "發布者"),
        ("个人信息", "個人資料"),
        ("《个人信息保护法》第50条", "《個人信息保護法》第50條"),
        ("《信息网络传播权保护条例》第十七条", "《信息網絡傳播權保護條例》第十七條"),
        ("12377，违法和不良信息举报中心", "12377，違法和不良信息舉報中心"),
        ("“%(name)s”太大", "「%(name)s」太大"),
        ("确认并发送", "確認並發送"),
        ("同类通知会合并审理", "同類通知會合併審理"),
        ("头发干燥，皇后在后面", "頭髮乾燥，皇后在後面"),
        ("存成文件；这是一份什么文件", "存成檔案；這是一份什麼文件"),
        ("发卡银行，写明了再签，按标签找", "發卡銀行，寫明了再簽，按標籤找"),
    ],
)
def test_words_are_those_of_the_other_script(simplified: str, traditional: str) -> None:
    assert script.traditional(simplified) == traditional


def test_no_word_of_the_list_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    words = dict(script.words())
    dead = []
    for word, other in words.items():
        rest = {name: value for name, value in words.items() if name != word}
        monkeypatch.setattr(script, "words", lambda rest=rest: rest)
        script._apart.cache_clear()
        if script._converted(word) == other:
            dead.append(word)
    script._apart.cache_clear()
    assert dead == []


def test_every_message_is_whole_and_traditional() -> None:
    names = re.compile(r"%\(\w+\)\w|\{\w+\}|<[^>]+>")
    shown = [(text, file) for text, file in messages() if not file.startswith(STAFF_ONLY)]
    for text, file in shown:
        said = traditional(text)
        assert names.findall(said) == names.findall(text), file
        assert left_simplified(said) == "", (file, said)


def test_each_language_has_its_prefix_its_dates_and_its_name() -> None:
    assert PREFIXES == {"zh-Hans": "", "zh-Hant": "/zh-hant", "en": "/en"}
    assert set(LOCALES) == set(LANGUAGES) == set(PREFIXES)
    assert [known_language(language) for language in PREFIXES] == list(PREFIXES)


def switcher(html: str) -> dict[str, str]:
    return dict(re.findall(r'<a href="([^"]*)"\s+hreflang="([^"]*)"', html))


def addresses(html: str) -> set[str]:
    return {link for link in re.findall(r'(?:href|action)="(/[^"#?]*)', html) if not link.startswith("/static/")}


@pytest.fixture
def published(site: Site, now: datetime, stopped_clock: None) -> None:
    factories.publish(site, "ruanjian", now, title="软件和网络", summary="关于软件的摘要。")
    factories.publish(site, "plain", now, language="en", title="Plain words")


def page_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return str(answer.text)


def test_an_article_stands_in_both_scripts_and_says_where(client: FlaskClient, published: None) -> None:
    html = page_of(client, "/zh-hant/articles/ruanjian")
    for part in ('<html lang="zh-Hant">', "<h1>軟體和網路</h1>", "逾期不等於違法，但會產生利息。", "檢舉本文"):
        assert part in html
    assert 'href="/zh-hant/report?article=ruanjian"' in html
    assert 'rel="canonical" href="http://localhost/zh-hant/articles/ruanjian"' in html
    assert switcher(html) == {"/articles/ruanjian": "zh-Hans", "/en/": "en"}
    assert ">简体中文</a>" in html
    assert switcher(page_of(client, "/articles/ruanjian")) == {"/zh-hant/articles/ruanjian": "zh-Hant", "/en/": "en"}
    assert client.get("/zh-hant/articles/plain").location == "/en/articles/plain"


KEPT = """## 一、<span translate="no">于某</span>与余款

原告<span translate="no">于某</span>、被告<span translate="no">范**某某**</span>、里屋；<span style="x">余款</span><span><span translate="no">后</span>某</span>。

> 原文是“<span translate="no">軟體出售
於此</span>”。
"""


def test_a_name_and_a_quotation_that_are_marked_stay_as_they_are_written(
    client: FlaskClient, site: Site, now: datetime, published: None
) -> None:
    factories.publish(site, "ming", now, KEPT)
    html = page_of(client, "/zh-hant/articles/ming")
    own, contents = element_of(html.encode()).decode(), html.partition("toc-side")[2].partition("</nav>")[0]
    bare = re.sub("<[^>]*>", "", own)
    for said in ("一、于某與餘款", "原告于某、被告范某某、裡屋；餘款后某。", "原文是「軟體出售\n於此」。"):
        assert said in bare
    assert "一、于某與餘款" in re.sub("<[^>]*>", "", contents)
    assert "<strong>某某</strong>" in own
    simplified = page_of(client, "/articles/ming")
    assert "原告于某、被告范某某、里屋；余款后某。" in re.sub("<[^>]*>", "", simplified)
    assert own.count("translate=") == simplified.count("translate=") - contents.count("translate=")
    assert inspect_file(factories.markdown("ming", KEPT)) == []
    assert inspect_file(factories.markdown("ming", re.sub("<[^>]*>", "", KEPT))) != []


def test_what_is_kept_is_found_from_the_other_script_and_masked_like_any_words(
    client: FlaskClient, site: Site, now: datetime, published: None
) -> None:
    article = factories.publish(site, "ming", now, KEPT)
    sent = notifier.submission("k" * 43, language="zh-Hant", addresses="ming", passage="原告于某、被告范某某、裡屋")
    with transaction():
        (item,) = notices.submit(site, sent, now).items
    assert item.passage_found
    factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("于某"),))
    )
    for path in ("/articles/ming", "/zh-hant/articles/ming"):
        html = page_of(client, path)
        assert not {"于某", "於某"} & set(re.findall("[于於]某", html))
        assert '<span translate="no"></span>' not in html
    assert "被告范某某、裡屋" in re.sub("<[^>]*>", "", page_of(client, "/zh-hant/articles/ming"))


def test_nothing_the_pages_link_to_is_missing_under_the_prefix(client: FlaskClient, published: None) -> None:
    waiting, seen = {"/zh-hant/"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code in {200, 405}, path
        if answer.mimetype == "text/html":
            found = addresses(answer.text)
            elsewhere = set(switcher(answer.text))
            assert all(link.startswith("/zh-hant") for link in found - elsewhere), path
            waiting |= found - elsewhere - seen
    assert {"/zh-hant/pages/privacy", "/zh-hant/categories/debt-collection", "/zh-hant/report"} <= seen


def test_public_pages_are_rows_and_go_with_the_act(
    client: FlaskClient, site: Site, now: datetime, published: None
) -> None:
    paths = places.everything(site)
    assert {"/zh-hant/", "/zh-hant/articles/ruanjian", "/zh-hant/feed.atom", "/zh-hant/pages/rules"} <= set(paths)
    assert factories.stale_paths(site, now) == []
    assert left_simplified(re.sub(r"<a [^>]*hreflang.*?</a>", "", page_of(client, "/zh-hant/"))) == ""
    article = notifier.publish(site, "ruanjian", now, title="软件和网络", summary="关于软件的摘要。")
    factories.withhold(site, article, now)
    gone = client.get("/zh-hant/articles/ruanjian")
    assert (gone.status_code, gone.headers["Cache-Control"]) == (451, "no-store")
    assert "這篇文章已依法停止展示" in gone.text
    assert "軟體和網路" not in page_of(client, "/zh-hant/")
    assert factories.stale_paths(site, now) == []


def test_a_search_finds_what_is_written_in_the_other_script(client: FlaskClient, published: None) -> None:
    html = page_of(client, "/zh-hant/search?q=%E7%94%A2%E7%94%9F%E5%88%A9%E6%81%AF")  # 產生利息
    assert "軟體和網路" in html
    assert 'href="/zh-hant/articles/ruanjian"' in html
    assert "<mark>產生利息</mark>" in html
    assert 'value="產生利息"' in html


def test_what_people_typed_stays_as_they_typed_it(
    client: FlaskClient, site: Site, now: datetime, published: None
) -> None:
    sent = notifier.submission(
        "k" * 43, language="zh-Hant", addresses="http://localhost/zh-hant/articles/ruanjian", explanation=TYPED
    )
    with transaction():
        notice = notices.submit(site, sent, now)
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    html = client.post(f"/zh-hant/receipts/{notice.reference}", data={"code": code}).text
    assert TYPED in html
    assert "您的通知" in html
    assert "收到時間" in html
    assert "《軟體和網路》" in html
    assert 'href="/zh-hant/articles/ruanjian"' in html
    assert "2026年11月23日" in html


def test_a_passage_copied_from_the_other_script_is_found(site: Site, now: datetime, published: None) -> None:
    sent = notifier.submission("k" * 43, language="zh-Hant", addresses="ruanjian", passage="會產生利息")
    with transaction():
        (item,) = notices.submit(site, sent, now).items
    assert item.passage_found
    assert item.passage == "会产生利息"
    assert item.notice.answers["passage"] == "會產生利息"


def test_no_simplified_word_is_left_on_the_pages_of_forms(client: FlaskClient) -> None:
    categories = [f"/report/{kind}{each.slug}" for each in CATEGORIES.values() for kind in ("", "about/")]
    for path in (*categories, "/report", "/verify", "/receipts", "/search", "/search?q=x", "/nowhere"):
        answer = client.get(f"/zh-hant{path}")
        assert answer.status_code == (404 if path == "/nowhere" else 200), path
        html = answer.text
        assert left_simplified(re.sub(r"<a [^>]*hreflang.*?</a>", "", html, flags=re.DOTALL)) == "", path


def test_a_statement_is_kept_in_the_words_that_were_shown(site: Site, now: datetime, client: FlaskClient) -> None:
    with transaction():
        drafts.save("k" * 43, CategoryName.FRAUD, {"stmt_truth": "1"}, [], [], now)
    draft = drafts.find("k" * 43, now)
    assert draft is not None
    agreed = drafts.submission(site, draft, "zh-Hant", with_files=False).statements["stmt_truth"]
    assert agreed.startswith("我確信以上內容和證據真實")
    assert agreed in client.get("/zh-hant/report/drafts/" + "k" * 43).text


def test_a_withheld_page_says_so_in_every_script(
    client: FlaskClient, site: Site, now: datetime, published: None
) -> None:
    article = notifier.publish(site, "ruanjian", now)
    factories.withhold(site, article, now, Outcome.REMOVED)
    for path in ("/articles/ruanjian", "/zh-hant/articles/ruanjian"):
        assert client.get(path).status_code == 410


def test_simplified_is_the_way_back() -> None:
    assert simplified("產生利息") == "产生利息"
