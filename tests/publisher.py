"""The publisher of a case, for tests: who holds its code, and sends the forms of its page."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tracker.db import Base, db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.threads import MessageKind
from tracker.models import Account, Case, Message
from tracker.render.site import Site
from tracker.services import cases

PDF = b"%PDF-1.7 evidence"
US = {
    "category": CategoryName.COPYRIGHT, "country": "US", "stmt_authority_perjury": "1", "work_title": "A song of 2024",
    "signature_name": "Anna", "stmt_good_faith": "1", "stmt_accurate": "1",
}  # fmt: skip
UK = {"country": "GB", "meaning": "读者会以为我们违法催收。", "share_name": "no", "share_email": "no"}


def code_of(site: Site, case: Case, epoch: str = "") -> str:
    return site.keys.secret("publisher", str(case.id), epoch or site.keys.epoch)


def said() -> int:
    """Return how many messages there are but for what we forwarded."""
    others = select(func.count()).select_from(Message).where(Message.kind != MessageKind.FORWARD)
    return db.session.scalar(others) or 0


class Publisher:
    """Somebody who holds the code of one case, in one language."""

    def __init__(self, client: FlaskClient, site: Site, case: Case, prefix: str = "") -> None:
        self.client, self.number, self.prefix = client, case.id, prefix
        self.code = code_of(site, case)

    def post(self, act: str = "", files: Iterable[tuple[str, str, bytes]] = (), **typed: str) -> TestResponse:
        uploads = [(field, FileStorage(BytesIO(content), name)) for field, name, content in files]
        data: MultiDict[str, Any] = MultiDict([*({"code": self.code} | typed).items(), *uploads])
        boundary, body = encode_multipart(data)
        return self.client.post(
            f"{self.prefix}/publisher/{self.number}{act}",
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}",
        )

    def page(self) -> str:
        response = self.post()
        assert response.status_code == 200
        return response.text


Holder = Callable[..., Publisher]


def new_key() -> str:
    return secrets.token_urlsafe(32)


def count(model: type[Base]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def take_up(site: Site, case: Case, mei: Account, now: datetime) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
