"""The lines of the queue: what they say is what the tables say, after every act, whoever wrote it."""

from datetime import datetime, timedelta

import pytest

from tests import factories
from tests.lines import as_values
from tests.notifier import publish
from tests.staff import confirm, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Channel, State
from tracker.domain.standing import Level, Side
from tracker.models import Account, Article, Line, Weighting
from tracker.queries.queue_words import who
from tracker.render.site import Site
from tracker.services import decisions, exchange, leases, lines, publishers, retention, standings


@pytest.fixture
def article(site: Site, now: datetime) -> Article:
    return publish(site, "one", now)


def line_of(case_id: int) -> Line:
    db.session.rollback()
    return db.session.get_one(Line, case_id, populate_existing=True)


def test_a_notice_makes_the_line_of_its_case_in_the_same_act(site: Site, article: Article, now: datetime) -> None:
    passage = "催收人员拨打13912345678，" * 8
    said = {"passage": passage, "notifier_type": "organisation", "country": "GB", "minor_involved": "yes"}
    case = make_notice(site, article, now, **said).items[0].case
    line = line_of(case.id)
    assert (line.is_open, line.state, line.category) == (True, State.RECEIVED, CategoryName.REPUTATION)
    assert (line.language, line.publisher, line.notices) == ("zh-Hans", "编辑部", 1)
    assert line.channels == lines.bit(Channel.WEB)
    assert line.quote.startswith("催收人员拨打█████，")
    assert len(line.quote) == lines.QUOTED
    assert "139" not in line.quote
    assert (line.role, line.kind, line.has_passage, line.is_urgent) == ("owner", "organisation", False, True)
    assert "这些话是什么意思、为什么损害名誉" in line.missing
    assert (line.due_kind, line.due_at) == (ClockKind.TRIAGE, now + timedelta(hours=4))  # a minor
    assert (line.decide_by, line.law_at) == (now + timedelta(days=1), now + timedelta(days=2))
    assert dict(line.why) == {"minor": 40, "urgent": 30, "due_4": 30, "personal": 10}
    assert line.rank == -110


def test_without_a_passage_the_first_words_are_quoted_without_what_names_somebody(
    site: Site, article: Article, now: datetime
) -> None:
    words = "我是安娜，邮箱anna@example.com，文章说我公司没有牌照，与事实不符，请予更正。"
    case = make_notice(site, article, now, passage="", explanation=words).items[0].case
    assert line_of(case.id).quote == "我是█████，邮箱█████，文章说我公司没有牌照，与事实不符，请予更正。"


def test_more_notices_count_and_speak_with_one_voice(site: Site, article: Article, mei: Account, now: datetime) -> None:
    case = make_notice(site, article, now, passage="第一份的原文在这里面").items[0].case
    confirm("bob@example.com", now)
    with transaction():
        standings.put(
            site, mei, "bob@example.com", Side.NOTIFIER, Level.TRUSTED, {"reason": "长期可靠的机构通知人。"}, now
        )
    make_notice(site, article, now, "bob@example.com", passage="第二份的原文在这里面")
    with transaction():
        exchange.ask_info(site, mei, case.items[0].id, case.version, "请补充。", now, "k" * 20)
    line = line_of(case.id)
    assert (line.notices, line.quote, line.is_trusted) == (2, "第二份的原文在这里面", True)  # who waits for us speaks
    assert {"several", "trusted"} <= dict(line.why).keys()


def test_trust_given_or_ended_later_reaches_open_cases(
    site: Site, article: Article, mei: Account, now: datetime
) -> None:
    case = make_notice(site, article, now).items[0].case
    confirm("anna@example.com", now)
    for level, is_trusted in ((Level.TRUSTED, True), (None, False)):
        with transaction():
            standings.put(
                site, mei, "anna@example.com", Side.NOTIFIER, level, {"reason": "长期可靠的机构通知人。"}, now
            )
        assert line_of(case.id).is_trusted is is_trusted


def test_whose_turn_it_is_moves_a_case(site: Site, article: Article, mei: Account, now: datetime) -> None:
    case = make_notice(site, article, now).items[0].case
    before = line_of(case.id).rank
    with transaction():
        leases.claim(site, mei, case.id, now)
    assert line_of(case.id).assignee_id == mei.id
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "a" * 20)
    assert line_of(case.id).rank > before
    assert ["waiting", -40] in line_of(case.id).why
    with transaction():
        publishers.reply(site, case, "没有这回事。", {}, [], now, "b" * 20)
    assert ["answered", 10] in line_of(case.id).why


def test_a_decision_takes_a_line_out_of_the_queue_and_remembers_its_limit(
    site: Site, article: Article, mei: Account, now: datetime
) -> None:
    case = make_notice(site, article, now).items[0].case
    by = line_of(case.id).decide_by
    with transaction():
        decisions.decide(site, mei, case.id, 1, factories.draft(Outcome.DECLINED), now)
    line = line_of(case.id)
    assert (line.is_open, line.state, line.ended_at, line.due_kind, line.turns_at) == (
        False,
        State.DECIDED,
        now,
        None,
        None,
    )
    assert line.decide_by == by
    successor = make_notice(site, article, now, "bob@example.com").items[0].case
    assert ["again", 5] in line_of(successor.id).why


def test_an_erased_notice_leaves_no_words_in_its_line(site: Site, article: Article, now: datetime) -> None:
    notice = make_notice(site, article, now, passage="", explanation="只有我知道的这件事情，请予处理，谢谢你们。")
    number = notice.items[0].case_id
    assert "只有我知道" in line_of(number).quote
    with transaction():
        retention.erase(notice, now)
    assert line_of(number).quote == ""


def test_an_article_that_says_another_publisher_or_language_tells_its_lines(
    site: Site, article: Article, now: datetime
) -> None:
    case = make_notice(site, article, now).items[0].case
    publish(site, "one", now, publisher={"name": "法务", "email": "law@example.org"})
    assert line_of(case.id).publisher == "法务"


def test_time_alone_moves_a_case_and_the_worker_sees_to_it(site: Site, article: Article, now: datetime) -> None:
    case = make_notice(site, article, now).items[0].case
    seen = []
    for hours in (0, 19, 20, 23, 24, 25):
        later = now + timedelta(hours=hours)
        with transaction():
            lines.turn(later)
        seen.append(dict(line_of(case.id).why))
    assert seen == [{"due_24": 20}, {"due_24": 20}, {"due_4": 30}, {"due_4": 30}, {"overdue": 40}, {"overdue": 40}]
    with transaction():
        assert lines.turn(now + timedelta(hours=25)) == 0


def test_new_weights_reach_every_open_case(site: Site, article: Article, mei: Account, now: datetime) -> None:
    cases = [
        make_notice(site, article, now, category=name).items[0].case_id
        for name in (CategoryName.TERMS, CategoryName.FRAUD)
    ]
    with transaction():
        db.session.add(Weighting(points={"due_24": 7, "nonsense": 9, "old": 10**9}, saved_at=now, saved_by_id=mei.id))
    found = []
    with transaction():
        while n := lines.turn(now, most=1):
            found.append(n)
    assert found == [1, 1]
    assert [line_of(number).rank for number in cases] == [-7, -7]


def test_the_law_comes_before_everything(site: Site, article: Article, now: datetime) -> None:
    poor = make_notice(site, article, now, category=CategoryName.NCII, stmt_no_consent="1").items[0].case_id
    rich = (
        make_notice(site, article, now - timedelta(days=8), category=CategoryName.MINOR, danger_to_life="yes")
        .items[0]
        .case_id
    )
    later = now + timedelta(hours=25)
    with transaction():
        lines.turn(now)
    assert line_of(rich).rank < line_of(poor).rank
    with transaction():
        lines.turn(later)
    assert line_of(poor).is_law
    assert line_of(poor).rank < line_of(rich).rank


def test_lines_that_an_upgrade_left_bare_are_filled_in(site: Site, article: Article, now: datetime) -> None:
    case = make_notice(site, article, now).items[0].case
    whole = as_values(line_of(case.id))
    with transaction():
        line = db.session.get_one(Line, case.id)
        line.channels, line.notices, line.quote, line.marks, line.turns_at = 0, 0, "", [], now
    with transaction():
        assert lines.turn(now) == 1
    assert as_values(line_of(case.id)) == whole


def test_what_a_law_asks_for_in_one_category_alone_is_missed_on_its_line_too(
    site: Site, article: Article, now: datetime
) -> None:
    """民法典 1028: on a report of what is inaccurate, with proof."""
    notice = make_notice(site, article, now, category=CategoryName.INACCURATE)
    assert "内容失实的证据" in line_of(notice.items[0].case_id).missing
    notice = make_notice(site, article, now)
    assert "内容失实的证据" not in line_of(notice.items[0].case_id).missing


def test_a_court_is_said_to_be_one_once() -> None:
    assert who(Line(notices=1, kind="authority", role="authority")) == "法院或主管机关"
    assert who(Line(notices=1, kind="authority", role="authorised_agent")) == "法院或主管机关 · 权利人委托的代理人"
