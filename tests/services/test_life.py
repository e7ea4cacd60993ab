"""Random lives of cases, with random jumps in time: after every act the invariants of the law hold (§6.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests import factories
from tests.bounds import within
from tests.lines import check_all
from tests.notifier import publish
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.services.test_defamation import REFUSAL, UK
from tests.staff import make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import RULES, ClockKind, restore_window
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.errors import DomainError, NotFound
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.redress import CounterState
from tracker.domain.roles import Role
from tracker.domain.serving import LEGAL, Way
from tracker.domain.threads import MessageKind
from tracker.mail.replies import Fate
from tracker.models import (
    Account,
    Appeal,
    Case,
    Clock,
    CounterNotice,
    Decision,
    Item,
    Mail,
    MailState,
    Measure,
    Message,
    Notice,
)
from tracker.queries import trail
from tracker.queries.counting import counted
from tracker.render.site import Site
from tracker.services import (
    appeals,
    cases,
    corrections,
    counters,
    decisions,
    disputes,
    exchange,
    holds,
    measures,
    proceedings,
    publishers,
    reopening,
    replies,
    serving,
    undelivered,
    undo,
)

Act = Callable[["World"], None]

EXAMPLES = within(10, 300)


KINDS: dict[str, tuple[CategoryName, dict[str, str]]] = {
    "us": (CategoryName.COPYRIGHT, US),
    "cn": (CategoryName.COPYRIGHT, US | {"country": "CN"}),
    "uk": (CategoryName.REPUTATION, UK),
    "gdpr": (CategoryName.PERSONAL_DATA, {"country": "DE", "data_right": "delete"}),
}
"""The lives that are played: what a notice is about, and by whose law."""


class World:
    """One article, its notices, the people, and a clock that only goes forward."""

    def __init__(self, site: Site, people: list[Account], number: int, now: datetime, kind: str = "us") -> None:
        self.site, self.people, self.now, self.number, self.kind = site, people, now, number, kind
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
        category, said = KINDS[self.kind]
        sent = make_notice(self.site, self.article, self.now, **(said | {"email": email, "category": category}))
        self.notices.append(sent.id)

    def case(self) -> Case:
        of = select(Case).where(Case.article_id == self.article.id).order_by(Case.id.desc())
        found = db.session.scalars(of, execution_options={"populate_existing": True}).first()
        assert found is not None
        return found

    def one(self) -> Notice:
        return db.session.get_one(Notice, self.notices[self.acts % len(self.notices)])

    def wait(self, length: timedelta) -> None:
        """Let time pass, with a worker that is never late: it does what is due when it is due."""
        until = self.now + length
        of = select(Clock.due_at).join(Case).where(Case.article_id == self.article.id, Clock.stopped_at.is_(None))
        waits = of.where(Clock.paused_at.is_(None), Clock.held_at.is_(None), Clock.expired_at.is_(None))
        while (at := db.session.scalar(waits.where(Clock.due_at <= until).order_by(Clock.due_at).limit(1))) is not None:
            stood = at <= self.now
            self.now = max(self.now, at)
            do_what_is_due(self.site, self.now)
            if stood:
                break  # something is due of which nothing comes
        self.now = until
        do_what_is_due(self.site, until)


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
    answers = (REFUSAL, REFUSAL | {"full_name": ""}, {"wants_removal": "yes"}, {})[world.acts % 4]
    publishers.reply(world.site, world.case(), "答复。", answers, [], world.now, world.key)


def tell(world: World) -> None:
    replies.tell(world.site, _moderator(world), world.case().id, world.case().version, world.now)


def find_false(world: World) -> None:
    case = world.case()
    number = case.replies[-1].id if case.replies else 0
    by = _moderator(world)
    replies.find_false(world.site, by, case.id, case.version, number, "明显虚假。", world.now, world.key)


def decide(outcome: Outcome) -> Act:
    def act(world: World) -> None:
        case, by = world.case(), _moderator(world)
        decisions.decide(world.site, by, case.id, case.version, factories.draft(outcome), world.now)

    return act


def counter(world: World) -> None:
    files = [accept("a.txt", b"a")]
    counters.send(world.site, world.case(), COUNTER, {}, files, "zh-Hans", world.now, world.key)


def prove(world: World) -> None:
    notice, docket, key = world.one(), accept("docket.txt", b"1"), world.key
    exchange.supplement(world.site, notice, "已起诉。", [docket], {}, world.now, key, MessageKind.PROOF)


def register(world: World) -> None:
    case, docket, by = world.case(), accept("docket.txt", b"1"), _moderator(world)
    proceedings.register(world.site, by, case.id, case.version, world.now, "信件", [docket], world.now, world.key)


def _proof(world: World) -> int:
    waiting = [p.id for c in world.case().counter_notices for p in c.proceedings if p.judged_at is None]
    return waiting[0] if waiting else 0


def confirm(world: World) -> None:
    case = world.case()
    proceedings.confirm(world.site, _moderator(world), case.id, case.version, _proof(world), world.now)


def refuse(world: World) -> None:
    case, number, by = world.case(), _proof(world), _moderator(world)
    proceedings.refuse(world.site, by, case.id, case.version, number, "不是证明。", world.now, world.key)


def restore_now(world: World) -> None:
    case = world.case()
    holds.restore_now(world.site, _moderator(world), case.id, case.version, "withdrawn", world.now)


def ruling(world: World) -> None:
    case = world.case()
    restores = bool(world.acts % 2)
    counters.ruling(world.site, _moderator(world), case.id, case.version, world.now, restores=restores)


def dispute(world: World) -> None:
    case, said = world.case(), ("publisher", "某机构", "ODS-1")
    disputes.open_one(world.site, _moderator(world), case.id, case.version, *said, world.now)


def _clock(world: World) -> Clock:
    """Return a running clock: now any one, now one that may be paused."""
    running = [clock for clock in world.case().clocks if clock.stopped_at is None]
    pausable = [clock for clock in running if RULES[clock.kind].may_pause and not clock.held_at]
    some = running if world.acts % 3 == 2 else pausable
    return some[world.acts % len(some)] if some else Clock(id=0)


def pause(world: World) -> None:
    case, clock, by = world.case(), _clock(world), _moderator(world)
    holds.pause(world.site, by, case.id, case.version, clock.id, "等材料", world.now, world.key)


def resume(world: World) -> None:
    case, by = world.case(), _moderator(world)
    paused = next((clock.id for clock in case.clocks if clock.paused_at and clock.stopped_at is None), 0)
    holds.resume(world.site, by, case.id, case.version, paused, world.now, world.key)


def keep(world: World) -> None:
    case, by = world.case(), _moderator(world)
    until = world.now + timedelta(days=40) if world.acts % 2 else None
    holds.keep(world.site, by, case.id, case.version, until, "法院保全。", world.now, world.key)


def extend(world: World) -> None:
    case, by = world.case(), _moderator(world)
    holds.extend(world.site, by, case.id, case.version, "需要查证。", world.now, world.key)


def reopen(world: World) -> None:
    case, by = world.case(), _moderator(world)
    reopening.reopen(world.site, by, case.id, case.version, "新的裁判。", world.now, world.key)


def correct_contact(world: World) -> None:
    number = len(world.notices) + world.acts % 3
    corrections.correct(world.one(), {"email": f"n{number % 4}-{world.number}@example.org"}, world.now)


def deliver(world: World) -> None:
    """Let the oldest mail that the law counts on arrive, or come back."""
    numbers = [case.id for case in db.session.scalars(select(Case).where(Case.article_id == world.article.id))]
    waiting = select(Mail).where(Mail.case_id.in_(numbers), Mail.state == MailState.QUEUED, Mail.name.in_(LEGAL))
    sent = db.session.scalars(waiting.order_by(Mail.id)).first()
    if sent is None:
        raise NotFound("nothing to deliver")
    sent.attempts += 1
    db.session.flush()
    serving.settle(world.site, sent, Fate.SENT if world.acts % 3 else Fate.BOUNCE, "", world.now)


def by_hand(world: World) -> None:
    case, by = world.case(), _moderator(world)
    lost = undelivered.failed(case)
    number = lost[0].id if lost else 0
    at = max(world.now, lost[0].created_at) if lost else world.now
    serving.by_hand(world.site, by, case.id, case.version, number, Way.POST, at, "挂号信", world.now, world.key)


def press(world: World) -> None:
    serving.confirm(world.site, world.one(), world.now)


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
    "ask publisher": ask_publisher, "reply": reply, "tell": tell, "find false": find_false,
    "withhold": decide(Outcome.WITHHELD), "decline": decide(Outcome.DECLINED), "interim": decide(Outcome.INTERIM),
    "restore": decide(Outcome.RESTORED), "remove": decide(Outcome.REMOVED), "counter": counter, "prove": prove,
    "register": register, "confirm": confirm, "refuse": refuse, "restore now": restore_now, "ruling": ruling,
    "dispute": dispute, "appeal": appeal, "rule": rule, "pause": pause, "resume": resume, "keep": keep,
    "extend": extend, "reopen": reopen, "correct contact": correct_contact, "deliver": deliver, "by hand": by_hand,
    "press": press, "undo": take_decision_back, "label": decide(Outcome.LABELLED),
    "correct": decide(Outcome.CORRECTED), "mask": decide(Outcome.PASSAGE_WITHHELD),
}  # fmt: skip
JUMPS = st.sampled_from([timedelta(seconds=1), timedelta(hours=7), timedelta(days=3), timedelta(days=18)])
OFTEN = ["counter", "prove", "deliver", "take back", "restore"]
BEGINNINGS: list[list[str]] = [
    [], ["notice", "take up", "ask publisher"], ["notice", "notice", "take up", "withhold"],
    ["notice", "take up", "withhold", "counter"], ["take up", "decline"], ["notice", "take up", "withhold", "take back"],
]  # fmt: skip
"""Without these, few lives get anywhere."""
STEPS = st.lists(st.tuples(st.sampled_from(sorted([*ACTS, "notice", *OFTEN])), JUMPS), min_size=8, max_size=25)


@pytest.mark.slow
def test_any_life_keeps_the_invariants(site: Site, stopped_clock: None, now: datetime) -> None:
    people = [make_member(f"m{n}@example.org", Role.ADMIN, f"审核{n}") for n in range(4)]
    numbers = iter(range(10_000))

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.sampled_from(sorted(KINDS)), st.sampled_from(BEGINNINGS), STEPS)
    def play(kind: str, beginning: list[str], steps: list[tuple[str, timedelta]]) -> None:
        world = World(site, people, next(numbers), now, kind)
        for name, jump in [*((each, timedelta(hours=1)) for each in beginning), *steps]:
            world.wait(jump)
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
        _nothing_is_restored_over_a_proof(case)
        _appeals_are_decided_by_somebody_else(case)
        _clocks_are_counted_in_one_way(world.site, case)
        _who_left_hears_nothing_more(case)
        if case.state is State.CLOSED:
            running = select(Clock.kind).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))
            assert set(db.session.scalars(running)) <= {ClockKind.PURGE}
    standing = select(Measure).where(Measure.article_id == world.article.id, Measure.ends_at.is_(None))
    per_case = [measure.case_id for measure in db.session.scalars(standing)]
    assert len(per_case) == len(set(per_case))


def _clocks_are_counted_in_one_way(site: Site, case: Case) -> None:
    """What is stored is what the rules say of it; and nobody lengthens what the law counts."""
    for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))):
        if clock.kind is not ClockKind.PURGE:  # a legal hold puts that off
            assert clock.due_at == counted(site, clock).at
        if clock.paused_at or clock.paused_seconds:
            assert RULES[clock.kind].may_pause


def _nothing_is_restored_over_a_proof(case: Case) -> None:
    for counter in case.counter_notices:
        if counter.state is CounterState.HONOURED:
            assert all(proof.judged_at for proof in counter.proceedings)
            assert not any(proof.is_accepted for proof in counter.proceedings)


def _who_left_hears_nothing_more(case: Case) -> None:
    """No decision, copy or return is told to somebody who took their notice of the case back before."""
    told = ("decision", "counter_forwarded", "restored", "ruled", "dispute", "publisher_refused")
    for item in case.items:
        if item.ended is Ending.WITHDRAWN:
            of = select(Message.created_at).where(
                Message.notice_id == item.notice_id, Message.kind == MessageKind.WITHDRAWAL
            )
            left = db.session.scalars(of.order_by(Message.id)).first()
            assert left is not None
            mails = select(Mail.name).where(Mail.case_id == case.id, Mail.notice_id == item.notice_id)
            assert set(db.session.scalars(mails.where(Mail.created_at > left))).isdisjoint(told)


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
    """Invariant 6: restored by the law's clock between business days 10 and 14, unless a proof had come."""
    found = select(CounterNotice).where(CounterNotice.case_id == case.id)
    for counter in db.session.scalars(found.where(CounterNotice.state == CounterState.HONOURED)):
        assert counter.ended_at is not None
        by = [d.decided_by_id for d in case.decisions if d.decided_at == counter.ended_at]
        if "us_dmca" in counter.regimes and by == [None]:
            window = restore_window(counter.received_at, site.calendars, counter.reached_at)
            assert counter.ended_at >= window.earliest
            assert counter.ended_at <= window.latest or counter.proceedings


def _appeals_are_decided_by_somebody_else(case: Case) -> None:
    """Invariant 4."""
    for appeal in db.session.scalars(select(Appeal).where(Appeal.case_id == case.id, Appeal.decided_at.is_not(None))):
        before = select(Decision.decided_by_id).where(
            Decision.case_id == case.id, Decision.decided_at < appeal.decided_at
        )
        assert appeal.decided_by_id not in set(db.session.scalars(before))


DECIDED = ["take up", "withhold"]
COUNTERED = [*DECIDED, "counter"]
PROVED = [*COUNTERED, "prove"]
BEFORE: dict[str, tuple[str, list[str]]] = {
    "ask publisher": ("us", ["take up"]), "reply": ("us", ["take up", "ask publisher"]),
    "tell": ("uk", ["take up", "ask publisher", "refused"]), "find false": ("uk", ["take up", "ask publisher", "refused"]),
    "restore": ("us", DECIDED), "counter": ("us", DECIDED), "prove": ("us", COUNTERED), "register": ("us", COUNTERED),
    "confirm": ("us", PROVED), "refuse": ("us", PROVED), "restore now": ("us", COUNTERED),
    "ruling": ("us", [*PROVED, "confirm"]), "dispute": ("us", DECIDED), "appeal": ("us", DECIDED),
    "rule": ("us", [*DECIDED, "appeal"]), "resume": ("us", ["pause"]), "extend": ("gdpr", ["take up"]),
    "undo": ("us", DECIDED), "reopen": ("us", ["take back"]), "deliver": ("us", DECIDED), "by hand": ("us", [*DECIDED, "lost"]),
}  # fmt: skip
"""What has to go before an act, where it is not the first thing that can happen."""


def test_the_world_can_do_every_act(site: Site, stopped_clock: None, now: datetime) -> None:
    """The acts above are not refused one and all."""
    people = [make_member(f"m{n}@example.org", Role.ADMIN, f"审核{n}") for n in range(4)]
    refused = {}
    for number, name in enumerate(sorted(ACTS)):
        kind, before = BEFORE.get(name, ("us", []))
        said = (_refusal(World(site, people, 10 * number + n, now, kind), before, name, n) for n in range(4))
        last = next((words for words in said if not words), "refused")
        if last:
            refused[name] = last
    assert refused == {}


def _refusal(world: World, before: list[str], name: str, offset: int) -> str:
    """Do an act after others; return why it was refused. The number of acts decides whom and what it concerns."""
    for earlier in before:
        if earlier == "refused":
            with transaction():
                publishers.reply(world.site, world.case(), "", REFUSAL, [], world.now, world.key)
        elif earlier == "lost":
            with transaction():
                sent = db.session.scalars(
                    select(Mail).where(Mail.case_id == world.case().id, Mail.name == "statement")
                ).one()
                sent.attempts = 1
                serving.settle(world.site, sent, Fate.BOUNCE, "", world.now)
        else:
            step(world, earlier)
    world.acts += offset
    try:
        with transaction():
            ACTS[name](world)
    except DomainError as error:
        db.session.rollback()
        return str(error)
    return ""
