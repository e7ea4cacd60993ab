"""The audit trail: which entries exist, which facts each may hold, and the chain that binds them.

Entries hold numbers, references and enumerated words, never personal data and never free text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

GENESIS = "0" * 64

_WORD = re.compile(r"[A-Za-z0-9._-]{1,200}")  # as long as a slug; no name, sentence or mail address is one

# kind -> the facts it takes; anything else is refused
KINDS: dict[str, frozenset[str]] = {
    "article.published": frozenset({"article", "slug", "revision", "sha256"}),
    "article.revised": frozenset({"article", "slug", "revision", "sha256"}),
    "article.file_gone": frozenset({"article", "slug"}),
    "notice.submitted": frozenset({"notice", "reference", "category", "cases", "articles", "digest"}),
    "case.opened": frozenset({"case", "article", "category"}),
    "case.joined": frozenset({"case", "from", "to", "notice"}),
    "case.claimed": frozenset({"case", "from", "to"}),
    "case.info_asked": frozenset({"case", "from", "to", "notice"}),
    "case.supplemented": frozenset({"case", "from", "to", "notice"}),
    "case.info_lapsed": frozenset({"case", "from", "to", "notice"}),
    "case.rejected": frozenset({"case", "from", "to", "notice", "ending"}),
    "case.withdrawn": frozenset({"case", "from", "to", "notice"}),
    "case.publisher_asked": frozenset({"case", "from", "to", "notice"}),
    "case.publisher_replied": frozenset({"case", "from", "to"}),
    "case.reply_lapsed": frozenset({"case", "from", "to"}),
    "case.extended": frozenset({"case", "from", "to"}),
    "case.countered": frozenset({"case", "from", "to", "counter"}),
    "case.counter_incomplete": frozenset({"case", "from", "to", "counter"}),
    "case.proof_confirmed": frozenset({"case", "from", "to", "counter"}),
    "case.ruled": frozenset({"case", "from", "to", "counter"}),
    "case.appealed": frozenset({"case", "from", "to", "appeal", "decision", "party"}),
    "case.appeal_ruled": frozenset({"case", "from", "to", "appeal", "upheld"}),
    "case.lapsed": frozenset({"case", "from", "to"}),
    "case.kept": frozenset({"case", "until"}),
    "case.reopened": frozenset({"case", "from", "to"}),
    "case.interim": frozenset({"case", "decision", "ground", "from", "to", "article", "measure", "status"}),
    "clock.expired": frozenset({"case", "clock", "limit"}),
    "clock.paused": frozenset({"case", "clock", "limit"}),
    "clock.resumed": frozenset({"case", "clock", "limit"}),
    "case.reply_false": frozenset({"case"}),
    "case.reply_passed_on": frozenset({"case"}),
    "case.dispute_opened": frozenset({"case", "from", "to", "dispute"}),
    "case.public_notice": frozenset({"case", "notice"}),
    "counter.reached": frozenset({"counter", "case"}),
    "counter.proof_came": frozenset({"counter", "case", "message"}),
    "counter.proof_refused": frozenset({"counter", "case", "message"}),
    "mail.reached": frozenset({"mail", "case", "way"}),
    "standing.set": frozenset({"standing", "side", "level"}),
    "notice.contact_corrected": frozenset({"notice"}),
    "notice.erased": frozenset({"notice"}),
    "identity.erased": frozenset({"attachment"}),
    "case.decided": frozenset({"case", "decision", "outcome", "ground", "from", "to", "article", "measure", "status"}),
    "case.restored": frozenset({"case", "decision", "outcome", "ground", "from", "to", "article", "ended"}),
    "address.confirmed": frozenset({"notice"}),
    "mail.given_up": frozenset({"mail", "case"}),
    "mail.bounced": frozenset({"mail", "case"}),
    "mail.requeued": frozenset({"mail", "case"}),
    "account.invited": frozenset({"link", "role"}),
    "account.joined": frozenset({"account", "role"}),
    "account.role_changed": frozenset({"account", "role"}),
    "account.password_set": frozenset({"account"}),
    "account.signed_in": frozenset({"account"}),
    "account.signed_out": frozenset({"account"}),
    "account.disabled": frozenset({"account"}),
    "account.enabled": frozenset({"account"}),
}


class Entry(NamedTuple):
    """One line of the trail; `previous` and `hash` are hexadecimal SHA-256."""

    seq: int
    at: datetime
    actor: str
    kind: str
    facts: Mapping[str, object]
    previous: str
    hash: str


def check_facts(kind: str, facts: Mapping[str, object]) -> None:
    """Raise ValueError unless `facts` has exactly the keys declared for `kind`, holding numbers or short words."""
    declared = KINDS.get(kind)
    if declared is None:
        raise ValueError(f"undeclared kind of audit entry: {kind}")
    if set(facts) != declared:
        raise ValueError(f"{kind} takes {sorted(declared)}, not {sorted(facts)}")
    for name, value in facts.items():
        if not _is_number_or_word(value):
            raise ValueError(f"{kind} takes numbers and short words only: {name} is neither")  # the value stays unsaid


def _is_number_or_word(value: object) -> bool:
    if isinstance(value, list):
        return all(type(number) is int for number in value)
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return value is None or type(value) is int


def digest(seq: int, at: datetime, actor: str, kind: str, facts: Mapping[str, object], previous: str) -> str:
    """Return the SHA-256 that binds an entry to the one before it, over canonical JSON."""
    body = [seq, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, kind, facts, previous]
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_fault(entries: Iterable[Entry], head: tuple[int, str]) -> str | None:
    """Return what is wrong with the first bad entry, or None when the chain is whole up to `head`.

    `entries` come in order of `seq`; `head` is the (seq, hash) kept beside or outside the table, which is what
    shows a cut-off end.
    """
    seq, previous = 0, GENESIS
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            return f"entry {seq} is missing (found {entry.seq})"
        if entry.previous != previous:
            return f"entry {seq} does not follow the entry before it"
        if entry.hash != digest(entry.seq, entry.at, entry.actor, entry.kind, entry.facts, entry.previous):
            return f"entry {seq} was changed after it was written"
        previous = entry.hash
    if (seq, previous) != head:
        return f"the trail ends at entry {seq}, but its head says {head[0]}"
    return None
