"""Rendering mails into the queue, in the transaction of the act that causes them; one function for each mail."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, insert, select

from tracker.db import ask, db, table
from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import Outcome
from tracker.domain.redress import PUBLISHER
from tracker.domain.regimes import Side
from tracker.domain.standing import WARN_AT, WINDOW
from tracker.domain.text import mailbox
from tracker.mail.parts import (
    OWN,
    PUBLISHER_FIRST,
    Alike,
    Limit,
    Named,
    Secret,
    alike,
    caused_by,
    first_mail,
    known_language,
    named_articles,
    open_ways,
    promised,
    publisher_secret,
    reasons,
    receipt_secret,
    references,
    running_limits,
)
from tracker.mail.pieces import rendered
from tracker.models import Case, Decision, Item, Mail, MailState, Notice
from tracker.queries import strikes
from tracker.queries.publisher import acts
from tracker.queries.silence import is_silent
from tracker.render import former
from tracker.render.lists import path_of
from tracker.render.site import Site

SECRET = "[[secret]]"  # noqa: S105 - the place of a secret, not one
"""Stands in a stored body where delivery puts the secret."""

CASES_LISTED = 20
"""A mail to the maintainers names this many cases and counts the rest."""


class CaseLine(NamedTuple):
    """A case as the maintainers' mail names it."""

    number: int
    title: str
    slug: str
    limits: list[Limit]


_KNOWN = select(Mail).where(Mail.cause == bindparam("cause"), Mail.mailbox == bindparam("mailbox"))
_NEW = insert(table(Mail))


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
    is_new: bool = False,
    **context: Any,
) -> Mail:
    """Render the mail `name` and queue it; the same cause and mailbox again gives the mail that is already there.

    Never commits. `limited`: a stranger can have it sent by typing an address. `thread`: the Message-ID this one answers
    to. `is_new`: what causes it was not there before, so nobody need look, and nobody takes it up in the same act: it goes in as a
    plain row. Without a recipient it is a letter: written, never sent.
    """
    box = mailbox(recipient)
    if not is_new and (known := db.session.scalar(_KNOWN, {"cause": cause, "mailbox": box})):
        return known
    subject, text, html = rendered(site, name, language, {"secret": SECRET, **context} if secret else context)
    purpose, subject_of, epoch = secret or Secret("", "", "")
    values = {
        "cause": cause, "name": name, "case_id": case.id if case else None, "notice_id": notice.id if notice else None,
        "language": language, "recipient": recipient, "mailbox": box, "is_limited": limited,
        "subject": subject, "text": text, "html": html,
        "message_id": f"<{secrets.token_hex(16)}@{urlsplit(site.base_url).hostname}>", "thread": thread,
        "secret_purpose": purpose, "secret_subject": subject_of, "secret_epoch": epoch,
        "state": MailState.QUEUED if recipient else MailState.GIVEN_UP,
        "created_at": now, "due_at": now, "attempts": 0, "error": "",
    }  # fmt: skip
    mail = Mail(**values)
    if is_new:
        ask(_NEW, values)
    else:
        db.session.add(mail)
    return mail


def put_off(decision: Decision, until: datetime) -> None:
    """Let the mails that a decision caused wait until an instant, if they are not to wait longer."""
    db.session.flush()
    for mail in db.session.scalars(select(Mail).where(caused_by(decision), Mail.due_at < until)):
        mail.due_at = until


def acknowledgement(site: Site, notice: Notice, now: datetime) -> Mail | None:
    """Queue the confirmation of receipt to the notifier of a new notice (DSA art. 16(4)); it repeats nothing they wrote.

    None when they gave no address: the receipt on the screen is all there is.
    """
    if not notice.mailbox:
        return None
    language = known_language(notice.language)
    articles = [item.article for item in notice.items]
    return compose(
        site,
        "acknowledgement",
        cause=f"notice:{notice.id}:acknowledgement",
        recipient=notice.answers["email"],
        language=language,
        now=now,
        notice=notice,
        limited=True,
        secret=receipt_secret(notice),
        is_new=True,
        reference=notice.reference,
        category=CATEGORIES[notice.category].label,
        received_at=notice.received_at,
        articles=named_articles(site, notice.items, now, language),
        limits=promised(site, notice.items, now),
        left_out=len(former.left_out(notice.answers.get("addresses", ""), articles, site.base_url)),
    )


def maintainers(site: Site, notice: Notice, cases: Sequence[Case], now: datetime) -> list[Mail]:
    """Queue one mail about a new notice to each maintainer, however many articles it names: no personal data, no free text."""
    running = running_limits(site, [case.id for case in cases[:CASES_LISTED]], now)
    lines = [
        CaseLine(case.id, case.article.title, case.article.slug, running[case.id]) for case in cases[:CASES_LISTED]
    ]
    return [
        compose(
            site,
            "maintainers",
            cause=f"notice:{notice.id}:maintainers",
            recipient=recipient,
            language=OWN,
            now=now,
            case=cases[0] if len(cases) == 1 else None,
            notice=notice,
            is_new=True,
            reference=notice.reference,
            category=CATEGORIES[notice.category].label,
            is_urgent=any(case.is_urgent for case in cases),
            received_at=notice.received_at,
            count=len(cases),
            lines=lines,
        )
        for recipient in {mailbox(address): address for address in site.maintainers}.values()
    ]


def decision_to_notifier(
    site: Site, decision: Decision, items: Sequence[Item], now: datetime, common: Alike | None = None
) -> Mail | None:
    """Queue the decision for the notifier of `items`, which belong to one notice (DSA art. 16(5), (6)).

    `common` is what all mails of a new decision say, for whoever writes many.
    """
    notice, is_new = items[0].notice, common is not None
    if not notice.mailbox:
        return None
    common, language = common or alike(decision, items, now), known_language(notice.language)
    if language not in common.articles:
        common.articles[language] = named_articles(site, items, now, language)
    return compose(
        site,
        "decision",
        cause=f"decision:{decision.id}:notice:{notice.id}",
        recipient=notice.answers["email"],
        language=language,
        now=now,
        case=decision.case,
        notice=notice,
        limited=True,
        secret=receipt_secret(notice),
        thread=common.threads.get(notice.id, ""),
        is_new=is_new,
        reference=notice.reference,
        references=references(items),
        articles=common.articles[language],
        **common.told,
    )


def statement_of_reasons(site: Site, decision: Decision, now: datetime) -> Mail | None:
    """Queue the statement of reasons (DSA art. 17(3)) to the publisher, or nothing: no address, or an order forbids it.

    Holds nothing from the notice: neither who sent it nor what they wrote.
    """
    article = decision.case.article
    if not article.publisher_email or is_silent(decision.case):
        return None
    told = reasons(decision, now, Side.PUBLISHER) | open_ways(decision, Side.PUBLISHER, PUBLISHER)
    return compose(
        site,
        "statement",
        cause=f"decision:{decision.id}:statement",
        recipient=article.publisher_email,
        language=known_language(article.language),
        now=now,
        case=decision.case,
        secret=publisher_secret(site, decision.case),
        thread=first_mail(Mail.case_id == decision.case_id, Mail.name.in_(PUBLISHER_FIRST)),
        article=Named(article.title, site.base_url + path_of(article)),
        strikes=_strikes(decision, now),
        warn_at=WARN_AT,
        acts=acts(decision.case, told["appeal_until"], now),
        **told,
    )


def _strikes(decision: Decision, now: datetime) -> int:
    """Return how many strikes a publisher has with this one, or 0 when it is none: our own editors have none."""
    article = decision.case.article
    if article.origin == "own" or decision.outcome is Outcome.INTERIM or not strikes.is_one(decision):
        return 0
    return strikes.of_publisher(mailbox(article.publisher_email), now - WINDOW)[0]
