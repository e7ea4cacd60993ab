"""The table of categories hangs together."""

import re

import pytest

from tracker.domain.categories import BY_SLUG, CATEGORIES, Category, CategoryName
from tracker.domain.elements import ELEMENTS, Kind

ALL = list(CATEGORIES.values())


def test_every_category_is_described() -> None:
    assert set(CATEGORIES) == set(CategoryName)
    assert list(BY_SLUG.values()) == ALL


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_category_asks_only_known_elements_each_once(category: Category) -> None:
    asked = [*category.required, *category.optional]
    assert len(asked) == len(set(asked))
    assert set(asked) <= set(ELEMENTS)
    assert [e.name for e in category.elements] == [name for name in ELEMENTS if name in asked]


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_a_category_can_be_named_in_an_address_and_cited_in_a_decision(category: Category) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", category.slug)
    assert category.label
    assert category.summary
    assert category.provisions


@pytest.mark.parametrize("category", ALL, ids=lambda c: c.name)
def test_every_category_asks_what_makes_a_notice(category: Category) -> None:
    """DSA art. 16(2): the explanation, the address, name and e-mail, the statement of belief."""
    assert {"explanation", "addresses", "notifier_name", "email"} <= set(category.required)
    statements = [e for e in category.elements if e.kind is Kind.STATEMENT]
    assert statements
    assert all(category.requires(e, {}) for e in statements)


def test_a_copyright_notice_asks_the_six_elements_of_the_statute() -> None:
    """17 USC 512(c)(3)(A)(i)-(vi)."""
    assert {
        "signature_name", "work_title", "addresses", "email", "stmt_good_faith", "stmt_authority_perjury", "stmt_truth"
    } <= set(CATEGORIES[CategoryName.COPYRIGHT].required)  # fmt: skip


def test_only_copyright_asks_for_a_statement_under_penalty_of_perjury() -> None:
    asking = {c.name for c in ALL if any(e.name == "stmt_authority_perjury" for e in c.elements)}
    assert asking == {CategoryName.COPYRIGHT}
