"""What is masked on the desk until somebody asks to see it: abuse, and the numbers with which people are found and paid."""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from tracker.domain.abusive_words import CHINESE, ENGLISH, HARMLESS, TRADITIONAL
from tracker.domain.errors import N_
from tracker.domain.redaction import HONG_KONG, IBAN, PASSPORT, SOCIAL_SECURITY


class Harm(StrEnum):
    """Why a stretch of text is masked."""

    ABUSE = "abuse"
    PHONE = "phone"
    IDENTITY = "identity"
    BANK = "bank"


LABELS: dict[Harm, str] = {
    Harm.ABUSE: N_("辱骂、威胁"),
    Harm.PHONE: N_("电话号码"),
    Harm.IDENTITY: N_("证件号码"),
    Harm.BANK: N_("银行卡号"),
}


class Stretch(NamedTuple):
    """A part of a text, in order; `harm` says why it is masked, None that it is not."""

    text: str
    harm: Harm | None


_ABUSE = re.compile(
    "|".join(
        (
            f"(?P<harmless>{'|'.join(map(re.escape, HARMLESS))})",
            *map(re.escape, sorted((*CHINESE, *TRADITIONAL), key=len, reverse=True)),
            rf"(?<![A-Za-z])(?:{'|'.join(sorted(ENGLISH, key=len, reverse=True))})(?![A-Za-z])",
        )
    ),
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[+＋(（]?[0-9０-９](?:[ \-—()（）]{0,2}[0-9０-９]){6,22}[Xx]?(?![0-9A-Za-z])")
_ABROAD = re.compile(f"(?P<bank>{IBAN})|{PASSPORT}|{HONG_KONG}|{SOCIAL_SECURITY}")
_DAY = re.compile(r"(?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}")
_LANDLINE = re.compile(r"0\d{2,3}[ -]?\d{7,8}")
_MOBILE = re.compile(r"(?:(?:00|\+)?86)?1[3-9]\d{9}")
_CARD, _SHORT_CARD = range(16, 20), range(13, 16)


def stretches(text: str, own: str = "") -> list[Stretch]:
    """Return the whole text in parts, those to be masked with the reason; nothing is lost and nothing added.

    `own` is a number that the site itself publishes; it is not masked.
    """
    parts, end = [], 0
    for start, stop, harm in _found(text):
        if start < end or text[start:stop] == own:
            continue
        if start > end:
            parts.append(Stretch(text[end:start], None))
        parts.append(Stretch(text[start:stop], harm))
        end = stop
    if end < len(text):
        parts.append(Stretch(text[end:], None))
    return parts


def _found(text: str) -> list[tuple[int, int, Harm]]:
    return sorted([*_abuse(text), *_numbers(text)])


def _abuse(text: str) -> Iterator[tuple[int, int, Harm]]:
    for found in _ABUSE.finditer(text):
        if found["harmless"] is None:
            yield *found.span(), Harm.ABUSE


def _numbers(text: str) -> Iterator[tuple[int, int, Harm]]:
    for found in _ABROAD.finditer(text):
        yield *found.span(), Harm.BANK if found["bank"] else Harm.IDENTITY
    for found in _NUMBER.finditer(text):
        harm = _kind(found[0])
        if harm is not None:
            yield *found.span(), harm


def _kind(written: str) -> Harm | None:
    """Return what a run of digits is, by its length and form; dates, amounts and references are nothing."""
    digits = "".join(str(int(c)) for c in written if c.isdecimal())
    if _DAY.fullmatch(written):
        return None
    if _is_identity(digits, written):
        return Harm.IDENTITY
    if _MOBILE.fullmatch(f"+{digits}" if written[0] in "+＋" else digits) or _LANDLINE.fullmatch(written):
        return Harm.PHONE
    if len(digits) in _CARD or (len(digits) in _SHORT_CARD and _luhn(digits)):
        return Harm.BANK
    is_abroad = written[0] in "+＋(（" or written.startswith("00")
    return Harm.PHONE if is_abroad and len(digits) >= 9 else None


def _is_identity(digits: str, written: str) -> bool:
    """Say whether it is a resident's number: 18 places with a birthday (GB 11643), or the old 15. Mistyped ones count."""
    number = digits + ("X" if written[-1] in "Xx" else "")
    if len(number) == 18:
        return _is_day(number[6:14])
    return len(number) == 15 and number.isdecimal() and _is_day(f"19{number[6:12]}")


def _is_day(written: str) -> bool:
    try:
        return date(1900, 1, 1) <= date(int(written[:4]), int(written[4:6]), int(written[6:])) < date(2100, 1, 1)
    except ValueError:
        return False


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812: the check digit of a card."""
    doubled = [int(d) * 2 if place % 2 else int(d) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
