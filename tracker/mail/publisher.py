"""Mails to a publisher: what a notice says, what became of a counter-notice, what was ordered.

Nothing of the notifier stands in them but what is handed in as allowed. Each is None when no address is known, and while an
order forbids telling the publisher (DSA art. 9(5)).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tracker.db import db
from tracker.domain.notices import Answered
from tracker.domain.redress import PUBLISHER
from tracker.domain.regimes import RegimeName, Side
from tracker.domain.requirements import COUNTER_US
from tracker.mail.outbox import compose
from tracker.mail.parts import (
    PUBLISHER_FIRST,
    TO_PUBLISHER,
    Named,
    appeal_until,
    first_mail,
    known_language,
    open_ways,
    publisher_secret,
    reasons,
    regime_names,
    stamp,
)
from tracker.models import Case, CounterNotice, Decision, Item, Mail, MailState
from tracker.queries.applying import of
from tracker.queries.publisher import acts
from tracker.queries.silence import is_silent
from tracker.render.lists import path_of
from tracker.render.site import Site


def tell_publisher(site: Site, name: str, case: Case, now: datetime, cause: str, **context: Any) -> Mail | None:
    """Queue a mail to the publisher of a case's article; it opens the page on which they answer."""
    article = case.article
    if not article.publisher_email or is_silent(case):
        return None
    until = appeal_until(case.decisions[-1], Side.PUBLISHER, PUBLISHER) if case.decisions else None
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
        acts=acts(case, until, now),
        **({"number": case.id} | context),
    )


FORWARDED_WHOLE = 20
"""A mail gives so many notices word for word; of more it says where they stand: on the publisher's page, all of them."""


def forwarded(
    site: Site,
    items: Sequence[Item],
    shown: Sequence[Sequence[Answered]],
    due_at: datetime | None,
    now: datetime,
    decision: Decision | None = None,
) -> Mail | None:
    """Queue what the publisher may know of notices on a case, of the first ones in full; `due_at` is until when a reply counts.

    Without it they go out with a decision that starts a measure, all in one mail. In British law they learn what a full reply is and
    that the statement may be removed without one (SI 2013/3028, Schedule); in US law how to counter (17 USC 512(g)(3)).
    Our own editors are asked, not told that they must.
    """
    case, names = items[0].case, {name for item in items for name in of(item)}
    asked = f"case:{case.id}:forwarded:notice:{items[0].notice_id}:{stamp(now)}"
    return tell_publisher(
        site,
        "forwarded",
        case,
        now,
        f"decision:{decision.id}:forwarded" if decision else asked,
        notices=[(item.notice.received_at, list(told)) for item, told in zip(items, shown, strict=False)],
        rest=len(items) - len(shown),
        due_at=due_at,
        uk=RegimeName.UK_DEFAMATION in names and due_at is not None,
        us=[need.label for need in COUNTER_US] if RegimeName.US_DMCA in names else [],
        cn=bool({RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL} & names),
        own=case.article.origin == "own",
    )


def was_forwarded(item: Item) -> bool:
    """Say whether the publisher was sent a notice with a decision, and that was not taken back."""
    sent = db.session.get(Mail, item.forwarded_in) if item.forwarded_in else None
    return sent is not None and sent.state is not MailState.CANCELLED


def was_told(case: Case) -> bool:
    """Say whether the publisher was sent anything about a case, and that was not taken back."""
    sent = (Mail.case_id == case.id, Mail.secret_purpose == TO_PUBLISHER, Mail.state != MailState.CANCELLED)
    return db.session.scalar(select(Mail.id).where(*sent).limit(1)) is not None


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
        at_once=restores_at <= now,
    )


def proof_received(site: Site, counter: CounterNotice, review_at: datetime, now: datetime) -> Mail | None:
    """Queue that the measure stays because proceedings were proved, without naming anybody, and when it is looked at next."""
    return tell_publisher(
        site,
        "proof_received",
        counter.case,
        now,
        f"counter:{counter.id}:proof",
        received_at=counter.received_at,
        review_at=review_at,
        **open_ways(counter.decision, Side.PUBLISHER, PUBLISHER),
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
        **_told(decision, now),
    )


def order_executed(site: Site, decision: Decision, now: datetime) -> Mail | None:
    """Queue that an order was carried out, its reasons, where it holds and what can be done (DSA art. 9(5))."""
    cause = f"decision:{decision.id}:order_executed"
    return tell_publisher(site, "order_executed", decision.case, now, cause, **_told(decision, now))


def _told(decision: Decision, now: datetime) -> dict[str, Any]:
    return reasons(decision, now, Side.PUBLISHER) | open_ways(decision, Side.PUBLISHER, PUBLISHER)
