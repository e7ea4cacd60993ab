"""What somebody typed on the page of a case and has not sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account
from tracker.models.case import Case


class CaseDraft(Model):
    """The fields of one form on one case, as one person left them."""

    __tablename__ = "case_draft"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    form: Mapped[str] = mapped_column(String(60), primary_key=True)  # decide, note, ask-info-7
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime] = mapped_column(index=True)

    case: Mapped[Case] = relationship()
    account: Mapped[Account] = relationship()
