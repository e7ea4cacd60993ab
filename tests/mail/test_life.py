"""Mails over the life of a notice: what each says, to whom, and what it must not."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.mail.conftest import NAME, WORDS, Scene, newest
from tests.mail.test_outbox import FOLDER, plain_words, words
from tracker import mail
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending
from tracker.domain.notices import Answered
from tracker.domain.redress import AppealState, CounterState, Unrestored
from tracker.domain.regimes import REGIMES, RegimeName, Side, redress
from tracker.domain.serving import OF_OTHERS
from tracker.domain.standing import Level
from tracker.domain.threads import MessageKind, Party
from tracker.mail.outbox import SECRET
from tracker.models import (
    Appeal,
    Attachment,
    Case,
    Clock,
    CounterNotice,
    Decision,
    Dispute,
    Item,
    Mail,
    Message,
    Notice,
    RecipientNotice,
    Standing,
)  # fmt: skip
from tracker.render.site import PREFIXES, Site

PHONE, STREET, ID_NUMBER = "138-0000-1111", "静安区某路一号", "91310000MA1K35X12B"
CANARIES = (NAME, WORDS, PHONE, STREET, ID_NUMBER, "Sender@Example.org")
POSTER = {
    "counter_name": "王五", "counter_address": "浦东新区某街二号", "counter_phone": "139-2222-3333",
    "counter_in_us": "no", "explanation": "这是合理引用。\n<b>第二行</b>", "org_id_no": ID_NUMBER,
    "signature_name": "王五", "stmt_mistake_perjury": "1",
}  # fmt: skip
REGIMES_OF_ALL = [name.value for name in RegimeName]

NOTIFIER = {
    "needs_info", "supplemented", "incomplete", "rejected", "publisher_asked", "publisher_refused", "extended",
    "counter_forwarded", "proof_refused", "order_received", "order_effect", "erased",
}  # fmt: skip
BOTH = {"restored", "appeal_received", "appeal_decided", "ruled", "dispute", "withdrawn"}
PUBLISHER = {
    "forwarded",
    "counter_received",
    "proof_received",
    "order_executed",
    "reply_incomplete",
}
WITH_REDRESS = {
    "incomplete", "rejected", "extended", "restored", "appeal_received", "appeal_decided", "misuse",
    "proof_received", "proof_refused", "order_executed", "publisher_refused", "ruled",
}  # fmt: skip


@dataclass
class Stage:
    """One notice, its case, a decision, and what the parties sent, in one language."""

    site: Site
    scene: Scene
    now: datetime
    language: str = "zh-Hans"

    def __post_init__(self) -> None:
        article = self.scene.article("debt", "标题 <b>&“引”")
        article.language = self.language
        self.notice: Notice = self.scene.notice(article, language=self.language)
        self.notice.key_epoch = self.site.keys.epoch
        self.notice.regimes = list(REGIMES_OF_ALL)
        self.notice.answers = self.notice.answers | {
            "phone": PHONE, "postal_address": STREET, "org_id_no": ID_NUMBER, "notifier_role": "owner",
        }  # fmt: skip
        self.items: list[Item] = list(self.notice.items)
        self.case: Case = self.items[0].case
        self.due_at = self.now + timedelta(days=5)
        self.decision: Decision = self.scene.decision(self.case)

    def message(self, kind: MessageKind = MessageKind.SUPPLEMENT, files: int = 0) -> Message:
        message = Message(
            key=f"{kind}:{len(self.case.messages)}:{files}", case=self.case, notice=self.notice, party=Party.NOTIFIER,
            kind=kind, text=WORDS, created_at=self.now,
        )  # fmt: skip
        for n in range(files):
            message.attachments.append(
                Attachment(name=f"{NAME}{n}.pdf", media_type="application/pdf", size=1, sha256=f"{n:064}", content=b"x")
            )
        db.session.add(message)
        db.session.flush()
        return message

    def counter(self, *regimes: str) -> CounterNotice:
        counter = CounterNotice(
            case=self.case, decision=self.decision, message=self.message(MessageKind.COUNTER, 2),
            state=CounterState.FORWARDED, regimes=list(regimes or ("us_dmca", "cn_copyright")), language=self.language,
            answers=dict(POSTER), received_at=self.now,
            statements={"stmt_truth": "我确信以上内容真实。", "stmt_mistake_perjury": "这是误认，愿承担伪证责任。"},
        )  # fmt: skip
        db.session.add(counter)
        db.session.flush()
        return counter

    def appeal(self, party: str = "publisher", state: AppealState = AppealState.OPEN) -> Appeal:
        appeal = Appeal(
            case=self.case, decision=self.decision, party=party, message=self.message(MessageKind.APPEAL, 1 + len(party)),
            state=state, language=self.language, received_at=self.now, reasons="复核的理由 <i>。",
        )  # fmt: skip
        db.session.add(appeal)
        db.session.flush()
        return appeal

    def standing(self, side: str, level: Level) -> Standing:
        standing = Standing(
            mailbox="x@example.org", side=side, level=level, since=self.now, until=self.now + timedelta(days=30),
            factors={"number": 4, "proportion": 0.75, "gravity": "高"}, reason="连续四次没有根据。",
        )  # fmt: skip
        db.session.add(standing)
        db.session.flush()
        return standing

    def to_notifier(self) -> list[Mail | None]:
        site, notice, items, now = self.site, self.notice, self.items, self.now
        missing = REGIMES[RegimeName.CN_COPYRIGHT].requires[:2] * 2
        counter = self.counter()
        running = Clock(kind=ClockKind.US_RESTORE, due_at=self.due_at)
        said = mail.needs_info(site, notice, items, "请补充<b>授权书</b>。", missing, self.due_at, now, "k1", 1)
        return [
            said,
            mail.needs_info(site, notice, items, "", (), self.due_at, now, "k2", 1),
            mail.supplemented(site, notice, self.message(files=3), now),
            mail.incomplete(site, notice, items, now),
            *(mail.rejected(site, notice, items, ending, "说明。", now + timedelta(seconds=n))
              for n, ending in enumerate(Ending)),
            mail.withdrawn(site, notice, items, now),
            mail.publisher_asked(site, notice, items, self.due_at, now),
            mail.extended(site, notice, items, "需要查证。", self.due_at, now, 1),
            mail.counter_forwarded(site, counter, notice, items, self.due_at, now),
            *(mail.restored_to_notifier(site, self.scene_decision(n), notice, items, reason, now)
              for n, reason in enumerate(sorted(mail.RESTORED_BECAUSE), 2)),
            mail.appeal_received(site, self.appeal(f"notice:{notice.id}"), now),
            mail.publisher_refused(site, notice, items, {"full_name": "王五", "postal_address": "某街二号"}, now),
            mail.proof_refused(site, notice, items, "只是一封信。", running, now, "k1"),
            mail.proof_refused(site, notice, items, "只是一封信。", None, now, "k2"),
            *(mail.ruled_to_notifier(site, notice, items, why, now + timedelta(seconds=n)) for n, why in enumerate(Unrestored)),
            mail.dispute_to_notifier(site, self.dispute(), notice, items, now),
        ]  # fmt: skip

    def dispute(self) -> Dispute:
        dispute = Dispute(
            case=self.case, decision=self.decision, party="publisher", body="某机构", reference="ODS-1", opened_at=self.now,
        )  # fmt: skip
        db.session.add(dispute)
        db.session.flush()
        return dispute

    def scene_decision(self, version: int, outcome: Outcome = Outcome.RESTORED) -> Decision:
        """Return one more decision on the case."""
        first = self.decision
        statement = first.statement | {"outcome": outcome}
        decision = Decision(
            case_id=self.case.id, case_version=100 + version, outcome=outcome, ground_type=first.ground_type,
            ground_ref=first.ground_ref, ground_explanation=first.ground_explanation, facts=first.facts,
            statement=statement, decided_by_id=None if version % 2 else first.decided_by_id, decided_at=self.now,
        )  # fmt: skip
        db.session.add(decision)
        db.session.flush()
        return decision

    def to_publisher(self) -> list[Mail | None]:
        site, now = self.site, self.now
        shown = [Answered("说明", "", "可以转告的话 <b>。\n第二行")]
        missing = REGIMES[RegimeName.CN_COPYRIGHT].counter
        return [
            mail.forwarded(site, self.items[:1], [shown], self.due_at, now),
            mail.forwarded(site, self.items[:1], [[]], None, now + timedelta(seconds=1)),
            mail.counter_received(site, self.counter(), self.due_at, now),
            mail.proof_received(site, self.counter("other"), self.due_at, now),
            mail.restored_to_publisher(site, self.scene_decision(30), now),
            mail.appeal_received(site, self.appeal("publisher"), now),
            mail.reply_incomplete(site, self.case, self.message(MessageKind.REPLY), missing, self.due_at, now),
            *(
                mail.ruled_to_publisher(site, self.case, why, now + timedelta(seconds=n))
                for n, why in enumerate(Unrestored)
            ),
            mail.dispute_to_publisher(site, self.dispute(), now),
            mail.ended_to_publisher(site, self.case, now),
            mail.order_executed(site, self.decision, now),
            mail.order_executed(site, self.scene_decision(31, Outcome.DECLINED), now),
        ]

    def ruled(self) -> list[Mail | None]:
        site, now = self.site, self.now
        made: list[Mail | None] = []
        for party, state in ((f"notice:{self.notice.id}", AppealState.UPHELD), ("publisher", AppealState.DISMISSED)):
            appeal = next(a for a in self.case.appeals if a.party == party)
            appeal.state = state
            made.append(mail.appeal_decided_to_notifier(site, appeal, self.notice, self.items, now))
            made.append(mail.appeal_decided_to_publisher(site, appeal, now))
        return made

    def recipient(self) -> RecipientNotice:
        row = RecipientNotice(
            key="r", case_id=self.case.id, name="示例搜索", address="http://localhost/articles/debt", told_at=self.now
        )
        db.session.add(row)
        db.session.flush()
        return row

    def office(self) -> list[Mail | None]:
        self.site.maintainers = ("one@example.net", "two@example.net")
        now = self.now
        told = [
            mail.misuse(self.site, self.standing(side, level), f"{level}@example.net", self.language, now)
            for side in Side
            for level in (Level.WARNED,)
        ]
        for standing in db.session.query(Standing).all():
            standing.level = Level.SUSPENDED
            told.append(mail.misuse(self.site, standing, "s@example.net", self.language, now))
        return [
            *told,
            *mail.attention(self.site, self.case, "发布者已答复", now, "k"),
            mail.order_received(self.site, self.notice, now),
            mail.order_effect(self.site, self.decision, self.notice, now),
            mail.order_effect(self.site, self.scene_decision(40, Outcome.DECLINED), self.notice, now),
            mail.erased(self.site, self.notice, "Sender@Example.org", ["示例搜索"], now + timedelta(days=900), now),
            mail.recipient_told(self.site, self.case, self.recipient(), "index@example.net", self.language, now),
        ]


@pytest.fixture
def stage(site: Site, scene: Scene, now: datetime) -> Callable[..., Stage]:
    return lambda language="zh-Hans": Stage(site, scene, now, language)


@pytest.fixture(params=PREFIXES)
def mails(request: pytest.FixtureRequest, stage: Callable[..., Stage]) -> list[Mail]:
    with transaction():
        made = stage(request.param)
        found = [*made.to_notifier(), *made.to_publisher(), *made.ruled(), *made.office()]
        db.session.flush()
        db.session.expunge_all()
    assert None not in found
    return [each for each in found if each]


def is_publisher_s(each: Mail) -> bool:
    return each.recipient == "writer@press.example"


def test_both_forms_say_the_same(mails: list[Mail]) -> None:
    for each in mails:
        assert words(each.html) == plain_words(each.text), each.name


def test_every_mail_is_whole(mails: list[Mail], site: Site) -> None:
    for each in mails:
        assert each.subject.strip()
        assert "\n" not in each.subject
        assert "\n\n\n\n" not in each.text
        assert (SECRET in each.text) == (SECRET in each.html) == bool(each.secret_purpose)
        assert "None" not in each.text
    assert len({(each.cause, each.recipient) for each in mails}) == len(mails)
    assert max(len(each.cause) for each in mails) <= 120


def test_who_is_told_what_by_which_link(mails: list[Mail]) -> None:
    for each in mails:
        prefix = PREFIXES[each.language]
        if is_publisher_s(each):
            assert each.name in PUBLISHER | BOTH
            assert not each.is_limited
            assert f"http://localhost{prefix}/publisher/{each.case_id}?code={SECRET}" in each.text
            assert (each.secret_purpose, each.secret_subject) == ("publisher", str(each.case_id))
        elif each.name in NOTIFIER | BOTH:
            assert each.is_limited == (each.name not in OF_OTHERS), each.name
            assert f"http://localhost{prefix}/receipts/{each.secret_subject}?code={SECRET}" in each.text
        else:
            assert each.name in {"misuse", "attention", "recipient_told"}
            assert not each.secret_purpose


def test_nothing_of_the_notifier_reaches_the_publisher_or_the_maintainers(mails: list[Mail]) -> None:
    told = [each for each in mails if is_publisher_s(each) or each.name == "attention"]
    assert {each.name for each in told} == PUBLISHER | BOTH | {"attention"}
    for each in told:
        for private in CANARIES:
            assert private.lower() not in (each.subject + each.text + each.html).lower(), each.name


def test_a_notifier_s_mail_repeats_nothing_they_wrote(mails: list[Mail]) -> None:
    for each in mails:
        for private in CANARIES:
            assert private not in each.text + each.html


def test_a_mail_to_the_maintainers_holds_nobody(mails: list[Mail]) -> None:
    told = [each for each in mails if each.name == "attention"]
    assert [each.recipient for each in told] == ["one@example.net", "two@example.net"]
    for each in told:
        assert f"http://localhost/desk/cases/{each.case_id}" in each.text
        assert "发布者已答复" in each.subject
        assert "作出决定" in each.text
        assert not {"王五", "writer@press.example"} & set(each.text.split())


def test_redress_is_never_missing(mails: list[Mail], site: Site) -> None:
    assert {each.name for each in mails} >= WITH_REDRESS
    for each in mails:
        if each.name in WITH_REDRESS:
            lines = {*redress([], Side.NOTIFIER), *redress([], Side.PUBLISHER), *REGIMES[RegimeName.CN_CIVIL].redress}
            spoken = {site.gettext(line, each.language) for line in lines}
            known = {*spoken, *(site.gettext(line, each.language) for line in _STATEMENT_REDRESS)}
            assert any(line in each.text for line in known), each.name


_STATEMENT_REDRESS = ("向人民法院提起诉讼，或依法向有管辖权的主管部门投诉、举报。",)


def test_markup_stays_words(mails: list[Mail]) -> None:
    for each in mails:
        for raw in ("标题 <b>", "<b>授权书", "理由 <i>", "话 <b>", "<b>第二行", "第二行 <b>"):
            assert raw not in each.html


def test_missing_and_required_are_told_apart(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        made.notice.regimes = ["cn_copyright"]
        needs = REGIMES[RegimeName.CN_COPYRIGHT].requires
        told = mail.needs_info(
            made.site, made.notice, made.items, "", [needs[1], needs[1]], made.due_at, made.now, "k", 1
        )
    assert told is not None
    lacking, _, complete = told.text.partition("一份完整的举报要有")
    assert lacking.count(needs[1].cure) == 1
    assert needs[0].label not in lacking
    for need in needs:
        assert (f"- {need.label}\n" in complete) == (need.when is None)
    assert "2026年11月28日 17:30（中国时间）" in told.text


def test_a_counter_notice_is_passed_on_as_far_as_its_law_says(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        send = mail.counter_forwarded
        american = send(made.site, made.counter("us_dmca"), made.notice, made.items, made.due_at, made.now)
        chinese = send(made.site, made.counter("cn_civil"), made.notice, made.items, made.due_at, made.now)
        made.notice.regimes = ["cn_civil"]  # the notice's own law counts, not what else the case comes under
        mixed = send(made.site, made.counter("us_dmca", "cn_civil"), made.notice, made.items, made.due_at, made.now)
    assert american is not None
    assert chinese is not None
    assert mixed is not None
    for each in (american, chinese, mixed):
        assert "王五" in each.text
        assert "这是合理引用。\n<b>第二行</b>" in each.text
        assert "证据文件：2个" in each.text
        assert "计划恢复展示的时间：2026年11月28日" in each.text
        assert ID_NUMBER not in each.text
    for part in ("浦东新区某街二号", "139-2222-3333", "第10至14个工作日", "愿承担伪证责任。"):
        assert part in american.text
        assert part not in chinese.text
        assert part not in mixed.text
    for part in ("本站定为15天", "向有关部门投诉，或者向人民法院起诉"):
        assert part in chinese.text
        assert part in mixed.text
        assert part not in american.text


def test_no_repeat_after_a_counter_notice_in_chinese_copyright_alone(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        made.notice.regimes = ["cn_copyright"]
        before = mail.restored_to_notifier(
            made.site, made.scene_decision(2), made.notice, made.items, "ruling", made.now
        )
        made.counter("cn_copyright")
        db.session.expire(made.case, ["counter_notices"])
        after = mail.restored_to_notifier(
            made.site, made.scene_decision(4), made.notice, made.items, "window", made.now
        )
        made.notice.regimes = ["us_dmca"]
        other = mail.restored_to_notifier(
            made.site, made.scene_decision(6), made.notice, made.items, "window", made.now
        )
    assert [bool(each and "不能再次通知" in each.text) for each in (before, after, other)] == [False, True, False]


def test_a_british_complaint_says_what_a_full_answer_is(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        made.case.article.origin = "contributed"
        shown = [Answered("说明", "", WORDS)]
        british = mail.forwarded(made.site, made.items[:1], [shown], made.due_at, made.now)
        made.notice.regimes = ["eu_dsa"]
        plain = mail.forwarded(made.site, made.items[:1], [[]], made.due_at, made.now + timedelta(1))
        made.case.article.origin = "own"
        own = mail.forwarded(made.site, made.items[:1], [[]], made.due_at, made.now + timedelta(2))
    assert british is not None
    assert plain is not None
    assert own is not None
    for part in ("第5天的24时", "全名", "告诉投诉人", "可能被移除", WORDS, "512条(g)(3)", "错误移除的声明"):
        assert part in british.text
        assert part not in plain.text
    assert "您可以在2026年11月28日 17:30" in plain.text
    assert "您可以在2026年11月28日 17:30" not in own.text
    assert "答复与否由您决定" in own.text
    assert made.notice.reference not in british.text


def test_suspension_leaves_the_urgent_lanes_and_appeals_open(mails: list[Mail], site: Site) -> None:
    told = [each for each in mails if each.name == "misuse"]
    assert len(told) == 4
    suspended = [each for each in told if each.recipient == "s@example.net"]
    for line in ("私密影像、未成年人、有人面临生命危险：这些举报照常受理，最先处理。", "对已有决定的申诉。"):
        assert sum(site.gettext(line, each.language) in each.text for each in suspended) == 1
    for each in told:
        assert "75%" in each.text
        assert "连续四次没有根据。" in each.text


def test_without_an_address_nobody_is_told(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        made.notice.answers = {}
        made.case.article.publisher_email = ""
        made.site.maintainers = ()
        found = [*made.to_notifier(), *made.to_publisher(), *made.ruled()]
        found += [mail.order_received(made.site, made.notice, made.now)]
        found += mail.attention(made.site, made.case, "发布者已答复", made.now, "k")
        found += [mail.misuse(made.site, made.standing("notifier", Level.WARNED), "", "en", made.now)]
    assert set(found) == {None}


def test_later_mails_answer_to_the_first_of_their_thread(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        mail.acknowledgement(made.site, made.notice, made.now)
        first = newest()
        asked = mail.forwarded(made.site, made.items[:1], [[]], made.due_at, made.now)
        stated = mail.statement_of_reasons(made.site, made.decision, made.now)
        later, theirs = mail.withdrawn(made.site, made.notice, made.items, made.now), made.to_publisher()[-1]
    assert None not in (first, asked, stated, later, theirs)
    assert later.thread == first.message_id
    assert stated.thread == theirs.thread == asked.message_id
    assert f"/publisher/{made.case.id}?code={SECRET}" in stated.text


def test_the_running_clock_of_an_appeal_is_named(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        appeal = made.appeal("publisher")
        clock = Clock(
            case_id=made.case.id, kind="appeal_decide", subject=f"appeal:{appeal.id}", starts_at=made.now,
            due_at=made.now + timedelta(days=14),
        )  # fmt: skip
        db.session.add(clock)
        told = mail.appeal_received(made.site, appeal, made.now)
    assert told is not None
    assert "预计答复时间：2026年12月7日 17:30（中国时间）之前（本站目标）" in told.text


def test_an_interim_measure_is_not_called_a_result(stage: Callable[..., Stage]) -> None:
    with transaction():
        made = stage()
        decision = made.scene_decision(2, Outcome.INTERIM)
        told = mail.decision_to_notifier(made.site, decision, made.items, made.now)
        stated = mail.statement_of_reasons(made.site, decision, made.now)
    assert None not in (told, stated)
    assert "处理结果 R" not in told.subject
    assert "这还不是最后的" in told.text
    assert "这还不是最后的" in stated.text


def test_every_set_of_templates_is_sent_by_something() -> None:
    names = {path.name.partition(".")[0] for path in FOLDER.iterdir() if not path.name.startswith("_")}
    modules = [ast.parse(file.read_text()) for file in Path(mail.__file__).parent.glob("*.py")]
    written = {node.value for tree in modules for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert names - written == set()
