"""Countries as people write them."""

import re

import pytest
from pypinyin import Style, pinyin

from tests.domain.test_elements import CODES
from tracker.domain.elements import ELEMENTS
from tracker.render import countries
from tracker.render.countries import FREQUENT, choices, code_of
from tracker.render.site import LOCALES


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("UK", "GB"), ("英国", "GB"), ("United Kingdom", "GB"), ("England", "GB"), ("GB", "GB"), ("美国", "US"),
        ("USA", "US"), ("U.S.A.", "US"), ("中国", "CN"), ("中华人民共和国", "CN"), ("香港", "HK"), ("德国", "DE"),
        ("Germany", "DE"), ("法國", "FR"), ("韩国", "KR"), ("Narnia", "Narnia"), ("", ""),
    ],
)  # fmt: skip
def test_a_name_is_read_as_its_code(typed: str, code: str) -> None:
    assert code_of(typed) == code


@pytest.mark.parametrize("language", LOCALES)
def test_every_country_can_be_chosen_once(language: str) -> None:
    codes = [code for code, _ in choices(language)]
    assert sorted(codes) == sorted(CODES)
    assert set(FREQUENT) <= set(codes)


@pytest.mark.parametrize("language", LOCALES)
def test_what_is_chosen_most_stands_first_under_names_of_one_kind(language: str) -> None:
    names = dict(choices(language))
    said = {
        "zh-Hans": ["中国", "中国香港", "中国澳门", "中国台湾"],
        "zh-Hant": ["中國", "中國香港", "中國澳門", "中國台灣"],
        "en": ["China", "Hong Kong, China", "Macao, China", "Taiwan, China"],
    }[language]
    assert [names[code] for code in FREQUENT[:4]] == said
    assert [code_of(name) for name in said] == ["CN", "HK", "MO", "TW"]
    assert [code_of(name) for name in ("台湾", "中国香港特别行政区", "Macao SAR China")] == ["TW", "HK", "MO"]


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "zh-Hans",
            "阿富汗 埃及 爱尔兰 安哥拉 澳大利亚 秘鲁 德国 俄罗斯 佛得角 加拿大 尼泊尔 日本 塞尔维亚 新加坡 乍得",
        ),
        ("zh-Hant", "阿富汗 埃及 愛爾蘭 安哥拉 澳洲 秘魯 德國 俄羅斯 加拿大 尼泊爾 日本 塞爾維亞 新加坡"),
        ("en", "Afghanistan Åland Albania Costa Côte Croatia Curaçao Réunion Romania Türkiye Turkmenistan Zambia"),
    ],
)
def test_countries_stand_where_a_reader_looks_for_them(language: str, wanted: str) -> None:
    begins = wanted.split()
    assert [b for _, name in choices(language) for b in begins if name.startswith(b)] == begins


def test_the_characters_of_the_names_stand_in_the_order_of_their_readings() -> None:
    names = "".join(name for language in ("zh-Hans", "zh-Hant") for _, name in choices(language))
    assert set(re.findall(r"[\u4e00-\u9fff]", names)) <= set(countries._BY_SOUND)
    last = ""
    for readings in pinyin(list(countries._BY_SOUND), style=Style.TONE3, heteronym=True, neutral_tone_with_five=True):
        last = min(reading for reading in readings if reading >= last)


@pytest.mark.parametrize(
    ("name", "answer", "language", "read"),
    [
        ("country", "DE", "zh-Hans", "德国"), ("country", "GB", "zh-Hant", "英國"), ("country", "CN", "en", "China"),
        ("country", "Narnia", "en", "Narnia"), ("work_title", "CN", "en", "CN"),
    ],
)  # fmt: skip
def test_a_country_is_read_by_its_name_and_nothing_else_is(name: str, answer: str, language: str, read: str) -> None:
    assert countries.read(ELEMENTS[name], answer, language) == read
