"""How far somebody is trusted: the factors of the last year, and the warning, suspension or trust an admin sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker import mail
from tracker.db import ask, db
from tracker.domain.decisions import Outcome
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import ItemState
from tracker.domain.standing import LABELS, SUSPENSIONS, WINDOW, Level, Side, due_level
from tracker.domain.text import bounded, clean_line
from tracker.domain.text import mailbox as box
from tracker.models import Account, AuditEntry, Case, Decision, Item, Mailbox, Notice, Standing
from tracker.queries import strikes
from tracker.render.site import Site
from tracker.services import audit, cases, holds

LAPSED = "lapsed"
"""How the trail calls the end of a standing before its time."""

REASON = (10, 2000)
"""The fewest and most characters of a reason."""


@dataclass(frozen=True)
class Factors:
    """What counts in the last 365 days (DSA art. 23(3)): how many were manifestly unfounded or illegal, of how many."""

    number: int
    total: int

    @property
    def proportion(self) -> float:
        """Return the share, 0 when there is nothing to share."""
        return self.number / self.total if self.total else 0.0


def current(mailbox: str, side: Side, now: datetime) -> Standing | None:
    """Return the standing of a mailbox that counts now, or None."""
    found = _row(mailbox, side)
    return found if found and found.since <= now and (found.until is None or now < found.until) else None


def level(mailbox: str, now: datetime) -> Level | None:
    """Return what notices from a mailbox are now, if anything: first, because an admin put its owner on the list (DSA art.
    22(1)), or not taken, while urgent lanes and appeals stay open (§6.3, 9).

    First only once its owner has confirmed it: anybody can type an address. Not taken at once: nobody gets out of that.
    """
    found = current(mailbox, Side.NOTIFIER, now) if mailbox else None
    is_theirs = found is not None and (found.level is not Level.TRUSTED or is_confirmed(mailbox))
    return found.level if found and is_theirs else None


def is_confirmed(mailbox: str) -> bool:
    """Say whether the owner of a mailbox has opened what only a mail could show: before that, anybody may have typed it."""
    return db.session.get(Mailbox, mailbox) is not None


def factors(mailbox: str, side: Side, now: datetime) -> Factors:
    """Return what counts for or against a mailbox; a decision that was reversed counts no more.

    Against a notifier nothing does before they have confirmed that the mailbox is theirs.
    """
    if not mailbox or (side is Side.NOTIFIER and not is_confirmed(mailbox)):
        return Factors(0, 0)
    return (_of_notifier if side is Side.NOTIFIER else _of_publisher)(mailbox, now - WINDOW)


def _of_notifier(mailbox: str, since: datetime) -> Factors:
    counted = select(func.count(Item.id.distinct())).join(Notice, Notice.id == Item.notice_id)
    counted = counted.where(Notice.mailbox == mailbox, Notice.received_at > since)
    declined = counted.join(Case, Case.id == Item.case_id).join(Decision, Decision.case_id == Case.id)
    declined = declined.where(
        Case.outcome == Outcome.DECLINED, Decision.outcome == Outcome.DECLINED, Decision.undone_at.is_(None),
        Item.state == ItemState.ANSWERED,  # who took a notice back before was declined nothing
    )  # fmt: skip
    return Factors(db.session.scalar(declined.where(Decision.is_manifest)) or 0, db.session.scalar(counted) or 0)


def _of_publisher(mailbox: str, since: datetime) -> Factors:
    return Factors(*strikes.of_publisher(mailbox, since))


def suggested(mailbox: str, side: Side, now: datetime) -> tuple[Level, timedelta] | None:
    """Return what the factors call for, for an admin to weigh, or None."""
    found, counts = current(mailbox, side, now), factors(mailbox, side, now)
    if found and found.level is not Level.WARNED:
        return None
    return due_level(counts.number, counts.total, _suspensions(mailbox, side), is_warned=found is not None)


def put_from_case(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    item_id: int | None,
    level: Level | None,
    said: Mapping[str, str],
    now: datetime,
    key: str,
) -> None:
    """Set the standing of the notifier of an item, or of the publisher, and note it on the case.

    Raises as `put` does, Conflict, NotFound, and InvalidTransition when they have no address.
    """
    case = cases.changed(site, account, case_id, version, now)
    notice = holds.belongs(item_id, case_id).notice if item_id else None
    recipient = notice.answers.get("email", "") if notice else case.article.publisher_email
    language = notice.language if notice else case.article.language
    if not recipient:
        raise InvalidTransition(N_("没有邮箱，就没有可以计入的人。"))
    side = Side.NOTIFIER if notice else Side.PUBLISHER
    put(site, account, recipient, side, level, said, now, language)
    who = f"通知人（{notice.reference}）" if notice else "发布者"
    holds.note(account, case_id, f"{who}：{LABELS[level] if level else '终止现有状态'}", now, key)


def put(
    site: Site,
    account: Account,
    recipient: str,
    side: Side,
    level: Level | None,
    said: Mapping[str, str],
    now: datetime,
    language: str = "zh-Hans",
) -> Standing:
    """Trust, warn or suspend whoever owns `recipient`, or end that when `level` is None; tell them of misuse.

    `said` holds reason, gravity and intent (DSA art. 23(3)). Raises Incomplete for what is not written, and
    InvalidTransition for a suspension without an earlier warning (art. 23(1)) or the end of nothing.
    """
    mailbox, reason = box(recipient), bounded(said.get("reason", ""), REASON, "reason")
    standing = current(mailbox, side, now)
    suspensions = _suspensions(mailbox, side)
    if level is Level.SUSPENDED and not suspensions and (standing is None or standing.level is not Level.WARNED):
        raise InvalidTransition(N_("暂停受理之前要先警告（欧盟《数字服务法》第23条第1款）。请先选择警告。"))
    if level is None and standing is None:
        raise InvalidTransition(N_("没有什么可以终止：这个邮箱现在没有特别的状态。"))
    standing = _stored(mailbox, side, level, account, now)
    if level is None:
        standing.until = now
    else:
        standing.level, standing.since, standing.until = level, now, _until(level, suspensions, now)
        standing.factors = _weighed(factors(mailbox, side, now), said)
    standing.reason, standing.set_by_id = reason, account.id
    audit.record(audit.actor(account), "standing.set", now, standing=standing.id, side=side, level=level or LAPSED)
    if level in {Level.WARNED, Level.SUSPENDED}:
        mail.misuse(site, standing, recipient, language, now)
    return standing


def _until(level: Level, suspensions: int, now: datetime) -> datetime | None:
    if level is Level.TRUSTED:
        return None
    return now + (WINDOW if level is Level.WARNED else SUSPENSIONS[min(suspensions, len(SUSPENSIONS) - 1)])


def _weighed(counts: Factors, said: Mapping[str, str]) -> dict[str, object]:
    judged = {name: clean_line(said.get(name, ""))[:500] for name in ("gravity", "intent")}
    found: dict[str, object] = {"number": counts.number, "total": counts.total, "proportion": counts.proportion}
    return found | {name: text for name, text in judged.items() if text}


_ROW = select(Standing.id).where(Standing.mailbox == bindparam("mailbox"), Standing.side == bindparam("side"))


def _row(mailbox: str, side: Side) -> Standing | None:
    number = ask(_ROW, {"mailbox": mailbox, "side": side}).scalar()  # most have none
    return db.session.get(Standing, number) if number else None


def _stored(mailbox: str, side: Side, level: Level | None, account: Account, now: datetime) -> Standing:
    """Return the row of a mailbox, locked, made if there is none."""
    values = {
        "mailbox": mailbox,
        "side": side,
        "level": level or Level.WARNED,
        "since": now,
        "factors": {},
        "reason": "",
    }
    db.session.execute(insert(Standing).values(**values, set_by_id=account.id).on_conflict_do_nothing())
    found = select(Standing).where(Standing.mailbox == mailbox, Standing.side == side).with_for_update()
    return db.session.scalars(found, execution_options={"populate_existing": True}).one()


def _suspensions(mailbox: str, side: Side) -> int:
    """Return how often a mailbox was suspended before, as the trail has it."""
    standing = _row(mailbox, side)
    if standing is None:
        return 0
    set_so = (
        AuditEntry.facts["standing"].as_integer() == standing.id,
        AuditEntry.facts["level"].as_string() == Level.SUSPENDED,
    )
    found = select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "standing.set", *set_so)
    return db.session.scalar(found) or 0
