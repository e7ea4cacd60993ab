"""Tags and their addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.tags import LONGEST, tag_slug


@pytest.mark.parametrize(
    ("tag", "slug"),
    [
        ("征信", "征信"), ("Debt  Collection", "debt-collection"), ("ＡＰＰ催收", "app催收"), ("C++ / C#", "c-c"), ("年化36%", "年化36"),
        ("a_b", "a-b"), ("...", ""), ("../x", "x"), ("borrowers’ rights", "borrowers-rights"), ("催" * 100, "催" * LONGEST),
    ],
)  # fmt: skip
def test_a_tag_has_an_address(tag: str, slug: str) -> None:
    assert tag_slug(tag) == slug


@given(st.text(max_size=80))
def test_an_address_names_itself_and_holds_nothing_odd(tag: str) -> None:
    slug = tag_slug(tag)
    assert tag_slug(slug) == slug
    assert len(slug) <= LONGEST
    assert all(letter.isalnum() or letter == "-" for letter in slug)
