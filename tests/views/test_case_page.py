"""The page of a case as a moderator works on it: claims, difference, precedents, drafts, opinions, masked passages, four texts."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import decide, publish
from tests.staff import BODY, DECISION, PASSAGE, make_case, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.claims import Answer
from tracker.domain.decisions import Outcome
from tracker.domain.opinions import View
from tracker.domain.roles import Role
from tracker.models import (
    Account,
    AuditEntry,
    Case,
    CaseDraft,
    Claim,
    Decision,
    Exposure,
    Item,
    Mail,
    Message,
    Opinion,
    Page,
)
from tracker.render.site import Site
from tracker.services import indexing

KEY = "a-key-of-an-act-of-this-test"
PHONE, ABUSE = "13812345678", "你们这些傻逼"
WITHOUT_CLAIM = {name: value for name, value in DECISION.items() if not name.startswith("claim")}


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member()


@pytest.fixture
def browser(app: Flask, mei: Account) -> FlaskClient:
    return signed_in(app, mei)


@pytest.fixture
def lin(app: Flask) -> FlaskClient:
    return signed_in(app, make_member("lin@example.org", name="林"))


@pytest.fixture
def case(site: Site) -> Case:
    return make_case(site, clock.now())


def post(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = token_of(browser.get("/account/").text)
    answer = browser.post(path, data={"csrf_token": token, "key": KEY} | fields)
    db.session.rollback()
    return answer


def page(browser: FlaskClient, case: Case) -> str:
    db.session.rollback()
    return browser.get(f"/desk/cases/{case.id}").text


def part(html: str, name: str) -> str:
    """Return the section of a page with this heading, without tags."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    assert found, name
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


# the claim sheet


def test_a_claim_without_an_answer_is_named_beside_its_field(site: Site, browser: FlaskClient, case: Case) -> None:
    make_notice(site, case.article, clock.now(), "bob@example.com", notifier_name="鲍勃")
    answer = post(browser, f"/desk/cases/{case.id}/decide", version=2, **WITHOUT_CLAIM, **{"claim-1": "founded"})
    assert answer.status_code == 422
    assert 'href="#claim-2"' in answer.text
    assert "第2项主张还没有答复" in answer.text
    assert 'id="claim-2"' in answer.text
    assert re.search(r'name="claim-1"\s+value="founded" checked', answer.text)
    assert DECISION["facts"] in answer.text
    done = post(
        browser,
        f"/desk/cases/{case.id}/decide",
        version=2,
        **WITHOUT_CLAIM,
        **{"claim-1": "founded", "claim-2": "unfounded"},
    )
    assert done.status_code == 303
    assert db.session.scalars(select(Claim.answer).order_by(Claim.id)).all() == [Answer.FOUNDED, Answer.UNFOUNDED]


def test_the_statement_is_written_from_the_answers_and_can_be_changed(browser: FlaskClient, case: Case) -> None:
    number = case.id
    sent = WITHOUT_CLAIM | {
        "facts": "",
        "ground_explanation": "",
        "claim-1": "founded",
        "claim-1-reasons": "通话记录里没有这回事。",
    }
    seen = post(browser, f"/desk/cases/{number}/preview", version=1, **sent)
    assert seen.status_code == 200
    written = f"关于文中“{PASSAGE}”：通话记录里没有这回事。"
    assert written in seen.text
    carried = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', seen.text))
    assert carried["facts"] == written
    assert (carried["claim-1"], carried["claim-1-reasons"]) == ("founded", "通话记录里没有这回事。")
    back = browser.post(f"/desk/cases/{number}/edit", data=carried).text
    assert written in back
    changed = carried | {"outcome": "declined", "claim-1": "unfounded", "claim-1-reasons": "通话记录证明确有其事。"}
    again = browser.post(f"/desk/cases/{number}/preview", data=changed).text
    assert "所提的主张不成立，因此不采取措施" in again  # what only followed follows anew
    own = browser.post(
        f"/desk/cases/{number}/preview", data=changed | {"facts": "自己写的事实，有二十个字以上，所以不会被换掉。"}
    ).text
    assert "自己写的事实，有二十个字以上，所以不会被换掉。" in own
    assert "通话记录证明确有其事。</dd>" not in own
    assert browser.post(f"/desk/cases/{number}/decide", data=carried).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Decision.facts)).one() == written


def test_the_statement_is_written_from_answers_without_reasons_too(browser: FlaskClient, case: Case) -> None:
    sent = WITHOUT_CLAIM | {"facts": "", "ground_explanation": "", "claim-1": "founded", "claim-1-reasons": ""}
    seen = post(browser, f"/desk/cases/{case.id}/preview", version=1, **sent)
    assert seen.status_code == 200
    assert f"本站对照通知审查了文中“{PASSAGE}”，所提的主张成立。" in seen.text


def test_nothing_follows_before_an_outcome_is_chosen(browser: FlaskClient, case: Case) -> None:
    sent = WITHOUT_CLAIM | {
        "outcome": "",
        "facts": "",
        "ground_explanation": "",
        "claim-1": "founded",
        "claim-1-reasons": "理由",
    }
    html = post(browser, f"/desk/cases/{case.id}/preview", version=1, **sent).text
    assert "所提的主张" not in html
    assert 'href="#outcome"' in html


def test_claims_are_split_worded_and_merged_on_the_page(browser: FlaskClient, case: Case) -> None:
    path, item = f"/desk/cases/{case.id}", case.items[0].id
    split = post(browser, f"{path}/claims", version=1, item=item, text="还有第二件事。", passage="结尾一段", ground="")
    assert split.status_code == 303
    assert (
        post(browser, f"{path}/claims", version=1, item=item, text="还有第二件事。").status_code == 303
    )  # the same form again
    html = page(browser, case)
    assert "还有第二件事。" in part(html, "sheet")
    assert html.count('class="sheet-claim"') == 2
    bad = post(browser, f"{path}/claims", version=2, item=item, text="", key="another-key-of-this-test")
    assert (bad.status_code, 'aria-invalid="true"' in bad.text) == (422, True)
    merged = post(browser, f"{path}/merge-claims", version=2, claim=2, into=1, key="third-key-of-this-test")
    assert merged.status_code == 303
    assert page(browser, case).count('class="sheet-claim"') == 1
    assert "拆出第2项主张。" in part(page(browser, case), "thread")


def test_a_case_answered_by_keys_alone_needs_no_field_twice(browser: FlaskClient, case: Case) -> None:
    html = page(browser, case)
    assert re.search(r'id="deciding-form".*name="claim-1".*name="outcome".*name="rationale".*预览后果', html, re.DOTALL)
    assert html.index('<button type="submit" form="deciding-form" hidden>') < html.index('name="reveal"')


# then and now


def change(site: Site, case: Case, now: datetime) -> None:
    publish(site, case.article.slug, now, BODY.replace("催收人员", "有人"))


def test_what_changed_is_shown_only_when_it_did(site: Site, browser: FlaskClient, case: Case) -> None:
    assert "<ins>" not in page(browser, case)
    assert "已经改正，答复并结束" not in page(browser, case)
    change(site, case, clock.now() + timedelta(days=1))
    html = page(browser, case)
    assert re.search(r"<del><span[^>]*>【删去】</span>催收人员</del>", html)
    assert re.search(r"<ins><span[^>]*>【加上】</span>有人</ins>", html)
    assert re.search(r"有争议的原文已于\d{4}年\d+月\d+日改动", html)


def test_what_is_already_remedied_is_answered_and_closed_in_one_confirmed_step(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    number = case.id
    make_notice(site, case.article, clock.now(), "bob@example.com")
    change(site, case, clock.now() + timedelta(days=1))
    found = re.search(r'<form class="remedied".*?</form>', page(browser, case), re.DOTALL)
    assert found
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))
    seen = browser.post(f"/desk/cases/{number}/preview", data=fields)
    assert "您所指的内容已经改正，所以没有再采取措施" in seen.text
    carried = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', seen.text))
    assert browser.post(f"/desk/cases/{number}/decide", data=carried).status_code == 303
    db.session.rollback()
    decision = db.session.scalars(select(Decision)).one()
    assert (decision.outcome, decision.refusal, decision.is_manifest) == (Outcome.DECLINED, "already_remedied", False)
    assert set(db.session.scalars(select(Claim.answer))) == {Answer.REMEDIED}
    told = db.session.scalars(select(Mail).where(Mail.cause.like("decision:%"))).all()
    assert {mail.recipient for mail in told} == {"anna@example.com", "bob@example.com"}
    assert all("已经改正" in mail.text and "改动" in mail.text for mail in told)


def test_a_passage_that_somebody_still_complains_of_is_not_remedied(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    make_notice(site, case.article, clock.now(), "bob@example.com", passage="结尾一段")
    change(site, case, clock.now())
    assert 'class="remedied"' not in page(browser, case)


def test_what_quotes_several_passages_is_remedied_when_none_stands_any_more(site: Site, browser: FlaskClient) -> None:
    now = clock.now()
    case = make_case(site, now, passage=f"{PASSAGE}\n\n结尾一段")
    change(site, case, now + timedelta(days=1))
    html = page(browser, case)
    assert 'class="remedied"' not in html
    assert "现在的文章里还有这段。" in html
    assert re.search(r'<textarea[^>]*name="passages"[^>]*>\s*结尾一段</textarea>', html)  # what is left to act on
    publish(site, case.article.slug, now + timedelta(days=2), BODY.replace("催收", "有").replace("结尾", "末尾"))
    html = page(browser, case)
    assert 'class="remedied"' in html
    assert "现在的文章里已没有这段。" in html
    assert re.search(r"有争议的原文已于\d{4}年\d+月\d+日改动", html)


# what was before


def test_similar_cases_stand_before_the_decision_with_their_numbers(
    site: Site, browser: FlaskClient, mei: Account
) -> None:
    now = clock.now()
    cases = [make_case(site, now, f"pian-{n}", email=f"n{n}@example.com") for n in range(4)]
    for each in cases[:3]:
        decide(site, each, Outcome.DECLINED, now, mei)
    html = page(browser, cases[3])
    assert "3件不采取措施" in part(html, "precedents")
    assert "通常不采取措施" in part(html, "precedents")
    path = f"/desk/cases/{cases[3].id}/decide"
    refused = post(browser, path, version=1, **DECISION | {"rationale": ""})
    assert (refused.status_code, 'href="#rationale"' in refused.text) == (422, True)
    assert post(browser, path, version=1, **DECISION | {"rationale": "这次的材料里有法院的判决。"}).status_code == 303


def test_history_names_nobody_and_counts_everything(site: Site, browser: FlaskClient, mei: Account) -> None:
    now = clock.now()
    first = make_case(site, now)
    decide(site, first, Outcome.WITHHELD, now, mei)
    other = make_case(site, now, "er", body="另一篇的正文。")
    before = part(page(browser, other), "before")
    assert "a***@example.com" in before
    assert "依法停止展示 1" in before
    assert f"#{first.id}" in before
    assert "anna@example.com" not in before
    assert "e***@example.org" in before


@pytest.mark.parametrize(
    ("claimed", "said"), [("2024-05-01", "比作品晚"), ("2030-01-01", "比作品早"), ("2026-11-02", "在同一天"), ("", "")]
)
def test_the_claimed_date_of_a_work_stands_beside_ours(
    site: Site, browser: FlaskClient, claimed: str, said: str
) -> None:
    case = make_case(
        site, clock.now(), category=CategoryName.COPYRIGHT, work_title="《一篇》", work_published_on=claimed
    )
    html = page(browser, case)
    assert said in html
    assert ("通知人说作品首次发表于" in html) is bool(claimed)


# drafts


def test_what_is_typed_is_kept_and_comes_back(browser: FlaskClient, case: Case) -> None:
    path = f"/desk/cases/{case.id}"
    kept = post(
        browser,
        f"{path}/draft",
        draft="decide",
        version=1,
        facts="写了一半",
        outcome="declined",
        **{"claim-1": "partly", "claim-1-reasons": "一半"},
    )
    assert (kept.status_code, bool(re.fullmatch(r"\d\d:\d\d", kept.text))) == (200, True)
    assert post(browser, f"{path}/save-draft", draft="note", text="备注写了一半").status_code == 303
    html = page(browser, case)
    assert "写了一半</textarea>" in html
    assert re.search(r'value="declined"\s+checked', html)
    assert re.search(r'name="claim-1" value="partly" checked', html)
    assert "备注写了一半" in html
    assert re.search(r"<details class=\"shield\" open>\s*<summary[^>]*>内部备注 （有草稿）", html)
    assert post(browser, f"{path}/note", draft="note", text="备注写完了").status_code == 303
    assert [draft.form for draft in db.session.scalars(select(CaseDraft))] == ["decide"]


def test_the_next_moderator_sees_whose_draft_there_is_and_takes_it_over(
    browser: FlaskClient, lin: FlaskClient, case: Case, mei: Account
) -> None:
    post(browser, f"/desk/cases/{case.id}/draft", draft="decide", facts="梅写了一半")
    html = page(lin, case)
    assert re.search(r"梅的草稿（作出决定），\d{4}年", html)
    assert "梅写了一半</textarea>" not in html
    assert post(lin, f"/desk/cases/{case.id}/take-draft", account=mei.id, draft="decide").status_code == 303
    assert "梅写了一半</textarea>" in page(lin, case)
    assert post(lin, f"/desk/cases/{case.id}/take-draft", account=mei.id, draft="note").status_code == 404


def test_a_draft_for_a_form_that_is_gone_is_shown_until_it_is_dropped(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(browser, f"/desk/cases/{case.id}/draft", draft="decide", facts="梅写了一半的事实")
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    html = page(browser, case)
    assert "您写过、没有发出的内容（作出决定）" in html
    assert "梅写了一半的事实" in html
    post(browser, f"/desk/cases/{case.id}/drop-draft", draft="decide")
    assert "梅写了一半的事实" not in page(browser, case)


def test_saving_a_draft_never_fails_for_a_version_or_a_lease(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    assert post(browser, f"/desk/cases/{case.id}/draft", draft="decide", version=1, facts="晚了一步").status_code == 200
    for wrong in (
        {"draft": "", "text": "x"},
        {"draft": "../x", "text": "x"},
        {"draft": "note", "text": "字" * 100_001},
    ):
        assert post(browser, f"/desk/cases/{case.id}/draft", **wrong).status_code in {400, 404}
    assert post(browser, "/desk/cases/999/draft", draft="note", text="x").status_code == 404


# second opinions and letters


def test_a_colleague_answers_on_the_case(browser: FlaskClient, lin: FlaskClient, case: Case) -> None:
    path = f"/desk/cases/{case.id}"
    html = page(browser, case)
    assert re.search(r'<option value="\d+">林</option>', html)
    of = re.search(r'<option value="(\d+)">林</option>', html)
    assert of
    assert post(browser, f"{path}/ask-opinion", colleague=of[1], question="算不算有依据？").status_code == 303
    assert 'name="view"' not in page(browser, case)
    assert 'name="view"' in page(lin, case)
    assert post(browser, f"{path}/opinions/1", view="yes").status_code == 403
    for view in ("", "perhaps"):  # as the Enter key sends it from the line for a remark
        unsaid = post(lin, f"{path}/opinions/1", view=view, remark="有判决书。")
        assert (unsaid.status_code, 'value="有判决书。"' in unsaid.text) == (422, True)
    assert post(lin, f"{path}/opinions/1", view="yes", remark="有判决书。").status_code == 303
    said = part(page(browser, case), "opinions")
    assert "有判决书。" in said
    assert post(lin, f"{path}/opinions/1", view="no").status_code == 409


def test_a_colleague_answers_from_the_mail_without_signing_in(
    app: Flask, site: Site, browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    path, client = f"/desk/cases/{case.id}", app.test_client()
    post(browser, f"{path}/ask-opinion", colleague=2, question="算不算有依据？")
    opinion = db.session.scalars(select(Opinion)).one()
    link = f"/opinions/{opinion.id}?code={site.keys.secret('opinion', str(opinion.id), opinion.key_epoch)}"
    shown = client.get(link)
    assert (shown.status_code, "算不算有依据？" in shown.text) == (200, True)
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Robots-Tag"] == "noindex"
    assert "anna@example.com" not in shown.text
    client.head(link)
    db.session.rollback()
    assert opinion.view is None  # opening a link answers nothing
    assert 'type="submit" name="view"' not in re.sub(
        r"\s+", " ", shown.text
    )  # the Enter key would press the first of them
    assert client.post(link, data={"view": "perhaps"}).status_code == 422
    assert "有判决书。" in client.post(link, data={"remark": "有判决书。"}).text
    assert client.post(link, data={"view": "unsure", "remark": "字" * 1001}).status_code == 422
    assert client.post(link, data={"view": "unsure", "remark": "要看判决书。"}).status_code == 303
    assert client.post(link, data={"view": "yes"}).status_code == 409
    assert "您已经回答：拿不准" in client.get(link).text
    db.session.rollback()
    assert (opinion.view, opinion.remark) == (View.UNSURE, "要看判决书。")
    for wrong in (f"/opinions/{opinion.id}", f"/opinions/{opinion.id}?code=x", "/opinions/999?code=x"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, data={"view": "yes"}).status_code == 404


def test_a_letter_reaches_its_side_and_the_thread(app: Flask, browser: FlaskClient, case: Case) -> None:
    path, item = f"/desk/cases/{case.id}", case.items[0]
    assert post(browser, f"{path}/letter", item=item.id, text="请看附上的说明。").status_code == 303
    assert (
        post(browser, f"{path}/letter", item=0, text="给发布者的话。", key="another-key-of-this-test").status_code
        == 303
    )
    assert post(browser, f"{path}/letter", item=item.id, text="", key="third-key-of-this-test").status_code == 422
    thread = part(page(browser, case), "thread")
    assert "请看附上的说明。" in thread
    assert "给发布者的话。" in thread
    assert db.session.scalars(select(Message.notice_id).order_by(Message.id)).all() == [item.notice_id, None]


# what hurts


@pytest.fixture
def hurting(site: Site) -> Case:
    return make_case(
        site,
        clock.now(),
        explanation=f"{ABUSE}，打电话{PHONE}找我，快点删掉这一段，谢谢。",
        postal_address=f"某街1号，{PHONE}转",
    )


def test_abuse_and_numbers_are_masked_until_asked_for(browser: FlaskClient, hurting: Case) -> None:
    html = page(browser, hurting)
    assert PHONE not in html
    assert "傻逼" not in html
    assert "138 0000 0000" not in html  # the telephone of the notice
    key = re.search(r'name="reveal" value="(n\d+-word-2)"', html)
    assert key
    shown = post(browser, f"/desk/cases/{hurting.id}/uncover", reveal=key[1], draft="decide", facts="写了一半")
    assert shown.location == f"/desk/cases/{hurting.id}#{key[1]}"
    html = page(browser, hurting)
    assert f"{ABUSE}，打电话{PHONE}找我" in html
    assert html.count(PHONE) == 1  # that passage, and no other
    assert "写了一半</textarea>" in html  # what was typed beside it is not lost
    assert db.session.scalars(select(Exposure.number)).one() == 1


def test_what_was_uncovered_is_counted_and_nothing_else_is_kept(
    app: Flask, browser: FlaskClient, hurting: Case
) -> None:
    entries = len(db.session.scalars(select(AuditEntry)).all())
    for key in ("n1-word-2", "n1-passage", "../../x", "x" * 100, ""):
        assert post(browser, "/desk/uncover", reveal=key, next="/desk/cases/1").status_code == 303
    assert db.session.scalars(select(Exposure.number)).one() == 5
    assert len(db.session.scalars(select(AuditEntry)).all()) == entries
    assert "傻逼" not in page(signed_in(app, make_member("lin@example.org")), hurting)
    assert post(browser, "/desk/uncover", reveal="n1", next="https://evil.example/").location == "/desk/#n1"
    assert browser.post("/desk/uncover", data={"reveal": "n1"}).status_code == 403


def test_notes_messages_and_mails_are_masked_too(browser: FlaskClient, case: Case) -> None:
    post(browser, f"/desk/cases/{case.id}/note", text=f"对方电话{PHONE}，{ABUSE}")
    post(
        browser,
        f"/desk/cases/{case.id}/letter",
        item=case.items[0].id,
        text=f"您写的{PHONE}打不通",
        key="another-key-of-this-test",
    )
    html = page(browser, case)
    assert PHONE not in html
    assert "傻逼" not in html
    assert {"m1", "m2"} <= set(re.findall(r'name="reveal" value="([^"]+)"', html))
    assert any(key.startswith("mail-") for key in re.findall(r'name="reveal" value="([^"]+)"', html))


def test_a_preview_masks_what_its_mails_say_and_keeps_what_was_typed(browser: FlaskClient, hurting: Case) -> None:
    typed = DECISION | {"version": "1", "facts": f"通知人称{ABUSE}，经核对通话记录，没有这样的情形。"}
    html = post(browser, f"/desk/cases/{hurting.id}/preview", **typed).text
    mails = html.split("mail-preview", 1)[1]
    assert "傻逼" not in mails.split("<form", 1)[0]
    key = re.search(
        rf'form="deciding-form"\s+formaction="/desk/cases/{hurting.id}/uncover"[^>]+value="(after-[^"]+)"', mails
    )
    assert key
    form = html.split('id="deciding-form"', 1)[1].split("</form>", 1)[0]
    sent = {
        name: unescape(text) for name, text in re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form)
    }
    uncovered = post(browser, f"/desk/cases/{hurting.id}/uncover", **sent | {"reveal": key[1]})
    assert uncovered.location == f"/desk/cases/{hurting.id}#{key[1]}"
    assert f"{ABUSE}，经核对通话记录" in page(browser, hurting)  # in the field, as it was typed
    again = post(browser, f"/desk/cases/{hurting.id}/preview", **typed).text
    assert "傻逼" in again.split("mail-preview", 1)[1].split("<form", 1)[0]


def test_on_a_decided_case_a_passage_is_uncovered_too(browser: FlaskClient, hurting: Case) -> None:
    post(browser, f"/desk/cases/{hurting.id}/decide", version=1, **DECISION)
    html = page(browser, hurting)
    form = re.search(r'<form id="deciding-form".*?</form>|<form\s+class="deciding".*?</form>', html, re.DOTALL)
    assert form
    sent = dict(re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form[0]))
    assert post(browser, f"/desk/cases/{hurting.id}/uncover", **sent | {"reveal": "n1-word-2"}).status_code == 303
    assert f"{ABUSE}，打电话{PHONE}找我" in page(browser, hurting)


def test_before_an_outcome_is_chosen_nothing_is_asked_that_follows_from_it(browser: FlaskClient, case: Case) -> None:
    refused = post(browser, f"/desk/cases/{case.id}/preview", version="1")
    assert refused.status_code == 422
    asked = set(re.findall(r'href="#([a-z_]+)"', refused.text))
    assert {"outcome", "ground_type", "ground_ref"} <= asked
    assert asked.isdisjoint({"refusal", "facts", "ground_explanation"})


def test_the_after_view_can_be_read_and_leads_nowhere(browser: FlaskClient, case: Case) -> None:
    html = post(browser, f"/desk/cases/{case.id}/preview", **DECISION | {"version": "1"}).text
    readers = html.split('<div class="prose">', 1)[1].split('<section class="preview">', 1)[0]
    assert " inert" not in html
    assert "依法停止展示" in readers
    assert "href" not in readers


def test_after_many_a_quiet_word_and_for_an_auditor_too(
    app: Flask, site: Site, browser: FlaskClient, mei: Account, hurting: Case
) -> None:
    with transaction():
        db.session.add(
            Exposure(account_id=mei.id, day=site.local(clock.now()).date(), number=site.config.exposure_limit - 1)
        )
    assert "可以换一会儿" not in page(browser, hurting)
    post(browser, "/desk/uncover", reveal="n1-word-2")
    assert f"您今天看过{site.config.exposure_limit}处遮盖的内容" in page(browser, hurting)
    auditor = signed_in(app, make_member("audit@example.org", Role.AUDITOR))
    assert post(auditor, "/desk/uncover", reveal="n1-word-2", next=f"/desk/cases/{hurting.id}").status_code == 303
    assert "傻逼" in page(auditor, hurting)


# four texts

CANARIES = {
    "rationale": "金丝雀内部甲",
    "to_notifier": "金丝雀通知人乙",
    "to_publisher": "金丝雀发布者丙",
    "public": "金丝雀公众丁",
}


def test_each_text_is_found_where_it_belongs_and_nowhere_else(
    app: Flask, site: Site, browser: FlaskClient, case: Case
) -> None:
    texts = {name: f"{word}，{'这里是正文，' * 5}" for name, word in CANARIES.items()}
    number, slug, notice = case.id, case.article.slug, case.items[0].notice
    facts = "金丝雀事实戊：经核对通话记录，没有文章所说的情形。"
    seen = post(browser, f"/desk/cases/{number}/preview", version=1, **DECISION | texts | {"facts": facts})
    assert seen.status_code == 200
    assert (
        post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION | texts | {"facts": facts}).status_code
        == 303
    )
    client = app.test_client()
    mails = {
        (mail.recipient, mail.name): mail.subject + mail.text + mail.html
        for mail in db.session.scalars(select(Mail).where(Mail.cause.like("decision:%")))
    }
    forwarded = mails.pop(("editors@example.org", "forwarded"))  # the notice, and no word of ours about it
    assert notice.answers["inaccurate_parts"] in forwarded
    assert "金丝雀" not in forwarded
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    receipt = client.post(f"/receipts/{notice.reference}", data={"code": code}).text
    own = client.post(
        f"/publisher/{number}", data={"code": site.keys.secret("publisher", str(number), site.keys.epoch)}
    ).text
    surfaces = {
        "to_notifier": [mails.pop(("anna@example.com", "decision")), receipt],
        "to_publisher": [mails.pop(("editors@example.org", "statement")), own],
        "public": [client.get(f"/articles/{slug}").text],
        "rationale": [page(browser, case)],
    }
    assert not mails
    for owner, pages in surfaces.items():
        for text in pages:
            assert CANARIES[owner] in text, owner
            if owner != "rationale":  # on the desk all four can be read
                assert [word for name, word in CANARIES.items() if name != owner and word in text] == [], owner
                assert "金丝雀事实戊" not in text, owner
    everywhere = "".join(row.body.decode() for row in db.session.scalars(select(Page)))
    assert CANARIES["public"] in everywhere
    everywhere += "".join(m.subject + m.text + m.html for m in db.session.scalars(select(Mail)))
    everywhere += "".join(str(e.facts) for e in db.session.scalars(select(AuditEntry)))
    everywhere += str(db.session.scalars(select(Decision.statement)).one())
    assert CANARIES["rationale"] not in everywhere


def test_without_texts_of_their_own_both_sides_read_facts_and_reasons(browser: FlaskClient, case: Case) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", version=1, **DECISION | {"rationale": ""})
    decision = db.session.scalars(select(Decision)).one()
    assert decision.to_notifier == decision.to_publisher == f"{DECISION['facts']}\n\n{DECISION['ground_explanation']}"
    sent = {mail.name: mail.text for mail in db.session.scalars(select(Mail).where(Mail.cause.like("decision:%")))}
    assert set(sent) == {"decision", "statement", "forwarded"}
    for name in ("decision", "statement"):
        assert "认定的事实" in sent[name]
        assert DECISION["facts"] in sent[name]
        assert DECISION["ground_explanation"] in sent[name]
    assert DECISION["facts"] not in sent["forwarded"]  # the notice as it came; the reasons are in the mail beside it


def test_bad_input_on_any_of_the_new_acts_is_never_an_error_of_ours(browser: FlaskClient, case: Case) -> None:
    path, item = f"/desk/cases/{case.id}", case.items[0].id
    for value in ("\0", "\u202e" * 30, "x" * 200_000, "9" * 400, "\ufffe\ufffe", "-1", ""):
        for act in (
            "claims",
            "merge-claims",
            "letter",
            "ask-opinion",
            "draft",
            "take-draft",
            "drop-draft",
            "uncover",
            "opinions/1",
        ):
            sent = dict.fromkeys(
                (
                    "item",
                    "claim",
                    "into",
                    "text",
                    "passage",
                    "ground",
                    "colleague",
                    "question",
                    "draft",
                    "account",
                    "reveal",
                    "view",
                    "remark",
                ),
                value,
            )
            assert post(browser, f"{path}/{act}", version=1, **sent).status_code < 500, (act, value[:5])
    assert db.session.get_one(Item, item).state == "open"


def test_the_queue_and_the_search_mask_abuse_too(browser: FlaskClient, site: Site) -> None:
    case = make_case(
        site,
        clock.now(),
        passage="",
        explanation=f"{ABUSE}，打电话{PHONE}找我，快点删掉这一段，谢谢。",
        inaccurate_parts=f"{ABUSE}写的没有一句是真的。",
    )
    with transaction():
        indexing.take()
    for path in ("/desk/", "/desk/search?q=没有一句", f"/desk/cases/{case.id}"):
        html = browser.get(path).text
        assert "傻逼" not in html, path
        assert PHONE not in html, path
        assert '<span class="mask">辱骂、威胁</span>' in html, path


def test_what_came_too_late_to_decide_is_kept_with_its_answers(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    late = DECISION | {
        "claim-1": "partly",
        "claim-1-reasons": "只有一部分有依据，另一部分没有。",
        "rationale": "与林的看法不同。",
    }
    answer = post(browser, f"/desk/cases/{case.id}/decide", version=1, **late)
    assert answer.status_code == 409
    kept = db.session.scalars(select(CaseDraft)).one()
    assert kept.fields["claim-1-reasons"] == late["claim-1-reasons"]
    html = page(browser, case)
    assert "您写过、没有发出的内容（作出决定）" in html
    assert "与林的看法不同。" in html
