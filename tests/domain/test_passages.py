"""Finding a quoted passage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.passages import Span, locate

TEXT = "第一段说明。\n第二段写道：逾期不等于违法，\n但会产生利息。"


@pytest.mark.parametrize(
    ("passage", "found"),
    [
        ("逾期不等于违法", "逾期不等于违法"),
        ("逾期 不等于\n违法", "逾期不等于违法"),
        ("违法，但会", "违法，\n但会"),
        ("第一段", "第一段"),
        ("利息。", "利息。"),
    ],
)
def test_a_passage_is_found_however_its_lines_break(passage: str, found: str) -> None:
    span = locate(passage, TEXT)
    assert span is not None
    assert TEXT[span.start : span.end] == found


@pytest.mark.parametrize("passage", ["", " \n ", "没有这句话", "逾期等于违法"])
def test_what_does_not_stand_there_is_not_found(passage: str) -> None:
    assert locate(passage, TEXT) is None


def test_the_first_place_counts() -> None:
    assert locate("甲", "乙甲甲") == Span(1, 2)


@given(st.text(), st.text(min_size=1), st.text())
def test_every_quotation_is_found_without_its_blanks(before: str, passage: str, after: str) -> None:
    span = locate(passage, before + passage + after)
    if not passage.split():
        assert span is None
        return
    assert span is not None
    assert "".join((before + passage + after)[span.start : span.end].split()) == "".join(passage.split())
