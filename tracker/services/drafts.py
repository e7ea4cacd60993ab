"""Notices being written: kept under a secret address for seven days, so that nothing typed is lost."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import accumulate

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import ask, db
from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.elements import Kind
from tracker.domain.notices import Submission, review
from tracker.domain.retention import DRAFT_KEPT
from tracker.models import Draft, DraftFile
from tracker.render.site import Site

MOST = 500_000
"""Characters that a draft keeps in all: more than the questions take, and strangers can write here."""
_SHA256 = re.compile("[0-9a-f]{64}")


def identify(key: str) -> str:
    """Return the number of the draft that `key` opens: its SHA-256, so that the database opens nothing."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(key: str, now: datetime) -> Draft | None:
    """Return the draft that `key` opens, or None when there is none or its time is over."""
    return db.session.scalar(select(Draft).where(Draft.id == identify(key), Draft.expires_at > now))


def save(
    key: str,
    category: CategoryName,
    answers: Mapping[str, str],
    added: Iterable[Attachment],
    removed: Iterable[str],
    now: datetime,
) -> list[str]:
    """Keep what was typed, take out the files whose SHA-256 is in `removed`, add new ones; safe to repeat.

    Answers that only another category asks stay, for whoever changes back; past MOST, the longest are left to the page
    to give back. Returns the names of the files that are one too many and were not kept.
    """
    draft = identify(key)
    asked = {element.name for element in CATEGORIES[category].elements}
    earlier = db.session.scalar(select(Draft.answers).where(Draft.id == draft)) or {}
    others = {name: answer for name, answer in earlier.items() if name not in asked}
    kept = {"category": category, "answers": _bounded(others | dict(answers)), "expires_at": now + DRAFT_KEPT}
    new = insert(Draft).values(id=draft, **kept)
    db.session.execute(new.on_conflict_do_update(index_elements=[Draft.id], set_=kept))
    named = {digest for digest in removed if _SHA256.fullmatch(digest)}
    db.session.execute(delete(DraftFile).where(DraftFile.draft_id == draft, DraftFile.sha256.in_(named)))
    return _add(draft, added)


def _bounded(answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers, the shorter ones first, as long as they fit."""
    sizes = {name: len(answers[name]) for name in sorted(answers, key=lambda name: len(answers[name]))}
    ends = dict(zip(sizes, accumulate(sizes.values()), strict=True))
    return {name: answer for name, answer in answers.items() if ends[name] <= MOST}


def _add(draft: str, files: Iterable[Attachment]) -> list[str]:
    known = set(db.session.scalars(select(DraftFile.sha256).where(DraftFile.draft_id == draft)))
    left_out = []
    for file in files:
        if file.sha256 in known:
            continue
        if len(known) >= MAX_FILES:
            left_out.append(file.name)
            continue
        known.add(file.sha256)
        kept = {name: getattr(file, name) for name in ("purpose", "name", "media_type", "size", "sha256", "content")}
        db.session.add(DraftFile(draft_id=draft, **kept))
    db.session.flush()
    return left_out


def going(category: Category, answers: Mapping[str, str], files: Iterable[DraftFile]) -> list[DraftFile]:
    """Return the files that answer a question which is asked now; the others stay in the draft and are not sent."""
    asked = {e.name for e in category.questions if e.kind is Kind.FILES and e.is_asked_by(answers)}
    return [file for file in files if file.purpose in asked]


def submission(site: Site, draft: Draft, language: str, *, with_files: bool) -> Submission:
    """Return the notice that a draft would make, the statements in full words; without files it is only for showing."""
    category = CATEGORIES[draft.category]
    answers, _ = review(category, draft.answers)
    agreed = [e for e in category.elements if e.kind is Kind.STATEMENT and answers.get(e.name)]
    privacy = site.fixed_page("privacy", language)
    return Submission(
        category=category,
        language=language,
        answers=answers,
        statements={element.name: site.gettext(element.label, language) for element in agreed},
        files=tuple(
            Attachment(file.name, file.media_type, file.content if with_files else b"", file.sha256, file.purpose)
            for file in going(category, answers, draft.files)
        ),
        privacy_version=privacy.version if privacy else "",
        draft=draft.id,
    )


_DISCARD = (
    delete(DraftFile).where(DraftFile.draft_id == bindparam("draft")),
    delete(Draft).where(Draft.id == bindparam("draft")),
)


def discard(draft: str) -> None:
    """Delete a draft and its files; there need not be any."""
    for statement in _DISCARD:
        ask(statement, {"draft": draft})
