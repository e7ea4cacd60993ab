"""What goes on in a case: its clocks in words, what was said, counter-notices and appeals, its neighbours in time."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from tracker.db import db
from tracker.domain.clocks import Rule, rule_of
from tracker.domain.elements import GROUP_LABELS, Group
from tracker.domain.lifecycle import TRANSITIONS, Event, State
from tracker.domain.notices import in_our_words
from tracker.domain.publisher_elements import COUNTER_ELEMENTS
from tracker.domain.roles import PERMISSIONS, Permission
from tracker.models import Account, Appeal, Case, Clock, CounterNotice, Message
from tracker.queries.counting import notes
from tracker.queries.labels import PARTIES
from tracker.queries.redress import answers, party
from tracker.render.site import Site

_OWN = "zh-Hans"
"""The desk speaks the site's own language."""


@dataclass(frozen=True)
class Limit:
    """A running clock as staff read it: of what, and why it is due when it is."""

    clock: Clock
    rule: Rule
    about: str
    why: str


@dataclass(frozen=True)
class Said:
    """One message with who spoke, and what a reply answered to the questions of the regulations."""

    message: Message
    who: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True)
class Countered:
    """A counter-notice with what was sent, as (question, answer)."""

    counter: CounterNotice
    answers: list[tuple[str, str]]


@dataclass(frozen=True)
class Appealed:
    """An appeal with who appealed."""

    appeal: Appeal
    who: str


def events(state: State) -> frozenset[Event]:
    """Return what may happen to a case in a state."""
    return frozenset(row.event for row in TRANSITIONS if row.source is state)


NEAREST = 10
"""So many limits are shown whatever they are about."""


def limits(site: Site, case: Case, elsewhere: Collection[str] = ()) -> list[Limit]:
    """Return the running clocks of a case, the nearest first; of the subjects that are shown `elsewhere` only near ones."""
    runs = [clock for clock in case.clocks if clock.stopped_at is None]
    shown = (clock for place, clock in enumerate(runs) if place < NEAREST or clock.subject not in elsewhere)
    return [_limit(site, case, clock) for clock in shown]


def _limit(site: Site, case: Case, clock: Clock) -> Limit:
    rule = rule_of(clock.kind, targets_eu=site.targets_eu)
    return Limit(clock, rule, _about(case, clock), "；".join(notes(site, clock, _OWN)))


def _about(case: Case, clock: Clock) -> str:
    """Return which notice a clock is about; a clock of the whole case, and any other, needs no saying."""
    kind, _, number = clock.subject.partition(":")
    return next((item.notice.reference for item in case.items if kind == "item" and str(item.id) == number), "")


def thread(case: Case) -> list[Said]:
    """Return what all parties said on a case and its notices, in order, internal notes too."""
    found = {message.id: message for message in case.messages}
    for item in case.items:
        found |= {message.id: message for message in item.notice.messages if message.case_id is None}
    messages = sorted(found.values(), key=lambda message: (message.created_at, message.id))
    names = _names(message.account_id for message in messages)
    given = {reply.message_id: answers(reply) for reply in case.replies}
    return [Said(message, _speaker(message, names), given.get(message.id, [])) for message in messages]


def _names(accounts: Iterable[int | None]) -> dict[int, str]:
    numbers = {number for number in accounts if number is not None}
    found = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(numbers)))
    return {row[0]: row[1] for row in found}


def _speaker(message: Message, names: dict[int, str]) -> str:
    who = names.get(message.account_id or 0) or (message.notice.reference if message.notice else "")
    return f"{PARTIES[message.party]} {who}".strip()


def counters(case: Case) -> list[Countered]:
    """Return the counter-notices of a case with every answer, options and statements in full words."""
    return [Countered(counter, _answers(counter)) for counter in case.counter_notices]


def _answers(counter: CounterNotice) -> list[tuple[str, str]]:
    known = [element for name, element in COUNTER_ELEMENTS.items() if counter.answers.get(name)]
    given = [(e, counter.answers[e.name]) for e in known if e.name not in counter.statements]
    rows = [(element.label, in_our_words(element, answer) or answer) for element, answer in given]
    return [*rows, *((GROUP_LABELS[Group.STATEMENTS], str(words)) for words in counter.statements.values())]


def appeals(case: Case) -> list[Appealed]:
    """Return the appeals on a case."""
    return [Appealed(appeal, party(appeal.party)) for appeal in case.appeals]


def neighbours(case: Case) -> list[Case]:
    """Return the case before this one on the same matter, and those that came after it."""
    before = [db.session.get_one(Case, case.predecessor_id)] if case.predecessor_id else []
    return [*before, *db.session.scalars(select(Case).where(Case.predecessor_id == case.id).order_by(Case.id))]


def other_deciders(deciders: set[int]) -> bool:
    """Say whether anybody who may sign in and rule on appeals has decided nothing on a case."""
    others = select(Account.id).where(
        Account.disabled_at.is_(None),
        Account.id.not_in(deciders),
        Account.role.in_(PERMISSIONS[Permission.RULE_APPEALS]),
    )
    return db.session.scalar(others.limit(1)) is not None
