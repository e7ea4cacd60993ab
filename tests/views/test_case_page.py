"""The page of a case as a moderator reads it: what changed, what was before, what colleagues think, and letters."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.casework import page, part, post
from tests.factories import decide, publish
from tests.staff import BODY, DECISION, PASSAGE, make_case, make_notice
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.claims import Answer
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Channel
from tracker.domain.opinions import View
from tracker.models import Account, Case, Claim, Decision, Item, Mail, Message, Opinion
from tracker.render.site import Site

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


def test_the_page_leads_to_the_cases_before_and_after(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    decide(site, case, Outcome.DECLINED, clock.now(), mei)
    later = make_notice(site, case.article, clock.now(), "bob@example.com").items[0].case_id
    assert f"后续案件 #{later}" in browser.get(f"/desk/cases/{case.id}").text
    html = browser.get(f"/desk/cases/{later}").text
    assert f"先前的案件 #{case.id}" in html
    assert "来源：收到的通知" in html


def test_urgency_channel_and_erasure_show(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now(), category=CategoryName.MINOR)
    with transaction():
        notice = case.items[0].notice
        notice.channel, notice.erased_at, notice.answers = Channel.PHONE, clock.now(), {}
    html = browser.get(f"/desk/cases/{case.id}").text
    for said in ("紧急", "电话", "个人信息已删除"):
        assert said in html
    assert "紧急" in browser.get("/desk/").text


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


# every act


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
