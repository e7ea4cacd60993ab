"""How footnotes, pictures and tables of a text are shown, searched, masked and marked."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import factories
from tracker.content import Shown, mark, plain, render
from tracker.domain.passages import Edit, Passage, around, locate
from tracker.render.site import Site

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
