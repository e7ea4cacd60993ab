"""Assigning new cases by the rules that admins write."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from tracker.db import db
from tracker.domain.categories import CategoryName
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete
from tracker.domain.routing import MOST, Rule, chosen, first_fitting
from tracker.models import Account, Case, Line, Route
from tracker.queries import concerns
from tracker.queries.people import can_be_given_cases, deciders
from tracker.render.site import PREFIXES
from tracker.services import audit

_ROUTES = select(Route).order_by(Route.position, Route.id)


def rules() -> list[Rule]:
    """Return the rules in their order."""
    found = db.session.scalars(_ROUTES)
    return [Rule(route.id, route.category, route.language, tuple(route.people)) for route in found]


def assign(opened: Iterable[Case], now: datetime) -> None:
    """Give each new case that nobody has to whom the rules say; nobody gets what they have an interest in."""
    cases = [case for case in opened if case.assignee_id is None]
    known = rules() if cases else []
    if not known:
        return
    people = {number for rule in known for number in rule.people}
    able = {a.id: a for a in db.session.scalars(select(Account).where(Account.id.in_(people), can_be_given_cases()))}
    load = _load(list(able))
    kept_from = {number: concerns.kept_from(person, {case.id for case in cases}) for number, person in able.items()}
    for case in cases:
        rule = first_fitting(known, case.category, case.article.language)
        if rule is None:
            continue
        impartial = {number for number in rule.people if number in able and case.id not in kept_from[number]}
        number = chosen(rule, impartial, load)
        if number is not None:
            case.assignee_id = number
            load[number] = load.get(number, 0) + 1
            audit.record(audit.SYSTEM, "case.routed", now, case=case.id, account=number, route=rule.number)


def _load(people: Sequence[int]) -> dict[int, int]:
    """Return how many open cases each of these people has."""
    counted = select(Line.assignee_id, func.count()).where(Line.is_open, Line.assignee_id.in_(people))
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(Line.assignee_id)) if row[0] is not None}


def seal(known: Sequence[Rule]) -> str:
    """Return what the page of the rules carries: which rules were on the screen."""
    said = [[rule.number, rule.category, rule.language, list(rule.people)] for rule in known]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def put(
    account: Account,
    seen: str,
    wanted: Sequence[tuple[CategoryName | None, str, Sequence[int]]],
    now: datetime,
) -> bool:
    """Replace all rules by these, in this order, and say whether that changed anything: if not, it is no act.

    Cases that are open already stay with whom they are.

    `seen` is the seal of the rules that were on the screen. Raises Conflict when a colleague has replaced them since;
    Incomplete, by the place of the rule, for one without people, with somebody unknown or an unknown language, and for too
    many rules.
    """
    known = {account.id for account in deciders()}
    wrong = DomainError(N_("每条规则都要选至少一位在职、可以处理案件的同事。"))
    problems = {
        str(place): wrong
        for place, (_, language, people) in enumerate(wanted)
        if not people or not known.issuperset(people) or (language and language not in PREFIXES)
    }
    if len(wanted) > MOST:
        problems[""] = DomainError(N_("最多%(most)s条规则。"), most=MOST)
    if problems:
        raise Incomplete(problems)
    kept = [(category, language, tuple(dict.fromkeys(people))) for category, language, people in wanted]
    held = rules()
    if seen == seal(held) and kept == [(rule.category, rule.language, rule.people) for rule in held]:
        return False
    audit.record(audit.actor(account), "routes.saved", now, routes=len(wanted))  # first: of two at once, one waits here
    if seen != seal(rules()):
        raise Conflict(N_("同事刚刚改动了分派规则，您的没有保存，还在下面。请对照现在的规则，再保存一次。"))
    db.session.execute(delete(Route))
    for position, (category, language, numbers) in enumerate(kept, 1):
        db.session.add(Route(position=position, category=category, language=language, people=list(numbers)))
    db.session.flush()
    return True
