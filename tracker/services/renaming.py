"""An article whose file gets another slug is the same article at another address: what hangs on it goes along."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from tracker import content
from tracker.content import Source
from tracker.db import db
from tracker.domain.copies import is_again, sentences
from tracker.domain.errors import N_, BadContent
from tracker.models import Article, FormerAddress, Revision
from tracker.services import audit

_UNSURE = N_(
    "正文与文章“%(slug)s”相同，多半是它换了slug；有文件没有通过，还不能确定它自己的文件是否还在。请先改好那些文件。"
)


class _Known(NamedTuple):
    """An article at whose slug there is no file any more, or was none before."""

    slug: str
    file: str | None
    text_sha256: str
    revision_id: int


class Unsure(BadContent):
    """A file that may be an article under another slug, while files were refused that may be that article's own."""


class Moves(NamedTuple):
    """By the new slugs of articles, the old ones: of those that have certainly moved, and of those that may have."""

    sure: dict[str, str]
    unsure: dict[str, str]

    def of(self, slug: str) -> str | None:
        """Return where the article of a new slug stood, or None for a new one; raise Unsure where nobody can say yet."""
        if slug in self.unsure:
            raise Unsure(_UNSURE, slug=self.unsure[slug])
        return self.sure.get(slug)


def found(sources: Collection[Source], names: Mapping[str, str], *, is_whole: bool) -> Moves:
    """Return which of these files are articles that stood at another address, where there is no file any more.

    Those are in the file in which the article stood, with half of its sentences at least, or have its very words. What could
    be two articles is none. `names` are all files by their slugs; `is_whole`: none was refused.
    """
    known = {row.slug: _Known(*row) for row in db.session.execute(_EVERY)} if sources else {}
    fresh = [source for source in sources if source.slug not in known]
    homeless = [article for article in known.values() if article.slug not in names]
    sure = _paired(
        (article, source)
        for article in homeless
        for source in fresh
        if article.file == called(names[source.slug]) and _is_same(article, source)
    )
    alike = _paired(
        (article, source)
        for article in homeless
        for source in fresh
        if article.text_sha256 == source.text_sha256 and article.slug not in sure.values() and source.slug not in sure
    )
    return Moves(sure | alike, {}) if is_whole else Moves(sure, alike)


_EVERY = select(Article.slug, Article.file, Revision.text_sha256, Revision.id).join(
    Revision, Revision.id == Article.revision_id
)


def _paired(pairs: Iterable[tuple[_Known, Source]]) -> dict[str, str]:
    """Return the old slugs by the new ones where neither could be another's."""
    listed = [(article.slug, source.slug) for article, source in pairs]
    old, new = Counter(each for each, _ in listed), Counter(each for _, each in listed)
    return {after: before for before, after in listed if old[before] == new[after] == 1}


def _is_same(article: _Known, source: Source) -> bool:
    if article.text_sha256 == source.text_sha256:
        return True
    before = db.session.get_one(Revision, article.revision_id).source
    return is_again(sentences(content.text_of(before)), sentences(content.text_of(source.content)), is_gone=True)


def leave(article: Article, slug: str, now: datetime) -> None:
    """Let an article have another slug; the one it had goes on naming it."""
    audit.record(audit.SYSTEM, "article.moved", now, article=article.id, former=article.slug, slug=slug)
    db.session.add(FormerAddress(slug=article.slug, article_id=article.id, left_at=now))
    db.session.flush()


def take(slug: str) -> None:
    """Let a slug name the article that has it now, and none that had it before."""
    db.session.execute(delete(FormerAddress).where(FormerAddress.slug == slug))


def unnoted(names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the articles of whose files we do not know yet what they are called, with that, as `note` takes them.

    In the order in which all who write several articles take them: nobody waits for each other.
    """
    known = select(Article.id, Article.slug, Article.file).where(Article.file_gone_at.is_(None))
    rows = [row for row in db.session.execute(known.order_by(Article.id)) if row.slug in names]
    return [{"id": row.id, "file": file} for row in rows if (file := called(names[row.slug])) != row.file]


def note(files: Sequence[Mapping[str, Any]]) -> None:
    """Remember in which files articles stand."""
    db.session.execute(update(Article), files)


def called(name: str) -> str:
    """Return the name of a file as it can be stored, whatever its bytes are."""
    return name.encode(errors="backslashreplace").decode()
