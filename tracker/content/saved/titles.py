"""The title of a saved page: what it is headed, called, or says most often."""

import re
from collections.abc import Iterator, Sequence

from tracker.content.blocks import Block, Kind
from tracker.content.numbering import number
from tracker.content.order import repeats_title
from tracker.content.saved.page import TOP, Page
from tracker.domain.text import comparable

LONGEST_TITLE = 100
"""Characters of a line that may be a title."""

_LEAST_OF_TITLE = 4
_LEAST_AGAIN = 8
"""Characters of a line that says a title because it is said again; a shorter one may be a cell or a label."""

_UNTITLED = re.compile(r"(?:新建)?(?:网页|文档|页面)\s*\d*|无标题.*|untitled.*|document|index|首页|主页", re.IGNORECASE)
_SUFFIX = re.compile(r"\s*[_|｜]\s*|\s+[-–—·]\s+|\s*[-–—]{1,2}\s*(?=[^-–—]{2,12}$)")


def find_title(page: Page, blocks: Sequence[Block]) -> str:
    """Return the title: the page's one headline, what its head says without the site's name, or the line said most often."""
    said = next((words for words in _titles(page.head) if not _UNTITLED.fullmatch(words)), "")
    if not said or said == page.head.get("headline"):
        return said or _title_among(blocks)
    lines = [block.bare.strip() for block in [*blocks, *page.around] if len(block.bare) <= LONGEST_TITLE]
    begins = [line for line in lines if len(line) >= _LEAST_OF_TITLE and comparable(said).startswith(comparable(line))]
    return max(begins, key=len, default=_SUFFIX.split(said)[0])


def _titles(head: dict[str, str]) -> Iterator[str]:
    yield from (head[name] for name in ("headline", "og-title", "title") if name in head)


def _title_among(blocks: Sequence[Block]) -> str:
    """Return the line near the top that the page says most often, unless it is short; else the very first."""
    lines = [block.bare.strip() for block in blocks[:TOP] if block.kind in {Kind.HEADING, Kind.PARAGRAPH}]
    counts = {line: sum(repeats_title(block.bare, line) for block in blocks) for line in lines if _may_be_title(line)}
    again = {line: count for line, count in counts.items() if count > 1 and len(line) >= _LEAST_AGAIN}
    return max(again, key=lambda line: again[line], default=next((line for line in lines[:1] if line in counts), ""))


def _may_be_title(words: str) -> bool:
    return (
        2 <= len(words) <= LONGEST_TITLE
        and "。" not in words
        and not words.endswith(("，", "、", "；", "：", ":"))
        and not number(words)
    )
