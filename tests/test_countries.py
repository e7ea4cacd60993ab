"""Countries as people write them."""

import pytest

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


@pytest.mark.parametrize(
    ("name", "answer", "language", "read"),
    [
        ("country", "DE", "zh-Hans", "德国"), ("country", "GB", "zh-Hant", "英國"), ("country", "CN", "en", "China"),
        ("country", "Narnia", "en", "Narnia"), ("work_title", "CN", "en", "CN"),
    ],
)  # fmt: skip
def test_a_country_is_read_by_its_name_and_nothing_else_is(name: str, answer: str, language: str, read: str) -> None:
    assert countries.read(ELEMENTS[name], answer, language) == read
