"""Submitting a notice: the articles frozen, the cases joined or opened, the clocks, the trail, the mails; one act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker import content, mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import Category, CategoryName
from tracker.domain.clocks import RULES, due
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.lifecycle import Event, advance
from tracker.domain.notices import Submission, addresses, review, slug_of
from tracker.domain.passages import locate
from tracker.domain.receipts import new_reference
from tracker.domain.text import mailbox
from tracker.models import Article, Attachment, Case, Clock, Item, Mailbox, Measure, Notice
from tracker.render.site import Site
from tracker.render.visible import stands
from tracker.services import audit, drafts

_CHANGED_BY = N_("通知人")
_LONGEST_STORED_ADDRESS = 1000


@dataclass(frozen=True)
class Named:
    """An article that a notice names, with the address as it was typed."""

    article: Article
    address: str
    line: int
    withheld_for: frozenset[CategoryName]

    @property
    def is_readable(self) -> bool:
        """Say whether readers may see the article now."""
        return not self.withheld_for

    def quotes(self, passage: str) -> bool:
        """Say whether `passage` stands in the article as it is now."""
        return locate(passage, _text(self.article.revision.source)) is not None


@lru_cache(maxsize=32)
def _text(source: bytes) -> str:
    return content.text_of(source)


def sent(draft: str) -> Notice | None:
    """Return the notice that a draft became, or None."""
    return db.session.scalar(select(Notice).where(Notice.draft == draft))


def check(
    site: Site, category: Category, answers: Mapping[str, str], now: datetime
) -> tuple[dict[str, str], list[Named]]:
    """Return the answers as they are stored and the articles they name, each once; raise Incomplete by field."""
    given, problems = read(category, answers)
    named: list[Named] = []
    if "addresses" in given and "addresses" not in problems:
        named, found = _resolved(site, category, given["addresses"], now)
        problems |= found
    if problems:
        raise Incomplete(problems)
    return given, named


def read(category: Category, answers: Mapping[str, str]) -> tuple[dict[str, str], dict[str, DomainError]]:
    """Return the answers as they are stored, and what is wrong with them by field, the articles left aside."""
    given, problems = review(category, answers)
    if "email" in given and "email" not in problems:
        given["email"], found = _mailable(given["email"])
        problems |= found
    return given, problems


def _mailable(address: str) -> tuple[str, dict[str, DomainError]]:
    """Return an e-mail address in its one form: the host in lower case, an international one in its own script."""
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).normalized, {}
    except EmailNotValidError:
        message = N_("邮箱地址要像 name@example.org 这样：中间有一个@，没有空格；@之前只用字母、数字和符号。")
        return address, {"email": DomainError(message)}


def _resolved(site: Site, category: Category, answer: str, now: datetime) -> tuple[list[Named], dict[str, DomainError]]:
    typed = addresses(answer)
    slugs = [slug_of(address, site.base_url) for _, address in typed]
    known = _articles([slug for slug in slugs if slug], now)
    unknown: list[int] = []
    settled: list[int] = []
    named: dict[int, Named] = {}
    for (line, address), slug in zip(typed, slugs, strict=True):
        found = known.get(slug or "")
        if found is None:
            unknown.append(line)
        elif category.name in found[1]:
            settled.append(line)
        else:
            named.setdefault(found[0].id, Named(found[0], address, line, found[1]))
    return list(named.values()), _address_problems(unknown, settled)


def _address_problems(unknown: list[int], settled: list[int]) -> dict[str, DomainError]:
    if unknown:
        message = N_(
            "第%(lines)s行不是本站文章的地址。请打开那篇文章，复制浏览器地址栏里的网址，每行一个。其他网站的文章我们无权处理。"
        )
        return {"addresses": DomainError(message, lines=_listed(unknown))}
    if settled:
        message = N_(
            "第%(lines)s行的文章已经因为同类通知停止展示，不需要再次通知。请删去这一行；其他文章可以照常提交。"
        )
        return {"addresses": DomainError(message, lines=_listed(settled))}
    return {}


def _listed(lines: list[int]) -> str:
    return ", ".join(str(line) for line in dict.fromkeys(lines))


def _articles(slugs: list[str], now: datetime) -> dict[str, tuple[Article, frozenset[CategoryName]]]:
    """Return the articles that are on the site, withheld ones too, each with the categories it is withheld for."""
    articles = list(db.session.scalars(select(Article).where(Article.slug.in_(slugs))))
    standing = select(Measure.article_id, Case.category).join(Case, Case.id == Measure.case_id).where(stands(now))
    withheld: dict[int, set[CategoryName]] = {article.id: set() for article in articles}
    for article_id, category in db.session.execute(standing.where(Measure.article_id.in_(withheld))):
        withheld[article_id].add(category)
    return {
        article.slug: (article, frozenset(withheld[article.id]))
        for article in articles
        if article.file_gone_at is None and article.revision_id is not None
    }


def submit(site: Site, submission: Submission, now: datetime) -> Notice:
    """Store a notice whole, with its files, cases, clocks, audit entries and mails; the draft goes in the same act.

    The same draft gives the same notice, however often it is sent. Raises Incomplete as `check` does.
    """
    earlier = sent(submission.draft)
    if earlier is not None:
        return earlier
    answers, named = check(site, submission.category, submission.answers, now)
    notice = _stored(site, submission, answers, now)
    if notice is None:  # the same draft was sent at the same moment, and came first
        return db.session.scalars(select(Notice).where(Notice.draft == submission.draft)).one()
    _attach(notice, submission.files)
    cases, opened = _cases(submission.category.name, [name.article.id for name in named], now)
    _add_items(notice, named, cases, now)
    db.session.flush()
    _record(site, notice, cases, opened, now)
    mail.acknowledgement(site, notice, now)
    mail.maintainers(site, notice, cases, now)
    drafts.discard(submission.draft)
    db.session.flush()
    return notice


def _stored(site: Site, submission: Submission, answers: Mapping[str, str], now: datetime) -> Notice | None:
    """Insert the notice under a reference nobody has; None when its draft is a notice already."""
    values = {
        "key_epoch": site.keys.epoch,
        "draft": submission.draft,
        "category": submission.category.name,
        "language": submission.language,
        "mailbox": mailbox(answers["email"]),
        "answers": dict(answers),
        "statements": dict(submission.statements),
        "privacy_version": submission.privacy_version,
        "sha256": submission.sha256(),
        "received_at": now,
    }
    while True:
        new = insert(Notice).values(reference=new_reference(site.local(now).year), **values)
        number = db.session.scalar(new.on_conflict_do_nothing().returning(Notice.id))
        if number is not None:
            return db.session.get_one(Notice, number)
        if sent(submission.draft) is not None:
            return None


def confirm(notice: Notice, now: datetime) -> None:
    """Remember that the owner of the notifier's mailbox opened what only a mail could show; once for a mailbox."""
    new = insert(Mailbox).values(mailbox=notice.mailbox, confirmed_at=now).on_conflict_do_nothing()
    if db.session.scalar(new.returning(Mailbox.mailbox)) is not None:
        audit.record(audit.NOTIFIER, "address.confirmed", now, notice=notice.id)


def _attach(notice: Notice, files: Sequence[File]) -> None:
    for file in files:
        kept = {name: getattr(file, name) for name in ("name", "media_type", "size", "sha256", "content")}
        db.session.add(Attachment(notice_id=notice.id, **kept))


def _cases(category: CategoryName, articles: list[int], now: datetime) -> tuple[list[Case], list[Case]]:
    """Return the open case of each article, locked, and which of them are new.

    In order of article, so that notices that name the same articles wait for each other and never in a circle.
    """
    found: dict[int, Case] = {}
    new: set[int] = set()
    while missing := sorted(set(articles) - set(found)):  # one may be decided between the two statements
        new.update(_opened(category, missing, now))
        is_open = (Case.category == category, Case.decided_at.is_(None), Case.article_id.in_(missing))
        rows = db.session.scalars(select(Case).where(*is_open).order_by(Case.article_id).with_for_update())
        found |= {case.article_id: case for case in rows}
    cases = [found[article] for article in sorted(found)]
    for case in cases:
        if case.id in new:
            _start_clocks(case, now)
        else:
            _join(case, now)
    return cases, [case for case in cases if case.id in new]


def _opened(category: CategoryName, articles: Sequence[int], now: datetime) -> Sequence[int]:
    """Open a case for each article that has none; return the numbers of the new ones."""
    rows = [
        {
            "article_id": article,
            "category": category,
            "state": advance(None, Event.SUBMIT),
            "version": 1,
            "opened_at": now,
            "changed_at": now,
            "changed_by": _CHANGED_BY,
        }
        for article in articles
    ]
    new = insert(Case).values(rows).on_conflict_do_nothing().returning(Case.id)
    return db.session.scalars(new).all()


def _start_clocks(case: Case, now: datetime) -> None:
    for kind in RULES:
        db.session.add(Clock(case_id=case.id, kind=kind, starts_at=now, due_at=due(kind, now)))


def _join(case: Case, now: datetime) -> None:
    """Count the joining as an act: who is deciding without having seen this notice is told so."""
    case.state = advance(case.state, Event.JOIN)
    case.version += 1
    case.changed_at = now
    case.changed_by = _CHANGED_BY


def _add_items(notice: Notice, named: list[Named], cases: list[Case], now: datetime) -> None:
    """Freeze each article to its revision.

    A mailbox has one open item a case, the one that the decision will answer. A later item from the same mailbox
    counts as answered at once, by what answers the first: the moderator reads both, one decision mail goes out.
    """
    passage = notice.answers.get("passage", "")
    by_article = {case.article_id: case for case in cases}
    awaited = select(Item.case_id).where(Item.mailbox == notice.mailbox, Item.answered_at.is_(None))
    has_open = set(db.session.scalars(awaited.where(Item.case_id.in_([case.id for case in cases]))))
    for name in named:
        case = by_article[name.article.id]
        db.session.add(
            Item(
                notice_id=notice.id,
                case_id=case.id,
                article_id=name.article.id,
                revision_id=name.article.revision_id,
                mailbox=notice.mailbox,
                address=name.address[:_LONGEST_STORED_ADDRESS],
                passage=passage,
                passage_found=bool(passage) and name.quotes(passage),
                answered_at=now if case.id in has_open else None,
            )
        )


def _record(site: Site, notice: Notice, cases: list[Case], opened: list[Case], now: datetime) -> None:
    """Write the trail last: its head is the lock that every act takes, so cases are locked before it."""
    audit.record(
        audit.NOTIFIER,
        "notice.submitted",
        now,
        notice=notice.id,
        reference=notice.reference,
        category=notice.category,
        cases=[case.id for case in cases],
        articles=[case.article_id for case in cases],
        digest=site.keys.secret("notice-digest", notice.sha256, notice.key_epoch),  # keyed: it outlives an erasure
    )
    for case in opened:
        audit.record(audit.NOTIFIER, "case.opened", now, case=case.id, article=case.article_id, category=case.category)
