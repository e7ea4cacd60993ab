"""What admins have set: each change a row of its own, with all that is set from then on; the newest holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account


class SettingsVersion(Model):
    """One version. A switch that is on holds the reason for it, and since when."""

    __tablename__ = "settings_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # two changes at once: one is refused
    values: Mapped[dict[str, Any]]
    intake: Mapped[str] = mapped_column(String(300), default="")
    intake_since: Mapped[datetime | None]
    read_only: Mapped[str] = mapped_column(String(300), default="")
    read_only_since: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: the command line

    changed_by: Mapped[Account | None] = relationship()
