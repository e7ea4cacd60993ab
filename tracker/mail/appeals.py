"""Mails about appeals: to the side that appealed, and the outcome to both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.redress import APPEAL_LABELS, PUBLISHER, is_against
from tracker.domain.regimes import Side
from tracker.mail.life import outside, tell_notifier
from tracker.mail.parts import open_ways, outside_redress
from tracker.mail.publisher import tell_publisher, was_told
from tracker.models import Appeal, Clock, Item, Mail, Notice
from tracker.queries.applying import regimes
from tracker.render.site import Site


def appeal_received(site: Site, appeal: Appeal, now: datetime) -> Mail | None:
    """Queue the confirmation of an appeal to the side that sent it (DSA art. 20)."""
    cause = f"appeal:{appeal.id}:received"
    due_at = db.session.scalar(
        select(Clock.due_at).where(
            Clock.case_id == appeal.case_id,
            Clock.kind == ClockKind.APPEAL_DECIDE,
            Clock.subject == f"appeal:{appeal.id}",
            Clock.stopped_at.is_(None),
        )
    )
    told: dict[str, Any] = {"received_at": appeal.received_at, "due_at": due_at}
    if appeal.party == PUBLISHER:
        redress = outside_redress(regimes(appeal.case), Side.PUBLISHER, is_platform=site.is_platform)
        return tell_publisher(site, "appeal_received", appeal.case, now, cause, redress=redress, **told)
    notice = db.session.get_one(Notice, int(appeal.party.partition(":")[2]))
    items = [item for item in notice.items if item.case_id == appeal.case_id]
    redress = outside(site, items)
    return tell_notifier(
        site, "appeal_received", notice, items, now, cause, number=appeal.case_id, redress=redress, **told
    )


def appeal_decided_to_notifier(
    site: Site, appeal: Appeal, notice: Notice, items: Sequence[Item], now: datetime
) -> Mail | None:
    """Queue the reasoned answer to an appeal for one notifier, whoever appealed (DSA art. 20(5))."""
    return tell_notifier(
        site,
        "appeal_decided",
        notice,
        items,
        now,
        f"appeal:{appeal.id}:decided:notice:{notice.id}",
        number=appeal.case_id,
        is_appellant=appeal.party in {f"notice:{i.notice_id}" for i in items[0].case.items if _is_same(i, items[0])},
        **_decided(appeal, Side.NOTIFIER, f"notice:{notice.id}", now),
    )


def appeal_decided_to_publisher(site: Site, appeal: Appeal, now: datetime) -> Mail | None:
    """Queue the reasoned answer to an appeal for the publisher, whoever appealed (DSA art. 20(5)).

    Nothing to one who was told nothing of the case: it stays as it was, in their favour.
    """
    if not was_told(appeal.case):
        return None
    return tell_publisher(
        site,
        "appeal_decided",
        appeal.case,
        now,
        f"appeal:{appeal.id}:decided:publisher",
        is_appellant=appeal.party == PUBLISHER,
        **_decided(appeal, Side.PUBLISHER, PUBLISHER, now),
    )


def _is_same(one: Item, other: Item) -> bool:
    """Say whether two items are of one notifier, who gets one mail for both."""
    return one.notice_id == other.notice_id or (bool(one.mailbox) and one.mailbox == other.mailbox)


def _decided(appeal: Appeal, side: Side, party: str, now: datetime) -> dict[str, Any]:
    stands = appeal.case.decisions[-1]
    return open_ways(stands, side, party) | {
        "is_against": is_against(stands.outcome, side),
        "state": appeal.state,
        "state_label": APPEAL_LABELS[appeal.state],
        "decided_at": appeal.decided_at or now,
        "reasons": appeal.reasons,
        "decided_by": appeal.decided_by_id,
    }
