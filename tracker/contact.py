"""How somebody can be reached, in one form each: an e-mail address, a telephone number as the world dials it."""

import re

import phonenumbers
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from tracker.domain.errors import N_, DomainError

_HOME = "CN"
_SHORT_CODE = range(5, 9)
"""Digits of a hotline such as 12377: it exists inside its country alone, so it has no international form."""

_EXTENSION = re.compile(r"(?:转|轉|分机|分機)\s*")
_NO_NUMBER = re.compile(r"[^\W\d_]{4,}|\d[^\d]*[/,;、，；]")


def taken_apart(address: str) -> ValidatedEmail:
    """Return an e-mail address in its parts, with no look at the network; raise EmailNotValidError for what is none.

    Before the @ stands ASCII alone: only with SMTPUTF8, which few servers offer, could mail go to any other.
    """
    return validate_email(address, check_deliverability=False, allow_smtputf8=False)


def mailable(address: str) -> tuple[str, DomainError | None]:
    """Return an e-mail address in its one form: the host in lower case, an international one in its own script."""
    try:
        return taken_apart(address).normalized, None
    except EmailNotValidError:
        message = N_("邮箱地址要像 name@example.org 这样：中间有一个@，没有空格；@之前只用字母、数字和符号。")
        return address, DomainError(message)


def dialable(phone: str, country: str) -> tuple[str, DomainError | None]:
    """Return a telephone number in its international form (E.164), read as one of `country` or else of China.

    What is no number in use there, several numbers, or one with words beside it, stay as they were typed as long as
    something can be dialled: a number is never turned into somebody else's.
    """
    digits = sum(character.isdigit() for character in phone)
    numbers = [found for region in dict.fromkeys((country, _HOME)) if (found := _parsed(phone, region))]
    in_use = next((number for number in numbers if phonenumbers.is_valid_number(number)), None)
    if in_use and digits not in _SHORT_CODE:
        extension = f" ext. {in_use.extension}" if in_use.extension else ""
        return phonenumbers.format_number(in_use, phonenumbers.PhoneNumberFormat.E164) + extension, None
    if numbers and digits not in _SHORT_CODE:
        return phone, None
    if digits in _SHORT_CODE and not phone.startswith(("+", "0")):
        return phone, None
    leniency = phonenumbers.Leniency.POSSIBLE
    if next(iter(phonenumbers.PhoneNumberMatcher(phone, _HOME, leniency)), None) is not None:
        return phone, None
    message = N_(
        "请写完整的号码：手机号，或者区号加固定电话；其他国家和地区的号码以+和国家代码开头，例如 +44 20 7946 0000。"
    )
    return phone, DomainError(message)


def _parsed(phone: str, region: str) -> phonenumbers.PhoneNumber | None:
    if region not in phonenumbers.SUPPORTED_REGIONS or _NO_NUMBER.search(_EXTENSION.sub(" ", phone)):
        return None
    try:
        number = phonenumbers.parse(_EXTENSION.sub(" ext. ", phone), region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
