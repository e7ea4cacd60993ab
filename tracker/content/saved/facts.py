"""What a saved page says about itself: title, category, how often it was read, whom to write to. Found, never made up."""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest

from tracker.content.blocks import Block, Kind
from tracker.content.characters import HAN
from tracker.content.numbering import number
from tracker.content.order import repeats_title
from tracker.content.saved.page import TOP, Page
from tracker.content.saved.titles import find_title


@dataclass
class Facts:
    """What was found; what was not is empty, None or missing. `category` is as the page has it."""

    title: str = ""
    greeting: str = ""
    category: str = ""
    heat: int | None = None
    responses: int | None = None
    published: date | None = None
    updated: date | None = None
    author: str = ""
    source: str = ""
    address: str = ""
    tags: list[str] = field(default_factory=list)
    contact: list[str] = field(default_factory=list)


_Put = Callable[[Facts, re.Match[str]], None]


def _count(said: str) -> int:
    digits = said.replace(",", "").replace("，", "").strip()
    return round(float(digits.rstrip("万 wW")) * 10_000) if digits[-1] in "万wW" else int(float(digits))


def _heat(facts: Facts, found: re.Match[str]) -> None:
    facts.heat = _count(found[1]) if facts.heat is None else facts.heat


def _responses(facts: Facts, found: re.Match[str]) -> None:
    facts.responses = _count(found[1]) if facts.responses is None else facts.responses


def _day(name: str) -> _Put:
    def put(facts: Facts, found: re.Match[str]) -> None:
        with suppress(ValueError):
            day = date(int(found[1]), int(found[2]), int(found[3]))
            setattr(facts, name, getattr(facts, name) or day)

    return put


def _text(name: str) -> _Put:
    def put(facts: Facts, found: re.Match[str]) -> None:
        if not getattr(facts, name):
            setattr(facts, name, found[1].strip(" 。"))

    return put


def _tags(facts: Facts, found: re.Match[str]) -> None:
    facts.tags = facts.tags or [tag for tag in re.split(r"[\s,，、;；|#]+", found[1]) if tag]


def _nothing(_: Facts, __: re.Match[str]) -> None:
    """Keep nothing: the line is made anew for the article."""


_DAY = r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"
_N = r"(\d[\d,]*(?:\.\d+)?\s*[万wW]?)"
PATTERNS: tuple[tuple[re.Pattern[str], _Put], ...] = (
    (re.compile(rf"(?:最后|最近)?(?:更新|修改|修订)(?:时间|日期|于)?\s*[:：]?\s*{_DAY}"), _day("updated")),
    (re.compile(rf"{_DAY}\s*(?:更新|修改|修订)"), _day("updated")),
    (re.compile(rf"(?:(?:发布|发表|创建|录入|投稿)?(?:时间|日期|于)?\s*[:：]?\s*)?{_DAY}(?:发布|发表)?"), _day("published")),
    (re.compile(_N + r"\s*(?:℃|°C)"), _heat),
    (re.compile(r"(?:热度|阅读|浏览|点击|人气|查看|围观|访问)(?:量|数|次数|人数)?\s*[:：(（]?\s*" + _N + r"\s*(?:次|人|℃)?[)）]?"), _heat),
    (re.compile(_N + r"\s*(?:次|人)?\s*(?:阅读|浏览|点击|围观|人气|views?\b|reads?\b)", re.IGNORECASE), _heat),
    (re.compile(r"(?:评论|回复|回应|留言|跟帖|comments?)(?:数|量)?\s*[:：(（]?\s*" + _N + r"\s*条?[)）]?", re.IGNORECASE), _responses),
    (re.compile(_N + r"\s*(?:条|个|则)?\s*(?:评论|回复|留言|跟帖|comments?\b)", re.IGNORECASE), _responses),
    (re.compile(r"(?:作者|撰文|责任编辑|责编|编辑|发布者|by)\s*[:：|]\s*([^\s|｜/]{1,30})", re.IGNORECASE), _text("author")),
    (re.compile(r"(?:来源|出处|稿源|转自)\s*[:：]\s*([^\s|｜]{1,60})"), _text("source")),
    (re.compile(r"(?:所属)?(?:分类|栏目|频道|类别)\s*[:：]\s*([^\s|｜/]{1,20})"), _text("category")),
    (re.compile(r"约?\s*\d+\s*分钟(?:读完|阅读)?|\d+\s*min(?:ute)?s?\s*read"), _nothing),
    (re.compile(r"(?<![\w])(?:原创|转载|投稿|置顶|推荐|精华)(?![\w])"), _nothing),
    (re.compile(r"(?:标签|关键词|关键字|tags?)\s*[:：]\s*(.+)$", re.IGNORECASE), _tags),
)  # fmt: skip
"""What a line of facts may say, each with where it is put. In their order: a day is no heat."""

_BETWEEN = re.compile(r"[\s|｜/·•,，;；:：()（）\[\]-]+")
_WORD = re.compile(rf"[{HAN}A-Za-z]{{2,12}}")
_LONGEST_FACTS = 120
_GREETING = re.compile(r"(?:您好|你好|欢迎)[^。]{0,30}(?:访问|光临|来到|频道|网站?|论坛|平台)[^。]{0,10}[。!！]?")
_NOTICE = re.compile(r"(?:侵权|删[帖稿除]|版权|不良信息|站长|本站).{0,20}(?:联系|方式|邮箱|电话|热线|@)")
_CONTACT = re.compile(rf"{_NOTICE.pattern}|联系(?:人|我们|方式|电话|邮箱)\s*[:：]")
"""What a notice of a site says, and what it says where no article can be meant: an article has numbers to call, too."""

_SENTENCE = re.compile(r"。|[a-z]{2}\.(?:\s|$)")
_ENDS_NOTICE = re.compile(r"[:：]$|(?:联系)?(?:方式|电话|邮箱)$")
_REACHED = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}|(?:微信|QQ)\s*[:：]?\s*\w{5,}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:联系人|联系方式|电话|手机|邮箱|邮件|微信|QQ|地址)\s*[:：]?", re.IGNORECASE)
_LONGEST_CONTACT = 80
_LONGEST_REACH = 40
_PATH = re.compile(
    r"(?:(?:您?的?(?:当前)?所?在?位置)\s*[:：]?\s*)?(?:首页|主页|home)(?:\s*[>»›/＞→\\-]+\s*(.+)|\s+(.{2,30}))",
    re.IGNORECASE,
)
_STEP = re.compile(r"\s*[>»›/＞→]+\s*")
_WITH_TITLE = 3
_ENDS_PATH = ("正文", "详情", "内容", "文章", "浏览文章")


def find_facts(page: Page, categories: Collection[str]) -> tuple[Facts, list[Block]]:
    """Return what a page says about itself, and the blocks of its article that say something else.

    `categories` are names: a word beside the number of readers is a category, and one of these without it too.
    """
    facts = Facts(address=page.head.get("address", ""))
    _from_head(facts, page.head)
    top = _top(page.blocks, categories)
    rest = [*_without_facts(facts, page.blocks[:top], categories), *_without_notice(facts, page.blocks[top:])]
    _without_facts(facts, page.around, ())
    facts.title = find_title(page, rest)
    if facts.category in {"", "正文"} or repeats_title(facts.category, facts.title):
        facts.category = page.head.get("category", "")
    return facts, rest


def _from_head(facts: Facts, head: dict[str, str]) -> None:
    facts.author = head.get("author", "")
    facts.tags = [tag.strip() for tag in re.split("[,，、;；]", head.get("keywords", "")) if tag.strip()]
    found = re.match(r"((?:19|20)\d\d)-(\d{1,2})-(\d{1,2})", head.get("published", ""))
    if found:
        _day("published")(facts, found)


def _top(blocks: Sequence[Block], categories: Collection[str]) -> int:
    """Return how many blocks of an article may be facts: further down such a line is part of what it says.

    They stand before its first sentence, a number, and a heading that is not the title; a greeting is no sentence of it.
    """
    headings = 0
    for at, block in enumerate(blocks[:TOP]):
        headings += block.kind is Kind.HEADING
        words = block.bare.strip()
        is_said = bool(_SENTENCE.search(words)) and not _take(Facts(), words, categories)
        if headings > 1 or number(words) or is_said:
            return at
    return min(TOP, len(blocks))


def _without_facts(facts: Facts, blocks: Sequence[Block], categories: Collection[str]) -> list[Block]:
    """Take note of the lines that say nothing but facts; return the blocks that are left."""
    rest: list[Block] = []
    tells_heat = False
    for block in _without_notice(facts, blocks, _CONTACT):
        words, heat = block.bare.strip(), facts.heat
        if tells_heat and words.isdecimal():
            facts.responses = int(words) if facts.responses is None else facts.responses
        elif not _take(facts, words, categories):
            rest.append(block)
        tells_heat = facts.heat != heat
    return rest


def _without_notice(facts: Facts, blocks: Sequence[Block], begins: re.Pattern[str] = _NOTICE) -> list[Block]:
    """Take note of the contact notice of the site; return the blocks that are left."""
    rest: list[Block] = []
    last = ""
    for block, after in zip_longest(blocks, blocks[1:]):
        words = block.bare.strip()
        last = words if is_contact(words, last, after.bare.strip() if after else "", begins) else ""
        if last:
            facts.contact.append(words)
        else:
            rest.append(block)
    return rest


def _take(facts: Facts, words: str, categories: Collection[str]) -> bool:
    """Take a line if it greets, leads to the page, or says nothing but facts; the name of a category is one by itself."""
    return _take_greeting(facts, words) or _take_path(facts, words, categories) or _take_line(facts, words, categories)


def is_contact(words: str, last: str, after: str, begins: re.Pattern[str]) -> bool:
    """Say whether a line is the contact notice of a site, as it `begins`, or tells behind it (`last`) whom to write to.

    A notice says how to reach the site, or the line `after` it does.
    """
    if len(words) > _LONGEST_CONTACT or "。" in words or number(words):
        return False
    if last:
        is_said = bool(_LABEL.fullmatch(last)) and len(words) <= _LONGEST_REACH
        return is_said or bool(_REACHED.search(words) or _LABEL.fullmatch(words))
    is_reached = _REACHED.search(words) or (
        _ENDS_NOTICE.search(words) and (_REACHED.search(after) or _LABEL.fullmatch(after))
    )
    return bool(begins.search(words) and is_reached)


def _take_greeting(facts: Facts, words: str) -> bool:
    if not _GREETING.fullmatch(words):
        return False
    facts.greeting = facts.greeting or words
    return True


def _take_path(facts: Facts, words: str, categories: Collection[str]) -> bool:
    """Take the way to the page, 首页 > 催收科普 > 正文: its last step that is no page is the category."""
    found = _PATH.fullmatch(words)
    if not found or (found[2] and found[2] not in categories):
        return False
    steps = [step for step in _STEP.split(found[1] or found[2]) if step and step not in _ENDS_PATH]
    if steps and not facts.category:
        facts.category = steps[0] if len(steps) < _WITH_TITLE else steps[-2]
    return True


def _take_line(facts: Facts, words: str, categories: Collection[str]) -> bool:
    """Take a line that says nothing but facts: 催收科普 3℃ 0. The word in front is the category, the last number the responses."""
    if not words or len(words) > _LONGEST_FACTS:
        return False
    rest, puts = words, []
    for pattern, put in PATTERNS:
        puts += [(put, found) for found in pattern.finditer(rest)]
        rest = pattern.sub(" ", rest)
    left = [word for word in _BETWEEN.split(rest) if word]
    names = [word for word in left if _WORD.fullmatch(word)]
    counts = [word for word in left if word.isdecimal()]
    is_known = len(left) == 1 and left[0] in categories
    if not (puts or is_known) or len(names) > 1 or len(counts) > 1 or len(names) + len(counts) < len(left):
        return False
    if counts and _heat not in [put for put, _ in puts]:
        return False
    for put, found in puts:
        put(facts, found)
    facts.category = facts.category or "".join(names)
    facts.responses = int(counts[0]) if counts and facts.responses is None else facts.responses
    return True
