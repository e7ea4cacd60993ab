"""The proof of effect: what holds is found to hold, and a leak planted on any surface is caught."""

import gzip
from datetime import datetime, timedelta

import brotli
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests import factories
from tests.services.test_measures import BODY, CANARY, SAID, TERMS
from tests.staff import make_member
from tracker import clock
from tracker.cli.proving import prove, reader
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import MEASURES, Outcome
from tracker.domain.effects import ProofKind
from tracker.domain.excerpts import Piece
from tracker.domain.visibility import Terms
from tracker.models import Article, AuditEntry, Case, Decision, EffectProof, Mail, Measure, Page, Revision
from tracker.queries import search
from tracker.render import article as rendered
from tracker.render import visible
from tracker.render.findable import Findable, kept
from tracker.render.script import traditional
from tracker.render.site import Site
from tracker.services import decisions, finding, proving, undo

pytestmark = pytest.mark.usefixtures("stopped_clock")

DAY = timedelta(days=1)
OWN = "/articles/canary"


@pytest.fixture
def three(site: Site, now: datetime) -> None:
    """A canary article between two others."""
    factories.publish(site, "qian", now)
    factories.publish(site, "canary", now, BODY, **SAID)
    factories.publish(site, "hou", now)


def canary() -> Article:
    return db.session.scalars(select(Article).where(Article.slug == "canary")).one()


def decide(site: Site, outcome: Outcome, now: datetime) -> Case:
    case = factories.open_case(canary(), now, CategoryName.MINOR)
    with transaction():
        by = factories.make_account_once()
        written = factories.draft(outcome, terms=TERMS.get(outcome, Terms()))
        decisions.decide(site, by, case.id, case.version, written, now)
    factories.refresh(site, now)
    return case


def proofs(kind: ProofKind = ProofKind.EFFECT) -> list[EffectProof]:
    db.session.rollback()
    return list(db.session.scalars(select(EffectProof).where(EffectProof.kind == kind).order_by(EffectProof.id)))


@pytest.mark.parametrize("outcome", [*MEASURES, Outcome.DECLINED])
def test_after_a_decision_every_surface_is_read_and_the_result_filed(
    site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    case = decide(site, outcome, now)
    prove(site, now)
    (proof,) = proofs()
    assert (proof.case_id, proof.at, proof.is_ok, proof.findings) == (case.id, now, True, [])
    assert proof.surfaces >= 12
    prove(site, now + timedelta(minutes=1))
    assert len(proofs()) == 1
    assert [mail.name for mail in db.session.scalars(select(Mail)) if ":proof:" in mail.cause] == []


def test_what_was_restored_and_what_was_undone_is_looked_at_too(site: Site, three: None, now: datetime) -> None:
    case = decide(site, Outcome.WITHHELD, now)
    prove(site, now)
    factories.decide(site, case, Outcome.RESTORED, now + DAY)
    prove(site, now + DAY)
    with transaction():
        undo.undo(site, factories.make_account_once(), case.id, case.version, now + DAY)
    prove(site, now + DAY)
    assert [proof.is_ok for proof in proofs()] == [True, True]


LISTS = [
    "/", "/archive/1", "/categories/debt-collection", "/categories/debt-collection/1", "/feed.atom",
    "/sitemaps/2026-11.xml", "/articles/qian", "/articles/hou",
]  # fmt: skip


def plant(path: str, leak: str) -> None:
    """Put words into a page as readers get it, whatever they accept."""
    with transaction():
        for page in db.session.scalars(select(Page).where(Page.path == path)):
            body = page.body.replace(b"</main>", f"{leak}</main>".encode()).replace(
                b"</feed>", f"{leak}</feed>".encode()
            )
            body = body.replace(b"</urlset>", f"{leak}</urlset>".encode())
            assert body != page.body
            page.body, page.body_gzip, page.body_br = body, gzip.compress(body), brotli.compress(body)


@pytest.mark.parametrize("outcome", [Outcome.PASSAGE_WITHHELD, Outcome.CORRECTED, Outcome.WITHHELD, Outcome.REMOVED])
@pytest.mark.parametrize("path", [OWN, *LISTS])
def test_words_that_leak_are_caught(site: Site, three: None, now: datetime, path: str, outcome: Outcome) -> None:
    case = decide(site, outcome, now)
    leak = canary().title if outcome in {Outcome.WITHHELD, Outcome.REMOVED} else CANARY
    plant(path, f"<p>{leak}</p>")
    prove(site, now)
    (proof,) = proofs()
    assert proof.findings == [f"{path}: 还看得到不该出现的文字"]
    assert CANARY not in str(proof.findings)
    mails = [
        mail for mail in db.session.scalars(select(Mail).where(Mail.name == "attention")) if ":proof:" in mail.cause
    ]
    assert {mail.recipient for mail in mails} == set(site.maintainers)
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.kind, entry.facts["case"], entry.facts["number"]) == ("effect.failed", case.id, 1)


@pytest.mark.parametrize(
    "leak",
    [
        "金丝<b>雀</b>字样",
        f'<meta property="og:description" content="{CANARY}">',
        '<a href="https://example.org/%E9%87%91%E4%B8%9D%E9%9B%80%E5%AD%97%E6%A0%B7">链接</a>',
        "金 丝\u200b雀字样",
        "&#37329;丝雀字样",
    ],
)
def test_words_that_leak_in_disguise_are_caught(site: Site, three: None, now: datetime, leak: str) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    plant(OWN, leak)
    prove(site, now)
    assert not proofs()[0].is_ok


@pytest.mark.parametrize("path", [OWN, "/", "/feed.atom", "/categories/debt-collection"])
def test_words_that_leak_in_the_other_script_are_caught(site: Site, three: None, now: datetime, path: str) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    plant(f"/zh-hant{path}", f"<p>{traditional(CANARY)}</p>")
    prove(site, now)
    assert proofs()[0].findings == [f"/zh-hant{path}: 还看得到不该出现的文字"]


@pytest.mark.parametrize("path", LISTS)
def test_a_hidden_article_that_is_still_listed_is_caught(site: Site, three: None, now: datetime, path: str) -> None:
    decide(site, Outcome.WITHHELD, now)
    address = f"{site.base_url}{OWN}"
    plant(path, f"<loc>{address}</loc>" if path.endswith("xml") else f'<link href="{address}"/>')
    prove(site, now)
    assert proofs()[0].findings == [f"{path}: 还列出这篇文章"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"status": 200}, "状态码不对"),
        ({"headers": '[["Content-Type","text/html"],["Cache-Control","max-age=60"]]'}, "可以被缓存，或者带有ETag"),
        ({"etag": "0" * 32}, "可以被缓存，或者带有ETag"),
    ],
)
def test_a_tombstone_that_may_be_kept_is_caught(
    site: Site, three: None, now: datetime, values: dict[str, object], fault: str
) -> None:
    decide(site, Outcome.WITHHELD, now)
    with transaction():
        db.session.execute(update(Page).where(Page.path == OWN).values(values))
    prove(site, now)
    assert f"{OWN}: {fault}" in proofs()[0].findings


def test_an_old_copy_that_is_called_good_is_caught(client: FlaskClient, site: Site, three: None, now: datetime) -> None:
    etag = client.get(OWN).headers["ETag"].strip('"')
    decide(site, Outcome.WITHHELD, now)
    with transaction():
        db.session.execute(update(Page).where(Page.path == OWN).values(etag=etag))
    prove(site, now)
    assert f"{OWN}: 旧的ETag仍然有效" in proofs()[0].findings


def plant_words(article: Article, words: str) -> None:
    """Put words into the index of the search that readers may not see."""
    finding.put(article, Findable("", kept(words, words, words)))


@pytest.mark.parametrize("outcome", [Outcome.PASSAGE_WITHHELD, Outcome.CORRECTED])
def test_a_search_that_still_finds_the_words_is_caught(
    site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    decide(site, outcome, now)
    with transaction():
        plant_words(canary(), CANARY)
    prove(site, now)
    assert proofs()[0].findings == ["/search: 搜索还能找到", "/zh-hant/search: 搜索还能找到"]


def test_a_search_that_shows_the_words_is_caught(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    monkeypatch.setattr(search, "excerpt", lambda *_: [Piece(f"原文是{CANARY}", False)])
    prove(site, now)
    assert proofs()[0].findings == ["/search: 还看得到不该出现的文字", "/zh-hant/search: 还看得到不该出现的文字"]


def test_a_search_that_finds_a_hidden_article_is_caught(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(site, Outcome.WITHHELD, now)
    with transaction():
        plant_words(canary(), f"{canary().title}\n{canary().summary}\n{BODY}")
    monkeypatch.setattr(search, "visible", lambda _: select(Article))
    prove(site, now)
    assert "/search: 搜索还能找到" in proofs()[0].findings


@pytest.mark.parametrize("path", ["/report?article=canary", "/en/articles/canary"])
def test_pages_that_flask_makes_are_read_too(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    asked: list[str] = []
    read = reader(site)

    def leaking(where: str, headers: object) -> object:
        got = read(where, headers)  # type: ignore[arg-type]
        asked.append(where)
        return got._replace(text=got.text + CANARY) if where == path else got

    monkeypatch.setattr("tracker.cli.proving.reader", lambda _: leaking)
    prove(site, now)
    assert proofs()[0].findings == [f"{path}: 还看得到不该出现的文字"]


@pytest.mark.parametrize("outcome", list(TERMS))
def test_a_note_that_is_missing_is_caught(site: Site, three: None, now: datetime, outcome: Outcome) -> None:
    decide(site, outcome, now)
    with transaction():
        for page in db.session.scalars(select(Page).where(Page.path == OWN)):
            page.body = page.body.replace(b'id="note-', b'id="x-')
    prove(site, now)
    assert f"{OWN}: 看不到应有的说明" in proofs()[0].findings


def test_words_that_another_article_says_rightly_are_no_leak(site: Site, three: None, now: datetime) -> None:
    factories.publish(site, "other", now, f"另一篇也说{CANARY}，合法。", title=f"{CANARY}另一篇")
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    prove(site, now)
    assert proofs()[0].findings == []


def test_a_link_that_another_author_wrote_is_no_list(client: FlaskClient, site: Site, now: datetime) -> None:
    link = f"各条路的差别见[另一篇文章]({OWN})。\n"
    for slug, body in (("qian", link), ("canary", BODY), ("hou", link)):
        factories.publish(site, slug, now, body)
    decide(site, Outcome.WITHHELD, now)
    for slug in ("qian", "hou"):
        assert f'href="{OWN}"' in client.get(f"/articles/{slug}").text
    prove(site, now)
    assert proofs()[0].findings == []


def at_night(now: datetime, site: Site) -> datetime:
    """Return four in the morning of the next day, where the site is."""
    return (site.local(now) + DAY).replace(hour=4, minute=0)


def test_each_night_what_stands_is_read_again_once(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(site, Outcome.PASSAGE_WITHHELD, now)
    prove(site, now)
    assert proofs(ProofKind.RECHECK) == []
    tonight = at_night(now, site)
    monkeypatch.setattr(clock, "now", lambda: tonight)
    prove(site, tonight)
    prove(site, tonight + timedelta(hours=2))
    (first,) = proofs(ProofKind.RECHECK)
    assert (first.at, first.is_ok) == (tonight, True)
    plant(OWN, CANARY)
    for days in (1, 2):
        prove(site, tonight + days * DAY)
        prove(site, tonight + days * DAY + timedelta(hours=1))
    (second,) = proofs(ProofKind.RECHECK)
    assert (second.at, second.is_ok) == (tonight + 2 * DAY, False)
    failed = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "effect.failed")).all()
    assert len(failed) == 2, "once a night"


def test_a_measure_that_ended_is_left_alone(site: Site, three: None, now: datetime) -> None:
    case = decide(site, Outcome.PASSAGE_WITHHELD, now)
    factories.decide(site, case, Outcome.RESTORED, now + timedelta(hours=1))
    prove(site, at_night(now, site))
    assert proofs(ProofKind.RECHECK) == []


def test_each_night_the_restoration_of_what_is_hidden_is_rehearsed(
    client: FlaskClient, site: Site, three: None, now: datetime
) -> None:
    element = rendered.element_of(client.get(OWN).data)
    assert element.startswith(b"<article")
    decide(site, Outcome.WITHHELD, now)
    before = factories.rows()
    tonight = at_night(now, site)
    prove(site, tonight)
    assert [proof.is_ok for proof in proofs(ProofKind.RESTORE)] == [True]
    assert factories.rows() == before
    with transaction():  # a disk, or somebody, changed what is kept
        frozen = db.session.get_one(Revision, canary().revision_id)
        db.session.execute(
            update(Revision)
            .where(Revision.id == frozen.id)
            .values(source=frozen.source.replace("最后".encode(), b"xx"))
        )
    prove(site, tonight + DAY)
    (proof,) = proofs(ProofKind.RESTORE)
    assert proof.findings == [f"{OWN}: 保存的原文已被改动", f"{OWN}: 恢复后的文章与停止展示前不同"]


def test_a_new_file_or_program_is_a_new_beginning_for_the_rehearsal(
    site: Site, three: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = decide(site, Outcome.WITHHELD, now)
    measure = db.session.scalars(select(Measure).where(Measure.case_id == case.id)).one()
    first = measure.restores_sha256
    factories.publish(site, "canary", now, BODY + "\n\n又一段。\n", **SAID)
    prove(site, at_night(now, site))
    assert measure.restores_sha256 != first
    monkeypatch.setattr(visible, "IN_TEXT", "别的")
    prove(site, at_night(now, site) + DAY)
    assert [proof.is_ok for proof in proofs(ProofKind.RESTORE)] == [True]


def test_two_workers_file_one_proof(site: Site, three: None, now: datetime) -> None:
    make_member()
    case = decide(site, Outcome.PASSAGE_WITHHELD, now)
    decision = db.session.scalars(select(Decision).where(Decision.case_id == case.id)).one()
    for findings in (["/: 还看得到不该出现的文字"], ["/: 还看得到不该出现的文字"]):
        with transaction():
            proving.file(site, decision.id, ProofKind.EFFECT, 9, findings, now)
    assert len(proofs()) == 1
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "effect.failed")).all()) == 1
