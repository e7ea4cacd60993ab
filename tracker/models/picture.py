"""Pictures in articles, by the names that readers get them under, and which version of an article calls them what."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model


class Picture(Model):
    """A picture, frozen: its name is made from its bytes, so another picture is another row."""

    __tablename__ = "picture"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # not wanted where only its size is asked for


class Illustration(Model):
    """What a version of an article calls a picture."""

    __tablename__ = "illustration"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)
    written: Mapped[str] = mapped_column(String(500), primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("picture.name"), index=True)

    picture: Mapped[Picture] = relationship()
