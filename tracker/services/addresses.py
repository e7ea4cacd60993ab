"""Which articles the addresses in a notice name, and what readers can see of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import bindparam, select

from tracker import content
from tracker.db import ask, db
from tracker.domain.categories import Category, CategoryName
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.elements import MAX_ADDRESSES
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import addresses, is_on, slug_of
from tracker.domain.passages import around, locate
from tracker.domain.quotes import Quote
from tracker.models import Article, Case, Measure
from tracker.render import former
from tracker.render.script import simplified
from tracker.render.site import Site
from tracker.render.visible import Seen, hiding, in_force, left


@dataclass(frozen=True)
class Look:
    """What readers see of some articles: asked for all of them together, once anybody wants to know it of one."""

    site: Site
    articles: list[Article]
    now: datetime

    @cached_property
    def measures(self) -> dict[int, list[Measure]]:
        """Return the measures in force on each article, by its number."""
        return in_force(self.articles, self.now)

    @cached_property
    def withheld(self) -> dict[int, frozenset[CategoryName]]:
        """Return the categories for which each article is kept from readers as a whole, by its number."""
        hidden = {number: hiding(found) for number, found in self.measures.items()}
        cases = list({measure.case_id for found in hidden.values() for measure in found})
        categories = {row.id: row.category for row in ask(_CATEGORIES, {"cases": cases})} if cases else {}
        return {number: frozenset(categories[each.case_id] for each in found) for number, found in hidden.items()}


_CATEGORIES = select(Case.id, Case.category).where(Case.id.in_(bindparam("cases", expanding=True)))


@dataclass(frozen=True)
class Named:
    """An article that a notice names, with the address as it was typed."""

    article: Article
    address: str
    line: int
    look: Look

    @property
    def withheld_for(self) -> frozenset[CategoryName]:
        """Return the categories for which the article is kept from readers as a whole."""
        return self.look.withheld[self.article.id]

    @cached_property
    def seen(self) -> Seen:
        """Return the article as readers may see it."""
        return left(self.look.site, self.article, self.look.measures[self.article.id], self.look.now)

    @property
    def is_readable(self) -> bool:
        """Say whether readers may see the article now."""
        return not self.withheld_for

    def quotes(self, quote: Quote) -> bool:
        """Say whether a passage stands in the article as it is now; what is withheld of it does not."""
        return self.found(quote) is not None

    def found(self, quote: Quote) -> Quote | None:
        """Return a passage in the script in which it stands in the article as it is now, or None."""
        text = self.seen.body(self.article).text if self.seen.edits else content.text_of(self.article.revision.source)
        both = (quote, Quote(*(simplified(words) for words in quote)))
        return next((each for each in both if locate(each.exact, text)), None)

    @property
    def title(self) -> str:
        """Return the title as readers may see it."""
        return self.seen.title

    def around(self, passage: str) -> tuple[str, str]:
        """Return what stands before and after `passage` in the article as it is now, nothing when it is not there."""
        return around(passage, content.text_of(self.article.revision.source)) if passage else ("", "")


class Fate(StrEnum):
    """What became of an address that was typed."""

    FOUND = "found"
    SAME = "same"  # an earlier line names the same article
    GONE = "gone"  # its publisher took the article off
    UNKNOWN = "unknown"  # on this site, but no article
    ELSEWHERE = "elsewhere"  # not on this site


class Line(NamedTuple):
    """An address as it was typed, with the number of its line; `same_as` is the line that names the same article."""

    number: int
    address: str
    fate: Fate
    same_as: int = 0

    @property
    def is_bad(self) -> bool:
        """Say whether there is nothing here that a notice could be about."""
        return self.fate in {Fate.GONE, Fate.UNKNOWN, Fate.ELSEWHERE}


@dataclass(frozen=True)
class Resolved:
    """What typed addresses name: the articles, each once, and what became of each address."""

    named: list[Named]
    lines: list[Line]

    @property
    def bad(self) -> list[Line]:
        """Return the addresses that name no article of this site."""
        return [line for line in self.lines if line.is_bad]


@dataclass(frozen=True)
class Earlier:
    """What others have said before about the same article and category: a case that is open, the last decision."""

    is_open: bool = False
    decided_at: datetime | None = None
    outcome: str = ""


def resolve(site: Site, answer: str, now: datetime) -> Resolved:
    """Return the articles that the typed addresses name, each once, and what became of each line."""
    typed = addresses(answer)
    slugs = [slug_of(address, site.base_url) for _, address in typed]
    were = former.named([slug for slug in slugs if slug])
    known = {slug: article for slug, article in were.items() if _is_published(article)}
    look = Look(site, list(known.values()), now)
    lines: list[Line] = []
    named: dict[int, Named] = {}
    for (number, address), slug in zip(typed, slugs, strict=True):
        found = known.get(slug or "")
        if found is None:
            is_here = slug is not None or is_on(address, site.base_url)
            is_gone = slug in were and were[slug].file_gone_at is not None
            missing = Fate.GONE if is_gone else Fate.UNKNOWN
            lines.append(Line(number, address, missing if is_here else Fate.ELSEWHERE))
        elif found.id in named:
            lines.append(Line(number, address, Fate.SAME, named[found.id].line))
        else:
            named[found.id] = Named(found, address, number, look)
            lines.append(Line(number, address, Fate.FOUND))
    return Resolved(list(named.values()), lines)


def problem(resolved: Resolved) -> DomainError | None:
    """Return why a notice cannot be about these addresses at all: none is an article of ours, or too many are."""
    number = len(resolved.named)
    if not number:
        return left_out(resolved)
    if number > MAX_ADDRESSES:
        message = N_("一份通知最多%(most)s篇文章，现在是%(number)s篇。请分成几份通知提交。")
        return DomainError(message, most=MAX_ADDRESSES, number=number)
    return None


def left_out(resolved: Resolved) -> DomainError | None:
    """Return which lines name no article of ours, or None when all do."""
    if not resolved.bad:
        return None
    lines = _listed([line.number for line in resolved.bad])
    if all(line.fate is Fate.GONE for line in resolved.bad):
        return DomainError(
            N_("第%(lines)s行的文章已由发布者撤下，读者看不到了。请删去这些地址；还有别的事，请写信给我们。"),
            lines=lines,
        )
    if resolved.named:
        return DomainError(
            N_("第%(lines)s行不是本站文章的地址。要就其余的文章提交，请勾选不管它们；要改正，请回去修改地址。"),
            lines=lines,
        )
    message = N_(
        "第%(lines)s行不是本站文章的地址。请打开那篇文章，复制浏览器地址栏里的网址，每行一个。其他网站的文章我们无权处理。"
    )
    return DomainError(message, lines=lines)


def earlier(category: Category, articles: Iterable[int]) -> dict[int, Earlier]:
    """Return by article what there was before about the same category, for those about which there was something.

    Nothing in the lanes in which that there was a notice is itself nobody's business.
    """
    found: dict[int, Earlier] = {}
    if category.is_discreet:
        return found
    same = select(Case).where(Case.category == category.name, Case.article_id.in_(list(articles)))
    for case in db.session.scalars(same.order_by(Case.id)):
        before = found.get(case.article_id, Earlier())
        if case.decided_at is not None:
            outcome = OUTCOME_LABELS[case.outcome] if case.outcome else ""
            found[case.article_id] = replace(before, decided_at=case.decided_at, outcome=outcome)
        elif case.closed_at is None:
            found[case.article_id] = replace(before, is_open=True)
    return found


def _listed(lines: list[int]) -> str:
    return ", ".join(str(line) for line in dict.fromkeys(lines))


def _is_published(article: Article) -> bool:
    return article.file_gone_at is None and article.revision_id is not None
