"""What a saved page says about itself: title, category, how often it was read, whom to write to. Found, never made up."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.content.blocks import Block, Kind
from tracker.content.numbering import number
from tracker.content.order import repeats_title
from tracker.content.readings import HAN
from tracker.content.saved.page import Page
from tracker.domain.text import comparable

LONGEST_TITLE = 100
"""Characters of a line that may be a title."""

_TOP = 12
"""Blocks among which the title and the line of facts below it stand."""


@dataclass
class Facts:
    """What was found; what was not is empty, None or missing. `category` is as the page has it."""

    title: str = ""
    greeting: str = ""
    category: str = ""
    heat: int | None = None
    responses: int | None = None
    published: date | None = None
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


def _published(facts: Facts, found: re.Match[str]) -> None:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return
    facts.published = facts.published or day


def _text(name: str) -> _Put:
    def put(facts: Facts, found: re.Match[str]) -> None:
        if not getattr(facts, name):
            setattr(facts, name, found[1].strip())

    return put


def _tags(facts: Facts, found: re.Match[str]) -> None:
    facts.tags = facts.tags or [tag for tag in re.split(r"[\s,，、;；|#]+", found[1]) if tag]


_N = r"(\d[\d,]*(?:\.\d+)?\s*[万wW]?)"
PATTERNS: tuple[tuple[re.Pattern[str], _Put], ...] = (
    (re.compile(r"(?:(?:发布|发表|更新|创建|修改|录入)?(?:时间|日期|于)?\s*[:：]?\s*)?((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:\s+\d{1,2}:\d\d(?::\d\d)?)?"), _published),
    (re.compile(_N + r"\s*(?:℃|°C)"), _heat),
    (re.compile(r"(?:热度|阅读|浏览|点击|人气|查看|围观|访问)(?:量|数|次数|人数)?\s*[:：(（]?\s*" + _N + r"\s*(?:次|人|℃)?[)）]?"), _heat),
    (re.compile(_N + r"\s*(?:次|人)?\s*(?:阅读|浏览|点击|围观|人气|views?\b|reads?\b)", re.IGNORECASE), _heat),
    (re.compile(r"(?:评论|回复|回应|留言|跟帖|comments?)(?:数|量)?\s*[:：(（]?\s*" + _N + r"\s*条?[)）]?", re.IGNORECASE), _responses),
    (re.compile(_N + r"\s*(?:条|个|则)?\s*(?:评论|回复|留言|跟帖|comments?\b)", re.IGNORECASE), _responses),
    (re.compile(r"(?:作者|撰文|责任编辑|责编|编辑|发布者|by)\s*[:：|]\s*([^\s|｜/]{1,30})", re.IGNORECASE), _text("author")),
    (re.compile(r"(?:来源|出处|稿源|转自)\s*[:：]\s*([^\s|｜]{1,60})"), _text("source")),
    (re.compile(r"(?:所属)?(?:分类|栏目|频道|类别)\s*[:：]\s*([^\s|｜/]{1,20})"), _text("category")),
    (re.compile(r"(?:标签|关键词|关键字|tags?)\s*[:：]\s*(.+)$", re.IGNORECASE), _tags),
)  # fmt: skip
"""What a line of facts may say, each with where it is put. In their order: a day is no heat."""

_BETWEEN = re.compile(r"[\s|｜/·•,，;；:：()（）\[\]-]+")
_WORD = re.compile(rf"[{HAN}A-Za-z]{{2,12}}")
_LONGEST_FACTS = 120
_GREETING = re.compile(r"(?:您好|你好|欢迎)[^。]{0,30}(?:访问|光临|来到|频道|网站?|论坛|平台)[^。]{0,10}[。!！]?")
_CONTACT = re.compile(
    r"(?:侵权|删[帖稿除]|举报|投诉|违法|不良信息|版权|合作|客服).{0,20}(?:联系|方式|邮箱|电话|热线|处理|@)|联系(?:人|我们|方式|电话|邮箱)\s*[:：]"
)
_REACHES = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|(?:联系人|联系方式|电话|手机|邮箱|邮件|微信|QQ|客服|地址)\s*[:：]|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}",
    re.IGNORECASE,
)
_LONGEST_CONTACT = 80
_PATH = re.compile(
    r"(?:(?:您?的?(?:当前)?所?在?位置)\s*[:：]?\s*)?(首页|主页|home)\s*[>»›/＞→\\-]+\s*(.+)", re.IGNORECASE
)
_STEP = re.compile(r"\s*[>»›/＞→]+\s*")
_ENDS_PATH = ("正文", "详情", "内容", "文章", "浏览文章")


def find_facts(page: Page, categories: Sequence[str]) -> tuple[Facts, list[Block]]:
    """Return what a page says about itself, and the blocks of its article that say something else.

    `categories` are names: a word beside the number of readers is a category, and one of these without it too.
    """
    facts = Facts(address=page.head.get("address", ""))
    _from_head(facts, page.head)
    rest = _without_facts(facts, page.blocks, categories)
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
        _published(facts, found)


def _without_facts(facts: Facts, blocks: Sequence[Block], categories: Sequence[str]) -> list[Block]:
    """Take note of every line that says nothing but facts; return the blocks that are left.

    Only near the top is the name of a category a fact by itself: elsewhere it is a heading, or a step of navigation.
    """
    rest: list[Block] = []
    tells_contact = tells_heat = False
    for at, block in enumerate(blocks):
        words = block.bare.strip()
        known = categories if at < _TOP and block.kind is Kind.PARAGRAPH else ()
        heat = facts.heat
        tells_contact = _is_contact(words, tells_contact)
        if tells_contact:
            facts.contact.append(words)
        elif tells_heat and words.isdecimal():
            facts.responses = int(words) if facts.responses is None else facts.responses
        elif not (_take_greeting(facts, words) or _take_path(facts, words) or _take_line(facts, words, known)):
            rest.append(block)
        tells_heat = facts.heat != heat
    return rest


def _is_contact(words: str, follows_contact: bool) -> bool:
    """Say whether a line is the contact notice of a site, or the line after it that says how to reach it."""
    if len(words) > _LONGEST_CONTACT or "。" in words or number(words):
        return False
    return (
        bool(_REACHES.search(words))
        if follows_contact
        else bool(_CONTACT.search(words) and (_REACHES.search(words) or re.search("[:：]$", words)))
    )


def _take_greeting(facts: Facts, words: str) -> bool:
    if not _GREETING.fullmatch(words):
        return False
    facts.greeting = facts.greeting or words
    return True


def _take_path(facts: Facts, words: str) -> bool:
    """Take the way to the page, 首页 > 催收科普 > 正文: its last step that is no page is the category."""
    found = _PATH.fullmatch(words)
    if not found:
        return False
    steps = [step for step in _STEP.split(found[2]) if step and step not in _ENDS_PATH]
    if steps and not facts.category:
        facts.category = steps[0] if len(steps) < 3 else steps[-2]
    return True


def _take_line(facts: Facts, words: str, categories: Sequence[str]) -> bool:
    """Take a line that says nothing but facts: 催收科普 3℃ 0. The word in front is the category, the last number the responses."""
    if not words or len(words) > _LONGEST_FACTS:
        return False
    rest, puts = words, []
    for pattern, put in PATTERNS:
        found = pattern.search(rest)
        if found:
            puts.append((put, found))
            rest = rest[: found.start()] + " " + rest[found.end() :]
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


_UNTITLED = frozenset(["", "无标题", "无标题文档", "untitled", "新建网页1", "首页", "document"])
_SUFFIX = re.compile(r"\s*[_|｜]\s*|\s+[-–—·]\s+|\s*[-–—]{1,2}\s*(?=[^-–—]{2,12}$)")


def find_title(page: Page, blocks: Sequence[Block]) -> str:
    """Return the title: the page's one headline, what its head says without the site's name, or the line said most often."""
    for said in _titles(page.head):
        if said.casefold() not in _UNTITLED:
            lines = [
                block.bare.strip()
                for block in [*blocks, *page.around]
                if block.kind is Kind.HEADING or len(block.bare) <= LONGEST_TITLE
            ]
            same = [line for line in lines if len(line) >= 4 and comparable(said).startswith(comparable(line))]
            return max(same, key=len, default=_SUFFIX.split(said)[0]) if page.head.get("headline") != said else said
    return _title_among(blocks)


def _titles(head: dict[str, str]) -> Iterator[str]:
    yield from (head[name] for name in ("headline", "og-title", "title") if name in head)


def _title_among(blocks: Sequence[Block]) -> str:
    """Return the line near the top that the page says most often; of those said once only the very first."""
    lines = [block.bare.strip() for block in blocks[:_TOP] if block.kind in {Kind.HEADING, Kind.PARAGRAPH}]
    counts = {line: sum(repeats_title(block.bare, line) for block in blocks) for line in lines if _may_be_title(line)}
    best = max(counts, key=lambda line: counts[line], default="")
    return best if counts.get(best, 0) > 1 or lines[:1] == [best] else ""


def _may_be_title(words: str) -> bool:
    return (
        2 <= len(words) <= LONGEST_TITLE
        and "。" not in words
        and not words.endswith(("，", "、", "；", "：", ":"))
        and not number(words)
    )
