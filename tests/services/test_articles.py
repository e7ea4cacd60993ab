"""Files to articles: what is new is published, what is wrong is named, what is gone is kept for the record."""

import os
import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests import factories
from tracker import clock
from tracker.cli import articles as syncing
from tracker.db import db
from tracker.domain.decisions import Outcome
from tracker.models import Article, AuditEntry, Case, Page, Revision
from tracker.render.site import Site
from tracker.services import articles

pytestmark = pytest.mark.usefixtures("stopped_clock")


def sync(site: Site) -> syncing.Result:
    result = syncing.run(site)
    db.session.rollback()
    return result


def said(result: syncing.Result) -> dict[str, str]:
    return {problem.file: str(problem.error) for problem in result.problems}


def everything() -> tuple[object, ...]:
    return (factories.rows(), db.session.scalar(select(func.count()).select_from(AuditEntry)))


@pytest.fixture
def lixi(site: Site, now: datetime) -> Article:
    article = factories.publish(site, "lixi", now)
    assert factories.stale_paths(site, now) == []
    return article


def test_a_second_run_writes_nothing(site: Site) -> None:
    for slug in ("a", "b", "c"):
        factories.write_article(site.config.content, slug)
    assert sync(site).published == ["a", "b", "c"]
    before = everything()
    assert sync(site) == syncing.Result([], [], {}, 0, [])
    assert everything() == before


def test_a_file_that_is_published_as_it_is_is_read_once_by_each_program(site: Site, now: datetime) -> None:
    for slug in ("a", "b"):
        factories.write_article(site.config.content, slug)
    sync(site)
    folder = articles.read_folder(site)
    assert (list(folder.sources), folder.names) == ([], {"a": "a.md", "b": "b.md"})
    factories.write_article(site.config.content, "b", body="改过的正文。\n")
    assert list(articles.read_folder(site).sources) == ["b"]
    (site.config.content / "c.md").write_bytes((site.config.content / "a.md").read_bytes())
    assert list(said(sync(site))) == ["c.md"], "the same bytes twice"
    assert list(articles.read_folder(site).sources) == ["a", "b"], "while one is refused all are read"
    (site.config.content / "c.md").unlink()
    assert said(sync(site)) == {}
    site.icp_number = "京ICP备00000000号"
    assert articles.read_folder(site).sources == {}, "what is set changes nothing about files"
    site.category_texts = site.category_texts | {"new": site.category_texts["debt-collection"]}
    assert list(articles.read_folder(site).sources) == ["a", "b"], "another program takes other files"


def test_an_edit_makes_a_revision_and_keeps_the_old_one(client: FlaskClient, site: Site, lixi: Article) -> None:
    first = lixi.revision.sha256
    factories.write_article(site.config.content, "lixi", body="改过的正文。\n")
    assert sync(site).published == ["lixi"]
    assert "改过的正文" in client.get("/articles/lixi").text
    kept = db.session.scalars(select(Revision).order_by(Revision.id)).all()
    assert [revision.sha256 == first for revision in kept] == [True, False]
    assert "第一节".encode() in kept[0].source


def test_the_first_sight_of_a_revision_does_not_move_when_it_comes_back(site: Site, lixi: Article) -> None:
    seen = lixi.revision.first_seen_at
    original = (site.config.content / "lixi.md").read_bytes()
    factories.write_article(site.config.content, "lixi", body="改过的正文。\n")
    sync(site)
    (site.config.content / "lixi.md").write_bytes(original)
    sync(site)
    revisions = db.session.scalars(select(Revision).order_by(Revision.id)).all()
    assert len(revisions) == 2
    assert revisions[0].first_seen_at == seen
    assert db.session.get_one(Article, lixi.id).revision_id == revisions[0].id


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"no front matter", "---"),
        (b"\xff\xfe\x00broken", "UTF-8"),
        (factories.markdown("bad", category="nowhere"), "category"),
        (factories.markdown("bad", published="soon"), "published"),
        (factories.markdown("Not A Slug"), "slug"),
        (factories.markdown("bad", origin="reposted"), "source"),
        (factories.markdown("bad", publisher=None), "publisher"),
        (factories.markdown("bad", body="\n"), "正文"),
        (factories.markdown("lixi", title="同一个slug"), "lixi"),
        (b"x" * 2_000_000, "1 MB"),
    ],
)
def test_a_bad_file_is_named_and_every_other_is_served(
    client: FlaskClient, site: Site, lixi: Article, content: bytes, word: str
) -> None:
    (site.config.content / "zbad.md").write_bytes(content)
    factories.write_article(site.config.content, "good")
    result = sync(site)
    assert list(said(result)) == ["zbad.md"]
    assert word in said(result)["zbad.md"]
    assert result.published == ["good"]
    assert client.get("/articles/good").status_code == 200
    assert client.get("/articles/lixi").status_code == 200


def test_all_that_is_wrong_with_every_file_is_told_in_one_run(site: Site) -> None:
    for slug in ("a", "b"):
        factories.write_article(site.config.content, slug, category="nowhere", title=None, published="soon")
    problems = [(problem.file, str(problem.error.values["key"])) for problem in sync(site).problems]
    assert problems == [(f"{slug}.md", key) for slug in "ab" for key in ("title", "category", "published")]


def test_a_pipe_or_a_device_is_named_and_not_read_for_ever(site: Site) -> None:
    os.mkfifo(site.config.content / "pipe.md")
    (site.config.content / "zero.md").symlink_to("/dev/zero")
    result = sync(site)
    assert list(said(result)) == ["pipe.md", "zero.md"]
    assert all("普通文件" in problem for problem in said(result).values())


def test_a_file_that_turns_bad_keeps_its_article_as_it_was(client: FlaskClient, site: Site, lixi: Article) -> None:
    before = client.get("/articles/lixi").data
    (site.config.content / "lixi.md").write_text("---\ntitle: [\n---\n")
    result = sync(site)
    assert list(said(result)) == ["lixi.md"]
    assert result.retired == []
    assert client.get("/articles/lixi").data == before


def test_a_deleted_file_takes_the_article_off_and_keeps_revision_and_case(
    client: FlaskClient, site: Site, lixi: Article, now: datetime
) -> None:
    case = factories.open_case(lixi, now).id
    (site.config.content / "lixi.md").unlink()
    result = sync(site)
    assert result.retired == ["lixi"]
    (told,) = syncing.changes(site, result)
    assert told.startswith("/articles/lixi：")
    assert told.endswith(f"照常办理：{case}。")
    for path in ("/articles/lixi", "/zh-hant/articles/lixi"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"], "ETag" in answer.headers) == (
            410,
            "no-store",
            False,
        )
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert ("發布者不再提供" if "hant" in path else "发布者不再提供") in answer.text
        assert "关于lixi的文章" not in answer.text
    for path in ("/", "/archive/1", "/categories/debt-collection", "/feed.atom", "/search?q=利息"):
        assert "关于lixi的文章" not in client.get(path).text, path
    assert db.session.get_one(Case, case).article.revision is not None
    assert factories.stale_paths(site, now) == []


def test_a_deleted_file_that_comes_back_is_the_same_article(client: FlaskClient, site: Site, lixi: Article) -> None:
    before = client.get("/articles/lixi").data
    file = site.config.content / "lixi.md"
    content = file.read_bytes()
    file.unlink()
    sync(site)
    file.write_bytes(content)
    assert sync(site).published == ["lixi"]
    assert client.get("/articles/lixi").data == before
    assert db.session.scalar(select(func.count()).select_from(Article)) == 1


def test_renaming_the_file_changes_nothing(site: Site, lixi: Article) -> None:
    sync(site)
    before = everything()
    (site.config.content / "lixi.md").rename(site.config.content / "another-name.md")
    assert sync(site) == syncing.Result([], [], {}, 0, [])
    assert everything() == before


def test_a_withheld_article_stays_withheld_when_its_file_is_edited_or_deleted(
    client: FlaskClient, site: Site, lixi: Article, now: datetime
) -> None:
    factories.withhold(site, lixi, now)
    factories.write_article(site.config.content, "lixi", body="改过的正文。\n")
    sync(site)
    assert client.get("/articles/lixi").status_code == 451
    assert "改过的正文" not in "".join(str(row) for row in factories.rows().values())
    (site.config.content / "lixi.md").unlink()
    sync(site)
    assert client.get("/articles/lixi").status_code == 451, "what hides it is said, not that its file is gone"


def test_a_withheld_text_does_not_come_back_under_another_name(
    client: FlaskClient, site: Site, lixi: Article, now: datetime
) -> None:
    body = "同样的正文，  换一个名字。\n"
    copied = factories.publish(site, "original", now, body)
    factories.withhold(site, copied, now)
    factories.write_article(site.config.content, "copy", body.replace("  ", "\n"), title="另一个题目")
    result = sync(site)
    assert "案件" in said(result)["copy.md"]
    (site.config.content / "copy.md").rename(site.config.content / "第二份.md")
    assert list(said(sync(site))) == ["第二份.md"], "the file is named as it is, not as its slug"
    assert client.get("/articles/copy").status_code == 404


def test_an_article_of_a_day_that_has_not_come_waits_for_it(
    client: FlaskClient, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = site.local(now).date() + timedelta(days=1)
    factories.write_article(site.config.content, "soon", published=str(day))
    assert f"将来的日期{day}" in said(sync(site))["soon.md"]
    assert client.get("/articles/soon").status_code == 404
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=1))
    assert sync(site).published == ["soon"]


def test_of_two_files_with_one_slug_the_published_one_keeps_it(client: FlaskClient, site: Site, lixi: Article) -> None:
    folder = site.config.content
    (folder / "a-first.md").write_bytes(factories.markdown("lixi", "一篇别的文章。\n"))
    assert said(sync(site)) == {"a-first.md": "slug“lixi”已被文件lixi.md使用，请换一个。"}
    assert "一篇别的文章" not in client.get("/articles/lixi").text
    (folder / "lixi.md").write_bytes(factories.markdown("lixi", "改过的正文。\n"))
    assert set(said(sync(site))) == {"a-first.md", "lixi.md"}, "neither is the one that is published"
    assert "第一节" in client.get("/articles/lixi").text
    (folder / "a-first.md").unlink()
    assert said(sync(site)) == {}
    assert "改过的正文" in client.get("/articles/lixi").text


LONG = f"{factories.OLD}\n\n第一句话写得足够长了。第二句话也写得足够长。第三句话还是足够长的。第四句话同样足够长了。\n"


@pytest.mark.parametrize("act", [Outcome.WITHHELD, Outcome.PASSAGE_WITHHELD])
def test_a_restricted_article_does_not_come_back_when_its_file_gets_another_slug_and_a_correction(
    client: FlaskClient, site: Site, now: datetime, act: Outcome
) -> None:
    held = factories.publish(site, "held", now, LONG)
    factories.publish(site, "other", now, "一篇与此毫无关系的文章，句子全都不一样。\n")
    factories.withhold(site, held, now, act)
    (site.config.content / "held.md").unlink()
    factories.write_article(site.config.content, "anew", LONG.replace("足够长了", "够长了", 1))
    factories.write_article(
        site.config.content, "broken", category="nothing"
    )  # of one refused file nobody knows which it was
    assert "“held”" in said(sync(site))["anew.md"]
    assert client.get("/articles/anew").status_code == 404
    (site.config.content / "broken.md").unlink()
    result = sync(site)
    assert ("“held”" in said(result)["anew.md"], result.retired) == (True, []), "it may be the file of that article"
    if act is Outcome.PASSAGE_WITHHELD:
        assert client.get("/articles/held").status_code == 200
    (site.config.content / "anew.md").rename(site.config.content / "aside.txt")
    assert sync(site).retired == ["held"]
    (site.config.content / "aside.txt").rename(site.config.content / "anew.md")
    assert "“held”" in said(sync(site))["anew.md"], "also when it is known to be gone"
    factories.write_article(site.config.content, "anew", "第一句话写得足够长了。此外的一切都重新写过，没有一句相同。\n")
    assert sync(site).published == ["anew"]


def test_a_copy_of_a_restricted_article_with_a_character_changed_is_no_other_one(site: Site, now: datetime) -> None:
    long = "".join(f"这是很长的一篇文章里的第{n}句话，说的是别的事。" for n in range(20))
    factories.withhold(site, factories.publish(site, "held", now, f"{LONG}{long}\n"), now)
    factories.write_article(site.config.content, "copy", f"{LONG}{long}\n".replace("第3句话", "第三句话"))
    result = sync(site)
    assert (result.published, "“held”" in said(result)["copy.md"]) == ([], True)


def test_what_looks_like_a_restricted_article_that_still_has_its_file_is_another_one(site: Site, now: datetime) -> None:
    held = factories.publish(site, "held", now, LONG)
    factories.withhold(site, held, now)
    factories.write_article(site.config.content, "next-week", LONG.replace("足够长了", "够长了", 1))
    assert sync(site).published == ["next-week"]


def test_an_article_of_a_category_that_is_no_more_is_still_served(
    client: FlaskClient, site: Site, lixi: Article, now: datetime
) -> None:
    site.category_texts = {slug: texts for slug, texts in site.category_texts.items() if slug != "debt-collection"}
    result = sync(site)
    assert "category" in said(result)["lixi.md"]
    assert "category" in said(sync(site))["lixi.md"], (
        "its bytes are those that are published, and it goes on being named"
    )
    assert result.pages > 0
    assert "第一节" in client.get("/articles/lixi").text
    assert factories.stale_paths(site, now) == []


@pytest.mark.parametrize("at_first", ["broken", "unreadable", "away"])
def test_a_file_that_an_older_program_took_is_named_whatever_it_was_when_this_one_first_looked(
    site: Site, lixi: Article, at_first: str
) -> None:
    sync(site)
    file = site.config.content / "lixi.md"
    kept = file.read_bytes()
    site.category_texts = {slug: texts for slug, texts in site.category_texts.items() if slug != "debt-collection"}
    file.unlink()
    if at_first == "broken":
        file.write_bytes(b"no front matter")
    elif at_first == "unreadable":
        file.symlink_to(site.config.content / "nowhere.md")
    else:
        (site.config.content / "other.md").write_bytes(b"no front matter")
    assert said(sync(site))
    file.unlink(missing_ok=True)
    file.write_bytes(kept)
    assert "category" in said(sync(site))["lixi.md"]


def test_every_page_is_right_after_each_of_the_articles_that_open_a_second_page(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    for number in range(22):
        factories.write_article(site.config.content, f"a{number:02d}", published=f"1999-10-{number + 1:02d}")
        sync(site)
        if number in {0, 19, 20, 21}:
            assert factories.stale_paths(site, now) == [], number
    assert 'href="/archive/2"' in client.get("/archive/1").text


@pytest.mark.parametrize(
    "change", [{"category": "disputes"}, {"published": "2025-01-31"}, {"title": "新题目"}, {"language": "en"}]
)
def test_every_page_is_right_after_front_matter_changes(
    site: Site, now: datetime, change: dict[str, object], app: Flask
) -> None:
    for number in range(23):
        factories.write_article(site.config.content, f"a{number:02d}", published=f"2026-10-{number + 1:02d}")
    sync(site)
    factories.write_article(site.config.content, "a05", **{"published": "2026-10-06"} | change)
    assert sync(site).published == ["a05"]
    assert factories.stale_paths(site, now) == []
    assert db.session.scalar(select(func.count()).select_from(Page)) > 0


def test_a_summary_with_which_the_article_opens_is_shown_once(client: FlaskClient, site: Site, now: datetime) -> None:
    for slug, summary in (("same", "开头的一段话。"), ("other", "别的话。")):
        factories.publish(site, slug, now, "开头的一段话。\n\n## 一、甲\n\n话。\n", summary=summary)
    ledes = [re.findall('class="lede">([^<]*)', client.get(f"/articles/{slug}").text) for slug in ("same", "other")]
    assert ledes == [[], ["别的话。"]]
