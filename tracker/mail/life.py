"""Mails to a notifier over the life of a notice, from what is missing to the article's return; and those about misuse.

Each is None when the notice has no address. None of them decides anything: the act that causes it has.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.domain.lifecycle import ENDING_LABELS, Ending
from tracker.domain.regimes import COURT, REGIMES, RegimeName, Side
from tracker.domain.requirements import Requirement
from tracker.domain.serving import OF_OTHERS
from tracker.mail.outbox import compose
from tracker.mail.parts import (
    first_mail,
    known_language,
    named_articles,
    open_ways,
    outside_redress,
    reasons,
    receipt_secret,
    references,
    stamp,
)
from tracker.models import CounterNotice, Decision, Item, Mail, Message, Notice, Standing
from tracker.queries.applying import of_all
from tracker.queries.counter_copies import copy
from tracker.render.site import Site

RESTORED_BECAUSE = frozenset({"window", "regulation17", "withdrawn", "unproven", "ruling"})
"""Why an article came back after a counter-notice or a withdrawal."""


def tell_notifier(
    site: Site,
    name: str,
    notice: Notice,
    items: Sequence[Item],
    now: datetime,
    cause: str = "",
    *,
    is_letter: bool = False,
    **context: Any,
) -> Mail | None:
    """Queue a mail to the notifier of `items`, which belong to one notice; it opens the receipt.

    None without an address; with `is_letter` it is written all the same, for staff to bring in another way.
    """
    recipient = notice.answers.get("email", "")
    if not recipient and not is_letter:
        return None
    cases = {item.case_id: item.case for item in items}
    return compose(
        site,
        name,
        cause=cause or f"item:{min(item.id for item in items)}:{name}:{stamp(now)}",
        recipient=recipient,
        language=known_language(notice.language),
        now=now,
        case=next(iter(cases.values())) if len(cases) == 1 else None,
        notice=notice,
        limited=name not in OF_OTHERS,
        secret=receipt_secret(notice),
        thread=first_mail(Mail.notice_id == notice.id, Mail.name.in_(("acknowledgement", "order_received"))),
        reference=notice.reference,
        references=references(items),
        articles=named_articles(site, items, now, known_language(notice.language)),
        side=Side.NOTIFIER,
        **context,
    )


def outside(site: Site, items: Sequence[Item]) -> list[str]:
    """Return what the notifier of these items can do beyond this site."""
    return outside_redress(of_all(items), Side.NOTIFIER, is_platform=site.is_platform)


def needs_info(
    site: Site,
    notice: Notice,
    items: Sequence[Item],
    text: str,
    missing: Sequence[Requirement],
    due_at: datetime,
    now: datetime,
    key: str,
    by: int,
) -> Mail | None:
    """Queue what is missing, all that is required, and until when (17 USC 512(c)(3)(B)(ii); SI 2013/3028, reg. 4)."""
    required = [
        need.label
        for name in of_all(items)
        for need in REGIMES[name].requires
        if need.concerns(notice.answers, notice.category)
    ]
    return tell_notifier(
        site,
        "needs_info",
        notice,
        items,
        now,
        f"notice:{notice.id}:needs_info:{key}",
        text=text,
        missing=list(dict.fromkeys((need.label, need.cure) for need in missing)),
        required=list(dict.fromkeys(required)),
        due_at=due_at,
        number=items[0].case_id,
        by=by,
    )


def supplemented(site: Site, notice: Notice, message: Message, now: datetime) -> Mail | None:
    """Queue the confirmation that an addition came; files by their number, words not at all."""
    return tell_notifier(
        site,
        "supplemented",
        notice,
        notice.items,
        now,
        f"message:{message.id}:supplemented",
        received_at=message.created_at,
        files=len(message.attachments),
    )


def letter_to_notifier(
    site: Site, notice: Notice, items: Sequence[Item], text: str, now: datetime, key: str, by: int
) -> Mail | None:
    """Queue what a moderator writes to a notifier beside all forms; `by` is their account, shown by its handle."""
    cause = f"notice:{notice.id}:letter:{key}"
    return tell_notifier(site, "letter", notice, items, now, cause, text=text, number=items[0].case_id, by=by)


def incomplete(site: Site, notice: Notice, items: Sequence[Item], now: datetime) -> Mail | None:
    """Queue that nothing came in time, and how to begin again."""
    return tell_notifier(site, "incomplete", notice, items, now, ended_at=now, redress=outside(site, items))


def rejected(
    site: Site, notice: Notice, items: Sequence[Item], ending: Ending, text: str, now: datetime, by: int | None = None
) -> Mail | None:
    """Queue why a notice ended without a decision, and what its notifier can do; `by` None: a setting ended it."""
    return tell_notifier(
        site,
        "rejected",
        notice,
        items,
        now,
        ending=ending,
        ending_label=ENDING_LABELS[ending],
        text=text,
        redress=outside(site, items),
        number=items[0].case_id,
        by=by,
    )


def withdrawn(site: Site, notice: Notice, items: Sequence[Item], now: datetime) -> Mail | None:
    """Queue what a withdrawal does and what it does not."""
    is_decided = any(item.case.decided_at is not None for item in items)
    return tell_notifier(site, "withdrawn", notice, items, now, withdrawn_at=now, is_decided=is_decided)


def publisher_asked(site: Site, notice: Notice, items: Sequence[Item], due_at: datetime, now: datetime) -> Mail | None:
    """Queue that the publisher was asked, and until when they can answer (SI 2013/3028, Schedule)."""
    uk = RegimeName.UK_DEFAMATION in of_all(items)
    return tell_notifier(site, "publisher_asked", notice, items, now, due_at=due_at, uk=uk)


def extended(
    site: Site, notice: Notice, items: Sequence[Item], text: str, due_at: datetime, now: datetime, by: int
) -> Mail | None:
    """Queue a longer time to answer, with its reasons (GDPR art. 12(3))."""
    said: dict[str, Any] = {"text": text, "due_at": due_at, "number": items[0].case_id, "by": by}
    return tell_notifier(site, "extended", notice, items, now, redress=outside(site, items), **said)


def counter_forwarded(
    site: Site, counter: CounterNotice, notice: Notice, items: Sequence[Item], restores_at: datetime, now: datetime
) -> Mail | None:
    """Queue the copy of a counter-notice: what follows and when, unless proof comes (17 USC 512(g)(2)(B); 民法典 1196).

    The whole copy goes to a notice under US law alone; to others what their own law lets them know. To somebody without
    an e-mail address it is a letter, for staff to send; None when there is no way at all.
    """
    context = copy(counter, items)._asdict() | {
        "number": counter.case_id,
        "restores_at": restores_at,
        "at_once": restores_at <= now,
    }
    cause = f"counter:{counter.id}:forwarded:notice:{notice.id}"
    if not notice.answers.get("email") and not any(notice.answers.get(way) for way in ("phone", "postal_address")):
        return None
    return tell_notifier(site, "counter_forwarded", notice, items, now, cause, is_letter=True, **context)


def restored_to_notifier(
    site: Site, decision: Decision, notice: Notice, items: Sequence[Item], reason: str, now: datetime
) -> Mail | None:
    """Queue that a measure has ended, why, and what stays open; `reason` is one of RESTORED_BECAUSE."""
    is_copyright = RegimeName.CN_COPYRIGHT in of_all(items)
    return tell_notifier(
        site,
        "restored",
        notice,
        items,
        now,
        f"decision:{decision.id}:restored:notice:{notice.id}",
        reason=reason,
        no_repeat=bool(decision.case.counter_notices) and is_copyright,  # 条例 17
        decided_at=decision.decided_at,
        **open_ways(decision, Side.NOTIFIER, f"notice:{notice.id}"),
        **reasons(decision, now, Side.NOTIFIER),
    )


def misuse(site: Site, standing: Standing, recipient: str, language: str, now: datetime) -> Mail | None:
    """Queue a warning or a suspension with its factors, its period and its redress (DSA art. 23)."""
    if not recipient:
        return None
    return compose(
        site,
        "misuse",
        cause=f"standing:{standing.id}:{standing.level}:{stamp(standing.since)}",
        recipient=recipient,
        language=known_language(language),
        now=now,
        limited=True,
        side=standing.side,
        level=standing.level,
        since=standing.since,
        until=standing.until,
        factors=standing.factors,
        reason=standing.reason,
        redress=[COURT],
    )
