"""What readers see of an article: one pure function of the measures that stand at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracker.domain.errors import N_
from tracker.domain.passages import Passage


class MeasureKind(StrEnum):
    """What is done to an article, the lightest first."""

    LABEL = "label"  # a dated note above it
    REPLY = "reply"  # an answer attached under it
    CORRECT = "correct"  # passages replaced by new words, with a dated note
    MASK = "mask"  # passages withheld
    WITHHOLD = "withhold"  # on a legal demand: 451 (RFC 7725)
    REMOVE = "remove"  # under our own rules: 410 (RFC 9110, 15.5.11)


STATUS: dict[MeasureKind, int] = {
    MeasureKind.LABEL: 200,
    MeasureKind.REPLY: 200,
    MeasureKind.CORRECT: 200,
    MeasureKind.MASK: 200,
    MeasureKind.WITHHOLD: 451,
    MeasureKind.REMOVE: 410,
}

HIDES: frozenset[MeasureKind] = frozenset(kind for kind, status in STATUS.items() if status != 200)
"""The article is kept from readers as a whole."""

EDITS: frozenset[MeasureKind] = frozenset({MeasureKind.CORRECT, MeasureKind.MASK})
"""The article is shown, but not in its own words."""

RESTRICTS: frozenset[MeasureKind] = HIDES | EDITS
"""What a publisher may answer with a counter-notice."""

ALSO: dict[MeasureKind, frozenset[str]] = {
    MeasureKind.LABEL: frozenset({"also_reply"}),
    MeasureKind.REPLY: frozenset({"also_label"}),
    MeasureKind.CORRECT: frozenset({"also_label", "also_reply"}),
    MeasureKind.MASK: frozenset({"also_label", "also_reply"}),
}
"""What one decision may do beside each measure that leaves the article to be read: put a label on it, attach an answer."""

KIND_LABELS: dict[MeasureKind, str] = {
    MeasureKind.LABEL: N_("加注说明"),
    MeasureKind.REPLY: N_("附上回应"),
    MeasureKind.CORRECT: N_("更正内容"),
    MeasureKind.MASK: N_("部分内容不展示"),
    MeasureKind.WITHHOLD: N_("停止展示"),
    MeasureKind.REMOVE: N_("移除"),
}


class Label(StrEnum):
    """What a label says, unless in words of its own."""

    DISPUTED = "disputed"
    UNDER_REVIEW = "under_review"
    UNVERIFIED = "unverified"


LABEL_WORDS: dict[Label, str] = {
    Label.DISPUTED: N_("争议中：有人对本文的内容提出异议。"),
    Label.UNDER_REVIEW: N_("审查中：本文的内容正在核对。"),
    Label.UNVERIFIED: N_("待核实：本文的部分内容还没有得到证实。"),
}


class Speaker(StrEnum):
    """Whose answer is attached."""

    PUBLISHER = "publisher"
    CONCERNED = "concerned"


SPEAKERS: dict[Speaker, str] = {
    Speaker.PUBLISHER: N_("发布者的回应"),
    Speaker.CONCERNED: N_("当事人的回应"),
}


@dataclass(frozen=True)
class Terms:
    """What a measure says, covers or changes, and where it is meant to hold.

    `territory` holds country codes (ISO 3166-1); none means everywhere. It is recorded and shown, not enforced.
    """

    territory: tuple[str, ...] = ()
    label: str = ""  # one of Label, or empty when `words` say it
    words: str = ""  # public: the label's own words, the reply, what was corrected, why a passage is withheld
    speaker: str = ""  # whose answer: that of a reply, or the one beside another measure
    speaker_name: str = ""
    passages: tuple[Passage, ...] = ()
    quotes_old: bool = False  # the note on a correction may repeat what stood there before
    also_label: str = ""  # one of Label, beside a measure of another kind
    also_reply: str = ""  # the words of an answer, the same

    @property
    def label_words(self) -> str:
        """Return what its label says where that is none of its own words, as a message id."""
        return LABEL_WORDS[Label(self.label)] if self.label else ""

    @property
    def also_label_words(self) -> str:
        """Return what the label beside another measure says, as a message id."""
        return LABEL_WORDS[Label(self.also_label)] if self.also_label else ""

    @property
    def beside(self) -> tuple[MeasureKind, ...]:
        """Return what it does beside what it is."""
        also = {MeasureKind.LABEL: self.also_label, MeasureKind.REPLY: self.also_reply}
        return tuple(kind for kind, said in also.items() if said)

    def as_dict(self) -> dict[str, Any]:
        """Return the terms as they are stored; what an earlier program does not know only where it says something."""
        lists = {"territory": list(self.territory), "passages": [asdict(p) for p in self.passages]}
        return {name: said for name, said in (asdict(self) | lists).items() if said or not name.startswith("also_")}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any] | None) -> "Terms":
        """Return what `as_dict` stored; nothing gives terms that say nothing."""
        values = dict(stored or {})
        passages = tuple(Passage(**passage) for passage in values.pop("passages", ()))
        return cls(**values | {"territory": tuple(values.get("territory", ())), "passages": passages})


NO_TERMS = Terms()
"""A measure that needs no words, or no measure at all."""


@dataclass(frozen=True)
class Measure:
    """A measure on an article; it stands from `starts_at` until before `ends_at` (None: no end set).

    One that was not scheduled stands as soon as it is there: the clock that dated it may be ahead of the one that asks.
    """

    kind: MeasureKind
    starts_at: datetime
    ends_at: datetime | None
    case: int
    number: int = 0
    terms: Terms = NO_TERMS
    ground_type: str = ""  # law or terms
    ground_ref: str = ""
    is_scheduled: bool = True

    @property
    def reply(self) -> str:
        """Return the answer that it attaches, alone or beside what else it does; empty for none."""
        return self.terms.words if self.kind is MeasureKind.REPLY else self.terms.also_reply

    def stands(self, at: datetime) -> bool:
        """Say whether the measure is in force at `at`."""
        has_begun = self.starts_at <= at or not self.is_scheduled
        return has_begun and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Visibility:
    """What a reader gets at a moment, and the instant at which that changes by itself, if any."""

    status: int
    measure: Measure | None  # what hides the article
    until: datetime | None
    beside: tuple[Measure, ...] = ()  # what stands on a readable article, the earliest first

    @property
    def is_readable(self) -> bool:
        """Say whether the article's own text may be shown anywhere at all."""
        return self.status == 200

    @property
    def edits(self) -> tuple[Measure, ...]:
        """Return what changes the article's words: what withholds them before what replaces them."""
        changing = [measure for measure in self.beside if measure.kind in EDITS]
        return tuple(sorted(changing, key=lambda measure: measure.kind is not MeasureKind.MASK))

    @property
    def since(self) -> datetime | None:
        """Return when the last of the measures began that a readable article stands under."""
        return max((measure.starts_at for measure in self.beside), default=None)


def visibility(measures: Iterable[Measure], at: datetime) -> Visibility:
    """Return what readers see at `at`.

    What hides the article wins over all that stands beside it; the legal demand over our own rules, the earliest over
    the later.
    """
    known = list(measures)
    turns = [t for m in known for t in (m.starts_at if m.is_scheduled else None, m.ends_at) if t is not None and t > at]
    standing = sorted((m for m in known if m.stands(at)), key=lambda m: (m.starts_at, m.case, m.number))
    hiding = [m for m in standing if m.kind in HIDES]
    strongest = min(hiding, key=lambda m: -STATUS[m.kind], default=None)
    beside = () if strongest else tuple(standing)
    return Visibility(STATUS[strongest.kind] if strongest else 200, strongest, min(turns, default=None), beside)
