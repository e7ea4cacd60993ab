"""The page of an article: footnotes, tables, what it says to machines, what goes with it, what was done and by whom asked."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT
from tests import factories
from tracker.cli import articles as syncing
from tracker.content import Shown, mark, pictures, plain, render
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.passages import Edit, Passage, around, locate
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Article
from tracker.render.linked import linked
from tracker.render.site import PREFIXES, Site
from tracker.services import articles, publication

NOTES = "甲乙[^a]丙。又[^b]一次[^a]。\n\n[^a]: 注**一**，见[法](https://example.org/)。\n\n    第二段。\n[^b]: - 列\n"
BAR = '<a class="covered" href="#note-1">BAR</a>'


def mask(words: str) -> list[Edit]:
    return [Edit(Passage(words), "█", BAR)]


# footnotes


def test_a_footnote_leads_there_and_back_and_every_id_is_one_of_a_kind() -> None:
    html = render(NOTES).html
    ids = re.findall(r' id="([^"]*)"', html)
    assert sorted(ids) == ["fn-1", "fn-2", "fnref-1", "fnref-1-2", "fnref-2"]
    assert sorted(re.findall(r'href="#([^"]*)"', html)) == sorted([*ids, "fn-1"])
    note = html[html.index('<li id="fn-1">') : html.index('<li id="fn-2">')]
    assert note.index("第二段") < note.index('href="#fnref-1"') < note.index("</p>\n</li>")


def test_marks_are_no_words_of_the_text_and_notes_stand_at_its_end() -> None:
    text = render(NOTES).text
    assert [line for line in text.splitlines() if line] == ["甲乙丙。又一次。", "注一，见法。", "第二段。", "列"]
    assert around("乙丙", text) == ("甲", "。又一次。\n\n注一，见法。\n\n第二段。\n\n\n\n列"[:64])


def test_a_passage_is_found_and_covered_across_a_mark() -> None:
    html = render(NOTES).html
    marked = mark(html, "乙丙。又一")
    assert "".join(re.findall(r"<mark>(.*?)</mark>", marked)) == "乙丙。又一"
    assert plain(marked) == plain(html)
    covered = render(NOTES, mask("乙丙"))
    assert "乙" not in covered.text + covered.html
    assert covered.html.count(BAR) == 1


def test_words_in_a_note_are_covered_like_any_others() -> None:
    covered = render(NOTES, mask("注一"))
    assert covered.text.count("█") == 1
    assert "注" not in re.sub("<[^>]*>", "", covered.html)


@pytest.mark.parametrize(
    "body",
    [
        '<sup><a href="#fn-1">张三</a></sup>',
        '<sup><a href="#fn-2">13800000000</a></sup>',
        '<sup><a href="#fn-1">1</a></sup>',
        '<sup class="fn-mark"><a href="#fn-138">138</a></sup>',
        '<a href="#fn-138">138</a>',
        '<a href="#fnref-1">1</a>',
        '<sup><a href="#fn-0">0</a></sup>',
        '<sup><a href="#fn-000">000</a></sup>',
    ],
)
def test_nothing_hides_as_a_mark(body: str) -> None:
    found = render(f"前{body}后")
    said = re.sub("<[^>]*>", "", body)
    assert found.text == f"前{said}后"
    assert plain(found.html) == found.text
    assert said not in render(f"前{body}后", mask(said)).html.replace("#fn-138", "").replace("#fnref-1", "").replace(
        "-1", ""
    )


@pytest.mark.parametrize("digits", ["007", "07", "0", "8", "７"])
def test_only_the_number_of_a_note_is_a_mark(digits: str) -> None:
    numbers = range(1, 8)
    notes = "".join(f"[^{number}]" for number in numbers) + "".join(f"\n\n[^{number}]: 注" for number in numbers)
    body = f'前<sup><a href="#fn-{digits}">{digits}</a></sup>后{notes}'
    found = render(body)
    assert found.text.startswith(f"前{digits}后")
    assert plain(found.html) == found.text
    assert render(body, mask(f"前{digits}后")).text.startswith("█")


PIECES = st.lists(
    st.sampled_from(["甲", "乙", "[^1]", "[^2]", "\n", "\n\n", "[^1]: ", "[^2]: ", "    ", "![图](a.png)", '![图](a.png "乙")', "![x](b)",
                     "| ", " |", "|-|-|", "- ", "> ", "**", "<sup>", "</sup>", '<a href="#fn-1">', "1", "</a>", "<table>", "<td>",
                     "<figure>", "<img src=a.png alt=乙>", "## "]),
    max_size=40,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(PIECES)
def test_what_is_read_is_what_is_searched_measured_and_marked(body: str) -> None:
    shown = {"a.png": Shown("/images/x.png", 4, 3)}
    found = render(body, (), shown)
    assert plain(found.html) == found.text == render(body).text
    assert plain(mark(found.html, "甲乙")) == found.text
    ids = re.findall(r' id="([^"]*)"', found.html)
    assert len(ids) == len(set(ids))
    covered = render(body, mask("乙"), shown)
    assert "乙" not in re.sub(r' id="[^"]*"', "", covered.html)
    assert "乙" not in covered.text
    assert covered.html.count("<figure>") == found.html.count("<figure>")
    for tag in ("div", "table", "section", "figure", "li", "sup", "a"):
        assert len(re.findall(rf"<{tag}[ >]", found.html)) == found.html.count(f"</{tag}>"), tag


@pytest.mark.parametrize(
    ("language", "notes", "back", "table"),
    [("zh-Hans", "脚注", "回到正文注", "表格"), ("en", "Footnotes", "Back to reference ", "Table")],
)
def test_what_has_no_words_has_a_name(language: str, notes: str, back: str, table: str) -> None:
    html = render(NOTES, language=language).html
    assert f'<section class="footnotes" role="doc-endnotes" aria-label="{notes}">' in html
    ways = re.findall(r'<a href="#fnref-([^"]*)" class="fn-back" role="doc-backlink" aria-label="([^"]*)">', html)
    assert ways == [(mark, f"{back}{mark}") for mark in ("1", "1-2", "2")]
    for body in ("<table><tr><td>一</td></tr></table>", "|  |  |\n|---|---|\n| 一 | 二 |\n"):
        boxes = re.findall(r'<div class="scroll"[^>]*>', render(body, language=language).html)
        assert boxes == [f'<div class="scroll" tabindex="0" role="group" aria-label="{table}">']


def test_names_are_in_the_language_of_the_article_and_the_script_of_the_page(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    factories.publish(site, "canary", now, NOTES)
    factories.publish(site, "english", now, NOTES, language="en")
    pages = {"/articles/canary": "脚注", "/zh-hant/articles/canary": "腳註", "/en/articles/english": "Footnotes"}
    found = {path: re.findall('role="doc-endnotes" aria-label="(.*?)"', client.get(path).text) for path in pages}
    assert found == {path: [name] for path, name in pages.items()}


def test_a_mask_of_words_that_we_wrote_ourselves_leaves_the_ways_back() -> None:
    for words in ("正文", "back"):
        covered = render(f"{words}[^1]。\n\n[^1]: 注", mask(words)).html
        assert covered.count('class="fn-back"') == 1
        assert '<a href="#fn-1" id="fnref-1"' in covered


# pictures and tables in the text


def test_a_picture_stands_in_the_text_where_it_stands_on_the_page() -> None:
    found = render('一。\n\n![二](a.png "三")\n\n四![五](b.png)六。', (), {"a.png": Shown("/images/x.png", 4, 3)})
    assert found.text.split() == ["一。", "二", "三", "四五六。"]
    assert found.pictures == ("/images/x.png",)
    span = locate("一。二三四五六", found.text)
    assert span is not None
    assert '<figure><img src="/images/x.png" alt="二" width="4" height="3" decoding="async">' in found.html
    assert '四<span class="no-picture">五</span>六。' in found.html, "what is not there is described"
    marked = mark(found.html, "二三四")
    assert re.sub("<[^m/>][^>]*>|</[^m][^>]*>", "", marked).count("<mark>") == 3


def test_a_note_may_end_in_a_picture_alone() -> None:
    html = render('甲[^1]。\n\n[^1]: 注\n\n    ![图](a.png "题")', (), {"a.png": Shown("/images/a.png", 4, 3)}).html
    note = html[html.index('<li id="fn-1">') : html.index("</li>")]
    tags = [tag for tag in re.findall(r"<(/?[a-z]+)", note) if tag != "img"]
    assert tags == ["li", "p", "/p", "figure", "figcaption", "/figcaption", "/figure", "a", "/a"]


@pytest.mark.parametrize("inner", ["![院子](a.png)", "![院子](a.png)\n\n![门](b.png)", '![院子](a.png "又一句")'])
def test_a_masked_caption_takes_the_picture_of_a_figure_written_in_html(inner: str) -> None:
    body = f"<figure>\n\n{inner}\n\n<figcaption>张三的院子</figcaption></figure>\n\n![别的](c.png)"
    shown = {f"{name}.png": Shown(f"/images/{name}.png", 4, 3) for name in "abc"}
    assert "/images/a.png" in render(body, (), shown).pictures
    masked = render(body, mask("张三"), shown)
    assert masked.pictures == ("/images/c.png",)
    assert "/images/a.png" not in masked.html


def test_only_the_first_picture_is_wanted_at_once() -> None:
    shown = {name: Shown(f"/images/{name}", 4, 3) for name in "abc"}
    html = render("![一](a)\n\n![二](b)\n\n![三](c)", (), shown).html
    assert html.count('loading="lazy"') == 2
    assert 'alt="一" width="4" height="3" decoding="async">' in html


def test_a_table_scrolls_by_itself_and_is_named_for_its_columns() -> None:
    html = render("| 情形 | **举例** |  |\n|---|---|---|\n| 一 | 二 | 三 |\n").html
    assert html.startswith('<div class="scroll" tabindex="0" role="group" aria-label="情形、举例"><table>')
    assert html.rstrip().endswith("</table></div>")
    covered = render("| 张三 | 举例 |\n|---|---|\n| 一 | 二 |\n", mask("张三")).html
    assert 'aria-label="█、举例"' in covered
    assert "张三" not in covered


# the page


def publish_four(site: Site, now: datetime) -> list[Article]:
    tags = {"yi": ["a", "b"], "er": ["c"], "san": ["a", "b"], "si": ["a"], "wu": ["c"], "liu": ["d"]}
    return [factories.publish(site, slug, now, tags=words) for slug, words in tags.items()]


def graph(page: str) -> Iterator[dict[str, object]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(blocks) == 1
    yield from json.loads(blocks[0])["@graph"]


def related(page: str) -> list[str]:
    part = re.search(r'<nav class="neighbours related".*?</nav>', page, re.DOTALL)
    return re.findall(r'href="(?:/zh-hant)?/articles/([^"]*)"', part[0]) if part else []


@pytest.mark.parametrize("prefix", ["", "/zh-hant"])
def test_a_page_tells_machines_what_it_is(client: FlaskClient, site: Site, now: datetime, prefix: str) -> None:
    factories.publish(
        site, "canary", now, title='关于“利息”</script><b>的文章', updated="2026-11-20", origin="reposted",
        source={"name": "某刊", "url": "https://example.org/x?a=1&b=2"},
    )  # fmt: skip
    page = client.get(f"{prefix}/articles/canary").text
    article, crumbs = graph(page)
    address = f"http://localhost{prefix}/articles/canary"
    assert article["@type"] == "Article"
    assert article["@id"] == article["mainEntityOfPage"] == address
    assert "</script><b>" in str(article["headline"])
    assert article["inLanguage"] == ("zh-Hant" if prefix else "zh-Hans")
    assert (article["datePublished"], article["dateModified"]) == ("2026-11-02", "2026-11-20")
    assert article["isBasedOn"] == "https://example.org/x?a=1&b=2"
    assert article["publishingPrinciples"] == f"http://localhost{prefix}/pages/rules"
    assert client.get(f"{prefix}/pages/rules").status_code == 200
    assert "correction" not in article
    steps = [step["item"] for step in crumbs["itemListElement"]]  # type: ignore[index,attr-defined]
    assert steps == [
        f"http://localhost{prefix}{path}" for path in ("/", "/categories/debt-collection", "/articles/canary")
    ]
    assert all(client.get(str(step).removeprefix("http://localhost")).status_code == 200 for step in steps)
    assert page.count("<script") == 2, "one file and the data"


def test_data_for_machines_cannot_end_early_or_hold_what_is_empty() -> None:
    said = linked({"a": "</script><!--&\u2028", "b": "", "c": [], "d": {"e": None}, "f": ["中文", {"g": ""}]})
    assert json.loads(said) == {"a": "</script><!--&\u2028", "f": ["中文", {}]}
    assert not set("<>&\u2028") & set(said)
    assert "中文" in said


@pytest.mark.parametrize(("path", "own"), [("/articles/canary", "zh-Hans"), ("/zh-hant/articles/canary", "zh-Hant")])
def test_a_page_names_its_own_address_and_its_other_script(
    client: FlaskClient, site: Site, now: datetime, path: str, own: str
) -> None:
    factories.publish(site, "canary", now)
    page = client.get(path).text
    assert re.findall(r'<link rel="canonical" href="([^"]*)"', page) == [f"http://localhost{path}"]
    assert re.findall(r'property="og:url" content="([^"]*)"', page) == [f"http://localhost{path}"]
    alternates = dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)"', page))
    assert alternates == {
        "zh-Hans": "http://localhost/articles/canary", "zh-Hant": "http://localhost/zh-hant/articles/canary",
    }  # fmt: skip
    assert f'<html lang="{own}">' in page


def test_an_article_in_one_script_names_no_other(client: FlaskClient, site: Site, now: datetime) -> None:
    factories.publish(site, "english", now, language="en")
    page = client.get("/en/articles/english").text
    assert '<link rel="alternate" hreflang' not in page
    assert 'rel="canonical" href="http://localhost/en/articles/english"' in page


@pytest.mark.usefixtures("stopped_clock")
def test_what_is_withheld_is_in_no_data_and_a_correction_is_told(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    article = factories.publish(site, "canary", now, title="张三的事", summary="说张三。", tags=["张三", "逾期"])
    factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    terms = Terms(words="改正一处。", passages=(Passage("一段", replacement="两段"),))
    factories.set_measure(site, article, now, starts_at=now, kind=MeasureKind.CORRECT, terms=terms)
    page = client.get("/articles/canary").text
    assert "张三" not in unescape(page)
    told, _ = graph(page)
    assert told["keywords"] == ["逾期"]
    (correction,) = told["correction"]  # type: ignore[misc]
    assert correction == {"@type": "CorrectionComment", "text": "改正一处。", "datePublished": now.isoformat()}
    assert str(told["dateModified"]).startswith("2026-11-23")
    record = re.search(r'<section class="record".*?</section>', page, re.DOTALL)
    assert record
    assert re.findall(r'href="#(note-\d+)">([^<]*)<', record[0]) == [
        (found, label)
        for found, label in zip(re.findall(r'id="(note-\d+)"', page), ["部分内容不展示", "更正内容"], strict=True)
    ]
    assert record[0].count('datetime="2026-11-23') == 2


def test_under_an_article_stands_where_it_is_from(client: FlaskClient, site: Site, now: datetime) -> None:
    factories.publish(
        site, "canary", now, origin="reposted", source={"name": "某刊", "url": "https://example.org/x"}, updated="2026-11-20"
    )  # fmt: skip
    page = client.get("/articles/canary").text
    about = page[page.index('<footer class="sources">') : page.index("</article>")]
    said = dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*(.*?)\s*</dd>", about, re.DOTALL))
    assert said["转载自"] == '<a href="https://example.org/x" rel="external nofollow noopener">某刊</a>'
    assert (said["发布者"], said["版权"]) == ("编辑部", "本文转载自他处。")
    assert 'datetime="2026-11-02"' in said["发布"]
    assert 'datetime="2026-11-20"' in said["更新"]


# related articles


def test_related_articles_have_tags_in_common_and_are_not_the_neighbours(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    publish_four(site, now)
    assert related(client.get("/articles/yi").text) == ["san", "si", "wu"]
    assert related(client.get("/zh-hant/articles/yi").text) == ["san", "si", "wu"]
    assert related(client.get("/articles/san").text) == ["yi", "wu"]


@pytest.mark.usefixtures("stopped_clock")
def test_related_articles_follow_in_the_act_and_no_other_page_is_touched(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    found = {article.slug: article for article in publish_four(site, now)}
    with transaction():
        before = factories.rows()
    case = factories.withhold(site, found["san"], now)
    assert related(client.get("/articles/yi").text) == ["si", "wu", "liu"]
    assert factories.stale_paths(site, now) == []
    after = factories.rows()
    touched = {path for (_, path) in after if before[_, path] != after[_, path] and path.startswith("/articles/")}
    named = {
        f"/articles/{slug}"
        for slug in found
        if "/articles/san" in before[_key(before, f"/articles/{slug}")][6].decode()
    }  # type: ignore[attr-defined]
    assert touched <= named | {"/articles/san"}
    factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


def _key(rows: object, path: str) -> tuple[int, str]:
    return next(key for key in rows if key[1] == path)  # type: ignore[attr-defined]


def test_new_articles_other_tags_and_files_that_go_leave_no_page_behind(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    publish_four(site, now)
    factories.publish(site, "qi", now, tags=["a", "b"])
    assert factories.stale_paths(site, now) == []
    assert related(client.get("/articles/yi").text) == ["san", "qi", "si"]
    factories.publish(site, "san", now, tags=["d"])
    assert factories.stale_paths(site, now) == []
    assert related(client.get("/articles/yi").text)[0] == "qi"
    factories.publish(site, "san", now, category="disputes")
    assert factories.stale_paths(site, now) == []
    with transaction():
        articles.retire(site, "qi", now)
    assert factories.stale_paths(site, now) == []
    assert "qi" not in related(client.get("/articles/yi").text)


@pytest.mark.usefixtures("stopped_clock")
def test_a_title_that_is_masked_is_masked_where_it_is_related(client: FlaskClient, site: Site, now: datetime) -> None:
    publish_four(site, now)
    article = factories.publish(site, "qi", now, title="张三的事", tags=["a", "b"])
    assert "张三的事" in client.get("/articles/yi").text
    factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    assert "张三" not in client.get("/articles/yi").text
    assert factories.stale_paths(site, now) == []


# tombstones


def rows_of(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>\s*(.*?)\s*</dd>", page, re.DOTALL)
    return {name: re.sub(r"<[^>]*>", "", said).strip() for name, said in found}


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"source": "notice"}, "有人向本站提交了通知。为了保护个人信息，不公开是谁。"),
        ({"source": "own_initiative"}, "没有人提出，本站自己审查。"),
        ({"source": "order", "asked_by": "某市<某区>人民法院"}, "法院或主管机关某市&lt;某区&gt;人民法院"),
        ({"source": "order", "asked_by": "某市<某区>人民法院", "publisher_told": False}, None),
        ({}, None),
    ],
)
def test_a_tombstone_tells_who_asked_if_that_may_be_told(
    client: FlaskClient, site: Site, now: datetime, stated: dict[str, object], said: str | None
) -> None:
    article = factories.publish(site, "canary", now)
    measure = factories.set_measure(
        site, article, now, starts_at=now, ends_at=datetime.fromisoformat("2027-01-01T00:00Z")
    )
    with transaction():
        measure.decision.statement = stated
        db.session.flush()
        publication.publish(site, [article], now)
    page = client.get("/articles/canary").text
    told = rows_of(page)
    assert told.get("谁提出的") == said
    assert told["范围"] == "整篇文章，不分地区"
    assert told["到何日止"] == "2027年1月1日"
    assert told["依据"].startswith("《中华人民共和国民法典》")
    assert "法院" in page if said and "法院" in said else "某市" not in page


@pytest.mark.usefixtures("stopped_clock")
def test_a_tombstone_tells_how_far_it_goes(client: FlaskClient, site: Site, now: datetime) -> None:
    article = factories.publish(site, "canary", now)
    factories.set_measure(site, article, now, starts_at=now, terms=Terms(territory=("CN", "HK")))
    told = rows_of(client.get("/articles/canary").text)
    assert (told["范围"], told["适用地区"], told["到何日止"]) == ("整篇文章", "CN, HK", "直到另行决定")


@pytest.mark.usefixtures("stopped_clock")
def test_what_hides_covers_or_changes_leads_to_its_public_case(client: FlaskClient, site: Site, now: datetime) -> None:
    article = factories.publish(site, "canary", now, title="张三的事", summary="说张三。")
    mask = factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    hides = factories.set_measure(site, article, now, starts_at=now, ends_at=now + timedelta(days=1))
    later = factories.set_measure(site, article, now, starts_at=now + timedelta(days=1))
    with transaction():
        hides.decision.statement = {"source": "order", "asked_by": "张三所在地法院"}
        db.session.flush()
        publication.publish(site, [article], now)
    told = client.get("/articles/canary").text
    for measure, page in ((hides, told), (hides, client.get("/zh-hant/articles/canary").text)):
        (link,) = re.findall(r'href="([^"]*/transparency/cases/[^"]*)"', page)
        assert link.endswith(f"/transparency/cases/{measure.case_id}")
        assert client.get(link).status_code == 200
    case = rows_of(client.get(f"/transparency/cases/{hides.case_id}").text)
    assert case | {"公开案号": str(hides.case_id)} == rows_of(told), "the same is told of it in both places"
    assert "公开案号" not in case, "it stands above"
    assert "法院或主管机关" in case["谁提出的"]
    for prefix, heading in (("", "部分内容不展示"), ("/zh-hant", "部分內容不展示"), ("/en", "Passages withheld")):
        page = client.get(f"{prefix}/transparency/cases/{mask.case_id}").text
        assert heading in page
        assert "canary" not in page
        assert "张三" not in page
    assert client.get(f"/transparency/cases/{later.case_id}").status_code == 404, "it has not begun"
    assert client.get("/transparency/cases/999").status_code == 404
    hides.ends_at = now
    db.session.commit()
    assert "（已结束）" in client.get(f"/transparency/cases/{hides.case_id}").text


# weight


def test_every_article_that_ships_is_light_and_asks_nobody_else(
    client: FlaskClient, site: Site, tmp_path: Path
) -> None:
    for file in [*(ROOT / "content").glob("*.md"), *(ROOT / "content" / "images").iterdir()]:
        folder = site.config.content / ("images" if file.suffix != ".md" else "")
        folder.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
    assert syncing.run(site).problems == []
    for article in db.session.query(Article):
        path = f"{PREFIXES[article.language]}/articles/{article.slug}"
        page = client.get(path).text
        parts = re.findall(r'(?:<link rel="(?:stylesheet|icon)"[^>]*? href|<(?:script|img) src)="([^"]*)"', page)
        assert all(part.startswith(("/static/", "/images/")) for part in parts)
        assert (page.count('<link rel="stylesheet"'), page.count("<script src"), page.count(" defer>")) == (1, 1, 1)
        sizes = [len(client.get(one, headers={"Accept-Encoding": "br"}).data) for one in (path, *parts)]
        assert sum(sizes) <= 30_000, (path, sizes)


def test_the_sample_picture_is_one_that_we_would_take() -> None:
    for file in (ROOT / "content" / "images").iterdir():
        assert pictures.read(file.read_bytes()).content == file.read_bytes(), file


def test_every_link_of_what_ships_leads_somewhere_in_its_own_language(client: FlaskClient, site: Site) -> None:
    for file in (ROOT / "content").glob("**/*.*"):
        place = site.config.content / file.relative_to(ROOT / "content")
        place.parent.mkdir(exist_ok=True, parents=True)
        place.write_bytes(file.read_bytes())
    assert syncing.run(Site(site.config)).problems == []
    articles = [f"{PREFIXES[each.language]}/articles/{each.slug}" for each in db.session.query(Article)]
    pages = [f"{prefix}/pages/{slug}" for prefix in PREFIXES.values() for slug in ("rules", "privacy", "contact")]
    for path in (*articles, *pages):
        html = client.get(path).text.partition("<main")[2].partition("</main>")[0]
        links = {link.partition("#")[0] for link in re.findall(r'href="(/[^"?]*)', html)} - {""}
        assert links, path
        for link in links:
            assert client.get(link).status_code == 200, (path, link)
            assert link.startswith("/en") is path.startswith("/en"), (path, link)
