"""What a decision does, told without the database: for the preview, from the very act that is then rolled back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain import approval
from tracker.domain.decisions import Draft
from tracker.domain.errors import N_, NotFound
from tracker.domain.reasons import beside
from tracker.mail.parts import caused_by
from tracker.models import Account, Article, Decision, Mail, Measure, Proposal
from tracker.render import pages, places
from tracker.render.answer import Answer
from tracker.render.lists import Entry, entries, path_of
from tracker.render.site import Site
from tracker.render.visible import hides, is_visible
from tracker.services import cases, decisions, proposals

_ABOUT: dict[str, str] = {"forwarded": N_("转给对方的通知"), "statement": N_("决定和理由")}


@dataclass(frozen=True)
class Look:
    """What readers get of an article at a moment: its page, how lists show it (None: they do not), every address."""

    page: Answer | None
    entry: Entry | None
    pages: dict[str, bytes | None]


class Told(NamedTuple):
    """A mail that a decision causes, who its recipient is in the case, and which of several mails to them it is."""

    recipient: str
    subject: str
    text: str
    role: str
    about: str


@dataclass(frozen=True)
class Effect:
    """What a decision did: what readers got before and get after, the addresses that changed, and the mails.

    `at` is when its measure begins: now, or later. `hidden_by` are the other cases that keep the article from readers then.
    """

    statement: dict[str, Any]
    at: datetime
    before: Look
    after: Look
    paths: list[str]
    mails: list[Told]
    hidden_by: list[int]

    @property
    def beside(self) -> list[str]:
        """Return how that is called which it did beside its measure."""
        return beside(self.statement)

    @property
    def page(self) -> Answer | None:
        """Return the article's page after the decision."""
        return self.after.page


def look(site: Site, article: Article, at: datetime) -> Look:
    """Return what readers get of an article at `at`, made now."""
    db.session.flush()
    is_listed = db.session.scalar(select(is_visible(at)).where(Article.id == article.id))
    paths = places.affected(article, at)
    gathered = pages.gather(site, paths, at)
    found = {path: pages.answer(site, path, at, gathered) for path in paths}
    return Look(
        found[path_of(article)],
        entries(site, [article], at)[0] if is_listed else None,
        {path: answer.body if answer else None for path, answer in found.items()},
    )


def rehearse(site: Site, account: Account, case_id: int, version: int, draft: Draft, now: datetime) -> Effect:
    """Decide, and return what that did; the caller rolls it back. Raises what `decisions.decide` does."""
    before = look(site, cases.found(case_id).article, max(now, draft.starts_at or now))
    decision = decisions.decide(site, account, case_id, version, draft, now, is_agreed=True)
    return effect(site, decision, before, now)


def rehearse_proposal(site: Site, proposal_id: int, now: datetime) -> Effect:
    """Do what a proposal asks for, and return what that did; the caller rolls it back. Raises what `proposals.approve` does."""
    proposal = db.session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound(N_("没有这个提出的决定。"))
    starts_at = approval.read(proposal.draft).starts_at if proposal.draft else None
    before = look(site, proposal.case.article, max(now, starts_at or now))
    return effect(site, proposals.rehearsed(site, proposal_id, now), before, now)


def effect(site: Site, decision: Decision, before: Look, now: datetime) -> Effect:
    """Return what a decision taken in this transaction did, compared with how it was before."""
    db.session.flush()
    starts_at = db.session.scalar(select(Measure.starts_at).where(Measure.decision_id == decision.id))
    at = max(now, starts_at or now)
    after = look(site, decision.case.article, at)
    mails = select(Mail).where(caused_by(decision)).order_by(Mail.id)
    addresses = dict.fromkeys([*after.pages, *before.pages])
    return Effect(
        statement=decision.statement,
        at=at,
        before=before,
        after=after,
        paths=[path for path in addresses if before.pages.get(path) != after.pages.get(path)],
        mails=[_told(mail) for mail in db.session.scalars(mails)],
        hidden_by=hidden_by_others(decision, at),
    )


def _told(mail: Mail) -> Told:
    return Told(mail.recipient, mail.subject, mail.text, _role(mail), _ABOUT.get(mail.name, ""))


def _role(mail: Mail) -> str:
    """Return who gets a mail about a case: who sent its notice, our own maintainers, or else the publisher."""
    if mail.notice_id is not None:
        return N_("通知人")
    return N_("本站") if mail.name == "attention" else N_("发布者")


def hidden_by_others(decision: Decision, at: datetime) -> list[int]:
    """Return the other cases whose measures keep the article from readers, whatever was decided here."""
    other = (Measure.article_id == decision.case.article_id, Measure.case_id != decision.case_id)
    return list(
        db.session.scalars(select(Measure.case_id).where(*other, hides(at)).distinct().order_by(Measure.case_id))
    )
