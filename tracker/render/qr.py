"""QR codes, for carrying a link from paper or a screen to a phone; `templates/_qr.html` shows them."""

from typing import NamedTuple

import segno

from tracker.render.site import PREFIXES, Site

QUIET = 4
"""Light modules that the standard (ISO/IEC 18004) asks for on every side."""


class Drawing(NamedTuple):
    """The dark modules as the `d` of an SVG path, in a square of `size` modules."""

    size: int
    path: str


def drawn(text: str) -> Drawing:
    """Return a code that is read even when a seventh of it is damaged; raises ValueError over some 2,300 bytes."""
    code = segno.make_qr(text, error="m", encoding="utf-8" if not text.isascii() else None)
    rows = [bytes(row) for row in code.matrix_iter(border=QUIET)]
    return Drawing(len(rows), "".join(_runs(row, y) for y, row in enumerate(rows)))


def of_receipt(site: Site, language: str, reference: str, code: str) -> Drawing:
    """Return the code of the link with which a receipt opens, its secret included: only for pages behind that secret."""
    return drawn(f"{site.base_url}{PREFIXES[language]}/receipts/{reference}?code={code}")


def _runs(row: bytes, y: int) -> str:
    runs, x = [], 0
    while (x := row.find(1, x)) >= 0:
        end = row.find(0, x)
        runs.append(f"M{x} {y}h{end - x}v1h{x - end}z")
        x = end
    return "".join(runs)
