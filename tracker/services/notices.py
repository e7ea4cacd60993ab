"""Submitting a notice: checked, stored, joined to its cases, recorded, acknowledged; one act."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import Category
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.lifecycle import Channel, Event, State
from tracker.domain.notices import Submission, review
from tracker.domain.receipts import new_reference
from tracker.domain.regimes import Completeness, applying, assess, overall
from tracker.domain.text import mailbox
from tracker.models import Account, Attachment, Case, Mailbox, Notice
from tracker.render.site import Site
from tracker.services import addresses, audit, bars, drafts, exchange, joining, standings
from tracker.services.addresses import Named
from tracker.services.cases import move


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
        named, found = addresses.resolve(site, given["addresses"], now)
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


def says_the_same(notice: Notice, category: Category, answers: Mapping[str, str], files: Sequence[File]) -> bool:
    """Say whether a form that became `notice` came again unchanged: the same answers, no file that it does not have."""
    known = {attachment.sha256 for attachment in notice.attachments}
    if notice.category != category.name or not {file.sha256 for file in files} <= known:
        return False
    return notice.answers == read(category, answers)[0]


def submit(
    site: Site,
    submission: Submission,
    now: datetime,
    channel: Channel = Channel.WEB,
    entered_by: Account | None = None,
) -> Notice:
    """Store a notice whole, with its files, cases, clocks, audit entries and mails; the draft goes in the same act.

    The same draft gives the same notice, however often it is sent. `entered_by` is who typed in what came by phone, post
    or mail. Raises Incomplete as `check` does.
    """
    earlier = sent(submission.draft)
    if earlier is not None:
        return earlier
    answers, named = check(site, submission.category, submission.answers, now)
    values = {"channel": channel, "entered_by_id": entered_by.id if entered_by else None}
    notice = _stored(site, submission, answers, now, values)
    if notice is None:  # the same draft was sent at the same moment, and came first
        return db.session.scalars(select(Notice).where(Notice.draft == submission.draft)).one()
    _attach(notice, submission.files)
    cases, opened = joining.open_cases(submission.category.name, [name.article.id for name in named], now)
    if submission.category.is_urgent_with(answers):
        joining.raise_urgency(site, cases)
    joining.add_items(notice, named, cases, now)
    db.session.flush()
    joining.start_clocks(site, notice, opened, now)
    if standings.is_trusted(notice.mailbox, now):
        joining.put_first(site, notice, now)
    _record(site, notice, cases, opened, now)
    for case in cases:
        if case.state is State.NEEDS_INFO:  # whoever is new waits for us, whoever else was asked for something
            before = move(case, Event.JOIN, now, subject="none")
            audit.record(audit.NOTIFIER, "case.joined", now, **_moved(case, before, notice))
    mail.acknowledgement(site, notice, now)
    for item, ending, reason in list(bars.barred(notice, now)):
        exchange.turn_away(site, item, ending, reason, now)
    for item, restored in list(bars.doubted(notice)):
        exchange.flag(site, item, bars.MAYBE_REPEATED % {"number": restored}, now)
    if waiting := [case for case in cases if case.closed_at is None]:
        mail.maintainers(site, notice, waiting, now)
    drafts.discard(submission.draft)
    db.session.flush()
    return notice


def _moved(case: Case, before: State, notice: Notice) -> dict[str, object]:
    return {"case": case.id, "from": before, "to": case.state, "notice": notice.id}


def _stored(
    site: Site, submission: Submission, answers: Mapping[str, str], now: datetime, entered: Mapping[str, object]
) -> Notice | None:
    """Insert the notice under a reference nobody has; None when its draft is a notice already."""
    regimes = applying(submission.category, answers)
    found = assess(regimes, answers, frozenset(file.purpose for file in submission.files))
    values = {
        **entered,
        "regimes": list(regimes),
        "valid_at": now if overall(found) is Completeness.VALID else None,
        "key_epoch": site.keys.epoch,
        "draft": submission.draft,
        "category": submission.category.name,
        "language": submission.language,
        "mailbox": mailbox(answers.get("email", "")),
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
        kept = {name: getattr(file, name) for name in ("purpose", "name", "media_type", "size", "sha256", "content")}
        db.session.add(Attachment(notice_id=notice.id, **kept))


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
