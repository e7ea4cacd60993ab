"""What goes when, whole: every column of every table is emptied or named as skeleton; holds keep; erasure on request."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select

from tests import factories
from tests.staff import make_case, make_member
from tracker.cli.delivery import do_what_is_due, follow, settle_index
from tracker.db import Base, db, transaction
from tracker.domain import retention as rules
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.elements import ELEMENTS
from tracker.domain.errors import Conflict
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.domain.threads import MessageKind, Party
from tracker.models import (
    Account,
    Attachment,
    Batch,
    BatchRow,
    Case,
    Clock,
    Decision,
    EntryKind,
    Mail,
    Mailbox,
    MailState,
    Message,
    Notice,
    RowState,
    SearchEntry,
    Standing,
)  # fmt: skip
from tracker.queries import desk_search, trail
from tracker.render.site import PREFIXES, Site
from tracker.services import holds, mails, notices, publication, retention, standings, threads, upkeep

CANARY = "canary@example.org"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

ELSEWHERE = {
    "account", "session", "link", "authenticator", "passkey", "recovery_code", "recusal",  # of those who work here
    "article", "revision", "page", "generation", "clause", "reader_text", "article_tag", "former_address",  # what is published
    "picture", "illustration",
    "canned_text", "settings_version", "figure", "heartbeat", "verification", "weighting", "route",  # how the site is run
    "lease", "presence", "saved_view", "subscription", "transfer",  # how the work is done
    "search_entry", "search_task",  # made from the others: `test_nothing_erased_is_found` has the index too
    "audit_entry", "audit_head",  # numbers and words from lists: `domain.audit.check_facts`
    "limit",  # keyed hashes
    "alembic_version",
}  # fmt: skip
"""Tables in which no party to a case stands."""

SKELETON = {
    "notice": {"reference", "key_epoch", "draft", "regimes", "valid_by", "language", "privacy_version", "sha256"},
    "case": {"regimes", "regimes_removed", "first_action"},
    "item": set[str](),
    "attachment": {"purpose", "media_type", "sha256"},
    "clock": {"subject"},
    "counter_notice": {"regimes", "language"},
    "appeal": {"party", "language"},
    "dispute": {"party"},
    "public_notice": {"text"},
    "decision": {"ground_ref", "refusal", "public"},
    "case_draft": {"form"},
    "opinion": {"key", "key_epoch"},
    "recipient_notice": {"key", "address"},
    "measure": {"terms", "restores_sha256", "restores_from"},
    "effect_proof": {"findings"},
    "mail": {"cause", "name", "language", "message_id", "thread", "secret_purpose", "secret_subject", "secret_epoch"},
    "message": {"key"},
    "draft": {"id"},
    "line": {"language", "publisher", "role", "kind", "marks", "missing", "why"},
    "batch": {"key"},
    "batch_row": {"said"},
    "draft_file": {"purpose", "sha256"},
}
"""What stays, by table: references, hashes, provisions of law, languages and words from lists; what a measure does to an
article, what everybody may read of a decision, and what was put up in public, cleared of whoever it names."""


def columns(table: sa.Table) -> Iterator[sa.Column[Any]]:
    """Return the columns of a table that can hold what somebody wrote."""
    for column in table.columns:
        is_words = isinstance(column.type, sa.Enum) or bool(column.foreign_keys)
        is_written = isinstance(column.type, sa.String | sa.JSON | sa.LargeBinary) and not is_words
        if is_written and column.name not in SKELETON.get(table.name, ()):
            yield column


def value(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.LargeBinary):
        return CANARY.encode()
    if isinstance(column.type, sa.JSON):
        claims = [{"number": 1, "ground": CANARY, "answer": "founded", "reasons": CANARY}]
        return {"facts": CANARY, "explanation": CANARY, "x": [CANARY], "claims": claims}
    return CANARY


def tables() -> list[sa.Table]:
    return [table for table in Base.metadata.sorted_tables if table.name not in ELSEWHERE]


def some(key: sa.Column[Any]) -> Any:
    """Return the key of a row of another table, which is made if there is none."""
    found = db.session.scalar(select(func.min(key)))
    if found is None:
        db.session.execute(sa.insert(key.table).values(synthetic(key.table)))
        found = db.session.scalar(select(func.min(key)))
    return found


def synthetic(table: sa.Table) -> dict[str, Any]:
    """Return a row for a table that has none, hanging on the rows there are."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.foreign_keys:
            row[column.name] = some(next(iter(column.foreign_keys)).column)
        elif isinstance(column.type, sa.Enum):
            row[column.name] = column.type.python_type(column.type.enums[0])
        elif table.name not in ELSEWHERE and column in set(columns(table)):
            row[column.name] = value(column)
        elif isinstance(column.type, sa.JSON):
            row[column.name] = []
        elif isinstance(column.type, sa.Boolean):
            row[column.name] = False
        elif isinstance(column.type, sa.String):
            row[column.name] = f"x-{column.name}"[: column.type.length or 40]
        elif isinstance(column.type, sa.Integer):
            row[column.name] = None if column.primary_key and column is table.autoincrement_column else 1
        elif isinstance(column.type, sa.Date):
            row[column.name] = date(2026, 11, 23)
        else:
            row[column.name] = datetime.fromisoformat("2026-11-23T00:00:00Z")
    return {name: given for name, given in row.items() if given is not None}


def fill() -> None:
    """Write the canary into every column that can hold it, of at least one row of every table."""
    with transaction():
        for table in tables():
            if not db.session.scalar(select(func.count()).select_from(table)):
                db.session.execute(sa.insert(table).values(synthetic(table)))
            key = next(iter(table.primary_key.columns))
            for column in columns(table):
                is_unique = (table.name, column.name) in {("mail", "recipient"), ("standing", "mailbox")}
                with_number = sa.literal(f"{CANARY} ") + sa.cast(key, sa.String)
                db.session.execute(sa.update(table).values({column.name: with_number if is_unique else value(column)}))


def found_in() -> list[str]:
    """Return where the canary is still to be read."""
    db.session.rollback()
    return [
        f"{table.name}.{name}"
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(select(table)).mappings()
        for name, given in row.items()
        if CANARY in str(given)
    ]


def due(kind: ClockKind) -> datetime:
    db.session.rollback()
    return db.session.scalars(select(Clock.due_at).where(Clock.kind == kind, Clock.stopped_at.is_(None))).one()


def kept(name: str) -> list[tuple[object, ...]]:
    """Return what stays of a table."""
    table = Base.metadata.tables[name]
    return [tuple(row) for row in db.session.execute(select(*(table.c[each] for each in sorted(SKELETON[name]))))]


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN)


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    files = (("证据.png", PNG), ("身份证.png", PNG + b"1"))
    return make_case(site, now, files=files, email=CANARY)


def say(case: Case, now: datetime, kind: MessageKind = MessageKind.SUPPLEMENT) -> None:
    notice = case.items[0].notice
    with transaction():
        threads.add(f"{kind}", now, case=case, notice=notice, party=Party.NOTIFIER, kind=kind, text="补充的话。")


def end(site: Site, case: Case, mei: Account, now: datetime) -> datetime:
    """Decide a case, let its windows pass, and return when it is to be purged."""
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    do_what_is_due(site, due(ClockKind.APPEAL_WINDOW))
    return due(ClockKind.PURGE)


@pytest.mark.slow
def test_nothing_a_party_wrote_outlives_its_time(
    app: Flask, site: Site, now: datetime, mei: Account, case: Case, backend: str
) -> None:
    notice = case.items[0].notice
    with transaction():
        notices.confirm(site, notice, now)
        standings.put(site, mei, CANARY, Side.NOTIFIER, Level.WARNED, {"reason": "多次没有根据的通知。" * 2}, now)
        db.session.execute(sa.update(Mail).where(Mail.name == "misuse").values(state=MailState.SENT))
    say(case, now)
    over = end(site, case, mei, now)
    with transaction():
        batch = Batch(key="k", account_id=mei.id, draft={"facts": CANARY}, created_at=now)
        batch.rows.append(BatchRow(case_id=case.id, version=1, state=RowState.DONE, said=""))
        db.session.add(batch)
    fill()
    before = {name: kept(name) for name in ("notice", "case", "decision", "attachment")}
    assert {place.partition(".")[0] for place in found_in()} == {
        table.name for table in tables() if list(columns(table))
    }
    do_what_is_due(site, over)
    with transaction():
        upkeep.tidy(site, over)
    assert found_in() == []
    assert {name: kept(name) for name in before} == before
    assert db.session.scalars(select(Notice.reference)).all() == [notice.reference]
    assert db.session.scalars(select(Case.outcome)).all() == [Outcome.WITHHELD]
    assert trail.fault() is None
    if backend == "sqlite":
        file = Path(str(db.engine.url.database))
        db.session.remove()
        db.engine.dispose()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert CANARY.encode() not in b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))


def test_nothing_erased_is_found(app: Flask, site: Site, now: datetime, mei: Account, backend: str) -> None:
    case = make_case(site, now, explanation=f"这是 {CANARY} 写的。", email=CANARY)
    notice = case.items[0].notice
    with transaction():
        notices.confirm(site, notice, now)
        threads.add("q", now, case=case, party=Party.STAFF, kind=MessageKind.NOTE, text=f"给 {CANARY} 打过电话。")
    for number in range(4):
        make_case(site, now, f"other-{number}", body=f"另一篇，第 {number} 篇。")
    follow(now)
    word = CANARY.partition("@")[0]
    assert [hit.entry.kind for hit in desk_search.search(word, None, None).hits] == [
        EntryKind.MESSAGE, EntryKind.NOTICE,
    ]  # fmt: skip
    do_what_is_due(site, end(site, case, mei, now))
    follow(now)
    settle_index()
    assert desk_search.search(word, None, None).hits == []
    assert not db.session.scalar(select(func.count()).where(SearchEntry.text.contains(word)))
    held = (
        "SELECT CAST(block AS BLOB) FROM search_index_data" if backend == "sqlite" else "SELECT words FROM search_index"
    )
    assert word[1:] not in str(db.session.scalars(sa.text(held)).all())


def test_a_purged_case_can_still_be_read(app: Flask, site: Site, now: datetime, mei: Account, case: Case) -> None:
    reference, epoch = case.items[0].notice.reference, case.items[0].notice.key_epoch
    do_what_is_due(site, end(site, case, mei, now))
    code = site.keys.secret("notice", reference, epoch)
    receipt = app.test_client().post(f"/receipts/{reference}", data={"code": code})
    assert receipt.status_code == 200
    assert "已于" in receipt.text
    secret = site.keys.secret("publisher", str(case.id), site.keys.epoch)
    assert app.test_client().post(f"/publisher/{case.id}", data={"code": secret}).status_code == 200
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 451


def test_readers_are_told_no_longer_who_asked(app: Flask, site: Site, now: datetime, mei: Account, case: Case) -> None:
    factories.sync.build(site)
    over = end(site, case, mei, now)
    with transaction():
        decision = db.session.scalars(select(Decision)).one()
        decision.statement = decision.statement | {"source": "order", "asked_by": "某市某区法院"}
        publication.publish(site, [case.article], now)
    path = f"/articles/{case.article.slug}"
    assert "某市某区法院" in app.test_client().get(path).text
    do_what_is_due(site, over)
    page = app.test_client().get(path)
    assert page.status_code == 451
    assert "法院或主管机关" in page.text, "what was done stays, and that it was ordered"
    assert "某市" not in page.text
    assert factories.stale_paths(site, over) == []


def test_a_mail_that_waits_is_not_sent_to_nobody(site: Site, now: datetime, mei: Account, case: Case) -> None:
    over = end(site, case, mei, now)
    do_what_is_due(site, over)
    waiting = select(func.count()).where(Mail.state.in_((MailState.QUEUED, MailState.HELD)), Mail.mailbox == "")
    assert db.session.scalar(waiting) == 0
    gone = db.session.scalars(select(Mail).where(Mail.mailbox == "").limit(1)).one()
    with pytest.raises(Conflict, match="按期删除"), transaction():
        mails.send_again(mei, gone.id, over)


def test_an_address_is_forgotten_with_the_last_notice_from_it(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    other = make_case(site, now, "er-pian", body="另一篇。", email=CANARY)
    with transaction():
        notices.confirm(site, case.items[0].notice, now)
    boxes = select(Mailbox.mailbox)
    with transaction():
        retention.erase(case.items[0].notice, now)
    assert db.session.scalars(boxes).all() == [CANARY]
    with transaction():
        retention.erase(other.items[0].notice, now)
    assert db.session.scalars(boxes).all() == []


def test_a_standing_is_forgotten_a_year_after_it_ended(site: Site, now: datetime, mei: Account) -> None:
    said = {"reason": "多次没有根据的通知。" * 2}
    for mailbox, level in ((CANARY, Level.WARNED), ("trusted@example.org", Level.TRUSTED)):
        with transaction():
            standings.put(site, mei, mailbox, Side.NOTIFIER, level, said, now)
    ends = now + timedelta(days=365)
    for at, is_there in ((ends + timedelta(days=364), True), (ends + timedelta(days=365), False)):
        with transaction():
            retention.sweep(at)
        assert (CANARY in db.session.scalars(select(Standing.mailbox)).all()) is is_there
    rows = db.session.execute(select(Standing.mailbox, Standing.level, Standing.reason).order_by(Standing.id)).all()
    assert rows[0].mailbox.startswith("erased-")
    assert (rows[0].level, rows[0].reason) == (Level.WARNED, "")
    assert rows[1].mailbox == "trusted@example.org"
    with transaction():
        standings.put(site, mei, CANARY, Side.NOTIFIER, Level.WARNED, said, ends)


# a legal hold


def proofs(case: Case, now: datetime) -> list[Attachment]:
    """Put a proof of identity on the notice and one on a message, and return both."""
    say(case, now)
    with transaction():
        files = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
        files[0].purpose = "identity_files"
        message = case.items[0].notice.messages[0]
        db.session.add(
            Attachment(
                message_id=message.id, purpose="authority_files", name="授权.png", media_type="image/png", size=1,
                sha256="1" * 64, content=PNG,
            )
        )  # fmt: skip
    return list(db.session.scalars(select(Attachment).where(Attachment.purpose != "files").order_by(Attachment.id)))


def hold(case: Case, until: datetime | None) -> None:
    with transaction():
        db.session.get_one(Case, case.id).kept_until = until


def contents() -> list[bool]:
    db.session.rollback()
    found = select(Attachment).where(Attachment.purpose != "files").order_by(Attachment.id)
    return [each.content is not None for each in db.session.scalars(found)]


def test_a_hold_keeps_proofs_of_identity_that_are_old(site: Site, now: datetime, case: Case) -> None:
    proofs(case, now)
    until = now + timedelta(days=90)
    hold(case, until)
    do_what_is_due(site, now + timedelta(days=31))
    assert contents() == [True, True]
    do_what_is_due(site, until)
    assert contents() == [False, False]


def test_of_a_letter_that_is_typed_in_late_they_stay_as_long_as_of_any(site: Site, now: datetime, case: Case) -> None:
    """Nobody can check them before they are there."""
    proofs(case, now)
    with transaction():
        case.items[0].notice.entered_at = now + timedelta(days=40)
        for message in db.session.scalars(select(Message)):
            message.created_at = now + timedelta(days=40)
    do_what_is_due(site, now + timedelta(days=41))
    assert contents() == [True, True]
    do_what_is_due(site, now + timedelta(days=70))
    assert contents() == [False, False]


def test_a_hold_on_another_case_of_the_notice_keeps_them_too(site: Site, now: datetime, mei: Account) -> None:
    first = factories.publish(site, "yi", now)
    factories.publish(site, "er", now)
    case = make_case(site, now, "san", addresses="yi\ner", files=(("身份证.png", PNG),))
    assert first.id
    proofs(case, now)
    hold(case.items[0].notice.items[1].case, now + timedelta(days=90))
    do_what_is_due(site, now + timedelta(days=31))
    assert contents() == [True, True]


def test_what_is_checked_under_a_hold_goes_when_it_ends(
    app: Flask, site: Site, now: datetime, mei: Account, case: Case
) -> None:
    files = proofs(case, now)
    hold(case, now + timedelta(days=90))
    for file in files:
        with transaction():
            holds.check_identity(mei, case.id, file.id, now + timedelta(days=1))
    assert contents() == [True, True]
    db.session.expire_all()
    assert all(file.checked_at == now + timedelta(days=1) for file in files)
    notice = case.items[0].notice
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    assert (
        "依法保全，至少保存到2027年2月21日"
        in app.test_client().post(f"/receipts/{notice.reference}", data={"code": code}).text
    )
    hold(case, None)
    do_what_is_due(site, now + timedelta(days=2))
    assert contents() == [False, False]


def test_what_is_checked_without_a_hold_goes_at_once(site: Site, now: datetime, mei: Account, case: Case) -> None:
    for file in proofs(case, now):
        with transaction():
            holds.check_identity(mei, case.id, file.id, now)
    assert contents() == [False, False]


# the table


def test_every_element_and_every_answer_has_a_purpose_a_ground_and_an_end() -> None:
    named = [field for holding in rules.HOLDINGS for field in holding.fields]
    assert sorted(named) == sorted({*ELEMENTS, *COUNTER_ELEMENTS, *REPLY_ELEMENTS})
    assert len({holding.name for holding in rules.HOLDINGS}) == len(rules.HOLDINGS)
    for holding in rules.HOLDINGS:
        assert holding.label
        assert holding.purpose.endswith("。")
        assert rules.BASES[holding.basis]
        assert holding.end.message % holding.end.values


def test_what_outlasts_an_erasure_is_chosen_from_a_list() -> None:
    known = ELEMENTS | COUNTER_ELEMENTS | REPLY_ELEMENTS
    assert all(known[name].options or name == "country" for name in rules.KEPT_ANSWERS)


def test_the_form_says_why_it_asks_who_you_are(app: Flask) -> None:
    html = app.test_client().get("/report/fraud").text
    assert rules.purpose("email") in html
    assert rules.purpose("identity_files") == "只用来核对身份和授权，核对后删除，不会告诉对方。"
    assert rules.purpose("explanation") == ""


@pytest.mark.parametrize("language", PREFIXES)
def test_the_privacy_notice_is_rendered_from_the_table(app: Flask, site: Site, language: str) -> None:
    html = unescape(app.test_client().get(f"{PREFIXES[language]}/pages/privacy").text)
    assert "{retention}" not in html
    for holding in rules.HOLDINGS:
        end = site.gettext(holding.end.message, language, **holding.end.values)
        row = [site.gettext(part, language) for part in (holding.label, holding.purpose, rules.BASES[holding.basis])]
        assert f"<td>{'</td><td>'.join([*row, end])}</td>" in re.sub(r"</td>\s*<td>", "</td><td>", html)


def test_the_receipt_says_what_goes_when(app: Flask, site: Site, now: datetime, mei: Account, case: Case) -> None:
    notice = case.items[0].notice
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)

    def kept() -> dict[str, str]:
        html = app.test_client().post(f"/receipts/{notice.reference}", data={"code": code}).text
        part = html[html.index("保存多久") : html.index("收件证明和二维码")]
        return {
            name: re.sub("<[^>]+>|\\s", "", text)
            for name, text in re.findall(r"<dt>([^<]+)</dt>(.*?)</div>", part, re.DOTALL)
        }

    before = kept()
    assert before["邮箱、电话和地址"] == "全部结案后3年（诉讼时效）用来把回执、问题和结果告诉您。"
    assert before["编号、类别、日期、处理结果和校验值"].startswith("长期")
    assert "决定中认定的事实和理由" not in before
    over = end(site, case, mei, now)
    with transaction():
        db.session.execute(sa.update(Mail).values(state=MailState.SENT))
    assert kept()["邮箱、电话和地址"].startswith(f"{site.local(over):%Y年%-m月%-d日}")
    do_what_is_due(site, over)
    gone = kept()
    for name in ("邮箱、电话和地址", "决定中认定的事实和理由", "我们发出的邮件，以及是否送达"):
        assert gone[name].startswith("已于"), name
    assert gone["您的身份、国家或地区和几项选择"].startswith("长期")
