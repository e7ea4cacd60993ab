"""Who was told that something is gone."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class RecipientNotice(Model):
    """One search engine, partner or publisher, told the address and nothing else (GDPR art. 17(2), 19).

    Without a mail it was told by another way, such as a form of its own. `key` makes the same form sent twice one row.
    """

    __tablename__ = "recipient_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(2000))  # of the article
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"))
    told_at: Mapped[datetime]
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
