"""The table of what is kept, what for, on what ground and until when, as a fixed page shows it."""

from tracker.domain.errors import N_
from tracker.domain.retention import BASES, HOLDINGS
from tracker.render.site import Site

PLACE = "{retention}"
"""Where the table stands in the Markdown of a fixed page."""

_HEADS = (N_("数据"), N_("用途"), N_("依据"), N_("保存到什么时候"))


def table(site: Site, language: str) -> str:
    """Return `domain.retention` as a Markdown table."""

    def say(text: str, **values: object) -> str:
        return site.gettext(text, language, **values)

    rows = [
        (say(each.label), say(each.purpose), say(BASES[each.basis]), say(each.end.message, **each.end.values))
        for each in HOLDINGS
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in ([say(head) for head in _HEADS], ["---"] * 4, *rows))
