"""Who gets a new case: the first rule that fits, whoever has the least to do, never the article's own editor."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.notifier import publish
from tests.staff import at_once, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.errors import Conflict, Incomplete
from tracker.domain.roles import Role
from tracker.domain.routing import MOST, Rule, chosen, first_fitting
from tracker.models import Account, AuditEntry, Case, Line
from tracker.render.site import Site
from tracker.services import routing

R, T, F = CategoryName.REPUTATION, CategoryName.TERMS, CategoryName.FRAUD


@pytest.fixture
def people(app: Flask) -> list[Account]:
    return [make_member(f"m{n}@example.org", name=f"审核{n}") for n in range(3)]


def put(by: Account, now: datetime, *rules: tuple[CategoryName | None, str, list[int]]) -> None:
    with transaction():
        routing.put(by, routing.seal(routing.rules()), rules, now)


def test_the_first_rule_that_fits_counts() -> None:
    rules = [Rule(1, R, "en", [1]), Rule(2, R, "", [2]), Rule(3, None, "en", [3])]
    found = [first_fitting(rules, *case) for case in ((R, "en"), (R, "zh-Hans"), (T, "en"), (T, "zh-Hans"))]
    assert [rule.number if rule else None for rule in found] == [1, 2, 3, None]


def test_of_several_whoever_has_the_least_gets_it() -> None:
    rule = Rule(1, None, "", [5, 6, 7])
    assert chosen(rule, {5, 6, 7}, {5: 2, 6: 1, 7: 1}) == 6
    assert chosen(rule, {5, 7}, {5: 2, 7: 9}) == 5
    assert chosen(rule, set(), {}) is None


def test_a_new_case_is_assigned_in_the_act_that_opens_it(site: Site, people: list[Account], now: datetime) -> None:
    a, b, c = (person.id for person in people)
    put(people[0], now, (R, "", [a]), (None, "en", [b]), (T, "", [b, c]))
    chinese, english = publish(site, "one", now), publish(site, "two", now, language="en")
    two = publish(site, "three", now)
    cases = [
        make_notice(site, chinese, now).items[0].case_id,
        make_notice(site, english, now, category=F).items[0].case_id,
        make_notice(site, chinese, now, category=T).items[0].case_id,  # b has one already
        make_notice(site, two, now, category=T).items[0].case_id,  # now both have one: the first named
        make_notice(site, two, now, category=F).items[0].case_id,
    ]
    db.session.rollback()
    assert [db.session.get_one(Case, number).assignee_id for number in cases] == [a, b, c, b, None]
    assert [db.session.get_one(Line, number).assignee_id for number in cases] == [a, b, c, b, None]
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.kind == "case.routed").order_by(AuditEntry.seq)
    ).all()
    assert [(e.actor, e.facts["case"], e.facts["account"]) for e in entries] == [
        ("system", cases[0], a), ("system", cases[1], b), ("system", cases[2], c), ("system", cases[3], b),
    ]  # fmt: skip
    make_notice(site, chinese, now, "bob@example.com")  # joins: nobody is asked again
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.routed")).all()) == 4


def test_one_notice_on_many_articles_is_shared_out(site: Site, people: list[Account], now: datetime) -> None:
    put(people[0], now, (None, "", [person.id for person in people]))
    slugs = [f"article-{n}" for n in range(6)]
    articles = [publish(site, slug, now) for slug in slugs]
    addresses = "\n".join(f"{site.base_url}/articles/{slug}" for slug in slugs)
    make_notice(site, articles[0], now, addresses=addresses)
    held = list(db.session.scalars(select(Case.assignee_id)))
    assert sorted(held) == sorted(2 * [person.id for person in people])  # type: ignore[type-var]


def test_an_editor_never_gets_their_own_article_nor_does_who_has_left(
    site: Site, people: list[Account], now: datetime
) -> None:
    editor = make_member("editors@example.org", name="编辑")
    put(people[0], now, (None, "", [editor.id, people[1].id]), (None, "", [people[2].id]))
    with transaction():
        db.session.get_one(Account, people[1].id).disabled_at = now
    case = make_notice(site, publish(site, "one", now), now).items[0].case
    assert case.assignee_id is None  # the rule that fits has nobody who can
    other = publish(site, "two", now, publisher={"name": "别人", "email": "others@example.org"})
    assert make_notice(site, other, now).items[0].case.assignee_id == editor.id
    with transaction():
        db.session.get_one(Account, editor.id).role = Role.AUDITOR
    third = publish(site, "three", now, publisher={"name": "别人", "email": "others@example.org"})
    assert make_notice(site, third, now).items[0].case.assignee_id is None


def test_rules_are_replaced_whole_and_checked(people: list[Account], now: datetime) -> None:
    a = people[0].id
    put(people[0], now, (R, "", [a, a]), (None, "", [a]))
    put(people[0], now, (T, "en", [a]))
    assert [(rule.category, rule.language, list(rule.people)) for rule in routing.rules()] == [(T, "en", [a])]
    auditor = make_member("audit@example.org", role=Role.AUDITOR, name="审")
    for bad in ((None, "", []), (None, "", [999]), (None, "", [auditor.id]), (None, "xx", [a])):
        with pytest.raises(Incomplete):
            put(people[0], now, bad)
    with pytest.raises(Incomplete):
        put(people[0], now, *[(None, "", [a])] * (MOST + 1))
    assert len(routing.rules()) == 1
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "routes.saved")).all()) == 2


def test_of_two_who_change_the_rules_the_second_is_told(app: Flask, people: list[Account], now: datetime) -> None:
    a, b = (person.id for person in people[:2])
    seen = routing.seal(routing.rules())
    put(people[0], now, (T, "en", [a]))
    with pytest.raises(Conflict), transaction():
        routing.put(people[1], seen, [(R, "", [b])], now)
    db.session.rollback()
    assert [rule.people for rule in routing.rules()] == [(a,)]
    seen = routing.seal(routing.rules())

    def replace(by: int) -> None:
        with transaction():
            routing.put(db.session.get_one(Account, by), seen, [(None, "", [by])], now)

    came = at_once(app, [lambda by=by: replace(by) for by in (a, b)])  # type: ignore[misc]
    assert sorted(type(each).__name__ for each in came) == ["Conflict", "NoneType"]
    db.session.rollback()
    assert len(routing.rules()) == 1
