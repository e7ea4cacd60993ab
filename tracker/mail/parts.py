"""The parts of mails: recorded facts in the form a template takes, and which secret and thread a mail has."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from tracker.db import ask, db, one_of
from tracker.domain.clocks import ClockKind, rule_of
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.lifecycle import ItemState
from tracker.domain.reasons import own_words, told
from tracker.domain.redress import is_against, may_appeal
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.regimes import COUNTER, REVIEWS, RegimeName, Side, redress
from tracker.domain.visibility import HIDES, Terms
from tracker.models import Appeal, Article, Case, Clock, Decision, Item, Mail, MailState, Measure, Notice
from tracker.queries.redress import ways
from tracker.render.lists import path_of
from tracker.render.site import LOCALES, PREFIXES, Site, in_script
from tracker.render.visible import NOW, in_force, is_kept_back, is_visible, left

OWN = next(iter(PREFIXES))
"""The site's own language."""

PUBLISHER_FIRST = ("forwarded", "letter", "statement", "order_executed")
"""The mails with which the thread of a publisher on a case may begin."""


TO_PUBLISHER = "publisher"
"""The purpose of the secret in every mail to a publisher."""

SEALED = "sealed"
"""The purpose of a secret that is not derived: the subject holds it, sealed under the server key."""


class Secret(NamedTuple):
    """Which derived secret a mail carries (see `domain.receipts`)."""

    purpose: str
    subject: str
    epoch: str


class Limit(NamedTuple):
    """A clock as a mail names it."""

    label: str
    due_at: datetime
    source: str
    calendar: str = "site"  # in whose zone it is said
    is_past: bool = False


class Named(NamedTuple):
    """An article as a mail names it: frozen, because the mail is. Without a title, the address stands alone."""

    title: str
    address: str


def regime_names(*lists: Sequence[str]) -> list[RegimeName]:
    """Return the regimes that any of the lists name, each once; what is no regime is left out."""
    known = {name.value for name in RegimeName}
    return [RegimeName(name) for name in dict.fromkeys(name for names in lists for name in names) if name in known]


def outside_redress(names: Sequence[RegimeName], side: Side, *, is_platform: bool = False) -> list[str]:
    """Return what a party can do beyond this site; never empty."""
    return [line for line in redress(names, side, is_platform=is_platform) if line not in REVIEWS | {COUNTER}]


def call_off(cause: str) -> None:
    """Cancel what has not left of the mails of a cause."""
    unsent = (Mail.cause == cause, Mail.state.in_((MailState.QUEUED, MailState.HELD)), Mail.attempts == 0)
    for mail in db.session.scalars(select(Mail).where(*unsent).order_by(Mail.id).with_for_update()):
        mail.state = MailState.CANCELLED


def stamp(now: datetime) -> str:
    """Return an instant as it stands in the cause of a mail: one act is one instant."""
    return f"{now:%Y%m%dT%H%M%S%f}"


@cache
def zone_name(zone: ZoneInfo, language: str) -> str:
    """Return what a time zone is called in a language."""
    return get_timezone_name(zone, locale=LOCALES[language])


def known_language(language: str) -> str:
    """Return the language when the site speaks it, or else the site's own."""
    return language if language in PREFIXES else OWN


def receipt_secret(notice: Notice) -> Secret:
    """Return the code that only the mail shows: whoever types it has read the mailbox."""
    return Secret("notice-mail", notice.reference, notice.key_epoch)


def publisher_secret(site: Site, case: Case) -> Secret:
    """Return the code of the page on which the publisher answers a case."""
    return Secret(TO_PUBLISHER, str(case.id), site.keys.epoch)


def references(items: Sequence[Item]) -> list[str]:
    """Return the references of all notices from the same mailbox on the same cases: one mail answers them all."""
    first = items[0].notice
    beside = [other for item in items for other in item.case.items if first.mailbox and other.mailbox == first.mailbox]
    known = {item.notice.reference: item.notice_id for item in [*items, *beside] if item.state is not ItemState.CLOSED}
    return list(dict.fromkeys([first.reference, *sorted(known, key=lambda reference: known[reference])]))


def named_articles(site: Site, items: Sequence[Item], now: datetime, language: str) -> list[Named]:
    """Return each article once, by its own address: the one that was typed may carry anything.

    Its title only while readers may see it: otherwise anybody could learn it by sending a notice.
    """
    articles = list({item.article_id: item.article for item in items}.values())
    measures = in_force(articles, now)

    def title(article: Article) -> str:
        on_it = measures[article.id]
        return "" if is_kept_back(article, on_it) else left(site, article, on_it, now).title

    return [
        Named(in_script(title(article), language), site.base_url + path_of(article, language)) for article in articles
    ]


_CASES: BindParameter[int] = bindparam("cases", expanding=True)
_QUEUED = frozenset({ClockKind.ACK, ClockKind.DMCA_FWD})
"""What a mail fulfils that was queued as the clock started: nobody has to do it, unless it is late."""

_NEAREST = (
    select(Clock.case_id, Clock.kind, func.min(Clock.due_at))
    .where(Clock.case_id.in_(_CASES), Clock.stopped_at.is_(None), Clock.paused_at.is_(None))
    .where(Clock.kind != ClockKind.APPEAL_WINDOW)
    .where(or_(Clock.due_at <= NOW, and_(~one_of(Clock.kind, _QUEUED), Clock.held_at.is_(None))))
    .group_by(Clock.case_id, Clock.kind)
    .order_by(func.min(Clock.due_at))
)


def running_limits(site: Site, cases: Sequence[int], now: datetime) -> dict[int, list[Limit]]:
    """Return the limits that run on each case, the nearest first: of a kind the nearest one, as each notice has its own.

    None that nobody on the desk has to keep: what is paused, until when parties may appeal; what is held or a mail does only late.
    """
    limits: dict[int, list[Limit]] = {case: [] for case in cases}
    for case, kind, due_at in ask(_NEAREST, {"cases": cases, "now": now}):
        limits[case].append(limit(site, kind, due_at)._replace(is_past=due_at <= now))
    return limits


def limit(site: Site, kind: ClockKind, at: datetime) -> Limit:
    """Return a clock in words."""
    rule = rule_of(kind, targets_eu=site.targets_eu)
    return Limit(rule.label, at, rule.nature.label, rule.calendar)


_UNSAID = frozenset({ClockKind.ACK, ClockKind.APPEAL_WINDOW, ClockKind.PURGE})


_PROMISED = (
    select(Clock.kind, func.min(Clock.due_at))
    .where(Clock.case_id.in_(_CASES), Clock.subject.in_(bindparam("subjects", expanding=True)))
    .where(Clock.stopped_at.is_(None), Clock.due_at > NOW, ~one_of(Clock.kind, _UNSAID))
    .group_by(Clock.kind)
    .order_by(func.min(Clock.due_at), func.min(Clock.id))
)


def promised(site: Site, items: Sequence[Item], now: datetime) -> list[Limit]:
    """Return what a notifier is promised: the limits that run on their items and cases, each kind once, the nearest of it."""
    asked = {
        "cases": list({item.case_id for item in items}),
        "subjects": ["case", *(f"item:{item.id}" for item in items)],
        "now": now,
    }
    return [limit(site, kind, due_at) for kind, due_at in ask(_PROMISED, asked)]


def reasons(decision: Decision, now: datetime, side: Side) -> dict[str, Any]:
    """Return what a decision and its statement of reasons say to one side, for a template.

    `told` is what was written for that side alone, in place of facts and explanation; never what was for another.
    """
    statement = decision.statement
    article = decision.case.article
    measure = db.session.scalar(select(Measure).where(Measure.decision_id == decision.id))
    is_readable = db.session.scalar(select(is_visible(now)).where(Article.id == article.id))
    starts, ends = (datetime.fromisoformat(at) if at else None for at in (statement["starts_at"], statement["ends_at"]))
    return {
        "number": decision.case_id,
        "outcome": decision.outcome,
        "is_remedied": decision.refusal == Refusal.ALREADY_REMEDIED,
        "is_automatic": decision.decided_by_id is None,  # the law's own clock
        "decided_by": decision.decided_by_id,
        "is_readable": is_readable,
        "is_gone": article.file_gone_at is not None,
        "is_against": is_against(decision.outcome, side),
        "outcome_label": OUTCOME_LABELS[decision.outcome],
        "ground_label": GROUND_LABELS[decision.ground_type],
        "refusal": REFUSALS[Refusal(decision.refusal)] if decision.refusal else None,
        "statement": statement,
        "told": own_words(
            decision.to_notifier if side is Side.NOTIFIER else decision.to_publisher,
            told(decision.facts, decision.ground_explanation),
        ),
        "terms": Terms.from_dict(measure.terms if measure else None),
        "hid": statement.get("ended") in {None, *HIDES},  # what ended had kept the whole article from readers
        "starts_at": starts,
        "later": starts if starts and starts > decision.decided_at else None,  # what readers do not see yet
        "ends_at": ends,
    }


def appeal_until(decision: Decision, side: Side, party: str) -> datetime | None:
    """Return until when a party can appeal a decision, or None when it did not go against them or they did so already."""
    if not may_appeal(decision.outcome, side):
        return None
    known = select(Appeal.id).where(Appeal.decision_id == decision.id, Appeal.party == party)
    if db.session.scalar(known.limit(1)) is not None:
        return None
    running = (Clock.kind == ClockKind.APPEAL_WINDOW, Clock.stopped_at.is_(None))
    return db.session.scalar(select(Clock.due_at).where(Clock.case_id == decision.case_id, *running))


def open_ways(decision: Decision, side: Side, party: str) -> dict[str, Any]:
    """Return what a party can do about a decision, and until when they can appeal it, for a template."""
    until = appeal_until(decision, side, party)
    return {"redress": ways(decision, side, may_appeal=until is not None), "appeal_until": until}


class Alike(NamedTuple):
    """What the mails of one decision to many notifiers have in common, asked of the database once for all of them."""

    told: dict[str, Any]
    threads: dict[int | None, str]  # by notice
    articles: dict[str, list[Named]]  # by language, as they are met


def alike(decision: Decision, items: Sequence[Item], now: datetime) -> Alike:
    """Return what the mails of a decision that was just taken say to the notifiers of all these items."""
    sent = select(Mail.notice_id, Mail.message_id).where(Mail.name == "acknowledgement")
    firsts = db.session.execute(
        sent.where(Mail.notice_id.in_({item.notice_id for item in items})).order_by(Mail.id.desc())
    )
    can = open_ways(decision, Side.NOTIFIER, "")  # nobody can have appealed yet
    return Alike(reasons(decision, now, Side.NOTIFIER) | can, {row[0]: row[1] for row in firsts}, {})


def caused_by(decision: Decision) -> ColumnElement[bool]:
    """Return the condition that a decision caused a mail: the case is what an index finds, the cause says which of its acts."""
    return and_(Mail.case_id == decision.case_id, Mail.cause.startswith(f"decision:{decision.id}:"))


def first_mail(*conditions: ColumnElement[bool]) -> str:
    """Return the Message-ID of the first mail that fits, or nothing: later ones answer to it."""
    return db.session.scalar(select(Mail.message_id).where(*conditions).order_by(Mail.id).limit(1)) or ""
