"""What happened on a case, in its order: acts of the trail, notices, limits that passed or run, mails."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.clocks import rule_of
from tracker.domain.errors import N_
from tracker.models import AuditEntry, Case, Mail
from tracker.queries.desk import names
from tracker.queries.labels import ACTORS, KINDS
from tracker.queries.mail_states import for_staff
from tracker.queries.trail_words import Facts, named, said
from tracker.render.site import Site

MOMENTS = 200
"""How many moments are shown, the newest; the trail has all."""

_TOLD = ("account", "outcome")


class Moment(NamedTuple):
    """A line of the timeline."""

    at: datetime
    title: str
    text: str
    calendar: str = ""  # of a limit: whose zone it is told in


def timeline(site: Site, case: Case, mails: Sequence[Mail]) -> list[Moment]:
    """Return the newest moments of a case, the earliest first; `mails` are those about it."""
    return sorted(_moments(site, case, mails), key=lambda moment: moment.at)[-MOMENTS:]


def _moments(site: Site, case: Case, mails: Sequence[Mail]) -> Iterator[Moment]:
    yield from _acts(case)
    for item in case.items:
        yield Moment(item.notice.received_at, N_("收到通知"), item.notice.reference)
    for clock in case.clocks:
        rule = rule_of(clock.kind, targets_eu=site.targets_eu)
        if not (clock.paused_at or clock.held_at) and (clock.stopped_at is None or clock.stopped_at > clock.due_at):
            yield Moment(clock.due_at, N_("期限"), f"{rule.label} · {rule.nature.label}", rule.calendar)
    states = for_staff(site)
    for mail in mails:
        yield Moment(mail.sent_at or mail.created_at, mail.subject, f"{mail.recipient} · {states[mail.state]}")


def _acts(case: Case) -> Iterator[Moment]:
    newest = select(AuditEntry).where(AuditEntry.case_id == case.id).order_by(AuditEntry.seq.desc()).limit(MOMENTS)
    entries = list(db.session.scalars(newest))
    actors = ACTORS | names(entry.actor for entry in entries)
    facts: list[Facts] = [{name: entry.facts[name] for name in _TOLD if name in entry.facts} for entry in entries]
    known = named(facts)
    for entry, told in zip(entries, facts, strict=True):
        words = [actors.get(entry.actor, entry.actor), *(word for _, word in said(told, known))]
        yield Moment(entry.at, KINDS.get(entry.kind, entry.kind), " · ".join(words))
