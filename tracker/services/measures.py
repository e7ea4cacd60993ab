"""What is done to an article: a measure begun and ended, and whether its passages are still where they were."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from tracker import content, mail
from tracker.db import db
from tracker.domain.decisions import Draft, Outcome
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.passages import Anchor, anchor, with_context
from tracker.domain.terms import check_times
from tracker.domain.text import nested
from tracker.domain.visibility import EDITS, HIDES, RESTRICTS
from tracker.models import Article, Case, Decision, Measure
from tracker.render import article as rendered
from tracker.render.site import Site
from tracker.render.visible import as_rule, is_open, stands
from tracker.services import audit


def open_of(case: Case, now: datetime) -> Measure | None:
    """Return the measure of a case that has not ended, begun or yet to begin, or None."""
    return db.session.scalar(
        select(Measure).where(Measure.case_id == case.id, is_open(now)).order_by(Measure.id.desc()).limit(1)
    )


def restricting(case: Case, now: datetime) -> Measure | None:
    """Return the measure of a case that stands now and keeps words of the article from readers, or None."""
    found = select(Measure).where(Measure.case_id == case.id, Measure.kind.in_(RESTRICTS), stands(now))
    return db.session.scalar(found)


def checked(case: Case, draft: Draft, now: datetime) -> Draft:
    """Return a complete draft with what stands beside its passages; raise Incomplete for times and passages that do not fit."""
    if draft.kind is None:
        return draft
    problems = check_times(draft.starts_at, draft.ends_at, now)
    texts = _texts(case.article)
    missing = [passage.exact for passage in draft.terms.passages if anchor(passage, *texts) is not Anchor.FOUND]
    if missing:
        said = "”“".join(nested(words[:40]) for words in missing)
        message = N_("文章现在的版本里没有找到“%(words)s”。请从文章照抄；用[[ ]]标出的，前后文也要相符。")
        problems["passages"] = DomainError(message, words=said)
    if problems:
        raise Incomplete(problems)
    passages = tuple(with_context(passage, texts[0]) for passage in draft.terms.passages)
    return replace(draft, terms=replace(draft.terms, passages=passages))


def _texts(article: Article) -> tuple[str, str, str]:
    """Return body, title and summary of an article in its own words."""
    return content.text_of(article.revision.source), article.title, article.summary


def begin(site: Site, decision: Decision, draft: Draft, now: datetime) -> Measure | None:
    """Start the measure of a decision, if it takes one; flushed, so that it has its number."""
    if draft.kind is None:
        return None
    measure = Measure(
        article_id=decision.case.article_id,
        case_id=decision.case_id,
        decision_id=decision.id,
        kind=draft.kind,
        is_interim=decision.outcome is Outcome.INTERIM,
        starts_at=draft.starts_at or now,
        ends_at=draft.ends_at,
        terms=draft.terms.as_dict(),
    )
    db.session.add(measure)
    db.session.flush()
    if measure.kind in HIDES and decision.case.article.revision_id is not None:
        measure.restores_sha256, measure.restores_from = rendered.restored(site, decision.case.article, now)
    return measure


def look_for_passages(site: Site, article: Article, now: datetime) -> None:
    """Note which measures on an article no longer find a passage where it was; tell the maintainers once, record it.

    The measure stands: a passage that comes back is withheld or replaced again at once, as every page is made anew.
    """
    found = select(Measure).where(Measure.article_id == article.id, Measure.kind.in_(EDITS))
    texts = None
    for measure in db.session.scalars(found.where(is_open(now)).order_by(Measure.id)):
        texts = texts or _texts(article)
        passages = as_rule(measure).terms.passages
        is_lost = any(anchor(passage, *texts) is not Anchor.FOUND for passage in passages)
        if is_lost != (measure.lost_at is not None):
            _note(site, measure, now, is_lost=is_lost)


def _note(site: Site, measure: Measure, now: datetime, *, is_lost: bool) -> None:
    measure.lost_at = now if is_lost else None
    kind = "measure.lost" if is_lost else "measure.found"
    facts = {"case": measure.case_id, "measure": measure.id, "article": measure.article_id}
    audit.record(audit.SYSTEM, kind, now, **facts, revision=measure.article.revision_id)
    if is_lost:
        key = f"lost:{measure.id}:{measure.article.revision_id}"
        mail.attention(site, measure.case, N_("文章的文件改过，措施所指的原文不在原处"), now, key)
