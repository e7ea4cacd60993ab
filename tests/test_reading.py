"""The page of an article: what it says to machines, where it is from, and what it weighs."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from config import ROOT
from tests import factories
from tracker.cli import articles as syncing
from tracker.content import pictures
from tracker.db import db
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Article
from tracker.render.linked import linked
from tracker.render.site import PREFIXES, Site


def graph(page: str) -> Iterator[dict[str, object]]:
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(blocks) == 1
    yield from json.loads(blocks[0])["@graph"]


@pytest.mark.parametrize("prefix", ["", "/zh-hant"])
def test_a_page_tells_machines_what_it_is(client: FlaskClient, site: Site, now: datetime, prefix: str) -> None:
    factories.publish(
        site, "canary", now, title='关于“利息”</script><b>的文章', updated="2026-11-20", origin="reposted",
        source={"name": "某刊", "url": "https://example.org/x?a=1&b=2"},
    )  # fmt: skip
    page = client.get(f"{prefix}/articles/canary").text
    article, crumbs = graph(page)
    address = f"http://localhost{prefix}/articles/canary"
    assert article["@type"] == "Article"
    assert article["@id"] == article["mainEntityOfPage"] == address
    assert "</script><b>" in str(article["headline"])
    assert article["inLanguage"] == ("zh-Hant" if prefix else "zh-Hans")
    assert (article["datePublished"], article["dateModified"]) == ("2026-11-02", "2026-11-20")
    assert article["isBasedOn"] == "https://example.org/x?a=1&b=2"
    assert article["publishingPrinciples"] == f"http://localhost{prefix}/pages/rules"
    assert client.get(f"{prefix}/pages/rules").status_code == 200
    assert "correction" not in article
    steps = [step["item"] for step in crumbs["itemListElement"]]  # type: ignore[index,attr-defined]
    assert steps == [
        f"http://localhost{prefix}{path}" for path in ("/", "/categories/debt-collection", "/articles/canary")
    ]
    assert all(client.get(str(step).removeprefix("http://localhost")).status_code == 200 for step in steps)
    assert page.count("<script") == 2, "one file and the data"


def test_data_for_machines_cannot_end_early_or_hold_what_is_empty() -> None:
    said = linked({"a": "</script><!--&\u2028", "b": "", "c": [], "d": {"e": None}, "f": ["中文", {"g": ""}]})
    assert json.loads(said) == {"a": "</script><!--&\u2028", "f": ["中文", {}]}
    assert not set("<>&\u2028") & set(said)
    assert "中文" in said


@pytest.mark.parametrize(("path", "own"), [("/articles/canary", "zh-Hans"), ("/zh-hant/articles/canary", "zh-Hant")])
def test_a_page_names_its_own_address_and_its_other_script(
    client: FlaskClient, site: Site, now: datetime, path: str, own: str
) -> None:
    factories.publish(site, "canary", now)
    page = client.get(path).text
    assert re.findall(r'<link rel="canonical" href="([^"]*)"', page) == [f"http://localhost{path}"]
    assert re.findall(r'property="og:url" content="([^"]*)"', page) == [f"http://localhost{path}"]
    alternates = dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)"', page))
    assert alternates == {
        "zh-Hans": "http://localhost/articles/canary", "zh-Hant": "http://localhost/zh-hant/articles/canary",
    }  # fmt: skip
    assert f'<html lang="{own}">' in page


def test_an_article_in_one_script_names_no_other(client: FlaskClient, site: Site, now: datetime) -> None:
    factories.publish(site, "english", now, language="en")
    page = client.get("/en/articles/english").text
    assert '<link rel="alternate" hreflang' not in page
    assert 'rel="canonical" href="http://localhost/en/articles/english"' in page


@pytest.mark.usefixtures("stopped_clock")
def test_what_is_withheld_is_in_no_data_and_a_correction_is_told(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    article = factories.publish(site, "canary", now, title="张三的事", summary="说张三。", tags=["张三", "逾期"])
    factories.set_measure(
        site, article, now, starts_at=now, kind=MeasureKind.MASK, terms=Terms(passages=(Passage("张三"),))
    )
    terms = Terms(words="改正一处。", passages=(Passage("一段", replacement="两段"),))
    factories.set_measure(site, article, now, starts_at=now, kind=MeasureKind.CORRECT, terms=terms)
    page = client.get("/articles/canary").text
    assert "张三" not in unescape(page)
    told, _ = graph(page)
    assert told["keywords"] == ["逾期"]
    (correction,) = told["correction"]  # type: ignore[misc]
    assert correction == {"@type": "CorrectionComment", "text": "改正一处。", "datePublished": now.isoformat()}
    assert str(told["dateModified"]).startswith("2026-11-23")
    record = re.search(r'<section class="record".*?</section>', page, re.DOTALL)
    assert record
    assert re.findall(r'href="#(note-\d+)">([^<]*)<', record[0]) == [
        (found, label)
        for found, label in zip(re.findall(r'id="(note-\d+)"', page), ["部分内容不展示", "更正内容"], strict=True)
    ]
    assert record[0].count('datetime="2026-11-23') == 2


def test_under_an_article_stands_where_it_is_from(client: FlaskClient, site: Site, now: datetime) -> None:
    factories.publish(
        site, "canary", now, origin="reposted", source={"name": "某刊", "url": "https://example.org/x"}, updated="2026-11-20"
    )  # fmt: skip
    page = client.get("/articles/canary").text
    about = page[page.index('<footer class="sources">') : page.index("</article>")]
    said = dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>\s*(.*?)\s*</dd>", about, re.DOTALL))
    assert said["转载自"] == '<a href="https://example.org/x" rel="external nofollow noopener">某刊</a>'
    assert (said["发布者"], said["版权"]) == ("编辑部", "本文转载自他处。")
    assert 'datetime="2026-11-02"' in said["发布"]
    assert 'datetime="2026-11-20"' in said["更新"]


# weight


def test_every_article_that_ships_is_light_and_asks_nobody_else(
    client: FlaskClient, site: Site, tmp_path: Path
) -> None:
    for file in [*(ROOT / "content").glob("*.md"), *(ROOT / "content" / "images").iterdir()]:
        folder = site.config.content / ("images" if file.suffix != ".md" else "")
        folder.mkdir(exist_ok=True)
        (folder / file.name).write_bytes(file.read_bytes())
    assert syncing.run(site).problems == []
    for article in db.session.query(Article):
        path = f"{PREFIXES[article.language]}/articles/{article.slug}"
        page = client.get(path).text
        parts = re.findall(r'(?:<link rel="(?:stylesheet|icon)"[^>]*? href|<(?:script|img) src)="([^"]*)"', page)
        assert all(part.startswith(("/static/", "/images/")) for part in parts)
        assert (page.count('<link rel="stylesheet"'), page.count("<script src"), page.count(" defer>")) == (1, 1, 1)
        sizes = [len(client.get(one, headers={"Accept-Encoding": "br"}).data) for one in (path, *parts)]
        assert sum(sizes) <= 30_000, (path, sizes)


def test_the_sample_picture_is_one_that_we_would_take() -> None:
    for file in (ROOT / "content" / "images").iterdir():
        assert pictures.read(file.read_bytes()).content == file.read_bytes(), file


def test_every_link_of_what_ships_leads_somewhere_in_its_own_language(client: FlaskClient, site: Site) -> None:
    for file in (ROOT / "content").glob("**/*.*"):
        place = site.config.content / file.relative_to(ROOT / "content")
        place.parent.mkdir(exist_ok=True, parents=True)
        place.write_bytes(file.read_bytes())
    assert syncing.run(Site(site.config)).problems == []
    articles = [f"{PREFIXES[each.language]}/articles/{each.slug}" for each in db.session.query(Article)]
    pages = [f"{prefix}/pages/{slug}" for prefix in PREFIXES.values() for slug in ("rules", "privacy", "contact")]
    for path in (*articles, *pages):
        html = client.get(path).text.partition("<main")[2].partition("</main>")[0]
        links = {link.partition("#")[0] for link in re.findall(r'href="(/[^"?]*)', html)} - {""}
        assert links, path
        for link in links:
            assert client.get(link).status_code == 200, (path, link)
            assert link.startswith("/en") is path.startswith("/en"), (path, link)
