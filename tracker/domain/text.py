"""What a string must be like to enter, and how a hidden character is shown to staff."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from tracker.domain.errors import N_, DomainError, Incomplete

E = TypeVar("E", bound=StrEnum)

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_REFUSED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)

_ENDS = "。！？；：，、.!?;:,…"
_CLOSING = "”’」』）)】》\"'"
_LONGEST_WORD = 20
_QUOTES = {"“": "”", "‘": "’"}


def clean(value: str) -> str:
    """Return `value` as it is stored: NFC, line feeds only, no controls, no surrogates, no outer blanks.

    Idempotent. Bidirectional and zero-width characters stay: they can be evidence (see `reveal`).
    """
    value = _LINE_BREAKS.sub("\n", value)
    value = _REFUSED.sub("", value)
    return unicodedata.normalize("NFC", value).strip()


def clean_line(value: str) -> str:
    """Return `clean(value)` on one line, for names, titles and addresses."""
    return " ".join(clean(value).split())


def comparable(value: str) -> str:
    """Return the form in which two texts are compared: NFKC, case folded, blanks removed."""
    return "".join(unicodedata.normalize("NFKC", value).casefold().split())


def reveal(value: str) -> str:
    """Return `value` with each invisible character written out as `⟨U+202E⟩`, for staff to see."""
    return _INVISIBLE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", value)


def bare(value: str) -> str:
    """Return what a reader would see of `value`: nothing invisible, no outer blanks."""
    return _INVISIBLE.sub("", value).strip()


def nested(value: str) -> str:
    """Return `value` as it stands between double quotation marks: its own become single, those within them double again.

    GB/T 15834-2011, 4.8.3; English as well. As long as before; an apostrophe opens and closes nothing: it is a ’ between
    letters that have capitals (as in it’s, not in ‘好’的), or one where nothing is open.
    """
    shown: list[str] = []
    opened: list[str] = []
    for before, mark, after in zip(f" {value}", value, f"{value[1:]} ", strict=False):
        level = len(opened) % 2
        if mark == "’" and _has_case(before) and _has_case(after):
            pass
        elif mark in _QUOTES:
            opened.append(_QUOTES[mark])
            mark = "‘“"[level]
        elif opened and mark == opened[-1]:
            opened.pop()
            mark = "”’"[level]
        elif mark == "”":  # cut off from what opened it
            mark = "’"
        shown.append(mark)
    return "".join(shown)


def together(sentences: Iterable[str]) -> str:
    """Return sentences as one paragraph: with a blank after a mark of half width, with none after one of full width."""
    said = ""
    for sentence in sentences:
        is_wide = said and unicodedata.east_asian_width(said[-1]) in {"W", "F"}
        said += sentence if is_wide or not said else f" {sentence}"
    return said


def seam(before: str) -> str:
    """Return what parts a line that ends so from the next, where both stand on one: a dot where no mark does, as after headings."""
    last = before.rstrip(_CLOSING)[-1:]
    if not last or last not in _ENDS:
        return " · " if before else ""
    return "" if unicodedata.east_asian_width(last) in {"W", "F"} else " "


def on_one_line(text: str) -> str:
    """Return lines as one, each evenly spaced."""
    said = ""
    for line in (" ".join(line.split()) for line in text.splitlines() if line.strip()):
        said += seam(said) + line
    return said


def unbroken(text: str, at: int) -> int:
    """Return a place at or soon after `at` that parts no word written in letters; `at` itself where a word goes on for long."""
    for end in range(at, min(len(text), at + _LONGEST_WORD)):
        if not (_is_letter(text[end - 1]) and _is_letter(text[end])):
            return end
    return len(text) if len(text) < at + _LONGEST_WORD else at


def shortened(text: str, length: int) -> str:
    """Return how a text begins, about `length` characters of it, with an ellipsis if there is more."""
    end = unbroken(text, length) if length < len(text) else len(text)
    return f"{text[:end].rstrip()}…" if end < len(text) else text


def headed(label: str, said: str, colon: str = "：") -> str:
    """Return what is said with what it is about before it: one mark stands between the two, be it the label's own."""
    mark = colon.lstrip("：:") if label.endswith(("？", "?", "！", "!")) else colon
    return f"{label.rstrip('。.：: ')}{mark}{said}"


def inside(words: str) -> str:
    """Return words that begin like a title as they stand inside a sentence; an abbreviation stays as it is."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def listed(words: Iterable[str], between: str) -> str:
    """Return words that begin like titles as one list, which begins so once."""
    first, *others = words
    return between.join([first, *map(inside, others)])


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _has_case(letter: str) -> bool:
    return letter.lower() != letter.upper()


def misfit(said: str, bounds: tuple[int, int]) -> DomainError | None:
    """Return what is wrong with the length of `said`, or None; both bounds are allowed.

    What cannot be seen makes nothing long enough, but too long.
    """
    fewest, most = bounds
    seen = len(bare(said))
    length = len(said) if seen >= fewest else seen
    if fewest <= length <= most:
        return None
    if not length:
        return DomainError(N_("还没有填写。请写%(fewest)s至%(most)s个字。"), fewest=fewest, most=most)
    return DomainError(
        N_("请写%(fewest)s至%(most)s个字，现在是%(length)s个字。"), fewest=fewest, most=most, length=length
    )


def bounded(typed: str, bounds: tuple[int, int], field: str) -> str:
    """Return what a person wrote as it is stored; raise Incomplete, for `field`, when it is too short or too long."""
    said = clean(typed)
    if wrong := misfit(said, bounds):
        raise Incomplete({field: wrong})
    return said


def number(typed: object) -> int:
    """Return the number that was typed, or that an address or a form carries: up to nine digits. 0 for anything else."""
    text = str(typed or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def word(enum: type[E], text: str | None) -> E | None:
    """Return the word of a list that an address or a form carries; None for anything else."""
    return enum(text) if text in set(enum) else None


def address_key(address: str) -> str:
    """Return the key of the account of an e-mail address: one line, lower case; a `+tag` is somebody of its own."""
    return clean_line(address).casefold()


def mailbox(address: str) -> str:
    """Return the key under which an e-mail address is counted: lower case, without `+tag`.

    Dots are kept: outside one provider they name different people. Without an address there is no mailbox.
    """
    local, _, host = address_key(address).rpartition("@")
    return f"{local.partition('+')[0]}@{host}" if host else ""
