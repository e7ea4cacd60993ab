"""What somebody keeps out of, and which cases that means."""

import pytest

from tracker.domain.errors import Incomplete
from tracker.domain.recusals import About, concerns, matter, normal

CASE = matter("lixi", "某某银行", "Press@Bank.example.com", "https://news.example.net/a", ["anna@mail.example.org"])


@pytest.mark.parametrize(
    ("about", "typed", "stored"),
    [
        (About.PUBLISHER, " 某某银行 ", "某某银行"),
        (About.PUBLISHER, "Press+Team@Bank.example.com", "press@bank.example.com"),
        (About.DOMAIN, "Example.ORG.", "example.org"),
        (About.DOMAIN, "https://www.example.org/about?x=1", "www.example.org"),
        (About.DOMAIN, "somebody@example.org", "example.org"),
        (About.ARTICLE, "http://localhost/articles/lixi?x#y", "lixi"),
        (About.ARTICLE, "lixi/", "lixi"),
    ],
)
def test_what_was_typed_is_brought_into_one_form(about: About, typed: str, stored: str) -> None:
    assert normal(about, typed) == stored
    assert normal(about, stored) == stored


@pytest.mark.parametrize(
    ("about", "typed"),
    [
        *((about, text) for about in About for text in ("", "  ", "\0", "\u200b", "x" * 300)),
        (About.DOMAIN, "com"),
        (About.DOMAIN, "//["),
        (About.PUBLISHER, "@"),
        (About.ARTICLE, "///"),
    ],
)
def test_what_names_nothing_is_refused_beside_its_field(about: About, typed: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        normal(about, typed)
    assert list(refusal.value.problems) == ["value"]


@pytest.mark.parametrize(
    ("about", "value", "is_about"),
    [
        (About.PUBLISHER, "某某银行", True),
        (About.PUBLISHER, "press@bank.example.com", True),
        (About.PUBLISHER, "某某", False),
        (About.DOMAIN, "example.net", True),
        (About.DOMAIN, "bank.example.com", True),
        (About.DOMAIN, "mail.example.org", True),
        (About.DOMAIN, "ample.net", False),
        (About.DOMAIN, "a.news.example.net", False),
        (About.ARTICLE, "lixi", True),
        (About.ARTICLE, "lix", False),
    ],
)
def test_a_case_is_about_what_it_names(about: About, value: str, is_about: bool) -> None:
    assert concerns([(About.ARTICLE, "other"), (about, value)], CASE) is is_about


def test_a_case_that_names_nothing_is_about_nothing() -> None:
    bare = matter("x", "", "", "", [])
    assert not concerns([(About.PUBLISHER, ""), (About.DOMAIN, "example.org")], bare)
