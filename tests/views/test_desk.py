"""The desk as a moderator meets it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from tests.factories import open_case, publish, stored
from tests.staff import BODY, DECISION, PASSAGE, make_case, make_member, make_notice, post, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain import audit
from tracker.domain.canned import Purpose
from tracker.domain.care import stretches
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.roles import Permission, Role
from tracker.models import Account, Attachment, Case, Clock, Decision, Link, Mail, MailState
from tracker.queries import labels, mail_states, queue, records
from tracker.render.site import Site
from tracker.services import canned, clauses

STAFF = ("/desk", "/account")
XSS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
]  # fmt: skip


def staff_rules(app: Flask) -> Iterator[tuple[Rule, str, Permission | None]]:
    """Return each route of the desk and the account with each method, and who may use it."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(STAFF):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method, app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]


def path_of(rule: Rule, number: int = 1) -> str:
    return re.sub(r"<[^>]+>", str(number), rule.rule.replace("<clause>", "2.10"))


def test_no_form_is_taken_without_its_token_or_from_another_site(app: Flask, site: Site, case: Case) -> None:
    make_member("other@example.org")
    admin = make_member("jia@example.org", Role.ADMIN)
    with transaction():
        canned.put(admin, None, 0, "缺少证明", Purpose.ASK, {"zh-Hans": "请补充。"}, clock.now())
        clauses.put(site, clock.now())
    browser = signed_in(app, admin)
    token = token_of(browser.get("/account/").text)
    fields = {
        **DECISION,
        "version": "1",
        "email": "x@example.org",
        "role": "admin",
        "current": "x",
        "password": "y" * 12,
    }
    before = stored("limit")
    for rule, method, access in staff_rules(app):
        if method == "POST" and access is not None:
            for sent in (fields, fields | {"csrf_token": "forged"}, fields | {"csrf_token": token[::-1]}):
                answer = browser.post(path_of(rule), data=sent)
                if not rule.rule.endswith("/edit"):
                    assert answer.status_code in {403, 404, 410, 422}, rule  # 404: what is looked up first
            strange = browser.post(
                path_of(rule), data=fields | {"csrf_token": token}, headers={"Origin": "https://evil.example"}
            )
            assert strange.status_code == 403, rule
    assert stored("limit") == before


def test_the_queue_puts_first_what_runs_out_first(site: Site, browser: FlaskClient) -> None:
    now = clock.now()
    for days, slug in ((1, "second"), (3, "first"), (0, "third")):
        open_case(publish(site, slug, now), now - timedelta(days=days))
    html = browser.get("/desk/").text
    order = re.findall(r"关于(\w+)的文章", html)
    assert order == ["first", "second", "third"]
    assert "开始审核已超过2天" in html
    assert "开始审核还有23小时" in html


def test_the_queue_is_paged_without_gaps_or_repeats(
    site: Site, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PER_PAGE", 2)
    now = clock.now()
    article = publish(site, "one", now)
    for category in list(CategoryName)[:6]:  # all due at the same instant
        open_case(article, now, category)
    open_case(publish(site, "two", now), now)
    assert follow_pages(browser, "/desk/") == [1, 2, 3, 4, 5, 6, 7]
    with transaction():
        for number in (3, 5, 6):
            db.session.get_one(Case, number).is_urgent = True
    assert follow_pages(browser, "/desk/") == [3, 5, 6, 1, 2, 4, 7]  # what is urgent comes first, on every page
    with transaction():
        for case in db.session.scalars(select(Case)):
            case.state, case.outcome = State.DECIDED, Outcome.DECLINED
            case.decided_at = now + timedelta(minutes=case.id % 2)
    assert follow_pages(browser, "/desk/cases?state=decided") == [7, 5, 3, 1, 6, 4, 2]
    with transaction():
        for case in db.session.scalars(select(Case)):
            case.closed_at, case.state = now, State.CLOSED
    assert follow_pages(browser, "/desk/cases?state=closed") == [7, 6, 5, 4, 3, 2, 1]
    for senseless in (
        "x",
        "20269999T000000000000-1",
        "20260101T000000000000-99999999999",
        "\0",
        "9" * 500,
        "1.1.1",
        f"{-(10**18)}.{10**17}.{2**33}",
    ):
        assert browser.get("/desk/", query_string={"after": senseless}).status_code == 200


def follow_pages(browser: FlaskClient, path: str) -> list[int]:
    numbers: list[int] = []
    while path:
        html = browser.get(path).text
        numbers += map(int, re.findall(r'class="queue-title"\s+href="/desk/cases/(\d+)"', html))
        found = re.search(r'rel="next"\s+href="([^"]+)"', html)
        path = found[1].replace("&amp;", "&") if found else ""
    return numbers


def test_the_queue_is_narrowed_by_category_state_and_assignee(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    other = make_notice(site, case.article, clock.now(), category=CategoryName.OTHER_ILLEGAL).items[0].case_id
    number = case.id
    post(browser, f"/desk/cases/{other}/take-up", version=1)

    def found(query: str) -> list[int]:
        return follow_pages(browser, f"/desk/cases?{query}")

    assert found("category=other_illegal") == [other]
    assert found("state=received") == [number]
    assert found("state=in_review") == [other]
    assert found("mine=1") == [other]
    assert found("state=nonsense&category=nonsense") == [number, other]
    assert browser.get(f"/desk/cases?number={other}").location == f"/desk/cases/{other}"
    assert "这里没有案件" in browser.get("/desk/cases?state=decided").text


def test_the_queue_shows_what_goes_on_after_a_decision(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    other = make_notice(site, case.article, clock.now(), category=CategoryName.OTHER_ILLEGAL).items[0].case_id
    number = case.id
    with transaction():
        case.state, case.decided_at, case.outcome = State.APPEALED, clock.now(), Outcome.DECLINED
    assert follow_pages(browser, "/desk/") == [other]
    assert follow_pages(browser, "/desk/cases?state=appealed") == [number]
    assert follow_pages(browser, "/desk/cases?state=countered") == []
    assert follow_pages(browser, "/desk/cases?state=needs_info") == []
    assert re.search(r"申诉处理中 <b>1</b>", browser.get("/desk/").text)


def test_a_paused_clock_and_one_that_ends_by_itself_do_not_bring_a_case_forward(
    site: Site, browser: FlaskClient
) -> None:
    now = clock.now()
    cases = [
        open_case(publish(site, slug, now), now - timedelta(days=days)) for days, slug in ((2, "late"), (1, "soon"))
    ]
    with transaction():
        for limit in cases[0].clocks:
            limit.paused_at = now
        db.session.add(Clock(case=cases[0], kind=ClockKind.INFO_WAIT, starts_at=now, due_at=now - timedelta(days=9)))
    html = browser.get("/desk/").text
    assert re.findall(r"关于(\w+)的文章", html) == ["soon", "late"]
    assert "通知人补充材料" not in html


def test_the_case_page_shows_the_article_as_it_was_with_the_passage_marked(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    html = browser.get(f"/desk/cases/{case.id}").text
    marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html))
    assert marked == PASSAGE
    assert html.count('id="passage-1"') == 1
    assert 'href="#passage-1"' in html
    assert "文章后来改过" not in html
    publish(site, case.article.slug, clock.now(), BODY.replace("催收人员", "他们"), title="新的标题")
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html)) == PASSAGE
    assert "文章后来改过" in html
    assert "现在的文章里已没有这段" in html
    assert f"关于{case.article.slug}的文章</h2>" in html  # the title of then


def test_a_later_notice_about_a_later_version_shows_both(site: Site, browser: FlaskClient, case: Case) -> None:
    publish(site, case.article.slug, clock.now(), BODY.replace("结尾一段", "改过的结尾"))
    make_notice(site, case.article, clock.now(), "bob@example.com", passage="改过的结尾")
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "结尾一段" in html
    assert "在这个版本里没有找到这段原文" in html
    other = re.search(r"\?revision=(\d+)", html)
    assert other
    html = browser.get(f"/desk/cases/{case.id}?revision={other[1]}").text
    assert 'id="passage-2">改过的结尾</mark>' in html
    assert browser.get(f"/desk/cases/{case.id}?revision={10**40}").status_code == 200


def test_what_strangers_write_is_text(app: Flask, site: Site) -> None:
    evil = " ".join(XSS)
    case = make_case(
        site, clock.now(), notifier_name=evil, explanation=evil * 3, passage=evil, postal_address=evil,
        files=[(evil.replace("/", "_"), b"text")],
    )  # fmt: skip
    browser = signed_in(app, make_member(name=evil))
    assert evil == db.session.scalars(select(Account.name)).one()
    pages = [
        browser.get(path).text
        for path in (f"/desk/cases/{case.id}", "/desk/", "/desk/mail", "/desk/audit", "/account/")
    ]
    pages.append(post(browser, f"/desk/cases/{case.id}/preview", version=1, **DECISION | {"facts": evil * 5}).text)
    for html in pages:
        assert "<script>alert" not in html
        assert not re.search(r"<(img|svg)\b", html)
        assert "onerror=alert(1)>" not in html
        assert "<b>49</b>" not in html
        assert 'href="javascript:' not in html
        scripts = re.findall(r"<script[^>]*>", html)
        assert all('src="/static/' in script for script in scripts)


def test_invisible_characters_are_shown_to_staff(app: Flask, site: Site) -> None:
    case = make_case(site, clock.now(), notifier_name="安\u202e娜", files=[("合同\u202efdp.txt", b"text")])
    html = signed_in(app, make_member(name="梅\u200b")).get(f"/desk/cases/{case.id}").text
    assert "\u202e" not in html
    assert "安⟨U+202E⟩娜" in html
    assert "合同⟨U+202E⟩fdp.txt" in html
    assert "梅⟨U+200B⟩" in html


def test_evidence_is_only_ever_a_download(app: Flask, site: Site, browser: FlaskClient) -> None:
    content = b"<html><script>alert(1)</script>"
    make_case(site, clock.now(), files=[('证据"; filename=evil.html\u202efdp.txt', content)])
    number = db.session.scalars(select(Attachment.id)).one()
    answer = browser.get(f"/desk/attachments/{number}")
    assert answer.data == content
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E8%AF%81" in headers["Content-Disposition"]
    assert "%E2%80%AE" not in headers["Content-Disposition"]
    assert app.test_client().get(f"/desk/attachments/{number}").status_code == 303
    for absent in (number + 1, 0, 10**30):
        assert browser.get(f"/desk/attachments/{absent}").status_code == 404


def test_an_erased_file_is_gone(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now(), files=[("id.txt", b"me", "identity_files")])
    number = db.session.scalars(select(Attachment.id)).one()
    path = f"/desk/cases/{case.id}/identity"
    assert "已核对，删除" in browser.get(f"/desk/cases/{case.id}").text
    assert browser.post(f"{path}/{number}").status_code == 403
    for _ in range(2):
        assert post(browser, f"{path}/{number}").status_code == 303
    answer = browser.get(f"/desk/attachments/{number}")
    assert (answer.status_code, "已按规定删除" in answer.text) == (410, True)
    assert "已核对，删除" not in browser.get(f"/desk/cases/{case.id}").text
    assert post(browser, f"{path}/{number + 1}").status_code == 404


def test_only_proof_of_identity_is_deleted_and_only_from_its_own_case(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now(), files=[("id.txt", b"me", "identity_files"), ("proof.txt", b"text")])
    other = make_case(site, clock.now(), "er")
    kept = {file.name: file.id for file in db.session.scalars(select(Attachment))}
    numbers = kept["proof.txt"], kept["id.txt"]
    assert post(browser, f"/desk/cases/{case.id}/identity/{numbers[0]}").status_code == 404
    assert post(browser, f"/desk/cases/{other.id}/identity/{numbers[1]}").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Attachment, numbers[1]).content == b"me"


def test_a_preview_shows_everything_and_changes_nothing(site: Site, browser: FlaskClient, case: Case) -> None:
    number, slug = case.id, case.article.slug
    token = token_of(browser.get("/account/").text)
    before = stored()
    answer = browser.post(f"/desk/cases/{number}/preview", data={"csrf_token": token, "version": 1, **DECISION})
    assert answer.status_code == 200
    assert stored() == before
    for said in ("HTTP 451", "Cache-Control: no-store", "blocked-by", "这篇文章已依法停止展示", f"/articles/{slug}", "/feed.atom",
                 "/sitemap.xml", "anna@example.com", "editors@example.org", DECISION["facts"], DECISION["ground_ref"]):  # fmt: skip
        assert said in answer.text, said
    ids = re.findall(r'\bid="([^"]*)"', answer.text)
    assert len(ids) == len(set(ids))


def test_the_previewed_mails_are_the_ones_that_go(browser: FlaskClient, case: Case) -> None:
    number = case.id
    before = set(db.session.scalars(select(Mail.id)))
    shown = unescape(post(browser, f"/desk/cases/{number}/preview", version=1, **DECISION).text)
    assert post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION).status_code == 303
    db.session.rollback()
    went = db.session.scalars(select(Mail).where(Mail.id.not_in(before))).all()
    assert sorted(mail.name for mail in went) == ["decision", "forwarded", "statement"]
    assert shown.count('class="mail-body"') == len(went)
    for mail in went:
        assert mail.subject in shown
        lines = [part for line in mail.text.splitlines() for part in _unmasked(line)]
        assert [part for part in lines if part not in shown] == [], mail.name


def _unmasked(line: str) -> list[str]:
    """Return the stretches of a line that the page shows before anybody asks for the rest."""
    return [stretch.text for stretch in stretches(line) if stretch.harm is None]


def test_a_decision_shows_on_the_very_next_request(app: Flask, browser: FlaskClient, case: Case) -> None:
    number, path, reader = case.id, f"/articles/{case.article.slug}", app.test_client()
    before = reader.get(path)
    answer = post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION)
    assert answer.location == f"/desk/cases/{number}?decided=1"
    assert "决定已经生效" in browser.get(answer.location).text
    assert reader.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 451
    html = browser.get(f"/desk/cases/{number}").text
    assert 'name="outcome" value="restored"' in html
    restore = DECISION | {"outcome": "restored"}
    assert post(browser, f"/desk/cases/{number}/decide", version=2, **restore).status_code == 303
    after = reader.get(path)
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert f'action="/desk/cases/{number}/preview"' not in browser.get(f"/desk/cases/{number}").text


def test_every_bad_field_is_named_and_all_text_kept(browser: FlaskClient, case: Case) -> None:
    typed = {"ground_ref": "《", "ground_explanation": "太短", "facts": "写了一半的事实"}
    for act in ("preview", "decide"):
        answer = post(browser, f"/desk/cases/{case.id}/{act}", version=1, **typed)
        assert answer.status_code == 422
        for field in ("outcome", "ground_type", *typed):
            assert f'href="#{field}"' in answer.text
        for text in typed.values():
            assert text in answer.text
    mismatch = post(browser, f"/desk/cases/{case.id}/preview", version=1, **DECISION | {"ground_type": "terms"})
    assert mismatch.status_code == 422
    assert 'href="#ground_type"' in mismatch.text
    assert re.search(r'value="terms"\s+checked', mismatch.text)


def test_bad_input_is_never_an_error_of_ours(browser: FlaskClient, case: Case) -> None:
    number, token = case.id, token_of(browser.get("/account/").text)
    for field in DECISION:
        for value in ("\0", "\u202e" * 30, "x" * 1_000_000, "9" * 400, "\ufffe\ufffe", ""):
            sent = {"csrf_token": token, "version": 1} | DECISION | {field: value}
            answer = browser.post(f"/desk/cases/{number}/preview", data=sent)
            assert answer.status_code in {200, 422}


def test_a_senseless_version_is_a_stale_one(browser: FlaskClient, case: Case) -> None:
    number = case.id
    for version in ("", "x", "-1", "0", "2", "9" * 40, "1.0", "１", "\0"):
        assert post(browser, f"/desk/cases/{number}/decide", **DECISION, version=version).status_code == 409, version
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0


def test_a_stale_form_is_given_back_against_the_newest_version(site: Site, browser: FlaskClient, case: Case) -> None:
    number = case.id
    make_notice(site, case.article, clock.now(), "bob@example.com", notifier_name="鲍勃")
    for act in ("preview", "decide"):
        answer = post(browser, f"/desk/cases/{number}/{act}", version=1, **DECISION)
        assert answer.status_code == 409
        assert re.search(r"通知人已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d改动了这个案件", answer.text)
        assert DECISION["facts"] in answer.text
        assert re.search(r'value="withheld"\s+checked', answer.text)
        assert "鲍勃" in answer.text
        assert set(re.findall(r'name="version"\s+value="(\d+)"', answer.text)) == {"2"}
    assert post(browser, f"/desk/cases/{number}/decide", version=2, **DECISION).status_code == 303


def test_a_second_decision_is_refused_with_who_and_when(app: Flask, browser: FlaskClient, case: Case) -> None:
    number = case.id
    lin, refused = (
        signed_in(app, make_member("lin@example.org", name="林")),
        {"outcome": "declined", "refusal": "no_breach"},
    )
    assert post(lin, f"/desk/cases/{number}/decide", version=1, **DECISION | refused).status_code == 303
    for version in (1, 2):
        for act in ("preview", "decide"):
            answer = post(browser, f"/desk/cases/{number}/{act}", version=version, **DECISION)
            assert answer.status_code == 409
            assert re.search(r"林已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", answer.text)
            assert DECISION["facts"] in answer.text
    assert post(browser, f"/desk/cases/{number}/take-up", version=1).status_code == 409
    assert post(browser, f"/desk/cases/{number}/take-up", version=2).status_code == 409


def test_back_to_edit_keeps_the_text_and_the_version(browser: FlaskClient, case: Case) -> None:
    answer = post(browser, f"/desk/cases/{case.id}/edit", version=1, **DECISION)
    assert answer.status_code == 200
    assert DECISION["facts"] in answer.text
    assert re.search(r'value="withheld"\s+checked', answer.text)
    assert re.search(r'name="version"\s+value="1"', answer.text)


def test_only_the_fields_of_the_form_are_read(browser: FlaskClient, case: Case, mei: Account) -> None:
    number, article = case.id, case.article_id
    extra = {
        "decided_by_id": 99,
        "case_id": 99,
        "state": "received",
        "decided_at": "2000-01-01",
        "article_id": 99,
        "id": 99,
    }
    assert post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION, **extra).status_code == 303
    db.session.rollback()
    decision = db.session.scalars(select(Decision)).one()
    assert (decision.case_id, decision.decided_by_id, decision.id) == (number, mei.id, 1)
    assert (decision.case.article_id, decision.case.state) == (article, "decided")


def test_cases_that_are_not_there_are_not_found(browser: FlaskClient) -> None:
    for number in (1, 0, 10**12):
        assert browser.get(f"/desk/cases/{number}").status_code == 404
        for act in ("preview", "decide", "edit", "take-up"):
            assert post(browser, f"/desk/cases/{number}/{act}", version=1, **DECISION).status_code == 404


def test_taking_up_a_case_names_who_has_it(browser: FlaskClient, case: Case) -> None:
    assert post(browser, f"/desk/cases/{case.id}/take-up", version=1).status_code == 303
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "由我审核" not in html
    assert "审核中" in html
    assert "梅" in browser.get("/desk/").text


def test_mails_in_trouble_are_listed_and_sent_again(browser: FlaskClient, case: Case) -> None:
    with transaction():
        bounced, held = db.session.scalars(select(Mail).order_by(Mail.id)).all()[:2]
        bounced.state, bounced.error, held.state = MailState.BOUNCED, "550 <no such user>", MailState.HELD
    numbers = bounced.id, held.id
    html = browser.get("/desk/mail").text
    assert "550 &lt;no such user&gt;" in html
    assert html.count("重新发送") == 1
    assert "550" not in browser.get("/desk/mail?state=held").text
    assert post(browser, f"/desk/mail/{numbers[0]}/requeue").status_code == 303
    assert post(browser, f"/desk/mail/{numbers[0]}/requeue").status_code == 409
    assert post(browser, f"/desk/mail/{numbers[1]}/requeue").status_code == 409
    assert post(browser, "/desk/mail/999/requeue").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Mail, numbers[0]).state is MailState.QUEUED
    assert "邮件重新发送" in browser.get("/desk/audit").text


def test_the_trail_is_shown_newest_first_with_its_head(
    browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PER_PAGE", 2)
    html = browser.get("/desk/audit").text
    last = stored()["audit_entry"][-1]
    assert str(last[-1]) in html
    assert re.findall(r'data-label="序号">(\d+)<', html) == ["3", "2"]
    assert re.findall(r'data-label="序号">(\d+)<', browser.get("/desk/audit?before=2").text) == ["1"]
    for senseless in ("x", "-1", "9" * 40):
        assert browser.get(f"/desk/audit?before={senseless}").status_code == 200


def test_every_kind_of_entry_and_state_of_mail_has_a_word(site: Site) -> None:
    assert set(labels.KINDS) == set(audit.KINDS)
    assert set(mail_states.for_staff(site)) == set(mail_states.for_notifier(site)) == set(MailState)


def test_admins_invite_disable_and_enable(
    app: Flask, site: Site, mei: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = mei.id
    admin = make_member("jia@example.org", Role.ADMIN, name="甲")
    browser, moderator = signed_in(app, admin), signed_in(app, mei)
    assert "人员" not in moderator.get("/desk/").text
    bad = post(browser, "/desk/people/invite", email="no address", role="moderator")
    assert (bad.status_code, "no address" in bad.text, 'href="#email"' in bad.text) == (422, True, True)
    assert post(browser, "/desk/people/invite", email="lin@example.org", role="owner").status_code == 422
    done = post(browser, "/desk/people/invite", email="lin@example.org", role="admin")
    assert done.status_code == 303
    for sends, said in ((True, "邀请已发出"), (False, "邀请没有发出，只存成文件")):
        monkeypatch.setattr(site, "sends_mail", sends)
        text = browser.get(done.location).text
        assert [words in text for words in ("lin@example.org", said)] == [True, True]
    db.session.rollback()
    assert db.session.scalars(select(Link.role)).all() == [Role.ADMIN]
    assert post(browser, f"/desk/people/{number}/disable").status_code == 303
    assert moderator.get("/desk/").status_code == 303
    assert "已停用" in browser.get("/desk/people").text
    assert post(browser, f"/desk/people/{number}/enable").status_code == 303
    assert post(browser, f"/desk/people/{admin.id}/disable").status_code == 403
    assert post(browser, "/desk/people/999/disable").status_code == 404


def test_no_page_of_the_desk_is_kept_or_repeats_an_id(app: Flask, site: Site, case: Case) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    for rule, method, _ in staff_rules(app):
        if method == "GET" and "attachments" not in rule.rule and "links" not in rule.rule:
            answer = browser.get(path_of(rule), follow_redirects=True)
            assert answer.headers["Cache-Control"] == "no-store", rule
            if answer.is_json:
                continue
            ids = re.findall(r'\bid="([^"]*)"', answer.text)
            assert len(ids) == len(set(ids)), rule
            assert answer.text.count("<h1") == 1, rule


def test_every_page_of_staff_speaks_the_language_of_the_site(app: Flask, site: Site, case: Case) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    for rule, method, _ in staff_rules(app):
        if method == "GET":
            answer = browser.get("/en" + path_of(rule))
            assert (answer.status_code, answer.location) == (308, path_of(rule)), rule
