"""What each mail says, and what it must not."""

import io
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract
from sqlalchemy import func, select

from tests.mail.conftest import NAME, WORDS, Scene, newest
from tracker import mail
from tracker.db import db, transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Outcome
from tracker.domain.lifecycle import TRANSITIONS
from tracker.domain.reasons import REDRESS
from tracker.domain.regimes import Side
from tracker.domain.roles import LABELS
from tracker.mail.gathered import gather
from tracker.mail.outbox import CASES_LISTED, compose
from tracker.mail.parts import open_ways, reasons, receipt_secret
from tracker.models import Account, Case, Decision, Item, LinkPurpose, Mail, MailState, Notice
from tracker.render.site import PREFIXES, TEMPLATES, TRANSLATIONS, Site, in_script

FOLDER = TEMPLATES / "mail"


def every_mail(site: Site, scene: Scene, now: datetime, language: str) -> list[Mail]:
    """Return one mail of each kind, and a decision of each outcome."""
    notice = scene.notice(*[scene.article(f"a{n}", "标题 <b>&“引”") for n in range(len(Outcome))], language=language)
    notice.key_epoch = site.keys.epoch
    cases = [item.case for item in notice.items]
    mail.acknowledgement(site, notice, now)
    mail.maintainers(site, notice, cases, now)
    mails = list(db.session.scalars(select(Mail).order_by(Mail.id)))
    for item, outcome in zip(notice.items, Outcome, strict=True):
        item.article.language = language
        decision = scene.decision(item.case, outcome)
        statement = mail.statement_of_reasons(site, decision, now)
        assert statement is not None
        mails += [mail.decision_to_notifier(site, decision, [item], now), statement]
    mails += [gathered(site, notice, now), mail.invitation(site, scene.link(site), now)]
    by = db.session.get_one(Account, decision.decided_by_id)
    mails += [mail.letter_to_notifier(site, notice, notice.items[:1], "请看附上的说明。", now, "k", by.id)]
    mails += [*mail.alarm(site, "没有恢复", "/articles/a0", "/desk/health", now, "k")]
    mails += [mail.factor_changed(site, by, "添加了验证器", now)]
    return [*mails, mail.password_reset(site, scene.link(site, LinkPurpose.RESET), now)]


def gathered(site: Site, notice: Notice, now: datetime) -> Mail:
    """Return one mail for all decisions on a notice."""
    found = select(Decision).join(Case).join(Item).where(Item.notice_id == notice.id).order_by(Decision.id)
    decisions = list(db.session.scalars(found))
    told = mail.decision_to_notifier(site, decisions[0], notice.items[:1], now)
    assert told is not None
    one = mail.compose(
        site, "decision", cause=f"decision:{decisions[0].id}:again", recipient="Sender@Example.org",
        language=notice.language, now=now, notice=notice, limited=True, secret=receipt_secret(notice),
        reference=notice.reference, references=[notice.reference], articles=[],
        **reasons(decisions[0], now, Side.NOTIFIER), **open_ways(decisions[0], Side.NOTIFIER, ""),
    )  # fmt: skip
    gather(site, one, notice, decisions, now)
    return one


@pytest.fixture(params=PREFIXES)
def mails(request: pytest.FixtureRequest, site: Site, scene: Scene, now: datetime) -> list[Mail]:
    with transaction():
        mails = every_mail(site, scene, now, request.param)
        db.session.flush()
        db.session.expunge_all()
    return mails


def words(html: str) -> Counter[str]:
    """Return the words a reader of the HTML sees, without addresses."""
    body = re.sub(r"<head>.*</head>", "", html, flags=re.DOTALL)
    shown = re.sub(r"<[^>]+>", " ", body)
    for name, character in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        shown = shown.replace(name, character)
    return plain_words(shown)


def plain_words(text: str) -> Counter[str]:
    return Counter(word for word in text.split() if not word.startswith("http") and word.strip("-"))


def test_both_forms_say_the_same(mails: list[Mail]) -> None:
    for each in mails:
        assert words(each.html) == plain_words(each.text), each.name


def test_the_set_of_templates_is_whole() -> None:
    names = {path.stem for path in FOLDER.glob("[!_]*.txt")}
    assert names >= {"acknowledgement", "maintainers", "decision", "statement", "invitation", "password_reset"}
    assert {name for row in TRANSITIONS for name in row.mails} <= names


def test_a_queued_mail_is_due_at_once_and_carries_no_secret(mails: list[Mail], site: Site, now: datetime) -> None:
    for each in mails:
        assert (each.state, each.due_at, each.attempts, each.sent_at) == (MailState.QUEUED, now, 0, None)
        assert re.fullmatch(r"<[0-9a-f]{32}@localhost>", each.message_id)
        assert "\n" not in each.subject
        assert bool(each.secret_purpose) == (mail.SECRET in each.text) == (mail.SECRET in each.html)
        if each.secret_purpose:
            secret = site.keys.secret(each.secret_purpose, each.secret_subject, each.secret_epoch)
            assert not any(secret in str(value) for value in vars(each).values())


def test_only_the_notifier_s_mails_are_limited(mails: list[Mail]) -> None:
    assert {each.name for each in mails if each.is_limited} == {"acknowledgement", "decision", "decisions", "letter"}


def test_nobody_s_words_but_ours_and_the_moderator_s(mails: list[Mail]) -> None:
    for each in mails:
        for private in (NAME, WORDS):
            assert private not in each.text + each.html + each.subject
        if each.name in {"maintainers", "statement"}:
            assert "example.org" not in each.text.replace("contact@example.org", "").lower()
            assert "引" not in each.subject


def test_a_title_cannot_become_markup(mails: list[Mail]) -> None:
    for each in mails:
        if each.name in {"acknowledgement", "maintainers", "decision", "statement"}:
            title = in_script("标题 <b>&“引”", each.language if each.name in {"acknowledgement", "decision"} else "")
            assert title in each.text
            assert title.replace("&", "&amp;").replace("<b>", "&lt;b&gt;") in each.html
        if each.name in {"decision", "statement"}:
            assert "第二行 <b>理由</b> & 其他。" in each.text
            assert "第二行 &lt;b&gt;理由&lt;/b&gt; &amp; 其他。" in each.html


def test_the_acknowledgement_says_what_and_when(site: Site, notice: Notice, now: datetime) -> None:
    with transaction():
        mail.acknowledgement(site, notice, now)
        text = newest().text
    for part in (
        notice.reference,
        "著作权",
        "2026年11月23日 17:30（中国时间）",
        "http://localhost/articles/debt",
        "开始审核：2026年11月24日 17:30（中国时间）之前（本站目标）",
        "作出决定：2026年11月30日 24:00（中国时间）之前（法律要求及时，本站目标）",
        f"http://localhost/receipts/{notice.reference}?code={mail.SECRET}",
        "http://localhost/pages/privacy",
        "contact@example.org",
    ):
        assert part in text


def test_the_language_is_the_notifier_s(site: Site, scene: Scene, now: datetime) -> None:
    with transaction():
        mail.acknowledgement(site, scene.notice(scene.article("en"), language="en"), now)
        english = newest()
        mail.acknowledgement(site, scene.notice(scene.article("fr"), language="fr"), now)
        unknown = newest()
    assert english.subject.startswith("We have received your notice R-2026-")
    assert f"http://localhost/en/receipts/{english.secret_subject}?code=" in english.text
    assert unknown.language == "zh-Hans"


def test_a_notice_about_200_articles_is_one_mail_to_each_maintainer(site: Site, scene: Scene, now: datetime) -> None:
    site.maintainers = ("one@example.org", "two@example.org", "One@example.org")
    with transaction():
        notice = scene.notice(*[scene.article(f"a{n}") for n in range(200)])
        cases = [item.case for item in notice.items]
        mail.maintainers(site, notice, cases, now)
        mails = list(db.session.scalars(select(Mail).order_by(Mail.id)))
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 2
    text = mails[0].text
    assert text.count("http://localhost/desk/cases/") == CASES_LISTED
    assert f"另有{200 - CASES_LISTED}个案件" in text
    assert "200篇" in text
    assert "2026年11月24日 17:30（中国时间）之前" in text


@pytest.mark.parametrize("is_urgent", [False, True])
def test_the_maintainers_read_at_once_what_comes_first(
    site: Site, scene: Scene, now: datetime, is_urgent: bool
) -> None:
    site.maintainers = ("one@example.org",)
    with transaction():
        notice = scene.notice(scene.article("calm"), scene.article("alarm"))
        cases = [item.case for item in notice.items]
        cases[1].is_urgent = is_urgent
        mail.maintainers(site, notice, cases, now)
        new = newest()
        (later,) = mail.attention(site, cases[1], "发布者已答复", now, "k")
    assert new.subject.startswith("紧急！") is is_urgent
    for each in (new, later):
        assert ("优先级：紧急，最先处理" in each.text) is is_urgent
        assert ("优先级：普通，按期限处理" in each.text) is not is_urgent


def test_the_statement_of_reasons_has_every_part(site: Site, scene: Scene, now: datetime) -> None:
    with transaction():
        notice = scene.notice(scene.article("debt"))
        decision = scene.decision(notice.items[0].case)
        statement = mail.statement_of_reasons(site, decision, now)
        assert statement is not None
    assert statement.recipient == "writer@press.example"
    for part in (
        "依法停止展示", "全部地区", "开始时间：2026年11月23日 17:30", "直到作出新的决定",  # (a)
        decision.facts, "根据他人提交的通知",  # (b)
        "发现这篇文章时没有使用自动化手段", "没有使用自动化手段",  # (c)
        "法律规定：《信息网络传播权保护条例》第十五条", "第一行理由。",  # (d), (e)
        *REDRESS,  # (f)
    ):  # fmt: skip
        assert part in statement.text
    assert notice.reference not in statement.text


def test_a_publisher_without_an_address_gets_nothing(site: Site, scene: Scene, now: datetime) -> None:
    with transaction():
        notice = scene.notice(scene.article("debt", email=""))
        assert mail.statement_of_reasons(site, scene.decision(notice.items[0].case), now) is None


def test_later_mails_answer_to_the_first(site: Site, scene: Scene, notice: Notice, now: datetime) -> None:
    case = notice.items[0].case
    with transaction():
        mail.acknowledgement(site, notice, now)
        first = newest()
        decision = scene.decision(case)
        decided = mail.decision_to_notifier(site, decision, notice.items, now)
        told = mail.statement_of_reasons(site, decision, now)
    assert first.thread == ""
    assert decided.thread == first.message_id
    assert told is not None
    assert told.thread == ""


def test_the_same_cause_and_mailbox_is_one_mail(site: Site, notice: Notice, now: datetime) -> None:
    def again(recipient: str) -> Mail:
        said = {"secret": receipt_secret(notice), "expires_at": now}
        return compose(site, "draft_link", cause="draft:1", recipient=recipient, language="en", now=now, **said)

    with transaction():
        first = again("anna@example.com")
        assert again("Anna@example.com") is first
    with transaction():
        assert again("anna@example.com").message_id == first.message_id
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 1


def test_one_act_rolled_back_leaves_no_mail(site: Site, notice: Notice, now: datetime) -> None:
    def act() -> None:
        with transaction():
            mail.acknowledgement(site, notice, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0


def messages(file: Path) -> set[str]:
    with file.open("rb") as source:
        found = babel_extract(source, ["_"], [], {"trim_blocks": "true", "lstrip_blocks": "true"})
        return {message for _, _, message, _ in found if isinstance(message, str)}


def test_every_word_of_a_mail_has_its_english() -> None:
    catalogue = read_po(io.BytesIO((TRANSLATIONS / "en" / "messages.po").read_bytes()))
    said = {message for file in FOLDER.iterdir() for message in messages(file)}
    assert len(said) > 50
    said |= {*OUTCOME_LABELS.values(), *GROUND_LABELS.values(), *REDRESS, *LABELS.values()}
    said |= {category.label for category in CATEGORIES.values()}
    said |= {words for rule in RULES.values() for words in (rule.label, rule.source, rule.nature.label)}
    assert {message for message in said if not catalogue[message].string} == set()
