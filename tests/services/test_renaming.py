"""An article whose file gets another slug: the same one at another address, with all that hangs on it, where that is certain."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories
from tests.notifier import submission
from tracker.cli import articles as syncing
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.models import Article, AuditEntry, FormerAddress, Heat, Mail, Measure, Notice
from tracker.queries import queue, receipts, reporting
from tracker.queries.filters import Filters
from tracker.render.site import Site
from tracker.services import heat, notices, renaming

pytestmark = pytest.mark.usefixtures("stopped_clock")

LONG = "第一句话写得足够长了。第二句话也写得足够长。第三句话还是足够长的。第四句话同样足够长了。\n"
OTHER = "这里是另外一篇文章的话。它和别的文章毫无关系。一句相同的都没有。\n"


def sync(site: Site) -> syncing.Result:
    result = syncing.run(site)
    db.session.rollback()
    return result


def leads(client: FlaskClient, path: str) -> tuple[int, str | None]:
    answer = client.get(path)
    assert answer.status_code == 200 or "no-store" in answer.headers["Cache-Control"]
    return answer.status_code, answer.headers.get("Location")


@pytest.fixture
def lixi(site: Site, now: datetime) -> Article:
    """An article beside others, in a file that a sync has seen."""
    for slug in ("a", "z"):
        factories.write_article(site.config.content, slug, f"{slug}有它自己的话。\n")
    article = factories.publish(site, "lixi", now, LONG)
    sync(site)
    return article


def rename(site: Site, slug: str, body: str = LONG, file: str = "lixi.md") -> Path:
    """Give the article another slug, in a file that is called so."""
    (site.config.content / "lixi.md").unlink()
    new = site.config.content / file
    new.write_bytes(factories.markdown(slug, body))
    return new


@pytest.mark.parametrize(
    ("body", "file"),
    [(LONG, "lixi.md"), (LONG, "anew.md"), (LONG.replace("足够长了", "够长了", 1), "lixi.md")],
    ids=["the same file", "the same words", "the same file, corrected"],
)
def test_the_old_address_leads_to_the_article_at_its_new_one(
    client: FlaskClient, site: Site, lixi: Article, now: datetime, body: str, file: str
) -> None:
    case = factories.open_case(lixi, now).id
    rename(site, "anew", body, file)
    result = sync(site)
    assert (result.published, result.retired, result.moved, result.problems) == (["anew"], [], {"anew": "lixi"}, [])
    (told,) = syncing.changes(site, result)
    assert told.startswith("文章“lixi”换了slug，现在在/articles/anew；")
    assert told.endswith(f"：{case}。")
    assert leads(client, "/articles/lixi") == (301, "/articles/anew")
    assert leads(client, "/zh-hant/articles/lixi") == (301, "/zh-hant/articles/anew")
    assert leads(client, "/en/articles/lixi") == (301, "/articles/anew")
    assert "第二句话" in client.get("/articles/anew").text
    assert "/articles/lixi" not in client.get("/archive/1").text
    assert factories.stale_paths(site, now) == []
    assert db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq.desc()).limit(2)).all() == [
        "article.revised",
        "article.moved",
    ]
    assert sync(site) == syncing.Result([], [], {}, 0, [])


def test_what_hangs_on_an_article_goes_along(client: FlaskClient, site: Site, lixi: Article, now: datetime) -> None:
    factories.withhold(site, lixi, now, Outcome.LABELLED)
    factories.withhold(site, lixi, now, Outcome.REPLY_ATTACHED)
    with transaction():
        heat.add({"/articles/lixi": 7})
    measures = set(db.session.scalars(select(Measure.id).where(Measure.article_id == lixi.id)))
    before = client.get("/articles/lixi").text
    rename(site, "anew")
    sync(site)
    after = client.get("/articles/anew").text
    for number in measures:
        assert f'id="note-{number}"' in before
        assert f'id="note-{number}"' in after
    article = db.session.scalars(select(Article).where(Article.slug == "anew")).one()
    assert (article.id, db.session.get_one(Heat, article.id).reads) == (lixi.id, 7)


@pytest.mark.parametrize("path", ["/feed.atom", "/zh-hant/feed.atom"])
def test_to_a_reader_of_the_feed_it_is_no_new_article(
    client: FlaskClient, site: Site, lixi: Article, path: str
) -> None:
    """RFC 4287, 4.2.6: an identifier does not change when what it names stands elsewhere."""
    before = client.get(path).text
    rename(site, "anew")
    sync(site)
    after = client.get(path).text
    assert "/articles/lixi" in before
    assert "/articles/anew" in after
    ids = [re.findall("<entry>\\s*<id>(.*?)</id>", feed) for feed in (before, after)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_articles_whose_files_are_noted_are_taken_in_one_order(site: Site, lixi: Article) -> None:
    """Somebody else may write two of them at the same moment."""
    names = {slug: f"another name of {slug}.md" for slug in db.session.scalars(select(Article.slug))}
    with transaction():  # what is written anew lies behind all others on PostgreSQL
        lixi.summary = "一句别的话。"
        db.session.scalars(select(Article).where(Article.slug == "a")).one().summary = "再一句别的话。"
    numbers = [row["id"] for row in renaming.unnoted(names)]
    assert numbers == sorted(numbers)
    assert len(numbers) == 3


@pytest.mark.parametrize(("act", "status"), [(Outcome.WITHHELD, 451), (Outcome.REMOVED, 410)])
def test_what_hides_an_article_goes_along_and_its_old_address_says_nothing(
    client: FlaskClient, site: Site, lixi: Article, now: datetime, act: Outcome, status: int
) -> None:
    factories.withhold(site, lixi, now, act)
    rename(site, "anew", LONG.replace("足够长了", "够长了", 1))
    assert sync(site).moved == {"anew": "lixi"}
    assert leads(client, "/articles/lixi") == (302, "/articles/anew")
    assert client.get("/articles/lixi").data == b""
    assert client.get("/articles/anew").status_code == status
    assert "第二句话" not in "".join(str(row) for row in factories.rows().values())
    assert factories.stale_paths(site, now) == []


def test_an_article_that_was_gone_meanwhile_comes_back_at_another_address(
    client: FlaskClient, site: Site, lixi: Article, now: datetime
) -> None:
    file = site.config.content / "lixi.md"
    file.unlink()
    sync(site)
    factories.write_article(site.config.content, "anew", LONG)
    assert sync(site).moved == {"anew": "lixi"}
    assert leads(client, "/articles/lixi") == (301, "/articles/anew")
    (site.config.content / "anew.md").unlink()
    sync(site)
    assert leads(client, "/articles/lixi") == (302, "/articles/anew"), "as long as there is something to read"
    assert client.get("/articles/anew").status_code == 410
    factories.write_article(site.config.content, "lixi", LONG)
    assert sync(site).moved == {"lixi": "anew"}
    assert (leads(client, "/articles/anew"), client.get("/articles/lixi").status_code) == ((301, "/articles/lixi"), 200)
    assert db.session.scalars(select(FormerAddress.slug)).all() == ["anew"]
    assert factories.stale_paths(site, now) == []


def test_an_address_that_another_article_takes_is_its_own(client: FlaskClient, site: Site, lixi: Article) -> None:
    rename(site, "anew", file="anew.md")
    sync(site)
    factories.write_article(site.config.content, "lixi", OTHER)
    assert sync(site).moved == {}
    assert "毫无关系" in client.get("/articles/lixi").text
    assert "第二句话" in client.get("/articles/anew").text
    assert db.session.scalar(select(func.count()).select_from(FormerAddress)) == 0


def test_another_text_in_the_file_of_an_article_is_another_article(
    client: FlaskClient, site: Site, lixi: Article
) -> None:
    rename(site, "anew", OTHER)
    result = sync(site)
    assert (result.published, result.retired, result.moved) == (["anew"], ["lixi"], {})
    assert client.get("/articles/lixi").status_code == 410


def test_what_could_be_either_of_two_is_neither(site: Site, lixi: Article) -> None:
    factories.write_article(site.config.content, "same", LONG)
    sync(site)
    (site.config.content / "same.md").unlink()
    rename(site, "anew", file="anew.md")
    result = sync(site)
    assert (result.retired, result.moved) == (["lixi", "same"], {})


def test_while_a_file_is_refused_that_may_be_the_articles_own_nothing_is_moved_on_a_guess(
    client: FlaskClient, site: Site, lixi: Article
) -> None:
    broken = site.config.content / "broken.md"
    broken.write_text("no front matter")
    rename(site, "anew", file="anew.md")
    result = sync(site)
    assert [problem.file for problem in result.problems] == ["broken.md", "anew.md"]
    assert "“lixi”" in str(result.problems[1].error)
    assert (result.moved, result.retired, client.get("/articles/lixi").status_code) == ({}, [], 200)
    broken.unlink()
    assert sync(site).moved == {"anew": "lixi"}


def test_a_file_that_is_refused_at_its_new_address_keeps_its_article_at_the_old_one(
    client: FlaskClient, site: Site, lixi: Article
) -> None:
    file = rename(site, "anew")
    file.write_bytes(factories.markdown("anew", LONG, published="2999-01-01"))
    result = sync(site)
    assert ([problem.file for problem in result.problems], result.retired) == (["lixi.md"], [])
    assert client.get("/articles/lixi").status_code == 200
    file.write_bytes(factories.markdown("anew", LONG))
    assert sync(site).moved == {"anew": "lixi"}


def send(site: Site, now: datetime, key: str, addresses: str, passage: str) -> Notice:
    with transaction():
        return notices.submit(site, submission(key * 43, addresses=addresses, passage=passage), now)


def test_a_notice_names_an_article_by_every_address_it_had(site: Site, lixi: Article, now: datetime) -> None:
    early = send(site, now, "e", "/articles/lixi", "第一句话写得足够长了")
    rename(site, "anew")
    sync(site)
    assert receipts.receipt(site, "zh-Hans", early.id, now).left_out == []
    shown = reporting.article_of(site, "lixi", now)
    assert shown is not None
    assert shown.slug == "anew"
    passage = "/articles/lixi\n第三句话还是足够长的"
    late = send(site, now, "l", "http://localhost/articles/lixi\n/articles/anew\na", passage)
    assert [item.article.slug for item in late.items] == ["anew", "a"]
    assert [item.passage for item in late.items] == ["第三句话还是足够长的", ""], (
        "it stands under the address that it had"
    )
    assert late.items[0].case_id == early.items[0].case_id
    assert receipts.receipt(site, "zh-Hans", late.id, now).left_out == []
    told = db.session.scalars(select(Mail.text).where(Mail.name == "acknowledgement").order_by(Mail.id.desc())).first()
    assert told is not None
    assert "没有受理" not in told
    listed = queue.page(Filters(article="lixi"), factories.make_account_once(), site.zone, now)
    assert [line.case_id for line in listed.lines] == [early.items[0].case_id]
