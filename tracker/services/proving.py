"""Proof of effect: which looks at what readers get are due, and what is filed of each in its case."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from tracker import content, mail
from tracker.db import db
from tracker.domain.effects import FAULTS, Fault, ProofKind, began, night
from tracker.domain.errors import N_
from tracker.domain.visibility import HIDES
from tracker.models import Decision, EffectProof, Measure, Picture, Revision
from tracker.render import article as rendered
from tracker.render import illustrations
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.render.visible import stands
from tracker.services import audit

LOOKS_BACK = timedelta(days=2)
"""How long after a decision its effect is still to be proved, should no worker have run."""

A_ROUND = 20
"""How many looks one round takes at most, so that mail does not wait for them."""


def effects_due(now: datetime) -> Sequence[int]:
    """Return the decisions whose effect has not been looked at yet, the oldest first."""
    looked = select(EffectProof.id).where(EffectProof.decision_id == Decision.id, EffectProof.kind == ProofKind.EFFECT)
    recent = select(Decision.id).where(Decision.decided_at > now - LOOKS_BACK, Decision.decided_at <= now)
    return db.session.scalars(recent.where(~looked.exists()).order_by(Decision.id).limit(A_ROUND)).all()


def rechecks_due(site: Site, now: datetime) -> Sequence[int]:
    """Return the decisions whose measures stand and were not looked at since the night began."""
    return _due(site, ProofKind.RECHECK, now)


def restorations_due(site: Site, now: datetime) -> Sequence[int]:
    """Return the decisions whose measures hide an article and whose restoration was not rehearsed since the night began."""
    return _due(site, ProofKind.RESTORE, now, Measure.kind.in_(HIDES))


def _due(site: Site, kind: ProofKind, now: datetime, *conditions: ColumnElement[bool]) -> Sequence[int]:
    since = began(night(now, site.zone), site.zone)
    looked = select(EffectProof.id).where(
        EffectProof.decision_id == Measure.decision_id, EffectProof.kind == kind, EffectProof.at >= since
    )
    found = select(Measure.decision_id).where(stands(now), Measure.starts_at < since, *conditions)
    return db.session.scalars(found.where(~looked.exists()).order_by(Measure.id).limit(A_ROUND)).all()


def old_etag(decision: Decision) -> str | None:
    """Return the entity tag that the article's page had before a decision, if it is known."""
    return (decision.before or {}).get("etag")


def file(site: Site, decision_id: int, kind: ProofKind, surfaces: int, findings: Sequence[str], now: datetime) -> None:
    """File what a look found; when something is wrong, record it and tell the maintainers. Nothing when another worker did."""
    decision = db.session.get_one(Decision, decision_id, with_for_update=True)
    proof = db.session.scalar(
        select(EffectProof).where(EffectProof.decision_id == decision_id, EffectProof.kind == kind)
    )
    if proof is None:
        proof = EffectProof(case_id=decision.case_id, decision_id=decision_id, kind=kind)
        db.session.add(proof)
    elif kind is ProofKind.EFFECT or proof.at >= began(night(now, site.zone), site.zone):
        return
    proof.at, proof.surfaces, proof.is_ok, proof.findings = now, surfaces, not findings, list(findings)
    if findings:
        key = f"proof:{decision_id}:{kind}:{night(now, site.zone):%Y%m%d}"
        mail.attention(site, decision.case, N_("效果核对没有通过：读者看到的和决定不一致"), now, key)
        facts = {"case": decision.case_id, "decision": decision_id, "look": kind, "number": len(findings)}
        audit.record(audit.SYSTEM, "effect.failed", now, **facts)


def is_as_published(revision: Revision) -> bool:
    """Say whether a frozen version is what it was, its pictures too."""
    pictures = illustrations.names(revision.id)
    kept = db.session.execute(select(Picture.name, Picture.content).where(Picture.name.in_(pictures.values())))
    return content.version(revision.source, pictures) == revision.sha256 and all(
        name.startswith(hashlib.sha256(stored).hexdigest()[:32]) for name, stored in kept
    )


def rehearse_restoration(site: Site, decision_id: int, now: datetime) -> None:
    """Prove that a hidden article would come back as it was, and file it.

    When the program, the file or another measure has changed what it is made from, what would come back now is noted
    instead, to be compared from then on.
    """
    measure = db.session.scalars(select(Measure).where(Measure.decision_id == decision_id).with_for_update()).one()
    article, findings = measure.article, []
    if article.revision is not None:
        if not is_as_published(article.revision):
            findings.append(f"{path_of(article)}: {FAULTS[Fault.SOURCE]}")
        sha256, made_from = rendered.restored(site, article, now)
        if measure.restores_from != made_from:
            measure.restores_sha256, measure.restores_from = sha256, made_from
        elif measure.restores_sha256 != sha256:
            findings.append(f"{path_of(article)}: {FAULTS[Fault.CHANGED]}")
    file(site, decision_id, ProofKind.RESTORE, 1, findings, now)
