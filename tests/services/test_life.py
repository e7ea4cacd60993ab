"""Random lives of cases, with random jumps in time: after every act the invariants of the law hold (§6.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import factories
from tests.lines import check_all
from tests.notifier import publish
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.staff import make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind, restore_window
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.errors import DomainError
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.redress import CounterState
from tracker.models import Account, Appeal, Case, Clock, CounterNotice, Decision, Item, Mail, Measure, Notice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import appeals, cases, counters, decisions, exchange, measures, publishers, undo

Act = Callable[["World"], None]


class World:
    """One article, its notices, the people, and a clock that only goes forward."""

    def __init__(self, site: Site, people: list[Account], number: int, now: datetime) -> None:
        self.site, self.people, self.now, self.number = site, people, now, number
        self.article = publish(site, f"article-{number}", now)
        self.acts = 0
        self.notices: list[int] = []
        self.notice()

    @property
    def key(self) -> str:
        self.acts += 1
        return f"{self.number}:{self.acts}"

    def notice(self) -> None:
        email = f"n{len(self.notices) % 3}-{self.number}@example.org"
        said = US | {"email": email, "category": CategoryName.COPYRIGHT}
        sent = make_notice(self.site, self.article, self.now, **said)
        self.notices.append(sent.id)

    def case(self) -> Case:
        of = select(Case).where(Case.article_id == self.article.id).order_by(Case.id.desc())
        found = db.session.scalars(of, execution_options={"populate_existing": True}).first()
        assert found is not None
        return found

    def one(self) -> Notice:
        return db.session.get_one(Notice, self.notices[self.acts % len(self.notices)])


def _moderator(world: World) -> Account:
    return world.people[world.acts % len(world.people)]


def _item(world: World) -> Item:
    items = world.case().items
    return items[world.acts % len(items)]


def take_up(world: World) -> None:
    case = world.case()
    cases.take_up(world.site, _moderator(world), case.id, case.version, world.now)


def ask(world: World) -> None:
    item = _item(world)
    exchange.ask_info(world.site, _moderator(world), item.id, item.case.version, "请补充。", world.now, world.key)


def add(world: World) -> None:
    exchange.supplement(world.site, world.one(), "补充。", [accept("a.txt", b"a")], {}, world.now, world.key)


def take_back(world: World) -> None:
    notice = world.one()
    exchange.withdraw(world.site, notice, [item.id for item in notice.items], world.now, world.key)


def reject(world: World) -> None:
    item = _item(world)
    by = _moderator(world)
    exchange.reject(world.site, by, item.id, item.case.version, Ending.DUPLICATE, "重复。", world.now, world.key)


def ask_publisher(world: World) -> None:
    case = world.case()
    publishers.ask(world.site, _moderator(world), case.id, case.version, world.now, world.key)


def reply(world: World) -> None:
    publishers.reply(world.site, world.case(), "答复。", {}, [], world.now, world.key)


def decide(outcome: Outcome) -> Act:
    def act(world: World) -> None:
        case, by = world.case(), _moderator(world)
        decisions.decide(world.site, by, case.id, case.version, factories.draft(outcome), world.now)

    return act


def counter(world: World) -> None:
    files = [accept("a.txt", b"a")]
    counters.send(world.site, world.case(), COUNTER, {}, files, "zh-Hans", world.now, world.key)


def proof(world: World) -> None:
    case = world.case()
    counters.confirm_proof(world.site, _moderator(world), case.id, case.version, world.now)


def ruling(world: World) -> None:
    case = world.case()
    restores = bool(world.acts % 2)
    counters.ruling(world.site, _moderator(world), case.id, case.version, world.now, restores=restores)


def appeal(world: World) -> None:
    notice = world.one() if world.acts % 2 else None
    case = notice.items[0].case if notice else world.case()
    appeals.send(world.site, case, notice, GROUNDS, [], "zh-Hans", world.now, world.key)


def rule(world: World) -> None:
    case = world.case()
    if not case.appeals:
        return
    stands = measures.open_of(case, world.now)
    draft = factories.draft(Outcome.RESTORED if stands else Outcome.WITHHELD) if world.acts % 2 else None
    appeals.rule(world.site, _moderator(world), case.appeals[-1].id, case.version, GROUNDS, world.now, draft)


def take_decision_back(world: World) -> None:
    case = world.case()
    undo.undo(world.site, _moderator(world), case.id, case.version, world.now)


ACTS: dict[str, Act] = {
    "take up": take_up, "ask": ask, "add": add, "take back": take_back, "reject": reject,
    "ask publisher": ask_publisher, "reply": reply, "withhold": decide(Outcome.WITHHELD),
    "decline": decide(Outcome.DECLINED), "interim": decide(Outcome.INTERIM), "restore": decide(Outcome.RESTORED),
    "remove": decide(Outcome.REMOVED), "counter": counter, "proof": proof, "ruling": ruling, "appeal": appeal,
    "rule": rule, "undo": take_decision_back, "label": decide(Outcome.LABELLED),
    "correct": decide(Outcome.CORRECTED), "mask": decide(Outcome.PASSAGE_WITHHELD),
}  # fmt: skip
JUMPS = st.sampled_from([timedelta(seconds=1), timedelta(hours=7), timedelta(days=3), timedelta(days=18)])
STEPS = st.lists(st.tuples(st.sampled_from(sorted([*ACTS, "notice"])), JUMPS), min_size=8, max_size=25)


@pytest.mark.slow
def test_any_life_keeps_the_invariants(site: Site, stopped_clock: None, now: datetime) -> None:
    people = [make_member(f"m{n}@example.org", name=f"审核{n}") for n in range(4)]
    numbers = iter(range(10_000))

    @settings(
        max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(STEPS)
    def play(steps: list[tuple[str, timedelta]]) -> None:
        world = World(site, people, next(numbers), now)
        for name, jump in steps:
            world.now += jump
            do_what_is_due(site, world.now)
            step(world, name)
            hold(world)

    play()
    check_all(now)
    assert trail.fault() is None


def step(world: World, name: str) -> None:
    """Do one act; a rule may refuse it, and then nothing at all has changed."""
    world.acts += 1
    try:
        if name == "notice":
            world.notice()
            return
        with transaction():
            ACTS[name](world)
    except DomainError:
        db.session.rollback()


def hold(world: World) -> None:
    """Assert what must be true of every case at every moment."""
    db.session.expire_all()
    for case in db.session.scalars(select(Case).where(Case.article_id == world.article.id)):
        assert case.state is cases.fold(cases._standing(case))
        _answers_are_mailed(case)
        _us_restoration_is_inside_its_window(world.site, case)
        _appeals_are_decided_by_somebody_else(case)
        if case.state is State.CLOSED:
            running = select(Clock.kind).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))
            assert set(db.session.scalars(running)) <= {ClockKind.PURGE}
    standing = select(Measure).where(Measure.article_id == world.article.id, Measure.ends_at.is_(None))
    per_case = [measure.case_id for measure in db.session.scalars(standing)]
    assert len(per_case) == len(set(per_case))


def _answers_are_mailed(case: Case) -> None:
    """A restrictive measure and its statement come together (2); no decision goes out without redress (3)."""
    for decision in case.decisions:
        assert decision.statement["redress"]
        assert decision.statement["redress_notifier"]
        told = select(Mail.id).where(Mail.case_id == case.id, Mail.created_at == decision.decided_at)
        if decision.outcome in MEASURES:
            assert db.session.scalar(told.where(Mail.name == "statement"))
    for item in case.items:
        if case.decided_at and not case.closed_at:
            assert item.state in {ItemState.ANSWERED, ItemState.CLOSED}


def _us_restoration_is_inside_its_window(site: Site, case: Case) -> None:
    """Invariant 6: restored by the law's clock between business days 10 and 14, unless somebody was late to run it."""
    found = select(CounterNotice).where(CounterNotice.case_id == case.id)
    for counter in db.session.scalars(found.where(CounterNotice.state == CounterState.HONOURED)):
        window = restore_window(counter.received_at, site.calendars, counter.reached_at)
        assert counter.ended_at is not None
        assert counter.ended_at >= window.earliest


def _appeals_are_decided_by_somebody_else(case: Case) -> None:
    """Invariant 4."""
    for appeal in db.session.scalars(select(Appeal).where(Appeal.case_id == case.id, Appeal.decided_at.is_not(None))):
        before = select(Decision.decided_by_id).where(
            Decision.case_id == case.id, Decision.decided_at < appeal.decided_at
        )
        assert appeal.decided_by_id not in set(db.session.scalars(before))


def test_the_world_can_do_every_act(site: Site, stopped_clock: None, now: datetime) -> None:
    """The acts above are not refused one and all."""
    people = [make_member(f"m{n}@example.org", name=f"审核{n}") for n in range(4)]
    done: set[str] = set()
    numbers = iter(range(10_000))
    for name in sorted(ACTS):
        for before in ([], ["take up"], ["take up", "withhold"], ["take up", "withhold", "counter"],
                       ["take up", "ask publisher"], ["take up", "withhold", "counter", "proof"],
                       ["take up", "withhold", "appeal"], ["take up", "mask"]):  # fmt: skip
            world = World(site, people, next(numbers), now)
            for earlier in before:
                step(world, earlier)
            try:
                with transaction():
                    ACTS[name](world)
                done.add(name)
                break
            except DomainError:
                db.session.rollback()
    missing: Any = set(ACTS) - done
    assert not missing
