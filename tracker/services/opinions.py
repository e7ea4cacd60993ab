"""A second opinion on a case: asked of one colleague, given once, kept beside the decision."""

import hashlib
from datetime import datetime

from sqlalchemy import select, update

from tracker import mail
from tracker.db import db
from tracker.domain.errors import (
    N_,
    Conflict,
    DomainError,
    Gone,
    Incomplete,
    InvalidTransition,
    NotFound,
    NotPermitted,
)
from tracker.domain.opinions import LONGEST_REMARK, OPEN_FOR, QUESTION, View
from tracker.domain.roles import Permission, allows
from tracker.domain.text import bounded, clean
from tracker.models import Account, Decision, Opinion
from tracker.queries import concerns
from tracker.queries.opinions import may_be_asked
from tracker.render.site import Site
from tracker.services import audit, cases, guards

PURPOSE = "opinion"
"""What the code in the mail opens (see `domain.receipts`)."""

_NOT_YOURS = N_("这个问题现在不能由您回答：账号已停用、不再有审核权限，或者需要回避。")


def ask(site: Site, account: Account, case_id: int, of_id: int, question: str, now: datetime, key: str) -> Opinion:
    """Ask one colleague one question about a case, by mail and on the case; no lease is taken, nothing waits for it.

    The same key asks once. Raises Incomplete when nobody was chosen or the question is too short or too long, NotFound
    for no such case, NotPermitted for somebody who may not be asked, or keeps out of it.
    """
    stored = hashlib.sha256(key.encode()).hexdigest()
    known = db.session.scalar(select(Opinion).where(Opinion.key == stored))
    if known is not None:
        return known
    case, colleague = cases.found(case_id), db.session.get(Account, of_id)
    if colleague is None:
        raise Incomplete({"colleague": DomainError(N_("请选择一位同事。"))})
    guards.require_impartial(account, case)
    if not may_be_asked(account, colleague, case) or not concerns.is_impartial(colleague, case):
        raise NotPermitted(N_("不能请这位同事：账号已停用、没有审核权限，或者需要回避。请另选一位。"))
    opinion = Opinion(
        key=stored,
        key_epoch=site.keys.epoch,
        case=case,
        asked_by=account,
        asked_of=colleague,
        question=bounded(question, QUESTION, "question"),
        asked_at=now,
    )
    db.session.add(opinion)
    db.session.flush()
    audit.record(audit.actor(account), "opinion.asked", now, case=case.id, opinion=opinion.id, account=colleague.id)
    mail.opinion_asked(site, opinion, now)
    return opinion


def opened(site: Site, opinion_id: int, code: str, now: datetime) -> Opinion:
    """Return the question that a link in a mail opens.

    Raises NotFound for a wrong code, the same as for none, and Gone when the link's time is over, or its holder no longer
    decides here or has come to keep out of the case.
    """
    opinion = db.session.get(Opinion, opinion_id)
    epoch = opinion.key_epoch if opinion else site.keys.epoch
    if not site.keys.opens(code, PURPOSE, str(opinion_id), epoch) or opinion is None:
        raise NotFound(N_("链接不完整或已经失效。请从邮件里重新打开，或者登录后在案件页面回答。"))
    if not _may_answer(opinion):
        raise Gone(_NOT_YOURS)
    if now >= opinion.asked_at + OPEN_FOR:
        raise Gone(N_("这个链接已经过期。请登录后在案件页面回答。"))
    return opinion


def _may_answer(opinion: Opinion) -> bool:
    """Say whether who was asked still works here, decides, and has no part in the matter."""
    who = opinion.asked_of
    return who.disabled_at is None and allows(who.role, Permission.DECIDE) and concerns.is_impartial(who, opinion.case)


def give(site: Site, opinion_id: int, account_id: int, view: View, remark: str, now: datetime) -> Opinion:
    """Answer a question that was asked of this account, once; the same answer again changes nothing.

    Raises Incomplete, NotFound, NotPermitted for anybody else and for whoever may not decide the case, Conflict for another answer, InvalidTransition when the
    case is closed.
    """
    opinion = db.session.get(Opinion, opinion_id)
    if opinion is None:
        raise NotFound(N_("没有这个问题。"))
    if opinion.asked_of_id != account_id:
        raise NotPermitted(N_("这个问题问的是另一位同事。"))
    if not _may_answer(opinion):
        raise NotPermitted(_NOT_YOURS)
    if opinion.case.closed_at:
        raise InvalidTransition(N_("案件已经结案，不再需要意见。"))
    said = clean(remark)
    if len(said) > LONGEST_REMARK:
        message = N_("最多写%(most)s个字，现在是%(length)s个字。")
        raise Incomplete({"remark": DomainError(message, most=LONGEST_REMARK, length=len(said))})
    unanswered = update(Opinion).where(Opinion.id == opinion_id, Opinion.view.is_(None))
    won = db.session.scalar(unanswered.values(view=view, remark=said, given_at=now).returning(Opinion.id))
    db.session.refresh(opinion)
    if won is None and (opinion.view, opinion.remark) != (view, said):
        raise Conflict(N_("这个问题已经回答过了，第一次的回答有效。"))
    if won is not None:
        facts = {"case": opinion.case_id, "opinion": opinion.id}
        audit.record(audit.actor(opinion.asked_of), "opinion.given", now, **facts, view=view)
        mail.opinion_given(site, opinion, now)
    return opinion


def attach(decision: Decision) -> None:
    """Put the opinions asked before a decision beside it."""
    before = update(Opinion).where(Opinion.case_id == decision.case_id, Opinion.decision_id.is_(None))
    db.session.execute(before.values(decision_id=decision.id))
