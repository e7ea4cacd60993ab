"""Which articles the addresses in a notice name, and what readers can see of them."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from tracker import content
from tracker.db import db
from tracker.domain.categories import Category, CategoryName
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import addresses, slug_of
from tracker.domain.passages import around, locate
from tracker.models import Article, Case, Measure
from tracker.render.script import simplified
from tracker.render.site import Site
from tracker.render.visible import Seen, hides, seen


@dataclass(frozen=True)
class Named:
    """An article that a notice names, with the address as it was typed."""

    article: Article
    address: str
    line: int
    withheld_for: frozenset[CategoryName]
    seen: Seen

    @property
    def is_readable(self) -> bool:
        """Say whether readers may see the article now."""
        return not self.withheld_for

    def quotes(self, passage: str) -> bool:
        """Say whether `passage` stands in the article as it is now; what is withheld of it does not."""
        return self.found(passage) != ""

    def found(self, passage: str) -> str:
        """Return `passage` in the script in which it stands in the article as it is now, or nothing."""
        text = self.seen.body(self.article).text if self.seen.edits else _text(self.article.revision.source)
        return next((words for words in (passage, simplified(passage)) if locate(words, text)), "")

    @property
    def title(self) -> str:
        """Return the title as readers may see it."""
        return self.seen.title

    def around(self, passage: str) -> tuple[str, str]:
        """Return what stands before and after `passage` in the article as it is now, nothing when it is not there."""
        return around(passage, _text(self.article.revision.source)) if passage else ("", "")


@dataclass(frozen=True)
class Earlier:
    """What others have said before about the same article and category: a case that is open, the last decision."""

    is_open: bool = False
    decided_at: datetime | None = None
    outcome: str = ""


@lru_cache(maxsize=32)
def _text(source: bytes) -> str:
    return content.text_of(source)


def resolve(site: Site, answer: str, now: datetime) -> tuple[list[Named], dict[str, DomainError]]:
    """Return the articles that the typed addresses name, each once, and what is wrong with the answer."""
    typed = addresses(answer)
    slugs = [slug_of(address, site.base_url) for _, address in typed]
    known = _articles([slug for slug in slugs if slug], now)
    shown = seen(site, [article for article, _ in known.values()], now)
    unknown: list[int] = []
    named: dict[int, Named] = {}
    for (line, address), slug in zip(typed, slugs, strict=True):
        found = known.get(slug or "")
        if found is None:
            unknown.append(line)
        else:
            named.setdefault(found[0].id, Named(found[0], address, line, found[1], shown[found[0].id]))
    return list(named.values()), _address_problems(unknown)


def earlier(category: Category, named: list[Named]) -> dict[int, Earlier]:
    """Return by article what there was before about the same category, for those about which there was something."""
    found: dict[int, Earlier] = {}
    same = select(Case).where(Case.category == category.name, Case.article_id.in_([name.article.id for name in named]))
    for case in db.session.scalars(same.order_by(Case.id)):
        before = found.get(case.article_id, Earlier())
        if case.decided_at is not None:
            outcome = OUTCOME_LABELS[case.outcome] if case.outcome else ""
            found[case.article_id] = replace(before, decided_at=case.decided_at, outcome=outcome)
        elif case.closed_at is None:
            found[case.article_id] = replace(before, is_open=True)
    return found


def _address_problems(unknown: list[int]) -> dict[str, DomainError]:
    if not unknown:
        return {}
    message = N_(
        "第%(lines)s行不是本站文章的地址。请打开那篇文章，复制浏览器地址栏里的网址，每行一个。其他网站的文章我们无权处理。"
    )
    return {"addresses": DomainError(message, lines=_listed(unknown))}


def _listed(lines: list[int]) -> str:
    return ", ".join(str(line) for line in dict.fromkeys(lines))


def _articles(slugs: list[str], now: datetime) -> dict[str, tuple[Article, frozenset[CategoryName]]]:
    """Return the articles that are on the site, withheld ones too, each with the categories it is withheld for."""
    articles = list(db.session.scalars(select(Article).where(Article.slug.in_(slugs))))
    standing = select(Measure.article_id, Case.category).join(Case, Case.id == Measure.case_id).where(hides(now))
    withheld: dict[int, set[CategoryName]] = {article.id: set() for article in articles}
    for article_id, category in db.session.execute(standing.where(Measure.article_id.in_(withheld))):
        withheld[article_id].add(category)
    return {
        article.slug: (article, frozenset(withheld[article.id]))
        for article in articles
        if article.file_gone_at is None and article.revision_id is not None
    }
