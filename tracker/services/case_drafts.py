"""What is typed on the page of a case and not sent yet: saved by case, person and form, handed on with the case."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.errors import N_, DomainError, NotFound
from tracker.domain.text import clean
from tracker.models import Account, Case, CaseDraft
from tracker.queries import concerns
from tracker.services import audit, guards

KEPT = timedelta(days=90)
"""How long a draft is kept that nobody touches."""

DECIDING = "decide"
"""The form in which a case is decided."""

BEFORE = "-before"
"""Marks what somebody had typed in a form before they took over what a colleague typed in it."""

LONGEST = 100_000
"""Characters of one form."""

_LONGEST_NAME = 60
_FORM = re.compile(r"[a-z]+(?:-[a-z0-9]+){0,4}")
_NOT_TYPED = frozenset(
    {"csrf_token", "version", "key", "draft", "reveal", "item", "claim", "clock", "appeal", "canned"}
)


def save(account: Account, case_id: int, form: str, fields: Mapping[str, str], now: datetime) -> bool:
    """Keep what somebody typed in a form of a case; a form left empty drops its draft. Never touches the case itself.

    Returns whether anything is kept. Raises NotFound, and DomainError for more than anybody types.
    """
    if db.session.scalar(select(Case.id).where(Case.id == case_id)) is None or not _is_form(form):
        raise NotFound(N_("没有这个案件，或者没有这个表单。"))
    typed = typed_in(fields)
    if len(json.dumps(typed, ensure_ascii=False)) > LONGEST:
        raise DomainError(N_("草稿太长，没有保存。请删减后再试。"))
    if not typed:
        discard(account, case_id, form)
        return False
    kept = {"fields": typed, "saved_at": now}
    new = insert(CaseDraft).values(case_id=case_id, account_id=account.id, form=form, **kept)
    key = [CaseDraft.case_id, CaseDraft.account_id, CaseDraft.form]
    db.session.execute(new.on_conflict_do_update(index_elements=key, set_=kept))
    return True


def typed_in(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what somebody typed or chose in a form, without what the page fills in by itself."""
    kept = {
        name[:60]: clean(text)
        for name, text in fields.items()
        if name not in _NOT_TYPED and not name.startswith("canned-")
    }
    return {name: text for name, text in kept.items() if text}


def give_back(account: Account, case_id: int, form: str, fields: Mapping[str, str], now: datetime) -> None:
    """Let somebody go on with what they had sent; what they have typed since is kept beside it."""
    own = db.session.get(CaseDraft, (case_id, account.id, form))
    if own is not None and own.fields != fields:
        save(account, case_id, f"{form[:52]}{BEFORE}", own.fields, now)
    save(account, case_id, form, fields, now)


def _is_form(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _FORM.fullmatch(name) is not None


def discard(account: Account, case_id: int, form: str) -> None:
    """Drop a draft: it was sent, or is wanted no more; there need not be any."""
    if not _is_form(form):
        return
    own = (CaseDraft.case_id == case_id, CaseDraft.account_id == account.id, CaseDraft.form == form)
    db.session.execute(delete(CaseDraft).where(*own))


def take_over(account: Account, case_id: int, from_id: int, form: str, now: datetime) -> None:
    """Go on with what a colleague typed. The colleague keeps theirs; what the taker had typed is kept beside it.

    Raises NotFound when it is there no longer, NotPermitted for whoever keeps out of the case.
    """
    found = db.session.get(CaseDraft, (case_id, from_id, form)) if _is_form(form) else None
    if found is None:
        raise NotFound(N_("这份草稿已经不在了：可能已经发出，或者被删去。"))
    guards.require_unconcerned(account, concerns.cases_beside(db.session.get_one(Case, case_id)))
    give_back(account, case_id, form, found.fields, now)
    audit.record(audit.actor(account), "draft.taken_over", now, case=case_id, account=from_id)


def drop_all(case_id: int) -> None:
    """Drop every draft of a case, whose personal data are being erased."""
    db.session.execute(delete(CaseDraft).where(CaseDraft.case_id == case_id))
