"""What is on record: every mail with why it stands where it does, and the trail, both to be searched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import product
from typing import NamedTuple, TypeVarTuple

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select

from tracker.db import db
from tracker.domain.calendars import end_of, instant
from tracker.domain.receipts import reference
from tracker.domain.text import clean_line, number
from tracker.domain.text import mailbox as box
from tracker.models import AuditEntry, Case, Mail, Mailbox, MailState, Notice, Verification
from tracker.models.mail import FAILED, WAITING
from tracker.queries.desk import PER_PAGE, Rows
from tracker.queries.trail_words import codes, mentions
from tracker.render.site import Site

T = TypeVarTuple("T")

TROUBLED = (MailState.QUEUED, MailState.HELD, MailState.BOUNCED, MailState.GIVEN_UP)
"""The states that are counted: the rest is history."""

SCANNED = 20_000
"""A search for words reads this many rows for one page; the next page goes on from there."""


class Searched(NamedTuple):
    """A page of rows; `next` is where the next page begins, `reached` how far a search for words has looked."""

    rows: list[AuditEntry]
    next: int | None
    is_partial: bool


def mails(state: MailState | None, words: str, before: int | None) -> Rows[Mail]:
    """Return the mails in a state, or all, that fit what was typed: an address, a reference, a #case; newest first."""
    wanted = select(Mail)
    if state:
        wanted = wanted.where(Mail.state == state)
    typed = clean_line(words)
    if typed:
        wanted = wanted.where(_about(typed))
    limited = wanted.order_by(Mail.id.desc()).limit(PER_PAGE + 1)
    found = list(db.session.scalars(limited if before is None else limited.where(Mail.id < before)))
    return Rows(found[:PER_PAGE], found[PER_PAGE - 1].id if len(found) > PER_PAGE else None)


def _about(typed: str) -> ColumnElement[bool]:
    """Return what a search for mails means; each way has an index, but for words, which look at the newest only."""
    if typed.startswith("#") and (case := number(typed.removeprefix("#"))):
        return Mail.case_id == case
    if found := reference(typed):
        return Mail.notice_id.in_(select(Notice.id).where(Notice.reference == found))
    if "@" in typed.strip("@"):
        return Mail.mailbox == box(typed)
    newest = select(func.max(Mail.id)).scalar_subquery() - SCANNED
    words = f"%{_escaped(typed)}%"
    return (Mail.id > newest) & or_(Mail.recipient.ilike(words, escape="\\"), Mail.subject.ilike(words, escape="\\"))


def _escaped(typed: str) -> str:
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def numbers() -> dict[MailState, int]:
    """Return how many mails stand in each state that asks for attention."""
    counted = select(Mail.state, func.count()).group_by(Mail.state)
    found = {row[0]: row[1] for which in (WAITING, FAILED) for row in db.session.execute(counted.where(which))}
    return {state: found.get(state, 0) for state in TROUBLED}


def references(mails: list[Mail]) -> dict[int, str]:
    """Return the reference of the notice of each mail, by the number of the notice."""
    numbers = {mail.notice_id for mail in mails if mail.notice_id}
    return {
        row[0]: row[1] for row in db.session.execute(select(Notice.id, Notice.reference).where(Notice.id.in_(numbers)))
    }


def earlier(mail: Mail, since: datetime) -> list[Mail]:
    """Return what the mailbox of a held mail got lately: the reason why it waits."""
    same = select(Mail).where(Mail.mailbox == mail.mailbox, Mail.id != mail.id, Mail.sent_at > since)
    return list(db.session.scalars(same.order_by(Mail.sent_at.desc()).limit(10)))


def is_confirmed(mail: Mail) -> bool:
    """Say whether the owner of a mailbox ever opened what only a mail could show."""
    return db.session.get(Mailbox, mail.mailbox) is not None


@dataclass(frozen=True)
class Search:
    """What is looked for in the trail; empty words mean anything."""

    kind: str = ""
    actor: str = ""
    case: int | None = None
    since: date | None = None
    until: date | None = None
    facts: str = ""

    def as_query(self) -> dict[str, str]:
        """Return this as the query of an address, empty words left out."""
        said = {"kind": self.kind, "actor": self.actor, "case": self.case, "since": self.since, "until": self.until}
        return {name: str(value) for name, value in (said | {"facts": self.facts}).items() if value}


def entries(site: Site, search: Search, before: int | None) -> Searched:
    """Return the entries that fit, newest first; words in the facts are looked for in `SCANNED` entries a page."""
    wanted = _narrowed(site, select(AuditEntry), search)
    if before is not None:
        wanted = wanted.where(AuditEntry.seq < before)
    if not search.facts:
        found = list(db.session.scalars(wanted.order_by(AuditEntry.seq.desc()).limit(PER_PAGE + 1)))
        return Searched(found[:PER_PAGE], found[PER_PAGE - 1].seq if len(found) > PER_PAGE else None, False)
    top = db.session.scalar(_narrowed(site, select(func.max(AuditEntry.seq)), search)) or 0
    reach = (min(before, top + 1) if before is not None else top + 1) - SCANNED
    typed, held = clean_line(search.facts), cast(AuditEntry.facts, String)
    shown = [held.like(f'%"{_escaped(code)}"%', escape="\\") for code in codes(typed)]
    fits = or_(held.ilike(f"%{_escaped(typed)}%", escape="\\"), AuditEntry.hash == typed, *shown, *_about_named(typed))
    looked = wanted.where(AuditEntry.seq >= reach, fits).order_by(AuditEntry.seq.desc()).limit(PER_PAGE + 1)
    found = list(db.session.scalars(looked))
    if len(found) > PER_PAGE:
        return Searched(found[:PER_PAGE], found[PER_PAGE - 1].seq, False)
    return Searched(found, reach if reach > 1 else None, reach > 1)


def _about_named(typed: str) -> Iterator[ColumnElement[bool]]:
    """Yield what the entries about somebody or an article of this name look like, and those of the article's cases."""
    if len(typed) < 2:
        return
    found = mentions(f"%{_escaped(typed)}%")
    for fact, numbers in found.items():
        opening, ends = ("[", ",]") if fact == "articles" else ("", ",}")  # of several the first
        for each, end in product(numbers, ends):
            yield cast(AuditEntry.facts, String).contains(f'"{fact}": {opening}{each}{end}', autoescape=True)
    if found["article"]:
        yield AuditEntry.case_id.in_(select(Case.id).where(Case.article_id.in_(found["article"])))


def _narrowed(site: Site, wanted: Select[*T], search: Search) -> Select[*T]:
    if search.kind:
        wanted = wanted.where(AuditEntry.kind == search.kind)
    if search.actor:
        wanted = wanted.where(AuditEntry.actor == search.actor)
    if search.case is not None:
        wanted = wanted.where(AuditEntry.case_id == search.case)
    if search.since:
        wanted = wanted.where(AuditEntry.at >= instant(search.since, time(), site.zone))
    if search.until:
        wanted = wanted.where(AuditEntry.at < end_of(search.until, site.zone))
    return wanted


def verifications() -> list[Verification]:
    """Return the newest checks of the trail, the one under way among them."""
    return list(db.session.scalars(select(Verification).order_by(Verification.id.desc()).limit(5)))


_OF_SITE = frozenset({"settings", "switch", "clause", "canned", "weights", "routes", "audit", "article", "mail"})


def by_subject(kinds: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return the kinds of the trail with their words, by what they are about."""
    found: dict[str, list[tuple[str, str]]] = {"案件": [], "账号": [], "网站": []}
    for kind, words in by_name(kinds):
        subject = kind.split(".")[0]
        found["账号" if subject == "account" else "网站" if subject in _OF_SITE else "案件"].append((kind, words))
    return found


def by_name(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return codes with their words, in the order of the words."""
    return sorted(names.items(), key=lambda pair: pair[1])
