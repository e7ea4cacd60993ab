"""Who asked for what a case is about, as far as that may be told."""

from tracker.domain.lifecycle import Source
from tracker.domain.regimes import disclosed, is_notifier_disclosed
from tracker.models import Case
from tracker.queries.applying import of


def is_known_to_publisher(case: Case) -> bool:
    """Say whether the publisher may see who sent any of the notices they are shown (`queries.publisher.items`)."""
    shown = [item for item in case.items if item.ended is None]
    return any(is_notifier_disclosed(of(item), item.notice.answers) for item in shown)


def authority(case: Case) -> str:
    """Return the name of the court or authority whose order the case began with, where its regime lets it be told."""
    if case.source is not Source.ORDER:
        return ""
    orders = (disclosed(of(item), item.notice.answers) for item in case.items if item.ended is None)
    return next((order["authority_name"] for order in orders if order.get("authority_name")), "")
