"""The desk's search over notices, articles and messages: the newest first, each with what matched, personal data masked.

First the newest entries are read one by one, which finds common words at once; then the index is asked, on PostgreSQL
stretch by stretch, which finds rare words and those that are not there. Nothing sorts more than a stretch. A single character
or another beginning stands for every token it begins, so that a common one is the dearest to ask for: beside another word it
is looked for in the texts that this one finds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain.elements import ELEMENTS
from tracker.domain.grams import Sought, searchable, sought
from tracker.domain.passages import locate
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.redaction import MARK, redact
from tracker.domain.text import number, on_one_line
from tracker.domain.threads import LABELS as MESSAGE_KINDS
from tracker.models import Article, Case, EntryKind, Item, Message, Notice, SearchEntry
from tracker.queries.search_texts import MARKS, STRETCH, fields

PER_PAGE = 30
WALKED = 2000
"""How many of the newest entries are read one by one."""

_COMMON = 20
"""A word is common if one in that many of the newest entries has it."""

_END = 2**31 - 1
_AROUND = 36
_PERSONAL = frozenset({
    "notifier_name", "notifier_org", "principal_name", "signature_name", "phone", "email", "postal_address", "org_id_no",
    "counter_name", "counter_address", "counter_phone", "full_name", "publisher_email",
})  # fmt: skip
_FIELDS = {
    **{name: element.label for name, element in (COUNTER_ELEMENTS | REPLY_ELEMENTS | ELEMENTS).items()}, "reference": "受理编号", "files": "文件名", "title": "标题",
    "summary": "摘要", "publisher": "发布者", "publisher_email": "发布者的邮箱", "source": "来源", "text": "正文", "message": "内容",
}  # fmt: skip

# FTS5 gives the newest first, so that each is compared only until there are enough: CROSS JOIN keeps that order
_SQLITE = """
SELECT search_index.rowid FROM search_index {join}
WHERE search_index MATCH :sought AND search_index.rowid < :before {where} ORDER BY search_index.rowid DESC LIMIT :most
"""
_SQLITE_JOIN = "CROSS JOIN search_entry ON search_entry.id = search_index.rowid"
# the planner would walk the whole table for a word it takes to be common: hence MATERIALIZED. OFFSET 0 keeps the order of
# the steps, so that texts are compared from the newest on and only until there are enough
_POSTGRESQL = """
WITH hits AS MATERIALIZED (
  SELECT id FROM search_index WHERE words @@ CAST(:sought AS tsquery) AND stretch @> CAST(:stretch AS integer[]) AND id < :before)
SELECT id FROM (SELECT id FROM hits ORDER BY id DESC OFFSET 0) AS newest {where} LIMIT :most
"""
_SAME = "(SELECT strpos(text, :{name}) > 0 FROM search_entry AS e WHERE e.id = newest.id)"


class Snippet(NamedTuple):
    """Where a word was found: in which field, with what stands around it; masked."""

    field: str
    before: str
    hit: str
    after: str


@dataclass(frozen=True)
class Hit:
    """One entry that was found: what it is, the case to go to, and how many further cases it concerns.

    `beside` has every case that it or its notice is about.
    """

    entry: SearchEntry
    title: str
    case: int | None
    further: int
    beside: frozenset[int]
    slug: str
    snippet: Snippet


@dataclass(frozen=True)
class Found:
    """A page of hits; `next` is where the next one starts. `has_words` is False for a query that seeks nothing."""

    hits: list[Hit]
    next: int | None
    has_words: bool


def search(query: str, kind: EntryKind | None, before: int | None) -> Found:
    """Return a page of the entries that have every word of a query, the newest first."""
    words = sought(query)
    if not words:
        return Found([], None, False)
    numbers = _numbers(words, kind, before or _END)
    shown = numbers[:PER_PAGE]
    entries = {entry.id: entry for entry in db.session.scalars(select(SearchEntry).where(SearchEntry.id.in_(shown)))}
    hits = list(_hits([entries[number] for number in shown], words))
    return Found(hits, shown[-1] if len(numbers) > PER_PAGE else None, True)


def _numbers(words: list[Sought], kind: EntryKind | None, before: int) -> list[int]:
    """Return the numbers of the newest entries that have every word, one more than a page."""
    most = PER_PAGE + 1
    newest = select(SearchEntry.id, SearchEntry.text).where(SearchEntry.id < before).order_by(SearchEntry.id.desc())
    if kind:
        newest = newest.where(SearchEntry.kind == kind)
    read = newest.limit(WALKED).subquery()
    has_all = [read.c.text.contains(word.needle, autoescape=True) for word in words]
    found = list(db.session.scalars(select(read.c.id).where(*has_all).order_by(read.c.id.desc()).limit(most)))
    if len(found) == most:
        return found
    floor, common = _walked(newest.limit(WALKED).subquery(), words)
    return found + list(_indexed(words, common, kind, floor, most - len(found))) if floor else found


def _walked(read: Any, words: list[Sought]) -> tuple[int | None, set[Sought]]:
    """Return the smallest number that was read, and of several words those that are beginnings and common, but never all."""
    beginnings = [word for word in words if word.is_prefix] if len(words) > 1 else []
    having = [func.count().filter(read.c.text.contains(word.needle, autoescape=True)) for word in beginnings]
    floor, *counts = db.session.execute(select(func.min(read.c.id), *having)).one()
    common = {word for word, count in zip(beginnings, counts, strict=True) if count * _COMMON >= WALKED}
    return floor, common if len(common) < len(words) else set()


def _indexed(words: list[Sought], common: set[Sought], kind: EntryKind | None, before: int, most: int) -> Iterator[int]:
    """Yield the numbers below `before` of what the index has for these words, the newest first.

    It is not asked for those that are common, nor on PostgreSQL in which order tokens stand: texts are compared.
    """
    marks = [MARKS[kind]] if kind else []
    sought = [word for word in words if word not in common]
    if db.engine.dialect.name == "sqlite":
        return _on_sqlite(sought, common, marks, before, most)
    return _on_postgresql(
        sought, [word for word in words if word in common or len(word.tokens) > 1], marks, before, most
    )


def _on_sqlite(
    sought: list[Sought], compared: Iterable[Sought], marks: list[str], before: int, most: int
) -> Iterator[int]:
    phrases = [f'"{" ".join(word.tokens)}"{" *" if word.is_prefix else ""}' for word in sought]
    asked = " AND ".join([*phrases, *(f'"{mark}"' for mark in marks)])
    checks, needles = _compared(compared, "instr(search_entry.text, :{name}) > 0")
    query = text(_SQLITE.format(join=_SQLITE_JOIN if checks else "", where=f"AND {checks}" if checks else ""))
    yield from db.session.scalars(query, {"sought": asked, "before": before, "most": most, **needles})


def _on_postgresql(
    sought: list[Sought], compared: Iterable[Sought], marks: list[str], before: int, most: int
) -> Iterator[int]:
    lexemes = [_lexeme(word, n) for word in sought for n in range(len(word.tokens))]
    asked = " & ".join([*lexemes, *(f"'{mark}'" for mark in marks)])
    checks, needles = _compared(compared, _SAME)
    query = text(_POSTGRESQL.format(where=f"WHERE {checks}" if checks else ""))
    for stretch in range((before - 1) >> STRETCH, -1, -1):
        values: dict[str, Any] = {"sought": asked, "stretch": [stretch], "before": before, "most": most, **needles}
        numbers = list(db.session.scalars(query, values))
        yield from numbers
        most -= len(numbers)
        if most <= 0:
            return


def _compared(words: Iterable[Sought], condition: str) -> tuple[str, dict[str, str]]:
    """Return the condition that a text has all these words, and its values."""
    needles = {f"needle{n}": word.needle for n, word in enumerate(words)}
    return " AND ".join(condition.format(name=name) for name in needles), needles


def _lexeme(word: Sought, n: int) -> str:
    return f"'{word.tokens[n]}'" + (":*" if word.is_prefix and n == len(word.tokens) - 1 else "")


def _hits(entries: Sequence[SearchEntry], words: list[Sought]) -> Iterator[Hit]:
    sources = _sources(entries)
    cases = _cases(sources)
    for entry in entries:
        source = sources.get((entry.kind, entry.ref))
        if source is None or not all(word.needle in entry.text for word in words):
            continue
        found = cases.get(source.id if isinstance(source, Notice) else getattr(source, "notice_id", None) or 0, [])
        beside = frozenset(found)
        if isinstance(source, Message) and source.case_id:
            found, beside = [source.case_id], beside | {source.case_id}
        slug = source.slug if isinstance(source, Article) else ""
        first, further = found[0] if found else None, len(found[1:])
        yield Hit(entry, _title(source), first, further, beside, slug, _snippet(source, words))


def _sources(entries: Sequence[SearchEntry]) -> dict[tuple[EntryKind, int], Notice | Article | Message]:
    refs = {kind: [entry.ref for entry in entries if entry.kind is kind] for kind in EntryKind}
    notices = select(Notice).where(Notice.id.in_(refs[EntryKind.NOTICE])).options(selectinload(Notice.attachments))
    articles = select(Article).where(Article.id.in_(refs[EntryKind.ARTICLE])).options(joinedload(Article.revision))
    messages = select(Message).where(Message.id.in_(refs[EntryKind.MESSAGE]))
    found: dict[tuple[EntryKind, int], Notice | Article | Message] = {}
    found |= {(EntryKind.NOTICE, notice.id): notice for notice in db.session.scalars(notices)}
    found |= {(EntryKind.ARTICLE, article.id): article for article in db.session.scalars(articles)}
    return found | {(EntryKind.MESSAGE, message.id): message for message in db.session.scalars(messages)}


def _cases(sources: dict[tuple[EntryKind, int], Notice | Article | Message]) -> dict[int, list[int]]:
    """Return the cases of the notices found, and of those that messages are about, by notice."""
    numbers = {source.id for source in sources.values() if isinstance(source, Notice)}
    numbers |= {source.notice_id for source in sources.values() if isinstance(source, Message) and source.notice_id}
    named = select(Item.notice_id, Item.case_id).where(Item.notice_id.in_(numbers)).order_by(Item.id)
    found: dict[int, list[int]] = {}
    for notice, case in db.session.execute(named):
        found.setdefault(notice, []).append(case)
    return found


def _title(source: Notice | Article | Message) -> str:
    if isinstance(source, Notice):
        return source.reference
    return source.title if isinstance(source, Article) else MESSAGE_KINDS[source.kind]


def _snippet(source: Notice | Article | Message, words: list[Sought]) -> Snippet:
    """Return the first field that has the first word, cut around it. What names or reaches somebody is never shown."""
    parts = list(fields(source))
    name, value = next((part for part in parts if words[0].needle in searchable(part[1])), ("", ""))
    label = _FIELDS.get(name, "")
    if name in _PERSONAL:
        return Snippet(label, "", MARK, "")
    masked = on_one_line(redact(value, [part for field, part in parts if field in _PERSONAL]))
    span = locate(words[0].needle.strip(), masked.casefold())
    if span is None:  # masked itself, or written in another form
        return Snippet(label, masked[: 2 * _AROUND], "", "…" if len(masked) > 2 * _AROUND else "")
    start, end = max(0, span.start - _AROUND), span.end + _AROUND
    before, after = masked[start : span.start], masked[span.end : end]
    return Snippet(
        label,
        ("…" if start else "") + before,
        masked[span.start : span.end],
        after + ("…" if end < len(masked) else ""),
    )


def case_named(query: str) -> int | None:
    """Return the number of the case that a query names, as 12 or #12, or None."""
    case = number(query.removeprefix("#"))
    return case if case and db.session.scalar(select(Case.id).where(Case.id == case)) else None
