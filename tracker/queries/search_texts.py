"""What of a notice, an article or a message can be searched on the desk, field by field."""

from collections.abc import Iterator

from tracker import content
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.grams import searchable
from tracker.models import Article, EntryKind, Message, Notice

STRETCH = 16
"""Entries are numbered; a stretch is 2 to this power of them. The index of PostgreSQL can leave whole stretches aside."""

MARKS = {EntryKind.NOTICE: "\ue000", EntryKind.ARTICLE: "\ue001", EntryKind.MESSAGE: "\ue002"}
"""A token, of private use, by which the index knows of what a text is."""

_TYPED = frozenset({Kind.LINE, Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.ADDRESSES})
_STOP = "\n|\n"
"""Between fields, so that no word is found across two of them."""


def fields(source: Notice | Article | Message) -> Iterator[tuple[str, str]]:
    """Yield what was written, by the name of its field."""
    if isinstance(source, Notice):
        yield "reference", source.reference
        for name, answer in source.answers.items():
            if name in ELEMENTS and ELEMENTS[name].kind in _TYPED:
                yield name, answer
        for file in source.attachments:
            yield "files", file.name
    elif isinstance(source, Article):
        yield "title", source.title
        yield "summary", source.summary
        yield "publisher", source.publisher_name
        yield "source", source.source_name
        yield "text", content.text_of(source.revision.source)
    else:
        yield "message", source.text


def kept(source: Notice | Article | Message) -> str:
    """Return all of it in the form in which it is searched."""
    return searchable(_STOP.join(part for _, part in fields(source)))
