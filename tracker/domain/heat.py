"""Heat: what counts as a read of an article, and in which steps the number of reads is shown."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_MANTISSAS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)

STEPS: tuple[int, ...] = (*range(10), *(m * 10**power for power in range(8) for m in _MANTISSAS), 10**9)
"""The degrees that pages show: each read is one, and below ten every one is shown.

The promise: what is shown was reached, and is more than three quarters of what was counted when the page was made. From ten on a page
changes for its heat at most ten times while its reads grow tenfold, however fast they come.
"""

_NEVER = 2**62

BROWSERS = ("Mozilla/", "Opera/", "UCWEB/")
"""How every browser has begun its name for thirty years, and most programs do not."""

ROBOTS: dict[str, str] = {
    r"(?<!cu)bot": "what most call themselves; a Cubot is a telephone",
    r"crawl|spider|slurp|scrap": "the others",
    r"://|www\.|@": "where to read about them, or whom to write to: no browser says that",
    r"compatible; (?!msie)": "not an Internet Explorer that says with what it is compatible",
    r"preview|google-|externalhit|favicon": "what a message or a list shows of a page",
    r"headless|phantom|selenium|playwright|lighthouse|ptst": "a browser without a person",
    r"monitor|pingdom|synthetics|check|scan": "is the site up, is it safe",
}
"""What the name of a robot holds, whichever case, and why."""

_LONGEST = 512
"""Characters of a name that are looked at; what browsers send is shorter."""

_IS_ROBOT = re.compile("|".join(ROBOTS), re.IGNORECASE)


def shown(reads: int) -> int:
    """Return the degrees that pages show for a number of reads."""
    return STEPS[bisect_right(STEPS, reads) - 1]


def turns_at(degrees: int) -> int:
    """Return at how many reads a page that shows so many degrees is to show more."""
    return (*STEPS, _NEVER)[bisect_right(STEPS, degrees)]


def is_read(headers: Mapping[str, Any]) -> bool:
    """Say whether somebody reads the page that a GET asks for; the headers are named as in CGI (RFC 3875, 4.1.18).

    A browser that loads it for a person: not a robot, not ahead of a click that may never come, not for a script. Sec-Fetch-Dest
    is there in every browser since 2023 on a site with TLS. To be asked of a whole answer only: who is told that their copy still holds
    has read it, and HEAD asks for no text.
    """
    return (
        headers.get("HTTP_SEC_FETCH_DEST", "document") == "document"
        and "HTTP_SEC_PURPOSE" not in headers  # Fetch standard: prefetch, prerender
        and "HTTP_PURPOSE" not in headers  # Safari, and others before there was a standard
        and is_browser(headers.get("HTTP_USER_AGENT", "")[:_LONGEST])
    )


@lru_cache(maxsize=1024)
def is_browser(agent: str) -> bool:
    """Say whether a program names itself as browsers do, and not as robots do."""
    return agent.startswith(BROWSERS) and not _IS_ROBOT.search(agent)
