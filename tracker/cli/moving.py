"""`tracker import` and `tracker check content`: saved pages become articles, and articles are looked over as these are."""

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from config import Config
from tracker import clock, content
from tracker.cli.articles import REFUSED, said
from tracker.cli.counted import counted
from tracker.cli.readiness import ready
from tracker.content.inspection import inspect_file
from tracker.content.saved.article import Given, Imported, Left, import_page
from tracker.content.saved.decoding import MOST
from tracker.domain.errors import N_, BadContent, DomainError
from tracker.render.site import WRITTEN, Site
from tracker.services import articles

LEFT = 1
"""The exit code when everything was written or read, and something is left to a person."""

_SLUG = re.compile(rb"^[\"']?slug[\"']?:[ \t]*[\"']?([a-z0-9-]+)", re.MULTILINE)
_HEAD = 4096

_SAVED = frozenset({".html", ".htm", ".xhtml", ".shtml", ".txt"})
"""How the names of saved pages end; what else a folder holds, such as what a browser puts beside them, is left alone."""


@click.command("import")
@click.argument("files", metavar="FILE|FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the articles are written; content/ unless given.",
)
@with_appcontext
def import_pages(files: tuple[Path, ...], folder: Path | None) -> None:
    """Make articles of saved pages (HTML or text), or of all in a folder; list, by file and line, what a person has to mend.

    No file is ever written over, and no word is made up. Exit code 1: something is left to a person;
    3: a file was refused.
    """
    config, site = ready()  # the contact may have been set on the desk
    folder = folder or config.content
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}") from None
    names = {text.name: category for category, texts in site.category_texts.items() for text in texts.values()}
    given = Given(names, site.contact_name, site.contact_email, clock.now().astimezone(site.zone).date())
    taken = dict(_slugs(folder))
    refused = left = 0
    for file in _spread(files, _SAVED):
        try:
            made = import_page(_bytes(file), file.name, given)
            target = _written(made, folder, taken)
        except DomainError as error:
            click.echo(f"{file}: {said(site, error.message, error.values)}", err=True)
            refused += 1
        else:
            taken[made.slug] = target
            left += _report(site, file, target, made)
    if refused or left:
        sys.exit(REFUSED if refused else LEFT)


def _spread(files: Iterable[Path], endings: Collection[str]) -> Iterator[Path]:
    """Yield these files, and in place of a folder those in it whose names end so; it itself when there is none."""
    for file in files:
        inside: list[Path] = []
        if file.is_dir():
            with suppress(OSError):
                inside = sorted(each for each in file.iterdir() if each.suffix.lower() in endings)
        yield from inside or [file]


def _bytes(file: Path) -> bytes:
    if file.is_dir():
        raise BadContent(N_("这个文件夹里没有要找的文件。请写出文件的名字，或者文件所在的文件夹。"))
    try:
        with file.open("rb") as opened:
            return opened.read(MOST + 1)
    except OSError as error:
        raise BadContent(N_("文件读不出来（%(detail)s）。请检查权限和链接。"), detail=error.strerror) from None


def _slugs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the addresses that are taken, each with its file; also of a file that is not whole."""
    for file in sorted(folder.glob("*.md")):
        with suppress(OSError), file.open("rb") as opened:
            if found := _SLUG.search(opened.read(_HEAD)):
                yield found[1].decode(), file


def _written(made: Imported, folder: Path, taken: Mapping[str, Path]) -> Path:
    """Write an article where there is none; raise BadContent if its name or its address is taken."""
    if made.slug in taken:
        raise BadContent(_TAKEN, slug=made.slug, file=taken[made.slug])
    target = folder / f"{made.slug}.md"
    try:
        with target.open("xb") as new:
            _fill(target, new, made.content)
    except FileExistsError:
        raise BadContent(_EXISTS, file=target) from None
    except OSError as error:
        raise BadContent(_UNWRITTEN, file=target, detail=error.strerror) from None
    return target


def _fill(target: Path, new: BinaryIO, content: bytes) -> None:
    """Write a file that was just made, or leave none."""
    try:
        new.write(content)
        new.flush()
    except OSError:
        target.unlink(missing_ok=True)
        raise


_TAKEN = N_(
    "slug“%(slug)s”已被文件%(file)s使用，没有写入。已经导入过的，不必再导入；是两篇文章的，请先改那一篇的slug。"
)
_EXISTS = N_("文件%(file)s已经存在，没有写入。请先移走它，或者用--to另选一个文件夹。")
_UNWRITTEN = N_("文件%(file)s写不进去（%(detail)s）。请检查权限和磁盘空间。")


def _report(site: Site, file: Path, target: Path, made: Imported) -> int:
    """Print what became of a page, and then a line for each thing that a person has to look at; return how many there are."""
    found = [counted(made.sections, "section"), counted(made.subsections, "subsection")]
    for name in ("heat", "responses"):
        value = getattr(made.facts, name)
        found += [] if value is None else [f"{name} {value}"]
    found += [f"contact lines {len(made.facts.contact)}"] if made.facts.contact else []
    mended = [f"{name} {count}" for name, count in made.repairs.most_common()]
    click.echo(f"{file} -> {target}: {', '.join(found)}")
    assumed = ([] if made.facts.published else ["published = today"]) + [
        "origin = own",
        "publisher = this site's contact",
    ]
    around = counted(made.left_out, "line")
    click.echo(f"  mended: {', '.join(mended) or 'nothing'}; left out: {around} around the article")
    click.echo(f"  not on the page: {', '.join(assumed)}")
    left = [*made.left, *_refusal(site, made, target.parent)]
    for one in left:
        at = f"{file}:{one.saved_line}" if one.saved_line else f"{target}:{one.line}"
        there = f" ({target.name}:{one.line})" if one.saved_line and one.line else ""
        click.echo(f"{at}{there}: {said(site, one.message, one.values)}")
    return len(left)


def _refusal(site: Site, made: Imported, folder: Path) -> Iterator[Left]:
    """Yield what `sync` would refuse the article for, but for lines that are listed already."""
    try:
        content.read_article(made.content, site.category_texts, WRITTEN, folder)
    except BadContent as error:
        listed = {one.line for one in made.left}
        for each in error.each:
            line = int(str(each.values.get("line", 1)))
            if line not in listed:
                yield Left(0, line, "front-matter", each.message, dict(each.values))


@click.group("check")
def check() -> None:
    """Look over what the site is made of."""


@check.command("content")
@click.argument("files", metavar="[FILE|FOLDER]...", nargs=-1, type=click.Path(path_type=Path))
@with_appcontext
def check_content(files: tuple[Path, ...]) -> None:
    """List, by file and line, what is wrong in the articles and pages of content/, or in the files and folders named.

    Exit code 1 if anything is.
    """
    config, site = current_app.extensions["config"], current_app.extensions["site"]
    files = tuple(_spread(files, {".md"}) if files else _all(config))
    taken: dict[tuple[str, ...], Path] = {}
    count = 0
    for file in files:
        for problem in _problems(site, file, taken):
            click.echo(problem)
            count += 1
    click.echo(f"{counted(len(files), 'file')}, {count} found", err=True)
    if count:
        sys.exit(LEFT)


def _all(config: Config) -> Iterator[Path]:
    yield from sorted(config.content.glob("*.md"))
    yield from sorted((config.content / "pages").glob("*.md"))


def _problems(site: Site, file: Path, taken: dict[tuple[str, ...], Path]) -> Iterator[str]:
    """Yield what is wrong with a file: first what `sync` would refuse it for, then what a reader would stumble over.

    `taken` is by which file each address was taken that was looked over before; this one's is added.
    """
    try:
        source = _bytes(file)
        findings = inspect_file(source)
    except BadContent as error:
        yield from (f"{file}: {said(site, each.message, each.values)}" for each in error.each)
        return
    try:
        if file.absolute().parent.name == "pages":
            page = content.read_page(file, WRITTEN)
            content.clauses(page)
            if (first := taken.setdefault((page.name, page.language), file)) != file:
                raise BadContent(content.PAGE_TAKEN, name=page.name, spoken=page.language, file=first)
        else:
            article = content.read_article(source, site.category_texts, WRITTEN, file.absolute().parent)
            articles.require_day(site, article, clock.now())
            if (first := taken.setdefault((article.slug,), file)) != file:
                raise BadContent(content.SLUG_TAKEN, slug=article.slug, file=first)
    except BadContent as error:
        yield from (f"{file}: {said(site, each.message, each.values)}" for each in error.each)
    for finding in findings:
        yield f"{file}:{finding.line}: {said(site, finding.message, {'found': finding.found})}"
