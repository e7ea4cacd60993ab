"""Which articles stand as related under another, and follow in the act that changes one."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from tests import factories
from tracker.db import transaction
from tracker.domain.decisions import Outcome
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Article
from tracker.render.site import Site
from tracker.services import articles


def publish_four(site: Site, now: datetime) -> list[Article]:
    tags = {"yi": ["a", "b"], "er": ["c"], "san": ["a", "b"], "si": ["a"], "wu": ["c"], "liu": ["d"]}
    return [factories.publish(site, slug, now, tags=words) for slug, words in tags.items()]


def related(page: str) -> list[str]:
    part = re.search(r'<nav class="neighbours related".*?</nav>', page, re.DOTALL)
    return re.findall(r'href="(?:/zh-hant)?/articles/([^"]*)"', part[0]) if part else []


def test_related_articles_have_tags_in_common_and_are_not_the_neighbours(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    publish_four(site, now)
    assert related(client.get("/articles/yi").text) == ["san", "si", "wu"]
    assert related(client.get("/zh-hant/articles/yi").text) == ["san", "si", "wu"]
    assert related(client.get("/articles/san").text) == ["yi", "wu"]


@pytest.mark.usefixtures("stopped_clock")
def test_related_articles_follow_in_the_act_and_no_other_page_is_touched(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    found = {article.slug: article for article in publish_four(site, now)}
    with transaction():
        before = factories.rows()
    case = factories.withhold(site, found["san"], now)
    assert related(client.get("/articles/yi").text) == ["si", "wu", "liu"]
    assert factories.stale_paths(site, now) == []
    after = factories.rows()
    touched = {path for (_, path) in after if before[_, path] != after[_, path] and path.startswith("/articles/")}
    named = {
        f"/articles/{slug}"
        for slug in found
        if "/articles/san" in before[_key(before, f"/articles/{slug}")][6].decode()
    }  # type: ignore[attr-defined]
    assert touched <= named | {"/articles/san"}
    factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


def _key(rows: object, path: str) -> tuple[int, str]:
    return next(key for key in rows if key[1] == path)  # type: ignore[attr-defined]


def test_new_articles_other_tags_and_files_that_go_leave_no_page_behind(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    publish_four(site, now)
    factories.publish(site, "qi", now, tags=["a", "b"])
    assert factories.stale_paths(site, now) == []
    assert related(client.get("/articles/yi").text) == ["san", "qi", "si"]
    factories.publish(site, "san", now, tags=["d"])
    assert factories.stale_paths(site, now) == []
    assert related(client.get("/articles/yi").text)[0] == "qi"
    factories.publish(site, "san", now, category="disputes")
    assert factories.stale_paths(site, now) == []
    with transaction():
        articles.retire(site, "qi", now)
    assert factories.stale_paths(site, now) == []
    assert "qi" not in related(client.get("/articles/yi").text)


@pytest.mark.usefixtures("stopped_clock")
def test_a_title_that_is_masked_is_masked_where_it_is_related(client: FlaskClient, site: Site, now: datetime) -> None:
    publish_four(site, now)
    article = factories.publish(site, "qi", now, title="张三的事", tags=["a", "b"])
    assert "张三的事" in client.get("/articles/yi").text
    factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    assert "张三" not in client.get("/articles/yi").text
    assert factories.stale_paths(site, now) == []
