"""Conflict of interest: which cases somebody keeps out of, those of their own articles and of what is declared for them."""

from collections.abc import Collection

from sqlalchemy import Select, select

from tracker.db import db
from tracker.domain.recusals import About, concerns, matter
from tracker.domain.text import mailbox
from tracker.models import Account, Article, Attachment, Case, Item, Mail, Message, Recusal
from tracker.render import former


def declared_by(account_id: int) -> list[Recusal]:
    """Return what an account keeps out of."""
    return list(db.session.scalars(select(Recusal).where(Recusal.account_id == account_id).order_by(Recusal.id)))


def is_impartial(account: Account, case: Case) -> bool:
    """Say whether `account` may decide about a case: it is not their own article (§6.3, 12), nor what they keep out of."""
    return not kept_from(account, {case.id})


def may_know(account: Account, cases: Collection[int]) -> bool:
    """Say whether `account` may see who complains in these cases, and what they sent: it keeps out of none of them."""
    return not kept_from(account, cases)


def kept_from(account: Account, cases: Collection[int] | Select[int]) -> set[int]:
    """Return the numbers of those of some cases which `account` keeps out of, in a few questions however many they are."""
    kept_out = _declared(account)
    sent: dict[int, list[str]] = {}
    if kept_out:
        notified = select(Item.case_id, Item.mailbox).where(Item.case_id.in_(cases), Item.mailbox != "")
        for number, address in db.session.execute(notified):
            sent.setdefault(number, []).append(address)
    about = select(Case.id, Article.slug, Article.publisher_name, Article.publisher_email, Article.source_url)
    own, found = mailbox(account.email), set()
    for number, slug, name, email, source in db.session.execute(about.join(Article).where(Case.id.in_(cases))):
        is_own = bool(email) and mailbox(email) == own
        if is_own or concerns(kept_out, matter(slug, name, email, source, sent.get(number, ()))):
            found.add(number)
    return found


def mails_kept_from(account: Account, mails: Collection[Mail]) -> set[int]:
    """Return the numbers of those of some mails that are about a case which `account` keeps out of."""
    notices = {mail.notice_id for mail in mails if mail.notice_id}
    named = select(Item.notice_id, Item.case_id).where(Item.notice_id.in_(notices))
    pairs = [(row[0], row[1]) for row in db.session.execute(named)]
    own = kept_from(account, {case_id for _, case_id in pairs} | {mail.case_id for mail in mails if mail.case_id})
    hidden = {notice_id for notice_id, case_id in pairs if case_id in own}
    return {mail.id for mail in mails if mail.case_id in own or mail.notice_id in hidden}


def cases_of_file(file: Attachment) -> set[int]:
    """Return the numbers of the cases that a file belongs to: all of its notice, and that of the message it came with."""
    said = db.session.get(Message, file.message_id) if file.message_id else None
    return _cases({file.notice_id or (said.notice_id if said else None)}, said.case_id if said else None)


def cases_of_mail(mail: Mail) -> set[int]:
    """Return the numbers of the cases that a mail is about."""
    return _cases({mail.notice_id}, mail.case_id)


def cases_beside(case: Case) -> set[int]:
    """Return the numbers of a case and of all others that its notices are about."""
    return _cases({item.notice_id for item in case.items}, case.id)


def _cases(notices: set[int | None], case_id: int | None) -> set[int]:
    named = db.session.scalars(select(Item.case_id).where(Item.notice_id.in_(notices - {None})))
    return {*named} | ({case_id} if case_id else set())


def _declared(account: Account) -> list[tuple[About, str]]:
    """Return what an account keeps out of; an article also by the address at which it stands now, if it was another."""
    wanted = select(Recusal.about, Recusal.value).where(Recusal.account_id == account.id)
    found = [(row.about, row.value) for row in db.session.execute(wanted)]
    articles = former.named([value for about, value in found if about is About.ARTICLE])
    return found + [(About.ARTICLE, article.slug) for article in articles.values()]
