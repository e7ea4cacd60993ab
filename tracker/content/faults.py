"""What a rule can see to be missing or broken in the words of one block, but not mend: for that one must know the original."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tracker.content import readings
from tracker.content.blocks import MARKS, Block, Kind, bare
from tracker.content.characters import HAN, is_common
from tracker.domain.errors import N_

AROUND = 6
"""Characters shown on either side of a place."""

_STOPS = "，。、；：！？,;:!?"
_OPENING, _CLOSING = "（《【“‘〔", "）》】”’〕"


class Place(NamedTuple):
    """A line, and the words there by which a person finds the place."""

    line: int
    said: str


class Fault(NamedTuple):
    """A rule: its name, what it sees, where it sees it in a block, and what a person is told."""

    name: str
    promise: str
    find: Callable[[Block], Iterator[Place]]
    said: str


def place(block: Block, start: int = 0, end: int = 0, text: str | None = None) -> Place:
    """Return a place in a block, given where it is in its bare text (or in `text`, which has the same lines)."""
    words = block.bare if text is None else text
    line = block.line if block.kind is Kind.ROW else block.line + words[:start].count("\n")
    return Place(line, " ".join(words[max(0, start - AROUND) : end + AROUND].split()))


def _each(pattern: str) -> Callable[[Block], Iterator[Place]]:
    """Return what finds each place that a pattern describes."""
    compiled = re.compile(pattern)

    def find(block: Block) -> Iterator[Place]:
        for found in compiled.finditer(block.bare):
            yield place(block, *found.span())

    return find


_GAP = re.compile(rf"(?<=[{HAN}])[ \t\u3000]+(?=[{HAN}])")
_NAME = re.compile("《[^《》]*》")
_ORDINAL = re.compile(
    r"[（(]?(?:第?[〇一二三四五六七八九十百]+[章节編编条款部分篇回讲]?|附[录件][一二三四五六七八九十]?|[问答注例])[）)]?[、.]?"
)
_SENTENCE = re.compile(f"[{_STOPS}]")
_LEAST_OF_LINE = 6


def _gaps(block: Block) -> Iterator[Place]:
    """Yield blanks between two characters: Chinese has none, but in names of works and where it is set as a list."""
    text = _apart(block.text)
    names = [range(*found.span()) for found in _NAME.finditer(text)]
    for found in _GAP.finditer(text):
        line_start = text.rfind("\n", 0, found.start()) + 1
        line_end = (text.find("\n", found.end()) + 1 or len(text) + 1) - 1
        before, after = text[line_start : found.start()], text[found.end() : line_end]
        is_name = any(found.start() in name for name in names)
        is_date = before[-1:] in "年月日" and after[:1] in "年月日"
        if not (is_name or is_date or _ORDINAL.fullmatch(before)) and _is_sentence(before, after):
            yield place(block, *found.span(), text)


def _apart(text: str) -> str:
    """Return a text without its marks, blanks beside one of them left out: they are set for the markup's sake."""
    text = re.sub(rf"(?<![ \t])[ \t]+(?=[{MARKS}])|(?<=[{MARKS}])[ \t]+", "", text)
    return bare(text)


def _is_sentence(before: str, after: str) -> bool:
    """Say whether a blank stands in running text; in a line without any stop, whether it cuts off a single character."""
    if _SENTENCE.search(before) or _SENTENCE.search(after):
        return True
    alone = re.search(r"(?:^|\s)\S$", before) or re.match(r"\S(?:\s|$)", after)
    return bool(alone) and len(before) + len(after) >= _LEAST_OF_LINE


def _leftover_readings(block: Block) -> Iterator[Place]:
    """Yield what has tone marks in brackets and is no reading of a rare character before it."""
    for found in _TONED.finditer(block.bare):
        whole = readings.READING.search(block.bare, max(0, found.start() - 2))
        is_meant = whole is not None and readings.is_reading(whole["said"], whole["word"])
        if not (is_meant and whole is not None and whole.end() == found.end()):
            yield place(block, *found.span())


_TONED = re.compile(rf"[{readings.LATIN}]{{0,6}}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][{readings.LATIN}]{{0,6}}[)）\]】〕]")

_BRACKETS = {"(": ")", "（": ")", "《": "》", "【": "】"}
_NUMBERED = re.compile(r"(?:^|[\s，。；、：,;:])[0-9a-zA-Z一二三四五六七八九十]{1,3}$|[:;]-?$")


def _unpaired(block: Block) -> Iterator[Place]:
    """Yield a bracket that closes nothing or is not closed; that of `1)` numbers something, that of `:)` smiles."""
    text = block.bare if block.kind is not Kind.ROW else ""
    opened: list[tuple[int, str]] = []
    for at, letter in enumerate(text):
        closes = ")" if letter == "）" else letter
        if letter in _BRACKETS:
            opened.append((at, _BRACKETS[letter]))
        elif closes in _BRACKETS.values() and opened and opened[-1][1] == closes:
            opened.pop()
        elif closes in _BRACKETS.values() and not _NUMBERED.search(text, max(0, at - 5), at):
            opened.append((at, ""))
    for at, _ in opened[:1]:
        yield place(block, at, at + 1)


_LEAST_OF_HAN = 8


def _strange(block: Block) -> Iterator[Place]:
    """Yield a text half of whose characters are rare ones: what a wrong encoding leaves."""
    han = re.findall(f"[{HAN}]", block.bare)
    if len(han) >= _LEAST_OF_HAN and sum(not is_common(letter) for letter in han) * 2 > len(han):
        yield place(block, 0, AROUND)


_BREAKS_OFF = re.compile(f"。[^。]*[{HAN}]$|，[^，]*[是在和与或及把被对向从为由将而但因并于]$")


def _unfinished(block: Block) -> Iterator[Place]:
    """Yield the end of a paragraph that stops within a sentence."""
    text = block.bare.rstrip()
    if block.kind not in {Kind.PARAGRAPH, Kind.QUOTE} or not re.search(f"[{HAN}]", text):
        return
    if text.endswith(("，", "、", ",", "（", "“", "《")) or _BREAKS_OFF.search(text):
        yield place(block, len(text) - AROUND, len(text))


FAULTS: tuple[Fault, ...] = (
    Fault(
        "gap",
        "A blank within a Chinese sentence: a word was there.",
        _gaps,
        N_("“%(found)s”中间空着，像是少了字。请对照原文补上；没有少字的，删去空格。"),
    ),
    Fault(
        "gap-at-stop",
        "A blank before a stop or a closing bracket, or after an opening one.",
        _each(rf"(?<=\S)[ \u3000]+(?=[，。、；：！？{_CLOSING}])|(?<=[{_OPENING}])[ \u3000]+(?=\S)"),
        N_("“%(found)s”的标点旁空着，像是少了字。请对照原文补上；没有少字的，删去空格。"),
    ),
    Fault(
        "stops",
        "Two stops of which one can only be left over, or a stop where a text or a bracket begins.",
        _each(rf"[，、；：,][，、。；：,]|[。；][，、；：]|[{_OPENING}][，。、；：！？]|^[，。、；：！？{_CLOSING}]"),
        N_("“%(found)s”里两个标点之间没有字，或者标点前没有字。请对照原文补上，或者删去多余的标点。"),
    ),
    Fault(
        "empty-brackets",
        "Brackets or quotation marks with nothing in them.",
        _each(rf"（\s*）|《\s*》|【\s*】|“\s*”|(?<=[{HAN}])\(\s*\)"),
        N_("“%(found)s”的括号或引号里是空的。请对照原文补上，或者删去。"),
    ),
    Fault(
        "unreadable",
        "The sign for what cannot be read, or a box in its place.",
        _each(
            rf"\ufffd+|(?<=[{HAN}])[□■▯]+(?=[{HAN}{_STOPS}])|锟斤拷|烫烫烫|屯屯屯|[À-ï][\u0080-\u00bf][\u0080-\u00bf]"
        ),
        N_("“%(found)s”里有认不出的字。请对照原文改正。"),
    ),
    Fault(
        "strange",
        "A text of rare characters only: read by the wrong encoding, and not to be read back.",
        _strange,
        N_("“%(found)s”一段像是乱码。请用原来的编码重新保存网页再导入，或者对照原文改正。"),
    ),
    Fault(
        "reading",
        "A reading with tone marks that is not that of the character before it.",
        _leftover_readings,
        N_("“%(found)s”里留着注音，却对不上前面的字，这里的字可能坏了。请对照原文改正。"),
    ),
    Fault(
        "masked",
        "Stars or other signs in the middle of a word.",
        _each(rf"(?<=[{HAN}])(?:[*＊]+|[○〇●◯]{{2,}})(?=[{HAN}{_STOPS}])"),
        N_("“%(found)s”里有字被符号遮住了。请对照原文补上。"),
    ),
    Fault(
        "placeholder",
        "What a program wrote in place of a picture, a film or a file.",
        _each(r"[\[【（(](?:图片|圖片|视频|附件|表格|音频|动图|表情|此处.{0,8}|image)[\]】）)]"),
        N_("“%(found)s”处原来有图片或附件，没有随网页保存下来。请补上，或者删去这个记号。"),
    ),
    Fault(
        "markup",
        "HTML that stands there as words.",
        _each(
            r"</?(?:p|br|div|span|a|b|i|strong|em|img|table|t[rdh]|font|ul|ol|li|h[1-6])(?:\s[^<>]*)?/?>|&(?:nbsp|amp|lt|gt|quot);"
        ),
        N_("“%(found)s”里混进了网页代码。请删去。"),
    ),
    Fault(
        "unpaired",
        "A bracket that closes nothing or is not closed.",
        _unpaired,
        N_("“%(found)s”处的括号不成对。请对照原文补上另一半。"),
    ),
    Fault(
        "unfinished",
        "A paragraph that ends within a sentence.",
        _unfinished,
        N_("“%(found)s”一段没有写完：句末没有句号。请对照原文补上后面的字或标点。"),
    ),
)
