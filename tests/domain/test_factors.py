"""What a typed code can be, and which browser somebody uses."""

from datetime import UTC, datetime

import pytest

from tracker.domain import factors


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0 Mobile/15E148 Safari/604.1", "Chrome · iPhone"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Mobile Safari/537.36 MicroMessenger/8.0", "微信 · Android"),
        ("curl/8.10", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_two_words_are_kept_of_what_a_browser_says(said: str, kept: str | None) -> None:
    assert factors.agent(said) == kept


def test_a_step_is_half_a_minute_since_1970() -> None:
    assert factors.step_at(datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)) == 1  # RFC 6238, appendix B
    assert factors.step_at(datetime(2005, 3, 18, 1, 58, 29, tzinfo=UTC)) == 0x00000000023523EC


def test_codes_are_ten_and_different_and_their_digest_is_of_their_account() -> None:
    codes = factors.new_codes()
    assert len({*codes, *factors.new_codes()}) == 20
    assert factors.code_digest(1, codes[0]) == factors.code_digest(1, codes[0].lower().replace("-", " "))
    assert factors.code_digest(1, codes[0]) != factors.code_digest(2, codes[0])
