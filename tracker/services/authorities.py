"""That an authority was told of what a case is about: a note with what was said, and an entry of the trail."""

from datetime import datetime

from tracker.domain.authorities import LABELS, WRITTEN, Authority
from tracker.domain.text import bounded
from tracker.models import Account
from tracker.services import audit, cases, threads


def tell(account: Account, case_id: int, authority: Authority, text: str, now: datetime, key: str) -> None:
    """Write down that an authority was told, and what; the same key again adds nothing (DSA art. 18; 未成年人保护法 80).

    Whatever the state of the case: such a duty ends with none. Raises Incomplete, NotFound, NotPermitted.
    """
    said = bounded(text, WRITTEN, "text")
    case = cases.found(case_id)
    cases.require_impartial(account, case)
    if threads.is_known(key):
        return
    threads.note(case, account, f"已向{LABELS[authority]}报告：{said}", now, key)
    audit.record(audit.actor(account), "case.authority_told", now, case=case.id, authority=authority)
