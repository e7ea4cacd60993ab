"""Conflict of interest: what an account keeps out of, and whether a case is about that."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain import recusals
from tracker.domain.errors import N_, DomainError, Incomplete, NotFound, NotPermitted
from tracker.domain.recusals import About
from tracker.domain.roles import Permission, allows
from tracker.domain.text import mailbox
from tracker.models import Account, Attachment, Case, Item, Mail, Message, Recusal
from tracker.queries import interests
from tracker.services import audit


def of(account_id: int) -> list[Recusal]:
    """Return what an account keeps out of."""
    return list(db.session.scalars(select(Recusal).where(Recusal.account_id == account_id).order_by(Recusal.id)))


def put(actor: Account, account_id: int, about: About, typed: str, now: datetime) -> None:
    """Keep an account out of the cases of a publisher, domain or article; raise Incomplete for `value`, NotFound.

    What stands already stays as it is.
    """
    value = recusals.normal(about, typed)
    if db.session.get(Account, account_id, with_for_update=True) is None:
        raise NotFound(N_("没有这个账号。"))
    known = select(Recusal.id).where(Recusal.account_id == account_id, Recusal.about == about, Recusal.value == value)
    if db.session.scalar(known) is not None:
        raise Incomplete({"value": DomainError(N_("这一项已经登记过了。"))})
    recusal = Recusal(account_id=account_id, about=about, value=value, set_by_id=actor.id, created_at=now)
    db.session.add(recusal)
    db.session.flush()
    audit.record(audit.actor(actor), "recusal.set", now, recusal=recusal.id, account=account_id)


def lift(actor: Account, account_id: int, number: int, now: datetime) -> None:
    """Let an account decide about something again; raise NotFound, NotPermitted.

    One lifts what one set oneself; what an admin set for a colleague is for an admin to lift, and not that colleague.
    """
    recusal = db.session.get(Recusal, number, with_for_update=True)
    if recusal is None or recusal.account_id != account_id:
        raise NotFound(N_("没有这一项，可能已经解除。"))
    if not may_lift(actor, recusal):
        raise NotPermitted(N_("这一项是管理员登记的。如果不再需要，请管理员解除。"))
    db.session.delete(recusal)
    audit.record(audit.actor(actor), "recusal.lifted", now, recusal=number, account=account_id)


def may_lift(actor: Account, recusal: Recusal) -> bool:
    """Say whether `actor` may lift this."""
    if recusal.account_id == actor.id:
        return recusal.set_by_id == actor.id
    return allows(actor.role, Permission.MANAGE_PEOPLE)


def is_impartial(account: Account, case: Case) -> bool:
    """Say whether `account` may decide about a case: it is not their own article (§6.3, 12), nor what they keep out of."""
    return _is_impartial(account, case, interests.declared(account))


def may_know(account: Account, cases: Iterable[Case]) -> bool:
    """Say whether `account` may see who complains in these cases, and what they sent: it keeps out of none of them."""
    kept_out = interests.declared(account)
    return all(_is_impartial(account, case, kept_out) for case in cases)


def cases_of_file(file: Attachment) -> list[Case]:
    """Return the cases that a file belongs to: all of its notice, and that of the message it came with."""
    said = db.session.get(Message, file.message_id) if file.message_id else None
    return _cases({file.notice_id or (said.notice_id if said else None)}, said.case_id if said else None)


def cases_of_mail(mail: Mail) -> list[Case]:
    """Return the cases that a mail is about."""
    return _cases({mail.notice_id}, mail.case_id)


def cases_beside(case: Case) -> list[Case]:
    """Return a case with all others that its notices are about."""
    return _cases({item.notice_id for item in case.items}, case.id)


def kept_from(account: Account, numbers: Collection[int]) -> set[int]:
    """Return the numbers of those of some cases which `account` keeps out of."""
    return interests.kept_from(account, numbers)


def mails_kept_from(account: Account, mails: Collection[Mail]) -> set[int]:
    """Return the numbers of those of some mails that are about a case which `account` keeps out of."""
    notices = {mail.notice_id for mail in mails if mail.notice_id}
    named = select(Item.notice_id, Item.case_id).where(Item.notice_id.in_(notices))
    pairs = [(row[0], row[1]) for row in db.session.execute(named)]
    own = kept_from(account, {case_id for _, case_id in pairs} | {mail.case_id for mail in mails if mail.case_id})
    hidden = {notice_id for notice_id, case_id in pairs if case_id in own}
    return {mail.id for mail in mails if mail.case_id in own or mail.notice_id in hidden}


def _cases(notices: set[int | None], case_id: int | None) -> list[Case]:
    named = db.session.scalars(select(Item.case_id).where(Item.notice_id.in_(notices - {None})))
    found = select(Case).where(Case.id.in_({*named, case_id} - {None})).options(joinedload(Case.article))
    return list(db.session.scalars(found))


def _is_impartial(account: Account, case: Case, kept_out: Collection[tuple[About, str]]) -> bool:
    article = case.article
    if article.publisher_email and mailbox(account.email) == mailbox(article.publisher_email):
        return False
    if not kept_out:
        return True
    notifiers = [item.mailbox for item in case.items if item.mailbox]
    found = recusals.matter(
        article.slug, article.publisher_name, article.publisher_email, article.source_url, notifiers
    )
    return not recusals.concerns(kept_out, found)
