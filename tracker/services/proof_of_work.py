"""Proof of work (ALTCHA, self-hosted): a sum that a browser does in about a second, asked for only when a rate is exceeded."""

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import altcha

from tracker.render.site import Site
from tracker.services import limits

GOOD_FOR = timedelta(minutes=30)
"""How long a challenge can be answered: a tired person may read the page first."""

_ALGORITHM, _COST = "PBKDF2/SHA-256", 5000
_STEPS = range(200, 500)
"""The server picks the number that is looked for: the work is bounded, and no browser is unlucky."""

_LONGEST = 4000


def challenge(site: Site, draft: str, now: datetime) -> str:
    """Return a challenge as JSON, signed under a server key and good for one sending of one draft."""
    epoch = site.keys.epoch
    made = altcha.create_challenge(
        _ALGORITHM,
        _COST,
        counter=_STEPS.start + secrets.randbelow(len(_STEPS)),
        data={"draft": draft, "until": int((now + GOOD_FOR).timestamp()), "epoch": epoch},
        hmac_secret=_key(site, epoch),
    )
    return json.dumps(made.to_dict(), separators=(",", ":"))


def spend(site: Site, typed: str, draft: str, now: datetime) -> bool:
    """Say whether `typed` solves a challenge of this draft in time and for the first time; it counts once, in the act it pays for."""
    payload = _payload(typed)
    data: Any = payload.challenge.parameters.data if payload else None
    if payload is None or not isinstance(data, dict) or data.get("epoch") not in site.keys.epochs:
        return False
    if not altcha.verify_solution(payload, _key(site, data["epoch"])).verified:
        return False
    if data["draft"] != draft or data["until"] <= now.timestamp():
        return False
    return limits.use_once(site, f"proof of work {payload.challenge.signature}", now + GOOD_FOR)


def _payload(typed: str) -> altcha.Payload | None:
    if not typed or len(typed) > _LONGEST:
        return None
    try:
        return altcha.Payload.from_dict(json.loads(base64.b64decode(typed, validate=True)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _key(site: Site, epoch: str) -> str:
    return site.keys.derive("proof of work", epoch).hex()
