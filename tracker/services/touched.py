"""What a transaction touched: the queue's lines, the tasks of the search and the trail follow in the same commit.

Heard from the session itself and not told by each act, so that no act can forget it. Of a row that a statement changed the
session hears nothing: its case is told of by what the act writes beside it, the trail at least.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.db import ask, db, table
from tracker.models import (
    Appeal,
    Article,
    Case,
    Clock,
    CounterNotice,
    EntryKind,
    Item,
    Line,
    Message,
    Notice,
    SearchTask,
    Standing,
)
from tracker.services import audit, lines

_KEY = "touched"
_OF_CASE = (Clock, Item, Appeal, CounterNotice, Message)
_TASKS = insert(table(SearchTask))
_SEARCHED = {Notice: EntryKind.NOTICE, Message: EntryKind.MESSAGE, Article: EntryKind.ARTICLE}


@dataclass
class Touched:
    """Numbers of what was touched, and the time of the act."""

    at: datetime | None = None
    cases: set[int] = field(default_factory=set)
    notices: set[int] = field(default_factory=set)
    mailboxes: set[str] = field(default_factory=set)
    articles: set[int] = field(default_factory=set)
    searched: dict[tuple[EntryKind, int], None] = field(default_factory=dict)

    def note(self, row: object) -> None:
        """Remember what hangs on a row that was written."""
        if isinstance(row, Case):
            self.cases.add(row.id)
            self.at = max(self.at or row.changed_at, row.changed_at)
        elif isinstance(row, _OF_CASE) and row.case_id is not None:
            self.cases.add(row.case_id)
        elif isinstance(row, audit.Act):  # every act leaves one, also an act that writes past the session
            self.at = max(self.at or row.at, row.at)
            self.cases.update(() if row.case is None else (row.case,))
        elif isinstance(row, Standing):
            self.mailboxes.add(row.mailbox)
        elif isinstance(row, Article):
            self.articles.add(row.id)
        if isinstance(row, Notice):
            self.notices.add(row.id)
        if isinstance(row, Message) and row.notice_id is not None:
            self.notices.add(row.notice_id)
        if type(row) in _SEARCHED:
            self.searched[_SEARCHED[type(row)], row.id] = None  # type: ignore[index, attr-defined]


def install() -> None:
    """Listen to every session from now on; a second call changes nothing."""
    event.listen(db.session, "after_flush", _note)
    event.listen(db.session, "detached_to_persistent", _stored)
    event.listen(db.session, "before_commit", _follow)
    event.listen(db.session, "after_rollback", _forget)
    event.listen(db.session, "after_soft_rollback", audit.forget)


def _note(session: Session, _: Any) -> None:
    touched: Touched = session.info.setdefault(_KEY, Touched())
    dirty = (row for row in session.dirty if session.is_modified(row, include_collections=False))
    for row in (*session.new, *dirty):
        touched.note(row)


def _stored(session: Session, row: object) -> None:
    """Hear of what was inserted past the session's unit of work (`db.stored`); of a new notice no case is to be looked for, as its items tell."""
    touched: Touched = session.info.setdefault(_KEY, Touched())
    if isinstance(row, Notice):
        touched.searched[EntryKind.NOTICE, row.id] = None
    else:
        touched.note(row)


def _forget(session: Session) -> None:
    session.info.pop(_KEY, None)


def _follow(session: Session) -> None:
    """Bring lines, tasks and trail up to what the transaction leaves, as its last step before the commit.

    The trail is locked first: of two acts that meet in one line, the later sees what the earlier did.
    """
    if session.in_nested_transaction():  # a savepoint ends
        return
    session.flush()
    end = audit.end() if audit.recorded(session) else None
    touched: Touched = session.info.pop(_KEY, None) or Touched()
    for act in audit.recorded(session):
        touched.note(act)
    if touched.articles:
        _rename(touched)
    lines.place(touched.cases | _cases_of(touched), touched.at or clock.now())
    if touched.searched:
        ask(_TASKS, [{"kind": kind, "ref": ref} for kind, ref in touched.searched])
    session.flush()
    session.info.pop(_KEY, None)
    if end:
        audit.append(session, end)


def _cases_of(touched: Touched) -> set[int]:
    """Return the cases of the notices and mailboxes that were touched."""
    found: set[int] = set()
    if touched.notices:
        found.update(db.session.scalars(select(Item.case_id).where(Item.notice_id.in_(touched.notices))))
    if touched.mailboxes:
        sent = select(Item.case_id).join(Notice).where(Notice.mailbox.in_(touched.mailboxes))
        found.update(db.session.scalars(sent.join(Line, Line.case_id == Item.case_id).where(Line.is_open)))
    return found


def _rename(touched: Touched) -> None:
    """Tell the lines of an article whose file says another language or publisher."""
    for article in db.session.scalars(select(Article).where(Article.id.in_(touched.articles))):
        values = {"language": article.language, "publisher": article.publisher_name}
        db.session.execute(update(Line).where(Line.article_id == article.id).values(**values))
