"""What the queue says of a case, in words."""

from datetime import timedelta

import pytest

from tracker.queries.queue_words import span


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "不到1分钟"), (59, "不到1分钟"), (60, "1分钟"), (-3599, "59分钟"), (3600, "1小时"), (2 * 86400, "2天")],
)
def test_a_length_of_time_is_said_in_the_largest_unit_that_says_enough(seconds: int, said: str) -> None:
    assert span(timedelta(seconds=seconds)) == said
