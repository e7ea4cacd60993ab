"""Cases that nobody asked for: a moderator looks at an article because something is wrong with it (DSA art. 17(3)(b))."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read
from sqlalchemy.sql.dml import ReturningInsert

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete
from tracker.domain.lifecycle import INITIATIVE_ADDRESS, INITIATIVE_REASON, Event, Source, advance
from tracker.domain.text import clean, misfit
from tracker.models import Account, Article, Case
from tracker.render.site import Site
from tracker.services import addresses, audit, cases, joining, threads


def open_case(
    site: Site, account: Account, address: str, category: CategoryName, reason: str, now: datetime, key: str
) -> Case:
    """Open a case about an article of ours, under review by `account` at once, with the reason as a note.

    The same `key` again gives the same case. Raises Incomplete for an address or a reason that will not do, Conflict
    naming the case that is open already, NotPermitted for the editor of the article.
    """
    sent = threads.case_of(key)
    if sent is not None:
        return sent
    article, said = _checked(site, address, reason, now)
    number = db.session.scalar(_new(account, article, category, now))
    if number is None:
        raise Conflict(
            N_("这篇文章在这个类别下已有案件 #%(number)s，请在那里处理。"),
            number=cases.open_about(article.id, category),
        )
    case = db.session.get_one(Case, number)
    cases.require_impartial(account, case)
    joining.start_own_clocks(site, case, now)
    threads.note(case, account, said, now, key)
    facts = {"case": case.id, "article": case.article_id, "category": category}
    audit.record(audit.actor(account), "case.own_initiative", now, **facts)
    return case


def _checked(site: Site, address: str, reason: str, now: datetime) -> tuple[Article, str]:
    problems: dict[str, DomainError] = {}
    typed = address.strip()
    named = addresses.resolve(site, typed if "/" in typed else f"{site.base_url}/articles/{typed}", now).named
    if len(named) != 1:
        problems["address"] = DomainError(INITIATIVE_ADDRESS)
    said = clean(reason)
    if wrong := misfit(said, INITIATIVE_REASON):
        problems["reason"] = wrong
    if problems:
        raise Incomplete(problems)
    return named[0].article, said


def _new(account: Account, article: Article, category: CategoryName, now: datetime) -> ReturningInsert[tuple[int]]:
    """Return what stores the case, unless one is open: of two moderators at once, one is told of the other's."""
    earlier = select(Case.id).where(Case.article_id == article.id, Case.category == category)
    before = earlier.where(Case.decided_at.is_not(None)).order_by(Case.id.desc()).limit(1)
    values = {
        "article_id": article.id,
        "predecessor_id": db.session.scalar(before),
        "source": Source.OWN_INITIATIVE,
        "category": category,
        "state": advance(None, Event.OWN_INITIATIVE),
        "is_urgent": CATEGORIES[category].is_urgent,
        "assignee_id": account.id,
        "accepted_at": now,
        "version": 1,
        "opened_at": now,
        "changed_at": now,
        "changed_by": account.name,
    }
    return insert(Case).values(values).on_conflict_do_nothing().returning(Case.id)
