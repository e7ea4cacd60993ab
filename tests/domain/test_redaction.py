"""What identifies somebody is taken out of free text, and nothing else is."""

from urllib.parse import quote, quote_plus, unquote_plus

import pytest

from tests.canaries import CANARIES
from tracker.domain.redaction import MARK, redact


@pytest.mark.parametrize(
    "text",
    [
        "2024年5月3日，2024-05-03，2024/5/3 2024.05.03 2024-05-04",
        "年利率24%，本金1,000,000元，逾期90天，共3期",
        "17 U.S.C. § 512(c)(3)，《民法典》第1195条，(2026)京01民终1234号",
        "第1至第14个工作日，10:30，3.14159，v2.0.1",
    ],
)
def test_dates_amounts_and_provisions_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("canary", CANARIES)
def test_what_is_escaped_in_an_address_is_taken_out_too(canary: str) -> None:
    for escaped in (quote(canary, safe=""), quote_plus(canary)):
        seen = redact(f"见 https://example.org/a?who={escaped}&page=2 一页", ["金丝雀"])
        assert canary not in unquote_plus(seen)
    page = f"https://example.org/{quote('催收')}?page=2&q={quote('合同')}"
    assert redact(page) == page


def test_what_was_taken_out_is_marked_alike() -> None:
    assert redact("金丝雀说：a@example.org", ["金丝雀"]) == f"{MARK}说：{MARK}"
    assert redact("x", ["x"]) == "x"  # a single letter is no name
