"""Rendering mails into the queue, in the transaction of the act that causes them; one function for each mail."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from babel.dates import get_timezone_name
from sqlalchemy import ColumnElement, select

from tracker.db import db
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import RULES, due
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.roles import LABELS
from tracker.domain.text import clean_line, mailbox
from tracker.models import Article, Case, Clock, Decision, Item, Link, Mail, MailState, Notice
from tracker.render.lists import path_of
from tracker.render.site import LOCALES, PREFIXES, Site
from tracker.render.visible import is_visible

SECRET = "[[secret]]"  # noqa: S105 - the place of a secret, not one
"""Stands in a stored body where delivery puts the secret."""

CASES_LISTED = 20
"""A mail to the maintainers names this many cases and counts the rest."""

_OWN = next(iter(PREFIXES))


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


class CaseLine(NamedTuple):
    """A case as the maintainers' mail names it."""

    number: int
    title: str
    slug: str
    limits: list[Limit]


class Named(NamedTuple):
    """An article as a mail names it: frozen, because the mail is. Without a title, the address stands alone."""

    title: str
    address: str


def compose(
    site: Site,
    name: str,
    *,
    cause: str,
    recipient: str,
    language: str,
    now: datetime,
    case: Case | None = None,
    notice: Notice | None = None,
    limited: bool = False,
    secret: Secret | None = None,
    thread: str = "",
    **context: Any,
) -> Mail:
    """Render the mail `name` and queue it; the same cause and mailbox again gives the mail that is already there.

    Never commits. `limited`: the address was typed by a stranger. `thread`: the Message-ID this one answers to.
    """
    box = mailbox(recipient)
    known = db.session.scalar(select(Mail).where(Mail.cause == cause, Mail.mailbox == box))
    if known is not None:
        return known
    subject, text, html = _rendered(site, name, language, now, {"secret": SECRET, **context} if secret else context)
    mail = Mail(
        cause=cause,
        name=name,
        case_id=case.id if case else None,
        notice_id=notice.id if notice else None,
        language=language,
        recipient=recipient,
        mailbox=box,
        is_limited=limited,
        subject=subject,
        text=text,
        html=html,
        message_id=f"<{secrets.token_hex(16)}@{urlsplit(site.base_url).hostname}>",
        thread=thread,
        secret_purpose=secret.purpose if secret else "",
        secret_subject=secret.subject if secret else "",
        secret_epoch=secret.epoch if secret else "",
        state=MailState.QUEUED,
        created_at=now,
        due_at=now,
        attempts=0,
        error="",
    )
    db.session.add(mail)
    return mail


def _rendered(site: Site, name: str, language: str, now: datetime, context: dict[str, Any]) -> tuple[str, str, str]:
    zone = get_timezone_name(site.local(now), locale=LOCALES[language])
    subject = clean_line(site.template(f"mail/{name}.subject.txt", language, **context))
    text = site.template(f"mail/{name}.txt", language, zone=zone, subject=subject, **context)
    html = site.template(f"mail/{name}.html", language, zone=zone, subject=subject, **context)
    return subject, text, html


def acknowledgement(site: Site, notice: Notice, now: datetime) -> Mail:
    """Queue the confirmation of receipt to the notifier (DSA art. 16(4)); it repeats nothing they wrote."""
    return compose(
        site,
        "acknowledgement",
        cause=f"notice:{notice.id}:acknowledgement",
        recipient=notice.answers["email"],
        language=_known(notice.language),
        now=now,
        notice=notice,
        limited=True,
        secret=_receipt(notice),
        reference=notice.reference,
        category=CATEGORIES[notice.category].label,
        received_at=notice.received_at,
        articles=_named(site, notice.items, now),
        limits=[Limit(rule.label, due(kind, notice.received_at), rule.source) for kind, rule in RULES.items()],
    )


def maintainers(site: Site, notice: Notice, cases: Sequence[Case], now: datetime) -> list[Mail]:
    """Queue one mail to each maintainer, however many articles the notice names: no personal data, no free text."""
    running = _running([case.id for case in cases[:CASES_LISTED]])
    lines = [
        CaseLine(case.id, case.article.title, case.article.slug, running[case.id]) for case in cases[:CASES_LISTED]
    ]
    return [
        compose(
            site,
            "maintainers",
            cause=f"notice:{notice.id}:maintainers",
            recipient=recipient,
            language=_OWN,
            now=now,
            case=cases[0] if len(cases) == 1 else None,
            notice=notice,
            reference=notice.reference,
            category=CATEGORIES[notice.category].label,
            received_at=notice.received_at,
            count=len(cases),
            lines=lines,
        )
        for recipient in site.maintainers
    ]


def decision_to_notifier(site: Site, decision: Decision, items: Sequence[Item], now: datetime) -> Mail:
    """Queue the decision for the notifier of `items`, which belong to one notice (DSA art. 16(5), (6))."""
    notice = items[0].notice
    return compose(
        site,
        "decision",
        cause=f"decision:{decision.id}:notice:{notice.id}",
        recipient=notice.answers["email"],
        language=_known(notice.language),
        now=now,
        case=decision.case,
        notice=notice,
        limited=True,
        secret=_receipt(notice),
        thread=_first(Mail.notice_id == notice.id, Mail.name == "acknowledgement"),
        reference=notice.reference,
        articles=_named(site, items, now),
        **_reasons(decision, now),
    )


def statement_of_reasons(site: Site, decision: Decision, now: datetime) -> Mail | None:
    """Queue the statement of reasons (DSA art. 17(3)) to the publisher, or nothing when no address is known.

    Holds nothing from the notice: neither who sent it nor what they wrote.
    """
    article = decision.case.article
    if not article.publisher_email:
        return None
    return compose(
        site,
        "statement",
        cause=f"decision:{decision.id}:statement",
        recipient=article.publisher_email,
        language=_known(article.language),
        now=now,
        case=decision.case,
        thread=_first(Mail.case_id == decision.case_id, Mail.name == "statement"),
        article=Named(article.title, site.base_url + path_of(article)),
        **_reasons(decision, now),
    )


def invitation(site: Site, link: Link, now: datetime) -> Mail:
    """Queue the link with which an invited person makes their account."""
    role = LABELS[link.role] if link.role else ""
    return _link(site, "invitation", link, now, role=role)


def password_reset(site: Site, link: Link, now: datetime) -> Mail:
    """Queue the link with which an account gets a new password."""
    return _link(site, "password_reset", link, now)


def _link(site: Site, name: str, link: Link, now: datetime, **context: Any) -> Mail:
    return compose(
        site,
        name,
        cause=f"link:{link.id}",
        recipient=link.email,
        language=_OWN,
        now=now,
        secret=Secret("link", str(link.id), link.key_epoch),
        number=link.id,
        expires_at=link.expires_at,
        **context,
    )


def _known(language: str) -> str:
    return language if language in PREFIXES else _OWN


def _receipt(notice: Notice) -> Secret:
    """Return the code that only the mail shows: whoever types it has read the mailbox."""
    return Secret("notice-mail", notice.reference, notice.key_epoch)


def _named(site: Site, items: Sequence[Item], now: datetime) -> list[Named]:
    """Return each article once, by its own address: the one that was typed may carry anything.

    Its title only while readers may see it: otherwise anybody could learn it by sending a notice.
    """
    articles: dict[int, Article] = {item.article_id: item.article for item in items}
    shown = set(db.session.scalars(select(Article.id).where(is_visible(now), Article.id.in_(articles))))
    return [
        Named(article.title if article.id in shown else "", site.base_url + path_of(article))
        for article in articles.values()
    ]


def _running(cases: Sequence[int]) -> dict[int, list[Limit]]:
    clocks = db.session.scalars(
        select(Clock).where(Clock.case_id.in_(cases), Clock.stopped_at.is_(None)).order_by(Clock.due_at)
    )
    limits: dict[int, list[Limit]] = {case: [] for case in cases}
    for clock in clocks:
        limits[clock.case_id].append(Limit(RULES[clock.kind].label, clock.due_at, RULES[clock.kind].source))
    return limits


def _reasons(decision: Decision, now: datetime) -> dict[str, Any]:
    statement = decision.statement
    article = decision.case.article
    is_readable = db.session.scalar(select(is_visible(now)).where(Article.id == article.id))
    starts, ends = (datetime.fromisoformat(at) if at else None for at in (statement["starts_at"], statement["ends_at"]))
    return {
        "number": decision.case_id,
        "outcome": decision.outcome,
        "is_readable": is_readable,
        "is_gone": article.file_gone_at is not None,
        "outcome_label": OUTCOME_LABELS[decision.outcome],
        "ground_label": GROUND_LABELS[decision.ground_type],
        "statement": statement,
        "starts_at": starts,
        "ends_at": ends,
    }


def _first(*conditions: ColumnElement[bool]) -> str:
    """Return the Message-ID of the first mail that fits, or nothing: later ones answer to it."""
    return db.session.scalar(select(Mail.message_id).where(*conditions).order_by(Mail.id).limit(1)) or ""
