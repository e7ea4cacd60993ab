"""The invariants of the life of a notice (law_standards §6.3), one test for each number."""

import re
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import Base, db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import ClockKind, restore_window
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.elements import ELEMENTS
from tracker.domain.errors import InvalidTransition, NotPermitted
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.regimes import RegimeName, Side, redress
from tracker.domain.roles import Role
from tracker.domain.standing import Level
from tracker.domain.standing import Side as Where
from tracker.domain.threads import MessageKind
from tracker.models import Account, AuditEntry, Case, Clock, CounterNotice, Mail, Page
from tracker.queries import trail
from tracker.render.site import PREFIXES, Site
from tracker.services import (
    appeals,
    cases,
    counters,
    decisions,
    defamation,
    exchange,
    holds,
    measures,
    proceedings,
    publishers,
    standings,
)

NAME, MAIL, PHONE, STREET = "王建国", "canary@example.org", "13812345678", "静安区某路一号"
CANARIES = (NAME, MAIL, PHONE, STREET)
UK = {
    "country": "GB", "meaning": "读者会以为我们违法催收。", "stmt_no_poster_info": "1", "share_name": "no",
    "share_email": "no",
}  # fmt: skip


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def copyright_case(site: Site, now: datetime, mei: Account, **said: str) -> Case:
    """A copyright case whose article is withheld, and countered."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **(US | said))
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter(site, case, now)
    return case


def counter(site: Site, case: Case, now: datetime) -> CounterNotice:
    with transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, f"counter:{case.id}")
    return case.counter_notices[-1]


def entries(case: Case) -> list[AuditEntry]:
    of = select(AuditEntry).where(AuditEntry.case_id == case.id).order_by(AuditEntry.seq)
    return list(db.session.scalars(of))


def test_1_every_transition_is_one_entry_with_who_when_before_and_after_chained_to_the_last(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now)
    acts = 0
    for act in (
        lambda: cases.take_up(site, mei, case.id, case.version, now),
        lambda: publishers.ask(site, mei, case.id, case.version, now, "f"),
        lambda: publishers.reply(site, case, "答复。", {}, [], now, "r"),
        lambda: decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.WITHHELD), now),
        lambda: counters.send(
            site, case, COUNTER, {}, [accept("id.txt", b"1", "identity_files")], "zh-Hans", now, "c"
        ),
        lambda: exchange.supplement(
            site, case.items[0].notice, "已起诉。", [accept("d.txt", b"1")], {}, now, "p", MessageKind.PROOF
        ),
        lambda: proceedings.confirm(
            site, mei, case.id, case.version, case.counter_notices[0].proceedings[0].id, now
        ),
        lambda: counters.ruling(site, mei, case.id, case.version, now, restores=True),
    ):  # fmt: skip
        before, state = len(entries(case)), case.state
        with transaction():
            act()
        fresh = [entry for entry in entries(case)[before:] if "to" in entry.facts]
        if case.state is not state or fresh:
            assert [(entry.facts["from"], entry.facts["to"]) for entry in fresh] == [(state, case.state)]
            assert all(entry.actor and entry.at == now for entry in fresh)
            acts += 1
    assert acts == 7  # proof that comes moves nothing yet
    chain = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))
    assert all(later.previous == earlier.hash for earlier, later in pairwise(chain))
    assert trail.fault() is None


@pytest.mark.parametrize("outcome", sorted(MEASURES))
def test_2_a_measure_and_its_statement_are_one_transaction(
    site: Site, now: datetime, mei: Account, monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    meanwhile = {"category": CategoryName.MINOR} if outcome is Outcome.INTERIM else {}  # §6.2, 7: not for every notice
    case = make_case(site, now, **meanwhile)

    def fail(*_: object) -> None:
        raise RuntimeError("the mail cannot be rendered")

    with monkeypatch.context() as broken:
        broken.setattr(decisions.mail, "statement_of_reasons", fail)
        with pytest.raises(RuntimeError):
            factories.decide(site, case, outcome, now, mei)
    db.session.expire_all()
    assert measures.open_of(case, now) is None
    factories.decide(site, case, outcome, now, mei)
    statement = db.session.scalars(select(Mail).where(Mail.name == "statement")).one()
    assert measures.open_of(case, now) is not None
    assert statement.created_at == now


def test_3_no_decision_goes_out_without_redress(site: Site, now: datetime, mei: Account) -> None:
    for names in [(), *((name,) for name in RegimeName)]:
        assert all(redress(names, side) for side in Side)
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", now, "a")
    wu = make_member("wu@example.org", name="吴")
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now)
    told = db.session.scalars(select(Mail).where(Mail.name.in_(("decision", "statement", "appeal_decided")))).all()
    assert {mail.name for mail in told} == {"decision", "appeal_decided"}
    for mail in told:
        _, heading, rest = mail.text.partition("如果您不同意")
        assert heading
        assert re.search(r"^- \S", rest, re.MULTILINE)


def test_4_an_appeal_is_decided_by_a_person_who_decided_nothing_before(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    wu, he = make_member("wu@example.org", name="吴"), make_member("he@example.org", name="何")
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "a")
    with pytest.raises(NotPermitted), transaction():
        appeals.rule(site, mei, case.appeals[0].id, case.version, GROUNDS, now)
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now, factories.draft(Outcome.RESTORED))
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", now, "b")
    for decider in (mei, wu):
        with pytest.raises(NotPermitted), transaction():
            appeals.rule(site, decider, case.appeals[1].id, case.version, GROUNDS, now)
    do_what_is_due(site, now + timedelta(days=100))
    assert case.appeals[1].decided_at is None  # no clock ever decides one
    with transaction():
        appeals.rule(site, he, case.appeals[1].id, case.version, GROUNDS, now)
    assert case.appeals[1].decided_by_id == he.id


@pytest.mark.parametrize("regime", RegimeName)
def test_5_a_publisher_reads_no_address_of_a_notifier_unless_the_law_discloses_it(regime: RegimeName) -> None:
    answers = {"notifier_name": NAME, "email": MAIL, "phone": PHONE, "postal_address": STREET,
               "explanation": f"我是{NAME}，电话{PHONE}，住{STREET}，邮箱{MAIL}。", "work_title": "作品", "addresses": "/articles/a"}  # fmt: skip
    consents = [{"share_name": name, "share_email": box} for name in ("yes", "no") for box in ("yes", "no")]
    for consent in consents:
        shown = "".join(_disclosed(regime, answers | consent).values())
        assert shown
        assert PHONE not in shown
        assert STREET not in shown
        may_mail = regime is RegimeName.UK_DEFAMATION and consent["share_email"] == "yes"
        assert (MAIL in shown) == may_mail


def _disclosed(regime: RegimeName, answers: dict[str, str]) -> dict[str, str]:
    return publishers.disclosed([regime], answers)


@pytest.mark.parametrize("late", [0, 3, 20])
def test_6_with_us_law_the_article_comes_back_between_business_days_10_and_14(
    site: Site, now: datetime, mei: Account, late: int
) -> None:
    case = copyright_case(site, now, mei)
    sent = db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded")).one()
    if late < 20:
        with transaction():
            counters.reached(site, db.session.get_one(Mail, sent.id), now + timedelta(days=late))
    window = restore_window(now, site.calendars)
    with pytest.raises(InvalidTransition), transaction():
        holds.restore_now(site, mei, case.id, case.version, "regulation17", now)
    at = now
    while case.state is State.COUNTERED and at < window.latest + timedelta(days=1):
        at += timedelta(hours=4)
        do_what_is_due(site, at)
        db.session.expire_all()
    ended_at = case.counter_notices[0].ended_at
    assert ended_at is not None
    assert window.earliest <= ended_at <= window.latest


def test_6_or_proof_exists_or_the_notifier_gave_up(site: Site, now: datetime, mei: Account) -> None:
    case = copyright_case(site, now, mei)
    with transaction():
        docket, notice = accept("docket.txt", b"1"), case.items[0].notice
        exchange.supplement(site, notice, "已起诉。", [docket], {}, now, "p", MessageKind.PROOF)
    do_what_is_due(site, now + timedelta(days=90))
    assert case.state is State.COUNTERED


def test_7_the_same_claim_after_a_chinese_restoration_is_answered_with_article_17(
    site: Site, now: datetime, mei: Account
) -> None:
    case = copyright_case(site, now, mei, country="CN")
    with transaction():
        counters.restore(site, cases.locked([case.id], now, "x")[0], now)
    again = make_notice(site, case.article, now, category=CategoryName.COPYRIGHT, **(US | {"country": "CN"}))
    assert [item.ended for item in again.items] == [Ending.BARRED]
    assert "第十七条" in db.session.scalars(select(Mail.text).where(Mail.name == "rejected")).one()


def test_8_the_uk_repeat_branch_needs_two_removals_under_the_regulations(
    site: Site, now: datetime, mei: Account
) -> None:
    earlier = []
    for slug, said in (("one", UK), ("two", UK), ("three", {})):
        case = make_case(site, now, slug, body=f"正文{slug}。", **said)
        factories.decide(site, case, Outcome.WITHHELD, now, mei)
        earlier.append(case.items[0].notice.reference)
    for number, (named, is_repeat) in enumerate((((0, 1), True), ((0, 2), False), ((0, 0), False), ((), False))):
        prior = " ".join(earlier[n] for n in named)
        case = make_case(site, now, f"new-{number}", body=f"新{number}。", **UK, prior_receipts=prior)
        (item,) = case.items
        assert bool(defamation.removed_before(item)) is is_repeat
        with nullcontext() if is_repeat else pytest.raises(InvalidTransition, match="两次以上"), transaction():
            defamation.find_repeat(site, mei, item.id, case.version, now, is_repeat=True)
        assert (item.is_repeat or False) is is_repeat


@pytest.mark.parametrize("category", [CategoryName.NCII, CategoryName.MINOR, CategoryName.COURT_OR_AUTHORITY])
def test_9_who_is_suspended_keeps_the_urgent_lanes_authorities_and_appeals(
    site: Site, now: datetime, mei: Account, category: CategoryName
) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    jia = make_member("jia@example.org", Role.ADMIN)
    for level in (Level.WARNED, Level.SUSPENDED):
        with transaction():
            said = {"reason": "一年内多次提交明显没有根据的通知。"}
            standings.put(site, jia, "anna@example.com", Where.NOTIFIER, level, said, now)
    later = now + timedelta(seconds=1)
    ordinary = make_notice(site, case.article, later)
    assert ordinary.items[0].ended is Ending.SUSPENDED
    urgent: dict[str, Any] = {
        "stmt_no_consent": "1", "signature_name": "安娜", "notifier_type": "authority", "authority_name": "某法院",
        "legal_basis": "民事诉讼法", "territory": "CN",
    }  # fmt: skip
    kept = make_notice(site, case.article, later, category=category, **urgent)
    assert kept.items[0].state is ItemState.OPEN
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", later, "a")
    assert case.state is State.APPEALED


def test_10_there_is_no_room_for_money() -> None:
    names = {*ELEMENTS, *COUNTER_ELEMENTS, *REPLY_ELEMENTS}
    names |= {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    words = re.compile(r"fee|price|pay|amount|money|currency|invoice|premium|费|款|金额|付")
    assert [name for name in names if words.search(name)] == []
    asked = [element.label for table in (ELEMENTS, COUNTER_ELEMENTS, REPLY_ELEMENTS) for element in table.values()]
    assert [label for label in asked if re.search(r"费用|付款|收费|金额", label)] == []
    assert not any("paid" in category.name for category in CATEGORIES.values())


@pytest.mark.parametrize(
    ("category", "outcomes"),
    [
        (CategoryName.REPUTATION, (Outcome.WITHHELD, Outcome.RESTORED)),
        (CategoryName.COPYRIGHT, (Outcome.INTERIM, Outcome.WITHHELD, Outcome.RESTORED)),
    ],
)
def test_11_nothing_published_holds_what_somebody_wrote_to_us(
    app: Flask, site: Site, client: FlaskClient, now: datetime, mei: Account, category: CategoryName,
    outcomes: tuple[Outcome, ...],
) -> None:  # fmt: skip
    said = {"notifier_name": NAME, "email": MAIL, "phone": PHONE, "postal_address": STREET}
    said = (US if category is CategoryName.COPYRIGHT else {}) | said
    said["explanation"] = f"我是{NAME}，电话{PHONE}，住{STREET}，邮箱{MAIL}，请处理。"
    case = make_case(site, now, category=category, **said)
    for outcome in outcomes:
        factories.decide(site, case, outcome, now, mei)
        published = [row.body.decode() for row in db.session.scalars(select(Page))]
        published += [client.get(f"{prefix}/articles/{case.article.slug}").text for prefix in PREFIXES.values()]
        published += [client.get("/search?q=" + NAME).text.replace(f'value="{NAME}"', "")]
        for page in published:
            for private in (MAIL, PHONE, STREET):
                assert private not in page
        assert not any(NAME in row for row in published[:-1])


def test_12_an_editor_decides_nothing_about_their_own_article(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    editor = make_member("Editors+x@Example.org", name="编辑")
    for outcome in (Outcome.WITHHELD, Outcome.DECLINED, Outcome.INTERIM):
        with pytest.raises(NotPermitted, match="利害关系"):
            factories.decide(site, case, outcome, now, editor)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "a")
    with pytest.raises(NotPermitted, match="利害关系"), transaction():
        appeals.rule(site, editor, case.appeals[0].id, case.version, GROUNDS, now)


def test_13_a_legal_hold_keeps_everything(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    closed = now + timedelta(days=200)
    do_what_is_due(site, closed)
    until = closed + timedelta(days=5 * 366)
    with transaction():
        holds.keep(site, mei, case.id, case.version, until, "法院保全。", closed, "k")
    for at in (closed + timedelta(days=4 * 366), until - timedelta(seconds=1)):
        do_what_is_due(site, at)
        assert case.items[0].notice.erased_at is None
        assert case.items[0].notice.answers["notifier_name"]
    do_what_is_due(site, until)
    assert case.items[0].notice.erased_at == until


def test_13_a_hold_that_is_shortened_ends_when_it_says(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    do_what_is_due(site, closed := now + timedelta(days=200))
    asked, shorter = closed + timedelta(days=4 * 366), closed + timedelta(days=4 * 366 + 10)
    for at, until in ((closed, closed + timedelta(days=6 * 366)), (asked, shorter)):
        do_what_is_due(site, at)
        with transaction():
            holds.keep(site, mei, case.id, case.version, until, "法院保全。", at, f"k{at}")
    do_what_is_due(site, shorter - timedelta(seconds=1))
    assert case.items[0].notice.erased_at is None
    do_what_is_due(site, shorter)
    assert case.items[0].notice.erased_at == shorter


def test_14_an_interim_measure_without_a_decision_rings_after_seven_days(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    factories.decide(site, case, Outcome.INTERIM, now, mei)
    clock = db.session.scalars(select(Clock).where(Clock.kind == ClockKind.INTERIM)).one()
    assert timedelta(days=7) <= clock.due_at - now < timedelta(days=8)

    def rung() -> int:
        return sum(
            entry.facts.get("limit") == ClockKind.INTERIM for entry in entries(case) if entry.kind == "clock.expired"
        )

    do_what_is_due(site, clock.due_at - timedelta(seconds=1))
    assert rung() == 0
    for _ in range(2):
        do_what_is_due(site, clock.due_at)
    assert rung() == 1
    assert measures.open_of(case, clock.due_at) is not None  # nothing lapses by itself


def test_every_invariant_has_its_test() -> None:
    numbers = {int(found[1]) for name in globals() if (found := re.match(r"test_(\d+)_", name))}
    assert numbers == set(range(1, 15))
