"""The desk's search: Chinese and English, every kind of text, the newest first, personal data masked."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from tests.factories import decide
from tests.notifier import publish
from tests.plans import asked
from tests.services.test_counters import COUNTER, US
from tests.services.test_defamation import REFUSAL, UK
from tests.staff import at_once, make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.grams import sought
from tracker.domain.redaction import MARK
from tracker.domain.threads import MessageKind
from tracker.models import Account, Article, EntryKind, Message, Notice, SearchEntry, SearchTask
from tracker.queries import desk_search
from tracker.queries.desk_search import Hit, search
from tracker.queries.search import cleaned
from tracker.render.site import Site
from tracker.services import cases, corrections, counters, exchange, holds, indexing, publishers, retention


@pytest.fixture
def article(site: Site, now: datetime) -> Article:
    return publish(site, "one", now)


@pytest.fixture(params=[2000, 1], ids=["read", "asked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of finding: the newest read one by one, the rest asked of the index."""
    monkeypatch.setattr(desk_search, "WALKED", request.param)


def hits(query: str, kind: EntryKind | None = None) -> list[Hit]:
    take_all()
    return search(query, kind, None).hits


def take_all() -> None:
    while indexing.is_behind():
        with transaction():
            indexing.take(3)


def refs(query: str, kind: EntryKind | None = None) -> list[tuple[EntryKind, int]]:
    return [(hit.entry.kind, hit.entry.ref) for hit in hits(query, kind)]


def test_notices_articles_and_messages_are_found(site: Site, article: Article, now: datetime, way: None) -> None:
    mei = make_member()
    notice = make_notice(
        site, article, now, explanation="文章侵害了我们的商誉，并且泄露了鼠标垫配方。", notifier_name="安娜伯格"
    )
    with transaction():
        holds.note(mei, notice.items[0].case_id, "已经打电话核实鼠标垫一事", now, "k" * 20)
    found = hits("鼠标垫")
    assert [(hit.entry.kind, hit.title, hit.case) for hit in found] == [
        (EntryKind.MESSAGE, "内部备注", 1),
        (EntryKind.NOTICE, notice.reference, 1),
    ]
    assert found[1].snippet[1:] == ("文章侵害了我们的商誉，并且泄露了", "鼠标垫", "配方。")
    assert refs("合同约定的利率") == [(EntryKind.ARTICLE, article.id)]
    assert hits("合同约定的利率")[0].slug == "one"
    assert refs("鼠标垫", EntryKind.NOTICE) == [(EntryKind.NOTICE, notice.id)]
    assert refs("鼠标垫", EntryKind.ARTICLE) == []
    assert refs("鼠标垫 配方") == [(EntryKind.NOTICE, notice.id)]
    assert refs("标鼠") == refs("配方鼠标") == []


def test_parties_are_found_by_name_number_and_address_and_never_shown(
    site: Site, article: Article, now: datetime, way: None
) -> None:
    said = {
        "notifier_name": "欧阳锋",
        "phone": "139 1234 5678",
        "passage": "",
        "explanation": "我是欧阳锋，电话139 1234 5678，文章侵害了我的名誉，请处理。",
    }
    notice = make_notice(site, article, now, "ouyang.feng@example.com", **said)
    for query in (
        "欧阳锋",
        "欧阳",
        "13912345678",
        "139 1234",
        "ouyang",
        "ouyang.feng@example.com",
        notice.reference,
        "锋",
    ):
        assert refs(query) == [(EntryKind.NOTICE, notice.id)], query
        shown = "".join(hits(query)[0].snippet)
        assert "欧阳" not in shown
        assert "1234" not in shown
        assert "feng" not in shown
    assert hits("侵害了我")[0].snippet.before.startswith("我是█████，电话█████，")


def test_publishers_are_found_by_what_they_are_called_and_where_they_are_and_never_shown(
    site: Site, now: datetime, way: None
) -> None:
    copied = publish(site, "fan", now, publisher={"name": "某工作室", "email": "wanghe.desk@example.org"})
    case = make_notice(site, copied, now, **US | {"category": CategoryName.COPYRIGHT}).items[0].case
    decide(site, case, Outcome.WITHHELD, now, make_member())
    said = COUNTER | {"counter_name": "王荷花", "counter_address": "12 Elm Street, Springfield"}
    with transaction():
        counters.send(site, case, said, {}, [], "zh-Hans", now, "c" * 20)
    other = make_case(site, now, "bie", **UK)
    mei = db.session.scalars(select(Account)).one()
    with transaction():
        cases.take_up(site, mei, other.id, other.version, now)
        publishers.ask(site, mei, other.id, other.version, now, "f")
    with transaction():
        publishers.reply(site, other, "", REFUSAL | {"full_name": "李明德"}, [], now, "r")
    messages = dict(db.session.execute(select(Message.kind, Message.id)).all())
    assert refs("wanghe.desk") == [(EntryKind.ARTICLE, copied.id)]
    for query in ("王荷花", "elm street"):
        assert refs(query) == [(EntryKind.MESSAGE, messages[MessageKind.COUNTER])], query
    assert refs("李明德") == [(EntryKind.MESSAGE, messages[MessageKind.REPLY])]
    for query in ("wanghe.desk", "王荷花", "elm street", "李明德"):
        assert "".join(hits(query)[0].snippet[1:]) == MARK, query


def test_one_character_is_enough(site: Site, article: Article, now: datetime, way: None) -> None:
    notice = make_notice(site, article, now, explanation="这个字很少见：龘，别处没有，写在句子的中间。")
    assert refs("龘") == [(EntryKind.NOTICE, notice.id)]
    assert refs("垚") == []


def test_the_index_is_not_asked_for_a_common_beginning_beside_a_rare_word(
    site: Site, article: Article, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """柒 begins a token in every text that was read: what the rare word finds is compared with it."""
    monkeypatch.setattr(desk_search, "WALKED", 1)
    said = ("鼠标垫柒号配方泄露了，请尽快处理。", "鼠标垫图案泄露了，请尽快处理。", "柒号商品的商誉受损，请尽快处理。")
    rare, other, _ = (
        make_notice(site, article, now, f"n{n}@example.com", explanation=text * 2, passage="")
        for n, text in enumerate(said)
    )
    take_all()
    with asked() as statements:
        found = search("鼠标垫 柒", EntryKind.NOTICE, None)
    assert [hit.entry.ref for hit in found.hits] == [rare.id]
    values = [str(value) for _, given in statements for value in (given.values() if isinstance(given, dict) else given)]
    (sought_for,) = [value for value in values if "鼠标" in value and "标垫" in value and "\ue000" in value]
    assert "柒" not in sought_for
    assert refs("鼠标垫 图案") == [(EntryKind.NOTICE, other.id)]


def test_english_is_found_by_the_beginning_of_words(site: Site, article: Article, now: datetime, way: None) -> None:
    notice = make_notice(site, article, now, explanation="The article defames our company, TRADEMARK holder of Foobar.")
    for query in ("defames", "Defam", "foobar", "trademark hold"):
        assert refs(query) == [(EntryKind.NOTICE, notice.id)], query
    assert refs("oobar") == []


def test_what_changes_is_found_as_it_is_now(site: Site, article: Article, now: datetime, way: None) -> None:
    notice = make_notice(site, article, now, "before@example.com")
    assert refs("before@example.com") == [(EntryKind.NOTICE, notice.id)]
    with transaction():
        corrections.correct(notice, {"email": "after@example.com"}, now)
    assert refs("before@example.com") == []
    assert refs("after@example.com") == [(EntryKind.NOTICE, notice.id)]
    publish(site, "one", now, body="全新的正文，只说一件事：猕猴桃。")
    assert refs("猕猴桃") == [(EntryKind.ARTICLE, article.id)]
    assert refs("合同约定的利率") == []


def test_what_is_erased_is_found_no_more(site: Site, article: Article, now: datetime, way: None) -> None:
    notice = make_notice(site, article, now, explanation="只有这里写着榴莲两个字，别处都没有写过。")
    with transaction():
        exchange.supplement(site, notice, "补充：还有菠萝蜜。", [], {}, now, "k" * 20)
    assert len(hits("榴莲")) == len(hits("菠萝蜜")) == 1
    with transaction():
        retention.erase(notice, now)
    for gone in ("榴莲", "菠萝蜜", "anna@example.com", "安娜"):
        assert hits(gone) == [], gone
    assert "榴莲" not in "".join(db.session.scalars(select(SearchEntry.text)))


def test_the_newest_come_first_and_pages_leave_no_gap(
    site: Site, article: Article, now: datetime, way: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_search, "PER_PAGE", 2)
    sent = [make_notice(site, article, now + timedelta(minutes=n), f"n{n}@example.com").id for n in range(5)]
    take_all()
    found: list[int] = []
    before, pages = None, 0
    while True:
        part = search("拨打亲友", EntryKind.NOTICE, before)
        found += [hit.entry.ref for hit in part.hits]
        pages += 1
        if part.next is None:
            break
        before = part.next
    assert (found, pages) == (sent[::-1], 3)


def test_on_postgresql_and_sqlite_the_index_says_what_the_texts_say(
    site: Site, article: Article, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is sought: the index finds just the texts that have every word."""
    monkeypatch.setattr(desk_search, "WALKED", 1)
    words = ["催收电话", "侵权 删帖", "GDPR条例abc", "第12-3号", "话abc", "帖，催", "a1b2 收", "é話𠮷野"]
    for n, word in enumerate(words * 2):
        make_notice(
            site,
            article,
            now,
            f"n{n}@example.com",
            explanation=f"说明说明说明说明说明说明说明说明说明说明：{word}。",
            passage="",
        )
    take_all()
    entries = list(db.session.scalars(select(SearchEntry).where(SearchEntry.kind == EntryKind.NOTICE)))
    fragments = st.text(st.sampled_from("".join(words)), min_size=1, max_size=4)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(fragments)
    def agree(query: str) -> None:
        wanted = {e.id for e in entries if sought(query) and all(word.needle in e.text for word in sought(query))}
        assert {hit.entry.id for hit in search(query, EntryKind.NOTICE, None).hits} == wanted, query

    agree()


def test_two_workers_at_once_take_everything_once(app: Flask, site: Site, article: Article, now: datetime) -> None:
    for n in range(12):
        make_notice(site, article, now, f"n{n}@example.com")
    db.session.remove()

    def work() -> int:
        done = 0
        while indexing.is_behind():
            db.session.rollback()
            with transaction():
                done += indexing.take(2)
        return done

    taken = at_once(app, [work] * 3)
    assert sum(n for n in taken if isinstance(n, int)) == 13, taken  # the article too
    assert db.session.scalars(select(SearchTask.id)).all() == []
    assert len(search("拨打亲友", EntryKind.NOTICE, None).hits) == 12
    held = db.session.scalar(text("SELECT count(*) FROM search_index"))
    assert held == 13


@pytest.mark.parametrize(
    "query", ["", "'", '"', "* AND", "a" * 5000, "\0", "催\0收", "NOT 催", "😀", "%", "_", "\\", "1" * 300, "\ue000"]
)
def test_nothing_typed_is_an_error(site: Site, article: Article, now: datetime, query: str, way: None) -> None:
    make_notice(site, article, now)
    take_all()
    search(cleaned(query), None, None)
    search(query, EntryKind.NOTICE, 1)


def test_a_number_names_a_case(site: Site, article: Article, now: datetime) -> None:
    notice: Notice = make_notice(site, article, now)
    number = notice.items[0].case_id
    assert [desk_search.case_named(query) for query in (f"#{number}", str(number), "999", "#", "１")] == [
        number,
        number,
        None,
        None,
        None,
    ]
