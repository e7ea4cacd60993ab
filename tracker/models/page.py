"""Rendered pages: what the edge answers with. This table is the publication state."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Generation(Model):
    """All pages rendered with one set of templates and settings; exactly one is live."""

    __tablename__ = "generation"
    __table_args__ = (
        Index(
            "uq_generation_live", "is_live", unique=True, sqlite_where=text("is_live"), postgresql_where=text("is_live")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # the first half of the program, the second of the settings
    settings_id: Mapped[int | None]  # the version of the settings; no foreign key, SQLite cannot add one later
    is_live: Mapped[bool]
    created_at: Mapped[datetime]
    took_all: Mapped[bool] = mapped_column(default=False, server_default=false())  # files, by this very program


class Page(Model):
    """One answer, ready made. `headers` is a JSON list of pairs; a tombstone has no ETag."""

    __tablename__ = "page"
    __table_args__ = (
        Index(
            "ix_page_valid_until",
            "valid_until",
            sqlite_where=text("valid_until IS NOT NULL"),
            postgresql_where=text("valid_until IS NOT NULL"),
        ),
    )

    generation_id: Mapped[int] = mapped_column(ForeignKey("generation.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    status: Mapped[int]
    headers: Mapped[str] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(String(64))
    valid_until: Mapped[datetime | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_gzip: Mapped[bytes] = mapped_column(LargeBinary)
    body_br: Mapped[bytes] = mapped_column(LargeBinary)
