"""`tracker sync`: the files in `content/` become articles, revisions and pages."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import click
from flask import current_app
from flask.cli import with_appcontext

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import DomainError
from tracker.render.site import Site
from tracker.services import articles, publication
from tracker.services.articles import Problem

REFUSED = 3
"""The exit code when files were refused and all else is well."""

BATCH = 50
"""Pages made in one transaction while a generation is built, so that decisions do not wait long."""


@dataclass(frozen=True)
class Result:
    """What a run did; files that were refused are named, the articles they hold stay as they were."""

    published: list[str]
    retired: list[str]
    pages: int
    problems: list[Problem]


def run(site: Site) -> Result:
    """Bring everything up to date; one commit an article, and none at all when nothing changed."""
    folder = articles.read_folder(site)
    problems = list(folder.problems)
    look = site.fingerprint()
    published = []
    for source in articles.changed(folder.sources.values()):
        try:
            with transaction():
                articles.put(site, source, clock.now(), look)
        except DomainError as error:
            problems.append(Problem(folder.names[source.slug], error))
        else:
            published.append(source.slug)
    retired = articles.missing(folder)
    for slug in retired:
        with transaction():
            articles.retire(site, slug, clock.now(), look)
    return Result(published, retired, build(site), problems)


def build(site: Site) -> int:
    """Render a new generation beside the live one and flip to it, if templates or settings changed; count its pages."""
    if publication.fits(site):
        return 0
    with transaction():
        generation = publication.begin(site, clock.now())
        number, fingerprint = generation.id, generation.fingerprint
        paths = publication.all_paths(site)
    for batch in _batches(paths):
        with transaction():
            publication.write(site, batch, clock.now(), fingerprint)
    with transaction():
        publication.go_live(number, fingerprint)
    return len(paths)


def _batches(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), BATCH):
        yield paths[start : start + BATCH]


def said(site: Site, message: str, values: Mapping[str, object]) -> str:
    """Return what an author of articles is told."""
    return str(site.gettext(message, "zh-Hans", **values))


@click.command()
@with_appcontext
def sync() -> None:
    """Bring the files in content/ onto the site."""
    site: Site = current_app.extensions["site"]
    result = run(site)
    for problem in result.problems:
        click.echo(f"{problem.file}: {said(site, problem.error.message, problem.error.values)}", err=True)
    click.echo(f"{len(result.published)} published, {len(result.retired)} retired, {result.pages} pages rebuilt")
    if result.problems:
        sys.exit(REFUSED)
