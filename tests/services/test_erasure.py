"""Erasure at the request of whose data they are, and telling those who had received what is gone."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Decision, Mail, MailState, Message, Notice, RecipientNotice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, erasure, exchange, holds, publishers, undo

ANNA, REASON = "anna@example.com", "来信请求删除，已经核对。"
PARTNER = {"name": "示例搜索引擎", "email": "index@example.net", "language": "zh-Hans"}


@pytest.fixture
def jia(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN)


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now, files=(("证据.txt", b"evidence"),))


def erase(
    site: Site, jia: Account, case: Case, now: datetime, reason: str = REASON, item: int = 0, key: str = "k"
) -> None:
    db.session.expire_all()
    with transaction():
        erasure.erase(site, jia, case.id, case.version, case.items[item].id, reason, now, key)


def tell(site: Site, jia: Account, case: Case, now: datetime, key: str = "k", **said: str) -> None:
    db.session.expire_all()
    with transaction():
        erasure.tell(site, jia, case.id, case.version, PARTNER | said, now, key)


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def test_it_erases_tells_the_notifier_and_leaves_trail_and_note(
    site: Site, now: datetime, jia: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    erase(site, jia, case, now)
    notice = case.items[0].notice
    assert (notice.erased_at, notice.mailbox, notice.answers) == (now, "", {"notifier_role": "owner"})
    assert [(file.name, file.content) for file in notice.attachments] == [("file", None)]
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.kind.contains("eras")).order_by(AuditEntry.seq))
    assert [(e.kind, e.actor, e.facts) for e in entries] == [
        ("notice.erased", f"account:{jia.id}", {"notice": notice.id}),
        ("notice.erasure_requested", f"account:{jia.id}", {"case": case.id, "notice": notice.id}),
    ]
    note = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert note is not None
    assert note.text == f"应请求删除{notice.reference}的个人信息：{REASON}"
    told = db.session.scalars(select(Mail).where(Mail.mailbox == ANNA)).one()
    assert (told.name, told.state, told.recipient) == ("erased", MailState.QUEUED, ANNA)
    for part in ("邮箱、电话和地址", "编号、类别、日期、处理结果和校验值", notice.reference, "如果不是您本人请求的"):
        assert part in told.text
    assert REASON not in told.text
    assert trail.fault() is None


def test_the_mail_that_says_so_is_emptied_once_it_left(site: Site, now: datetime, jia: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    erase(site, jia, case, now)
    do_what_is_due(site, now)
    assert db.session.scalars(select(Mail.mailbox).where(Mail.name == "erased")).one() == ANNA
    with transaction():
        db.session.scalars(select(Mail).where(Mail.name == "erased")).one().state = MailState.SENT
    do_what_is_due(site, now)
    gone = db.session.scalars(select(Mail).where(Mail.name == "erased")).one()
    assert (gone.mailbox, gone.text, gone.html, gone.subject) == ("", "", "", "")
    assert ANNA not in gone.recipient


def test_what_others_sent_about_the_same_article_stays(site: Site, now: datetime, jia: Account, case: Case) -> None:
    other = make_notice(site, case.article, now, "bob@example.com")
    db.session.expire_all()
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    erase(site, jia, case, now)
    assert other.erased_at is None
    assert other.answers["email"] == "bob@example.com"
    waiting = db.session.scalars(select(Mail.state).where(Mail.mailbox == "bob@example.com", Mail.name == "decision"))
    assert waiting.all() == [MailState.QUEUED]


def test_the_statement_of_reasons_keeps_no_word_of_a_claim(site: Site, now: datetime, jia: Account) -> None:
    case = make_case(site, now, legal_basis="安娜说的第一条")
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    assert "安娜说的第一条" in str(case.decisions[0].statement)
    erase(site, jia, case, now)
    assert case.decisions[0].statement["claims"] == [{"number": 1, "answer": "unfounded"}]


@pytest.mark.parametrize("reason", ["", " ", "x" * 5001])
def test_a_reason_is_needed(site: Site, now: datetime, jia: Account, case: Case, reason: str) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    with pytest.raises(Incomplete):
        erase(site, jia, case, now, reason)
    assert case.items[0].notice.erased_at is None


def test_a_legal_hold_on_any_case_of_the_notice_refuses(site: Site, now: datetime, jia: Account) -> None:
    factories.publish(site, "er", now)
    case = make_case(site, now, "yi", addresses="yi\ner")
    other = case.items[0].notice.items[1].case
    for each in (case, other):
        factories.decide(site, each, Outcome.DECLINED, now, jia)
    until = now + timedelta(days=30)
    with transaction():
        holds.keep(site, jia, other.id, other.version, until, "法院要求保全。", now, "hold")
    with pytest.raises(InvalidTransition, match="法律保全"):
        erase(site, jia, case, now)
    assert "notice.erasure_requested" not in kinds()
    erase(site, jia, case, until)
    assert case.items[0].notice.erased_at == until


def test_what_is_not_decided_is_not_erased_what_was_withdrawn_is(
    site: Site, now: datetime, jia: Account, case: Case
) -> None:
    with pytest.raises(InvalidTransition, match="没办完"):
        erase(site, jia, case, now)
    notice = case.items[0].notice
    with transaction():
        exchange.withdraw(site, db.session.get_one(Notice, notice.id), [case.items[0].id], now, "w")
    erase(site, jia, case, now)
    assert notice.erased_at == now
    with pytest.raises(InvalidTransition, match="已经删除"):
        erase(site, jia, case, now, key="again")


def test_the_version_that_was_seen_counts(site: Site, now: datetime, jia: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    with pytest.raises(Conflict), transaction():
        erasure.erase(site, jia, case.id, case.version - 1, case.items[0].id, REASON, now, "k")


@pytest.mark.parametrize("way", ["asked", "measure"])
def test_a_publisher_who_was_told_who_they_are_is_asked_to_erase_too(
    site: Site, now: datetime, jia: Account, case: Case, way: str
) -> None:
    """GDPR art. 19: whether the notice was forwarded to be answered, or with the measure that it led to."""
    if way == "asked":
        with transaction():
            cases.take_up(site, jia, case.id, case.version, now)
        with transaction():
            publishers.ask(site, jia, case.id, case.version, now, "ask")
    factories.decide(site, case, Outcome.DECLINED if way == "asked" else Outcome.WITHHELD, now, jia)
    erase(site, jia, case, now)
    (row,) = db.session.scalars(select(RecipientNotice))
    assert (row.name, row.address, row.told_at) == ("发布者", "http://localhost/articles/yi-pian", now)
    sent = db.session.get_one(Mail, row.mail_id)
    assert (sent.name, sent.recipient) == ("recipient_told", "editors@example.org")
    assert row.address in sent.text
    told = db.session.scalars(select(Mail).where(Mail.name == "erased")).one()
    assert "- 发布者" in told.text


def test_without_an_address_nobody_is_mailed(site: Site, now: datetime, jia: Account) -> None:
    case = make_case(site, now, category="minor", email="", notifier_name="")
    factories.decide(site, case, Outcome.DECLINED, now, jia)
    erase(site, jia, case, now)
    assert db.session.scalars(select(Mail).where(Mail.name == "erased")).all() == []


# telling


def test_who_is_told_gets_the_address_alone_and_stands_on_record(
    site: Site, now: datetime, jia: Account, case: Case
) -> None:
    with pytest.raises(InvalidTransition, match="照常展示"):
        tell(site, jia, case, now)
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    tell(site, jia, case, now)
    tell(site, jia, case, now)  # the same form sent twice
    (row,) = db.session.scalars(select(RecipientNotice))
    assert (row.name, row.address, row.told_by_id) == (PARTNER["name"], "http://localhost/articles/yi-pian", jia.id)
    sent = db.session.scalars(select(Mail).where(Mail.name == "recipient_told")).one()
    assert (sent.recipient, row.mail_id) == ("index@example.net", sent.id)
    for hidden in (case.article.title, "安娜", ANNA, "名誉", "《中华人民共和国民法典》", "editors@example.org"):
        assert hidden not in sent.text + sent.html + sent.subject
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.facts) == ("case.recipient_told", {"case": case.id, "recipient": row.id})
    assert trail.fault() is None


def test_telling_by_another_way_is_only_recorded(site: Site, now: datetime, jia: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    tell(site, jia, case, now, email="")
    (row,) = db.session.scalars(select(RecipientNotice))
    assert row.mail_id is None
    assert db.session.scalars(select(Mail).where(Mail.name == "recipient_told")).all() == []


@pytest.mark.parametrize(
    "said", [{"name": "x"}, {"name": ""}, {"email": "nobody"}, {"email": "索引@example.net"}, {"name": "x" * 201}]
)
def test_a_recipient_has_a_name_and_an_address_that_is_one(
    site: Site, now: datetime, jia: Account, case: Case, said: dict[str, str]
) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    with pytest.raises(Incomplete) as refused:
        tell(site, jia, case, now, **said)
    assert set(refused.value.problems) == set(said)
    assert db.session.scalars(select(RecipientNotice)).all() == []


@pytest.mark.parametrize("way", ["asked", "measure"])
def test_what_the_publisher_was_sent_of_it_goes_too(
    site: Site, now: datetime, jia: Account, case: Case, way: str
) -> None:
    """Of two notices that were forwarded in one act, the other's words stay, unless one mail holds both."""
    make_notice(
        site,
        case.article,
        now,
        "bob@example.com",
        notifier_name="鲍勃",
        explanation="鲍勃说的是另外一件事，请予处理，谢谢，谢谢，谢谢。",
    )
    db.session.expire_all()
    with transaction():
        cases.take_up(site, jia, case.id, case.version, now)
    if way == "asked":
        with transaction():
            publishers.ask(site, jia, case.id, case.version, now, "ask")
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    with transaction():
        undo.undo(site, jia, case.id, case.version, now)
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    assert "安娜" in _with_the_publisher(case)
    erase(site, jia, case, now)
    assert "安娜" not in _with_the_publisher(case)
    assert "这一段与事实不符" not in _with_the_publisher(case)
    assert ("鲍勃" in _with_the_publisher(case)) is (way == "asked")
    taken = db.session.scalars(select(Decision.statement).where(Decision.case_id == case.id)).all()
    assert len(taken) == 2
    assert all(set(claim) == {"number", "answer"} for statement in taken for claim in statement["claims"])
    assert trail.fault() is None


def _with_the_publisher(case: Case) -> str:
    """Return all that stands anywhere of what a publisher was told of the notices."""
    db.session.expire_all()
    mails = db.session.scalars(select(Mail.text + Mail.html).where(Mail.name == "forwarded"))
    return "".join([*mails, *(message.text for message in case.messages)])


def test_a_name_that_fills_its_place_with_what_nobody_sees_is_refused(
    site: Site, now: datetime, jia: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    with pytest.raises(Incomplete):
        tell(site, jia, case, now, name="书" * 200 + "\u200b")
