"""The build of an article from lines that have lost it: one table of rules for whole pages, each with its promise.

Each rule takes the blocks of a page and its title, and gives them back mended, with the number of places. None adds a word.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tracker.content.blocks import Block, Kind, Mark
from tracker.content.numbering import number
from tracker.content.order import SHORTEST, repeats_title
from tracker.content.saved.headings import as_headings
from tracker.content.saved.lists import as_items, numbered_on, with_leads
from tracker.domain.text import comparable

Mended = tuple[list[Block], int]


class PageRepair(NamedTuple):
    """A rule for a page: its name, what it promises, how it mends."""

    name: str
    promise: str
    mend: Callable[[Sequence[Block], str], Mended]


_FURNITURE = re.compile(
    r"(?:上一[篇页]|下一[篇页]|上一条|下一条|前一篇|后一篇)(?:文章)?\s*[:：].*|"
    r"(?:相关(?:文章|阅读|推荐|新闻|内容)|推荐阅读|延伸阅读|热门(?:文章|推荐|标签)|猜你喜欢|最新文章|随机文章)[:：]?|"
    r"分享[到至]?[:：]?(?:\s*(?:微信|朋友圈|(?:新浪)?微博|QQ空间|QQ|豆瓣|知乎|复制链接|更多))*|返回(?:首页|顶部|列表)|"
    r"(?:打印|收藏|关闭|举报|点赞|在看|赞|转发)(?:本[文页]|窗口)?|"
    r"(?:点击|长按|扫描?)(?:上方|下方|以下|识别)?.{0,8}(?:关注|二维码).{0,10}|阅读原文|展开(?:全文|阅读)|版权所有(?:[\s©:：,，(（].{0,40})?|"
    r"(?:Previous|Next)(?: (?:post|article|page))?\s*[:：»›←→].*|Share(?: this(?: \w+)?)?[:：]?|"
    r"Related (?:posts|articles)[:：]?|Leave a (?:comment|reply)|Read more[.…»]*|Back to top",
    re.IGNORECASE,
)
_BEFORE_LINKS = re.compile("相关|推荐|延伸|热门|猜你|最新|随机|Related", re.IGNORECASE)


def _without_furniture(blocks: Sequence[Block], _: str) -> Mended:
    """Leave out the lines by which one moves about a site, and the list of links under such a line."""
    kept: list[Block] = []
    in_links = False
    for block in blocks:
        words = block.bare.strip()
        leads_to_links = bool(_BEFORE_LINKS.match(words))
        is_line = bool(_FURNITURE.fullmatch(words)) and (leads_to_links or block.kind not in {Kind.ROW, Kind.HEADING})
        in_links = (is_line and leads_to_links) or (in_links and (block.kind is Kind.ITEM or _is_link(block)))
        if not (is_line or in_links):
            kept.append(block)
    return kept, len(blocks) - len(kept)


def _is_link(block: Block) -> bool:
    return bool(re.fullmatch(f"{Mark.LINK}[^{Mark.LINK_END}]*{Mark.LINK_END}", block.text))


def _without_title(blocks: Sequence[Block], title: str) -> Mended:
    """Leave the title out of the text; once it stands there by right."""
    is_line = {Kind.HEADING, Kind.PARAGRAPH}
    kept = [block for block in blocks if block.kind not in is_line or not repeats_title(block.bare, title)]
    return kept, max(0, len(blocks) - len(kept) - 1)


def _without_echoes(blocks: Sequence[Block], _: str) -> Mended:
    kept: list[Block] = []
    for block in blocks:
        words = comparable(block.bare)
        is_long = len(words) >= SHORTEST or block.kind is Kind.HEADING
        if not (kept and is_long and words == comparable(kept[-1].bare)):
            kept.append(block)
    return kept, len(blocks) - len(kept)


_STARTS_WITHIN = re.compile("[，。、；：！？”’）》】]")


def _joined(blocks: Sequence[Block], _: str) -> Mended:
    """Join what stands alone with what it belongs to: a number with its words, a stop with its sentence."""
    kept: list[Block] = []
    count = 0
    for block in blocks:
        last = kept[-1] if kept else None
        if last is not None and block.kind is Kind.PARAGRAPH and _belongs(last, block):
            kept[-1] = replace(last, text=last.text + block.text, links=(*last.links, *block.links))
            count += 1
        else:
            kept.append(block)
    return kept, count


def _belongs(last: Block, block: Block) -> bool:
    if last.kind not in {Kind.PARAGRAPH, Kind.ITEM}:
        return False
    alone = number(last.bare.strip())
    return bool((alone and not alone.rest) or _STARTS_WITHIN.match(block.bare))


STRUCTURE: tuple[PageRepair, ...] = (
    PageRepair("furniture", "Lines by which one moves about a site, and links under them, go.", _without_furniture),
    PageRepair("title-again", "A line that says the title again goes; the page shows it once.", _without_title),
    PageRepair(
        "paragraph-again", "Of two equal paragraphs, one right after the other, the second goes.", _without_echoes
    ),
    PageRepair("broken-lines", "A number alone on its line, or a line that begins with a stop, is joined.", _joined),
    PageRepair(
        "headings",
        "A short line with the number of a section is its heading, one rank for each kind of number.",
        as_headings,
    ),
    PageRepair("lists", "Numbered lines are one list, what stands between two of them belongs to the first.", as_items),
    PageRepair("list-numbers", "A list whose every item was numbered 1 is numbered on.", numbered_on),
    PageRepair("lead-ins", "If each item of a list begins with a few words and a colon, these are strong.", with_leads),
)
"""In the order in which they are made."""


def build(blocks: Sequence[Block], title: str) -> tuple[list[Block], dict[str, int]]:
    """Return the blocks of an article as it was built, and in how many places each rule did something."""
    found, counts = list(blocks), {}
    for rule in STRUCTURE:
        found, count = rule.mend(found, title)
        if count:
            counts[rule.name] = count
    return found, counts


_LEDE = re.compile(r"(?:小编)?(?:导语|导读|编者按|引言|前言|摘要|内容提要|内容摘要|核心提示|提要)\s*(?:[:：]\s*|$)")


def take_lede(blocks: Sequence[Block]) -> tuple[list[Block], str]:
    """Return the blocks without the word that announces the lede, and the lede: the first paragraph."""
    kept = list(blocks)
    for at, block in enumerate(kept[:4]):
        found = _LEDE.match(block.bare.strip()) if block.kind in {Kind.HEADING, Kind.PARAGRAPH} else None
        if found and found.end() == len(block.bare.strip()):
            del kept[at]
            break
        if found and block.text.startswith(found[0]):
            kept[at] = block.saying(block.text[found.end() :])
            break
    texts = [block.bare.strip() for block in kept if block.kind is Kind.PARAGRAPH]
    return kept, next((text for text in texts if re.search("[。！？.!?]$", text)), "".join(texts[:1]))
