"""`tracker sync`: the files in `content/` become articles, revisions and pages."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from tracker import clock
from tracker.cli.counted import counted
from tracker.cli.readiness import ready
from tracker.db import db, transaction
from tracker.domain.errors import N_, DomainError
from tracker.models import Article
from tracker.render import places
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.services import articles, clauses, finding, generations, publication, renaming
from tracker.services.articles import Problem

REFUSED = 3
"""The exit code when files were refused and all else is well."""

BATCH = 50
"""Pages made in one transaction while a generation is built, so that decisions do not wait long."""


@dataclass(frozen=True)
class Result:
    """What a run did; files that were refused are named, the articles they hold stay as they were.

    `moved` are the former slugs of published articles by the ones that they have now.
    """

    published: list[str]
    retired: list[str]
    moved: dict[str, str]
    pages: int
    problems: list[Problem]


def run(site: Site) -> Result:
    """Bring everything up to date; one commit an article, and none at all when nothing changed."""
    folder = articles.read_folder(site)
    problems = list(folder.problems)
    look = site.fingerprint()
    published = []
    changed = articles.changed(folder.sources.values())
    moves = renaming.found(changed, folder.names, is_whole=not problems)
    for source in changed:
        try:
            articles.require_day(site, source, clock.now())
            former = moves.of(source.slug)
            with transaction():
                articles.put(site, source, clock.now(), look, folder.names.keys(), former)
        except DomainError as error:
            problems.append(Problem(folder.names[source.slug], error))
        else:
            published.append(source.slug)
    took_all = not problems
    moved = {slug: former for slug, former in moves.sure.items() if slug in published}
    retired = [slug for slug in articles.missing(folder, problems) if slug not in moves.sure.values()]
    problems += _rules(site)
    if files := renaming.unnoted(folder.names):
        with transaction():
            renaming.note(files)
    for slug in retired:
        with transaction():
            articles.retire(site, slug, clock.now(), look)
    _index(site)
    pages = build(site)
    if generations.took_all(site) != took_all:
        with transaction():
            generations.note_whether_all(site, took_all)
    return Result(published, retired, moved, pages, problems)


def _index(site: Site) -> None:
    """Take into the index of the search what is not there yet: after an upgrade that is everything."""
    while finding.behind(clock.now()):
        with transaction():
            finding.index(site, finding.behind(clock.now()), clock.now())


def _rules(site: Site) -> list[Problem]:
    """Bring the clauses of the rules into force, if any changed."""
    try:
        if not clauses.changed(site):
            return []
        with transaction():
            return [Problem(f"pages/{clauses.PAGE}.md", error) for error in clauses.put(site, clock.now())]
    except DomainError as error:
        return [Problem(f"pages/{clauses.PAGE}.md", each) for each in error.each]


def build(site: Site) -> int:
    """Render a new generation beside the live one and flip to it, if templates or settings changed; count its pages."""
    return 0 if generations.fits(site) else sum(building(site))


def building(site: Site) -> Iterator[int]:
    """Build as `build` does, and yield after each batch how many pages it had; one left off is taken up by the next."""
    with transaction():
        generation = generations.begin(site, clock.now())
        number, fingerprint = generation.id, generation.fingerprint
        paths = places.everything(site)
    for batch in publication.batched(paths, BATCH):
        with transaction():
            publication.write(site, batch, clock.now(), fingerprint)
        yield len(batch)
    with transaction():
        generations.go_live(number, fingerprint, clock.now())


def said(site: Site, message: str, values: Mapping[str, object]) -> str:
    """Return what an author of articles is told."""
    return str(site.gettext(message, "zh-Hans", **values))


def complain(site: Site, result: Result) -> None:
    """Name the files that were refused, and why."""
    for problem in result.problems:
        click.echo(f"{problem.file}: {said(site, problem.error.message, problem.error.values)}", err=True)


_GONE = N_("%(address)s：文件没有了，文章已经撤下，这个地址不再展示它。")
_MOVED = N_("文章“%(former)s”换了slug，现在在%(address)s；旧地址转到那里，标注、回应、更正、热度和案件都跟着文章。")
_OPEN = N_("还没有办完的案件照常办理：%(cases)s。")


def changes(site: Site, result: Result) -> Iterator[str]:
    """Yield, for each address at which an article no longer is, what became of it and which open cases there are about it."""
    slugs = [*result.retired, *result.moved]
    found = {article.slug: article for article in db.session.scalars(select(Article).where(Article.slug.in_(slugs)))}
    cases = articles.open_cases([article.id for article in found.values()])
    for slug in slugs:
        values = {"address": path_of(found[slug]), "former": result.moved.get(slug)}
        told = said(site, _MOVED if slug in result.moved else _GONE, values)
        about = "、".join(map(str, cases.get(found[slug].id, [])))
        yield told + (said(site, _OPEN, {"cases": about}) if about else "")


@click.command()
@with_appcontext
def sync() -> None:
    """Bring the files in content/ onto the site."""
    _, site = ready()
    result = run(site)
    complain(site, result)
    for change in changes(site, result):
        click.echo(change)
    click.echo(
        f"{len(result.published)} published, {len(result.retired)} retired, {counted(result.pages, 'page')} rebuilt"
    )
    if result.problems:
        sys.exit(REFUSED)
