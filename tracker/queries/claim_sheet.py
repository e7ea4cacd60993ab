"""The claim sheet of a case: which claims count, in which order, and what they are called after it."""

from collections.abc import Collection, Iterable
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from tracker.db import db
from tracker.models import Case, Claim, Item

Called = tuple[int, str]
"""On which case a claim is, and what the page of that case calls it."""


def sheet(case: Case) -> list[Claim]:
    """Return the claims that a decision has to answer, those of one notice together; their number is their place.

    A claim counts with the one it was merged into only as long as that one is here: its notice may end or go elsewhere.
    """
    return _counted(case.claims, {item.id for item in case.items if item.ended})


def _counted(claims: Iterable[Claim], ended: Collection[int]) -> list[Claim]:
    here = {claim.id: claim for claim in claims if claim.item_id not in ended}
    counted = [claim for claim in here.values() if claim.merged_into_id not in here]
    return sorted(counted, key=lambda claim: (claim.item_id, claim.id))


def called(ids: Collection[int]) -> dict[int, Called]:
    """Return by their ids what claims are called now: by their number on the sheet of their case, or why they have none."""
    if not ids:
        return {}
    cases = select(Claim.case_id).where(Claim.id.in_(ids))
    places = load_only(Claim.id, Claim.case_id, Claim.item_id, Claim.merged_into_id)
    found = select(Claim).where(Claim.case_id.in_(cases)).options(places, joinedload(Claim.item).load_only(Item.ended))
    rows = db.session.scalars(found.order_by(Claim.case_id, Claim.id))
    return {
        id_: name for case, claims in groupby(rows, lambda claim: claim.case_id) for id_, name in _named(case, claims)
    }


def _named(case: int, claims: Iterable[Claim]) -> list[tuple[int, Called]]:
    every = list(claims)
    counted = _counted(every, {claim.item_id for claim in every if claim.item.ended})
    places = {claim.id: place for place, claim in enumerate(counted, 1)}
    return [(claim.id, (case, _word(claim, places))) for claim in every]


def _word(claim: Claim, places: dict[int, int]) -> str:
    if claim.id in places:
        return f"第{places[claim.id]}项"
    into = places.get(claim.merged_into_id or 0)
    return f"并入第{into}项的一项" if into else "通知已经终止的一项"
