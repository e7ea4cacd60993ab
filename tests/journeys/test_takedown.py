"""The main story, as it happens: a reader's notice, a moderator's decision, the article gone, the article back."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running, body_of, link_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTICLE = "zhengxin-baogao-zenme-kan"
PATH = f"/articles/{ARTICLE}"
PASSWORD = "five quiet lanterns by the river"
NOTIFIER = "rights@example.net"
PDF = b"%PDF-1.7\n% evidence for a journey\n"


def test_a_notice_is_decided_and_the_article_goes_and_comes_back(
    running: Running, reader: Page, moderator: Page, tmp_path: Path
) -> None:
    surfaces = _surfaces(running)
    assert len(surfaces) == 6, surfaces  # home, archive, category, feed, month of the site map, search
    title, passage = _read(running, reader)
    before = running.get(PATH)
    etag = before[1]["etag"]

    reference, code = _notify(running, reader, passage, tmp_path)
    acknowledgement = running.postbox.take(NOTIFIER, reference)
    assert title in body_of(acknowledgement)
    assert code not in body_of(acknowledgement)  # the mailed code is another one
    assert NOTIFIER not in body_of(running.postbox.take("maintainers@example.org"))
    _follow(reader, link_in(acknowledgement, f"/receipts/{reference}"), "待处理")

    _join(running, moderator)
    _decide(moderator, title, passage, "依法停止展示", "法律规定")
    status, headers, body = running.get(PATH)
    assert status == 451
    assert headers["link"] == f'<{running.url}/>; rel="blocked-by"'
    assert headers["cache-control"] == "no-store"
    assert passage.encode() not in body
    assert running.get(PATH, If_None_Match=etag)[0] == 451
    for path in surfaces:
        text = _text(running, path)
        assert title not in text, path
        assert PATH not in text, path
    decision = running.postbox.take(NOTIFIER, reference)
    assert "民法典" in body_of(decision)
    statement = body_of(running.postbox.take("editors@example.org"))
    assert "民法典" in statement
    assert NOTIFIER not in statement
    reader.goto(running.url + PATH)
    expect(reader.get_by_role("heading", level=1)).to_contain_text("停止展示")
    _follow(reader, link_in(decision, f"/receipts/{reference}"), "依法停止展示")

    _decide(moderator, title, passage, "恢复展示", "法律规定")
    after = running.get(PATH)
    assert after[0] == 200
    assert after[2] == before[2]
    assert after[1]["etag"] == etag
    assert running.get(PATH, If_None_Match=etag)[0] == 304
    for path in surfaces:
        assert PATH in _text(running, path), path
    assert running.postbox.take("editors@example.org")
    assert running.postbox.take(NOTIFIER, reference)


def _surfaces(running: Running) -> list[str]:
    """Return what shows the article beside its own page."""
    shown = [
        "/",
        "/archive/1",
        "/categories/credit-records",
        "/feed.atom",
        *re.findall(r"<loc>https?://[^/]+(/[^<]+)</loc>", _text(running, "/sitemap.xml")),
        f"/search?q={'%E4%BF%A1%E7%94%A8%E6%8A%A5%E5%91%8A'}",
    ]
    return [path for path in shown if PATH in _text(running, path)]


def _text(running: Running, path: str) -> str:
    status, headers, body = running.get(path, Accept_Encoding="gzip")
    assert status == 200, path
    return (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode()


def _read(running: Running, reader: Page) -> tuple[str, str]:
    """Open the article from the home page and return its title and a sentence of it."""
    reader.goto(running.url + "/")
    expect(reader.get_by_role("heading", name="内容侵权、删帖举报联系方式")).to_be_visible()
    reader.locator(f"a[href='{PATH}']").first.click()
    title = reader.get_by_role("heading", level=1).inner_text()
    passage = reader.locator("#article .prose p").nth(2).inner_text()
    return re.sub(r"\s", "", title), re.split(r"(?<=。)", passage)[0]


def _notify(running: Running, reader: Page, passage: str, tmp_path: Path) -> tuple[str, str]:
    evidence = tmp_path / "evidence.pdf"
    evidence.write_bytes(PDF)
    reader.get_by_role("link", name="举报本文").first.click()
    reader.get_by_role("link", name="名誉、荣誉", exact=True).click()
    reader.locator("input[name=notifier_role][value=owner]").check()  # first the facts on which the rest hangs
    reader.get_by_role("button", name="继续", exact=True).click()
    assert PATH in reader.locator("#addresses").input_value()
    reader.locator("#passage").fill(passage)
    reader.get_by_role("button", name="保存并核对").click()
    expect(reader.get_by_role("alert")).to_be_visible()  # much is missing, and what was typed is still there
    expect(reader.locator("#passage")).to_have_value(passage)
    reader.locator("#inaccurate_parts").fill("文中说的期限与法律规定不符，实际期限以法律为准。")
    reader.locator("#explanation").fill("这一段把我们单位写成了资料的来源，与事实不符，影响了单位的名誉，请核实。")
    reader.locator("#files").set_input_files(evidence)
    reader.locator("#notifier_name").fill("示例出版社")
    reader.locator("#email").fill(NOTIFIER)
    reader.locator("#stmt_truth").check()
    reader.get_by_role("button", name="保存并核对").click()
    expect(reader.get_by_text("找到引文")).to_be_visible()
    expect(reader.get_by_text("evidence.pdf")).to_be_visible()
    reader.get_by_role("button", name="确认并提交").dblclick()
    expect(reader.get_by_role("heading", name="已收到您的通知")).to_be_visible()
    return reader.locator("#reference").inner_text(), reader.locator("#code").inner_text()


def _follow(reader: Page, link: str, state: str) -> None:
    reader.goto(link)
    reader.get_by_role("button", name="查看进度").click()
    expect(reader.get_by_role("heading", name="您的通知")).to_be_visible()
    expect(reader.locator("main")).to_contain_text(state)


def _join(running: Running, moderator: Page) -> None:
    moderator.goto(running.admin_link)
    moderator.locator("#email").fill("admin@example.org")
    moderator.locator("#name").fill("林审核")
    moderator.locator("#password").fill(PASSWORD)
    moderator.get_by_role("button", name="设定密码并登录").click()
    moderator.goto(running.url + "/desk/")


def _decide(moderator: Page, title: str, passage: str, outcome: str, ground: str) -> None:
    where = "/desk/cases?state=decided" if outcome == "恢复展示" else "/desk/"
    moderator.goto(re.sub(r"(https?://[^/]+).*", rf"\g<1>{where}", moderator.url))
    moderator.locator(".queue-title").first.click()
    expect(moderator.locator(".case-article mark").first).to_be_visible()
    assert "".join(moderator.locator(".case-article mark").all_inner_texts()) == passage
    if outcome != "恢复展示":
        with moderator.expect_download() as download:
            moderator.get_by_role("link", name="evidence.pdf").click()
        assert download.value.path().read_bytes() == PDF
        moderator.get_by_label(outcome, exact=False).first.check()
        moderator.locator("#claim-1").check()
    moderator.get_by_label(ground, exact=False).first.check()
    moderator.locator("#ground_ref").fill("《中华人民共和国民法典》第一千零二十八条")
    moderator.locator("#ground_explanation").fill(
        "通知人提供了初步证据，文章的这一段与证据不符，应当及时采取必要措施。"
    )
    moderator.locator("#facts").fill("经核对文章与通知人提交的材料，所涉段落把该单位写成资料来源，与材料不符。")
    moderator.get_by_role("button", name="预览后果").click()
    expect(moderator.get_by_role("heading", level=1)).to_contain_text(outcome)
    expect(moderator.locator(".mail-preview").first).to_be_visible()
    moderator.get_by_role("button", name="确认").click()
    expect(moderator.locator(".case-head")).to_contain_text(outcome)
