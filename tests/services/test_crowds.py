"""A case that many notices are about: one act, one mail to its publisher, and as many questions to the database as for a few."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import draft
from tests.plans import asked
from tests.services.test_counters import US
from tests.staff import make_case, make_notice
from tracker import mail
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER, MANY, Answer, Reply, answered, field
from tracker.domain.decisions import Outcome
from tracker.domain.elements import ELEMENTS
from tracker.domain.errors import Incomplete
from tracker.models import Account, Article, AuditEntry, Case, Decision, Mail, MailState
from tracker.queries import publisher
from tracker.render.site import Site
from tracker.services import decisions, publishers, undo

WHOLE = {name: value for name, value in US.items() if name not in {"email", "explanation"}}
"""A notice that lacks nothing, so that its article may be withheld meanwhile."""

COPYRIGHT, MORE = CategoryName.COPYRIGHT, 3


def crowd(site: Site, now: datetime, number: int, slug: str = "yi-pian", **said: Any) -> Case:
    """Return a case with so many notices, each with a sentence of its own."""
    said = {"category": COPYRIGHT} | WHOLE | said
    body = f"## 甲\n\n引言一段，{slug}的正文：催收人员多次拨打亲友电话。\n"
    case = make_case(
        site, now, slug, body=body, explanation=f"{slug}的第0份通知说：这一段抄自我写的书，没有得到许可。", **said
    )
    for n in range(1, number):
        words = f"{slug}的第{n}份通知说：这一段抄自我写的书，没有得到许可。"
        make_notice(site, case.article, now, f"p{n}-{slug}@example.com", explanation=words, **said)
    db.session.expire_all()
    return case


def decide(site: Site, mei: Account, case: Case, now: datetime, outcome: Outcome = Outcome.WITHHELD) -> Decision:
    with transaction():
        return decisions.decide(site, mei, case.id, case.version, draft(outcome), now)


def passed_on() -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.name == "forwarded").order_by(Mail.id)))


def test_a_publisher_gets_one_mail_with_the_notices_and_reads_all_of_them_on_their_page(
    site: Site, mei: Account, now: datetime
) -> None:
    case = crowd(site, now, mail.FORWARDED_WHOLE + MORE)
    decide(site, mei, case, now)
    (sent,) = passed_on()
    assert [f"的第{n}份通知说" in sent.text for n in range(mail.FORWARDED_WHOLE + MORE)] == [
        n < mail.FORWARDED_WHOLE for n in range(mail.FORWARDED_WHOLE + MORE)
    ]
    assert f"还有{MORE}份通知，全部内容在案件页面上" in sent.text
    assert all(mail.was_forwarded(item) for item in case.items)
    read = [told.text() for item in publisher.items(case) for told in publishers.shown(item)]
    assert all(any(f"的第{n}份通知说" in text for text in read) for n in range(mail.FORWARDED_WHOLE + MORE))


def test_a_publisher_reads_a_statement_as_it_was_signed(site: Site, mei: Account, now: datetime) -> None:
    case, signed = crowd(site, now, 1), "I state, under penalty of perjury, that I am the owner."
    with transaction():
        db.session.get_one(Case, case.id).items[0].notice.statements = {"stmt_authority_perjury": signed}
    decide(site, mei, case, now)
    (sent,) = passed_on()
    assert f"声明：\n{signed}" in sent.text.replace("> ", "")
    assert ELEMENTS["stmt_authority_perjury"].label not in sent.text, "our own words of it"


def test_one_notice_is_forwarded_as_before(site: Site, mei: Account, now: datetime) -> None:
    decide(site, mei, crowd(site, now, 1), now)
    (sent,) = passed_on()
    assert "的第0份通知说" in sent.text
    assert "份通知，" not in sent.text


def test_who_comes_after_an_interim_measure_is_forwarded_with_the_next_and_nobody_twice(
    site: Site, mei: Account, now: datetime
) -> None:
    case = crowd(site, now, 2)
    decide(site, mei, case, now, Outcome.INTERIM)
    again = make_notice(
        site, case.article, now, "again@example.com", explanation="后来的第9份通知说：这一段抄自我写的书，没有得到许可。",
        category=COPYRIGHT, **WHOLE,
    )  # fmt: skip
    decide(site, mei, case, now + timedelta(minutes=5))
    first, second = passed_on()
    assert ("的第0份通知说" in first.text, "的第1份通知说" in first.text) == (True, True)
    assert ("的第0份通知说" in second.text, "的第9份通知说" in second.text) == (False, True)
    assert again.items[0].forwarded_in == second.id


def test_what_is_taken_back_was_not_forwarded(site: Site, mei: Account, now: datetime) -> None:
    case = crowd(site, now, 2)
    decide(site, mei, case, now)
    with transaction():
        undo.undo(site, mei, case.id, case.version, now + timedelta(seconds=5))
    assert [item.forwarded_in for item in case.items] == [None, None]
    assert not any(mail.was_forwarded(item) for item in case.items)
    decide(site, mei, case, now + timedelta(seconds=9))
    assert [sent.state for sent in passed_on()] == [MailState.CANCELLED, MailState.QUEUED]
    assert all(mail.was_forwarded(item) for item in case.items)


def test_the_answers_to_all_claims_are_one_entry(site: Site, mei: Account, now: datetime) -> None:
    case = crowd(site, now, 3)
    first = case.claims[0].id
    with transaction():
        replies = {first: Reply(Answer.UNFOUNDED), EVERY_OTHER: Reply(Answer.FOUNDED)}
        decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD, replies=replies), now)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "claim.answered")).one()
    others = [claim.id for claim in case.claims if claim.id != first]
    assert (entry.facts["unfounded"], entry.facts["founded"], entry.facts["partly"]) == ([first], others, [])


def test_a_crowd_without_an_answer_is_complained_of_once() -> None:
    with pytest.raises(Incomplete) as few:
        answered([(n, n) for n in range(1, MANY + 1)], {})
    assert set(few.value.problems) == {field(n) for n in range(1, MANY + 1)}
    with pytest.raises(Incomplete) as many:
        answered([(n, n) for n in range(1, MANY + 2)], {})
    assert set(many.value.problems) == {field(EVERY_OTHER)}
    assert answered([(n, n) for n in range(1, 99)], {EVERY_OTHER: Reply(Answer.FOUNDED)})[98].answer is Answer.FOUNDED


OUTCOMES = (Outcome.WITHHELD, Outcome.DECLINED, Outcome.INTERIM)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_decision_asks_as_many_questions_for_many_notices_as_for_few(
    site: Site, mei: Account, now: datetime, outcome: Outcome
) -> None:
    article, who, questions = crowd(site, now, 2).article_id, mei.id, []
    for more in (0, MORE):
        for n in range(more):
            make_notice(
                site, db.session.get_one(Article, article), now, f"q{n}@example.com", category=COPYRIGHT, **WHOLE
            )
        db.session.expunge_all()
        case, by = db.session.scalars(select(Case)).one(), db.session.get_one(Account, who)
        with suppress(ZeroDivisionError), asked() as statements, transaction():  # nothing is left of it
            decisions.decide(site, by, case.id, case.version, draft(outcome), now)
            db.session.flush()
            told = db.session.scalar(select(func.count()).where(Mail.name == "decision"))
            raise ZeroDivisionError
        assert told == 2 + more
        questions.append(sum(not statement.startswith("INSERT") for statement, _ in statements))
    assert questions[0] == questions[1]


def test_a_publisher_reads_as_many_notices_with_as_many_questions(site: Site, now: datetime) -> None:
    questions = []
    for number, slug in ((2, "yi"), (2 + MORE, "er")):
        number_of_case = crowd(site, now, number, slug).id
        db.session.expunge_all()
        case = db.session.get_one(Case, number_of_case)
        with asked() as statements:
            assert len([publishers.shown(item) for item in publisher.items(case)]) == number
        questions.append(len(statements))
    assert questions[0] == questions[1]
