"""Acts on many cases as a moderator meets them: chosen, tried one by one, confirmed, told apart, taken back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests import factories
from tests.staff import make_member, make_notice, publish, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy
from tracker.domain.lifecycle import State
from tracker.domain.precedents import Precedent
from tracker.models import Account, Batch, BatchRow, Case, Decision, Mail, MailState, Page, RowState
from tracker.queries import similar
from tracker.render.site import Site
from tracker.services import batches, proposals

DECLINE = {
    "outcome": "declined",
    "refusal": "no_breach",
    "claim-0": "unfounded",
    "ground_type": "terms",
    "ground_ref": "本站规则 2.10",
    "ground_explanation": "该条要求指明具体的段落和不实之处。",
    "facts": "通知没有指明哪一处不实，逐段核对以后，也没有找到与来源不符的地方。",
}
WITHHOLD = DECLINE | {
    "outcome": "withheld", "claim-0": "founded", "ground_type": "law", "ground_ref": "《中华人民共和国民法典》第一千零二十四条",
}  # fmt: skip


@pytest.fixture
def numbers(site: Site) -> list[int]:
    now = clock.now()
    return [
        make_notice(site, publish(site, f"article-{n}", now), now, f"n{n}@example.com").items[0].case_id
        for n in range(3)
    ]


def post(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = token_of(browser.get("/account/").text)
    return browser.post(path, data={"csrf_token": token, "key": "k" * 24} | fields)


def ticks(numbers: list[int], version: int = 1) -> list[str]:
    return [f"{number}-{version}" for number in numbers]


def test_the_queue_offers_every_open_case_with_the_version_seen(browser: FlaskClient, numbers: list[int]) -> None:
    html = browser.get("/desk/").text
    assert sorted(re.findall(r'name="case" value="(\d+-\d+)"', html)) == ticks(numbers)
    assert 'name="case"' not in browser.get("/desk/cases?state=decided").text
    form = post(browser, "/desk/batches/choose", case=ticks(numbers))
    assert form.text.count("checked") == 3
    assert post(browser, "/desk/batches/choose").location == "/desk/"


def test_what_will_happen_to_each_is_shown_and_nothing_changes(
    app: Flask, browser: FlaskClient, numbers: list[int], site: Site
) -> None:
    make_notice(site, db.session.get_one(Case, numbers[0]).article, clock.now(), "new@example.com")
    shown = post(browser, "/desk/batches/check", case=ticks(numbers), **WITHHOLD)
    assert shown.status_code == 200
    assert shown.text.count("HTTP 451") == 2
    assert re.search(r"通知人已在[\d: -]+改动了这个案件", shown.text)
    assert sorted(re.findall(r'name="case"\s+value="(\d+)-1"', shown.text)) == [str(n) for n in numbers[1:]]
    assert len(re.findall(r"<p><bdi>", shown.text)) == 6  # to each notifier one; to each publisher reasons and notice
    db.session.rollback()
    for table in (Decision, Batch):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_another_case_that_keeps_an_article_from_readers_is_named_beside_it(
    browser: FlaskClient, numbers: list[int], site: Site
) -> None:
    article = db.session.get_one(Case, numbers[0]).article
    other = make_notice(site, article, clock.now(), "bo@example.com", category=CategoryName.PORTRAIT).items[0].case_id
    said = "文章已经因此停止展示，这里的决定不改变这一点。"
    assert said not in post(browser, "/desk/batches/check", case=ticks(numbers), **DECLINE).text
    assert post(browser, "/desk/batches/decide", case=ticks([other]), **WITHHOLD).status_code == 303
    shown = post(browser, "/desk/batches/check", case=ticks(numbers), **DECLINE).text
    assert shown.count(said) == 1
    assert f'<a href="/desk/cases/{other}">#{other}</a>：{said}' in shown


def test_each_is_decided_by_itself_and_conflicts_are_named(
    app: Flask, browser: FlaskClient, numbers: list[int], site: Site
) -> None:
    lin = signed_in(app, make_member("lin@example.org", name="林"))
    alone = {"case": ticks(numbers[:1]), "key": "l" * 24} | DECLINE
    assert post(lin, "/desk/batches/decide", **alone).status_code == 303
    done = post(browser, "/desk/batches/decide", case=ticks(numbers), **WITHHOLD)
    assert done.location == "/desk/batches/2"
    html = browser.get(done.location).text
    assert "已作出决定2件" in html
    assert re.search(r"林已在[\d: -]+(改动了|对)这个案件", html)
    db.session.rollback()
    assert [db.session.get_one(Case, number).outcome for number in numbers] == ["declined", "withheld", "withheld"]
    decided = db.session.scalar(select(func.count()).select_from(Decision))
    again = post(browser, "/desk/batches/decide", case=ticks(numbers), **WITHHOLD)
    assert again.location == done.location  # the same form twice is one batch
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Decision)) == decided
    reader = app.test_client()
    assert [reader.get(f"/articles/article-{n}").status_code for n in range(3)] == [200, 451, 451]


def test_a_batch_is_taken_back_whole_or_in_part_byte_for_byte(
    app: Flask, browser: FlaskClient, numbers: list[int]
) -> None:
    before = pages()
    post(browser, "/desk/batches/decide", case=ticks(numbers), **WITHHOLD)
    assert pages() != before
    assert "全部撤销" in browser.get("/desk/batches/1").text
    row = db.session.scalars(select(BatchRow.id).order_by(BatchRow.id)).first()
    assert post(browser, "/desk/batches/1/undo", row=row).status_code == 303
    db.session.rollback()
    assert states() == [RowState.UNDONE, RowState.DONE, RowState.DONE]
    assert post(browser, "/desk/batches/1/undo").status_code == 303
    assert "已撤销" in browser.get("/desk/batches").text
    db.session.rollback()
    assert states() == [RowState.UNDONE] * 3
    factories.refresh(app.extensions["site"], clock.now())
    assert pages() == before
    assert {db.session.get_one(Case, number).state for number in numbers} == {State.RECEIVED}
    waiting = select(func.count()).where(Mail.cause.like("decision:%"), Mail.state == MailState.QUEUED)
    assert db.session.scalar(waiting) == 0


def test_what_cannot_be_taken_back_any_more_says_why(
    browser: FlaskClient, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(browser, "/desk/batches/decide", case=ticks(numbers[:1]), **DECLINE)
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "全部撤销" not in browser.get("/desk/batches/1").text
    post(browser, "/desk/batches/1/undo")
    assert "可以撤销的时间已经过了" in browser.get("/desk/batches/1").text
    db.session.rollback()
    assert states() == [RowState.DONE]


def test_a_batch_that_was_cut_off_goes_on(browser: FlaskClient, mei: Account, numbers: list[int]) -> None:
    with transaction():
        batches.begin(mei, "x" * 24, DECLINE, [(number, 1) for number in numbers], clock.now())
    html = browser.get("/desk/batches/1").text
    assert "继续处理剩下的3件" in html
    for _ in range(2):
        assert post(browser, "/desk/batches/1/go-on").status_code == 303
    db.session.rollback()
    assert states() == [RowState.DONE] * 3
    assert "1 不采取措施" in " ".join(browser.get("/desk/batches").text.split())


def test_a_row_that_was_decided_later_can_be_taken_back_as_long_as_any(
    app: Flask, browser: FlaskClient, numbers: list[int]
) -> None:
    post(browser, "/desk/batches/decide", case=ticks(numbers), **DECLINE)
    with transaction():
        db.session.scalars(select(Batch)).one().created_at -= timedelta(hours=1)
        first = db.session.scalars(select(Decision).order_by(Decision.id)).first()
        assert first is not None
        first.decided_at -= timedelta(hours=1)
    html = browser.get("/desk/batches/1").text
    assert len(re.findall(r'name="row" value="\d+"', html)) == len(numbers) - 1
    assert re.search(r"全部撤销（还剩[1-9]\d*秒）", html)
    assert re.search(r'data-seconds="[1-9]\d*" data-label="全部撤销（还剩{n}秒）"', " ".join(html.split()))
    assert (
        len(re.findall(r'data-seconds="[1-9]\d*" data-label="撤销这一件"', " ".join(html.split()))) == len(numbers) - 1
    )


def test_a_database_that_is_busy_leaves_the_rest_of_a_batch_waiting(
    browser: FlaskClient, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = proposals.submit

    def busy_at_the_second(site: Site, account: Account, case_id: int, *rest: Any) -> Any:
        if case_id == numbers[1]:
            raise Busy("稍后再试。")
        return submit(site, account, case_id, *rest)

    monkeypatch.setattr(proposals, "submit", busy_at_the_second)
    assert post(browser, "/desk/batches/decide", case=ticks(numbers), **DECLINE).status_code == 503
    db.session.rollback()  # what the desk wrote since is not in the look that was begun before
    assert states() == [RowState.DONE, RowState.WAITING, RowState.WAITING]
    monkeypatch.undo()
    db.session.rollback()
    assert post(browser, "/desk/batches/decide", case=ticks(numbers), **DECLINE).status_code == 303
    db.session.rollback()
    assert states() == [RowState.DONE] * 3


def test_everything_typed_comes_back_with_what_is_wrong(browser: FlaskClient, numbers: list[int]) -> None:
    wrong = DECLINE | {"facts": "太短", "claim-0": ""}
    for act in ("check", "decide"):
        answer = post(browser, f"/desk/batches/{act}", case=ticks(numbers), **wrong)
        assert answer.status_code == 422
        assert "太短" in answer.text
        assert DECLINE["ground_explanation"] in answer.text
        assert answer.text.count('name="case"') == 3
    back = post(browser, "/desk/batches/edit", case=ticks(numbers[:2]), **DECLINE)
    assert DECLINE["facts"] in back.text
    assert re.search(r'value="declined"\s+checked', back.text)
    assert post(browser, "/desk/batches/decide", case=[], **DECLINE).status_code == 422
    assert post(browser, "/desk/batches/decide", case=["x", "9-9", "-1", "1-1-1", "\0"], **DECLINE).status_code == 422


def test_what_every_decision_on_many_must_say_is_marked_and_the_rest_is_not(
    browser: FlaskClient, numbers: list[int]
) -> None:
    html = post(browser, "/desk/batches/choose", case=ticks(numbers)).text
    marked = re.findall(r"<(?:legend|label)[^>]*>([^<]*)（必填）</", html)
    assert marked == ["决定", "所有主张都答复为", "依据", "条款", "为什么适用", "事实", "不采取措施的理由"]
    assert html.count("这里没有逐项的答复可以代替，要写明。") == 2
    missing = post(
        browser, "/desk/batches/check", case=ticks(numbers), **(DECLINE | {"ground_explanation": "", "facts": ""})
    )
    assert missing.status_code == 422
    assert "为什么适用：还没有填写。请写" in missing.text
    assert "事实：还没有填写。请写" in missing.text


def test_all_that_is_missing_is_named_at_once_in_the_order_of_the_page(
    browser: FlaskClient, numbers: list[int]
) -> None:
    empty = post(browser, "/desk/batches/check", case=ticks(numbers), **{"claim-0-reasons": ""})
    summary = empty.text.split('class="error-summary"', 1)[1].split("</ul>", 1)[0]
    named = re.findall(r'<a href="#[^"]+">([^：<]+)：', summary)
    assert named == ["决定", "所有主张都答复为", "依据", "条款", "为什么适用", "事实"]
    declined = post(browser, "/desk/batches/check", case=ticks(numbers), **DECLINE | {"refusal": "", "facts": ""})
    summary = declined.text.split('class="error-summary"', 1)[1].split("</ul>", 1)[0]
    assert re.findall(r'<a href="#([^"]+)">', summary) == ["facts", "refusal"]


def test_what_only_one_outcome_needs_is_asked_for_with_it(browser: FlaskClient, numbers: list[int]) -> None:
    html = post(browser, "/desk/batches/choose", case=ticks(numbers)).text
    asked = re.findall(r'<div class="only (only-\w+)">\s*<div class="field">\s*<label for="(\w+)"', html)
    assert asked == [("only-labelled", "label"), ("only-labelled", "words"), ("only-declined", "refusal")]


def test_a_refusal_says_in_which_field_to_write(
    browser: FlaskClient, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        similar, "precedents", lambda _: [Precedent(n, Outcome.WITHHELD, 1, False, True) for n in range(3)]
    )
    shown = post(browser, "/desk/batches/check", case=ticks(numbers[:1]), **DECLINE).text
    assert "<strong>不会处理：</strong>内部理由：" in shown
    assert 'data-label="不会处理"' not in shown


def test_many_cases_are_handed_over_at_once(browser: FlaskClient, numbers: list[int], site: Site) -> None:
    lin = make_member("lin@example.org", name="林")
    editor = make_member("editors@example.org", name="编辑")
    assert f"交给了{lin.name}：3件" in post(browser, "/desk/batches/hand-over", case=ticks(numbers), to=lin.id).text
    db.session.rollback()
    assert {db.session.get_one(Case, number).assignee_id for number in numbers} == {lin.id}
    refused = post(browser, "/desk/batches/hand-over", case=ticks(numbers), to=editor.id).text
    assert refused.count("利害关系") == 3


@pytest.mark.parametrize("to", ["", "0", "99999", "x"])
def test_handing_over_to_nobody_asks_to_whom_and_keeps_the_cases(
    browser: FlaskClient, mei: Account, numbers: list[int], to: str
) -> None:
    asked = post(browser, "/desk/batches/hand-over", case=ticks(numbers[:2]), to=to)
    assert asked.status_code == 422
    assert "请选择一位同事" in asked.text
    assert re.findall(r'name="case" value="(\d+-1)"', asked.text) == ticks(numbers[:2])
    assert f'<option value="{mei.id}">' in asked.text
    db.session.rollback()
    assert {db.session.get_one(Case, number).assignee_id for number in numbers} == {None}
    assert post(browser, "/desk/batches/hand-over", to=mei.id).location == "/desk/"


def states() -> list[RowState]:
    return list(db.session.scalars(select(BatchRow.state).order_by(BatchRow.id)))


def pages() -> list[tuple[object, ...]]:
    db.session.rollback()
    rows = db.session.execute(select(Page.path, Page.status, Page.etag, Page.body).order_by(Page.path))
    return [tuple(row) for row in rows if row.path != "/.well-known/security.txt"]


def test_unticking_every_case_is_said_and_the_list_stays(browser: FlaskClient, numbers: list[int]) -> None:
    form = post(browser, "/desk/batches/choose", case=ticks(numbers))
    listed = re.findall(r'name="listed"\s+value="([^"]+)"', form.text)
    assert sorted(listed) == ticks(numbers)
    empty = post(browser, "/desk/batches/check", listed=listed, **DECLINE)
    assert (empty.status_code, "请至少选择一个案件" in empty.text) == (422, True)
    assert DECLINE["facts"] in empty.text
    boxes = re.findall(r'<input type="checkbox"\s+id="c-\d+"\s+name="case"\s+value="([^"]+)"(\s+checked)?', empty.text)
    assert sorted(boxes) == [(tick, "") for tick in ticks(numbers)]
    some = post(browser, "/desk/batches/check", listed=listed, case=ticks(numbers[:1]), **DECLINE | {"facts": ""})
    assert some.status_code == 422
    assert [
        value for value, is_on in re.findall(r'name="case"\s+value="([^"]+)"(\s+checked)?', some.text) if is_on
    ] == ticks(numbers[:1])
    nothing = post(browser, "/desk/batches/decide", listed=listed, **DECLINE)
    assert (nothing.status_code, "请选择1至50个案件" in nothing.text) == (422, True)
