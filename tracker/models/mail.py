"""Mail as rows: rendered with the act that causes it, delivered later. And which addresses answered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, words
from tracker.domain.serving import Way

WAITING = text("state IN ('queued', 'held')")
FIRST = text("state IN ('queued', 'held') AND attempts = 0")
FAILED = text("state IN ('bounced', 'given_up')")
PASSING = text("name IN ('draft_link', 'erased')")
ABOUT_NONE = text("case_id IS NULL AND notice_id IS NULL AND mailbox <> ''")
"""The mails that are looked for in the whole table; a query has to say it word for word for its index to be used."""


class MailState(StrEnum):
    """Where a mail stands. Held: over a limit, waits. Bounced: refused for good. Given up: five days passed.

    Cancelled: what caused it was undone, or its recipient erased, before it left. Gathered: another mail to the same
    recipient says it too.
    """

    QUEUED = "queued"
    HELD = "held"
    SENT = "sent"
    BOUNCED = "bounced"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"
    GATHERED = "gathered"


class Mail(Model):
    """One mail to one recipient. `secret_*` say which derived secret stands where the body says SECRET."""

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("cause", "recipient", name="uq_mail_cause_recipient"),
        Index("ix_mail_due", "due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_mail_recipient", "mailbox", "sent_at"),
        Index("ix_mail_first", "due_at", "id", sqlite_where=FIRST, postgresql_where=FIRST),
        Index("ix_mail_failed", "id", sqlite_where=FAILED, postgresql_where=FAILED),
        Index("ix_mail_passing", "name", "created_at", sqlite_where=PASSING, postgresql_where=PASSING),
        Index("ix_mail_about_none", "created_at", sqlite_where=ABOUT_NONE, postgresql_where=ABOUT_NONE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(String(120))  # for example notice:12:acknowledgement
    name: Mapped[str] = mapped_column(String(60))  # the template set
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    language: Mapped[str] = mapped_column(String(20))
    recipient: Mapped[str] = mapped_column(String(254))
    mailbox: Mapped[str] = mapped_column(String(254))
    is_limited: Mapped[bool]  # a stranger can cause it: at most three a day until the address answers
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    thread: Mapped[str] = mapped_column(String(200))  # the Message-ID that References names, or empty
    secret_purpose: Mapped[str] = mapped_column(String(40))
    secret_subject: Mapped[str] = mapped_column(String(80))
    secret_epoch: Mapped[str] = mapped_column(String(8))
    state: Mapped[MailState] = mapped_column(words(MailState))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text)
    gathered_into: Mapped[int | None]  # the mail that says this too; no foreign key: the table would be rebuilt for it
    reached_at: Mapped[datetime | None]  # when its receiver had it, and by which way
    reached_by: Mapped[Way | None] = mapped_column(words(Way))


class Mailbox(Model):
    """An address whose owner opened a link that only the mail could show."""

    __tablename__ = "mailbox"

    mailbox: Mapped[str] = mapped_column(String(254), primary_key=True)
    confirmed_at: Mapped[datetime]


OF_NO_CASE = func.coalesce(Mail.case_id, 0) == 0
"""A mail about a notice as a whole. So put, no index answers it: most mails are, and SQLite would read them all."""
