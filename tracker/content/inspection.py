"""A page looked over by every rule there is: what could be mended and was not, and what only a person can mend."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.content.blocks import Block, Kind, bare, from_markdown
from tracker.content.faults import FAULTS, Place, place
from tracker.content.front_matter import FrontMatter, decode, parsed
from tracker.content.order import PAGE_FAULTS
from tracker.content.repairs import rules_for
from tracker.domain.errors import N_

_LONGEST = 100_000
_OURS = frozenset({"本站", "原创", "本网", "本报", "本刊"})
_HAS_SOURCE = N_("页面写明来源是“%(found)s”。确是转载的，请把origin改为reposted，并写明source: {name: …, url: …}。")


class Finding(NamedTuple):
    """Something wrong on a line: the rule that saw it, and what a person is told, of the words found there."""

    line: int
    rule: str
    message: str
    found: str


def inspect(blocks: Sequence[Block], title: str, is_chinese: bool) -> list[Finding]:
    """Return what is wrong on a page, in the order of its lines; no rule looks into code."""
    read = [block for block in blocks if block.kind is not Kind.CODE]
    found = [*_unmended(read, is_chinese), *_faults(read)]
    for rule in PAGE_FAULTS:
        found += [Finding(at.line, rule.name, rule.said, at.said) for at in rule.find(read, title)]
    return sorted(found, key=lambda finding: finding.line)


def inspect_file(content: bytes) -> list[Finding]:
    """Return what is wrong in an article's or a page's file, by its lines; raise BadContent if it has no front matter.

    Whether the front matter says what it must is asked elsewhere (`read_article`, `read_page`).
    """
    values, body = parsed(content)
    is_chinese = not values.given("language") or values.text("language", _LONGEST).startswith("zh")
    fields = {key: values.text(key, _LONGEST) for key in ("title", "summary") if values.given(key)}
    top = [Block(Kind.FIELD, words, values.line(key)) for key, words in fields.items()]
    text = decode(content).rstrip("\n")
    first = text.count("\n", 0, len(text) - len(body)) + 1  # the summary may say the same
    found = inspect([*top, *from_markdown(body, first)], fields.get("title", ""), is_chinese)
    return sorted([*found, *_origin_in_doubt(values)], key=lambda finding: finding.line)


def _origin_in_doubt(values: FrontMatter) -> Iterator[Finding]:
    """Yield what speaks against an article's being our own: the saved page that it was made of named another source."""
    saved = values.mapping("saved") if values.given("saved") else None
    if saved is None or not saved.given("source") or values.text("origin", _LONGEST) != "own":
        return
    source = saved.text("source", _LONGEST)
    if source not in _OURS:
        yield Finding(values.line("origin"), "origin", _HAS_SOURCE, source)


def _faults(blocks: Sequence[Block]) -> Iterator[Finding]:
    for rule in FAULTS:
        for block in blocks:
            yield from (Finding(at.line, rule.name, rule.said, at.said) for at in rule.find(block))


def _unmended(blocks: Sequence[Block], is_chinese: bool) -> Iterator[Finding]:
    """Yield what a repair would change: of each rule the first place in a block."""
    for rule in rules_for([block.text for block in blocks], is_chinese):
        for block in blocks:
            mended, count = rule.mend(block.text)
            if count:
                at = _first_change(block, mended)
                yield Finding(at.line, rule.name, rule.said, at.said)


def _first_change(block: Block, mended: str) -> Place:
    same = next(
        (at for at, (one, other) in enumerate(zip(block.text, mended, strict=False)) if one != other), len(mended)
    )
    at = len(bare(block.text[:same]))
    return place(block, at, at + 1)
