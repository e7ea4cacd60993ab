"""Tags: what an article is about in a few words of its author's, and the address under which such articles stand together."""

import re
import unicodedata

LONGEST = 60

_BETWEEN = re.compile(r"[\W_]+")


def tag_slug(tag: str) -> str:
    """Return the part of an address that names a tag: lower case, one hyphen for whatever is no letter or digit.

    Empty for a tag without letters, which then has no page of its own.
    """
    normal = unicodedata.normalize("NFKC", tag).casefold()
    return _BETWEEN.sub("-", normal).strip("-")[:LONGEST].rstrip("-")
