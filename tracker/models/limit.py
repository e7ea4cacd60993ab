"""How often something was done in a window of time."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Limit(Model):
    """A count; `key` is a keyed hash, so that no address stands here."""

    __tablename__ = "limit"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_ends_at: Mapped[datetime]
    hits: Mapped[int]
