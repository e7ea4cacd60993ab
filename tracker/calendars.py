"""The days off of each place from the libraries that know them, as the plain dates that `domain.calendars` counts in.

A day off proclaimed after a release of `holidays` is unknown until the next; a limit that passes over it ends a day early.
"""

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from tracker.domain.calendars import Calendar, Calendars
from tracker.domain.errors import N_

FIRST_YEAR, LAST_YEAR = 2020, 2045
"""The years whose days off follow from statute; those of China are known only as far as they have been announced."""

_LONDON, _DUBLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Dublin")
_NEW_YORK, _SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")

_NAMES = {
    "New Year's Day": N_("新年"),
    "Martin Luther King Jr. Day": N_("马丁·路德·金纪念日"),
    "Washington's Birthday": N_("华盛顿诞辰日"),
    "Memorial Day": N_("阵亡将士纪念日"),
    "Juneteenth National Independence Day": N_("六月节"),
    "Independence Day": N_("独立日"),
    "Labor Day": N_("美国劳动节"),
    "Columbus Day": N_("哥伦布日"),
    "Veterans Day": N_("退伍军人节"),
    "Thanksgiving Day": N_("感恩节"),
    "Christmas Day": N_("圣诞节"),
    "Good Friday": N_("耶稣受难日"),
    "Easter Monday": N_("复活节星期一"),
    "May Day": N_("五月银行假日"),
    "May Bank Holiday": N_("五月银行假日"),
    "Spring Bank Holiday": N_("春季银行假日"),
    "Late Summer Bank Holiday": N_("夏季银行假日"),
    "Boxing Day": N_("节礼日"),
    "Saint Brigid's Day": N_("圣布里吉德日"),
    "Saint Patrick's Day": N_("圣帕特里克节"),
    "June Bank Holiday": N_("六月银行假日"),
    "August Bank Holiday": N_("八月银行假日"),
    "October Bank Holiday": N_("十月银行假日"),
    "Saint Stephen's Day": N_("圣斯德望日"),
    "Spring Festival": N_("春节"),
    "Tomb-sweeping Day": N_("清明节"),
    "Labour Day": N_("劳动节"),
    "Dragon Boat Festival": N_("端午节"),
    "Mid-autumn Festival": N_("中秋节"),
    "National Day": N_("国庆节"),
}
"""Names as the libraries give them, with ours; one that is not here (a royal occasion) is shown as it comes."""


@cache
def load(zone: ZoneInfo, agent: ZoneInfo = _NEW_YORK) -> Calendars:
    """Return the calendars for a site in `zone`, whose agent for US notices works in `agent`."""
    return Calendars(
        us=_statutory(N_("美国工作日"), agent, "US", "en_US"),
        england=_statutory(N_("英格兰和威尔士工作日"), _LONDON, "GB", "en_GB", "ENG"),
        china=_china(),
        eu=_statutory(N_("爱尔兰工作日"), _DUBLIN, "IE", "en_IE"),  # GDPR, DSA: where the authority asked first sits
        site=Calendar(N_("自然日"), zone, False, {}, frozenset(), date.max),
    )


def _statutory(name: str, zone: ZoneInfo, country: str, language: str, subdivision: str | None = None) -> Calendar:
    """Return a calendar whose days off the law fixes for ever, those moved off a weekend included."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    found = holidays.country_holidays(country, subdivision, years, observed=True, language=language)
    named = {day: _name(said) for day, said in found.items()}
    return Calendar(name, zone, True, named, frozenset(), date(LAST_YEAR, 12, 31))


def _china() -> Calendar:
    """Return the working days of the State Council: announced each autumn for one year, with weekend days worked instead."""
    off, worked = chinese_calendar.holidays, frozenset(chinese_calendar.workdays)
    named = {day: _name(said) for day, said in off.items() if day not in worked}
    return Calendar(N_("中国工作日"), _SHANGHAI, True, named, worked, _announced_until(max(off).year))


def _announced_until(year: int) -> date:
    """Return the last day for which the library answers; past it, it refuses rather than guess."""
    while True:
        try:
            chinese_calendar.is_workday(date(year, 12, 31))
        except NotImplementedError:
            year -= 1
        else:
            return date(year, 12, 31)


def _name(said: str) -> str:
    name = said.split(";")[0].strip().removesuffix(" (observed)")
    return _NAMES.get(name, name)
