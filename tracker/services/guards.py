"""The guards of the lifecycle, each evaluated here and nowhere else; `cases.move` asks for those of its row."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import Draft, complete
from tracker.domain.errors import N_, InvalidTransition, NotPermitted
from tracker.domain.guards import require
from tracker.domain.lifecycle import Ending, Guard, Source, Transition
from tracker.domain.redress import restores_at_once
from tracker.domain.regimes import may_withhold_meanwhile
from tracker.models import Account, Case, Item
from tracker.queries import applying, concerns
from tracker.queries.silence import is_silent

REGULATION17 = "regulation17"
"""The reason for restoring at once that Chinese copyright law alone gives."""


class Said(NamedTuple):
    """What an act says, as far as a guard has to know it."""

    draft: Draft | None = None
    reason: str = ""
    item: Item | None = None
    ending: Ending | None = None
    is_proposed: bool = False  # somebody has examined the case and wrote a decision that nobody answered in time


NOTHING = Said()


def check(row: Transition, case: Case, by: Account | None, said: Said) -> None:
    """Raise NotPermitted, Incomplete or InvalidTransition when somebody else's act it is, or a guard of the row does not hold."""
    require(row.who, by.role if by else None)
    for guard in row.guards:
        _CHECKS[guard](case, by, said)


def require_impartial(account: Account, case: Case) -> None:
    """Raise NotPermitted when the case is about their own article (§6.3, 12), or about what `account` keeps out of."""
    if not concerns.is_impartial(account, case):
        raise NotPermitted(N_("这个案件与您有利害关系，不能由您作出决定。请交给另一位同事。"))


def require_unconcerned(account: Account, cases: Collection[int]) -> None:
    """Raise NotPermitted when `account` keeps out of one of these cases: what its notifier sent is not for them."""
    if not concerns.may_know(account, cases):
        raise NotPermitted(N_("这个案件与您有利害关系，通知人的材料和联系方式不向您显示。请交给另一位同事。"))


def may_withhold(case: Case) -> bool:
    """Say whether the article may be withheld before a decision (law_standards §6.2, 7)."""
    if case.source is Source.ORDER or CATEGORIES[case.category].is_urgent:
        return True
    waiting = [item for item in case.items if item.answered_at is None]
    return any(may_withhold_meanwhile(found) for item in waiting for found in applying.assessed(item))


def _impartial(case: Case, by: Account | None, _: Said) -> None:
    if by is not None:
        require_impartial(by, case)


def _reasoned(_: Case, __: Account | None, said: Said) -> None:
    if said.draft is not None:
        complete(said.draft)


def _interim_allowed(case: Case, _: Account | None, said: Said) -> None:
    if not said.is_proposed and not may_withhold(case):
        raise InvalidTransition(
            N_(
                "审核期间暂停展示只用于完整的著作权通知、私密影像、未成年人和法院或机关的命令。请直接作出决定，或者先请发布者答复。"
            )
        )


def _urgent_is_no_abuse(_: Case, __: Account | None, said: Said) -> None:
    if said.item is None or said.ending is not Ending.ABUSIVE:
        return
    notice = said.item.notice
    if CATEGORIES[notice.category].is_urgent_with(notice.answers):
        raise InvalidTransition(N_("紧急事由的通知不能以滥用为由关闭，请作出决定。"))


def _contact_known(case: Case, _: Account | None, __: Said) -> None:
    if not case.article.publisher_email:
        raise InvalidTransition(N_("这篇文章没有发布者的邮箱，无法转送。请直接作出决定。"))
    if is_silent(case):
        raise InvalidTransition(N_("命令不许把这个案件告知发布者，不能转送。请直接作出决定。"))


def _regulation17_applies(case: Case, _: Account | None, said: Said) -> None:
    counter = case.counter_notices[-1]
    if said.reason == REGULATION17 and not restores_at_once(counter.rule, counter.regimes):
        raise InvalidTransition(
            N_(
                "这份反通知不适用《信息网络传播权保护条例》第十七条的立即恢复：同时适用美国法，或者本站收到时的设置是等待合理期限。"
            )
        )


def _proof_judged(case: Case, _: Account | None, __: Said) -> None:
    if any(proof.judged_at is None for proof in case.counter_notices[-1].proceedings):
        raise InvalidTransition(N_("通知人提交了起诉或投诉的证明，还没有核对。请先核对证明，再决定是否恢复。"))


_CHECKS: dict[Guard, Callable[[Case, Account | None, Said], None]] = {
    Guard.IMPARTIAL: _impartial,
    Guard.REASONED: _reasoned,
    Guard.INTERIM_ALLOWED: _interim_allowed,
    Guard.URGENT_IS_NO_ABUSE: _urgent_is_no_abuse,
    Guard.CONTACT_KNOWN: _contact_known,
    Guard.REGULATION17_APPLIES: _regulation17_applies,
    Guard.PROOF_JUDGED: _proof_judged,
}
