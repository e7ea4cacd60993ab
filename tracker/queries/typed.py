"""What was typed on a case and not sent: one's own, to go on with, and that of colleagues, to take over."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.models import Account, Case, CaseDraft


@dataclass(frozen=True)
class Typed:
    """The drafts on a case. `own` is by the name of the form."""

    own: dict[str, CaseDraft]
    others: list[CaseDraft]

    def fields(self, form: str) -> dict[str, str]:
        """Return what its reader typed in a form, nothing when they typed nothing."""
        draft = self.own.get(form)
        return dict(draft.fields) if draft else {}


def typed(case: Case, account: Account) -> Typed:
    """Return every draft on a case, the newest first, as `account` sees them."""
    found = select(CaseDraft).where(CaseDraft.case_id == case.id).options(joinedload(CaseDraft.account))
    drafts = list(db.session.scalars(found.order_by(CaseDraft.saved_at.desc(), CaseDraft.account_id)))
    own = {draft.form: draft for draft in drafts if draft.account_id == account.id}
    return Typed(own, [draft for draft in drafts if draft.account_id != account.id])
