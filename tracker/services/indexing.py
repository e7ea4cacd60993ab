"""The index of the desk's search: the worker takes in what was written, a little behind the acts that wrote it."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.domain.grams import tokens
from tracker.models import Article, EntryKind, Message, Notice, SearchEntry, SearchTask
from tracker.queries.search_texts import MARKS, STRETCH, kept

PAGES = 200
"""How much of the index is merged in one transaction, so that others can write in between."""


def is_behind() -> bool:
    """Say whether anything waits to be taken in."""
    return db.session.scalar(select(SearchTask.id).limit(1)) is not None


def take(most: int = 100) -> int:
    """Bring the index up to some of what was written, and return how much was found.

    Any number of workers may do it at once: each takes others, and the index changes with the task that asked for it.
    """
    picked = select(SearchTask.id).order_by(SearchTask.id).limit(most).with_for_update(skip_locked=True)
    gone = delete(SearchTask).where(SearchTask.id.in_(picked))
    rows = db.session.execute(gone.returning(SearchTask.id, SearchTask.kind, SearchTask.ref)).all()
    wanted = dict.fromkeys((row.kind, row.ref) for row in sorted(rows, key=lambda row: row.id))
    found = {
        (kind, source.id): source
        for kind in EntryKind
        for source in _sources(kind, [r for k, r in wanted if k is kind])
    }
    for kind, ref in wanted:
        if (kind, ref) in found:
            _put(kind, found[kind, ref])
    if any(map(_is_erased, found.values())):
        with db.session.begin_nested():  # only what has left the memory is merged, and a savepoint lets it leave
            _merge(-PAGES)
    return len(rows)


def settle() -> bool:
    """Go a step on with writing the index anew after something was erased; say whether more is to be written.

    SQLite's index only marks what is deleted, until the piece in which it stands is merged with the others.
    """
    if db.engine.dialect.name != "sqlite":
        return False
    before = db.session.scalar(_CHANGES) or 0
    _merge(PAGES)
    return (db.session.scalar(_CHANGES) or 0) - before >= 2  # fewer: nothing was left to merge


def _merge(pages: int) -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.execute(_MERGE, {"pages": pages})


def _is_erased(source: Notice | Article | Message) -> bool:
    if isinstance(source, Notice):
        return source.erased_at is not None
    return isinstance(source, Message) and not source.text


def _sources(kind: EntryKind, refs: list[int]) -> Iterator[Notice | Article | Message]:
    if not refs:
        return
    anew = {"populate_existing": True}
    if kind is EntryKind.NOTICE:
        notices = select(Notice).where(Notice.id.in_(refs)).options(selectinload(Notice.attachments))
        yield from db.session.scalars(notices, execution_options=anew)
    elif kind is EntryKind.ARTICLE:
        articles = select(Article).where(Article.id.in_(refs)).options(joinedload(Article.revision))
        yield from db.session.scalars(articles, execution_options=anew)
    else:
        yield from db.session.scalars(select(Message).where(Message.id.in_(refs)), execution_options=anew)


def _at(source: Notice | Article | Message) -> datetime:
    if isinstance(source, Notice):
        return source.received_at
    return source.created_at if isinstance(source, Message) else source.revision.first_seen_at


def _put(kind: EntryKind, source: Notice | Article | Message) -> None:
    """Write one text and its words; an entry that is there keeps its number, and so its place."""
    same = (SearchEntry.kind == kind, SearchEntry.ref == source.id)
    entry = db.session.scalar(select(SearchEntry).where(*same).with_for_update())
    words = kept(source)
    if entry is None:
        entry = SearchEntry(kind=kind, ref=source.id, at=_at(source), text=words)
        db.session.add(entry)
        db.session.flush()
        _index(entry.id, kind, words, None)
    elif entry.text != words:
        _index(entry.id, kind, words, entry.text)
        entry.text = words


def _index(number: int, kind: EntryKind, words: str, before: str | None) -> None:
    """Put the words of an entry into the index, in place of those it had `before`."""
    fresh = [MARKS[kind], *tokens(words)]
    if db.engine.dialect.name == "sqlite":
        if before is not None:  # without a copy of its own, the index must be told what to forget
            db.session.execute(_FORGET, {"id": number, "words": " ".join([MARKS[kind], *tokens(before)])})
        db.session.execute(_REMEMBER, {"id": number, "words": " ".join(fresh)})
    else:
        held = {"id": number, "words": sorted(set(fresh)), "stretch": [number >> STRETCH]}
        db.session.execute(_REPLACE, held)


_FORGET = text("INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', :id, :words)")
_REMEMBER = text("INSERT INTO search_index (rowid, words) VALUES (:id, :words)")
_MERGE = text("INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
_REPLACE = text(
    "INSERT INTO search_index (id, words, stretch) VALUES (:id, array_to_tsvector(:words), :stretch)"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)
