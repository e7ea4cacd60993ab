"""What measures do to what readers get: on every surface, in every way of asking, alone and together, for a time."""

import gzip
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import brotli
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import factories
from tests.bounds import within
from tests.staff import make_case, make_member, make_notice
from tracker import clock
from tracker.cli import articles as syncing
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.errors import BadContent, Incomplete
from tracker.domain.passages import Passage
from tracker.domain.visibility import Terms
from tracker.models import Article, AuditEntry, Case, Mail, Measure
from tracker.render import article as rendered
from tracker.render.site import Site
from tracker.services import decisions

pytestmark = pytest.mark.usefixtures("stopped_clock")

CANARY = "金丝雀字样"
BODY = f"""引言提到{CANARY}。

## 一、{CANARY}的经过

正文里**金丝**雀字样连着标记，还有`{CANARY}`和[{CANARY}](https://example.org/a)。

- 列表里的{CANARY}

| 姓名 | 说法 |
|---|---|
| 某人 | {CANARY} |

    代码里的{CANARY}

另有[链接](https://example.org/{quote(CANARY)} "{CANARY}")，最后一段照常。
"""
SAID: dict[str, Any] = {
    "title": f"{CANARY}的题目",
    "summary": f"摘要也写了{CANARY}。",
    "tags": ["逾期", CANARY],
    "publisher": {"name": f"{CANARY}工作室", "email": "editors@example.org"},
    "source": {"name": CANARY, "url": f"https://example.org/{quote(CANARY)}"},
}
HEADERS: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "br"},
    {"Range": "bytes=0-99"},
    {"If-Modified-Since": "Mon, 23 Nov 2026 00:00:00 GMT"},
    {"If-None-Match": "*"},
    {"Accept": "application/json"},
]
DAY = timedelta(days=1)


@pytest.fixture
def three(site: Site, now: datetime) -> None:
    """A canary article between two others."""
    factories.publish(site, "qian", now)
    factories.publish(site, "canary", now, BODY, **SAID)
    factories.publish(site, "hou", now)


def canary() -> Article:
    return db.session.scalars(select(Article).where(Article.slug == "canary")).one()


def decide(site: Site, outcome: Outcome, now: datetime, category: CategoryName, **said: Any) -> Case:
    """Decide a new case about the canary."""
    case = factories.open_case(canary(), now, category)
    with transaction():
        by = factories.make_account_once()
        decisions.decide(site, by, case.id, case.version, factories.draft(outcome, **said), now)
    return case


MASK = Terms(passages=(Passage(CANARY),))
CORRECTION = Terms(words="改正一处说法", passages=(Passage(CANARY, replacement="改后的话"),))
TERMS = {
    Outcome.LABELLED: Terms(words="这一条说明是自己写的。"),
    Outcome.REPLY_ATTACHED: Terms(words="我们的回应是：事实不是这样的。", speaker="concerned", speaker_name="安娜公司"),
    Outcome.CORRECTED: CORRECTION,
    Outcome.PASSAGE_WITHHELD: replace(
        MASK, also_label="disputed", also_reply="我们另有话说：没有这回事。", speaker="concerned"
    ),
}
KINDS = list(MEASURES)[:-1]


def surfaces() -> list[str]:
    paths = [path for (_, path) in factories.rows()]
    asked = ["/search?q=题目", "/search?q=引言", f"/search?q={CANARY}", "/search?q=最后一段"]
    return [*paths, *asked, "/en/articles/canary", "/report?article=canary", "/report/copyright?article=canary"]


def decoded(answer: TestResponse) -> str:
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(answer.headers.get("Content-Encoding", ""), bytes)
    return unpack(answer.data).decode()


def own_echo(text: str) -> str:
    """Take away where a search repeats what was asked for."""
    return text.replace(f'value="{CANARY}"', "").replace(f"“{CANARY}”", "")


def test_the_canary_shows_everywhere_before(client: FlaskClient, three: None) -> None:
    shown = {path for path in surfaces() if CANARY in own_echo(client.get(path).text)}
    assert shown >= {
        "/", "/articles/canary", "/articles/qian", "/articles/hou", "/archive/1", "/categories/debt-collection",
        "/categories/debt-collection/1", "/feed.atom", "/search?q=题目", "/search?q=引言", "/report?article=canary",
    }  # fmt: skip


@pytest.mark.parametrize("outcome", [Outcome.PASSAGE_WITHHELD, Outcome.CORRECTED])
def test_words_that_were_taken_away_are_on_no_surface(
    client: FlaskClient, site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    etags = {path: client.get(path).headers.get("ETag") for path in surfaces()}
    decide(site, outcome, now, CategoryName.REPUTATION, terms=TERMS[outcome])
    for path in surfaces():
        for headers in [*HEADERS, {"If-None-Match": etags.get(path) or '"none"'}]:
            text = own_echo(decoded(client.get(path, headers=headers)))
            assert CANARY not in text, (path, headers)
            assert quote(CANARY) not in text.replace(f"?q={quote(CANARY)}", ""), (path, headers)
    assert "/articles/canary" not in client.get(f"/search?q={CANARY}").text
    assert "/articles/canary" in client.get("/search?q=最后一段").text, "the rest is found as ever"
    page = client.get("/articles/canary")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-cache"
    assert "最后一段照常" in page.text
    assert "金丝" not in page.text
    assert factories.stale_paths(site, now) == []


def test_a_mask_is_a_bar_that_leads_to_why(client: FlaskClient, site: Site, three: None, now: datetime) -> None:
    case = decide(site, Outcome.PASSAGE_WITHHELD, now, CategoryName.REPUTATION, terms=MASK)
    measure = db.session.scalars(select(Measure).where(Measure.case_id == case.id)).one()
    text = client.get("/articles/canary").text
    assert text.count(f'<a class="covered" href="#note-{measure.id}">此处有内容依法不展示</a>') >= 6
    assert f'id="note-{measure.id}"' in text
    assert "本文有部分内容依法不展示" in text
    assert "个人信息保护法" in text
    assert "〔此处不展示〕的题目" in client.get("/").text
    assert 'property="article:modified_time" content="2026-11-23' in text
    assert '"dateModified":"2026-11-23' in text
    assert "<updated>2026-11-23" in client.get("/feed.atom").text
    assert "<lastmod>2026-11-23" in client.get("/sitemaps/2026-11.xml").text


def test_a_correction_shows_the_new_words_and_a_dated_note(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    decide(site, Outcome.CORRECTED, now, CategoryName.REPUTATION, terms=CORRECTION)
    text = client.get("/articles/canary").text
    assert '<ins class="corrected">改后的话</ins>' in text
    assert "改正一处说法" in text
    assert "改后的话的题目" in client.get("/").text
    assert "/articles/canary" in client.get("/search?q=改后的话").text


def test_a_note_may_say_what_stood_there_before_where_that_is_allowed(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    terms = Terms(words="改正", passages=(Passage("引言提到", replacement="引言写着"),), quotes_old=True)
    decide(site, Outcome.CORRECTED, now, CategoryName.REPUTATION, terms=terms)
    text = client.get("/articles/canary").text
    assert "原来写的是“引言提到”，现在是“引言写着”。" in text
    assert "引言提到" not in rendered.element_of(text.encode()).decode()
    assert "/articles/canary" not in client.get("/search?q=引言提到").text


def test_labels_and_replies_stand_beside_the_article(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    before = rendered.element_of(client.get("/articles/canary").data)
    decide(site, Outcome.LABELLED, now, CategoryName.REPUTATION, terms=Terms(label="under_review", territory=("CN",)))
    decide(site, Outcome.REPLY_ATTACHED, now, CategoryName.COPYRIGHT, terms=TERMS[Outcome.REPLY_ATTACHED])
    text = client.get("/articles/canary").text
    for said in ("审查中：", "适用地区 CN", "当事人的回应", "安娜公司", "我们的回应是：事实不是这样的。"):
        assert said in text
    assert CANARY in text
    assert before != rendered.element_of(text.encode()), "the date of change stands in it"


def test_measures_of_several_cases_stand_together_and_what_hides_wins(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    before = factories.rows()
    categories = iter(CategoryName)
    cases = [decide(site, o, now, next(categories), terms=TERMS[o]) for o in TERMS]
    text = client.get("/articles/canary").text
    assert all(said in text for said in ("自己写的", "事实不是这样的", "改正一处说法", "部分内容依法不展示"))
    assert CANARY not in text
    assert "改后的话" not in text, "what is withheld is not replaced"
    hidden = decide(site, Outcome.REMOVED, now, next(categories))
    tombstone = client.get("/articles/canary")
    assert tombstone.status_code == 410
    assert not any(said in tombstone.text for said in ("自己写的", "事实不是这样的", "改正一处说法", CANARY))
    for case in [hidden, *reversed(cases)]:
        factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


def test_a_correction_does_not_bring_back_what_another_case_withholds(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now, CategoryName.REPUTATION, terms=MASK)
    terms = Terms(words="改正", passages=(Passage("最后一段", replacement=f"最后还是{CANARY}"),))
    decide(site, Outcome.CORRECTED, now, CategoryName.COPYRIGHT, terms=terms)
    decide(site, Outcome.LABELLED, now, CategoryName.TERMS, terms=Terms(words=f"有人说起{CANARY}。"))
    text = client.get("/articles/canary").text
    assert "最后还是" in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(passages=(Passage("文章里没有这句"),)), "passages"),
        (Terms(passages=(Passage(CANARY, "不是这里", "", False),)), "passages"),
    ],
)
def test_a_passage_that_is_not_there_is_refused(
    site: Site, three: None, now: datetime, terms: Terms, field: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        decide(site, Outcome.PASSAGE_WITHHELD, now, CategoryName.REPUTATION, terms=terms)
    assert list(refused.value.problems) == [field]


@pytest.mark.parametrize("outcome", KINDS)
def test_a_measure_begins_and_ends_by_itself_on_every_surface(
    client: FlaskClient, site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    before = {path: client.get(path).text for path in surfaces() if not path.startswith("/report/")}
    written = {"starts_at": now + DAY, "ends_at": now + 2 * DAY}
    decide(site, outcome, now, CategoryName.REPUTATION, terms=TERMS.get(outcome, Terms()), **written)
    rows = factories.rows()
    for ahead in (0, 2):
        monkeypatch.setattr(clock, "now", lambda moment=now + ahead * DAY: moment)
        assert {path: client.get(path).text for path in before} == before, ahead
    monkeypatch.setattr(clock, "now", lambda: now + DAY)
    assert client.get("/articles/canary").text != before["/articles/canary"]
    if outcome not in {Outcome.LABELLED, Outcome.REPLY_ATTACHED}:
        assert not [path for path in surfaces() if CANARY in own_echo(client.get(path).text)]
    assert factories.rows() == rows, "nobody wrote anything"
    factories.refresh(site, now + DAY)
    assert factories.stale_paths(site, now + DAY) == []
    assert (CANARY in canary().search_text) == (outcome in {Outcome.LABELLED, Outcome.REPLY_ATTACHED})


@pytest.mark.parametrize("starts_in", [None, DAY])
def test_a_measure_that_begins_later_is_not_told_as_done(
    site: Site, now: datetime, starts_in: timedelta | None
) -> None:
    case, by = make_case(site, now), make_member()
    draft = replace(factories.draft(Outcome.WITHHELD), starts_at=now + starts_in if starts_in else None)
    with transaction():
        decisions.decide(site, by, case.id, case.version, draft, now)
    texts = list(db.session.scalars(select(Mail.text).where(Mail.name.in_(("decision", "statement")))))
    assert len(texts) == 2
    for text in texts:
        assert ("开始执行" in text) == bool(starts_in)
        assert ("已经依法停止" in text) == (not starts_in)


def sync(site: Site, body: str) -> list[str]:
    """Change the file and bring it onto the site; return what was published."""
    factories.write_article(site.config.content, "canary", body, **SAID)
    return syncing.run(site).published


def entries(kind: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.seq)))


def lost_mails() -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.name == "attention", Mail.cause.contains(":lost:"))))


def test_a_mask_survives_the_file_and_says_when_it_changed_under_it(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    sync(site, "旧闻：催收人员[某某]说了难听的话，后来道歉。\n\n其余。")
    terms = Terms(passages=(Passage("说了难听的话"),))
    case = decide(site, Outcome.PASSAGE_WITHHELD, now, CategoryName.REPUTATION, terms=terms)
    measure = db.session.scalars(select(Measure).where(Measure.case_id == case.id)).one()

    def shown(body: str) -> str:
        sync(site, body)
        db.session.expire_all()
        return client.get("/articles/canary").text

    assert "难听" not in shown("新开头。\n\n旧闻：催收人员[某某]说了难听的话，后来道歉。\n\n其余改了。")
    assert measure.lost_at is None
    assert "其余改了" in client.get("/articles/canary").text

    assert "难听" not in shown("旧闻：催收人员[某某]竟然说了很多难听的话呢，后来道歉。\n\n其余。"), "same neighbours"
    assert measure.lost_at is not None
    assert (len(lost_mails()), len(entries("measure.lost"))) == (len(site.maintainers), 1)
    assert "文章的文件改过" in lost_mails()[0].text

    text = shown("全文重写，与此无关。")
    assert "全文重写" in text
    assert f'id="note-{measure.id}"' in text, "the measure stands, and says so"
    assert (len(lost_mails()), len(entries("measure.lost"))) == (len(site.maintainers), 1), "told once"

    assert "难听" not in shown("又回来了：某人说了难听的话！"), "what reappears is covered at once"
    assert measure.lost_at is None
    assert len(entries("measure.found")) == 1
    assert "/articles/canary" not in client.get("/search?q=难听").text
    assert factories.stale_paths(site, now) == []


@pytest.mark.parametrize("outcome", [Outcome.PASSAGE_WITHHELD, Outcome.CORRECTED])
def test_a_copy_does_not_bring_back_what_was_taken_away(
    site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    decide(site, outcome, now, CategoryName.REPUTATION, terms=TERMS[outcome])
    with pytest.raises(BadContent, match="不能换名再发"):
        factories.publish(site, "copy", now, BODY)
    db.session.rollback()
    factories.publish(site, "canary", now, BODY, **SAID)


def test_a_copy_of_a_labelled_article_is_no_matter(site: Site, three: None, now: datetime) -> None:
    decide(site, Outcome.LABELLED, now, CategoryName.REPUTATION)
    factories.publish(site, "copy", now, BODY)


def test_a_notifier_learns_no_withheld_title_and_cannot_feel_for_words(site: Site, three: None, now: datetime) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now, CategoryName.REPUTATION, terms=MASK)
    notice = make_notice(site, canary(), now, "late@example.com", category=CategoryName.OTHER_ILLEGAL, passage=CANARY)
    assert notice.items[0].passage_found is False
    found = select(Mail).where(Mail.notice_id == notice.id, Mail.name == "acknowledgement")
    mail = db.session.scalars(found).one()
    assert CANARY not in mail.text + mail.html
    assert "〔此处不展示〕的题目" in mail.text


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(within(2, 6)))
def test_after_any_measures_undone_in_any_order_every_page_has_its_bytes_again(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Measures begin and end, by decision or by themselves, in any order; at last none is left."""
    chance = random.Random(seed)
    before = factories.rows()
    text = canary().search_text
    moment, open_cases, categories = now, [], iter(CategoryName)
    for _ in range(9):
        moment += timedelta(minutes=chance.randrange(1, 4000))
        monkeypatch.setattr(clock, "now", lambda at=moment: at)
        if open_cases and chance.random() < 0.4:
            _end_if_open(site, open_cases.pop(chance.randrange(len(open_cases))), moment)
        else:
            outcome = chance.choice(KINDS)
            timed = {
                "starts_at": chance.choice([None, moment + timedelta(hours=chance.randrange(1, 30))]),
                "ends_at": chance.choice([None, None, moment + timedelta(hours=chance.randrange(31, 90))]),
            }
            open_cases.append(
                decide(site, outcome, moment, next(categories), terms=TERMS.get(outcome, Terms()), **timed)
            )
        factories.refresh(site, moment)
        assert factories.stale_paths(site, moment) == []
    while open_cases:
        moment += timedelta(minutes=chance.randrange(1, 4000))
        _end_if_open(site, open_cases.pop(chance.randrange(len(open_cases))), moment)
    factories.refresh(site, moment)
    assert factories.rows() == before
    assert canary().search_text == text


def _end_if_open(site: Site, case: Case, now: datetime) -> None:
    measure = db.session.scalars(select(Measure).where(Measure.case_id == case.id)).one()
    if measure.ends_at is None or measure.ends_at > now:
        factories.decide(site, case, Outcome.RESTORED, now)
