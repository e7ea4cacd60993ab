"""From a case that was decided to the next one, with the way back kept while nobody has been told."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask import g, request

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import DomainError
from tracker.domain.text import number
from tracker.forms import case_acts as forms
from tracker.forms.case_acts import ActForm, blank
from tracker.models import Case
from tracker.services import leases, undo
from tracker.views.http import site


@dataclass(frozen=True)
class Decided:
    """A case that was decided a moment ago, and the form that takes it back with the seconds in which it can."""

    case: Case
    undoing: tuple[ActForm, int] | None


def undoing(case: Case, now: datetime) -> tuple[ActForm, int] | None:
    """Return the form that takes back the last decision and the seconds in which it can, or None."""
    until = undo.until(site(), case)
    return (blank(forms.UndoForm, case), ceil((until - now).total_seconds())) if until and now < until else None


def decided(now: datetime) -> Decided | None:
    """Return the case from whose decision somebody has come here; the address names it, the tables say what holds."""
    case = db.session.get(Case, number(request.args.get("done")))
    decision = case.decisions[-1] if case and case.decisions else None
    if case is None or decision is None or decision.undone_at or decision.decided_by_id != g.account.id:
        return None
    return Decided(case, undoing(case, now))


def after(case_id: int) -> str:
    """Claim the next case and return its address; without one that of the queue. What was decided stays decided."""
    try:
        with transaction():
            case = leases.next_case(site(), g.account, clock.now(), case_id)
    except DomainError:
        return f"/desk/cases/{case_id}?decided=1"
    return f"/desk/cases/{case.id}?done={case_id}" if case else f"/desk/?none=1&done={case_id}"
