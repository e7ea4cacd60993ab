"""The decision on a notice whose passages are no longer in the article: nothing is left to take a measure against."""

from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.refusals import Refusal

_GROUND = "《中华人民共和国民法典》第一千一百九十五条"
_EXPLANATION = "这一条要求对侵权的内容及时采取必要措施。所指的内容已经改正，现在没有需要采取措施的内容。"
_RATIONALE = "所指的内容在处理以前已经改正，所以没有再采取措施。"


def decision(days: list[str]) -> Draft:
    """Return the decision for a moderator to look at and confirm; `days` are those on which the passages changed, in words."""
    when = f"已在{'、'.join(dict.fromkeys(days))}改动" if days else "后来已经改动"
    facts = f"通知所指的原文{when}，现在的文章里没有这些文字。本站把收到通知时的版本和现在的版本逐字比较过。"
    return Draft(
        outcome=Outcome.DECLINED,
        ground_type=GroundType.LAW,
        ground_ref=_GROUND,
        ground_explanation=_EXPLANATION,
        facts=facts,
        refusal=Refusal.ALREADY_REMEDIED,
        rationale=_RATIONALE,
        replies={EVERY_OTHER: Reply(Answer.REMEDIED, facts)},
    )
