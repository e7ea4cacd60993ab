"""One decision on many cases: each tried first, each an act of its own, each taken back by itself or with the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import approval
from tracker.domain.decisions import Draft, Outcome
from tracker.domain.errors import N_, DomainError, Incomplete, NotFound
from tracker.mail.parts import caused_by
from tracker.models import Account, Batch, BatchRow, Mail, Proposal, RowState
from tracker.queries.proposals import of_rows
from tracker.render import article as rendered
from tracker.render.site import Site
from tracker.services import decisions, proposals, undo
from tracker.services.effects import hidden_by_others

MOST = 50
"""How many cases one batch takes: as many as a page of the queue shows."""

OUTCOMES = (Outcome.DECLINED, Outcome.LABELLED, Outcome.WITHHELD, Outcome.REMOVED)
"""What can be decided on many articles in the same words; a passage is of one article alone."""


@dataclass(frozen=True)
class Rehearsal:
    """Exactly what a decision would do to one case: what readers get, and the mails.

    `waits`: only once a second person has agreed. `hidden_by`: the other cases that keep the article from readers anyway.
    """

    status: int
    mails: list[tuple[str, str]]  # the template set and the subject
    waits: bool
    hidden_by: list[int]


def rehearse(site: Site, account: Account, case_id: int, version: int, draft: Draft, now: datetime) -> Rehearsal:
    """Decide, and return what that did; the caller rolls it back. Raises what `decisions.decide` does."""
    decision = decisions.decide(site, account, case_id, version, draft, now, is_agreed=True)
    waits = approval.is_needed(site.settings.values, draft.outcome, decision.case.category)
    db.session.flush()
    article = decision.case.article
    at = max(now, draft.starts_at or now)
    shown = rendered.articles(site, [article], at)[article.id]
    own = select(Mail.name, Mail.subject).where(caused_by(decision)).order_by(Mail.id)
    mails = [(row[0], row[1]) for row in db.session.execute(own)]
    return Rehearsal(shown.status, mails, waits, hidden_by_others(decision, at))


def begin(
    account: Account, key: str, fields: Mapping[str, object], chosen: Sequence[tuple[int, int]], now: datetime
) -> Batch:
    """Store what is to be done to which cases, as (number, version seen); the same key again gives the same batch.

    `fields` is the form as it was sent, so that a batch that was cut off can be gone on with. Raises Incomplete for no
    case or too many.
    """
    db.session.get(Account, account.id, with_for_update=True)  # the same sent twice at once: the second finds the first
    known = db.session.scalar(select(Batch).where(Batch.key == key))
    if known is not None:
        return known
    if not 1 <= len(chosen) <= MOST:
        raise Incomplete({"case": DomainError(N_("请选择1至%(most)s个案件。"), most=MOST)})
    batch = Batch(key=key, account_id=account.id, draft=dict(fields), created_at=now)
    db.session.add(batch)
    for case_id, version in chosen:
        batch.rows.append(BatchRow(case_id=case_id, version=version, state=RowState.WAITING, said=""))
    db.session.flush()
    return batch


def carry_out(site: Site, account: Account, row_id: int, draft: Draft, now: datetime) -> None:
    """Decide one case of a batch, or propose to, unless that was done already. Raises what `decisions.decide` does."""
    row = _locked(row_id)
    if row.state is RowState.WAITING:
        made = proposals.submit(site, account, row.case_id, row.version, draft, row.batch.draft, now)
        is_proposed = isinstance(made, Proposal)
        row.state = RowState.PROPOSED if is_proposed else RowState.DONE
        row.left_version, row.said = made.case_version, ""


def refuse(row_id: int, said: str) -> None:
    """Note why a case of a batch was not decided, or not taken back."""
    row = _locked(row_id)
    row.said = said
    if row.state is RowState.WAITING:
        row.state = RowState.REFUSED


def take_back(site: Site, account: Account, row_id: int, now: datetime) -> None:
    """Take back what a batch did to one case; raises what `undo.undo` and `proposals.withdraw` do."""
    row = _locked(row_id)
    if row.state is RowState.PROPOSED:
        proposals.withdraw(site, account, of_rows([row])[row.id].id, now)
        row.state, row.said = RowState.UNDONE, ""
    if row.state is RowState.DONE and row.left_version is not None:
        undo.undo(site, account, row.case_id, row.left_version, now)
        row.state, row.said = RowState.UNDONE, ""


def _locked(row_id: int) -> BatchRow:
    found = select(BatchRow).where(BatchRow.id == row_id).with_for_update()
    row = db.session.scalar(found, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound(N_("没有这一批。"))
    return row
