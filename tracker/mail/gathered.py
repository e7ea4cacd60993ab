"""One mail for many decisions on one notice: what was decided about each address, and the reasons once for all that share them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracker.domain.regimes import Side
from tracker.mail.outbox import SECRET
from tracker.mail.parts import Named, named_articles, open_ways, reasons, references
from tracker.mail.pieces import rendered
from tracker.models import Decision, Mail, Notice
from tracker.render.site import Site

DECISION = "decision"
"""The mails that may be gathered."""

DECISIONS = "decisions"
"""What a mail is called that holds several."""

_REASONS = (
    "outcome",
    "outcome_label",
    "ground_label",
    "is_automatic",
    "is_readable",
    "is_gone",
    "hid",
    "later",
    "terms",
    "told",
)


class Group(NamedTuple):
    """Decisions that were taken alike, with the reasons they share."""

    told: dict[str, Any]
    articles: list[Named]


def decision_of(mail: Mail) -> int:
    """Return the number of the decision that a mail named DECISION tells of."""
    return int(mail.cause.split(":")[1])


def gather(site: Site, mail: Mail, notice: Notice, decisions: Sequence[Decision], now: datetime) -> None:
    """Write a mail that waits anew, so that it tells of all these decisions on the articles of a notice."""
    groups: dict[object, Group] = {}
    items = {item.article_id: item for item in notice.items}  # by article: an item may have gone to another case since
    for decision in decisions:
        told = reasons(decision, now, Side.NOTIFIER)
        statement = told["statement"]
        written = [statement[name] for name in ("ground_ref", "facts", "ground_explanation", "automated_decision")]
        key = repr([*(told[name] for name in _REASONS), *written])
        group = groups.setdefault(key, Group(told, []))
        group.articles.extend(named_articles(site, [items[decision.case.article_id]], now, mail.language))
    party = f"notice:{notice.id}"
    can = [open_ways(decision, Side.NOTIFIER, party) for decision in decisions]
    mail.name, mail.case_id = DECISIONS, None
    mail.subject, mail.text, mail.html = rendered(
        site,
        DECISIONS,
        mail.language,
        {
            "secret": SECRET,
            "reference": notice.reference,
            "references": references([items[decision.case.article_id] for decision in decisions]),
            "count": len(decisions),
            "groups": list(groups.values()),
            "appeal_until": min(filter(None, (each["appeal_until"] for each in can)), default=None),
            "is_against": any(group.told["is_against"] for group in groups.values()),
            "redress": list(dict.fromkeys(way for each in can for way in each["redress"])),
        },
    )
