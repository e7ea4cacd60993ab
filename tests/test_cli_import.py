"""`tracker import` and `tracker check content`: what is written where, what is refused, and with what the shell is told."""

import resource
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from tests.factories import markdown, write_article
from tests.imported.reading import PAGES
from tracker import content
from tracker.cli import articles
from tracker.cli.moving import check, import_pages
from tracker.render.site import WRITTEN, Site

TWIN = PAGES / "twin.txt"
SLUG = "fen-qi-fu-kuan-he-tong-li-de-ti-qian-hai-kuan-zen-me-suan-cai-qing-chu"
CLEAN = "逾期一天怎么办\n\n借款人权益 12℃ 4\n\n先还上，再打电话问清有没有宽限期。\n\n一、为什么要问\n\n有的合同给三天宽限，有的一天也不给。\n"


def bring_in(*words: object) -> Result:
    return CliRunner().invoke(import_pages, [str(word) for word in words])


def look_over(*words: object) -> Result:
    return CliRunner().invoke(check, ["content", *(str(word) for word in words)])


def test_what_is_left_is_listed_by_file_and_line_and_the_exit_code_says_so(app: Flask, content_folder: Path) -> None:
    answer = bring_in(TWIN)
    assert answer.exit_code == 1
    target = content_folder / f"{SLUG}.md"
    assert f"{TWIN} -> {target}: 6 sections, 11 subsections, heat 3, responses 0, contact lines 2" in answer.output
    assert f"{TWIN}:26 ({SLUG}.md:35): “翻开合同第 页，找到提前”中间空着，像是少了字。请对照原文补上" in answer.output
    assert f"{TWIN}:48 ({SLUG}.md:55): " in answer.output
    assert "readings 157" in answer.output


def test_a_page_on_which_nothing_is_wrong_ends_with_zero(app: Flask, site: Site, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(CLEAN, encoding="utf-8")
    answer = bring_in(tmp_path / "page.txt", "--to", tmp_path / "new" / "folder")
    assert (answer.exit_code, answer.output.count("\n")) == (0, 3)
    (file,) = (tmp_path / "new" / "folder").iterdir()
    made = content.read_article(file.read_bytes(), site.category_texts, WRITTEN)
    assert (made.heat, made.responses, made.category) == (12, 4, "borrower-rights")
    assert (made.publisher_name, made.publisher_email) == (site.contact_name, site.contact_email)
    assert look_over(file).exit_code == 0


@pytest.mark.usefixtures("stopped_clock")
def test_sync_takes_what_the_import_wrote(app: Flask, site: Site, client: FlaskClient, content_folder: Path) -> None:
    bring_in(TWIN)
    result = articles.run(site)
    assert (result.problems, result.published) == ([], [SLUG])
    assert content.read_article(
        (content_folder / f"{SLUG}.md").read_bytes(), site.category_texts, WRITTEN
    ).published_on == date(2026, 11, 23)
    html = client.get(f"/articles/{SLUG}").get_data(as_text=True)
    assert "分期付款合同里的提前还款怎么算才清楚" in html
    assert "13900000000" not in html


def test_of_a_folder_the_saved_pages_in_it_are_brought_in(app: Flask, content_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "page_files").mkdir(parents=True)
    (folder / "page_files" / "script.txt").write_text("var x")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "b.TXT").write_text(CLEAN)
    (folder / "a.txt").write_text(CLEAN.replace("逾期一天", "逾期两天"))
    answer = bring_in(folder)
    assert answer.exit_code == 0, answer.output
    assert [line.partition(" -> ")[0] for line in answer.output.splitlines()[::3]] == [
        str(folder / "a.txt"),
        str(folder / "b.TXT"),
    ]
    assert ": 1 section, 0 subsections" in answer.output
    (folder / "empty").mkdir()
    answer = bring_in(folder / "empty")
    assert (answer.exit_code, "这个文件夹里没有要找的文件" in answer.output) == (articles.REFUSED, True)
    answer = look_over(write_article(folder, "one").parent)
    assert (answer.exit_code, answer.output) == (0, "1 file, 0 found\n")


def test_no_blank_is_left_behind_the_numeral_of_a_heading(app: Flask, tmp_path: Path) -> None:
    (page := tmp_path / "page.txt").write_text(CLEAN.replace("一、", "一、\u3000"))
    assert bring_in(page, "--to", tmp_path / "out").exit_code in {0, 1}
    (made,) = (tmp_path / "out").glob("*.md")
    assert "## 一、为什么要问\n" in made.read_text(encoding="utf-8")
    made.write_text(made.read_text(encoding="utf-8").replace("## 一、", "## 一、 "), encoding="utf-8")
    assert "后面不用空格" in look_over(made).output


def test_no_file_is_written_over(app: Flask, content_folder: Path) -> None:
    file = content_folder / f"{SLUG}.md"
    file.write_text("我自己写的，还没有写完", encoding="utf-8")
    answer = bring_in(TWIN)
    assert answer.exit_code == articles.REFUSED
    assert f"{TWIN}: 文件{file}已经存在，没有写入。请先移走它，或者用--to另选一个文件夹。" in answer.output
    assert file.read_text(encoding="utf-8") == "我自己写的，还没有写完"


def test_no_link_is_written_through(app: Flask, content_folder: Path, tmp_path: Path) -> None:
    (content_folder / f"{SLUG}.md").symlink_to(tmp_path / "elsewhere.md")
    assert bring_in(TWIN).exit_code == articles.REFUSED
    assert not (tmp_path / "elsewhere.md").exists()


def test_no_address_is_taken_from_another_article(app: Flask, content_folder: Path) -> None:
    other = content_folder / "zhi-qian.md"
    other.write_bytes(markdown(SLUG))
    answer = bring_in(TWIN)
    assert answer.exit_code == articles.REFUSED
    assert f"slug“{SLUG}”已被文件{other}使用" in answer.output
    assert not (content_folder / f"{SLUG}.md").exists()


def test_a_page_given_twice_is_written_once(app: Flask, content_folder: Path) -> None:
    answer = bring_in(TWIN, TWIN)
    assert answer.exit_code == articles.REFUSED
    assert len(list(content_folder.glob("*.md"))) == 1


def test_one_that_is_refused_holds_up_no_other(app: Flask, content_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_bytes(b"")
    answer = bring_in(tmp_path / "empty.html", tmp_path / "none.html", tmp_path, TWIN)
    assert answer.exit_code == articles.REFUSED
    assert f"{tmp_path / 'empty.html'}: 文件是空的。\n" in answer.output
    assert f"{tmp_path / 'none.html'}: 文件读不出来（No such file or directory）" in answer.output
    assert (content_folder / f"{SLUG}.md").exists()


def test_a_disk_that_takes_no_more_leaves_nothing_behind(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f"<title>x</title><h1>题目</h1><p>{'正文一段。' * 5_000}</p>", encoding="utf-8")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    # more than SQLite's own files need, less than the page
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
    try:
        answer = bring_in(tmp_path / "page.html", "--to", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert answer.exit_code == articles.REFUSED
    assert "写不进去（File too large）" in answer.output
    assert list(tmp_path.glob("*.md")) == []


def test_a_folder_that_is_none_is_named(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    answer = bring_in(TWIN, "--to", tmp_path / "file" / "below")
    assert answer.exit_code == 1
    assert answer.output.startswith(f"Error: {tmp_path / 'file' / 'below'}: ")


def test_what_sync_would_refuse_is_listed_at_once(app: Flask, tmp_path: Path) -> None:
    page = f"<title>x</title><h1>{'很长的题目' * 70}</h1><p>纠纷处理 3℃ 0</p><p>正文一段。</p>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    answer = bring_in(tmp_path / "page.html", "--to", tmp_path)
    assert (answer.exit_code, "title：太长了，请缩短。" in answer.output) == (1, True)


def test_brackets_with_a_caret_come_in_as_the_words_they_are(app: Flask, tmp_path: Path) -> None:
    page = "<title>数组</title><h1>数组的写法</h1><p>纠纷处理 3℃ 0</p><p>数组[^1]的写法，写成[^1]: 也可以。</p>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    assert "脚注" not in bring_in(tmp_path / "page.html", "--to", tmp_path).output
    (written,) = tmp_path.glob("*.md")
    source = content.read_article(written.read_bytes(), app.extensions["site"].category_texts, WRITTEN, tmp_path)
    assert "数组[^1]的写法" in content.render(source.body).text


def test_what_ships_is_found_clean(app: Flask, content_folder: Path) -> None:
    for file in (ROOT / "content").glob("*.md"):
        shutil.copy(file, content_folder)
    answer = look_over()
    assert (answer.exit_code, answer.output) == (0, f"{len(list(content_folder.rglob('*.md')))} files, 0 found\n")


def test_content_is_looked_over_as_a_saved_page_is(app: Flask, content_folder: Path) -> None:
    write_article(content_folder, "good")
    bad = write_article(content_folder, "bad", "经济全 化的时代。\n\n债(zhài)务。\n")
    rules = content_folder / "pages" / "rules.md"
    rules.write_text(rules.read_text(encoding="utf-8").replace("由审核人员阅读", "由审核人员 阅读"), encoding="utf-8")
    answer = look_over()
    assert answer.exit_code == 1
    lines = answer.output.splitlines()
    assert [line.partition(": ")[0].rpartition(":")[0] for line in lines[:3]] == [str(bad), str(bad), str(rules)]
    assert f"{bad}:15: “经济全 化的时代。”中间空着" in answer.output
    assert "请删去括号和注音" in answer.output
    assert lines[-1].endswith(" 3 found")


def test_two_of_one_address_are_both_named(app: Flask, content_folder: Path) -> None:
    write_article(content_folder, "lixi")
    other = content_folder / "other.md"
    other.write_bytes(markdown("lixi", "别的正文。"))
    pages = content_folder / "pages"
    (pages / "privacy.old.md").write_bytes((pages / "privacy.md").read_bytes())
    answer = look_over()
    assert answer.exit_code == 1
    assert answer.output.splitlines()[:-1] == [
        f"{other}: slug“lixi”已被文件{content_folder / 'lixi.md'}使用，请换一个。",
        f"{pages / 'privacy.old.md'}: 页面“privacy”的zh-Hans文本已经在文件{pages / 'privacy.md'}里。请删去一份，或者改文件名或language。",
    ]
    assert look_over(other, other).exit_code == 0, "one file is no second"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (markdown("x", title=None), "第1行，title：缺少这一项，请补上。"),
        (markdown("x", heat="很多"), "heat：要写成整数"),
        (markdown("x", responses="-1"), "responses：要写成整数"),
        (b"no front matter", "第1行要以“---”开始"),
        (b"\xff\xfe", "第1行不是UTF-8编码"),
    ],
)
def test_what_sync_would_refuse_is_said_first(app: Flask, tmp_path: Path, file: bytes, said: str) -> None:
    (tmp_path / "x.md").write_bytes(file)
    answer = look_over(tmp_path / "x.md")
    assert answer.exit_code == 1
    assert said in answer.output


def test_all_that_sync_would_refuse_in_all_files_is_said_at_once(app: Flask, tmp_path: Path) -> None:
    answer = look_over(*(write_article(tmp_path, slug, category="nowhere", title=None) for slug in ("a", "b")))
    said = [line.partition(": ")[2].partition("：")[0] for line in answer.output.splitlines()[:-1]]
    assert said == ["第1行，title", "第4行，category"] * 2


def test_a_file_that_is_not_there_is_no_clean_one(app: Flask, tmp_path: Path) -> None:
    answer = look_over(tmp_path / "none.md")
    assert (answer.exit_code, "文件读不出来" in answer.output) == (1, True)


def test_a_server_loads_nothing_of_this() -> None:
    check = (
        "import sys, tracker.app; from tracker.cli import main; "
        "main.get_command(main.make_context('tracker', [], resilient_parsing=True), 'serve'); "
        "print({'pypinyin', 'justhtml', 'tracker.cli.moving'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def test_a_page_that_names_another_source_is_in_doubt_until_somebody_has_said_whose_it_is(
    app: Flask, content_folder: Path
) -> None:
    answer = bring_in(PAGES / "source.html")
    assert "origin = own" in answer.output
    assert "来源是“晚晴周刊”" in answer.output
    (file,) = (each for each in content_folder.glob("*.md") if "晚晴周刊" in each.read_text(encoding="utf-8"))
    assert "来源是“晚晴周刊”" in look_over(file).output
    text = file.read_text(encoding="utf-8")
    said = "origin: reposted\nsource: {name: 晚晴周刊, url: 'https://example.org/a'}\n"
    file.write_text(text.replace("origin: own\n", said), encoding="utf-8")
    assert "晚晴周刊" not in look_over(file).output
