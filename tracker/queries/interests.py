"""Which cases somebody keeps out of: those of their own articles, and of what is declared for them."""

from collections.abc import Collection

from sqlalchemy import Select, select

from tracker.db import db
from tracker.domain.recusals import About, concerns, matter
from tracker.domain.text import mailbox
from tracker.models import Account, Article, Case, Item, Recusal
from tracker.render import former


def declared(account: Account) -> list[tuple[About, str]]:
    """Return what an account keeps out of; an article also by the address at which it stands now, if it was another."""
    wanted = select(Recusal.about, Recusal.value).where(Recusal.account_id == account.id)
    found = [(row.about, row.value) for row in db.session.execute(wanted)]
    articles = former.named([value for about, value in found if about is About.ARTICLE])
    return found + [(About.ARTICLE, article.slug) for article in articles.values()]


def kept_from(account: Account, cases: Collection[int] | Select[int]) -> set[int]:
    """Return the numbers of those of some cases which `account` keeps out of, in three questions however many they are."""
    kept_out = declared(account)
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
