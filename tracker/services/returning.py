"""Words that a measure keeps from readers do not come back under another address."""

import re
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from tracker import content
from tracker.content import Source
from tracker.db import db
from tracker.domain.errors import N_, BadContent
from tracker.domain.text import comparable
from tracker.domain.visibility import RESTRICTS
from tracker.models import Article, Measure, Revision
from tracker.render.visible import stands

_GONE, _THERE = 0.5, 0.9
"""Which part of its sentences makes an article out: one whose file is gone, and one that has it still. Announcements of two
weeks may share most of theirs."""

_SHORTEST = 8
"""Characters of a sentence that counts: shorter ones stand in articles that have nothing to do with each other."""

_END = re.compile(r"[。！？；!?;\n]+|\.\s")


class Returning(BadContent):
    """A file with the words of another article that a measure restricts; it may be that article's own, under another name."""


def refuse(source: Source, article: Article | None, now: datetime, names: Collection[str]) -> None:
    """Raise Returning for a file with the same words; and for one at a new address with most of the sentences.

    Half of them are enough when that article has no file any more, as when a file is given another slug and corrected at the
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
        needed = _GONE if gone_at or (names and slug not in names) else _THERE
        theirs = _sentences(db.session.get_one(Revision, revision).source)
        if theirs and len(theirs & mine) >= needed * len(theirs):
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
    found = map(comparable, _END.split(content.text_of(source)))
    return frozenset(sentence for sentence in found if len(sentence) >= _SHORTEST)
