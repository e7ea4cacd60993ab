"""The addresses at which articles stood before their files got another slug: they still name them."""

from collections.abc import Collection, Iterable

from sqlalchemy import ScalarSelect, bindparam, func, select

from tracker.db import db
from tracker.domain import notices
from tracker.models import Article, FormerAddress


def number_of(slug: str) -> ScalarSelect[int]:
    """Return, as part of a statement, the number of the article that a slug names: its own, or one that it had."""
    own = select(Article.id).where(Article.slug == slug).scalar_subquery()
    former = select(FormerAddress.article_id).where(FormerAddress.slug == slug).scalar_subquery()
    return select(func.coalesce(own, former)).scalar_subquery()


def named(slugs: Collection[str]) -> dict[str, Article]:
    """Return the articles that these slugs name, by the slug."""
    if not slugs:
        return {}
    found = {article.slug: article for article in db.session.scalars(_OWN, {"slugs": slugs})}
    if missing := [slug for slug in slugs if slug not in found]:
        found |= dict(db.session.execute(_FORMER, {"slugs": missing}).all())
    return found


_SLUGS = bindparam("slugs", type_=Article.slug.type, expanding=True)
_OWN = select(Article).where(Article.slug.in_(_SLUGS))
_FORMER = select(FormerAddress.slug, Article).where(
    Article.id == FormerAddress.article_id, FormerAddress.slug.in_(_SLUGS)
)


def slugs(articles: Iterable[Article]) -> set[str]:
    """Return every slug that these articles have or had."""
    own = {article.id: article.slug for article in articles}
    had = select(FormerAddress.slug).where(FormerAddress.article_id.in_(own))
    return {*own.values(), *db.session.scalars(had)}


def left_out(answer: str, articles: Collection[Article], base_url: str) -> list[str]:
    """Return the addresses in a cleaned answer that name none of these articles; what they were called is asked if any does."""
    left = notices.left_out(answer, {article.slug for article in articles}, base_url)
    return notices.left_out(answer, slugs(articles), base_url) if left else []
