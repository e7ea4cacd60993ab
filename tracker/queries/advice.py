"""What to do first with a case: the rule that satisfies all the laws that apply (law_standards §5, 1)."""

from typing import NamedTuple

from tracker.domain.errors import N_
from tracker.domain.lifecycle import AWAITED
from tracker.domain.regimes import REGIMES, Completeness, FirstAction, RegimeName, first_action
from tracker.models import Case
from tracker.queries.applying import assessed, regimes

ACTIONS: dict[FirstAction, str] = {
    FirstAction.ASSESS: N_("先审查，文章照常展示"),
    FirstAction.ASK_PUBLISHER: N_("先转送发布者，请其答复，文章照常展示"),
    FirstAction.WITHHOLD: N_("先暂停展示，再审查"),
    FirstAction.WITHHOLD_AT_ONCE: N_("立即暂停展示，再审查"),
}


class Advice(NamedTuple):
    """The first action to take, what each valid regime by itself would take, and the regimes that ask for nothing yet."""

    action: FirstAction
    by: list[tuple[RegimeName, FirstAction]]
    invalid: list[RegimeName]  # apply, but no notice is complete by them

    @property
    def is_conflict(self) -> bool:
        """Say whether the laws that apply want different things: then the most protective is advised."""
        return len({action for _, action in self.by}) > 1


def advice(case: Case) -> Advice:
    """Return what to do first: of the regimes by which a waiting notice is valid, the most protective; never more than advice."""
    waiting = [item for item in case.items if item.state in AWAITED]
    valid = {found.regime for item in waiting for found in assessed(item) if _counts(found.regime, found.completeness)}
    by = [(name, REGIMES[name].first_action) for name in RegimeName if name in valid]
    return Advice(first_action(valid), by, [name for name in regimes(case) if name not in valid])


def _counts(name: RegimeName, completeness: Completeness) -> bool:
    """Say whether a notice starts what its regime does first: in the lanes that withhold at once, all but a void one does."""
    if REGIMES[name].first_action is FirstAction.WITHHOLD_AT_ONCE:
        return completeness is not Completeness.VOID
    return completeness is Completeness.VALID
