"""What was said on a case after the notice: questions, answers, replies, evidence added."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.threads import MessageKind, Party
from tracker.models.case import Case
from tracker.models.notice import Attachment, Notice


class Message(Model):
    """One message. Of a notifier or to one: `notice` says which; without it the publisher is meant, or only staff.

    `key` is what makes the same form sent twice one message.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)  # None: about the whole notice
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    party: Mapped[Party] = mapped_column(words(Party))  # who speaks
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[MessageKind] = mapped_column(words(MessageKind))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    case: Mapped[Case | None] = relationship(back_populates="messages")
    notice: Mapped[Notice | None] = relationship(back_populates="messages")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")
