"""The pages of what is on record: mails with why they wait, the trail with its search and its check, and how the site is."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.factories import draft, publish, withhold
from tests.staff import make_case, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.cli.delivery import check_trail, keep_up
from tracker.db import db, transaction
from tracker.domain import audit
from tracker.domain.claims import Answer, Reply
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import AuditEntry, Case, Claim, Mail, MailState, Verification
from tracker.queries import health, records, trail_steps, trail_words
from tracker.queries.claim_sheet import sheet
from tracker.render.site import Site
from tracker.services import claims, decisions, leases, settings, upkeep, verification
from tracker.services.mails import claim


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return signed_in(app, make_member("jia@example.org", Role.ADMIN, "贾"))


def subjects(browser: FlaskClient, **query: str) -> list[str]:
    html = browser.get("/desk/mail", query_string=query).text
    return re.findall(r'href="/desk/mail/(\d+)"', html)


def test_mails_are_found_by_address_reference_case_and_state(site: Site, browser: FlaskClient, case: Case) -> None:
    second = make_notice(site, publish(site, "er", clock.now()), clock.now(), "Bob+x@example.com")
    mails = {mail.id: mail for mail in db.session.scalars(select(Mail))}
    everything = subjects(browser)
    assert everything == [str(number) for number in sorted(mails, reverse=True)]
    bobs = [str(n) for n, mail in sorted(mails.items(), reverse=True) if mail.mailbox == "bob@example.com"]
    assert bobs
    assert subjects(browser, q="bob@example.com") == bobs == subjects(browser, q=" BOB+other@Example.com ")
    of_second = [str(n) for n, mail in sorted(mails.items(), reverse=True) if mail.notice_id == second.id]
    assert subjects(browser, q=second.reference) == of_second == subjects(browser, q=second.reference.lower())
    assert subjects(browser, q=f"#{second.items[0].case_id}") == [
        str(n) for n, m in sorted(mails.items(), reverse=True) if m.case_id == second.items[0].case_id
    ]
    assert subjects(browser, q="bob") == bobs
    assert subjects(browser, q="100%") == subjects(browser, q="a_b") == []
    assert subjects(browser, state="sent") == []
    assert subjects(browser, state="queued", q="bob") == bobs
    for senseless in ("@", "#", "#x", "\0", "R-2026-", "%", "\\", "9" * 300):
        assert browser.get("/desk/mail", query_string={"q": senseless, "before": "x"}).status_code == 200


def test_a_mail_says_why_it_waits(site: Site, browser: FlaskClient, case: Case) -> None:
    now = clock.now()
    with transaction():
        db.session.execute(update(Mail).values(state=MailState.SENT, sent_at=now))
        for n, values in enumerate(
            (
                {"state": MailState.QUEUED, "due_at": now - timedelta(1)},
                {"state": MailState.QUEUED, "due_at": now + timedelta(1)},
                {"state": MailState.QUEUED, "due_at": now + timedelta(1), "attempts": 2, "error": "450 try later"},
                {"state": MailState.QUEUED, "due_at": now + timedelta(minutes=9), "attempts": 1},
                {
                    "state": MailState.HELD,
                    "due_at": now + timedelta(1),
                    "mailbox": "anna@example.com",
                    "is_limited": True,
                },
                {"state": MailState.GIVEN_UP, "attempts": 9, "error": "no route"},
            )
        ):
            base = {column.name: None for column in Mail.__table__.columns if column.nullable and column.name != "id"}
            row = {
                "cause": f"x:{n}", "name": "decision", "language": "zh-Hans", "recipient": "x@example.com",
                "mailbox": "x@example.com", "is_limited": False, "subject": f"第{n}封", "text": "正文", "html": "", "thread": "",
                "message_id": f"<{n}@x>", "secret_purpose": "", "secret_subject": "", "secret_epoch": "", "created_at": now,
                "due_at": now, "attempts": 0, "error": "",
            }  # fmt: skip
            db.session.execute(sa.insert(Mail).values(base | row | values))
    html = browser.get("/desk/mail").text
    for said in (
        "等后台处理",
        "第2次没有成功",
        "450 try later",
        "后台正在处理",
        "还在可以撤销的时间内",
        "24小时内的邮件已达上限",
        "五天没有成功",
    ):
        assert said in html, said
    numbers = {mail.subject: mail.id for mail in db.session.scalars(select(Mail))}
    held = browser.get(f"/desk/mail/{numbers['第4封']}").text
    assert "通知人自己写的邮箱，还没有确认：一天最多3封" in held
    assert "24小时内发给这个邮箱的" in held
    lost = numbers["第5封"]
    token = token_of(browser.get(f"/desk/mail/{lost}").text)
    answer = browser.post(f"/desk/mail/{lost}/requeue", data={"csrf_token": token, "from": "one"})
    assert answer.location == f"/desk/mail/{lost}"
    assert browser.post(f"/desk/mail/{lost}/requeue", data={"csrf_token": token}).status_code == 409
    assert browser.get("/desk/mail/99999").status_code == 404


@pytest.mark.parametrize("sends_mail", [True, False])
def test_what_lies_as_a_file_is_nowhere_called_sent(
    site: Site, browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch, sends_mail: bool
) -> None:
    monkeypatch.setattr(site, "sends_mail", sends_mail)
    with transaction():
        db.session.execute(update(Mail).values(state=MailState.SENT, sent_at=clock.now()))
    number = db.session.scalars(select(Mail.id).where(Mail.case_id == case.id)).first()
    for path in ("/desk/mail", f"/desk/mail/{number}", f"/desk/cases/{case.id}"):
        html = browser.get(path).text
        assert ("没有发出，只存成文件" in html, "已发出" in html) == (not sends_mail, sends_mail), path


def shown(browser: FlaskClient, **query: object) -> list[int]:
    html = browser.get("/desk/audit", query_string=query).text
    return [int(seq) for seq in re.findall(r'data-label="序号">(\d+)<', html)]


def test_the_trail_is_searched(site: Site, browser: FlaskClient, case: Case) -> None:
    other = withhold(site, publish(site, "er", clock.now()), clock.now())
    rows = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())))
    assert shown(browser) == [row.seq for row in rows]
    assert shown(browser, kind="case.opened") == [row.seq for row in rows if row.kind == "case.opened"]
    assert shown(browser, actor="notifier") == [row.seq for row in rows if row.actor == "notifier"]
    assert shown(browser, case=f"#{other.id}") == [row.seq for row in rows if row.case_id == other.id]
    assert shown(browser, facts='"outcome": "withheld"') == [
        r.seq for r in rows if r.facts.get("outcome") == "withheld"
    ]
    assert shown(browser, facts=case.items[0].notice.reference) != []
    assert shown(browser, facts=rows[3].hash) == [rows[3].seq]
    today = site.local(clock.now()).date()
    assert shown(browser, since=today, until=today) == [row.seq for row in rows]
    assert shown(browser, until=today - timedelta(1)) == []
    assert shown(browser, kind="nonsense", case="x", since="x", until="2026-02-30") == [row.seq for row in rows]
    assert shown(browser, facts="100%") == shown(browser, actor="x\0") == []


def test_the_facts_of_the_trail_are_said_in_words_and_found_by_them(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    withhold(site, publish(site, "er", clock.now()), clock.now())
    html = browser.get("/desk/audit").text
    assert "结果 依法停止展示；" in html
    assert "类别 名誉、荣誉" in html
    rows = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()))
    assert shown(browser, facts="依法停止展示") == [r.seq for r in rows if r.facts.get("outcome") == "withheld"]


def test_people_and_articles_are_called_by_their_names_and_found_by_them(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    lin = make_member("lin@example.org", name="林")
    with transaction():
        leases.hand_over(site, lin, case.id, lin.id, "", clock.now(), "k" * 24)
    article = case.article
    publish(site, "er", clock.now(), title="另一篇文章")
    assert "账号 林" in browser.get("/desk/audit?kind=case.handed_over").text
    for kind in ("case.opened", "notice.submitted"):
        assert f"文章 {article.title}" in browser.get(f"/desk/audit?kind={kind}").text
    rows = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())))
    about = [
        row.seq
        for row in rows
        if row.case_id == case.id or article.id in {row.facts.get("article"), *row.facts.get("articles", [])}
    ]
    assert shown(browser, facts=article.title) == about
    assert shown(browser, facts="没有这篇文章") == []
    assert browser.get("/desk/audit?facts=没有这篇文章").text.count("没有这样的记录") == 1


def test_claims_are_called_by_their_number_on_the_sheet(site: Site, browser: FlaskClient, case: Case) -> None:
    mei = make_member()
    split = {"text": "文中说他们半夜打电话，也不属实。", "passage": "", "ground": ""}
    for key in ("a", "b"):
        with transaction():
            claims.put(site, mei, case.id, case.version, case.items[0].id, 0, split, clock.now(), key * 20)
    first, second, third = sheet(case)
    with transaction():
        claims.merge(site, mei, case.id, case.version, second.id, first.id, clock.now(), "c" * 20)
    replies = {first.id: Reply(Answer.FOUNDED, "查证属实。"), third.id: Reply(Answer.UNFOUNDED, "没有依据。")}
    with transaction():
        decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD, replies=replies), clock.now())
    added, merged, answered = (
        browser.get(f"/desk/audit?kind=claim.{kind}").text for kind in ("added", "merged", "answered")
    )
    assert "主张 第2项</td>" in added
    assert "主张 并入第1项的一项；并入 第1项</td>" in merged
    assert "成立 第1项；不成立 第2项</td>" in answered
    other = make_case(site, clock.now(), "er", body="别的正文。\n")
    with transaction():
        db.session.execute(update(Claim).where(Claim.id == third.id).values(case_id=other.id))
    assert f"不成立 #{other.id}第" in browser.get("/desk/audit?kind=claim.answered").text


def test_every_fact_of_the_trail_has_words() -> None:
    assert set(trail_words.FACTS) == set().union(*audit.KINDS.values()) - {"case"}


def test_a_search_for_words_looks_at_a_bounded_stretch_and_goes_on(
    site: Site, browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SCANNED", 2)
    first = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).first()
    assert first is not None
    path, found = f"/desk/audit?facts={first.hash}", []
    while path:
        html = browser.get(path).text
        found += re.findall(r'data-label="序号">(\d+)<', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        path = following[1].replace("&amp;", "&") if following else ""
    assert found == [str(first.seq)]


def checked(site: Site, now: datetime) -> Verification:
    for _ in range(50):
        if not check_trail(site, now):
            break
    db.session.rollback()
    return db.session.scalars(select(Verification).order_by(Verification.id.desc()).limit(1)).one()


def test_the_button_has_the_trail_checked_in_steps(
    site: Site, browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_steps, "ENTRIES", 3)
    monkeypatch.setattr(trail_steps, "CASES", 1)
    withhold(site, publish(site, "er", clock.now()), clock.now())
    html = browser.get("/desk/audit").text
    assert "还没有核对过" in html
    for _ in range(2):  # pressed twice
        browser.post("/desk/audit/check", data={"csrf_token": token_of(html)})
    db.session.rollback()
    assert len(db.session.scalars(select(Verification.id)).all()) == 1
    assert check_trail(site, clock.now())
    assert "正在核对：3/" in browser.get("/desk/audit").text
    make_notice(site, publish(site, "san", clock.now()), clock.now())  # an act in between is not tampering
    check = checked(site, clock.now())
    assert (check.fault, check.entry) == ("", check.until)
    assert "核对完好" in browser.get("/desk/audit").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "audit.checked")).one()
    assert entry.facts == {"verification": check.id, "entries": check.until, "sound": 1}


TAMPERING = {
    "a case moved": "UPDATE \"case\" SET state = 'closed'",
    "an outcome changed": "UPDATE \"case\" SET outcome = 'declined' WHERE outcome IS NOT NULL",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_a_case_that_is_not_what_the_trail_says_is_found_and_told(
    site: Site, browser: FlaskClient, case: Case, statement: str
) -> None:
    withhold(site, publish(site, "er", clock.now()), clock.now())
    with transaction():
        db.session.execute(sa.text(statement))
    with transaction():
        verification.ask(None, clock.now())
    check = checked(site, clock.now())
    assert "but the trail says" in check.fault
    assert "核对不符" in browser.get("/desk/audit").text
    mails = list(db.session.scalars(select(Mail).where(Mail.name == "alarm")))
    assert [mail.recipient for mail in mails] == list(site.maintainers)
    assert check.fault in mails[0].text
    assert health.checks(site, clock.now())[0].name in {"后台", "操作记录"}


def test_an_entry_changed_behind_the_triggers_is_found(site: Site, case: Case, backend: str) -> None:
    with transaction():
        if backend == "sqlite":
            db.session.execute(sa.text("DROP TRIGGER audit_entry_update"))
        else:
            db.session.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        db.session.execute(sa.text("UPDATE audit_entry SET case_id = NULL WHERE kind = 'case.opened'"))
    with transaction():
        verification.ask(None, clock.now())
    assert "filed under another case" in checked(site, clock.now()).fault
    with transaction():
        db.session.execute(sa.text("UPDATE audit_entry SET actor = 'account:9' WHERE kind = 'notice.submitted'"))
    with transaction():
        verification.ask(None, clock.now())
    assert "was changed after it was written" in checked(site, clock.now()).fault


def test_the_same_step_counts_once_and_a_night_asks_by_itself(site: Site, case: Case) -> None:
    now = clock.now()
    with transaction():
        verification.nightly(now)
        verification.nightly(now + timedelta(hours=1))
    step = trail_steps.next_step()
    assert step is not None
    for _ in range(2):
        with transaction():
            verification.note(site, step, now)
    check = db.session.scalars(select(Verification)).one()
    assert (check.entry, check.case_id) == (step.entry, step.case_id)
    checked(site, now)
    with transaction():
        verification.nightly(now + timedelta(days=1))
    assert len(db.session.scalars(select(Verification.id)).all()) == 2


def states(site: Site, now: datetime) -> dict[str, str]:
    db.session.rollback()
    return {check.name: check.tone.value for check in health.checks(site, now)}


def test_the_health_page_says_what_is_not_well(site: Site, browser: FlaskClient, case: Case) -> None:
    now = clock.now()
    assert states(site, now)["后台"] == "danger"
    with transaction():
        upkeep.beat("host:1", now, now)
    keep_up(site, now)
    checked(site, now)
    found = states(site, now)
    assert {found[name] for name in ("后台", "数据库", "页面", "操作记录", "密钥", "期限", "security.txt")} == {
        "success"
    }
    assert states(site, now + timedelta(hours=2))["邮件"] == "danger"
    assert states(site, now + timedelta(hours=2))["后台"] == "danger"
    assert states(site, now + timedelta(days=30))["期限"] == "warning"
    assert states(site, now + timedelta(days=170))["security.txt"] == "warning"
    end = datetime.combine(site.calendars.china.known_until, time(9), site.zone)
    assert states(site, end - timedelta(days=60))["中国工作日"] == "success"
    assert states(site, end - timedelta(days=59))["中国工作日"] == "warning", "next year's days off can be had by now"
    other = Site(replace(site.config, secret_key="another key, long enough for a test of it"))
    assert states(other, now)["密钥"] == "danger"
    with transaction():
        settings.turn_on(None, settings.Switch.INTAKE, "正在处理积压", now)
    html = browser.get("/desk/health").text
    assert "正在处理积压" in html
    with transaction():
        db.session.execute(sa.text("UPDATE generation SET fingerprint = 'another program'"))
    assert states(site, now)["页面"] == "warning"
    with transaction():
        assert claim(now) is not None
