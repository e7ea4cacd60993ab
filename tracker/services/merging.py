"""Notices that go from one case of an article to another: merged, unmerged, split off; and the category of a whole case.

No mail goes and no notifier's limit grows longer: what was promised to somebody runs on wherever their notice stands.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind
from tracker.domain.errors import N_, InvalidTransition, no_case
from tracker.domain.lifecycle import MOVABLE, Event
from tracker.domain.regimes import RegimeName
from tracker.domain.serving import notice_of
from tracker.models import OF_NO_CASE, Account, Case, Claim, Clock, Item, Mail, Message, Transfer, TransferKind
from tracker.queries.applying import of
from tracker.render.site import Site
from tracker.services import audit, cases, joining, laws, measures, publishers, replies, routing


def merge(site: Site, account: Account, case_id: int, version: int, other_id: int, now: datetime) -> Case:
    """Bring every notice of another open case of the same article into this one; the other ends, and whose it was is told.

    Raises NotFound, Conflict, NotPermitted, InvalidTransition when one of the two is not open, is another article's, or
    the other one waits for its publisher or withholds the article meanwhile.
    """
    cases.reserved((case_id, other_id))  # in one order: who merges the same two in opposite ways waits
    case = cases.changed(site, account, case_id, version, now)
    other = _found(other_id)
    for one in (case, other):
        cases.require_open(one)
        cases.require_impartial(account, one)
    if other.id == case.id or other.article_id != case.article_id:
        raise InvalidTransition(N_("只能合并同一篇文章的另一个待处理案件。"))
    if other.asked_at is not None or measures.open_of(other, now) is not None:
        raise InvalidTransition(N_("那个案件正在等发布者答复，或者已经暂停展示文章。请反过来，把本案并入那个案件。"))
    cases.locked([other.id], now, account.name)
    items = [item for item in other.items if item.state in MOVABLE]
    transfer = _move(account, TransferKind.MERGE, other, case, items, now)
    case.regimes = sorted({*case.regimes, *other.regimes})
    case.is_urgent = case.is_urgent or other.is_urgent
    _keep_promises(site, case, {other.opened_at, *_starts(other)})
    laws.keep(site, case, now)
    cases.close(site, other, now)
    _record(account, "case.merged", other, cases.move(other, Event.MERGE, now, by=account), case, transfer, now)
    _gathered(account, case, other, transfer, now)
    return case


def unmerge(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Case:
    """Take back the merge that ended a case: its notices come back with all that was done about them, its limits run on.

    Raises NotFound, Conflict, NotPermitted, InvalidTransition when the other case has been decided meanwhile, a new
    one has been opened in this one's place, or the publisher is to answer one of them.
    """
    transfer = merged(case_id)
    if transfer is None:
        raise InvalidTransition(N_("这个案件没有被并入别的案件。"))
    cases.reserved((case_id, transfer.to_case_id))
    case, into = cases.changed(site, account, case_id, version, now), _found(transfer.to_case_id)
    cases.require_open(into)
    _require_free(case.article_id, case.category)
    cases.locked([into.id], now, account.name)
    back = [item for item in into.items if item.id in transfer.items]
    _require_unasked(into, back)
    _bring([item.id for item in back], into, case)
    case.closed_at, transfer.undone_at = None, now
    for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id)):
        if clock.kind is ClockKind.PURGE:
            clock.stopped_at = now
        elif clock.stopped_at == transfer.at:
            clock.stopped_at = None
    laws.keep(site, case, now)
    _record(account, "case.unmerged", case, cases.move(case, Event.UNMERGE, now, by=account), into, transfer, now)
    _record(account, "case.split", into, cases.move(into, Event.SPLIT, now, "none", by=account), case, transfer, now)
    return case


def split(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    items: Iterable[int],
    category: CategoryName,
    now: datetime,
) -> Case:
    """Bring some notices of an open case to the open case of another category, which is opened if there is none.

    Raises NotFound, Conflict, NotPermitted, InvalidTransition for no notice, for all of them, the same category, while
    the publisher is to answer one of them, or was under British law.
    """
    case = cases.changed(site, account, case_id, version, now)
    cases.require_open(case)
    wanted = set(items)
    movable = [item for item in case.items if item.state in MOVABLE]
    chosen = [item for item in movable if item.id in wanted]
    if not chosen or len(chosen) == len(movable) or category is case.category:
        raise InvalidTransition(N_("请选择一部分通知和另一个类别；要全部移走，请改变整个案件的类别。"))
    (other,), new = joining.open_cases(category, [case.article_id], now)
    other.changed_by, other.is_urgent = account.name, other.is_urgent or _is_urgent(category, chosen)
    if new:
        facts = {"case": other.id, "article": other.article_id, "category": category}
        audit.record(audit.actor(account), "case.opened", now, **facts)
        joining.start_own_clocks(site, other, now)
    transfer = _move(account, TransferKind.SPLIT, case, other, chosen, now)
    _keep_promises(site, other, {item.notice.received_at for item in chosen})
    laws.keep(site, other, now)
    _record(account, "case.split", case, cases.move(case, Event.SPLIT, now, "none", by=account), other, transfer, now)
    _gathered(account, other, case, transfer, now)
    routing.assign(new, now)
    return other


def recategorise(
    site: Site, account: Account, case_id: int, version: int, category: CategoryName, now: datetime
) -> Case:
    """Put an open case under another category; its limits are counted anew from when they began.

    Raises NotFound, Conflict, NotPermitted, InvalidTransition when there is an open case of that category already.
    """
    case = cases.changed(site, account, case_id, version, now)
    cases.require_open(case)
    if category is case.category:
        raise InvalidTransition(N_("案件已经是这个类别。"))
    _require_free(case.article_id, category)
    before, case.category, case.is_urgent = case.category, category, _is_urgent(category, case.items)
    _keep_promises(site, case, set())
    audit.record(audit.actor(account), "case.recategorised", now, case=case.id, category=category, before=before)
    return case


def merged(case_id: int) -> Transfer | None:
    """Return the merge that ended a case, if it was not taken back."""
    found = select(Transfer).where(Transfer.from_case_id == case_id, Transfer.kind == TransferKind.MERGE)
    return db.session.scalar(found.where(Transfer.undone_at.is_(None)).order_by(Transfer.id.desc()).limit(1))


def _is_urgent(category: CategoryName, items: Iterable[Item]) -> bool:
    """Say whether notices go to the front under a category: by itself, or for the minor or the danger that one names."""
    open_yet = [item.notice for item in items if item.state in MOVABLE]
    return CATEGORIES[category].is_urgent or any(CATEGORIES[category].is_urgent_with(n.answers) for n in open_yet)


def _found(case_id: int) -> Case:
    case = db.session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise no_case()
    return case


def _require_free(article_id: int, category: CategoryName) -> None:
    taken = cases.open_about(article_id, category)
    if taken is not None:
        message = N_("这篇文章在这个类别里已经有待处理的案件#%(number)s，请与它合并。")
        raise InvalidTransition(message, number=taken)


def _move(
    account: Account, kind: TransferKind, source: Case, target: Case, items: Sequence[Item], now: datetime
) -> Transfer:
    """Move items with their claims, limits, messages and mails."""
    _require_unasked(source, items)
    numbers = [item.id for item in items]
    transfer = Transfer(
        kind=kind, from_case_id=source.id, to_case_id=target.id, account_id=account.id, at=now, items=numbers
    )
    db.session.add(transfer)
    _bring(numbers, source, target)
    return transfer


def _require_unasked(case: Case, items: Sequence[Item]) -> None:
    """Raise InvalidTransition while the publisher is to answer one of these items: they do so on the page of this case.

    What they answered to a British complaint, and the 48 hours that follow, are this case's: it stays where they are.
    """
    subjects = {f"item:{item.id}" for item in items}
    if subjects & set(publishers.awaited(case)):
        raise InvalidTransition(
            N_("这些通知已经转送发布者，正在等他们在本案里答复，现在不能移走。请等答复，或者等期限过了再移。")
        )
    if any(RegimeName.UK_DEFAMATION in of(item) and replies.times_to_answer(item) for item in items):
        raise InvalidTransition(
            N_("发布者对英国诽谤投诉的答复和期限都在本案里，已经转送的不能移走。请在本案里作出决定。")
        )


def _bring(numbers: Sequence[int], source: Case, target: Case) -> None:
    db.session.flush()
    plain = {"synchronize_session": False}
    notices = set(db.session.scalars(select(Item.notice_id).where(Item.id.in_(numbers))))
    sent = _mails(source, notices)
    subjects = {"item": numbers, "notice": notices, "mail": sent}
    moving = [f"{kind}:{number}" for kind, found in subjects.items() for number in found]
    moved = (
        update(Message).where(Message.case_id == source.id, Message.notice_id.in_(notices)),
        update(Mail).where(Mail.case_id == source.id, Mail.id.in_(sent)),
        update(Claim).where(Claim.item_id.in_(numbers)),
        update(Clock).where(Clock.case_id == source.id, Clock.subject.in_(moving)),
        update(Item).where(Item.id.in_(numbers)),
    )
    for statement in moved:
        db.session.execute(statement.values(case_id=target.id), execution_options=plain)
    for thing in (source, target):
        db.session.expire(thing)
    for item in db.session.scalars(select(Item).where(Item.id.in_(numbers))):
        db.session.refresh(item)


def _mails(case: Case, notices: set[int]) -> list[int]:
    """Return the mails that answer these notices or pass them on, as far as they are of this case or of no single one."""
    own = or_(Mail.case_id == case.id, OF_NO_CASE)
    answers = select(Mail.id).where(own, Mail.notice_id.in_(notices))
    passed_on = db.session.scalars(select(Mail).where(Mail.case_id == case.id, Mail.name == "forwarded"))
    return [*db.session.scalars(answers), *(mail.id for mail in passed_on if notice_of(mail.cause) in notices)]


def _starts(case: Case) -> set[datetime]:
    return {clock.starts_at for clock in case.clocks if clock.kind in EVERY_CASE and clock.subject == "case"}


def _keep_promises(site: Site, case: Case, since: set[datetime]) -> None:
    """Let the limits of a case run from the earliest that anybody in it was promised."""
    running = select(Clock).where(Clock.case_id == case.id, Clock.kind.in_(EVERY_CASE), Clock.stopped_at.is_(None))
    for clock in list(db.session.scalars(running)):
        cases.start_clock(site, case, clock.kind, min({clock.starts_at, *since}), clock.subject)


def _gathered(account: Account, case: Case, other: Case, transfer: Transfer, now: datetime) -> None:
    before = cases.move(case, Event.GATHER, now, "none", by=account)
    facts = {"case": case.id, "from": before, "to": case.state, "other": other.id, "items": transfer.items}
    audit.record(audit.actor(account), "case.gathered", now, **facts)


def _record(
    account: Account, kind: str, case: Case, before: object, into: Case, transfer: Transfer, now: datetime
) -> None:
    facts = {"case": case.id, "from": before, "to": case.state, "into": into.id, "items": transfer.items}
    audit.record(audit.actor(account), kind, now, **facts)
