"""A second opinion: asked of one colleague, opened by the link in the mail, answered once, kept beside the decision."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import decide
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, DomainError, Gone, Incomplete, InvalidTransition, NotFound, NotPermitted
from tracker.domain.opinions import OPEN_FOR, View
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Mail, Opinion
from tracker.queries.opinions import colleagues
from tracker.render.site import Site
from tracker.services import cases, opinions, recusals

QUESTION = "这一段算不算有事实依据的评价？"


@pytest.fixture
def lin(site: Site) -> Account:
    return make_member("lin@example.org", name="林")


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


def ask(site: Site, by: Account, of: Account, case: Case, now: datetime, key: str = "k" * 20) -> Opinion:
    with transaction():
        return opinions.ask(site, by, case.id, of.id, QUESTION, now, key)


def give(site: Site, opinion: Opinion, account: Account, view: View, remark: str, now: datetime) -> Opinion:
    with transaction():
        return opinions.give(site, opinion.id, account.id, view, remark, now)


def test_a_question_is_one_mail_without_its_words_and_changes_nothing_else(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    version = case.version
    opinion = ask(site, mei, lin, case, now)
    assert ask(site, mei, lin, case, now) is opinion
    mail = db.session.scalars(select(Mail).where(Mail.name == "opinion_asked")).one()
    assert (mail.recipient, mail.case_id, mail.secret_purpose) == ("lin@example.org", case.id, "opinion")
    assert QUESTION not in mail.text + mail.html
    assert f"/opinions/{opinion.id}?code=" in mail.text
    assert (case.version, case.assignee_id) == (version, None)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "opinion.asked")).one()
    assert entry.facts == {"case": case.id, "opinion": opinion.id, "account": lin.id}


def test_an_answer_is_given_once_by_whoever_was_asked(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    opinion = ask(site, mei, lin, case, now)
    with pytest.raises(NotPermitted):
        give(site, opinion, mei, View.YES, "", now)
    give(site, opinion, lin, View.NO, " 没有事实依据。 ", now)
    give(site, opinion, lin, View.NO, "没有事实依据。", now)
    with pytest.raises(Conflict):
        give(site, opinion, lin, View.YES, "", now)
    assert (opinion.view, opinion.remark, opinion.given_at) == (View.NO, "没有事实依据。", now)
    told = db.session.scalars(select(Mail).where(Mail.name == "opinion_given")).one()
    assert told.recipient == mei.email
    assert "没有事实依据" not in told.text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "opinion.given")).one()
    assert (entry.actor, entry.facts["view"]) == (f"account:{lin.id}", "no")


def test_the_link_opens_its_own_question_for_a_time(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    opinion = ask(site, mei, lin, case, now)
    code = site.keys.secret("opinion", str(opinion.id), opinion.key_epoch)
    assert opinions.opened(site, opinion.id, code, now) is opinion
    for number, typed in ((opinion.id, code[:-1]), (opinion.id, ""), (opinion.id + 1, code), (0, code)):
        with pytest.raises(NotFound):
            opinions.opened(site, number, typed, now)
    with pytest.raises(Gone):
        opinions.opened(site, opinion.id, code, now + OPEN_FOR)
    with transaction():
        lin.disabled_at = now
    with pytest.raises(Gone):
        opinions.opened(site, opinion.id, code, now)


def demote(lin: Account, mei: Account, now: datetime) -> None:
    lin.role = Role.AUDITOR


def disable(lin: Account, mei: Account, now: datetime) -> None:
    lin.disabled_at = now


def keep_out(lin: Account, mei: Account, now: datetime) -> None:
    recusals.put(lin, lin.id, About.ARTICLE, "yi-pian", now)


@pytest.mark.parametrize("change", [demote, disable, keep_out])
def test_a_link_opens_no_longer_than_its_holder_may_decide(
    site: Site,
    mei: Account,
    lin: Account,
    case: Case,
    now: datetime,
    change: Callable[[Account, Account, datetime], None],
) -> None:
    opinion = ask(site, mei, lin, case, now)
    code = site.keys.secret(opinions.PURPOSE, str(opinion.id), opinion.key_epoch)
    assert opinions.opened(site, opinion.id, code, now) is opinion
    with transaction():
        change(lin, mei, now)
    with pytest.raises(Gone):
        opinions.opened(site, opinion.id, code, now)
    with pytest.raises(NotPermitted):
        give(site, opinion, lin, View.YES, "", now)
    db.session.rollback()
    assert opinion.view is None


def test_whoever_keeps_out_of_a_case_neither_asks_nor_is_asked(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    with transaction():
        keep_out(lin, mei, now)
    for by, of in ((mei, lin), (lin, mei)):
        with pytest.raises(NotPermitted):
            ask(site, by, of, case, now)


def test_only_who_decides_here_and_has_no_part_can_be_asked(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    editor = make_member("editors+desk@example.org", name="编辑")
    auditor = make_member("audit@example.org", Role.AUDITOR, name="审计")
    gone = make_member("gone@example.org", name="离职", disabled_at=now)
    assert colleagues(mei, case) == [lin]
    for nobody in (mei, editor, auditor, gone):
        with pytest.raises(NotPermitted):
            ask(site, mei, nobody, case, now)


@pytest.mark.parametrize("question", ["", "短", "字" * 1001])
def test_a_question_has_its_length(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime, question: str
) -> None:
    with pytest.raises(Incomplete) as refused, transaction():
        opinions.ask(site, mei, case.id, lin.id, question, now, "q" * 20)
    assert set(refused.value.problems) == {"question"}


def test_what_was_said_before_a_decision_stands_beside_it(
    site: Site, mei: Account, lin: Account, case: Case, now: datetime
) -> None:
    opinion = ask(site, mei, lin, case, now)
    give(site, opinion, lin, View.UNSURE, "", now)
    decision = decide(site, case, Outcome.DECLINED, now, mei)
    db.session.refresh(opinion)
    assert opinion.decision_id == decision.id


def refusals(
    site: Site, opinion: Opinion, lin: Account, now: datetime
) -> list[tuple[Callable[[], object], type[DomainError]]]:
    return [
        (lambda: give(site, opinion, lin, View.YES, "字" * 1001, now), Incomplete),
        (lambda: opinions.give(site, opinion.id + 1, lin.id, View.YES, "", now), NotFound),
    ]


def test_what_is_senseless_is_refused(site: Site, mei: Account, lin: Account, case: Case, now: datetime) -> None:
    opinion = ask(site, mei, lin, case, now)
    for act, error in refusals(site, opinion, lin, now):
        with pytest.raises(error):
            act()
    with transaction():
        cases.close(site, case, now + timedelta(days=1))
    with pytest.raises(InvalidTransition):
        give(site, opinion, lin, View.YES, "", now)
