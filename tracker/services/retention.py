"""What goes when: proof of identity once it was checked, personal data when claims are time-barred, unless a hold keeps them.

`domain.retention` says what is kept how long; ERASED says in which columns it stands. What remains is the skeleton: numbers,
categories, dates, outcomes and hashes, the figures and the trail.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from tracker.db import Model, db
from tracker.domain import reasons
from tracker.domain.clocks import ClockKind
from tracker.domain.retention import IDENTITY_KEPT, KEPT_ANSWERS, STANDING_KEPT
from tracker.domain.serving import notice_of
from tracker.domain.threads import MessageKind
from tracker.models import (
    Account,
    Appeal,
    Attachment,
    Batch,
    BatchRow,
    Case,
    CaseDraft,
    Claim,
    ClauseReview,
    Clock,
    CounterNotice,
    Decision,
    Dispute,
    EntryKind,
    Item,
    Mail,
    Mailbox,
    MailState,
    Message,
    Notice,
    Opinion,
    Proposal,
    RecipientNotice,
    Reply,
    RowState,
    Sample,
    SearchTask,
    Standing,
)
from tracker.models.mail import ABOUT_NONE, PASSING
from tracker.models.notice import IDENTITY_LEFT
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import audit, case_drafts, guards, publication

ERASED: dict[type[Model], dict[str, Any]] = {
    Message: {"text": ""},
    Mail: {"recipient": Mail.message_id, "mailbox": "", "subject": "", "text": "", "html": "", "error": ""},
    CounterNotice: {"answers": {}, "statements": {}},
    Appeal: {"reasons": ""},
    Reply: {"answers": {}},
    Dispute: {"body": "", "reference": ""},
    Decision: {
        "facts": "", "ground_explanation": "", "rationale": "", "to_notifier": "", "to_publisher": "", "before": null(),
    },
    Claim: {"passage": "", "prefix": "", "suffix": "", "text": "", "ground": "", "reasons": ""},
    CaseDraft: {"fields": {}},
    Proposal: {"draft": {}, "fields": {}, "reason": ""},
    ClauseReview: {"note": ""},
    Opinion: {"question": "", "remark": ""},
    Sample: {"note": ""},
    Clock: {"paused_by": "", "pause_reason": ""},
    RecipientNotice: {"name": ""},
    Item: {"mailbox": "", "address": "", "passage": "", "quotes": []},
}  # fmt: skip
"""What is emptied, by the notice or the case that a row belongs to. The recipient of a mail becomes its Message-ID: each
cause and recipient stand once."""

_VIA: dict[str, type[Item] | type[Decision]] = {"item_id": Item, "decision_id": Decision}
_WAITING = (MailState.QUEUED, MailState.HELD)
_GONE = "erased-"


def check_identity(who: str, attachment: Attachment, now: datetime) -> None:
    """Delete a proof of identity that was checked; its name, size and SHA-256 stay. A legal hold puts that off."""
    attachment.checked_at = attachment.checked_at or now
    db.session.flush()
    if db.session.scalar(select(Attachment.id).where(Attachment.id == attachment.id, ~_is_file_held(now))):
        _erase_file(who, attachment, now)


def disclose(account: Account, attachment: Attachment, now: datetime) -> None:
    """Record that a proof of identity was looked at, and by whom; raise NotPermitted for whoever keeps out of its cases."""
    guards.require_unconcerned(account, concerns.cases_of_file(attachment))
    audit.record(audit.actor(account), "identity.disclosed", now, attachment=attachment.id)


def erase_old_identities(now: datetime) -> None:
    """Delete proofs of identity that were checked, or that nobody checked in time, unless held; safe to repeat."""
    old = now - IDENTITY_KEPT
    is_old = or_(
        exists().where(Notice.id == Attachment.notice_id, func.coalesce(Notice.entered_at, Notice.received_at) <= old),
        exists().where(Message.id == Attachment.message_id, Message.created_at <= old),
    )
    found = select(Attachment).where(
        IDENTITY_LEFT, or_(Attachment.checked_at.is_not(None), is_old), ~_is_file_held(now)
    )
    for attachment in db.session.scalars(found.order_by(Attachment.id)):
        _erase_file(audit.SYSTEM, attachment, now)


def _is_file_held(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a legal hold keeps a file: of its case, or of any case of its notice (§6.3, 13)."""
    is_held = (Case.id == Item.case_id, Case.kept_until > now)
    said = or_(
        exists().where(Item.notice_id == Message.notice_id, *is_held),
        exists().where(Case.id == Message.case_id, Case.kept_until > now),
    )
    return or_(
        exists().where(Item.notice_id == Attachment.notice_id, *is_held),
        exists().where(Message.id == Attachment.message_id, said),
    )


def _erase_file(who: str, attachment: Attachment, now: datetime) -> None:
    if attachment.erased_at:
        return
    attachment.content, attachment.erased_at = None, now
    audit.record(who, "identity.erased", now, attachment=attachment.id)


def purge(site: Site, case: Case, clock: Clock, now: datetime) -> None:
    """Erase the personal data of a closed case, unless a legal hold keeps it; asked again when that ends.

    What readers were told of them goes from the pages in the same act.
    """
    if case.kept_until and case.kept_until > now:
        clock.due_at = case.kept_until
        return
    clock.stopped_at = now
    for item in case.items:
        if _is_over(item.notice):
            erase(item.notice, now)
    for opinion in case.opinions:
        opinion.question = opinion.remark = ""
    case_drafts.drop_all(case.id)
    of_case = select(BatchRow.batch_id).where(BatchRow.case_id == case.id)
    waits = select(BatchRow.batch_id).where(BatchRow.state == RowState.WAITING)
    db.session.execute(update(Batch).where(Batch.id.in_(of_case), Batch.id.not_in(waits)).values(draft={}))
    _erase_rows("case_id", case.id, now)
    decided = list(db.session.scalars(select(Decision).where(Decision.case_id == case.id)))
    is_named = any(decision.statement.get("asked_by") for decision in decided)
    for decision in decided:
        decision.statement = reasons.skeleton(decision.statement)
    case.changed_by, case.facially_illegal_reason = "", None
    if is_named:
        publication.publish(site, [case.article], now)


def is_purged(case: Case) -> bool:
    """Say whether the personal data of a closed case are gone: nothing new may come to it then."""
    waits = select(Clock.id).where(Clock.case_id == case.id, Clock.kind == ClockKind.PURGE, Clock.stopped_at.is_(None))
    return case.closed_at is not None and db.session.scalar(waits) is None


def _is_over(notice: Notice) -> bool:
    """Say whether no case of a notice is open, or kept by a legal hold, or still within its time."""
    purging = (
        select(Clock.id)
        .join(Item, Item.case_id == Clock.case_id)
        .where(Item.notice_id == notice.id, Clock.kind == ClockKind.PURGE, Clock.stopped_at.is_(None))
    )
    is_waiting = db.session.scalar(purging) is not None
    return not is_waiting and all(item.case.closed_at for item in notice.items)


def is_held(notice: Notice, now: datetime) -> bool:
    """Say whether a legal hold keeps any case of a notice."""
    return any(item.case.kept_until is not None and item.case.kept_until > now for item in notice.items)


def erase(notice: Notice, now: datetime, who: str = audit.SYSTEM) -> None:
    """Take the personal data out of a notice for good; the skeleton, the figures and the trail's chain stay whole."""
    if notice.erased_at:
        return
    mailbox = notice.mailbox
    notice.answers = {name: value for name, value in notice.answers.items() if name in KEPT_ANSWERS}
    notice.statements, notice.mailbox, notice.erased_at = {}, "", now
    for item in notice.items:
        for claim in item.claims:
            claim.text = ""
        _forget_what_was_forwarded(item)
    cases = [item.case_id for item in notice.items]
    for decision in db.session.scalars(select(Decision).where(Decision.case_id.in_(cases))):  # those taken back as well
        decision.statement = reasons.unclaimed(decision.statement)  # a claim's place does not tell whose it was
    db.session.flush()
    _erase_rows("notice_id", notice.id, now)
    if not db.session.scalar(select(Notice.id).where(Notice.mailbox == mailbox).limit(1)):
        db.session.execute(delete(Mailbox).where(Mailbox.mailbox == mailbox))
    audit.record(who, "notice.erased", now, notice=notice.id)


def _forget_what_was_forwarded(item: Item) -> None:
    """Empty what a publisher was sent of a notice, on their page and in mails, whoever else's words stand beside it there."""
    of_article = select(Case.id).where(Case.article_id == item.article_id)  # it may have been in another case then
    for mail in db.session.scalars(select(Mail).where(Mail.name == "forwarded", Mail.case_id.in_(of_article))):
        never_left = notice_of(mail.cause) is None and mail.state is MailState.CANCELLED
        if never_left or mail.id == item.forwarded_in or notice_of(mail.cause) == item.notice_id:
            values = ERASED[Mail] | {"recipient": mail.message_id}
            mail.state = MailState.CANCELLED if mail.state in _WAITING else mail.state
            for name, value in values.items():
                setattr(mail, name, value)
    for message in _forwarded(item):
        message.text = ""


def _forwarded(item: Item) -> Sequence[Message]:
    """Return the message that forwarded an item: of those of one act the one in its place, or all where that is not to be told."""
    if item.forwarded_at is None:
        return []
    here = (Message.kind == MessageKind.FORWARD, Message.created_at == item.forwarded_at)
    of_article = select(Case.id).where(Case.article_id == item.article_id)
    sent = select(Message).where(*here, Message.case_id.in_(of_article)).order_by(Message.id)
    messages = db.session.scalars(sent).all()
    beside = select(Item.id).where(Item.article_id == item.article_id, Item.forwarded_at == item.forwarded_at)
    items = db.session.scalars(beside.order_by(Item.id)).all()
    return [messages[items.index(item.id)]] if len(items) == len(messages) else messages


def _erase_rows(belonging: str, number: int, now: datetime) -> None:
    """Empty every row that belongs to a notice or a case, and the files of its messages; no mail of it goes out any more."""
    unsent = (getattr(Mail, belonging) == number, Mail.state.in_(_WAITING))
    db.session.execute(update(Mail).where(*unsent).values(state=MailState.CANCELLED))
    for model, blank in ERASED.items():
        rows = _belong(model, belonging, number)
        if rows:
            db.session.execute(update(model).where(or_(*rows)).values(blank))
    said = select(Message.id).where(getattr(Message, belonging) == number)
    forgotten = select(literal(EntryKind.MESSAGE, SearchTask.kind.type), Message.id).where(Message.id.in_(said))
    db.session.execute(insert(SearchTask).from_select(["kind", "ref"], forgotten))
    files: list[ColumnElement[bool]] = [Attachment.message_id.in_(said)]
    if belonging == "notice_id":
        files.append(Attachment.notice_id == number)
    gone = {"content": None, "name": "file", "erased_at": func.coalesce(Attachment.erased_at, now)}
    db.session.execute(update(Attachment).where(or_(*files)).values(gone))


def _belong(model: type[Model], belonging: str, number: int) -> list[ColumnElement[bool]]:
    """Return by what rows belong to a notice or a case: by themselves, by their item or by their decision."""
    own = getattr(model, belonging, None)
    found: list[ColumnElement[bool]] = [] if own is None else [own == number]
    for name, other in _VIA.items():
        column, theirs = getattr(model, name, None), getattr(other, belonging, None)
        if column is not None and theirs is not None:
            found.append(column.in_(select(other.id).where(theirs == number)))
    return found


def sweep(now: datetime) -> None:
    """Empty what no clock waits for: mails that told of an erasure, once they left, and old ones about no case; old standings."""
    erased, about_none = (PASSING, Mail.name == "erased"), (ABOUT_NONE, Mail.created_at <= now - STANDING_KEPT)
    for over in (erased, about_none):
        gone = update(Mail).where(*over, Mail.mailbox != "", Mail.state.not_in(_WAITING))
        db.session.execute(gone.values(ERASED[Mail]))
    lapsed = (Standing.until <= now - STANDING_KEPT, ~Standing.mailbox.startswith(_GONE))
    nobody = _GONE + cast(Standing.id, String)
    db.session.execute(update(Standing).where(*lapsed).values(mailbox=nobody, reason="", factors={}))
