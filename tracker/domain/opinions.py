"""A second opinion: one question to one colleague, one answer."""

from datetime import timedelta
from enum import StrEnum

from tracker.domain.errors import N_


class View(StrEnum):
    """What a colleague thinks."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


LABELS: dict[View, str] = {View.YES: N_("是"), View.NO: N_("否"), View.UNSURE: N_("拿不准")}

QUESTION = (5, 1000)
"""The fewest and most characters of a question."""

LONGEST_REMARK = 1000

OPEN_FOR = timedelta(days=14)
"""How long the link in the mail can be used; on the case itself a question stays open until the case is closed."""
