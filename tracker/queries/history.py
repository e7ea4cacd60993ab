"""What there was before about an article, about whoever complains, and about whoever published it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.decisions import MEASURES, OUTCOME_LABELS, Outcome
from tracker.domain.lifecycle import ENDING_LABELS, Ending
from tracker.models import Account, Article, Case, Item, Measure, Notice, Revision
from tracker.queries import concerns
from tracker.render.site import Site

MOST = 500
"""How many of the newest are counted: enough to know somebody by, and as quick for one who sends thousands."""

LISTED = 5


@dataclass(frozen=True)
class Record:
    """What became of somebody's notices, or of the cases about somebody's articles."""

    name: str  # masked: whose it is can be told from another's, not read
    counts: list[tuple[str, int]]  # outcome in words and how many, the most frequent first
    total: int
    supported: int  # ended with a measure
    is_capped: bool
    last: list[Case]

    @property
    def rate(self) -> int | None:
        """Return how many of a hundred decided ones ended with a measure, or None when too few were decided to say."""
        decided = sum(number for words, number in self.counts if words in _DECIDED)
        return round(100 * self.supported / decided) if decided >= 3 else None


@dataclass(frozen=True)
class ArticleHistory:
    """The life of an article: its revisions, the cases about it, what was done to it."""

    revisions: list[Revision]
    cases: list[Case]
    measures: list[Measure]


@dataclass(frozen=True)
class Dates:
    """When a work appeared, as its claimant says, and when we first had the article, with the days between."""

    claimed: date
    ours: date
    days: int  # positive: the work was there before


_WAITING = "还没有决定"
_DECIDED = frozenset(OUTCOME_LABELS.values())


def of_article(case: Case) -> ArticleHistory:
    """Return what is known of the article of a case, the newest first, the case itself left out."""
    article = case.article
    revisions = select(Revision).where(Revision.article_id == article.id).order_by(Revision.first_seen_at.desc())
    cases = select(Case).where(Case.article_id == article.id, Case.id != case.id).order_by(Case.id.desc())
    measures = select(Measure).where(Measure.article_id == article.id).order_by(Measure.starts_at.desc(), Measure.id)
    return ArticleHistory(
        list(db.session.scalars(revisions.limit(LISTED * 2))),
        list(db.session.scalars(cases.limit(LISTED * 2))),
        list(db.session.scalars(measures.limit(LISTED * 2))),
    )


def of_notifiers(account: Account, case: Case, items: Iterable[Item]) -> dict[int, Record | None]:
    """Return the record of each notifier of some items of a case, by item; no case that `account` keeps out of is named."""
    records = {item.id: of_notifier(case, item) for item in items}
    hidden = concerns.kept_from(account, {other.id for record in records.values() if record for other in record.last})
    return {
        item: replace(record, last=[other for other in record.last if other.id not in hidden]) if record else None
        for item, record in records.items()
    }


def of_notifier(case: Case, item: Item) -> Record | None:
    """Return what became of the other notices from the same mailbox, or None when there is no mailbox or no other."""
    if not item.mailbox:
        return None
    newest = select(Notice.id).where(Notice.mailbox == item.mailbox, Notice.id != item.notice_id)
    notices = newest.order_by(Notice.id.desc()).limit(MOST).scalar_subquery()
    rows = db.session.execute(
        select(Item.case_id, Item.ended, Case.outcome)
        .join(Case, Case.id == Item.case_id)
        .where(Item.notice_id.in_(notices), Item.case_id != case.id)
        .order_by(Item.id.desc())
        .limit(MOST)
    ).all()
    return _record(masked(item.mailbox), [(row[0], row[2], row[1]) for row in rows])


def named_beside(items: Iterable[Item]) -> dict[int, int]:
    """Return how many cases the notices of some items are about, by notice; in one question however many they are."""
    notices = {item.notice_id for item in items}
    counted = select(Item.notice_id, func.count(Item.case_id.distinct())).where(Item.notice_id.in_(notices))
    return {row[0]: row[1] for row in db.session.execute(counted.group_by(Item.notice_id))}


def of_publisher(case: Case) -> Record | None:
    """Return what became of the cases about other articles of the same publisher, and this one's; None without any."""
    address = case.article.publisher_email
    if not address:
        return None
    return _record(masked(address), _cases(Article.publisher_email == address, case.id))


def _cases(whose: ColumnElement[bool], but: int) -> list[tuple[int, Outcome | None, Ending | None]]:
    found = select(Case.id, Case.outcome).join(Article, Article.id == Case.article_id)
    rows = db.session.execute(found.where(whose, Case.id != but).order_by(Case.id.desc()).limit(MOST))
    return [(number, outcome, None) for number, outcome in rows]


def _record(name: str, rows: list[tuple[int, Outcome | None, Ending | None]]) -> Record | None:
    if not rows:
        return None
    counted = Counter(_became(outcome, ended) for _, outcome, ended in rows)
    supported = sum(outcome in MEASURES for _, outcome, ended in rows if ended is None)
    numbers = list(dict.fromkeys(number for number, _, _ in rows))[:LISTED]
    return Record(name, counted.most_common(), len(rows), supported, len(rows) == MOST, _loaded(numbers))


def _became(outcome: Outcome | None, ended: Ending | None) -> str:
    if ended is not None:
        return ENDING_LABELS[ended]
    return OUTCOME_LABELS[outcome] if outcome else _WAITING


def _loaded(numbers: Iterable[int]) -> list[Case]:
    found = select(Case).where(Case.id.in_(list(numbers))).options(joinedload(Case.article)).order_by(Case.id.desc())
    return list(db.session.scalars(found))


def masked(address: str) -> str:
    """Return an e-mail address of which the first character and the host can be read."""
    local, _, host = address.partition("@")
    return f"{local[:1]}***@{host}"


def dates(site: Site, case: Case) -> dict[int, Dates | None]:
    """Return by item the date that its notifier claims for the work beside the one on which we first had the article."""
    claimed = {item.id: _claimed(item.notice) for item in case.items}
    if not any(claimed.values()):
        return dict.fromkeys(claimed)
    ours = _first_here(site, case)
    return {item: Dates(day, ours, (ours - day).days) if day else None for item, day in claimed.items()}


def _claimed(notice: Notice) -> date | None:
    try:
        return date.fromisoformat(notice.answers.get("work_published_on", ""))
    except ValueError:
        return None


def _first_here(site: Site, case: Case) -> date:
    """Return the day on which a file of the article first came, or the day it gives itself when that is earlier."""
    first = select(Revision.first_seen_at).where(Revision.article_id == case.article_id)
    seen: datetime | None = db.session.scalar(first.order_by(Revision.first_seen_at).limit(1))
    return min([case.article.published_on, *([site.local(seen).date()] if seen else [])])
