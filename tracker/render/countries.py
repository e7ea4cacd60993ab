"""Countries as people write them: by name in any of our languages, by habit, or by code."""

import unicodedata
from functools import cache

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


_OURS = {
    "zh-Hans": {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"},
    "zh-Hant": {"HK": "中國香港", "MO": "中國澳門", "TW": "中國台灣"},
    "en": {"HK": "Hong Kong, China", "MO": "Macao, China", "TW": "Taiwan, China"},
}
"""What we call otherwise than the tables of Unicode do: all three in one way."""

_BY_SOUND = (
    "阿埃愛爱安岸昂奥奧澳巴白百拜班保堡北貝贝本比秘別别宾賓冰波玻伯博帛泊不布部查朝赤垂茨达達大代丹旦誕诞"
    "岛島道得德登迪地帝蒂甸典丁东東都度杜敦頓顿多俄厄恩尔爾耳伐法梵菲非斐芬佛夫福富蓋甘干冈刚剛岡港哥格葛"
    "各根公共古瓜关關圭国國果哈海韓韩汗合和荷赫黑宏洪基及吉极極几幾济濟加迦尖柬疆角捷津金京喀卡开開凯科克"
    "肯库庫奎拉腊臘來来莱萊賴兰蘭朗劳勞老勒黎里利力立联聯寮列林陵靈領领琉留隆卢盧魯鲁路露伦倫罗羅洛律馬马"
    "买買麥麦曼毛茅美門门蒙孟米密棉緬缅明摩模墨莫慕拿納纳那奈南瑙內内嫩尼宁紐纽努挪諾诺帕彭蓬皮坡葡蒲埔普"
    "浦其奇千乔喬求酋区區群然日瑞撒萨薩塞賽三桑瑟色森沙山尚紹绍舌圣聖獅时時史士属屬斯苏蘇所索他塔台泰坦汤"
    "唐萄陶特提廷突图圖吐土托脫脱陀瓦外湾灣宛萬汪旺危威維维韦委文汶挝乌烏希息西席夏鲜香象小新辛行匈叙敘牙"
    "亚亞延扬洋也葉伊衣以意義印英屿嶼與約约越赞泽澤札乍寨长哲政支直智治中洲兹茲自子"
)
"""The characters of these names in the order of their readings, as a dictionary has them; Python knows only that of their codes."""


@cache
def choices(language: str) -> list[tuple[str, str]]:
    """Return each country's code and name, in the order in which a reader of the language looks for the names."""
    names = _names(LOCALES[language]) | _OURS[language]
    return sorted(((code, names.get(code, code)) for code in CODES), key=lambda choice: _place(choice[1]))


def code_of(typed: str) -> str:
    """Return the code of the country that was written, or what was written when it is none."""
    return _known().get(comparable(typed), typed)


def read(element: Element, answer: str, language: str) -> str:
    """Return an answer in its sender's words as people read it: a country by its name."""
    return dict(choices(language)).get(answer, answer) if element.format is Format.COUNTRY else answer


@cache
def _known() -> dict[str, str]:
    found = {comparable(name): code for locale in _READ for code, name in _names(locale).items() if code in CODES}
    ours = {comparable(name): code for names in _OURS.values() for code, name in names.items()}
    return found | ours | {comparable(name): code for name, code in _BY_HABIT.items()}


def _place(name: str) -> list[tuple[int, str]]:
    """Return where a name stands: by the sound of its characters, or by its letters without what is above and below them."""
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return [(_BY_SOUND.find(letter), letter.casefold()) for letter in letters]


def _names(locale: str) -> dict[str, str]:
    return {code: str(name) for code, name in Locale.parse(locale).territories.items()}
