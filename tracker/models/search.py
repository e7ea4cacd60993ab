"""What the desk can search: one text for each notice, article and message; and what is still to be taken in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, words


class EntryKind(StrEnum):
    """Of what a text is."""

    NOTICE = "notice"
    ARTICLE = "article"
    MESSAGE = "message"


class SearchEntry(Model):
    """One text in its searchable form, newer ones with larger numbers.

    Its words stand in the table `search_index`, which each database makes in its own way and which has no model.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        UniqueConstraint("kind", "ref", name="uq_search_entry_kind_ref"),
        Index("ix_search_entry_kind", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind))
    ref: Mapped[int]  # the number of the notice, article or message
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class SearchTask(Model):
    """Something was written or changed; the worker takes it into the index and deletes the row."""

    __tablename__ = "search_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(words(EntryKind))
    ref: Mapped[int]
