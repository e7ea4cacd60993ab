"""Writing to one side of a case, beside all forms: it decides nothing and no limit hangs on it."""

from datetime import datetime

from tracker import mail
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.text import bounded
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account
from tracker.queries.silence import is_silent
from tracker.render.site import Site
from tracker.services import audit, cases, guards, holds, threads


def write(site: Site, account: Account, case_id: int, item_id: int, text: str, now: datetime, key: str) -> None:
    """Send words to the notifier of an item, or to the publisher when it is 0; they stand in the thread of that side.

    Raises Incomplete, NotFound, NotPermitted for whoever keeps out of the case, and InvalidTransition when that side can
    be told nothing: no address, erased, or forbidden.
    """
    said = bounded(text, holds.REASON, "text")
    case = cases.found(case_id)
    guards.require_impartial(account, case)
    item = holds.belongs(item_id, case_id) if item_id else None
    notice = item.notice if item else None
    address = notice.answers.get("email", "") if notice else case.article.publisher_email
    if not address and notice is None:
        raise InvalidTransition(N_("这篇文章没有发布者的邮箱，写不到信。"))
    if notice is None and is_silent(case):
        raise InvalidTransition(N_("命令不许把这个案件告知发布者，不能写信。"))
    if notice is not None and notice.erased_at:
        raise InvalidTransition(N_("这份通知的个人信息已经删除，写不到信。"))
    threads.add(
        key, now, case=case, notice=notice, party=Party.STAFF, kind=MessageKind.WORD, text=said, account=account
    )
    if item and notice:
        mail.letter_to_notifier(site, notice, [item], said, now, key, account.id)
    else:
        mail.letter_to_publisher(site, case, said, now, key, account.id)
    audit.record(audit.actor(account), "case.written", now, case=case.id, notice=notice.id if notice else None)
