"""What must be said for each kind of measure: its words, the passages it is about, where and how long it holds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from tracker.domain.countries import CODES
from tracker.domain.errors import N_, DomainError
from tracker.domain.passages import Passage, compared
from tracker.domain.text import bare, clean, clean_line, misfit
from tracker.domain.visibility import ALSO, EDITS, NO_TERMS, Label, MeasureKind, Speaker, Terms

MOST_PASSAGES = 20
LONGEST_PASSAGE = 2000
SHORTEST_PASSAGE = 2
LONGEST_NEIGHBOUR = 64

WORDS: dict[MeasureKind, tuple[int, int]] = {
    MeasureKind.LABEL: (2, 300),
    MeasureKind.REPLY: (10, 5000),
    MeasureKind.CORRECT: (2, 500),
    MeasureKind.MASK: (0, 300),
}
"""The fewest and most characters of what each kind says in public."""

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n")
_MARKED = re.compile(r"(.*?)\[\[(.+?)\]\](.*)", re.DOTALL)

Problems = dict[str, DomainError]


def passages(typed: str, replacements: str = "") -> tuple[Passage, ...]:
    """Return the passages written in a text, one a paragraph; `replacements` holds as many, in the same order.

    `before[[words]]after` means the words in that one place; a paragraph without brackets means itself, everywhere.
    Paragraphs that have no partner get none.
    """
    found = [_passage(paragraph) for paragraph in _paragraphs(typed)]
    partners = _paragraphs(replacements)
    return tuple(
        replace(passage, replacement=partners[at] if at < len(partners) else "") for at, passage in enumerate(found)
    )


def _paragraphs(text: str) -> list[str]:
    return [paragraph.strip() for paragraph in _PARAGRAPHS.split(clean(text)) if paragraph.strip()]


def _passage(paragraph: str) -> Passage:
    marked = _MARKED.fullmatch(paragraph)
    if marked is None:
        return Passage(paragraph)
    before, exact, after = marked.groups()
    return Passage(exact.strip(), before[-LONGEST_NEIGHBOUR:], after[:LONGEST_NEIGHBOUR], not bare(before + after))


def written(found: Iterable[Passage]) -> str:
    """Return passages as `passages` reads them."""
    return "\n\n".join(p.exact if p.is_everywhere else f"{p.prefix}[[{p.exact}]]{p.suffix}" for p in found)


def typed(found: Terms) -> dict[str, str]:
    """Return terms by the fields of the form that they are typed into."""
    fields = {name: getattr(found, name) for name in ("label", "words", "speaker", "speaker_name")}
    fields |= {"territory": ", ".join(found.territory), "passages": written(found.passages)}
    fields |= {f"also_{name}": getattr(found, f"also_{name}") for name in ("label", "reply")}
    fields |= {"also_speaker": found.speaker, "also_name": found.speaker_name} if found.also_reply else {}
    fields["replacements"] = "\n\n".join(passage.replacement for passage in found.passages)
    return fields | ({"quotes_old": "1"} if found.quotes_old else {})


def territory(typed: str) -> tuple[str, ...]:
    """Return the country codes in a text, each once; what is none stays, for `complete` to name it."""
    return tuple(dict.fromkeys(code.upper() for code in re.split(r"[\s,;，；、]+", clean_line(typed)) if code))


def complete(kind: MeasureKind | None, terms: Terms, public: Mapping[str, str]) -> tuple[Terms, Problems]:
    """Return the terms as they are stored for a kind of measure, and what is wrong with them by field.

    What does not belong to the kind is left out. `public` is what else readers will see, by field: neither it nor the
    words may repeat what the measure takes away.
    """
    if kind is None:
        return NO_TERMS, {}
    also = {name: getattr(terms, name) for name in ALSO.get(kind, ())}
    also_reply = clean(also.get("also_reply", ""))
    has_speaker = kind is MeasureKind.REPLY or bool(also_reply)
    kept = Terms(
        territory=terms.territory,
        label=terms.label if kind is MeasureKind.LABEL else "",
        words=clean(terms.words) if kind in WORDS else "",
        speaker=terms.speaker if has_speaker else "",
        speaker_name=clean_line(terms.speaker_name)[:200] if has_speaker else "",
        passages=terms.passages if kind in EDITS else (),
        quotes_old=terms.quotes_old and kind is MeasureKind.CORRECT,
        also_label=also.get("also_label", ""),
        also_reply=also_reply,
    )
    problems = _words(kind, kept) | _also(kept) | _passages(kind, kept)
    if unknown := [code for code in kept.territory if code not in CODES]:
        problems["territory"] = DomainError(
            N_("“%(codes)s”不是国家或地区代码。请写两个字母的代码，例如 CN, GB。"), codes=" ".join(unknown)
        )
    if not problems and not kept.quotes_old:
        problems |= _repeated(kept, {"words": kept.words, "also_reply": kept.also_reply} | dict(public))
    return kept, problems


def _words(kind: MeasureKind, terms: Terms) -> Problems:
    found: Problems = {}
    fewest, most = WORDS.get(kind, (0, 0))
    if terms.label and terms.label not in set(Label):
        found["label"] = DomainError(N_("请选择一项。"))
    if wrong := misfit(terms.words, (0 if terms.label else fewest, most)):
        found["words"] = wrong
    if kind is MeasureKind.REPLY and terms.speaker not in set(Speaker):
        found["speaker"] = DomainError(N_("请选择是谁的回应。"))
    return found


def _also(terms: Terms) -> Problems:
    """Return what is wrong with what stands beside a measure of another kind."""
    found: Problems = {}
    if terms.also_label and terms.also_label not in set(Label):
        found["also_label"] = DomainError(N_("请选择一项。"))
    if terms.also_reply and (wrong := misfit(terms.also_reply, WORDS[MeasureKind.REPLY])):
        found["also_reply"] = wrong
    if terms.also_reply and terms.speaker not in set(Speaker):
        found["also_speaker"] = DomainError(N_("请选择是谁的回应。"))
    return found


def _passages(kind: MeasureKind, terms: Terms) -> Problems:
    if kind not in EDITS:
        return {}
    found: Problems = {}
    lengths = [len(compared(passage.exact)) for passage in terms.passages]
    if not terms.passages:
        found["passages"] = DomainError(N_("请写出是哪一段原文，照抄即可。"))
    elif len(lengths) > MOST_PASSAGES or min(lengths) < SHORTEST_PASSAGE or max(lengths) > LONGEST_PASSAGE:
        message = N_("最多%(most)s段，每段%(fewest)s至%(longest)s个字，段与段之间空一行。")
        found["passages"] = DomainError(message, most=MOST_PASSAGES, fewest=SHORTEST_PASSAGE, longest=LONGEST_PASSAGE)
    if kind is MeasureKind.CORRECT and not all(bare(passage.replacement) for passage in terms.passages):
        found["replacements"] = DomainError(N_("每一段原文都要有改成的文字，顺序相同，段与段之间空一行。"))
    return found


def _repeated(terms: Terms, public: Mapping[str, str]) -> Problems:
    """Refuse what would say again in public what the measure takes away."""
    gone = [compared(passage.exact) for passage in terms.passages if vanishes(passage)]
    message = N_("这里的文字读者看得到，不能重复要遮盖或改掉的原文。")
    return {
        field: DomainError(message) for field, text in public.items() if any(words in compared(text) for words in gone)
    }


def vanishes(passage: Passage) -> bool:
    """Say whether readers see the words of a passage no more; a replacement may hold them and add to them."""
    return compared(passage.exact) not in compared(passage.replacement)


def check_times(starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> Problems:
    """Return what is wrong with when a measure starts and ends; None means at once, and no end set."""
    found: Problems = {}
    if starts_at is not None and starts_at <= now:
        found["starts"] = DomainError(N_("请选择今天以后的日期；要立即开始就留空。"))
    if ends_at is not None and ends_at <= (starts_at or now):
        found["ends"] = DomainError(N_("结束的日期要晚于开始的日期，并且在今天或以后。"))
    return found
