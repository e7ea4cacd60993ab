"""What happened on a notice, for its holder alone: mails and whether they arrived, messages, the timeline."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.domain.errors import N_
from tracker.domain.lifecycle import ENDING_LABELS, Ending, ItemState
from tracker.domain.redress import APPEAL_LABELS
from tracker.domain.threads import MessageKind
from tracker.domain.visibility import HIDES
from tracker.models import Article, Attachment, Item, Mail, MailState, Measure, Message, Notice
from tracker.queries.mail_states import for_notifier
from tracker.queries.receipt_clocks import own_appeals
from tracker.render.site import Site

MAIL_LABELS: dict[str, str] = {
    "acknowledgement": N_("收到通知的确认"),
    "order_received": N_("收到命令的确认"),
    "needs_info": N_("请您补充材料"),
    "supplemented": N_("收到补充的确认"),
    "incomplete": N_("没有按时补充，处理结束"),
    "rejected": N_("不作决定而结束，及其理由"),
    "withdrawn": N_("撤回的确认"),
    "publisher_asked": N_("已请发布者答复"),
    "extended": N_("延长答复的期限，及其理由"),
    "letter": N_("本站来信"),
    "decision": N_("处理结果"),
    "decisions": N_("处理结果"),
    "order_effect": N_("命令的执行情况"),
    "erased": N_("应您请求删除个人信息的确认"),
    "publisher_refused": N_("发布者对投诉的答复"),
    "counter_forwarded": N_("转送反通知"),
    "proof_refused": N_("您提交的证明"),
    "ruled": N_("程序已经结束，措施继续"),
    "dispute": N_("庭外争议解决"),
    "restored": N_("文章恢复展示"),
    "appeal_received": N_("收到申诉的确认"),
    "appeal_decided": N_("申诉的结果"),
}
"""The mails to a notifier, by the name of their templates."""

OTHER_MAIL = N_("关于这份通知的邮件")

RECEIVED = N_("收到您的通知")
IN_REVIEW = N_("开始审核")
FORWARDED = N_("收到发布者的反通知")
HELD = N_("收到起诉或投诉的证明，措施继续")
LIFTED = N_("本案的措施已经解除；文章因别的原因仍未恢复展示")
ENDED = N_("已结束")

MESSAGES: dict[MessageKind, str] = {
    MessageKind.QUESTION: N_("本站写给您"),
    MessageKind.WORD: N_("本站写给您"),
    MessageKind.SUPPLEMENT: N_("您补充"),
    MessageKind.CORRECTION: N_("您更正联系方式"),
    MessageKind.WITHDRAWAL: N_("您撤回"),
    MessageKind.PROOF: N_("您提交起诉或投诉的证明"),
    MessageKind.APPEAL: N_("您提出申诉"),
}
"""The messages between us and a notifier. Notes, and what is said with a publisher, are none of theirs."""

TO_NOTIFIER = "notice-mail"
"""The secret that every mail to a notifier carries, and no other."""


class Event(NamedTuple):
    """One line of the timeline."""

    at: datetime
    title: str
    text: str


class Sent(NamedTuple):
    """A mail and how far it got."""

    label: str
    created_at: datetime
    sent_at: datetime | None
    state: str
    has_failed: bool


class Said(NamedTuple):
    """A message with its files."""

    at: datetime
    title: str
    text: str
    files: list[Attachment]
    by: tuple[int, int] | None  # on which case whose handle is shown


SHARED = ("decision", "publisher_asked", "counter_forwarded", "restored", "appeal_decided")
"""The mails that tell a notifier once about all their notices on a case; each names every reference."""


def mails(site: Site, notice: Notice) -> list[Sent]:
    """Return every mail to the notifier, whatever address they had then; those to others are none of theirs."""
    cases = {item.case_id for item in notice.items}
    same = (Mail.mailbox == notice.mailbox, Mail.mailbox != "", Mail.created_at >= notice.received_at)
    beside = select(Item.notice_id).where(Item.case_id.in_(cases), Item.mailbox == notice.mailbox)
    for_all = or_(
        and_(Mail.case_id.in_(cases), Mail.name.in_(SHARED)),
        and_(Mail.name == "decisions", Mail.notice_id.in_(beside)),  # gathered, it is about no single case
    )
    own = select(Mail).where(or_(Mail.notice_id == notice.id, and_(for_all, *same)))
    own = own.where(Mail.secret_purpose == TO_NOTIFIER)
    own = own.where(Mail.state.not_in((MailState.CANCELLED, MailState.GATHERED)))
    return [_mail(site, mail) for mail in db.session.scalars(own.order_by(Mail.id))]


def _mail(site: Site, mail: Mail) -> Sent:
    label = MAIL_LABELS.get(mail.name, OTHER_MAIL)
    has_failed = mail.state in {MailState.BOUNCED, MailState.GIVEN_UP}
    return Sent(label, mail.created_at, mail.sent_at, for_notifier(site)[mail.state], has_failed)


def thread(notice: Notice) -> list[Said]:
    """Return what was said between us and this notifier."""
    own = select(Message).where(Message.notice_id == notice.id, Message.kind.in_(MESSAGES))
    found = db.session.scalars(own.order_by(Message.id).options(selectinload(Message.attachments)))
    return [
        Said(said.created_at, MESSAGES[said.kind], said.text, said.attachments, _handle(said.case_id, said.account_id))
        for said in found
    ]


def _handle(case: int | None, account: int | None) -> tuple[int, int] | None:
    return (case, account) if case and account else None


def timeline(notice: Notice, items: Iterable[Item], names: Mapping[int, str], messages: Iterable[Said]) -> list[Event]:
    """Return the events in order, those of one act as one line; `names` says how each item's article is called."""
    events = [Event(notice.received_at, RECEIVED, ""), *(Event(said.at, said.title, "") for said in messages)]
    items = list(items)
    measures = _measures({item.article_id for item in items})
    for item in items:
        found = _on_case(notice, item, measures.get(item.article_id, []))
        events += [Event(at, title, names[item.id]) for at, title in found if not _is_past(item, at)]
    about: dict[tuple[datetime, str], list[str]] = {}
    for event in events:
        about.setdefault((event.at, event.title), []).append(event.text)
    return [Event(at, title, "\n".join(texts)) for (at, title), texts in sorted(about.items(), key=lambda e: e[0][0])]


def _is_past(item: Item, at: datetime) -> bool:
    """Say whether something came after an item had ended: it tells of other notifiers."""
    return item.state is ItemState.CLOSED and item.answered_at is not None and at > item.answered_at


def _on_case(notice: Notice, item: Item, measures: list[Measure]) -> Iterator[tuple[datetime, str]]:
    case = item.case
    if case.accepted_at and case.accepted_at >= notice.received_at:
        yield case.accepted_at, IN_REVIEW
    for decision in case.decisions:
        is_lifted = decision.outcome is Outcome.RESTORED and _hides(item.article, measures, decision.decided_at)
        yield decision.decided_at, LIFTED if is_lifted else OUTCOME_LABELS[decision.outcome]
    for counter in case.counter_notices:
        if counter.forwarded_at:
            yield counter.forwarded_at, FORWARDED
    if case.held_at:
        yield case.held_at, HELD
    for appeal in own_appeals(notice, case):
        if appeal.decided_at:
            yield appeal.decided_at, APPEAL_LABELS[appeal.state]
    if item.state is ItemState.CLOSED and item.answered_at and item.ended is not Ending.WITHDRAWN:
        yield item.answered_at, ENDING_LABELS[item.ended] if item.ended else ENDED


def _measures(articles: set[int]) -> dict[int, list[Measure]]:
    found: dict[int, list[Measure]] = {}
    for measure in db.session.scalars(select(Measure).where(Measure.article_id.in_(articles)).order_by(Measure.id)):
        found.setdefault(measure.article_id, []).append(measure)
    return found


def _hides(article: Article, measures: list[Measure], at: datetime) -> bool:
    """Say whether readers could not see an article at a moment, even though one measure ended then."""
    if article.file_gone_at and article.file_gone_at <= at:
        return True
    return any(m.kind in HIDES and m.starts_at <= at and (m.ends_at is None or m.ends_at > at) for m in measures)
