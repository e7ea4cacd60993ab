"""Changing what the factors of urgency are worth."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from tracker.db import db
from tracker.domain.errors import N_, Conflict
from tracker.domain.urgency import checked
from tracker.models import Account, Weighting
from tracker.queries.weights import counting
from tracker.services import audit


def seal(points: Mapping[str, int]) -> str:
    """Return what the page of a replay carries: these weights, compared with those that count now."""
    compared = [counting()[0], checked(points)]
    return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


def save(account: Account, points: Mapping[str, int], seen: str, now: datetime) -> Weighting:
    """Let these weights count from now on; the worker places every open case anew.

    `seen` is the seal of the replay that was looked at. Raises Conflict when it was of other weights, or when somebody
    has changed them since.
    """
    if seen != seal(points):
        raise Conflict(N_("这组权重还没有重演过，或者同事刚刚改动了权重。请再看一次重演的结果。"))
    weighting = Weighting(points=checked(points), saved_at=now, saved_by_id=account.id)
    db.session.add(weighting)
    db.session.flush()
    audit.record(audit.actor(account), "weights.saved", now, weighting=weighting.id)
    return weighting
