"""What forms have in common."""

from datetime import date

import pytest

from tracker.domain.errors import DomainError
from tracker.forms.base import day


def test_a_day_is_read_as_it_is_written_everywhere() -> None:
    assert day(" 2026-03-15 ") == date(2026, 3, 15)


@pytest.mark.parametrize(
    "typed", [None, "", "yesterday", "2026-02-30", "20260315", "2026-W12-1", "0202-03-15", "1926-03-15", "9999-12-31"]
)
def test_what_is_no_day_or_must_be_a_slip_is_refused_with_an_example(typed: str | None) -> None:
    with pytest.raises(DomainError, match="2026-03-15"):
        day(typed)
