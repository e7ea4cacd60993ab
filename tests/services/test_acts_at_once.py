"""The same form sent twice at the same moment, as an impatient press or a retrying proxy does: one act, no error."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.staff import at_once, make_case, make_member, signed_in, token_of
from tracker import clock
from tracker.db import db
from tracker.models import Batch, Mail, Message, Opinion
from tracker.render.site import Site

DECLINE = {
    "outcome": "declined", "refusal": "no_breach", "claim-0": "unfounded", "ground_type": "terms",
    "ground_ref": "本站规则 2.10", "ground_explanation": "该条要求指明具体的段落和不实之处。",
    "facts": "通知没有指明哪一处不实，逐段核对以后，也没有找到与来源不符的地方。", "case": "1-1",
}  # fmt: skip
ACTS: list[tuple[str, dict[str, Any], type[Any]]] = [
    ("/desk/cases/1/note", {"text": "等对方的答复。"}, Message),
    ("/desk/cases/1/letter", {"text": "请看附件。", "item": "1"}, Message),
    ("/desk/cases/1/ask-opinion", {"question": "这一段算不算评价？", "colleague": "2"}, Opinion),
    ("/desk/cases/1/hand-over", {"to": "2", "note": "请接着看。"}, Message),
    ("/desk/batches/decide", DECLINE, Batch),
]


@pytest.mark.parametrize(("path", "fields", "made"), ACTS, ids=lambda part: part if isinstance(part, str) else "")
def test_the_same_form_sent_many_times_at_once_is_one_act(
    app: Flask, site: Site, path: str, fields: dict[str, Any], made: type[Any]
) -> None:
    case = make_case(site, clock.now())
    assert case.id == 1
    mei = make_member()
    make_member("lin@example.org", name="林")
    browsers = [signed_in(app, mei) for _ in range(6)]
    tokens = [token_of(browser.get("/account/").text) for browser in browsers]
    mails = db.session.scalar(select(func.count(Mail.id)).where(Mail.name.in_(("letter", "opinion_asked"))))

    def send(number: int) -> TestResponse:
        sent = {"csrf_token": tokens[number], "key": "k" * 24, "version": "1", **fields}
        return browsers[number].post(path, data=MultiDict(sent))

    answers = at_once(app, [lambda number=number: send(number) for number in range(6)])  # type: ignore[misc]
    assert [getattr(answer, "status_code", answer) for answer in answers] == [303] * 6
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(made)) == 1
    later = db.session.scalar(select(func.count(Mail.id)).where(Mail.name.in_(("letter", "opinion_asked"))))
    assert (later or 0) - (mails or 0) <= 1
