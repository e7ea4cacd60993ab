"""The article as a notice found it beside the article now: what differs, and since when a disputed passage does."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from tracker.content import text_of
from tracker.db import db
from tracker.domain.difference import Passage, compare
from tracker.domain.passages import locate
from tracker.models import Article, Case, Item, Revision


@dataclass(frozen=True)
class Gone:
    """The disputed passages of an item, which stood in the article as noticed and do not any more; `at` None: not known since when."""

    item: Item
    at: datetime | None


@dataclass(frozen=True)
class Comparison:
    """Two revisions of an article side by side."""

    then: Revision
    now: Revision
    changes: tuple[Passage, ...]
    gone: list[Gone]
    is_remedied: bool  # every passage that anybody still complains of is gone


@lru_cache(maxsize=64)
def _changes(then: bytes, now: bytes) -> tuple[Passage, ...]:
    return compare(text_of(then), text_of(now))


def comparison(case: Case, then: Revision) -> Comparison | None:
    """Return what changed since `then` was seen by a notifier, or None when it is what readers have now."""
    article = case.article
    if article.revision_id == then.id or article.revision is None:
        return None
    items = [item for item in case.items if item.ended is None]
    gone = [found for item in items if (found := _gone(article, item)) is not None]
    is_remedied = bool(items) and len(gone) == len(items)
    return Comparison(then, article.revision, _changes(then.source, article.revision.source), gone, is_remedied)


def standing(item: Item, text: str) -> list[str]:
    """Return the passages of an item that stand in a text; a notice may quote several."""
    return [quote["exact"] for quote in item.quotes or () if locate(quote["exact"], text)]


def _gone(article: Article, item: Item) -> Gone | None:
    """Return since when no passage of an item stands there any more, if any did."""
    if not standing(item, text_of(item.revision.source)) or standing(item, text_of(article.revision.source)):
        return None
    later = select(Revision).where(
        Revision.article_id == article.id, Revision.first_seen_at > item.revision.first_seen_at
    )
    rows = list(db.session.scalars(later.order_by(Revision.first_seen_at.desc()).limit(_LOOKED_AT)))
    since = None
    for revision in rows:  # backwards from now, as long as none is there
        if standing(item, text_of(revision.source)):
            break
        since = revision.first_seen_at
    return Gone(item, since)


_LOOKED_AT = 30
