"""The branches of SI 2013/3028, each to the end where the regulations say it ends."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_serving import kinds, mail, running, send
from tests.staff import BODY, mails_leave, make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind, due
from tracker.domain.decisions import Outcome
from tracker.domain.defamation import Branch
from tracker.domain.errors import Incomplete, InvalidTransition
from tracker.domain.lifecycle import State
from tracker.domain.regimes import REGIMES, RegimeName
from tracker.mail.headers import Head
from tracker.mail.inbound import Letter
from tracker.mail.replies import Fate
from tracker.models import Account, Case, Mail, Reply
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, defamation, exchange, inbound, measures, publishers, replies
from tracker.services.defamation import branch_of

UK = {
    "country": "GB", "meaning": "读者会以为我们违法催收。", "stmt_no_poster_info": "1", "share_name": "yes",
    "share_email": "no",
}  # fmt: skip
NAME, ADDRESS = "作者甲", "示例市示例路1号"
REFUSAL = {"wants_removal": "no", "full_name": NAME, "postal_address": ADDRESS, "share_consent": "yes"}


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def opened(site: Site, mei: Account, now: datetime, slug: str = "yi-pian", **said: str) -> Case:
    """Open a British case and take it up."""
    case = make_case(site, now, slug, body=f"{BODY}\n{slug}\n", **(UK | said))
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    return case


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A case whose publisher was asked."""
    case = opened(site, mei, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    return case


def reply(site: Site, case: Case, answers: dict[str, str], now: datetime, key: str = "r", text: str = "") -> None:
    with transaction():
        publishers.reply(site, case, text, answers, [], now, key)


def removed(site: Site, mei: Account, case: Case, at: datetime) -> None:
    """Remove, and see that the complainant and the publisher are told in the same act."""
    factories.decide(site, case, Outcome.WITHHELD, at, mei)
    assert measures.open_of(case, at) is not None
    assert mail("decision").recipient == "anna@example.com"
    assert mail("statement").recipient == "editors@example.org"
    assert {"uk_first", "uk_poster", "uk_after"}.isdisjoint(kinds(case))
    assert trail.fault() is None


def branch(case: Case) -> Branch | None:
    db.session.expire_all()
    return branch_of(case.items[0])


def test_invalid_the_complainant_is_told_all_that_is_required_within_48_hours(
    site: Site, now: datetime, mei: Account
) -> None:
    case = opened(site, mei, now, stmt_no_poster_info="", meaning="")
    item = case.items[0]
    assert branch(case) is Branch.INVALID
    first = running(case)[f"uk_first/item:{item.id}"]
    assert first.due_at == due(ClockKind.UK_FIRST, now, site.calendars).at
    with transaction():
        exchange.ask_info(site, mei, item.id, case.version, "请补充。", now, "q")
    sent = mail("needs_info")
    for need in REGIMES[RegimeName.UK_DEFAMATION].requires:  # reg. 4: the requirements, not only what is missing
        assert need.label in sent.text
    assert "uk_first" not in kinds(case)
    later = now + timedelta(days=1)
    added = {"stmt_no_poster_info": "1", "meaning": UK["meaning"]}
    with transaction():
        exchange.supplement(site, item.notice, "补充。", [], added, later, "s")
    clock = running(case)[f"uk_first/item:{item.id}"]  # the 48 hours run from when it is valid
    assert clock.due_at == due(ClockKind.UK_FIRST, later, site.calendars).at
    assert branch(case) is Branch.ASK


def test_repeat_ends_in_removal_without_asking(site: Site, now: datetime, mei: Account) -> None:
    earlier = []
    for slug in ("one", "two"):
        case = opened(site, mei, now, slug)
        factories.decide(site, case, Outcome.WITHHELD, now, mei)
        earlier.append(case.items[0].notice.reference)
    other = make_case(site, now, "three", body=f"{BODY}\nthree\n")  # removed, but not under the regulations
    factories.decide(site, other, Outcome.WITHHELD, now, mei)
    irregular = opened(site, mei, now, "four", prior_receipts=f"{earlier[0]} {other.items[0].notice.reference}")
    assert (branch(irregular), defamation.removed_before(irregular.items[0])) == (Branch.ASK, [])
    case = opened(site, mei, now, "five", prior_receipts=" ".join(earlier))
    with transaction():  # whether it says the same, a person has to look
        defamation.find_repeat(site, mei, case.items[0].id, case.version, now, is_repeat=True)
    assert branch(case) is Branch.REPEAT
    with pytest.raises(InvalidTransition, match="48小时"), transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    removed(site, mei, case, now + timedelta(hours=1))


def test_a_removal_that_was_undone_or_of_another_poster_is_none(site: Site, now: datetime, mei: Account) -> None:
    earlier = []
    for slug in ("one", "two"):
        case = opened(site, mei, now, slug)
        factories.decide(site, case, Outcome.WITHHELD, now, mei)
        earlier.append((case, case.items[0].notice.reference))
    names = " ".join(reference for _, reference in earlier)
    case = opened(site, mei, now, "three", prior_receipts=names)
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = "other@press.example"
    assert defamation.removed_before(case.items[0]) == []
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = "editors@example.org"
    assert [notice.reference for notice in defamation.removed_before(case.items[0])] == names.split()
    factories.decide(site, earlier[0][0], Outcome.RESTORED, now + timedelta(hours=1), mei)
    assert defamation.removed_before(case.items[0]) == []


def test_not_contactable_ends_in_removal(site: Site, now: datetime, mei: Account) -> None:
    case = opened(site, mei, now)
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = ""
    assert branch(case) is Branch.NOT_CONTACTABLE
    factories.decide(site, case, Outcome.WITHHELD, now + timedelta(hours=1), mei)
    assert mail("decision").recipient == "anna@example.com"
    assert "uk_first" not in kinds(case)


def test_an_address_that_does_not_work_is_no_contact(site: Site, now: datetime, mei: Account, case: Case) -> None:
    send(site, mail("forwarded"), Fate.BOUNCE, now + timedelta(minutes=5))
    db.session.expire_all()
    assert (case.state, case.asked_at) == (State.IN_REVIEW, None)
    after = running(case)["uk_after/case"]
    assert after.due_at == due(ClockKind.UK_AFTER, now + timedelta(minutes=5), site.calendars).at
    assert branch(case) is Branch.NO_REPLY
    removed(site, mei, case, now + timedelta(hours=1))


def test_no_reply_ends_in_removal_within_48_hours_after_the_fifth_day(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    assert branch(case) is Branch.WAITING
    assert mail("publisher_asked").recipient == "anna@example.com"  # the acknowledgement of the regulations
    mails_leave(site, now)
    over = due(ClockKind.UK_POSTER, now, site.calendars).at
    do_what_is_due(site, over)
    assert branch(case) is Branch.NO_REPLY
    assert running(case)["uk_after/case"].due_at == due(ClockKind.UK_AFTER, over, site.calendars).at
    late = over + timedelta(hours=1)
    reply(site, case, REFUSAL, late)
    assert branch(case) is Branch.NO_REPLY  # a late reply is none
    assert replies.full(case.items[0]) == {}
    removed(site, mei, case, late)


@pytest.mark.parametrize("who", ["worker", "publisher"])
def test_the_48_hours_run_from_the_deadline_however_late_anybody_noted_it(
    site: Site, now: datetime, mei: Account, case: Case, who: str
) -> None:
    mails_leave(site, now)
    over = due(ClockKind.UK_POSTER, now, site.calendars).at
    late = over + timedelta(days=3)
    if who == "worker":
        do_what_is_due(site, late)
    else:  # before a worker did
        reply(site, case, REFUSAL, late)
    assert case.state is State.IN_REVIEW
    assert running(case)["uk_after/case"].due_at == due(ClockKind.UK_AFTER, over, site.calendars).at


@pytest.mark.parametrize(
    "answers", [{}, {"wants_removal": "no"}, REFUSAL | {"postal_address": ""}, REFUSAL | {"share_consent": ""}]
)
def test_an_incomplete_reply_is_none_and_the_publisher_is_told_what_it_lacks(
    site: Site, now: datetime, mei: Account, case: Case, answers: dict[str, str]
) -> None:
    reply(site, case, answers, now, text="我不同意。")
    assert (case.state, branch(case)) == (State.AWAITING_REPLY, Branch.WAITING)
    assert "uk_poster" in kinds(case)
    told = mail("reply_incomplete")
    assert told.recipient == "editors@example.org"
    assert "24:00" in told.text  # in British time
    mails_leave(site, now)
    do_what_is_due(site, due(ClockKind.UK_POSTER, now, site.calendars).at)
    assert branch(case) is Branch.NO_REPLY


def test_two_halves_make_a_reply(site: Site, now: datetime, mei: Account, case: Case) -> None:
    reply(site, case, {"wants_removal": "no", "full_name": NAME}, now, "r1")
    reply(site, case, {"postal_address": ADDRESS, "share_consent": "yes"}, now, "r2")
    assert branch(case) is Branch.REFUSED
    assert [(each.is_complete, each.answers) for each in db.session.scalars(select(Reply).order_by(Reply.id))] == [
        (False, {"wants_removal": "no", "full_name": NAME}),
        (True, {"postal_address": ADDRESS, "share_consent": "yes"}),
    ]
    assert ADDRESS not in "".join(message.text for message in case.messages if message.party == "publisher")


def test_a_reply_by_mail_stops_nothing(site: Site, now: datetime, mei: Account, case: Case) -> None:
    head = Head(sender="editors@example.org", subject="Re", message_id="<m@x>", answers=(mail("forwarded").message_id,),
                recipients=(), is_report=False, automatic="")  # fmt: skip
    found = inbound.find(site, head, [])
    assert found is not None
    message = inbound.prepare(site, found, head, Letter(f"我叫{NAME}，住{ADDRESS}，不同意删除，可以告诉对方。", ()))
    with transaction():
        inbound.add(site, found, head, message, now, "m")
    assert (case.state, branch(case)) == (State.AWAITING_REPLY, Branch.WAITING)
    assert "uk_poster" in kinds(case)
    assert mail("reply_incomplete").recipient == "editors@example.org"


def test_agreed_ends_in_removal(site: Site, now: datetime, mei: Account, case: Case) -> None:
    reply(site, case, {"wants_removal": "yes"}, now)
    assert (case.state, branch(case)) == (State.IN_REVIEW, Branch.AGREED)
    assert running(case)["uk_after/case"].due_at == due(ClockKind.UK_AFTER, now, site.calendars).at
    removed(site, mei, case, now + timedelta(hours=1))


@pytest.mark.parametrize("consents", [True, False])
@pytest.mark.parametrize("way", ["button", "decision", "time"])
def test_refused_the_complainant_learns_who_it_was_or_that_they_refuse_it(
    site: Site, now: datetime, mei: Account, case: Case, consents: bool, way: str
) -> None:
    reply(site, case, REFUSAL | {"share_consent": "yes" if consents else "no"}, now)
    assert (case.state, branch(case)) == (State.IN_REVIEW, Branch.REFUSED)
    over = due(ClockKind.UK_AFTER, now, site.calendars).at
    if way == "button":
        with transaction():
            replies.tell(site, mei, case.id, case.version, now)
        with pytest.raises(InvalidTransition), transaction():
            replies.tell(site, mei, case.id, case.version, now)
    elif way == "decision":
        factories.decide(site, case, Outcome.DECLINED, now + timedelta(hours=1), mei)
    else:
        do_what_is_due(site, over - timedelta(hours=12, seconds=1))
        assert not db.session.scalars(select(Mail.id).where(Mail.name == "publisher_refused")).all()
        do_what_is_due(site, over - timedelta(hours=11))
    (sent,) = db.session.scalars(select(Mail).where(Mail.name == "publisher_refused"))
    assert sent.recipient == "anna@example.com"
    assert sent.created_at < over
    assert (NAME in sent.text, ADDRESS in sent.text) == (consents, consents)
    assert ("不同意我们把姓名和通信地址告诉您" in sent.text) == (not consents)
    assert "uk_after" not in kinds(case)
    assert measures.open_of(case, over) is None  # what is refused in full may stay
    assert trail.fault() is None


def test_obviously_false_is_no_reply(site: Site, now: datetime, mei: Account, case: Case) -> None:
    reply(site, case, REFUSAL | {"full_name": "米老鼠", "postal_address": "月球背面"}, now)
    (given,) = case.replies
    with pytest.raises(Incomplete), transaction():
        replies.find_false(site, mei, case.id, case.version, given.id, " ", now, "k")
    with transaction():
        replies.find_false(site, mei, case.id, case.version, given.id, "姓名和地址显然是编的。", now, "k")
    assert branch(case) is Branch.NO_REPLY
    with pytest.raises(InvalidTransition), transaction():
        replies.tell(site, mei, case.id, case.version, now)
    removed(site, mei, case, now + timedelta(hours=1))
    assert not db.session.scalars(select(Mail.id).where(Mail.name == "publisher_refused")).all()


def test_a_closed_case_takes_no_reply_and_says_where_to_write(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    notice = case.items[0].notice
    with transaction():
        exchange.withdraw(site, notice, [case.items[0].id], now, "w")
    assert mail("withdrawn", "editors@example.org").case_id == case.id  # who was asked is told
    with pytest.raises(InvalidTransition) as refused, transaction():
        publishers.reply(site, case, "还在吗？", {}, [], now, "r")
    assert site.config.contact_email in str(refused.value)
    head = Head(sender="editors@example.org", subject="Re", message_id="<m@x>", answers=(mail("forwarded").message_id,),
                recipients=(), is_report=False, automatic="")  # fmt: skip
    assert inbound.find(site, head, []) is not None
    do_what_is_due(site, now + timedelta(days=3 * 366))
    assert inbound.find(site, head, []) is None  # nothing comes to what was erased


def test_whatever_else_is_asked_of_a_whole_complaint_the_publisher_has_to_be_told_in_time(
    site: Site, now: datetime, mei: Account
) -> None:
    """SI 2013/3028, Schedule, para. 2: 48 hours from the notice; reg. 4 is for what lacks something."""
    case = opened(site, mei, now)
    (item,) = case.items
    first = running(case)[f"uk_first/item:{item.id}"]
    with transaction():
        exchange.ask_info(site, mei, item.id, case.version, "有没有录音？", now, "q")
    assert running(case)[f"uk_first/item:{item.id}"].id == first.id
    later = now + timedelta(hours=1)
    with transaction():
        exchange.supplement(site, item.notice, "没有。", [], {}, later, "s")
    assert running(case)[f"uk_first/item:{item.id}"].due_at == first.due_at
    with transaction():
        cases.take_up(site, mei, case.id, case.version, later)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, later, "f")
    assert "uk_first" not in kinds(case)


def test_each_complainant_is_told_of_the_refusal_of_their_own_complaint(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    """SI 2013/3028, Schedule, para. 8: who joins later is forwarded later, and told when that was answered."""
    hour = timedelta(hours=1)
    reply(site, case, REFUSAL, now + hour)
    second = make_notice(site, case.article, now + 2 * hour, "bob@example.com", **UK)
    db.session.expire_all()
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now + 3 * hour, "f2")
    with transaction():
        replies.tell(site, mei, case.id, case.version, now + 4 * hour)
    refused = select(Mail.recipient).where(Mail.name == "publisher_refused").order_by(Mail.id)
    assert list(db.session.scalars(refused)) == ["anna@example.com"]  # of the second nobody has answered yet
    with pytest.raises(InvalidTransition), transaction():
        replies.tell(site, mei, case.id, case.version, now + 4 * hour)
    reply(site, case, {"wants_removal": "no"}, now + 5 * hour, "r2")
    assert second.items[0].case_id == case.id
    with transaction():
        replies.tell(site, mei, case.id, case.version, now + 6 * hour)
    assert list(db.session.scalars(refused)) == ["anna@example.com", "bob@example.com"]
    assert "uk_after" not in kinds(case)
    with pytest.raises(InvalidTransition), transaction():
        replies.tell(site, mei, case.id, case.version, now + 6 * hour)


def test_a_refusal_is_passed_on_late_rather_than_never(site: Site, now: datetime, mei: Account, case: Case) -> None:
    """No worker ran in the last hours before the 48 were over."""
    mails_leave(site, now)
    reply(site, case, REFUSAL, now + timedelta(hours=1))
    do_what_is_due(site, running(case)["uk_after/case"].due_at + timedelta(days=7))
    assert mail("publisher_refused").recipient == "anna@example.com"
    assert "uk_after" not in kinds(case)
    assert trail.fault() is None
