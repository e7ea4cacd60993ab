"""The queue's lines: of each case what the list shows, sorts and filters by, made ready in the act that changes it."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.lifecycle import Source, State
from tracker.models.account import Account
from tracker.models.article import Article
from tracker.models.case import Case

_OPEN = {"sqlite": text("is_open = 1"), "postgresql": text("is_open")}  # as each is asked: only then the index serves
_GOES_ON = text("ended_at IS NULL")
_OVER = text("ended_at IS NOT NULL")

_FILTERED = (
    "is_urgent", "is_trusted", "has_passage", "channels", "source", "language", "publisher", "opened_at", "due_kind",
)  # fmt: skip
"""What a walk along an index must see to leave a case out without looking at its row; the rest has an index of its own."""


def _partial(name: str, *columns: str, where: TextClause | None = None) -> Index:
    on = dict.fromkeys(_OPEN, where) if where is not None else _OPEN
    return Index(name, *columns, sqlite_where=on["sqlite"], postgresql_where=on["postgresql"])


class Line(Model):
    """A case as the queue knows it. Everything here is computed from other tables and may be computed anew.

    `is_open`: it awaits our first decision. Open cases are listed by (rank, due_at, case_id), those after a decision by
    (due_at, case_id), what is over by (ended_at, case_id).
    """

    __tablename__ = "line"
    __table_args__ = (
        _partial("ix_line_rank", "rank", "due_at", "case_id", *_FILTERED),
        _partial("ix_line_due", "due_at", "case_id"),
        _partial("ix_line_opened", "opened_at", "case_id"),
        _partial("ix_line_notices", "notices", "case_id"),
        _partial("ix_line_state", "state", "rank", "due_at", "case_id"),
        _partial("ix_line_category", "category", "rank", "due_at", "case_id"),
        _partial("ix_line_assignee", "assignee_id", "rank", "due_at", "case_id"),
        _partial("ix_line_after", "state", "due_at", "case_id", where=_GOES_ON),
        _partial("ix_line_over", "state", "ended_at", "case_id", "category", "assignee_id", *_FILTERED, where=_OVER),
        _partial("ix_line_turns", "turns_at", where=text("turns_at IS NOT NULL")),
        _partial("ix_line_weighting", "weighting_id", "case_id"),
        _partial("ix_line_publisher", "publisher", "state", "ended_at", "case_id", where=_OVER),
        _partial("ix_line_of_publisher", "publisher", "case_id"),
        _partial("ix_line_channels", "channels", "case_id"),
        _partial("ix_line_source", "source", "case_id"),
        _partial("ix_line_language", "language", "case_id"),
        _partial("ix_line_is_urgent", "is_urgent", "case_id"),
        _partial("ix_line_is_trusted", "is_trusted", "case_id"),
        _partial("ix_line_has_passage", "has_passage", "case_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    is_open: Mapped[bool]
    state: Mapped[State] = mapped_column(words(State))
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    source: Mapped[Source] = mapped_column(words(Source))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    language: Mapped[str] = mapped_column(String(20))  # the article's
    publisher: Mapped[str] = mapped_column(String(200))  # by name, as readers see it
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # decided or closed, and nothing going on
    channels: Mapped[int]  # a bit for each `Channel` by which one of its notices came
    is_urgent: Mapped[bool]
    is_trusted: Mapped[bool]
    has_passage: Mapped[bool]  # a quotation that stands in the article

    rank: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime]  # the next limit of ours that runs; without one, when the case was opened
    due_kind: Mapped[ClockKind | None] = mapped_column(words(ClockKind))
    law_at: Mapped[datetime | None]
    decide_by: Mapped[datetime | None]  # the first limit it had while it was open; kept for the replay of weights
    notices: Mapped[int]
    marks: Mapped[list[str]]  # the factors of urgency that hold whatever the time
    why: Mapped[list[list[object]]] = mapped_column(JSON)  # factor and points, as of the last look
    is_law: Mapped[bool]  # first because of a limit set by law
    turns_at: Mapped[datetime | None]  # when time alone changes its place
    weighting_id: Mapped[int]  # with which weights it was placed; 0 for the defaults

    quote: Mapped[str] = mapped_column(String(200))  # personal data are masked
    role: Mapped[str] = mapped_column(String(40))  # who sent the first notice that waits: an option of notifier_role
    kind: Mapped[str] = mapped_column(String(40))  # the same, of notifier_type
    missing: Mapped[list[str]]  # what that notice lacks, as message ids

    case: Mapped[Case] = relationship()
    article: Mapped[Article] = relationship()
    assignee: Mapped[Account | None] = relationship()
