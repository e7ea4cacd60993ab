"""A page of our own with every damage of the one the site began with: what was deleted from it stays deleted."""

from pathlib import Path

import pytest

from tests.imported.reading import CATEGORIES, PAGES, body, left, saved
from tracker import content
from tracker.content.blocks import Kind, from_markdown
from tracker.content.front_matter import parsed
from tracker.content.inspection import inspect_file
from tracker.content.readings import READING, is_reading
from tracker.content.repairs import simplified
from tracker.content.saved.article import Imported

EXPECTED = Path(__file__).parent / "twin.md"

GAPS = [("gap", 26), ("gap", 40), ("gap-at-stop", 48)]
"""Three deletions left a blank; the one on line 48 stands beside a character that was cut in two."""

WITHOUT_GAP = [("question", 14), ("question", 26), ("question", 88)]


@pytest.fixture(scope="module")
def twin() -> Imported:
    return saved("twin.txt")


def test_its_facts_are_found(twin: Imported) -> None:
    facts = twin.facts
    assert facts.title == "分期付款合同里的提前还款怎么算才清楚"
    assert (facts.category, facts.heat, facts.responses) == ("借款人权益", 3, 0)
    assert facts.contact == ["内容侵权、删帖举报联系方式：", "联系人:13900000000 notice@example.org"]
    assert facts.greeting == "您好！欢迎访问分期频道！"
    header = parsed(twin.content)[0]
    assert (header.text("heat", 9), header.text("responses", 9)) == ("3", "0")
    assert header.text("category", 99) == "borrower-rights"
    assert header.mapping("saved").words("contact") == facts.contact


def test_it_has_six_sections_and_eleven_subsections_and_its_title_stands_nowhere_in_them(twin: Imported) -> None:
    assert (twin.sections, twin.subsections) == (6, 11)
    headings = [block.bare for block in from_markdown(body(twin)) if block.kind is Kind.HEADING]
    assert len(headings) == 17
    assert headings[-1] == "六、小编总结"
    assert "小编导语" not in body(twin)
    assert "提前还款怎么算" not in body(twin)
    assert twin.repairs["title-again"] == 2


def test_no_reading_is_left_and_the_text_is_in_one_script(twin: Imported) -> None:
    text = twin.content.decode()
    assert [found[0] for found in READING.finditer(text) if is_reading(found["said"], found["word"])] == []
    assert simplified(text) == (text, 0)
    assert "催收团队联系的" in text
    assert "催收团队来电时" in text


def test_the_three_gaps_are_pointed_out_by_line_and_so_are_the_deletions_that_left_none(twin: Imported) -> None:
    assert sorted(left(twin)) == sorted(GAPS + WITHOUT_GAP)
    places = {(one.saved_line, one.rule): one.values["found"] for one in twin.left}
    assert places[26, "gap"] == "翻开合同第 页，找到提前"
    assert places[40, "gap"] == "既有利息也有 费、违约金，"
    assert places[48, "gap-at-stop"] == "的，可以通过 、信件等方式"


def test_nothing_is_filled_in(twin: Imported) -> None:
    assert body(twin) == EXPECTED.read_text(encoding="utf-8").rstrip("\n")


def test_the_lede_opens_the_article_and_is_its_summary(twin: Imported) -> None:
    summary = parsed(twin.content)[0].text("summary", 500)
    assert summary == body(twin).split("\n\n")[0]
    assert summary.startswith("买一台家电分十二期付")


def test_it_is_an_article_as_it_stands(twin: Imported) -> None:
    source = content.read_article(twin.content, CATEGORIES, ("zh-Hans", "en"))
    assert (source.heat, source.responses, source.slug) == (3, 0, twin.slug)


def test_a_person_who_does_what_is_said_is_done(twin: Imported) -> None:
    mended = twin.content.decode()
    for wrong, right in [
        ("费问", "费问题"), ("第 页", "第三页"), ("也有 费", "也有手续费"), ("通过 、", "通过电话、"),
    ]:  # fmt: skip
        mended = mended.replace(wrong, right)
    assert inspect_file(mended.encode()) == []


def test_the_lines_named_are_those_of_the_saved_page(twin: Imported) -> None:
    lines = (PAGES / "twin.txt").read_text(encoding="utf-8").split("\n")
    made = twin.content.decode().split("\n")
    assert "第 頁" in lines[26 - 1]
    assert all(str(one.values["found"])[:3] in made[one.line - 1] for one in twin.left)
