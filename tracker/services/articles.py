"""Bringing the files in `content/` into the database."""

import hashlib
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from tracker import content
from tracker.content import Source
from tracker.db import db
from tracker.domain.errors import N_, BadContent, DomainError
from tracker.domain.standing import Level, Side
from tracker.domain.text import mailbox
from tracker.models import Article, Case, Heat, Illustration, Picture, Revision
from tracker.render import places
from tracker.render.lists import Kind, Shelf, shelves
from tracker.render.site import WRITTEN, Site
from tracker.services import audit, finding, generations, heat, measures, publication, renaming, returning, standings
from tracker.services.returning import Returning

_COPIED = (
    "slug", "language", "category", "title", "summary", "tags", "origin", "source_name", "source_url",
    "publisher_name", "publisher_email", "published_on", "updated_on",
)  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """A file that was refused, and why."""

    file: str
    error: DomainError


@dataclass(frozen=True)
class Folder:
    """What a folder of files holds: the names of the good ones by slug, those of them that had to be read, the refused."""

    names: dict[str, str]
    sources: dict[str, Source]
    problems: list[Problem]


class _File(NamedTuple):
    """A good file: what is in it, if it had to be read, and whether it is published as it is."""

    name: str
    source: Source | None
    is_published: bool


def read_folder(site: Site) -> Folder:
    """Read every file in `content/` that is not published as it is; a bad one is refused by name while all others stay.

    Of several with one slug the published one keeps it; the others are refused, or all when none is.
    """
    folder, found = Folder({}, {}, []), dict[str, list[_File]]()
    published = _published()
    is_read_again = not generations.took_all(site)  # what an older program took may be refused now
    for file in sorted(site.config.content.glob("*.md"), key=lambda file: file.name):
        try:
            content_of = _bytes(file)
            slug, source = published.get(hashlib.sha256(content_of).hexdigest()), None
            if slug is None or is_read_again:
                source = content.read_article(content_of, site.category_texts, WRITTEN, file.parent)
                slug = source.slug
            is_published = source is None or published.get(source.sha256) == slug
            found.setdefault(slug, []).append(_File(file.name, source, is_published))
        except DomainError as error:
            folder.problems.extend(Problem(file.name, each) for each in error.each)
    for slug, files in found.items():
        kept = files[0] if len(files) == 1 else next((each for each in files if each.is_published), None)
        if kept is not None:
            folder.names[slug] = kept.name
            if kept.source is not None:
                folder.sources[slug] = kept.source
        for refused in (each for each in files if each is not kept):
            by = kept or next(other for other in files if other is not refused)
            folder.problems.append(Problem(refused.name, BadContent(content.SLUG_TAKEN, slug=slug, file=by.name)))
    return folder


def _published() -> dict[str, str]:
    """Return the slugs of the files that are published as they are, by their SHA-256 with that of their pictures.

    A version with pictures has another hash than its file, which is always read.
    """
    known = (
        select(Revision.sha256, Article.slug)
        .join(Article, Revision.id == Article.revision_id)
        .where(Article.file_gone_at.is_(None))
    )
    return {row.sha256: row.slug for row in db.session.execute(known)}


def _bytes(file: Path) -> bytes:
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device would be read for ever
            raise BadContent(N_("这不是普通文件。请移走它，或者换成Markdown文件。"))
        if found.st_size > content.MAX_BYTES:
            raise BadContent(N_("文件超过1 MB。请把文章拆成几篇。"))
        return file.read_bytes()
    except OSError as error:
        raise BadContent(N_("文件读不出来（%(detail)s）。请检查权限和链接。"), detail=error.strerror) from None


def changed(sources: Collection[Source]) -> list[Source]:
    """Return the sources that differ from what is published, oldest first.

    Or in the heat they begin with: a file that is older than heat may have said so all along, and is read after an upgrade.
    """
    if not sources:
        return []
    published = (
        select(Article.slug, Revision.sha256, func.coalesce(Heat.start, 0))
        .join(Revision, Revision.id == Article.revision_id)
        .outerjoin(Heat, Heat.article_id == Article.id)
        .where(Article.file_gone_at.is_(None))
    )
    known = {slug: (sha256, start) for slug, sha256, start in db.session.execute(published)}
    fresh = [source for source in sources if known.get(source.slug) != (source.sha256, source.heat)]
    return sorted(fresh, key=lambda source: (source.published_on, source.slug))


def missing(folder: Folder, refused: Iterable[Problem] = ()) -> list[str]:
    """Return the slugs of articles whose file is gone. A file that was refused keeps its article served.

    `refused` are those that could be read and were not published.
    """
    if folder.problems or any(isinstance(problem.error, Returning) for problem in refused):
        return []  # such a file may be any of them: nothing is taken down on a guess
    known = db.session.scalars(select(Article.slug).where(Article.file_gone_at.is_(None)).order_by(Article.id))
    return [slug for slug in known if slug not in folder.names]


def require_day(site: Site, source: Source, now: datetime) -> None:
    """Raise BadContent for an article that says it was published on a day that has not come."""
    if source.published_on > site.local(now).date():
        raise BadContent(
            N_("published是将来的日期%(day)s。请改成不晚于今天的日期，或者到那天再运行tracker sync。"),
            day=source.published_on,
        )


def put(
    site: Site,
    source: Source,
    now: datetime,
    look: str | None = None,
    names: Collection[str] = frozenset(),
    former: str | None = None,
) -> Article:
    """Publish a file: the article, its frozen revision, the pages it shows on, and the audit entry of another version.

    `look` is the fingerprint of the generation to write to; None: every one. `names` are the slugs of all files there are,
    `former` is the slug at which the article stood, if that is another one.
    Raises BadContent when the words are those of an article that readers may not see: another name does not bring them
    back. And for a new article of a publisher who is suspended; those that are up stay.
    """
    article = db.session.scalar(select(Article).where(Article.slug == (former or source.slug)))
    returning.refuse(source, article, now, names)
    if article is None or article.file_gone_at:
        _hold_back(site, source, now)
    is_new = article is None
    stood = None if article is None or article.file_gone_at else article.revision_id
    moved = set() if article is None else set(_standing(article)) ^ set(_standing(source))
    before = set() if article is None else _paths(article, moved, now)
    article = _copied(source, article, former, now)
    revision = _revision(article, source, now)
    article.revision_id = revision.id
    heat.begin(article, source.heat, now)
    if revision.id != stood:  # heat is no act
        audit.record(
            audit.SYSTEM,
            "article.published" if is_new else "article.revised",
            now,
            article=article.id,
            slug=article.slug,
            revision=revision.id,
            sha256=revision.sha256,
        )
    db.session.flush()
    db.session.expire(article)
    measures.look_for_passages(site, article, now)
    finding.tag(article)
    finding.index(site, [article], now)
    publication.write(site, before | _paths(article, moved, now), now, look)
    return article


def _copied(source: Source, article: Article | None, former: str | None, now: datetime) -> Article:
    """Return the article, or a new one, with what its file says of it."""
    renaming.take(source.slug)
    if article is None:
        article = Article()
        db.session.add(article)
    elif former:
        renaming.leave(article, source.slug, now)
    for name in _COPIED:
        setattr(article, name, getattr(source, name))
    article.file_gone_at = None
    db.session.flush()
    return article


def _standing(each: Article | Source) -> list[Shelf]:
    """Return the shelves on which an article stands, or will; one whose file is gone keeps its slots but has no tags."""
    is_gone = isinstance(each, Article) and each.file_gone_at
    return shelves(each.language, each.category, [] if is_gone else each.tags, each.published_on)


def _paths(article: Article, moved: Iterable[Shelf], now: datetime) -> set[str]:
    """Return the pages an edit touches; on a shelf that an article leaves or joins every slot may move."""
    paths = set(places.affected(article, now, is_file=True))
    return paths.union(*map(places.of_shelf, moved))


def _revision(article: Article, source: Source, now: datetime) -> Revision:
    known = db.session.scalar(
        select(Revision).where(Revision.article_id == article.id, Revision.sha256 == source.sha256)
    )
    if known is not None:
        _keep_pictures(known, source)  # which a downgrade may have taken
        return known
    revision = Revision(
        article_id=article.id,
        source=source.content,
        sha256=source.sha256,
        text_sha256=source.text_sha256,
        first_seen_at=now,
    )
    db.session.add(revision)
    db.session.flush()
    _keep_pictures(revision, source)
    return revision


def _keep_pictures(revision: Revision, source: Source) -> None:
    """Freeze the pictures with the version that shows them; one that is there already is the same, by its name."""
    for picture in source.pictures.values():
        if db.session.get(Picture, picture.name) is None:
            values = {name: getattr(picture, name) for name in ("name", "media_type", "width", "height", "content")}
            db.session.add(Picture(**values))
            db.session.flush()
    for written, picture in source.pictures.items():
        db.session.merge(Illustration(revision_id=revision.id, written=written, name=picture.name))
    db.session.flush()


def _hold_back(site: Site, source: Source, now: datetime) -> None:
    standing = standings.current(mailbox(source.publisher_email), Side.PUBLISHER, now)
    if standing is not None and standing.level is Level.SUSPENDED:
        raise BadContent(
            N_(
                "发布者%(name)s被暂停发布新文章，到%(until)s为止，这篇没有发布。到期后再运行 tracker sync；要提前发布，请管理员在案件页终止暂停。"
            ),
            name=source.publisher_name or source.publisher_email,
            until=f"{site.local(standing.until):%Y-%m-%d %H:%M}" if standing.until else "—",
        )


def retire(site: Site, slug: str, now: datetime, look: str | None = None) -> None:
    """Take an article whose file is gone off every page; its revisions and cases stay."""
    article = db.session.scalars(select(Article).where(Article.slug == slug)).one()
    paths = _paths(article, [shelf for shelf in _standing(article) if shelf.kind is Kind.TAG], now)
    article.file_gone_at = now
    audit.record(audit.SYSTEM, "article.file_gone", now, article=article.id, slug=slug)
    db.session.flush()
    finding.tag(article)
    finding.index(site, [article], now)
    publication.write(site, paths, now, look)


def open_cases(articles: Collection[int]) -> dict[int, list[int]]:
    """Return the numbers of the cases that are not closed, by the article that they are about."""
    about = select(Case.article_id, Case.id).where(Case.article_id.in_(articles), Case.closed_at.is_(None))
    found: dict[int, list[int]] = {}
    for article_id, number in db.session.execute(about.order_by(Case.id)):
        found.setdefault(article_id, []).append(number)
    return found
