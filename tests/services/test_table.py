"""The table of transitions, each row run: it leads where it says, and every mail it names is queued by it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from tests import factories
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.staff import mails_leave, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import DomainError
from tracker.domain.lifecycle import TRANSITIONS, Ending, Event, State, Transition
from tracker.domain.roles import Role
from tracker.domain.threads import MessageKind
from tracker.models import Account, Article, Case, Clock, Item, Mail
from tracker.queries import trail
from tracker.render.site import TEMPLATES, Site
from tracker.services import (
    appeals,
    cases,
    counters,
    decisions,
    disputes,
    exchange,
    holds,
    measures,
    proceedings,
    publishers,
    reopening,
)

ELSEWHERE = frozenset(
    {Event.ORDER, Event.GIVE_EFFECT, Event.OWN_INITIATIVE, Event.MERGE, Event.UNMERGE, Event.SPLIT, Event.GATHER}
)
"""The rows about orders, our own initiative and notices that move between cases have tests of their own."""

DOCKET = accept("docket.txt", b"1")


class Row:
    """One case on an article of its own, brought to where a row begins; each step is an act of a service."""

    def __init__(self, site: Site, people: list[Account], number: int, now: datetime) -> None:
        self.site, self.mei, self.wu, self.jia = site, *people
        self.now, self.keys = now, iter(f"{number}:{n}" for n in range(100))
        writer = {"name": "作者", "email": "writer@press.example"}
        article = factories.publish(site, f"row-{number}", now, origin="contributed", publisher=writer)
        self.article: int = article.id
        self.number = number
        self.category = CategoryName.COPYRIGHT
        self.said: dict[str, str] = dict(US)

    @property
    def case(self) -> Case:
        of = select(Case).where(Case.article_id == self.article).order_by(Case.id)
        return db.session.scalars(of, execution_options={"populate_existing": True}).one()

    @property
    def item(self) -> Item:
        return self.case.items[0]

    def submit(self, who: str = "wang") -> None:
        article = db.session.get_one(Article, self.article)
        said = self.said | {"email": f"{who}-{self.number}@example.org"}
        make_notice(self.site, article, self.now, category=self.category, **said)

    def join(self) -> None:
        self.submit("li")

    def later(self) -> None:
        mails_leave(self.site, self.now)
        self.now += timedelta(days=3)

    def take_up(self) -> None:
        cases.take_up(self.site, self.mei, self.case.id, self.case.version, self.now)

    def ask_info(self, which: int = 0) -> None:
        item, version = self.case.items[which], self.case.version
        exchange.ask_info(self.site, self.mei, item.id, version, "请补充。", self.now, next(self.keys))

    def supplement(self) -> None:
        exchange.supplement(self.site, self.item.notice, "补充。", [], {}, self.now, next(self.keys))

    def lapse_info(self) -> None:
        self._lapse(ClockKind.INFO_WAIT)

    def lapse_reply(self) -> None:
        self._lapse(ClockKind.REPLY_WAIT)

    def lapse_window(self) -> None:
        self._lapse(ClockKind.US_RESTORE)

    def lapse_appeals(self) -> None:
        self._lapse(ClockKind.APPEAL_WINDOW)

    def _lapse(self, kind: ClockKind) -> None:
        of = select(Clock.due_at).where(Clock.case_id == self.case.id, Clock.kind == kind, Clock.stopped_at.is_(None))
        mails_leave(self.site, self.now)
        self.now = db.session.scalars(of).one()
        do_what_is_due(self.site, self.now)

    def reject(self) -> None:
        reason = (Ending.DUPLICATE, "重复。")
        exchange.reject(self.site, self.mei, self.item.id, self.case.version, *reason, self.now, next(self.keys))

    def ask_publisher(self) -> None:
        publishers.ask(self.site, self.mei, self.case.id, self.case.version, self.now, next(self.keys))

    def reply(self) -> None:
        publishers.reply(self.site, self.case, "答复。", {}, [], self.now, next(self.keys))

    def decide(self, outcome: Outcome = Outcome.WITHHELD) -> None:
        draft = factories.draft(outcome)
        decisions.decide(self.site, self.mei, self.case.id, self.case.version, draft, self.now)

    def extend(self) -> None:
        holds.extend(self.site, self.mei, self.case.id, self.case.version, "需要查证。", self.now, next(self.keys))

    def counter(self) -> None:
        counters.send(self.site, self.case, COUNTER, {}, [], "zh-Hans", self.now, next(self.keys))

    def prove(self) -> None:
        notice, key = self.item.notice, next(self.keys)
        exchange.supplement(self.site, notice, "已起诉。", [DOCKET], {}, self.now, key, MessageKind.PROOF)

    def confirm(self) -> None:
        number = self.case.counter_notices[-1].proceedings[-1].id
        proceedings.confirm(self.site, self.mei, self.case.id, self.case.version, number, self.now)

    def ruling(self, *, restores: bool) -> None:
        counters.ruling(self.site, self.mei, self.case.id, self.case.version, self.now, restores=restores)

    def restore_now(self) -> None:
        holds.restore_now(self.site, self.mei, self.case.id, self.case.version, "withdrawn", self.now)

    def end_measure(self) -> None:
        self.now += timedelta(hours=1)
        measure = measures.open_of(self.case, self.now)
        assert measure is not None
        measure.ends_at = self.now

    def appeal(self) -> None:
        appeals.send(self.site, self.case, None, GROUNDS, [], "zh-Hans", self.now, next(self.keys))

    def appeal_of_notifier(self, which: int = 0) -> None:
        notice, key = self.case.items[which].notice, next(self.keys)
        appeals.send(self.site, self.case, notice, GROUNDS, [], "zh-Hans", self.now, key)

    def rule(self) -> None:
        open_one = next(appeal for appeal in self.case.appeals if appeal.decided_at is None)
        appeals.rule(self.site, self.wu, open_one.id, self.case.version, GROUNDS, self.now)

    def dispute(self) -> None:
        said = ("publisher", "某机构", "ODS-1")
        disputes.open_one(self.site, self.jia, self.case.id, self.case.version, *said, self.now)

    def withdraw(self) -> None:
        notice = self.item.notice
        exchange.withdraw(self.site, notice, [i.id for i in notice.items], self.now, next(self.keys))

    def reopen(self) -> None:
        reopening.reopen(self.site, self.jia, self.case.id, self.case.version, "新裁判。", self.now, next(self.keys))


Step = Callable[[Row], None]
R = Row

WAY: dict[State, list[Step]] = {
    State.RECEIVED: [],
    State.NEEDS_INFO: [R.ask_info],
    State.IN_REVIEW: [R.take_up],
    State.AWAITING_REPLY: [R.take_up, R.ask_publisher],
    State.DECIDED: [R.take_up, R.decide],
    State.COUNTERED: [R.take_up, R.decide, R.counter],
    State.ON_HOLD: [R.take_up, R.decide, R.counter, R.prove, R.confirm],
    State.APPEALED: [R.take_up, R.decide, R.appeal],
    State.CLOSED: [R.withdraw],
}
"""How a case with one notice comes into each state."""

LAPSES: dict[State, list[Step]] = {
    State.RECEIVED: [R.join, R.ask_info],
    State.IN_REVIEW: [R.take_up, R.join, R.ask_info],
    State.AWAITING_REPLY: [R.take_up, R.join, R.ask_info, R.later, R.ask_publisher],
    State.NEEDS_INFO: [R.ask_info],
}
RULES: dict[State, list[Step]] = {
    State.APPEALED: WAY[State.APPEALED],
    State.COUNTERED: [R.take_up, R.decide, R.appeal, R.counter],
    State.ON_HOLD: [R.take_up, R.decide, R.appeal, R.counter, R.prove, R.confirm],
}

ACTS: dict[Event, list[Step]] = {
    Event.JOIN: [R.join],
    Event.ASK_INFO: [R.ask_info],
    Event.SUPPLEMENT: [R.supplement],
    Event.INFO_LAPSED: [R.lapse_info],
    Event.INFO_WAIVED: [R.lapse_info],
    Event.REJECT: [R.reject],
    Event.ACCEPT: [R.take_up],
    Event.WITHHOLD_INTERIM: [lambda row: row.decide(Outcome.INTERIM)],
    Event.ASK_PUBLISHER: [R.ask_publisher],
    Event.REPLY: [R.reply],
    Event.NO_REPLY: [R.lapse_reply],
    Event.DECIDE: [R.decide],
    Event.REVERSE: [lambda row: row.decide(Outcome.RESTORED)],
    Event.EXTEND: [R.extend],
    Event.COUNTER: [R.counter],
    Event.PROOF: [R.prove, R.confirm],
    Event.RESTORE: [R.lapse_window],
    Event.RESTORE_NOW: [R.restore_now],
    Event.APPEAL: [R.appeal],
    Event.RULE: [R.rule],
    Event.ODS_OPENED: [R.dispute],
    Event.LAPSE: [R.lapse_appeals],
    Event.WITHDRAW: [R.withdraw],
    Event.REOPEN: [R.reopen],
}
OTHERWISE: dict[Event, list[Step]] = {
    Event.RULING: [lambda row: row.ruling(restores=True)],
    Event.RESTORE: [R.end_measure, R.lapse_window],
    Event.RESTORE_NOW: [R.end_measure, R.restore_now],
}
"""What else an event may come to, with other mails."""
ASKED = WAY | {State.AWAITING_REPLY: [*WAY[State.AWAITING_REPLY], R.join]}
BEFORE: dict[Event, dict[State, list[Step]]] = {
    Event.INFO_LAPSED: LAPSES, Event.INFO_WAIVED: LAPSES, Event.RULE: RULES, Event.ASK_PUBLISHER: ASKED,
}  # fmt: skip


PENDING: dict[tuple[State | None, Event], State] = {(State.AWAITING_REPLY, Event.ASK_INFO): State.AWAITING_REPLY}
"""Where something else that is pending keeps a case: the publisher's reply is still awaited."""


def test_every_mail_the_table_names_has_a_template() -> None:
    named = {name for row in TRANSITIONS for name in row.mails}
    assert named <= {file.stem for file in (TEMPLATES / "mail").glob("[!_]*.txt")}


def test_every_row_runs_and_queues_the_mails_it_names(site: Site, stopped_clock: None, now: datetime) -> None:
    people = [make_member(), make_member("wu@example.org", name="吴"), make_member("jia@example.org", Role.ADMIN)]
    rows = [row for row in TRANSITIONS if row.event not in ELSEWHERE]
    wrong: list[str] = []
    for number, row in enumerate(rows):
        wrong += [f"{row.source} {row.event}: {said}" for said in played(site, people, number, row, now) if said]
    assert wrong == []
    assert trail.fault() is None


def played(site: Site, people: list[Account], number: int, row: Transition, now: datetime) -> list[str]:
    """Run a row; return what is wrong with it."""
    case = Row(site, people, number, now)
    if row.event is Event.EXTEND:
        case.category, case.said = CategoryName.PERSONAL_DATA, {"country": "DE", "data_right": "delete"}
    if row.event is Event.INFO_LAPSED:
        case.category = CategoryName.REPUTATION  # such a notice lacks something
    before = last_mail()
    if row.event is not Event.SUBMIT:
        case.submit()
        steps = BEFORE.get(row.event, WAY)[row.source] if row.source else []
        if row.source is State.APPEALED and row.event is Event.APPEAL:
            steps = [R.join, R.take_up, lambda one: one.decide(Outcome.DECLINED), R.appeal_of_notifier]
        if complaint := done(case, steps):
            return [f"does not come to {row.source}: {complaint}"]
        if row.source is not case.case.state and row.event is not Event.RULE:
            return [f"begins in {case.case.state}"]
        before = last_mail()
    complaint = done(case, acts(row))
    names = {mail.name for mail in db.session.scalars(select(Mail).where(Mail.id > before))}
    if row.event in OTHERWISE:
        other = Row(site, people, 1000 + number, now)
        other.submit()
        complaint = complaint or done(other, [*WAY[row.source or State.RECEIVED], *OTHERWISE[row.event]])
        names |= {mail.name for mail in db.session.scalars(select(Mail).where(Mail.id > before))}
    missing, target = set(row.mails) - names, PENDING.get((row.source, row.event), row.target)
    return [
        complaint,
        f"queues no {sorted(missing)}" if missing else "",
        "" if case.case.state is target else f"leads to {case.case.state}, not {target}",
    ]


def acts(row: Transition) -> list[Step]:
    """Return what makes a row happen."""
    if row.event is Event.SUBMIT:
        return [R.submit]
    if row.event is Event.RULING:
        return [lambda one: one.ruling(restores=False)]
    if row.event is Event.APPEAL and row.source is State.APPEALED:
        return [lambda one: one.appeal_of_notifier(1)]
    return ACTS[row.event]


OWN_TRANSACTION: frozenset[Step] = frozenset(
    {R.submit, R.join, R.later, R.lapse_info, R.lapse_reply, R.lapse_window, R.lapse_appeals}
)
"""The steps that open a transaction themselves, or let the worker do what is due."""


def done(case: Row, steps: list[Step]) -> str:
    """Carry out steps; return the refusal of the first that was refused."""
    for step in steps:
        try:
            if step in OWN_TRANSACTION:
                step(case)
            else:
                with transaction():
                    step(case)
        except DomainError as error:
            db.session.rollback()
            return str(error)
    return ""


def last_mail() -> int:
    return db.session.scalar(select(func.max(Mail.id))) or 0
