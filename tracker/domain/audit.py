"""The audit trail: which entries exist, which facts each may hold, and the chain that binds them.

Entries hold numbers, references and enumerated words, never personal data and never free text.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from tracker.domain.claims import ANSWERS

GENESIS = "0" * 64

_WORD = re.compile(r"[A-Za-z0-9._-]{1,200}")  # as long as a slug; no name, sentence or mail address is one

_MEASURE = frozenset({"measure", "status", "until", "territory", "passages"})

# kind -> the facts it takes; anything else is refused
KINDS: dict[str, frozenset[str]] = {
    "article.published": frozenset({"article", "slug", "revision", "sha256"}),
    "article.revised": frozenset({"article", "slug", "revision", "sha256"}),
    "article.file_gone": frozenset({"article", "slug"}),
    "article.moved": frozenset({"article", "former", "slug"}),
    "notice.submitted": frozenset({"notice", "reference", "category", "channel", "cases", "articles", "digest"}),
    "case.opened": frozenset({"case", "article", "category"}),
    "case.joined": frozenset({"case", "from", "to", "notice"}),
    "case.raised": frozenset({"case", "notice"}),
    "case.assessed": frozenset({"case", "advised", "chosen", "facially_illegal"}),
    "case.regimes_set": frozenset({"case", "regime", "change"}),
    "case.repeat_found": frozenset({"case", "notice", "repeat"}),
    "case.claimed": frozenset({"case", "from", "to"}),
    "case.taken_over": frozenset({"case", "account"}),
    "case.handed_over": frozenset({"case", "account"}),
    "case.released": frozenset({"case"}),
    "case.routed": frozenset({"case", "account", "route"}),
    "case.merged": frozenset({"case", "from", "to", "into", "items"}),
    "case.unmerged": frozenset({"case", "from", "to", "into", "items"}),
    "case.split": frozenset({"case", "from", "to", "into", "items"}),
    "case.gathered": frozenset({"case", "from", "to", "other", "items"}),
    "case.recategorised": frozenset({"case", "category", "before"}),
    "weights.saved": frozenset({"weighting"}),
    "routes.saved": frozenset({"routes"}),
    "case.info_asked": frozenset({"case", "from", "to", "notice"}),
    "case.supplemented": frozenset({"case", "from", "to", "notice"}),
    "case.info_lapsed": frozenset({"case", "from", "to", "notice"}),
    "case.info_waived": frozenset({"case", "from", "to", "notice"}),
    "case.rejected": frozenset({"case", "from", "to", "notice", "ending"}),
    "case.withdrawn": frozenset({"case", "from", "to", "notice"}),
    "case.publisher_asked": frozenset({"case", "from", "to", "notice"}),
    "case.publisher_replied": frozenset({"case", "from", "to"}),
    "case.reply_lapsed": frozenset({"case", "from", "to"}),
    "case.extended": frozenset({"case", "from", "to"}),
    "case.countered": frozenset({"case", "from", "to", "counter"}),
    "case.proof_confirmed": frozenset({"case", "from", "to", "counter"}),
    "case.ruled": frozenset({"case", "from", "to", "counter"}),
    "case.counter_ended": frozenset({"case", "from", "to", "counter"}),
    "case.appealed": frozenset({"case", "from", "to", "appeal", "decision", "party"}),
    "case.appeal_ruled": frozenset({"case", "from", "to", "appeal", "upheld"}),
    "case.lapsed": frozenset({"case", "from", "to"}),
    "case.kept": frozenset({"case", "until"}),
    "case.reopened": frozenset({"case", "from", "to"}),
    "case.interim": frozenset({"case", "decision", "ground", "from", "to", "article"}) | _MEASURE,
    "case.written": frozenset({"case", "notice"}),
    "proposal.made": frozenset({"case", "proposal", "proposed", "from", "to"}),
    "proposal.approved": frozenset({"case", "proposal", "decision"}),
    "proposal.returned": frozenset({"case", "proposal"}),
    "proposal.withdrawn": frozenset({"case", "proposal"}),
    "proposal.lapsed": frozenset({"case", "proposal", "decision"}),
    "claim.added": frozenset({"case", "claim"}),
    "claim.changed": frozenset({"case", "claim"}),
    "claim.merged": frozenset({"case", "claim", "into"}),
    "claim.answered": frozenset({"case", *ANSWERS}),  # the claims of one decision, by what became of them
    "draft.taken_over": frozenset({"case", "account"}),
    "opinion.asked": frozenset({"case", "opinion", "account"}),
    "opinion.given": frozenset({"case", "opinion", "view"}),
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
    "notice.erasure_requested": frozenset({"case", "notice"}),
    "case.recipient_told": frozenset({"case", "recipient"}),
    "case.authority_told": frozenset({"case", "authority"}),
    "identity.erased": frozenset({"attachment"}),
    "case.decided": frozenset({"case", "decision", "outcome", "ground", "from", "to", "article"}) | _MEASURE,
    "case.restored": frozenset({"case", "decision", "outcome", "ground", "from", "to", "article", "ended"}),
    "case.undone": frozenset({"case", "decision", "outcome", "from", "to", "article"}),
    "case.ordered": frozenset({"case", "article", "category", "notice"}),
    "case.own_initiative": frozenset({"case", "article", "category"}),
    "measure.lost": frozenset({"case", "measure", "article", "revision"}),
    "measure.found": frozenset({"case", "measure", "article", "revision"}),
    "effect.failed": frozenset({"case", "decision", "look", "number"}),
    "address.confirmed": frozenset({"notice"}),
    "mail.given_up": frozenset({"mail", "case"}),
    "mail.bounced": frozenset({"mail", "case"}),
    "mail.requeued": frozenset({"mail", "case"}),
    "settings.changed": frozenset({"version", "setting"}),
    "switch.set": frozenset({"version", "switch", "on"}),
    "clause.changed": frozenset({"clause", "number", "edition"}),
    "clause.ended": frozenset({"clause", "number", "edition"}),
    "clause.reviewed": frozenset({"clause", "case"}),
    "canned.changed": frozenset({"canned", "version"}),
    "canned.retired": frozenset({"canned", "version"}),
    "audit.check_asked": frozenset({"verification"}),
    "audit.checked": frozenset({"verification", "entries", "sound"}),
    "sample.drawn": frozenset({"sample", "decision", "case"}),
    "sample.read": frozenset({"sample", "case", "outcome", "agrees"}),
    "account.invited": frozenset({"link", "role"}),
    "account.uninvited": frozenset({"link"}),
    "account.joined": frozenset({"account", "role"}),
    "account.role_changed": frozenset({"account", "role"}),
    "account.password_set": frozenset({"account"}),
    "account.signed_in": frozenset({"account"}),
    "account.signed_out": frozenset({"account"}),
    "account.disabled": frozenset({"account"}),
    "account.enabled": frozenset({"account"}),
    "account.renamed": frozenset({"account"}),
    "account.keys_set": frozenset({"account"}),
    "account.password_given": frozenset({"account"}),
    "account.factor_added": frozenset({"account", "factor"}),
    "account.factor_removed": frozenset({"account", "factor"}),
    "account.factors_reset": frozenset({"account"}),
    "account.codes_made": frozenset({"account"}),
    "account.code_used": frozenset({"account"}),
    "account.sessions_ended": frozenset({"account"}),
    "recusal.set": frozenset({"recusal", "account"}),
    "recusal.lifted": frozenset({"recusal", "account"}),
    "identity.disclosed": frozenset({"attachment"}),
    "handle.resolved": frozenset({"case", "account"}),
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


def follow(entries: Iterable[Entry], after: tuple[int, str]) -> tuple[str | None, tuple[int, str]]:
    """Return what is wrong with the first bad entry, or None, and the (seq, hash) of the last good one.

    `entries` come in order of `seq` and begin behind the (seq, hash) `after`, so that a long trail can be read in parts.
    """
    seq, previous = after
    for entry in entries:
        if entry.seq != seq + 1:
            return f"entry {seq + 1} is missing (found {entry.seq})", (seq, previous)
        if entry.previous != previous:
            return f"entry {entry.seq} does not follow the entry before it", (seq, previous)
        if entry.hash != digest(entry.seq, entry.at, entry.actor, entry.kind, entry.facts, entry.previous):
            return f"entry {entry.seq} was changed after it was written", (seq, previous)
        seq, previous = entry.seq, entry.hash
    return None, (seq, previous)


def first_fault(entries: Iterable[Entry], head: tuple[int, str]) -> str | None:
    """Return what is wrong with the first bad entry, or None when the chain is whole up to `head`.

    `entries` come in order of `seq`; `head` is the (seq, hash) kept beside or outside the table, which is what
    shows a cut-off end.
    """
    fault, end = follow(entries, (0, GENESIS))
    if fault is None and end != head:
        return f"the trail ends at entry {end[0]}, but its head says {head[0]}"
    return fault


class Told(NamedTuple):
    """What the entries say of a case: its state, its outcome, and the outcome before the last decision."""

    state: str
    outcome: str | None
    earlier: str | None = None


BEGINS = {"case.opened": "received", "case.ordered": "in_review", "case.own_initiative": "in_review"}
"""What begins a case, and in which state."""


def folded(before: Told | None, kind: str, facts: Mapping[str, object]) -> Told | None:
    """Return what is told of a case after one more entry about it; a decision that is taken back leaves no outcome of its own."""
    if kind in BEGINS:
        return Told(BEGINS[kind], None)
    if "to" not in facts:
        return before
    outcome, earlier = (before.outcome, before.earlier) if before else (None, None)
    if kind == "case.undone":
        return Told(str(facts["to"]), earlier)
    if "decision" in facts:
        earlier = outcome
    return Told(str(facts["to"]), str(facts.get("outcome") or outcome or "") or None, earlier)
