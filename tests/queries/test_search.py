"""The readers' search: it finds just what the texts say, ranked, whole, page by page, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from tests import factories
from tracker.db import db, transaction
from tracker.domain.ranking import level, place
from tracker.models import Article
from tracker.queries import search
from tracker.queries.search import Found, articles, words_of
from tracker.render.findable import Findable, kept
from tracker.render.site import Site
from tracker.services import finding

pytestmark = pytest.mark.usefixtures("stopped_clock")


def put(number: int, title: str, summary: str, body: str, on: date, language: str = "zh-Hans") -> Article:
    """Store an article and its words, and nothing else of it."""
    article = Article(
        id=number, slug=f"a{number}", language=language, category="debt-collection", title=title, summary=summary, tags=[],
        origin="own", source_name="", source_url="", publisher_name="", publisher_email="", published_on=on,
    )  # fmt: skip
    db.session.add(article)
    db.session.flush()
    finding.put(article, Findable(body, kept(title, summary, body)))
    return article


def slugs(found: Found) -> list[str]:
    return [hit.entry.slug for hit in found.hits]


def found(site: Site, query: str, now: datetime, language: str = "zh-Hans") -> list[str]:
    return slugs(articles(site, query, language, now))


DAY = date(2026, 11, 1)


def test_title_comes_before_summary_before_body_and_the_newest_first(site: Site, now: datetime) -> None:
    with transaction():
        put(1, "讲征信", "无", "无", DAY)
        put(2, "讲征信", "无", "无", DAY + timedelta(1))
        put(3, "无", "征信", "无", DAY + timedelta(2))
        put(4, "无", "无", "有征信", DAY + timedelta(3))
        put(5, "无", "无", "有征信", DAY + timedelta(3))
        put(6, "无", "无", "有征信", DAY - timedelta(3))
        put(7, "无", "无", "征 信，或者征，信", DAY + timedelta(4))
        put(8, "无", "无", "征，信", DAY + timedelta(4))
    assert found(site, "征信", now) == ["a2", "a1", "a3", "a7", "a5", "a4", "a6"]


def test_of_several_words_each_counts(site: Site, now: datetime) -> None:
    with transaction():
        put(1, "征信异议", "无", "无", DAY)
        put(2, "征信", "异议", "无", DAY + timedelta(1))
        put(3, "征信", "无", "异议", DAY + timedelta(2))
        put(4, "无", "征信异议", "无", DAY + timedelta(3))
        put(5, "无", "征信", "异议", DAY + timedelta(4))
        put(6, "无", "无", "征信异议", DAY + timedelta(5))
        put(7, "征信", "征信", "征信", DAY + timedelta(6))
    assert found(site, "征信 异议", now) == ["a1", "a2", "a3", "a4", "a5", "a6"]
    assert found(site, "异议　征信", now) == ["a1", "a2", "a3", "a4", "a5", "a6"]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("贷", True), ("网贷", True), ("贷平台", True), ("网贷平台公", True), ("平台公司APP", True), ("app", True), ("AP", True),
        ("ＡＰＰ", True), ("app上", True), ("司app", True), ("pp", False), ("36", True), ("36%", True), ("12378", True),
        ("12378热线", True), ("2378", False), ("公司上", False), ("台网", False), ("龘", False), ("网贷合同", False),
        ("annual percentage", True), ("annu", True), ("percentages", False), ("annualized", False), ("公 司", True),
    ],
)  # fmt: skip
def test_words_of_every_kind_and_length(site: Site, now: datetime, query: str, is_found: bool) -> None:
    with transaction():
        put(1, "无", "无", "网贷平台公司APP上写着年利率36%，热线12378热线（annual percentage rate）", DAY)
    assert found(site, query, now) == (["a1"] if is_found else [])


def test_both_scripts_find_the_same_once(site: Site, now: datetime) -> None:
    with transaction():
        put(1, "软件发展", "个人信息", "信息网络，台湾著作", DAY)
        put(2, "無", "無", "繁體引文：軟體發展", DAY)
    for query in ("发展", "發展"):
        assert found(site, query, now) == found(site, query, now, "zh-Hant") == ["a1", "a2"], query
    assert found(site, "软件", now, "zh-Hant") == ["a1"]
    assert found(site, "軟體", now, "zh-Hant") == ["a1", "a2"], "it is 软件 in the one and 軟體 in the other"
    assert found(site, "個人資料", now, "zh-Hant") == ["a1"]
    assert found(site, "網路", now, "zh-Hant") == ["a1"]
    assert found(site, "軟體發展", now, "zh-Hant") == ["a1", "a2"]
    hit = articles(site, "軟體", "zh-Hant", now).hits[0]
    assert ("".join(p.text for p in hit.title), hit.title[0]) == ("軟體發展", ("軟體", True))
    assert hit.entry.url == "/zh-hant/articles/a1"


def test_each_language_finds_its_own(site: Site, now: datetime) -> None:
    with transaction():
        put(1, "About 征信", "x", "x", DAY, "en")
        put(2, "讲征信 about", "x", "x", DAY)
    assert found(site, "征信", now, "en") == found(site, "about", now, "en") == ["a1"]
    assert found(site, "征信", now) == found(site, "about", now, "zh-Hant") == ["a2"]


WORDS = ["征信", "异议", "催收", "网贷app", "36利率", "p2p", "收费", "信"]


def test_whatever_is_sought_is_found_ranked_and_page_by_page(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any query: all the pages together are the articles that have it, in the order of the rule, each once."""
    monkeypatch.setattr(search, "PER_PAGE", 3)
    monkeypatch.setattr(search, "_READ", 4)
    with transaction():
        for n in range(1, 61):
            parts = [" ".join(WORDS[(n * k + k) % 8] for k in range(1, 2 + n % 3)) for _ in range(1)]
            title = parts[0] if n % 3 else "无题"
            summary = WORDS[n % 8] + ("，" if n % 2 else "") + WORDS[n // 8]
            put(
                n,
                title,
                summary,
                "。".join(WORDS[(n + k * k) % 8] for k in range(n % 7)) + "正文",
                DAY + timedelta(n % 40),
            )
    texts = {row.id: row.search_text.split("\n") for row in db.session.scalars(select(Article))}
    dates = {row.id: row.published_on for row in db.session.scalars(select(Article))}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(st.sampled_from("征信异议催收网贷app36利率费 "), min_size=1, max_size=6))
    def agree(query: str) -> None:
        words = words_of(query)
        fits = {number: level(words, *parts) for number, parts in texts.items()} if words else {}
        wanted = sorted(
            (number for number, fit in fits.items() if fit is not None),
            key=lambda number: (fits[number], -place(dates[number], number)),
        )
        got, after = list[str](), ""
        for _ in range(100):
            page = articles(site, query, "zh-Hans", now, after)
            got += slugs(page)
            if page.next is None:
                break
            after = page.next
        assert got == [f"a{number}" for number in wanted], query

    agree()


def test_a_page_that_takes_too_long_is_cut_short_and_goes_on(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_READ", 2)
    monkeypatch.setattr(search, "_GOES", 2)
    with transaction():
        for n in range(1, 10):
            put(n, "征信", "征信", "征信", DAY)
        put(10, "无", "征信", "征信", DAY)
    got, after, pages = list[str](), "", 0
    while pages == 0 or after:
        page = articles(site, "征信", "zh-Hans", now, after)
        got, after, pages = got + slugs(page), page.next or "", pages + 1
    assert sorted(got) == sorted(f"a{n}" for n in range(1, 11))
    assert got[-1] == "a10"
    assert pages > 3


def test_what_changed_by_itself_is_found_once_in_its_place_on_pages_cut_short(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_READ", 1)
    monkeypatch.setattr(search, "_GOES", 2)
    for slug in ("one", "two", "three", "four"):
        factories.publish(site, slug, now)
    with transaction():
        for article in db.session.scalars(select(Article).where(Article.slug.in_(["one", "three"]))):
            finding.put(article, None if article.slug == "one" else Findable("旧", kept("旧", "旧", "旧")))
            article.search_until = now
    got, after, pages = list[str](), "", 0
    while pages == 0 or after:
        page = articles(site, "利息", "zh-Hans", now, after)
        got, after, pages = got + slugs(page), page.next or "", pages + 1
    assert got == ["four", "three", "two", "one"]
    assert pages > 1


@pytest.mark.parametrize(
    "query",
    ["'", '"', "* AND", "a" * 5000, "\0", "催\0收", "NOT 催", "😀", "%", "_", "\\", "1" * 300, "\ue000", "𫠠收", "催" * 5000, "a𫠠b",
     "ﷺ", "a OR b", "{title}: a", "İ", "的 " * 50, "{}", "軟體" * 40],
)  # fmt: skip
@pytest.mark.parametrize("after", ["", "9-1", "5-9999999999999999999", "x", "0-0", "3-1"])
def test_nothing_typed_is_an_error(site: Site, now: datetime, query: str, after: str) -> None:
    with transaction():
        put(1, "讲征信的", "无", "a", DAY)
    for text_ in (search.cleaned(query), query):
        articles(site, text_, "zh-Hant", now, after)


def test_what_is_indexed_goes_whole_when_it_changes(site: Site, now: datetime) -> None:
    """The index of SQLite keeps no copy: told to forget other words than it has, it would go on finding them."""
    with transaction():
        article = put(1, "征信异议", "摘要", "正文app", DAY)
        article.language, article.published_on = "en", DAY + timedelta(50)
        finding.put(article, Findable("新的", kept("新的", "新的", "新的")))
    for language in ("zh-Hans", "en"):
        assert [found(site, query, now, language) for query in ("征信", "异", "app", "摘要")] == [[]] * 4
    assert found(site, "新", now, "en") == ["a1"]
    with transaction():
        finding.put(db.session.get_one(Article, 1), None)
    assert found(site, "新", now, "en") == []
    empty = text("SELECT count(*) FROM reader_index WHERE " + (
        "reader_index MATCH '\"新\"'" if db.engine.dialect.name == "sqlite" else "words @> ARRAY['新']"
    ))  # fmt: skip
    assert db.session.scalar(empty) == 0


def test_articles_that_are_not_indexed_yet_are_taken_in_a_few_at_a_time(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("one", "two", "three"):
        factories.publish(site, slug, now)
    with transaction():
        for article in db.session.scalars(select(Article)):
            finding.put(article, None)
    assert found(site, "利息", now) == []
    assert len(finding.behind(now, 2)) == 2
    factories.refresh(site, now)
    assert found(site, "利息", now) == ["three", "two", "one"]
    assert finding.behind(now) == []
