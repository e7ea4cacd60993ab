"""When an article is another one again: by the sentences that they share, as a correction changes one or two of them."""

import re

from tracker.domain.text import comparable

_LEFT, _BESIDE = 0.5, 0.9
"""Which part of an article's sentences makes it out elsewhere: when it is gone itself, and while it is there. Announcements of
two weeks may share most of theirs."""

_LONG = 10
"""Sentences of an article that is made out while it is there: two short ones may be alike but for a name."""

_SHORTEST = 8
"""Characters of a sentence that counts: shorter ones stand in articles that have nothing to do with each other."""

_END = re.compile(r"[。！？；!?;\n]+|\.\s")


def sentences(text: str) -> frozenset[str]:
    """Return the sentences of a text that tell it from others, in the form in which texts are compared."""
    return frozenset(found for found in map(comparable, _END.split(text)) if len(found) >= _SHORTEST)


def is_again(known: frozenset[str], new: frozenset[str], *, is_gone: bool) -> bool:
    """Say whether a text with the sentences `new` is that with those `known`, which `is_gone` from where it stood."""
    if len(known) < (1 if is_gone else _LONG):
        return False
    return len(known & new) >= (_LEFT if is_gone else _BESIDE) * len(known)
