"""Pictures in articles: what is taken, what is left out of it, what is refused, and who may see it."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from config import ROOT
from tests import factories
from tests.casework import part
from tests.pictures import chunk, exif, jpeg, png, riff, segment, webp
from tests.staff import make_member, make_notice, signed_in, token_of
from tracker import clock, content
from tracker.cli import proving as proving_client
from tracker.content import pictures, read_article, read_categories, read_page
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import BadContent
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Article, EffectProof, Illustration, Page, Picture
from tracker.render import places
from tracker.render.site import WRITTEN, Site
from tracker.services import articles, exposures, proving, surfaces

CATEGORIES = read_categories(ROOT / "content" / "categories.yml", WRITTEN)
BODY = '引言一段。\n\n![院子的照片](images/yard.png "图1 张三的院子")\n\n第二段说别的。\n'


@pytest.mark.parametrize(
    ("file", "media_type", "size"),
    [
        (png(4, 3), "image/png", (4, 3)),
        (jpeg(40, 30), "image/jpeg", (40, 30)),
        (jpeg(41, 31, frame=0xC2), "image/jpeg", (41, 31)),
        (webp(50, 60), "image/webp", (50, 60)),
        (riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + b"\x51\xc0\x3d\0" + b"\0" * 4)), "image/webp", (81, 61)),
    ],
)
def test_a_picture_tells_its_kind_and_size(file: bytes, media_type: str, size: tuple[int, int]) -> None:
    found = pictures.read(file)
    assert (found.media_type, found.width, found.height) == (media_type, *size)
    assert found.name.endswith(f".{media_type[6:]}")
    assert pictures.read(found.content) == found, "what was made once stays as it is"


SECRET = b"GPS 39.9N 116.4E"
ADOBE = b"Adobe\0\x64\0\0\0\0\x01"


@pytest.mark.parametrize(
    ("file", "bare"),
    [
        (png(4, 3, chunk(b"eXIf", exif(1)), chunk(b"tEXt", SECRET), chunk(b"caBX", SECRET)), png(4, 3)),
        (png() + b"<?php " + SECRET, png()),
        (
            jpeg(40, 30, segment(0xE1, b"Exif\0\0" + exif(1, ">")), segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
                 segment(0xE2, b"MPF\0" + SECRET), segment(0xED, SECRET), segment(0xFE, SECRET)),
            jpeg(40, 30),
        ),
        (jpeg() + SECRET + jpeg(), jpeg()),
        (jpeg(fill=b"\xff\xff"), jpeg()),
        (jpeg(40, 30, segment(0xE0, b"JFXX\0\x10" + SECRET), segment(0xE0, b"JFIF\0" + SECRET[:3]),
              segment(0xEE, SECRET), segment(0xEE, b"Adobe" + SECRET[:3])), jpeg(40, 30)),
        (jpeg(40, 30, thumbnail=SECRET), jpeg(40, 30)),
        (jpeg(40, 30, segment(0xEE, ADOBE + SECRET)), jpeg(40, 30, segment(0xEE, ADOBE))),
        (webp(50, 60, (b"EXIF", exif(1)), (b"XMP ", SECRET)), webp(50, 60, flags=0)),
        (webp(50, 60) + b"ALPH\x10\0\0\0" + SECRET, webp(50, 60, flags=0)),
        (webp(50, 60, (b"VP8L", b"\x2f" + SECRET), (b"VP8X", b"\0" * 10 + SECRET)), webp(50, 60, flags=0)),
    ],
)  # fmt: skip
def test_where_a_picture_was_taken_is_not_published(file: bytes, bare: bytes) -> None:
    found = pictures.read(file)
    assert SECRET not in found.content
    assert found.content == bare


def test_colours_are_kept() -> None:
    colours = segment(0xE2, b"ICC_PROFILE\0\x01\x01"), segment(0xEE, ADOBE)
    assert pictures.read(jpeg(40, 30, *colours)).content == jpeg(40, 30, *colours)
    assert pictures.read(png(4, 3, chunk(b"iCCP", b"x"))).content == png(4, 3, chunk(b"iCCP", b"x"))


@pytest.mark.parametrize(
    ("file", "cure"),
    [
        (b"", "不是PNG、JPEG或WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是PNG"),
        (b"GIF89a", "不是PNG"),
        (b"\0" * (pictures.MAX_BYTES + 1), "超过512 KB"),
        (png(4097, 1), "4096像素"),
        (jpeg(0, 30), "4096像素"),
        (png()[:-5], "不完整"),
        (jpeg()[:-3], "不完整"),
        (webp(50, 60)[:-4], "不完整"),
        (b"RIFF\xff\0\0\0" + webp(50, 60)[8:], "不完整"),
        (png(4, 3, chunk(b"eXIf", exif(6))), "转正"),
        (jpeg(40, 30, segment(0xE1, b"Exif\0\0" + exif(8, ">"))), "转正"),
        (webp(50, 60, (b"EXIF", exif(3))), "转正"),
        (webp(50, 60, flags=0x02), "会动"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_cure(file: bytes, cure: str) -> None:
    with pytest.raises(BadContent, match=cure):
        pictures.read(file)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([png(), jpeg(), webp(), png(4, 3, chunk(b"eXIf", exif(1)))]), st.data())
def test_damaged_files_are_refused_or_read_and_never_more(file: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(file) - 1))
    damaged = data.draw(
        st.sampled_from([file[:at], file[:at] + b"\xff" + file[at + 1 :], file[:at] + b"\0\0" + file[at:]])
    )
    try:
        found = pictures.read(damaged)
    except BadContent:
        return
    assert 0 < found.width <= 4096
    assert 0 < found.height <= 4096
    assert len(found.content) <= len(damaged)


def read(folder: Path, body: str) -> content.Source:
    return read_article(factories.markdown("lixi", body), CATEGORIES, WRITTEN, folder)


@pytest.mark.parametrize(
    ("body", "line", "cure"),
    [
        ("一\n\n二![无](images/none.png)", 3, "images/none.png：没有这个文件"),
        ("一\n二\n三![无](images/none.png)", 3, "没有这个文件"),
        ("- 一\n- ![无](images/none.png)", 2, "没有这个文件"),
        ("一\n\n![](a.png)", 3, "缺少文字说明"),
        ("![ \u200b ](a.png)", 1, "缺少文字说明"),
        ("一\n\n![坏](bad.png)", 3, "不是PNG"),
        ("![大](big.png)", 1, "超过512 KB"),
        ("![外](https://example.org/a.png)", 1, "只能用本站"),
        ("![外](//example.org/a.png)", 1, "只能用本站"),
        ("![外](/etc/passwd)", 1, "只能用本站"),
        ("![外](../secret.png)", 1, "没有这个文件"),
        ("![外](link.png)", 1, "没有这个文件"),
        ("![夹](images)", 1, "没有这个文件"),
        ("![零](a%00.png)", 1, "没有这个文件"),
        (f"![长]({'a' * 3000}.png)", 1, "文件"),
        ("一\n\n二<img src=a.png alt=x>", 3, "![说明]"),
        ("一\n\n<p>\n<IMG src='a.png'>\n</p>", 3, "![说明]"),
        ("<svg onload=alert(1)>", 1, "![说明]"),
        ("一\n\n<style>二</style>", 3, "不会显示"),
        ("一<script>二</script>", 1, "不会显示"),
        ("一\n\n> <template>二</template>", 3, "不会显示"),
        ('一\n\n见![图](a.png "题")。', 3, "a.png：引号里的图题不会显示"),
        ('一\n\n[![图](a.png "题")](https://example.org/)', 3, "图题不会显示"),
        ('- 一\n- ![图](a.png "题")', 2, "图题不会显示"),
        ('| 一 |\n|---|\n| ![图](a.png "题") |', 3, "图题不会显示"),
        ('![图](a.png "题") ![图](a.png "题")', 1, "图题不会显示"),
        ("一[^1]。", 1, "[^1]没有内容"),
        ("一。\n\n二[^a]三[^b]。\n\n[^a]: 有", 3, "[^b]没有内容"),
        ("一[^1]。\n\n[^1]: 有\n\n[^2]: 没有用到", 5, "[^2]没有用到"),
        ("一[^1]。\n\n- [^1]: 有\n- [^2]: 没有用到", 4, "[^2]没有用到"),
        ("一[^1]。\n\n[^1]: 甲\n\n[^1]: 乙", 5, "[^1]前面已经有一条"),
        ("一[^1]二[^2]。\n\n[^1]: 甲\n\n    [^2]: 乙", 5, "[^2]写在另一条脚注里"),
        ("一[^1]二[^2]。\n\n[^1]: > 甲\n    > [^2]: 乙", 4, "[^2]写在另一条脚注里"),
    ],
)
def test_a_picture_or_footnote_that_would_vanish_is_refused_by_line(
    tmp_path: Path, body: str, line: int, cure: str
) -> None:
    folder = tmp_path / "content"
    (folder / "images").mkdir(parents=True)
    (folder / "a.png").write_bytes(png())
    (folder / "bad.png").write_bytes(b"no picture")
    (folder / "big.png").write_bytes(png() + b"\0" * pictures.MAX_BYTES)
    (tmp_path / "secret.png").write_bytes(png())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    first = factories.markdown("lixi", "%%").split(b"%%")[0].count(b"\n") + 1
    with pytest.raises(BadContent) as refused:
        read(folder, body)
    assert str(refused.value).startswith(f"第{first + line - 1}行")
    assert cure in str(refused.value)


def test_what_is_code_is_no_picture_and_no_footnote(tmp_path: Path) -> None:
    assert read(tmp_path, "`![x](none.png)` 和 `[^1]`\n\n```\n![x](none.png)\n[^2]: 代码\n```\n").pictures == {}


def test_a_title_that_is_shown_is_not_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    body = '一[^1]。\n\n![图](a.png "图1")\n\n> ![图](a.png "图2")\n\n- 一\n\n  ![图](a.png "图3")\n\n[^1]: ![图](a.png "图4")\n'
    assert list(read(tmp_path, body).pictures) == ["a.png"]
    assert [content.render(body).text.count(f"图{number}") for number in range(1, 5)] == [1, 1, 1, 1]


@pytest.mark.parametrize("written", [r"\[^1]", r"\[^1\]", "&#91;^1]", r"[^1\]"])
def test_what_a_backslash_makes_text_is_no_footnote(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"数组{written}的写法。").pictures == {}
    assert content.render(f"数组{written}的写法。").text == "数组[^1]的写法。"
    (tmp_path / "a.png").write_bytes(png())
    assert list(read(tmp_path, r"![\*](a.png)").pictures) == ["a.png"], "nor is it no description"
    file = tmp_path / "rules.md"
    file.write_text(
        f"---\ntitle: 规则\nlanguage: zh-Hans\nversion: 1\nupdated: 2026-11-20\n---\n\n数组{written}。\n", "utf-8"
    )
    assert read_page(file, WRITTEN).title == "规则"


def test_a_version_is_another_when_only_its_picture_is(tmp_path: Path) -> None:
    file = tmp_path / "a 图.png"
    file.write_bytes(png())
    first = read(tmp_path, "![图](a%20图.png)")
    assert list(first.pictures) == ["a 图.png"]
    file.write_bytes(png(shade=9))
    assert read(tmp_path, "![图](a%20图.png)").sha256 != first.sha256
    assert read(tmp_path, "没有图").sha256 == content.version(factories.markdown("lixi", "没有图"), {})


def test_a_fixed_page_has_no_pictures(tmp_path: Path) -> None:
    file = tmp_path / "rules.md"
    file.write_text("---\ntitle: 规则\nlanguage: zh-Hans\nversion: 1\nupdated: 2026-11-20\n---\n\n![x](a.png)\n")
    with pytest.raises(BadContent, match=r"第8行的图片a\.png：固定页面上不能放图片"):
        read_page(file, WRITTEN)


# on the site


def publish(site: Site, now: datetime, slug: str = "canary", body: str = BODY, **files: bytes) -> Article:
    """Publish an article with pictures in content/images/."""
    folder = site.config.content
    (folder / "images").mkdir(exist_ok=True)
    for name, file in ({"yard": png()} | files).items():
        (folder / "images" / f"{name}.png").write_bytes(file)
    factories.write_article(folder, slug, body)
    source = read_article(factories.markdown(slug, body), site.category_texts, WRITTEN, folder)
    with transaction():
        article = articles.put(site, source, now)
    factories.sync.build(site)
    return article


def measured(site: Site, article: Article, now: datetime, kind: MeasureKind, terms: Terms) -> None:
    factories.set_measure(site, article, now, starts_at=now, kind=kind, terms=terms)


def address(page: str) -> str:
    found = re.search(r'<img src="(/images/[0-9a-f]{32}\.png)" alt="院子的照片" width="4" height="3"', page)
    assert found, page
    return found[1]


def test_a_picture_is_shown_with_its_size_and_served_for_a_year(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, now)
    page = client.get("/articles/canary").text
    assert "<figcaption>图1 张三的院子</figcaption></figure>" in page
    for headers in ({}, {"Accept-Encoding": "br, gzip"}):
        answer = client.get(address(page), headers=headers)
        assert (answer.status_code, answer.data, answer.content_type) == (200, png(), "image/png")
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    again = client.get(address(page), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(address(page)).data == b""
    assert address(client.get("/zh-hant/articles/canary").text) == address(page)
    assert "/articles/canary" in client.get("/search?q=院子的照片").text, "what a picture shows can be found"


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("outcome", [Outcome.WITHHELD, Outcome.REMOVED])
def test_a_picture_goes_with_its_article_and_comes_back_with_it(
    client: FlaskClient, site: Site, now: datetime, outcome: Outcome
) -> None:
    article = publish(site, now)
    path = address(client.get("/articles/canary").text)
    before = factories.rows()
    etag = client.get(path).headers["ETag"]
    case = factories.withhold(site, article, now, outcome)
    for headers in ({}, {"If-None-Match": etag}, {"If-None-Match": "*"}):
        assert client.get(path, headers=headers).status_code == 404
        assert client.head(path, headers=headers).status_code == 404
    assert factories.stale_paths(site, now) == []
    factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


@pytest.mark.usefixtures("stopped_clock")
def test_a_picture_stays_while_another_article_shows_it(client: FlaskClient, site: Site, now: datetime) -> None:
    article = publish(site, now)
    publish(site, now, "other", BODY.replace("引言", "另一篇的引言"))
    path = address(client.get("/articles/canary").text)
    factories.withhold(site, article, now)
    assert client.get(path).status_code == 200
    with transaction():
        articles.retire(site, "other", now)
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("words", ["张三", "院子的照片", "一段。院子的照片图1"])
def test_a_picture_goes_with_the_words_about_it(client: FlaskClient, site: Site, now: datetime, words: str) -> None:
    article = publish(site, now)
    path = address(client.get("/articles/canary").text)
    measured(site, article, now, MeasureKind.MASK, Terms(passages=(Passage(words),)))
    page = client.get("/articles/canary").text
    assert "<img " not in page
    assert page.count('class="covered"') >= 1
    assert client.get(path).status_code == 404
    assert factories.stale_paths(site, now) == []


@pytest.mark.usefixtures("stopped_clock")
def test_a_corrected_description_stays_with_its_picture(client: FlaskClient, site: Site, now: datetime) -> None:
    article = publish(site, now)
    path = address(client.get("/articles/canary").text)
    terms = Terms(words="改", passages=(Passage("院子的照片", replacement="“前院”<的照片>"),))
    measured(site, article, now, MeasureKind.CORRECT, terms)
    assert f'<img src="{path}" alt="“前院”&lt;的照片&gt;" ' in client.get("/articles/canary").text
    assert client.get(path).status_code == 200


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize("kind", [MeasureKind.WITHHOLD, MeasureKind.MASK])
def test_a_measure_that_ends_by_itself_brings_the_picture_back(
    client: FlaskClient, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch, kind: MeasureKind
) -> None:
    article = publish(site, now)
    path = address(client.get("/articles/canary").text)
    ends, terms = now + timedelta(days=1), Terms(passages=(Passage("张三"),)) if kind is MeasureKind.MASK else None
    factories.set_measure(site, article, now, starts_at=now, ends_at=ends, kind=kind, terms=terms)
    assert client.get(path).status_code == 404
    later = now + timedelta(days=2)
    monkeypatch.setattr("tracker.clock.now", lambda: later)
    assert client.get(path).status_code == 200
    factories.refresh(site, later)
    assert factories.stale_paths(site, later) == [], "from then on it has a row"
    assert path in {shown for _, shown in factories.rows()}


def test_another_picture_under_the_same_name_is_another_version(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, now)
    old = address(client.get("/articles/canary").text)
    article = publish(site, now, yard=png(shade=7))
    new = address(client.get("/articles/canary").text)
    assert new != old
    assert client.get(new).data == png(shade=7)
    assert client.get(old).status_code == 404
    assert len(list(db.session.scalars(select(Illustration)))) == 2, "the old version keeps its own"
    assert places.affected(article, now).count(new) == 1


def test_a_version_whose_pictures_a_downgrade_took_gets_them_back(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    article = publish(site, now)
    path, revision = address(client.get("/articles/canary").text), article.revision_id
    publish(site, now, body="没有图。\n")
    with transaction():
        db.session.execute(delete(Illustration))
        db.session.execute(delete(Picture))
    article = publish(site, now)
    assert article.revision_id == revision
    assert address(client.get("/articles/canary").text) == path
    assert client.get(path).data == png()
    assert proving.is_as_published(article.revision)


def test_a_refused_picture_leaves_the_article_as_it_was(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, now)
    page = client.get("/articles/canary").data
    (site.config.content / "images" / "yard.png").unlink()
    result = factories.sync.run(site)
    assert [problem.file for problem in result.problems] == ["canary.md"]
    assert "images/yard.png：没有这个文件" in str(result.problems[0].error)
    assert client.get("/articles/canary").data == page


def test_a_dense_picture_is_shown_at_half_its_size(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, now, body=BODY.replace("yard.png", "yard@2x.png"), **{"yard@2x": png(40, 30)})
    assert 'alt="院子的照片" width="20" height="15"' in client.get("/articles/canary").text


def test_a_new_generation_has_the_pictures_too(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, now)
    path = address(client.get("/articles/canary").text)
    assert path in places.everything(site)


def test_a_frozen_version_is_proved_with_its_pictures(site: Site, now: datetime) -> None:
    article = publish(site, now)
    assert proving.is_as_published(article.revision)
    db.session.scalars(select(Picture)).one().content = png(shade=1)
    db.session.flush()
    assert not proving.is_as_published(article.revision)
    db.session.rollback()


def test_readers_words_and_surfaces_agree(client: FlaskClient, site: Site, now: datetime) -> None:
    """A look at every surface finds nothing wrong with an article that has a picture and footnotes."""
    article = publish(site, now, body=f"{BODY}\n有注[^1]。\n\n[^1]: 注文。\n")
    measured(site, article, now, MeasureKind.MASK, Terms(passages=(Passage("张三的院子"),)))

    def get(path: str, headers: dict[str, str]) -> surfaces.Got:
        answer = client.get(path)
        return surfaces.Got(
            answer.status_code, {k.lower(): v for k, v in answer.headers}, answer.data.decode("utf-8", "replace")
        )

    assert surfaces.look(site, article, None, get, now).findings == []  # type: ignore[arg-type]


def test_staff_see_a_picture_that_readers_may_not(app: Flask, client: FlaskClient, site: Site, now: datetime) -> None:
    article = publish(site, now)
    name = db.session.scalars(select(Picture.name)).one()
    case = factories.withhold(site, article, now)
    path = f"/desk/pictures/{name}"
    assert client.get(path).status_code in {302, 303, 401, 403}
    desk = signed_in(app, make_member("lin@example.org"))
    answer = desk.get(path)
    assert (answer.status_code, answer.data, answer.content_type) == (200, png(), "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert desk.get(f"/desk/pictures/{'0' * 32}.png").status_code == 404
    assert f'<img src="{path}" alt="院子的照片" width="4" height="3"' in desk.get(f"/desk/cases/{case.id}").text


def test_staff_see_a_picture_blurred_and_grey_until_they_ask_for_it(app: Flask, site: Site, now: datetime) -> None:
    case = factories.open_case(publish(site, now), now)
    member = make_member("lin@example.org")
    desk, path = signed_in(app, member), f"/desk/cases/{case.id}"
    veiled = re.compile(
        r'<span class="picture" id="(picture-[0-9a-f]{32})"><span class="veil"><img src="/desk/pictures/'
    )
    page = desk.get(path).text
    (key,) = veiled.findall(page)
    answer = desk.post(f"{path}/uncover", data={"csrf_token": token_of(page), "reveal": key})
    assert (answer.status_code, answer.location) == (303, f"{path}#{key}")
    page = desk.get(path).text
    assert (veiled.findall(page), f'<span class="uncovered picture" id="{key}"' in page) == ([], True)
    db.session.rollback()  # what the desk wrote since is not in the look that was begun before
    assert exposures.today(site, member, clock.now()) == 1


@pytest.mark.usefixtures("stopped_clock")
def test_a_picture_that_is_still_served_is_noticed(app: Flask, site: Site, now: datetime) -> None:
    article = publish(site, now)
    row = db.session.scalars(select(Page).where(Page.path.startswith("/images/"))).one()
    kept = {column.name: getattr(row, column.name) for column in Page.__table__.columns}
    factories.withhold(site, article, now)
    with transaction():
        db.session.add(Page(**kept))
    proving_client.prove(site, now)
    (proof,) = db.session.scalars(select(EffectProof))
    assert proof.findings == [f"{kept['path']}: 图片还看得到"]


def test_a_case_names_the_other_articles_with_the_same_picture(app: Flask, site: Site, now: datetime) -> None:
    """What is promised of intimate images: the same ones are looked for (TAKE IT DOWN Act: known identical copies)."""
    article = publish(site, now)
    publish(site, now, "copy", BODY.replace("yard", "again"), again=png(4, 3, chunk(b"eXIf", exif(1))))
    publish(site, now, "other", BODY.replace("yard", "else"), **{"else": png(shade=1)})
    case = make_notice(site, article, now, category=CategoryName.NCII).items[0].case
    desk = signed_in(app, make_member("lin@example.org"))
    shown = part(desk.get(f"/desk/cases/{case.id}").text, "same-pictures")
    assert "关于copy的文章" in shown
    assert "关于other的文章" not in shown
    assert "关于canary的文章" not in shown
    publish(site, now, "canary", "没有图片了。")  # the copy is found by what the notice was about
    db.session.rollback()
    html = desk.get(f"/desk/cases/{case.id}").text
    assert "关于copy的文章" in part(html, "same-pictures")
    assert 'href="/desk/initiative?article=copy"' in html
