"""What of a notice, an article or a message can be searched on the desk, field by field."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from tracker import content
from tracker.db import db
from tracker.domain.element import Element
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.grams import searchable
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.threads import MessageKind
from tracker.models import Article, CounterNotice, EntryKind, Message, Notice, Reply

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
        yield from _typed(ELEMENTS, source.answers)
        for file in source.attachments:
            yield "files", file.name
    elif isinstance(source, Article):
        yield "title", source.title
        yield "summary", source.summary
        yield "publisher", source.publisher_name
        yield "publisher_email", source.publisher_email
        yield "source", source.source_name
        yield "text", content.text_of(source.revision.source)
    else:
        yield "message", source.text
        yield from _beside(source)


def _typed(elements: Mapping[str, Element], answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, said) for name, said in answers.items() if name in elements and elements[name].kind in _TYPED)


def _beside(message: Message) -> Iterator[tuple[str, str]]:
    """Yield what a publisher filled in beside a message: who they are and where, and what they refer to."""
    if message.kind is MessageKind.COUNTER:
        found = select(CounterNotice.answers).where(CounterNotice.case_id == message.case_id)
        answers = db.session.scalar(found.where(CounterNotice.message_id == message.id)) or {}
        said = _typed(COUNTER_ELEMENTS, answers)
        yield from (part for part in said if part[0] != "explanation")  # which is the message
    elif message.kind is MessageKind.REPLY:
        answers = db.session.scalar(select(Reply.answers).where(Reply.message_id == message.id)) or {}
        yield from _typed(REPLY_ELEMENTS, answers)


def kept(source: Notice | Article | Message) -> str:
    """Return all of it in the form in which it is searched."""
    return searchable(_STOP.join(part for _, part in fields(source)))
