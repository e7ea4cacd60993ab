"""Words that a measure keeps from readers do not come back under another address."""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from tracker import content
from tracker.content import Source
from tracker.db import db
from tracker.domain.copies import is_again, sentences
from tracker.domain.errors import N_, BadContent
from tracker.domain.visibility import RESTRICTS
from tracker.models import Article, Measure, Revision
from tracker.render.visible import stands


class Returning(BadContent):
    """A file with the words of another article that a measure restricts; it may be that article's own, under another name."""


def refuse(source: Source, article: Article | None, now: datetime, names: Collection[str]) -> None:
    """Raise Returning for a file with the same words, and for one at a new address that is that article again.

    Less makes that out when that article has no file any more, as when a file is given another slug and corrected at the
    same time. `names` are the slugs of the files there are.
    """
    restricts = (Measure.kind.in_(RESTRICTS), stands(now), Measure.article_id != (article.id if article else 0))
    same = select(Measure.case_id).join(Revision, Revision.article_id == Measure.article_id)
    held = db.session.scalar(same.where(*restricts, Revision.text_sha256 == source.text_sha256).limit(1))
    if held is not None:
        raise Returning(
            N_("正文与案件%(case)s中已停止展示或遮盖、更正的文章相同，不能换名再发。请先处理该案件。"), case=held
        )
    if article is not None and article.file_gone_at is None:
        return
    others = select(Measure.case_id, Article.slug, Article.file_gone_at, Article.revision_id)
    others = others.join(Article, Article.id == Measure.article_id).where(
        *restricts, Article.language == source.language
    )
    mine = _sentences(source.content)
    for case, slug, gone_at, revision in db.session.execute(others.order_by(Measure.id)):
        is_gone = gone_at is not None or (bool(names) and slug not in names)
        if is_again(_sentences(db.session.get_one(Revision, revision).source), mine, is_gone=is_gone):
            raise Returning(
                N_(
                    "正文多半是案件%(case)s中已停止展示或遮盖、更正的文章“%(slug)s”。"
                    "是同一篇的，请用回slug“%(slug)s”；要换地址再发，请先处理该案件。"
                ),
                case=case,
                slug=slug,
            )


@lru_cache(maxsize=1024)
def _sentences(source: bytes) -> frozenset[str]:
    return sentences(content.text_of(source))
