"""What a decision says: written from the answers on the claim sheet, and in four texts, each for its readers."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.casework import page, part, post
from tests.staff import DECISION, PASSAGE, make_notice
from tracker import clock
from tracker.db import db
from tracker.domain.claims import Answer
from tracker.models import AuditEntry, Case, Claim, Decision, Mail, Page
from tracker.render.site import Site

WITHOUT_CLAIM = {name: value for name, value in DECISION.items() if not name.startswith("claim")}


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
