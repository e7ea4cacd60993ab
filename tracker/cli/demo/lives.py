"""The lives of the demo's cases: each a few acts with time between them, by the same services as on a real desk."""

from collections.abc import Generator, Iterator
from datetime import timedelta

from sqlalchemy import select

from tracker.cli.demo import words
from tracker.cli.demo.stage import Life, Stage
from tracker.cli.demo.words import Person
from tracker.db import db
from tracker.domain import attachments
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending, State
from tracker.domain.opinions import View
from tracker.domain.threads import MessageKind
from tracker.models import Account, Appeal, Article, Item, Notice
from tracker.services import (
    appeals,
    case_drafts,
    cases,
    counters,
    decisions,
    exchange,
    holds,
    opinions,
    proceedings,
    publishers,
)

_C = CategoryName

Case_ = Generator[timedelta, None, int]
"""A life that goes on in another; it gives the number of its case."""


def received(stage: Stage, category: CategoryName, person: Person, **said: str) -> Life:
    """Nobody has taken it up yet."""
    stage.notify(category, person, None, **said)
    yield from ()


def _taken_up(stage: Stage, category: CategoryName, person: Person, **said: str) -> Case_:
    """Submit and take up."""
    notice = stage.notify(category, person, None, **said)
    number = stage.case_of(notice)
    yield stage.hours(2, 22)
    case = stage.case(number)
    if case.state is State.RECEIVED:
        stage.act(cases.take_up, stage.site, stage.somebody, number, case.version, stage.now)
    return number


def in_review(stage: Stage, category: CategoryName, person: Person, extra: str = "", **said: str) -> Life:
    """Taken up; perhaps with a note, a pause, a draft, a question to a colleague, or withheld meanwhile."""
    number = yield from _taken_up(stage, category, person, **said)
    yield stage.hours(1, 10)
    who = db.session.get_one(Account, stage.case(number).assignee_id)
    if extra == "note":
        stage.act(holds.note, who, number, stage.dice.choice(words.NOTES), stage.now, stage.key())
    elif extra == "pause":
        clock = next(c for c in stage.case(number).clocks if c.kind is ClockKind.DECIDE)
        version = stage.case(number).version
        stage.act(holds.pause, stage.site, who, number, version, clock.id, "等主管机关回函", stage.now, stage.key())
    elif extra == "draft":
        typed = {"ground_type": "law", "facts": stage.dice.choice(words.FACTS), "ground_explanation": "写了一半"}
        stage.act(case_drafts.save, who, number, case_drafts.DECIDING, typed, stage.now)
    elif extra in {"opinion", "answered"}:
        yield from _opinion(stage, number, who, is_answered=extra == "answered")
    elif extra == "interim":
        _decide(stage, number, Outcome.INTERIM)
    elif extra == "kept":
        until, version = stage.now + timedelta(days=400), stage.case(number).version
        stage.act(
            holds.keep, stage.site, who, number, version, until, "诉讼保全，（2026）沪某民初1号", stage.now, stage.key()
        )


def _opinion(stage: Stage, number: int, who: Account, *, is_answered: bool) -> Iterator[timedelta]:
    asked, colleague = stage.dice.choice(words.QUESTIONS), stage.somebody(who.email)
    found = stage.act(opinions.ask, stage.site, who, number, colleague.id, asked, stage.now, stage.key())
    opinion, of = found.id, colleague.id
    if is_answered:
        yield stage.hours(2, 9)
        stage.act(
            opinions.give, stage.site, opinion, of, stage.dice.choice(list(View)), "材料够了，可以决定。", stage.now
        )


def asked(stage: Stage, category: CategoryName, person: Person, answers: bool = False, **said: str) -> Case_:
    """The notifier was asked for something; they answer, or the time runs out by itself."""
    number = yield from _taken_up(stage, category, person, **said)
    yield stage.hours(1, 8)
    item = stage.case(number).items[0]
    who, version = stage.somebody(), stage.case(number).version
    stage.act(exchange.ask_info, stage.site, who, item.id, version, words.ASKED, stage.now, stage.key())
    if answers:
        notice = item.notice_id
        yield stage.hours(20, 110)
        text = "补充如下：我是文中所述机构的法定代表人，营业执照和授权书见附件。"
        stage.act(
            exchange.supplement,
            stage.site,
            lambda: db.session.get_one(Notice, notice),
            text,
            [],
            {},
            stage.now,
            stage.key(),
        )
    return number


def forwarded(stage: Stage, category: CategoryName, person: Person, replies: bool = False, **said: str) -> Case_:
    """The notice was forwarded to the publisher, who replies or lets the time run out."""
    number = yield from _taken_up(stage, category, person, **said)
    yield stage.hours(1, 12)
    stage.act(publishers.ask, stage.site, stage.somebody, number, stage.case(number).version, stage.now, stage.key())
    if replies:
        yield stage.hours(10, 90)
        text = stage.dice.choice(words.REPLIES)
        stage.act(publishers.reply, stage.site, lambda: stage.case(number), text, {}, [], stage.now, stage.key())
    return number


def decided(
    stage: Stage, category: CategoryName, person: Person, outcome: Outcome, first: str = "", **said: str
) -> Case_:
    """Decided, perhaps after a question to the notifier or to the publisher."""
    if first == "asked":
        number = yield from asked(stage, category, person, True, **said)
    elif first == "forwarded":
        number = yield from forwarded(stage, category, person, True, **said)
    else:
        number = yield from _taken_up(stage, category, person, **said)
    yield stage.hours(6, 70)
    _decide(stage, number, outcome)
    return number


def _decide(stage: Stage, number: int, outcome: Outcome, who: Account | None = None) -> None:
    case = stage.case(number)
    draft = stage.draft(case, outcome)
    by = who.id if who else (case.assignee_id or stage.somebody().id)
    stage.act(
        decisions.decide, stage.site, lambda: db.session.get_one(Account, by), number, case.version, draft, stage.now
    )


def restored(stage: Stage, category: CategoryName, person: Person, outcome: Outcome) -> Life:
    """Decided, and weeks later taken back by the desk itself."""
    number = yield from decided(stage, category, person, outcome)
    yield stage.hours(100, 400)
    _decide(stage, number, Outcome.RESTORED)


def appealed(stage: Stage, category: CategoryName, person: Person, outcome: Outcome, ruled: str = "") -> Life:
    """Somebody appeals; a reviewer dismisses it, or upholds it with another decision."""
    number = yield from decided(stage, category, person, outcome)
    yield stage.hours(20, 120)
    is_notifier = outcome is Outcome.DECLINED
    notice = stage.case(number).items[0].notice_id
    stage.act(
        appeals.send, stage.site, lambda: stage.case(number), (lambda: db.session.get_one(Notice, notice)) if is_notifier else None,
        stage.dice.choice(words.APPEALS), [], person.language, stage.now, stage.key(),
    )  # fmt: skip
    if not ruled:
        return
    yield stage.hours(30, 200)
    appeal = db.session.scalars(select(Appeal.id).where(Appeal.case_id == number)).one()
    case, reviewer = stage.case(number), stage.person("reviewer@example.org")
    replaced = Outcome.WITHHELD if is_notifier else Outcome.RESTORED
    draft = stage.draft(case, replaced) if ruled == "uphold" else None
    reasons = "由没有参与原决定的人重新审查：申诉提出的材料已逐一核对，结论和理由见下。"
    stage.act(appeals.rule, stage.site, reviewer, appeal, case.version, reasons, stage.now, draft)


def countered(stage: Stage, person: Person, ending: str = "") -> Life:
    """A copyright notice is honoured, the publisher answers with a counter-notice, and it takes its course."""
    number = yield from decided(stage, _C.COPYRIGHT, person, Outcome.WITHHELD)
    yield stage.hours(24, 140)
    answers = {
        "explanation": words.COUNTER, "counter_name": "编辑部", "counter_address": "上海市某路1号", "counter_phone": "010-0000 0000",
        "counter_in_us": "no", "stmt_mistake_perjury": "1", "stmt_jurisdiction_abroad": "1", "stmt_accept_service": "1",
        "stmt_truth": "1", "signature_name": "编辑部",
    }  # fmt: skip
    language = stage.case(number).article.language
    stage.act(counters.send, stage.site, lambda: stage.case(number), answers, {}, [], language, stage.now, stage.key())
    if ending in {"held", "ruled"}:
        yield stage.hours(40, 180)
        if stage.case(number).state is not State.COUNTERED:
            return
        yield from _proved(stage, number)
        if ending == "ruled":
            yield stage.hours(200, 500)
            version = stage.case(number).version
            stage.act(counters.ruling, stage.site, stage.somebody, number, version, stage.now, restores=True)


def _proved(stage: Stage, number: int) -> Iterator[timedelta]:
    """The notifier proves that they went to court, and somebody looks at it."""
    notice, file = stage.case(number).items[0].notice_id, attachments.accept("受理通知书.txt", words.PROOF.encode())
    stage.act(
        exchange.supplement, stage.site, lambda: db.session.get_one(Notice, notice), words.PROOF, [file], {}, stage.now,
        stage.key(), kind=MessageKind.PROOF,
    )  # fmt: skip
    yield stage.hours(2, 20)
    case = stage.case(number)
    proof = case.counter_notices[-1].proceedings[-1].id
    stage.act(proceedings.confirm, stage.site, stage.somebody, number, case.version, proof, stage.now)


def withdrawn(stage: Stage, category: CategoryName, person: Person) -> Life:
    """The notifier takes it back."""
    notice = stage.notify(category, person)
    yield stage.hours(5, 60)
    items = [item.id for item in db.session.get_one(Notice, notice).items]
    stage.act(exchange.withdraw, stage.site, lambda: db.session.get_one(Notice, notice), items, stage.now, stage.key())


def rejected(stage: Stage, category: CategoryName, person: Person, ending: Ending) -> Life:
    """Ended without a decision."""
    notice = stage.notify(category, person)
    number = stage.case_of(notice)
    yield stage.hours(3, 30)
    item, version = stage.case(number).items[0].id, stage.case(number).version
    text = "这份通知与先前的通知说的是同一件事，已经在那一件里处理。"
    who = stage.somebody()
    stage.act(exchange.reject, stage.site, who, item, version, ending, text, stage.now, stage.key())


def joined(stage: Stage, category: CategoryName, people: tuple[Person, ...], outcome: Outcome | None) -> Life:
    """Several people say the same of one article: one case."""
    article = stage.article(category)
    number = 0
    for person in people:
        number = stage.case_of(stage.notify(category, person, [article]))
        yield stage.hours(1, 20)
    case = stage.case(number)
    if case.state is State.RECEIVED:
        stage.act(cases.take_up, stage.site, stage.somebody, number, case.version, stage.now)
    if outcome:
        yield stage.hours(5, 40)
        _decide(stage, number, outcome)


def batch(stage: Stage) -> Life:
    """A law firm names two hundred articles; it takes most of them back, and the desk works through the rest."""
    articles = list(
        db.session.scalars(select(Article).where(Article.slug.startswith("demo-")).order_by(Article.id).limit(200))
    )
    said = {
        "explanation": "以下文章未经许可使用了我方委托人的商标，逐条清单见附件。",
        "principal_name": "松果消费金融（示例）有限公司",
    }
    notice = stage.notify(_C.TRADEMARK, words.FIRM, articles, notifier_role="authorised_agent", **said)
    yield stage.hours(30, 60)
    items = [item.id for item in db.session.get_one(Notice, notice).items]
    stage.act(
        exchange.withdraw, stage.site, lambda: db.session.get_one(Notice, notice), items[:150], stage.now, stage.key()
    )
    for item in items[150:185]:
        yield timedelta(minutes=stage.dice.uniform(3, 14))
        number = db.session.get_one(Item, item).case_id
        _decide(
            stage,
            number,
            Outcome.DECLINED if stage.dice.random() < 0.7 else Outcome.LABELLED,
            stage.person("he@example.org"),
        )
