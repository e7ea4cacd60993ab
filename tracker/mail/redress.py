"""Mails about what the parties answer each other: replies, proof, rulings, disputes, notices taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker.domain.clocks import RULES
from tracker.domain.redress import PUBLISHER, Unrestored
from tracker.domain.regimes import Side
from tracker.domain.requirements import Requirement
from tracker.mail.life import outside, tell_notifier
from tracker.mail.parts import outside_redress, stamp
from tracker.mail.publisher import tell_publisher
from tracker.models import Case, Clock, Decision, Dispute, Item, Mail, Message, Notice
from tracker.queries.applying import regimes
from tracker.render.site import Site


def publisher_refused(
    site: Site,
    notice: Notice,
    items: Sequence[Item],
    details: Mapping[str, str],
    now: datetime,
    decision: Decision | None = None,
) -> Mail | None:
    """Queue that the publisher does not agree to removal, with who they are, or that they consent to no such thing.

    `details` is what they let the complainant know (SI 2013/3028, Schedule); `decision` is with which one it goes out.
    """
    by = f"decision:{decision.id}" if decision else f"case:{items[0].case_id}"
    cause = f"{by}:publisher_refused:notice:{notice.id}"
    return tell_notifier(
        site,
        "publisher_refused",
        notice,
        items,
        now,
        cause,
        full_name=details.get("full_name", ""),
        address=details.get("postal_address", ""),
        redress=outside(site, items),
    )


def reply_incomplete(
    site: Site, case: Case, message: Message, lacks: Sequence[Requirement], due_at: datetime, now: datetime
) -> Mail | None:
    """Queue what a reply lacks to count as one, and until when it can be completed (SI 2013/3028, Schedule)."""
    missing = list(dict.fromkeys((need.label, need.cure) for need in lacks))
    cause = f"message:{message.id}:reply_incomplete"
    return tell_publisher(site, "reply_incomplete", case, now, cause, missing=missing, due_at=due_at)


def proof_refused(
    site: Site, notice: Notice, items: Sequence[Item], text: str, restores: Clock | None, now: datetime, key: str
) -> Mail | None:
    """Queue why what a notifier sent is no proof of proceedings, and when the article comes back without one."""
    return tell_notifier(
        site,
        "proof_refused",
        notice,
        items,
        now,
        f"notice:{notice.id}:proof_refused:{key}"[:120],
        text=text,
        restores_at=restores.due_at if restores else None,
        calendar=RULES[restores.kind].calendar if restores else "",
        redress=outside(site, items),
    )


def ruled_to_notifier(site: Site, notice: Notice, items: Sequence[Item], why: Unrestored, now: datetime) -> Mail | None:
    """Queue that nothing is brought back after all, and why."""
    redress = outside(site, items)
    told: dict[str, Any] = {"ruled_at": now, "why": why, "redress": redress}
    return tell_notifier(site, "ruled", notice, items, now, number=items[0].case_id, **told)


def ruled_to_publisher(site: Site, case: Case, why: Unrestored, now: datetime) -> Mail | None:
    """Queue that nothing is brought back after all, and why."""
    redress = outside_redress(regimes(case), Side.PUBLISHER, is_platform=site.is_platform)
    told: dict[str, Any] = {"ruled_at": now, "why": why, "redress": redress}
    return tell_publisher(site, "ruled", case, now, f"case:{case.id}:ruled:{stamp(now)}", **told)


def dispute_to_notifier(
    site: Site, dispute: Dispute, notice: Notice, items: Sequence[Item], now: datetime
) -> Mail | None:
    """Queue that a decision was taken to a certified body, and what that changes (DSA art. 21)."""
    return tell_notifier(
        site,
        "dispute",
        notice,
        items,
        now,
        f"dispute:{dispute.id}:notice:{notice.id}",
        number=dispute.case_id,
        body=dispute.body,
        opened_at=dispute.opened_at,
        is_own=dispute.party == f"notice:{notice.id}",
    )


def dispute_to_publisher(site: Site, dispute: Dispute, now: datetime) -> Mail | None:
    """Queue that a decision was taken to a certified body, and what that changes (DSA art. 21)."""
    return tell_publisher(
        site,
        "dispute",
        dispute.case,
        now,
        f"dispute:{dispute.id}:publisher",
        body=dispute.body,
        opened_at=dispute.opened_at,
        is_own=dispute.party == PUBLISHER,
    )


def ended_to_publisher(site: Site, case: Case, now: datetime) -> Mail | None:
    """Queue to a publisher who was sent a notice that nothing of it is left to answer."""
    cause = f"case:{case.id}:withdrawn:{stamp(now)}"
    return tell_publisher(site, "withdrawn", case, now, cause, withdrawn_at=now, is_decided=False)
