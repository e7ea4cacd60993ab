"""Submitting a notice: checked, stored, joined to its cases, recorded, acknowledged; one act."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker import mail
from tracker.contact import dialable, mailable
from tracker.db import ask, db, stored, table
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.errors import DomainError, Incomplete, Paused
from tracker.domain.lifecycle import AWAITED, Channel, Event, State
from tracker.domain.notices import Submission, review
from tracker.domain.receipts import new_reference
from tracker.domain.regimes import Completeness, applying, assess, overall, whole
from tracker.domain.standing import Level
from tracker.domain.text import mailbox
from tracker.models import Account, Attachment, Case, Item, Mail, Mailbox, MailState, Notice
from tracker.render.site import Site
from tracker.services import addresses, audit, bars, drafts, exchange, joining, routing, settings, standings
from tracker.services.addresses import Resolved
from tracker.services.cases import NO_CLOCK, move, reserved

_SENT = select(Notice.id).where(Notice.draft == bindparam("draft"))


def sent(draft: str) -> Notice | None:
    """Return the notice that a draft became, or None."""
    number = ask(_SENT, {"draft": draft}).scalar()
    return db.session.get(Notice, number) if number else None


ESSENTIAL = frozenset({"addresses", "explanation"})
"""What a letter or a call must have to be entered at all; how complete it is by law is said afterwards."""


def check(
    site: Site, category: Category, answers: Mapping[str, str], now: datetime, required: Collection[str] | None = None
) -> tuple[dict[str, str], Resolved]:
    """Return the answers as they are stored and what their addresses name; raise Incomplete by field.

    Addresses that name nothing of ours are no fault as long as one does: whoever sends is asked whether to go on without.
    """
    given, problems = read(category, answers, required)
    resolved = Resolved([], [])
    if "addresses" in given and "addresses" not in problems:
        resolved = addresses.resolve(site, given["addresses"], now)
        if wrong := addresses.problem(resolved):
            problems["addresses"] = wrong
    if problems:
        raise Incomplete(problems)
    return given, resolved


def read(
    category: Category, answers: Mapping[str, str], required: Collection[str] | None = None
) -> tuple[dict[str, str], dict[str, DomainError]]:
    """Return the answers as they are stored, and what is wrong with them by field, the articles left aside.

    `required` names what must be there, if not what the category asks of everybody.
    """
    given, problems = review(category, answers, required)
    ways: dict[str, Callable[[str], tuple[str, DomainError | None]]] = {
        "email": mailable, "phone": lambda phone: dialable(phone, given.get("country", "")),
    }  # fmt: skip
    for name, reach in ways.items():
        if name in given and name not in problems:
            given[name], problem = reach(given[name])
            problems |= {name: problem} if problem else {}
    return given, problems


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
    received_at: datetime | None = None,
) -> Notice:
    """Store a notice whole, with its files, cases, clocks, audit entries and mails; the draft goes in the same act.

    The same draft gives the same notice, however often it is sent. `entered_by` is who typed in what came by phone, post
    or mail, of which only the ESSENTIAL has to be there; `received_at` is when it came, if not now: its limits run from then.
    Raises Incomplete as `check` does, and when addresses that name nothing of ours were not left out knowingly; and Paused
    while the web takes in no notices.
    """
    try:
        answers, resolved = _acceptable(site, submission, now, entered_by)
    except (Incomplete, Paused):
        if earlier := sent(submission.draft):  # it was acceptable when it was sent before
            return earlier
        raise
    came_at = received_at or now
    values = {
        "channel": channel,
        "entered_by_id": entered_by.id if entered_by else None,
        "entered_at": now if received_at else None,
    }
    notice, is_new = _stored(site, submission, answers, came_at, values)
    if not is_new:
        return notice
    _attach(notice, submission.files)
    level = standings.level(notice.mailbox, now)
    cases = _joined(site, notice, resolved, level, entered_by, now)
    for (ending, reason), items in bars.barred(notice, level).items():
        exchange.turn_away(site, items, ending, reason, now)
    for item, restored in list(bars.doubted(notice)):
        exchange.flag(site, item, bars.MAYBE_REPEATED % {"number": restored}, now)
    if waiting := [case for case in cases if case.closed_at is None]:
        mail.maintainers(site, notice, waiting, now)
    drafts.discard(submission.draft)
    db.session.flush()
    return notice


def _acceptable(
    site: Site, submission: Submission, now: datetime, entered_by: Account | None
) -> tuple[dict[str, str], Resolved]:
    """Return the answers as they are stored and what their addresses name; raise Incomplete or Paused."""
    if entered_by is None:
        settings.require_intake(site, submission.category, submission.answers)
    required = ESSENTIAL if entered_by else None
    answers, resolved = check(site, submission.category, submission.answers, now, required)
    if (wrong := addresses.left_out(resolved)) and not submission.leaves_out:
        raise Incomplete({"addresses": wrong})
    return answers, resolved


def _joined(
    site: Site, notice: Notice, resolved: Resolved, level: Level | None, entered_by: Account | None, now: datetime
) -> list[Case]:
    """Open or join the case of each article, start the clocks, write the trail, and confirm receipt; return the cases."""
    ordered_by = entered_by.id if entered_by and notice.category is CategoryName.COURT_OR_AUTHORITY else None
    who = audit.actor(entered_by) if entered_by else audit.NOTIFIER
    is_urgent = CATEGORIES[notice.category].is_urgent_with(notice.answers)
    articles = [name.article.id for name in resolved.named]
    cases, opened = joining.open_cases(notice.category, articles, now, ordered_by, is_urgent=is_urgent)
    joining.add_items(site, notice, resolved.named, cases)
    joining.start_clocks(site, notice, opened)
    if level is Level.TRUSTED:
        joining.put_first(site, notice.items, notice.received_at)
    _record(site, notice, cases, opened, who, now, is_order=ordered_by is not None)
    routing.assign(opened, now)
    if is_urgent:
        joining.raise_urgency(site, notice, cases, who, now)
    for case in cases:
        if case.state is State.NEEDS_INFO:  # whoever is new waits for us, whoever else was asked for something
            before = move(case, Event.JOIN, now, NO_CLOCK, by=entered_by)
            audit.record(who, "case.joined", now, **_moved(case, before, notice))
    if ordered_by is None:
        mail.acknowledgement(site, notice, now)
    else:
        mail.order_received(site, notice, now)
    return cases


def _moved(case: Case, before: State, notice: Notice) -> dict[str, object]:
    return {"case": case.id, "from": before, "to": case.state, "notice": notice.id}


_TABLE = table(Notice)
_NEW = insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def _stored(
    site: Site, submission: Submission, answers: Mapping[str, str], now: datetime, entered: Mapping[str, object]
) -> tuple[Notice, bool]:
    """Return the notice, inserted under a reference nobody has, or as it was when its draft was sent before; and whether it is new."""
    regimes = applying(submission.category, answers, targets_eu=site.targets_eu)
    purposes = frozenset(file.purpose for file in submission.files)
    found = assess(regimes, answers, purposes, submission.category.name)
    values = {
        **entered,
        "regimes": list(regimes),
        "valid_at": now if overall(found) is Completeness.VALID else None,
        "valid_by": dict.fromkeys(sorted(whole(found)), now.isoformat()),
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
        asked = {"reference": new_reference(site.local(now).year), **values}
        number = ask(_NEW, asked).scalar()
        if number is not None:
            return stored(Notice(id=number, **asked)), True
        if earlier := sent(submission.draft):
            return earlier, False


def confirm(site: Site, notice: Notice, now: datetime) -> None:
    """Remember that the owner of the notifier's mailbox opened what only a mail could show; once for a mailbox.

    What was held for it because nobody had goes out now, and what waits of a trusted flagger comes first from now on. Of a
    notice whose data are erased nothing is left to confirm.
    """
    if not notice.mailbox:
        return
    waits = select(Item).join(Notice).where(Notice.mailbox == notice.mailbox, Item.state.in_(AWAITED)).order_by(Item.id)
    reserved(item.case_id for item in db.session.scalars(waits))  # before the mails, as every act does
    new = insert(Mailbox).values(mailbox=notice.mailbox, confirmed_at=now).on_conflict_do_nothing()
    if db.session.scalar(new.returning(Mailbox.mailbox)) is not None:
        held = update(Mail).where(Mail.mailbox == notice.mailbox, Mail.state == MailState.HELD)
        db.session.execute(held.values(state=MailState.QUEUED, due_at=now))
        if standings.level(notice.mailbox, now) is Level.TRUSTED:
            joining.put_first(site, db.session.scalars(waits.execution_options(populate_existing=True)), now)
        audit.record(audit.NOTIFIER, "address.confirmed", now, notice=notice.id)


def _attach(notice: Notice, files: Sequence[File]) -> None:
    for file in files:
        kept = {name: getattr(file, name) for name in ("purpose", "name", "media_type", "size", "sha256", "content")}
        db.session.add(Attachment(notice_id=notice.id, **kept))


def _record(
    site: Site,
    notice: Notice,
    cases: list[Case],
    opened: list[Case],
    who: str,
    now: datetime,
    *,
    is_order: bool,
) -> None:
    """Note what goes into the trail; its lock, which every act takes, is left for the commit: cases and articles are locked by now."""
    audit.note(
        who,
        "notice.submitted",
        now,
        notice=notice.id,
        reference=notice.reference,
        category=notice.category,
        channel=notice.channel,
        cases=[case.id for case in cases],
        articles=[case.article_id for case in cases],
        digest=site.keys.secret("notice-digest", notice.sha256, notice.key_epoch),  # keyed: it outlives an erasure
    )
    for case in opened:
        facts: dict[str, object] = {"case": case.id, "article": case.article_id, "category": case.category}
        if is_order:
            audit.note(who, "case.ordered", now, **facts, notice=notice.id)
        else:
            audit.note(who, "case.opened", now, **facts)
