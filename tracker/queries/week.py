"""What happened in one week, counted from the trail."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time

from sqlalchemy import select

from tracker.db import db
from tracker.domain.calendars import instant
from tracker.domain.figures import A_WEEK, Happened, middle, time_taken
from tracker.models import AuditEntry
from tracker.render.site import Site

Numbers = dict[tuple[str, str], int]

COUNTED = {
    "notice.submitted": "notices",
    "case.opened": "opened",
    "case.rejected": "rejected",
    "case.withdrawn": "withdrawn",
    "case.appealed": "appealed",
    "case.undone": "undone",
    "case.interim": "interim",
    "case.restored": "restored",
}
"""Kinds of the trail with the names of the figures that count them."""

_READ = (*COUNTED, "case.decided", "case.appeal_ruled", "sample.read")
_AT_ONCE = 500


def bounds(site: Site, week: date) -> tuple[datetime, datetime]:
    """Return the instants with which a week begins and the next one begins."""
    return instant(week, time(), site.zone), instant(week + A_WEEK, time(), site.zone)


def numbers(site: Site, week: date) -> Numbers:
    """Return every figure of a week, by name and part; an outcome, an account, or nothing."""
    since, until = bounds(site, week)
    rows = db.session.execute(
        select(AuditEntry.at, AuditEntry.kind, AuditEntry.actor, AuditEntry.case_id, AuditEntry.facts)
        .where(AuditEntry.at >= since, AuditEntry.at < until, AuditEntry.kind.in_(_READ))
        .order_by(AuditEntry.seq)
    ).all()
    found: Counter[tuple[str, str]] = Counter({("notices", ""): 0})
    decided: dict[int, tuple[int, datetime]] = {}
    for at, kind, actor, case, facts in rows:
        if kind in COUNTED:
            found[COUNTED[kind], ""] += 1
        elif kind == "case.appeal_ruled":
            found["ruled", ""] += 1
            found["upheld", ""] += int(facts["upheld"])
        elif kind == "sample.read":
            found["read", ""] += 1
            found["agreed", ""] += int(facts["agrees"])
        else:
            found["decided", str(facts["outcome"])] += 1
            if actor.startswith("account:"):
                found["by", actor.removeprefix("account:")] += 1
            decided.setdefault(case, (facts["decision"], at))
    undone = {facts["decision"] for _, kind, _, _, facts in rows if kind == "case.undone"}
    return dict(found) | _times({case: at for case, (number, at) in decided.items() if number not in undone})


def _times(decided: dict[int, datetime]) -> Numbers:
    """Return the median of the times to a decision in seconds, raw and without the time in which a case waited."""
    taken = [time_taken(entries, decided[case]) for case, entries in _entries(list(decided))]
    raw, net = middle(raw for raw, _ in taken), middle(net for _, net in taken)
    return {} if raw is None or net is None else {("median_raw", ""): raw, ("median_net", ""): net}


def _entries(cases: list[int]) -> Iterable[tuple[int, list[Happened]]]:
    for start in range(0, len(cases), _AT_ONCE):
        found: dict[int, list[Happened]] = {}
        wanted = select(AuditEntry.case_id, AuditEntry.at, AuditEntry.kind, AuditEntry.facts)
        wanted = wanted.where(AuditEntry.case_id.in_(cases[start : start + _AT_ONCE])).order_by(AuditEntry.seq)
        for case, at, kind, facts in db.session.execute(wanted):
            found.setdefault(case or 0, []).append(Happened(at, kind, facts))
        yield from found.items()
