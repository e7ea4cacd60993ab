"""The clauses of a page of rules: what stands under the heading of each number."""

import re
from collections import Counter, defaultdict

from tracker.content.files import FixedPage
from tracker.domain.errors import N_, BadContent, refuse

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)*)[.、]?\s")


def clauses(page: FixedPage) -> dict[str, dict[str, str]]:
    """Return title and text of each clause that the page declares; raise BadContent for each without a heading, or with two."""
    found = _under_headings(page.body)
    declared = Counter(number for number, _ in page.clauses)
    said = {number: _MISSING if number not in found else _TWICE for number in declared}
    wrong = [number for number, times in declared.items() if times != 1 or len(found.get(number, ())) != 1]
    refuse([BadContent(said[number], number=number) for number in wrong])
    return {number: {"title": title, "text": found[number][0]} for number, title in page.clauses}


_MISSING = N_("条款%(number)s没有对应的小标题，请在正文里加上“### %(number)s …”。")
_TWICE = N_("条款%(number)s在清单或者正文的小标题里写了两次，请只留一处。")


def _under_headings(body: str) -> dict[str, list[str]]:
    """Return what stands under the headings of each number, down to the next of its rank or above."""
    headings = list(_HEADING.finditer(body))
    found = defaultdict(list)
    for n, heading in enumerate(headings):
        number = _NUMBER.match(f"{heading[2]} ")
        if number:
            rank = len(heading[1])
            end = next((h.start() for h in headings[n + 1 :] if len(h[1]) <= rank), len(body))
            found[number[1]].append(body[heading.end() : end].strip())
    return found
