"""Countries as people write them: by name in any of our languages, by habit, or by code."""

from functools import cache
from operator import itemgetter

from babel import Locale

from tracker.domain.countries import CODES
from tracker.domain.element import Element, Format
from tracker.domain.text import comparable
from tracker.render.site import LOCALES

FREQUENT = ("CN", "HK", "MO", "TW", "US", "GB")
"""What most people choose stands first."""

_READ = (*LOCALES.values(), "zh_Hant_TW", "en_US")
_BY_HABIT = {
    "uk": "GB", "英": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "britain": "GB",
    "great britain": "GB", "英格兰": "GB", "苏格兰": "GB", "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US",
    "united states of america": "US", "美": "US", "中华人民共和国": "CN", "中国大陆": "CN", "中国内地": "CN", "大陆": "CN",
    "prc": "CN", "mainland china": "CN", "香港": "HK", "hong kong": "HK", "澳门": "MO", "macau": "MO", "macao": "MO",
    "台湾": "TW", "holland": "NL", "荷兰": "NL", "korea": "KR", "south korea": "KR", "韩国": "KR", "russia": "RU",
    "uae": "AE", "阿联酋": "AE",
}  # fmt: skip


@cache
def choices(language: str) -> list[tuple[str, str]]:
    """Return each country's code and name, in the order of the names."""
    names = _names(LOCALES[language])
    return sorted(((code, names.get(code, code)) for code in CODES), key=itemgetter(1))


def code_of(typed: str) -> str:
    """Return the code of the country that was written, or what was written when it is none."""
    return _known().get(comparable(typed), typed)


def read(element: Element, answer: str, language: str) -> str:
    """Return an answer in its sender's words as people read it: a country by its name."""
    return dict(choices(language)).get(answer, answer) if element.format is Format.COUNTRY else answer


@cache
def _known() -> dict[str, str]:
    found = {comparable(name): code for locale in _READ for code, name in _names(locale).items() if code in CODES}
    return found | {comparable(name): code for name, code in _BY_HABIT.items()}


def _names(locale: str) -> dict[str, str]:
    return {code: str(name) for code, name in Locale.parse(locale).territories.items()}
