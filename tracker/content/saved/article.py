"""A saved page to the file of an article: read, mended, written, and looked over for what a person has to mend."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import NamedTuple

import yaml
from pypinyin import lazy_pinyin

from tracker.content import repairs
from tracker.content.blocks import Block, Kind
from tracker.content.characters import HAN
from tracker.content.front_matter import LONGEST_WORD, FrontMatter, parsed
from tracker.content.inspection import inspect_file
from tracker.content.saved.decoding import decode
from tracker.content.saved.facts import Facts, find_facts
from tracker.content.saved.html import read_html
from tracker.content.saved.page import Page
from tracker.content.saved.plain import read_plain
from tracker.content.saved.structure import build, take_lede
from tracker.content.saved.writing import Line, write
from tracker.domain.errors import N_, BadContent
from tracker.domain.text import clean_line

LONGEST_SLUG = 80
LONGEST_SUMMARY = 200
_WHOLE = re.compile(r"<(?:!doctype\s+html|html|head|body|frameset)\b", re.IGNORECASE)
_ELEMENT = re.compile(
    r"<(?:p|div|br|table|t[rdh]|h[1-6]|span|article|section|[uod]l|li|d[td]|font|center|a|b|i|strong|em|img)(?:\s[^<>]{0,1000})?/?>",
    re.IGNORECASE,
)
_SEVERAL = 3
_LETTER = re.compile(r"[^\W\d_]")
_SHARE_OF_HAN = 5
"""One in so many letters is Han where a page is Chinese."""


_NO_TITLE = N_("页面上没有找到标题。请在title里填上。")
_NO_CATEGORY = N_("页面上没有写分类。请在category里填上其中一个：%(known)s")
_OTHER_CATEGORY = N_("页面的分类是“%(found)s”，本站没有。请在category里填上其中一个：%(known)s")
TITLE_LINE = 2


class Given(NamedTuple):
    """What a page cannot say, and the site says for it: its categories by their names, who publishes, and today."""

    categories: Mapping[str, str]
    publisher_name: str
    publisher_email: str
    today: date


class Left(NamedTuple):
    """What is left to a person: the line of the saved page and that of the article (0: none), the rule, and the words."""

    saved_line: int
    line: int
    rule: str
    message: str
    values: dict[str, object]


@dataclass(frozen=True)
class Imported:
    """An article made of a saved page: its file, what the page said, what was mended how often, what is left.

    `left_out` counts the lines that stood around the article.
    """

    slug: str
    content: bytes
    facts: Facts
    sections: int
    subsections: int
    repairs: Counter[str]
    left_out: int
    left: list[Left]


def import_page(content: bytes, name: str, given: Given) -> Imported:
    """Return the article on a saved page; raise BadContent if there is none, saying what to do instead."""
    text, counts = repairs.reread(_text_of(content))
    page = read_html(text) if is_html(text) else read_plain(text)
    is_chinese = _is_chinese([*page.blocks, *page.around])
    page, mended = _mended(page, is_chinese)
    facts, rest = find_facts(page, given.categories)
    built, built_counts = build(rest, facts.title)
    blocks, lede = take_lede(built)
    if all(block.kind is Kind.HEADING for block in blocks):
        raise BadContent(N_("没有找到正文。请确认保存的是文章页，不是框架页、登录页或者列表。"))
    lines = write(blocks)
    summary = _summary(page.head.get("description", "") or lede)
    header = _header(facts, name, content, given, is_chinese, summary)
    made = _file(header, lines)
    return Imported(
        slug=str(header["slug"]),
        content=made,
        facts=facts,
        sections=_headings(blocks, 2),
        subsections=_headings(blocks, 3),
        repairs=Counter(counts) + Counter(mended) + Counter(built_counts),
        left_out=len(page.around),
        left=_left(made, lines, page, facts, given),
    )


def is_html(text: str) -> bool:
    """Say whether a text is HTML: it says so, or holds an element that ends, or several."""
    elements = len(list(islice(_ELEMENT.finditer(text), _SEVERAL)))
    return bool(_WHOLE.search(text)) or elements == _SEVERAL or (elements > 0 and "</" in text)


def _text_of(content: bytes) -> str:
    text = decode(content)
    if text.lstrip().startswith("---") and _has_front_matter(text):
        raise BadContent(N_("这已经是带front matter的文章。请直接放进content/，再用tracker check content检查。"))
    return text


def _has_front_matter(text: str) -> bool:
    try:
        values = parsed(text.encode())[0]
    except BadContent:
        return False
    return values.given("title") or values.given("slug")


def _is_chinese(blocks: Sequence[Block]) -> bool:
    words = "".join(block.bare for block in blocks)
    return len(re.findall(f"[{HAN}]", words)) * _SHARE_OF_HAN >= len(_LETTER.findall(words)) > 0


def _mended(page: Page, is_chinese: bool) -> tuple[Page, dict[str, int]]:
    """Return the page with every word of it mended; only repairs of the article are counted."""
    blocks, counts = repairs.mend(page.blocks, is_chinese)
    around, _ = repairs.mend(page.around, is_chinese)
    said = [Block(Kind.PARAGRAPH, words, 0) for words in page.head.values()]
    head = dict(zip(page.head, (block.text for block in repairs.mend(said, is_chinese)[0]), strict=True))
    return replace(page, blocks=blocks, around=around, head=head), counts


def _headings(blocks: Sequence[Block], level: int) -> int:
    return sum(block.kind is Kind.HEADING and block.level == level for block in blocks)


def _summary(said: str) -> str:
    """Return the first sentences of a text, as many as fit; a first one that is too long is cut where a reader sees it."""
    said = clean_line(said)
    if len(said) <= LONGEST_SUMMARY:
        return said
    ends = [found.end() for found in re.finditer(r"[。！？]|[.!?](?=\s)", said) if found.end() <= LONGEST_SUMMARY]
    return said[: ends[-1]] if ends else f"{said[:LONGEST_SUMMARY]}……"


def _header(facts: Facts, name: str, content: bytes, given: Given, is_chinese: bool, summary: str) -> dict[str, object]:
    """Return the front matter; what the page says that an article has no place for stands under `saved`."""
    found = {
        "file": clean_line(name),
        "sha256": hashlib.sha256(content).hexdigest(),
        "greeting": facts.greeting,
        "category": facts.category,
        "author": facts.author,
        "source": facts.source,
        "address": facts.address,
        "contact": facts.contact,
    }
    header: dict[str, object] = {
        "title": facts.title,
        "slug": slug(facts, name, content),
        "language": "zh-Hans" if is_chinese else "en",
        "category": given.categories.get(facts.category, ""),
        "summary": summary,
        "tags": [tag for tag in dict.fromkeys(facts.tags) if len(tag) <= LONGEST_WORD],
        "published": facts.published or given.today,
        "updated": facts.updated,
        "origin": "own",
        "publisher": {"name": given.publisher_name, "email": given.publisher_email},
        "heat": facts.heat,
        "responses": facts.responses,
        "saved": {key: value for key, value in found.items() if value},
    }
    return {key: value for key, value in header.items() if value is not None}


def slug(facts: Facts, name: str, content: bytes) -> str:
    """Return an address for the article: the last part of the one it had, else its title in Latin letters."""
    had = re.sub(r"\.\w{1,5}$", "", facts.address.rstrip("/").rpartition("/")[2]).lower()
    if re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)+", had) and len(had) <= LONGEST_SLUG:
        return had.replace("_", "-")
    for words in (facts.title, name.rpartition(".")[0]):
        parts = re.findall("[a-z0-9]+", " ".join(lazy_pinyin(words)).lower().replace("ü", "v"))
        if any(re.search("[a-z]", part) for part in parts):
            return _shortened("-".join(parts))
    return f"page-{hashlib.sha256(content).hexdigest()[:8]}"


def _shortened(words: str) -> str:
    """Return an address cut behind a word where it would be too long."""
    if len(words) <= LONGEST_SLUG:
        return words
    return words[: LONGEST_SLUG + 1].rpartition("-")[0] or words[:LONGEST_SLUG]


def _file(header: Mapping[str, object], lines: Sequence[Line]) -> bytes:
    head = yaml.safe_dump(dict(header), allow_unicode=True, sort_keys=False, width=1_000_000)
    body = "\n".join(line for line, _ in lines)
    return f"---\n{head}---\n\n{body}\n".encode()


def _left(made: bytes, lines: Sequence[Line], page: Page, facts: Facts, given: Given) -> list[Left]:
    """Return what a person has to look at, in the order of the saved page."""
    first = made.count(b"\n") - len(lines) + 1
    told = next((block.line for block in page.blocks if block.bare.strip() == facts.title), 0)
    lede = next((saved for _, saved in lines if saved), 0)
    values = parsed(made)[0]
    left = [Left(lost.line, 0, lost.rule, lost.message, {"found": lost.found}) for lost in page.lost]
    for finding in inspect_file(made):
        at = finding.line - first
        saved = lines[at][1] if at >= 0 else {TITLE_LINE: told, values.line("origin"): 0}.get(finding.line, lede)
        left.append(Left(saved, finding.line, finding.rule, finding.message, {"found": finding.found}))
    left += _unknown(values, facts, given)
    return sorted(left, key=lambda one: (one.saved_line, one.line))


def _unknown(header: FrontMatter, facts: Facts, given: Given) -> Iterator[Left]:
    """Yield what an article must say, the page does not, and nobody may guess."""
    known = " | ".join(dict.fromkeys(given.categories.values()))
    if not facts.title:
        yield Left(0, header.line("title"), "title", _NO_TITLE, {})
    if facts.category not in given.categories:
        message = _OTHER_CATEGORY if facts.category else _NO_CATEGORY
        yield Left(0, header.line("category"), "category", message, {"found": facts.category, "known": known})
