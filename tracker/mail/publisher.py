"""Mails to a publisher: what a notice says, what became of a counter-notice, what was ordered.

Nothing of the notifier stands in them but what is handed in as allowed. Each is None when no address is known.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tracker.domain.regimes import COUNTER, RegimeName, Side
from tracker.domain.requirements import Requirement
from tracker.mail.outbox import compose
from tracker.mail.parts import (
    PUBLISHER_FIRST,
    Named,
    first_mail,
    known_language,
    publisher_secret,
    reasons,
    regime_names,
    stamp,
)
from tracker.models import Case, CounterNotice, Decision, Mail, Notice
from tracker.render.lists import path_of
from tracker.render.site import Site


def tell_publisher(site: Site, name: str, case: Case, now: datetime, cause: str, **context: Any) -> Mail | None:
    """Queue a mail to the publisher of a case's article; it opens the page on which they answer."""
    article = case.article
    if not article.publisher_email:
        return None
    return compose(
        site,
        name,
        cause=cause,
        recipient=article.publisher_email,
        language=known_language(article.language),
        now=now,
        case=case,
        secret=publisher_secret(site, case),
        thread=first_mail(Mail.case_id == case.id, Mail.name.in_(PUBLISHER_FIRST)),
        article=Named(article.title, site.base_url + path_of(article)),
        side=Side.PUBLISHER,
        **({"number": case.id} | context),
    )


def forwarded(
    site: Site,
    case: Case,
    notice: Notice,
    shown: Sequence[tuple[str, str]],
    due_at: datetime,
    uk: bool,
    now: datetime,
) -> Mail | None:
    """Queue what the publisher may know of a notice: `shown` is label and text. With `uk` they learn what a full reply is.

    In British law the statement may be removed unless a full reply comes in time (SI 2013/3028, Schedule).
    """
    cause = f"case:{case.id}:forwarded:notice:{notice.id}:{stamp(now)}"
    return tell_publisher(site, "forwarded", case, now, cause, shown=list(shown), due_at=due_at, uk=uk)


def letter_to_publisher(site: Site, case: Case, text: str, now: datetime, key: str, by: int) -> Mail | None:
    """Queue what a moderator writes to a publisher beside all forms; `by` is their account, shown by its handle."""
    return tell_publisher(site, "letter", case, now, f"case:{case.id}:letter:{key}", text=text, by=by)


def counter_received(site: Site, counter: CounterNotice, restores_at: datetime, now: datetime) -> Mail | None:
    """Queue that a counter-notice is complete, and when the article comes back."""
    names = regime_names(counter.regimes)
    return tell_publisher(
        site,
        "counter_received",
        counter.case,
        now,
        f"counter:{counter.id}:received",
        received_at=counter.received_at,
        restores_at=restores_at,
        is_us=RegimeName.US_DMCA in names,
        is_cn=RegimeName.CN_COPYRIGHT in names or RegimeName.CN_CIVIL in names,
    )


def counter_incomplete(
    site: Site, counter: CounterNotice, missing: Sequence[Requirement], now: datetime
) -> Mail | None:
    """Queue what a counter-notice lacks."""
    return tell_publisher(
        site,
        "counter_incomplete",
        counter.case,
        now,
        f"counter:{counter.id}:incomplete",
        received_at=counter.received_at,
        missing=list(dict.fromkeys((need.label, need.cure) for need in missing)),
        redress=_left(counter.decision),
    )


def proof_received(site: Site, counter: CounterNotice, now: datetime) -> Mail | None:
    """Queue that the measure stays because proceedings were proved, without naming anybody."""
    return tell_publisher(
        site,
        "proof_received",
        counter.case,
        now,
        f"counter:{counter.id}:proof",
        received_at=counter.received_at,
        redress=_left(counter.decision),
    )


def restored_to_publisher(site: Site, decision: Decision, now: datetime) -> Mail | None:
    """Queue that a measure has ended, with the reasons."""
    return tell_publisher(
        site,
        "restored",
        decision.case,
        now,
        f"decision:{decision.id}:restored:publisher",
        reason="",
        no_repeat=False,
        decided_at=decision.decided_at,
        redress=_left(decision),
        **reasons(decision, now, Side.PUBLISHER),
    )


def _left(decision: Decision) -> list[str]:
    """Return the redress of a decision without the counter-notice, which has been sent or begun."""
    return [line for line in decision.statement["redress"] if line != COUNTER]


def order_executed(site: Site, decision: Decision, now: datetime) -> Mail | None:
    """Queue that an order was carried out, its reasons, where it holds and what can be done (DSA art. 9(5))."""
    cause = f"decision:{decision.id}:order_executed"
    return tell_publisher(site, "order_executed", decision.case, now, cause, **reasons(decision, now, Side.PUBLISHER))
