"""What a mail server's answer means for a mail."""

import smtplib
import ssl
from enum import Enum, auto

from tracker.domain.text import clean_line
from tracker.mail.transport import AddressError, SetupError

_NOT_LET_IN = frozenset({530, 534, 535, 538})
_TOO_LARGE = 552


class Fate(Enum):
    """What becomes of a mail after an attempt."""

    SENT = auto()
    RETRY = auto()
    BOUNCE = auto()
    ALL_WAIT = auto()


def fate(error: Exception | None) -> Fate:
    """Return what an attempt means for the mail: a refusal of the address is final, our own faults burn nothing."""
    if error is None:
        return Fate.SENT
    code = _reply(error)[0]
    match error:
        case AddressError():
            return Fate.BOUNCE
        case SetupError() | ssl.SSLError() | smtplib.SMTPHeloError():
            return Fate.ALL_WAIT
        case smtplib.SMTPSenderRefused() if code != _TOO_LARGE:
            return Fate.ALL_WAIT
        case smtplib.SMTPRecipientsRefused() | smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            if code in _NOT_LET_IN:
                return Fate.ALL_WAIT
            return Fate.BOUNCE if code >= 500 else Fate.RETRY
    return Fate.RETRY


def _reply(error: Exception) -> tuple[int, str]:
    """Return the mail server's reply code and words, or 0 and the error's own words."""
    code, words = 0, f"{type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        words = _decoded(said)
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, _decoded(error.smtp_error)
    return code, words


def _decoded(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def told(error: Exception | None) -> str:
    """Return an error as it is kept for staff."""
    if error is None:
        return ""
    code, words = _reply(error)
    return clean_line(f"{code} {words}" if code else words)[:500]
