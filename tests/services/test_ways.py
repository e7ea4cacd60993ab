"""What a mail, a receipt or a publisher's page says can be done, can be done."""

from datetime import datetime

import pytest

from tests import factories
from tests.services.test_counters import GROUNDS, US, send
from tests.services.test_serving import mail
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.regime_table import REVIEW, REVIEW_OF_PUBLISHER, SAID_ONCE
from tracker.domain.regimes import COUNTER, COURT, REVIEWS, US_COURT
from tracker.models import Account, Case, Notice
from tracker.queries import publisher
from tracker.queries.applying import regimes
from tracker.queries.receipts import receipt
from tracker.render.site import Site
from tracker.services import appeals, cases, counters

EDITORS, WANG = "editors@example.org", "wang@example.org"
REPLY, ANSWER, APPEAL = "答复", "提交反通知", "提出申诉"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    """A US copyright case."""
    return make_case(site, now, category=CategoryName.COPYRIGHT, **US)


def acts(name: str) -> list[str]:
    """Return what the last mail of a kind to the publisher says they can do now."""
    _, _, rest = mail(name, EDITORS).text.partition("您现在可以在案件页面：")
    listed, _, _ = rest.partition("打开案件页面")
    return [line.removeprefix("- ") for line in listed.splitlines() if line.startswith("- ")]


def reviews(name: str, recipient: str) -> bool:
    """Say whether the last mail of a kind offers our own review."""
    return any(line in mail(name, recipient).text for line in REVIEWS)


def appeal(site: Site, case: Case, notice: Notice | None, now: datetime) -> None:
    with transaction():
        appeals.send(site, case, notice, GROUNDS, [], "zh-Hans", now, f"a{len(case.appeals)}")


def rule(site: Site, case: Case, now: datetime, outcome: Outcome | None = None) -> None:
    number = len(case.appeals)
    reviewer = make_member(f"wu{number}@example.org", name=f"吴{number}")
    draft = factories.draft(outcome) if outcome else None
    with transaction():
        appeals.rule(site, reviewer, case.appeals[-1].id, case.version, GROUNDS, now, draft)


def test_a_publisher_reads_what_they_can_do_at_each_step(site: Site, now: datetime, mei: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    assert acts("statement") == [REPLY, ANSWER, APPEAL]
    assert COUNTER in mail("statement").text
    assert reviews("statement", EDITORS)
    send(site, case, now)
    assert acts("counter_received") == [REPLY, APPEAL]
    appeal(site, case, None, now)
    assert acts("appeal_received") == [REPLY]
    rule(site, case, now)
    assert acts("appeal_decided") == [REPLY]
    assert not reviews("appeal_decided", EDITORS)
    with transaction():
        counters.restore(site, cases.locked([case.id], now, "x")[0], now)
    assert acts("restored") == [REPLY]
    assert not reviews("restored", EDITORS)
    assert "如果您不同意" not in mail("restored", EDITORS).text
    assert "如果您不同意" in mail("restored", WANG).text
    assert reviews("restored", WANG)


@pytest.mark.parametrize("outcome", [Outcome.INTERIM, Outcome.LABELLED])
def test_what_takes_no_words_away_for_good_is_answered_by_no_counter_notice(
    site: Site, now: datetime, mei: Account, case: Case, outcome: Outcome
) -> None:
    factories.decide(site, case, outcome, now, mei)
    assert ANSWER not in mail("statement").text
    assert "如果您不同意" in mail("statement").text


def test_who_a_ruling_goes_against_reads_how_to_appeal_it(site: Site, now: datetime, mei: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    appeal(site, case, case.items[0].notice, now)
    rule(site, case, now, Outcome.WITHHELD)
    assert "要请本站复核的话" in mail("appeal_decided", EDITORS).text
    assert reviews("appeal_decided", EDITORS)
    assert not reviews("appeal_decided", WANG)


def test_who_got_what_they_asked_for_is_not_asked_whether_they_disagree(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    told = mail("decision").text
    assert "您还可以" in told
    assert "如果您不同意" not in told
    assert "要承担" not in told
    assert COURT in told
    assert US_COURT not in told
    shown = receipt(site, "zh-Hans", case.items[0].notice.id, now)
    assert not shown.is_against
    assert shown.redress == [COURT]
    assert US_COURT in mail("statement", EDITORS).text


@pytest.mark.parametrize(
    ("outcomes", "is_told"),
    [([Outcome.DECLINED], False), ([Outcome.WITHHELD], True), ([Outcome.WITHHELD, Outcome.RESTORED], True)],
)
def test_what_a_false_notice_cost_is_told_of_where_something_was_done_on_it(
    site: Site, now: datetime, mei: Account, case: Case, outcomes: list[Outcome], is_told: bool
) -> None:
    for outcome in outcomes:
        factories.decide(site, case, outcome, now, mei)
    shown = publisher.page(site, case, regimes(case), "zh-Hans", now).decision
    assert shown is not None
    assert shown.is_against is (outcomes[-1] is Outcome.WITHHELD)
    assert (US_COURT in shown.statement["redress"]) is is_told


def test_the_one_appeal_is_offered_until_it_was_sent(site: Site, now: datetime, mei: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    notice = case.items[0].notice

    def offered() -> bool:
        db.session.expire_all()
        return bool(REVIEWS & set(receipt(site, "zh-Hans", notice.id, now).redress))

    assert offered()
    appeal(site, case, notice, now)
    assert not offered()
    rule(site, case, now)
    assert not offered()


def test_a_receipt_names_no_way_that_may_not_come_also_of_an_older_decision(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    decision = factories.decide(site, case, Outcome.DECLINED, now, mei)
    notice = case.items[0].notice
    new = receipt(site, "zh-Hans", notice.id, now).redress
    assert REVIEW in new
    assert not any("邮件" in way for way in new)
    with transaction():
        once = {said_now: said_then for said_then, said_now in SAID_ONCE.items()}
        said = [once.get(line, line) for line in decision.statement["redress_notifier"]]
        decision.statement = decision.statement | {"redress_notifier": said}
    assert receipt(site, "zh-Hans", notice.id, now).redress == new


def test_a_publisher_on_the_page_of_the_case_is_not_sent_to_a_mail_also_by_an_older_decision(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    decision = factories.decide(site, case, Outcome.WITHHELD, now, mei)

    def said() -> list[str]:
        shown = publisher.page(site, case, regimes(case), "zh-Hans", now).decision
        assert shown is not None
        redress: list[str] = shown.statement["redress"]
        return redress

    new = said()
    assert REVIEW_OF_PUBLISHER in new
    assert not any("邮件" in way for way in new)
    with transaction():
        once = {said_now: said_then for said_then, said_now in SAID_ONCE.items()}
        older = [once.get(line, line) for line in decision.statement["redress"]]
        decision.statement = decision.statement | {"redress": older}
    assert said() == new


def test_the_page_of_a_publisher_offers_an_appeal_until_it_was_sent(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, mei)

    def offered() -> set[str]:
        db.session.expire_all()
        shown = publisher.page(site, case, regimes(case), "zh-Hans", now).decision
        assert shown is not None
        return {*REVIEWS, COUNTER} & set(shown.statement["redress"])

    assert len(offered()) == 2
    appeal(site, case, None, now)
    assert offered() == {COUNTER}
    send(site, case, now)
    assert offered() == set()
