"""A notifier for tests: a whole notice to start from, and the steps of the form."""

import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests import factories
from tracker import content
from tracker.db import transaction
from tracker.domain.attachments import Attachment
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.elements import Kind
from tracker.domain.notices import Submission
from tracker.models import Article
from tracker.render.site import WRITTEN, Site
from tracker.services import articles
from tracker.services.drafts import identify

PASSAGE = "逾期不等于违法，但会产生利息。"

WHOLE: dict[str, str] = {
    "addresses": "http://localhost/articles/alpha",
    "explanation": "这篇文章逐段复制了我的作品，没有得到我的许可，也没有署名。",
    "work_title": "《谁在催收》，2024年5月",
    "inaccurate_parts": "第二段说我公司没有牌照，与事实不符。",
    "data_right": "delete",
    "notifier_role": "owner",
    "notifier_name": "王小明",
    "email": "wang@example.org",
    "country": "US",
    "stmt_good_faith": "1",
    "stmt_accurate": "1",
    "stmt_authority_perjury": "1",
    "stmt_truth": "1",
    "signature_name": "王小明",
    "source_url": "https://www.example.org/notice",
    "source_corrected_at": "2026-11-20",
}


def publish(site: Site, slug: str, now: datetime, body: str | None = None, **overrides: object) -> Article:
    """Bring an article onto the site without making any page: the form reads the tables."""
    source = content.read_article(factories.markdown(slug, body, **overrides), site.category_texts, WRITTEN)
    with transaction():
        return articles.put(site, source, now)


def submission(
    key: str,
    category: CategoryName = CategoryName.COPYRIGHT,
    files: tuple[Attachment, ...] = (),
    language: str = "zh-Hans",
    **answers: str,
) -> Submission:
    """Return a notice as its sender confirmed it; answers of None are left out."""
    found = CATEGORIES[category]
    given = {e.name: answer for e in found.elements if (answer := (WHOLE | answers).get(e.name))}
    statements = {e.name: e.label for e in found.elements if e.kind is Kind.STATEMENT}
    return Submission(found, language, given, statements, files, "2026-11-20", identify(key))


def fill(
    client: FlaskClient,
    slug: str = "copyright",
    files: tuple[tuple[str, bytes], ...] = (),
    prefix: str = "",
    **answers: str,
) -> TestResponse:
    """Send the form of a category, filled in as WHOLE but for `answers`."""
    uploads = [("files", FileStorage(BytesIO(content), name)) for name, content in files]
    data: MultiDict[str, Any] = MultiDict([*(WHOLE | answers).items(), *uploads])
    boundary, body = encode_multipart(data)
    return client.post(f"{prefix}/report/{slug}", data=body, content_type=f"multipart/form-data; boundary={boundary}")


def key_in(page: str) -> str:
    """Return the key that a page of the form carries."""
    found = re.search(r'name="key" value="([A-Za-z0-9_-]{43})"', page)
    assert found
    return found[1]


def confirm(client: FlaskClient, place: str) -> TestResponse:
    """Press the button of a check page."""
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    return client.post(f"{place}/send", data={"seen": seen[1] if seen else ""})


def submit(client: FlaskClient, slug: str = "copyright", **answers: Any) -> tuple[str, str]:
    """Go the whole way; return the reference and the code of the receipt."""
    filled = fill(client, slug, **answers)
    assert filled.status_code == 303, filled.text
    place = filled.location.removesuffix("/check")
    sent = confirm(client, place)
    assert sent.status_code == 303, sent.text
    return receipt_in(client.get(sent.location).text)


def receipt_in(page: str) -> tuple[str, str]:
    """Return the reference and the code that a confirmation shows."""
    shown: Mapping[str, str] = dict(re.findall(r'id="(reference|code)">([^<]+)<', page))
    return shown["reference"], shown["code"]
