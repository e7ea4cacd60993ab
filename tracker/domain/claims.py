"""The claims of a notice, each answered by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import clean


class Answer(StrEnum):
    """What became of a claim."""

    OPEN = "open"
    FOUNDED = "founded"
    PARTLY = "partly"
    UNFOUNDED = "unfounded"
    REMEDIED = "remedied"  # what it complains of is no longer there
    NOT_FOR_US = "not_for_us"  # a court's, an authority's, or another site's


LABELS: dict[Answer, str] = {
    Answer.OPEN: N_("待答复"),
    Answer.FOUNDED: N_("成立"),
    Answer.PARTLY: N_("部分成立"),
    Answer.UNFOUNDED: N_("不成立"),
    Answer.REMEDIED: N_("已经改正"),
    Answer.NOT_FOR_US: N_("不归本站判断"),
}

ANSWERS: tuple[Answer, ...] = tuple(answer for answer in Answer if answer is not Answer.OPEN)
"""What a claim can be answered with."""

SUPPORTS: frozenset[Answer] = frozenset({Answer.FOUNDED, Answer.PARTLY})
"""The answers on which a measure can rest."""

LONGEST_REASONS = 2000
LONGEST_TEXT = 5000
LONGEST_GROUND = 500
"""Characters of what is written about a claim."""

MANY = 20
"""Of more claims without an answer than this, none is complained of by itself."""

EVERY_OTHER = 0
"""Stands for the number of a claim: the same answer for every claim that has none of its own."""


@dataclass(frozen=True)
class Reply:
    """What a moderator answers to one claim."""

    answer: Answer
    reasons: str = ""


def answered(open_claims: Iterable[tuple[int, int]], replies: Mapping[int, Reply]) -> dict[int, Reply]:
    """Return the reply to each open claim by its id; `open_claims` are pairs of id and number on the sheet.

    Raises Incomplete, by the name of the field, for each that nobody answered and for reasons that are too long; for a crowd
    without an answer once, where all of them are answered together.
    """
    given: dict[int, Reply] = {}
    problems: dict[str, DomainError] = {}
    for claim, number in open_claims:
        reply = _reply(claim, replies)
        if reply.answer is Answer.OPEN:
            problems[field(claim)] = DomainError(
                N_("第%(number)s项主张还没有答复。每一项都答复以后才能作出决定；来不及的话，可以先暂停展示。"),
                number=number,
            )
        elif len(reply.reasons) > LONGEST_REASONS:
            message = N_("第%(number)s项的理由最多写%(most)s个字，现在是%(length)s个字。")
            problems[field(claim)] = DomainError(
                message, number=number, most=LONGEST_REASONS, length=len(reply.reasons)
            )
        given[claim] = reply
    unanswered = [claim for claim, reply in given.items() if reply.answer is Answer.OPEN]
    if len(unanswered) > MANY:
        message = N_("还有%(number)s项主张没有答复。请逐项答复，或者一并答复其余没有答复的。")
        problems = {name: said for name, said in problems.items() if name not in set(map(field, unanswered))}
        problems[field(EVERY_OTHER)] = DomainError(message, number=len(unanswered))
    if problems:
        raise Incomplete(problems)
    return given


def _reply(claim: int, replies: Mapping[int, Reply]) -> Reply:
    """Return what was answered to a claim; reasons of its own stand with an answer that was given for all."""
    own, every = replies.get(claim), replies.get(EVERY_OTHER, Reply(Answer.OPEN))
    if own is None:
        reply = every
    elif own.answer is Answer.OPEN:
        reply = Reply(every.answer, own.reasons or every.reasons)
    else:
        reply = own
    return Reply(reply.answer, clean(reply.reasons))


def field(claim: int) -> str:
    """Return the name of the field in which a claim is answered."""
    return f"claim-{claim}"
