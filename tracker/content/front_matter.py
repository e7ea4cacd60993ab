"""The YAML at the start of a file, with the line on which each key stands, so that a complaint can name it."""

import re
from collections.abc import Collection
from datetime import date
from typing import Self

import yaml
from frontmatter.default_handlers import YAMLHandler

from tracker.domain.errors import N_, BadContent, DomainError
from tracker.domain.text import clean_line

_HANDLER = YAMLHandler()
LONGEST_WORD = 60
"""Characters of a tag."""

_YEARS = range(1990, 2100)
_NUMBER = re.compile("[0-9]{1,9}")


def decode(content: bytes) -> str:
    """Return the text of a file; raise BadContent naming the line that is no text."""
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadContent(N_("第%(line)s行不是UTF-8编码。请把文件另存为UTF-8。"), line=line) from None


def split(content: bytes) -> tuple[str, str, int]:
    """Return front matter, body, and the number of the line on which the front matter begins."""
    text = decode(content)
    if not _HANDLER.detect(text):
        raise BadContent(N_("第1行要以“---”开始，写明title、slug等，再以“---”结束。"))
    try:
        header, body = _HANDLER.split(text)
    except ValueError:
        raise BadContent(N_("第1行的“---”没有结束。请在title、slug等之后另起一行写“---”。")) from None
    return header, body.strip("\n"), text[: text.index(header)].count("\n") + 1


def body_line(content: bytes) -> int:
    """Return the number of the line on which the body of a file begins."""
    return decode(content).rstrip("\n").removesuffix(split(content)[1]).count("\n") + 1


class FrontMatter:
    """A YAML mapping, read as it is written: every value is text, a list or a mapping.

    Works on the nodes YAML is composed of. Nothing is converted or copied, so neither `no` nor 2026-02-30 is
    anything but what stands there, and an alias that names an alias ten times over costs nothing. What is wrong is added to
    `problems`, of the mappings within too, and an empty value is given in its place: one run tells everything.
    """

    def __init__(
        self,
        node: yaml.MappingNode | None,
        line: int,
        offset: int,
        within: str = "",
        problems: list[DomainError] | None = None,
    ) -> None:
        self.problems: list[DomainError] = [] if problems is None else problems
        self._line = line
        self._within = within
        self._offset = offset
        self._values: dict[str, tuple[yaml.Node, int]] = {}
        for key, value in node.value if node else []:
            if not isinstance(key, yaml.ScalarNode):
                continue
            is_second = key.value in self._values
            self._values[key.value] = (value, key.start_mark.line + offset)
            if is_second:
                self.refuse(key.value, N_("前面已经写过，请只留一处。"))

    @classmethod
    def parse(cls, header: str, line: int) -> Self:
        """Read YAML whose first line is line `line` of its file; raise BadContent naming the line and the cure."""
        try:
            node = yaml.compose(header, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            at = error.problem_mark.line + line if error.problem_mark else line
            raise BadContent(N_("第%(line)s行的YAML写得不对：%(detail)s"), line=at, detail=error.problem) from None
        except yaml.reader.ReaderError as error:
            at = header[: error.position].count("\n") + line
            raise BadContent(N_("第%(line)s行的YAML写得不对：%(detail)s"), line=at, detail=error.reason) from None
        except RecursionError:
            raise BadContent(N_("第%(line)s行起的YAML嵌套得太深。"), line=line) from None
        if not isinstance(node, yaml.MappingNode):
            raise BadContent(N_("第%(line)s行起要写成“title: …”“slug: …”这样的一组。"), line=line)
        return cls(node, line, line)

    def line(self, key: str) -> int:
        """Return the line of its file on which `key` stands, or on which it is missing."""
        return self._values[key][1] if key in self._values else self._line

    def names(self) -> list[str]:
        """Return what is written here, in its order."""
        return list(self._values)

    def given(self, key: str) -> bool:
        """Say whether something is written at `key`."""
        found = self._values.get(key)
        return found is not None and found[0].value not in ("", "~", "null")

    def refuse(self, key: str, cure: str) -> None:
        """Note what is wrong with `key`, or with what it is missing from."""
        said = {"line": self.line(key), "key": self._within + key, "cure": cure}
        self.problems.append(BadContent(N_("第%(line)s行，%(key)s：%(cure)s"), **said))

    def text(self, key: str, most: int) -> str:
        """Return one line of text of at most `most` characters."""
        return self._text(key, most) or ""

    def _text(self, key: str, most: int) -> str | None:
        """Return such a text, or None for what has been refused already."""
        if not self.given(key):
            self.refuse(key, N_("缺少这一项，请补上。"))
            return None
        value = self._word(key, self._values[key][0])
        if value is not None and len(value) > most:
            self.refuse(key, N_("太长了，请缩短。"))
            return None
        return value

    def match(self, key: str, pattern: re.Pattern[str], most: int, cure: str) -> str:
        """Return a text that follows a pattern."""
        value = self._text(key, most)
        if value is not None and not pattern.fullmatch(value):
            self.refuse(key, cure)
        return value or ""

    def choice(self, key: str, known: Collection[str]) -> str:
        """Return one of the words known."""
        value = self._text(key, 100)
        if value is not None and value not in known:
            self.refuse(key, "只能是 " + " | ".join(sorted(known)))
        return value or ""

    def day(self, key: str) -> date:
        """Return a date of our time."""
        value = self._text(key, 100)
        try:
            day = date.fromisoformat(value or "")
        except ValueError:
            day = date.min
        if value is not None and day.year not in _YEARS:
            self.refuse(key, N_("要写成日期，例如2026-11-23。"))
        return day

    def number(self, key: str) -> int:
        """Return a whole number that counts something; 0 when it is missing."""
        value = self.match(key, _NUMBER, 100, N_("要写成整数，例如3。")) if self.given(key) else ""
        return int(value) if _NUMBER.fullmatch(value) else 0

    def words(self, key: str) -> list[str]:
        """Return a list of short texts; it may be missing."""
        if not self.given(key):
            return []
        node = self._values[key][0]
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(key, N_("要写成列表，例如[征信, 异议]。"))
            return []
        found = [word for part in node.value if (word := self._word(key, part)) is not None]
        if any(not 0 < len(word) <= LONGEST_WORD for word in found):
            self.refuse(key, N_("太长了，请缩短。"))
        return found

    def mapping(self, key: str) -> "FrontMatter":
        """Return the mapping at `key`; an empty one when it is missing."""
        node, line = self._values.get(key, (None, self._line))
        return self._inner(key, node, line)

    def mappings(self, key: str) -> list["FrontMatter"]:
        """Return the list of mappings at `key`; it may be missing."""
        if not self.given(key):
            return []
        node = self._values[key][0]
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [self._inner(key, part, part.start_mark.line + self._offset) for part in parts]

    def _inner(self, key: str, node: yaml.Node | None, line: int) -> "FrontMatter":
        if node is not None and not isinstance(node, yaml.MappingNode):
            self.refuse(key, N_("要写成{name: …}这样的一组。"))
            return FrontMatter(None, line, self._offset)  # what is missing from it need not be said
        return FrontMatter(node, line, self._offset, f"{key}.", self.problems)

    def _word(self, key: str, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(key, N_("要写成一行文字。"))
            return None
        return clean_line(node.value)


def parsed(content: bytes) -> tuple[FrontMatter, str]:
    """Return the front matter of a file and its body; raise BadContent naming the line and the cure."""
    header, body, line = split(content)
    return FrontMatter.parse(header, line), body
