"""What the desk says of replies and parties, in words."""

from collections.abc import Callable

from tracker.domain.errors import N_
from tracker.domain.notices import in_our_words
from tracker.domain.publisher_elements import REPLY_ELEMENTS
from tracker.models import Case, Reply


def answers(reply: Reply, say: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Return what was answered in a reply, as (question, answer); `say` puts our words into a language, never theirs."""
    known = [element for name, element in REPLY_ELEMENTS.items() if reply.answers.get(name)]
    ours = {element.name: in_our_words(element, reply.answers[element.name]) for element in known}
    return [(say(e.label), say(ours[e.name]) if ours[e.name] else reply.answers[e.name]) for e in known]


def party(case: Case, name: str) -> str:
    """Return how a party of a case is called on the desk: publisher, or notice:7."""
    number = name.partition(":")[2]
    return next((f"通知人 {i.notice.reference}" for i in case.items if str(i.notice_id) == number), N_("发布者"))
