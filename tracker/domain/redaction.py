"""Taking personal data out of free text before somebody else reads it."""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

MARK = "█████"
"""What stands where something was taken out; the same length whatever it was."""

_DATE = r"(?P<kept>(?<!\d)(?:19|20)\d\d(?P<between>[-./])\d{1,2}(?P=between)\d{1,2}(?!\d))"
IBAN = r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?(?![0-9A-Za-z])"
PASSPORT = r"(?<![0-9A-Za-z])[A-Z]{1,2}\d{7,9}(?:\(\d\))?(?![0-9A-Za-z])"  # and travel permits
HONG_KONG = r"[A-Z]\d{6}\([0-9A]\)"
SOCIAL_SECURITY = r"(?<![0-9A-Za-z])\d{3}-\d{2}-\d{4}(?!\d)"
_PATTERNS = (
    _DATE,
    r"[^\s@<>()（），。；：、“”]+[@＠][^\s@<>()（），。；：、“”]+",  # an e-mail address, a handle at a payment service
    r"(?:微信|wechat|weixin|QQ|telegram|whatsapp|支付宝|抖音|微博)(?:号码?|账号|id)?\s*[:：]\s*[^\s，。；、（）()]+",
    r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])",  # 统一社会信用代码
    IBAN,
    PASSPORT,
    HONG_KONG,
    SOCIAL_SECURITY,
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·・ ]?[A-Z0-9]{5,6}(?![A-Z0-9])",  # number plate
    r"(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)",  # IPv4
    r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])",  # MAC
    r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)",  # a fixed line
    r"(?<!\d)[+＋(（]?\d(?:[ \-()（）]{0,2}\d){9,}[Xx]?",  # telephones, identity cards, bank cards
)
_PERSONAL = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
_FEWEST = 2
_ESCAPED = re.compile(r"[^\s<>\"]*(?:%[0-9A-Fa-f]{2}|://)[^\s<>\"]*")
_QUERY = re.compile(r"[?#]\S*")


def without_queries(addresses: str) -> str:
    """Return web addresses without what follows a question or number sign: it may carry anything."""
    return _QUERY.sub("", addresses)


def redact(text: str, hidden: Iterable[str] = ()) -> str:
    """Return `text` without the values in `hidden`, e-mail addresses, telephone, identity, bank and other numbers.

    Dates, amounts and the numbers of provisions stay.
    """
    values = sorted({value for value in hidden if len(value) >= _FEWEST}, key=len, reverse=True)
    text = _ESCAPED.sub(lambda found: _unescaped(found[0], values), text)
    return _taken_out(text, values)


def _unescaped(word: str, values: list[str]) -> str:
    """Return a web address as it is, or readable and without what its escapes hid."""
    plain = unquote_plus(word)
    bare = _taken_out(plain, values)
    return word if bare == plain else bare


def _taken_out(text: str, values: list[str]) -> str:
    if values:
        text = re.sub("|".join(re.escape(value) for value in values), MARK, text, flags=re.IGNORECASE)
    return _PERSONAL.sub(lambda found: found["kept"] or MARK, text)
