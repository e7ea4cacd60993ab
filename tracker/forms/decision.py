"""What a moderator writes to decide a case."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain.decisions import GROUND_LABELS, LENGTHS, OUTCOME_LABELS, Draft, GroundType, Outcome, complete
from tracker.domain.errors import N_, Incomplete
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.forms.base import Form

E = TypeVar("E", bound=StrEnum)

_CHOOSE = N_("请选择一项。")
_EFFECTS = {
    Outcome.WITHHELD: N_("法律要求。读者得到451和停止展示的说明。"),
    Outcome.REMOVED: N_("违反本站规则。读者得到410和已移除的说明。"),
    Outcome.DECLINED: N_("文章照常展示，通知人得到理由。"),
    Outcome.RESTORED: N_("结束正在执行的措施，文章原样回来。"),
    Outcome.INTERIM: N_("只到作出决定为止。读者得到451；作出决定的期限随即开始计算。"),
}


class DecisionForm(Form):
    version = HiddenField()
    outcome = RadioField(N_("决定"), validate_choice=False)
    ground_type = RadioField(
        N_("依据"),
        [AnyOf(list(GroundType), _CHOOSE)],
        choices=[SelectChoice(value, label) for value, label in GROUND_LABELS.items()],
        validate_choice=False,
    )
    ground_ref = StringField(N_("条款"), description=N_("法律名称和条、款，或本站规则的条号和版本。"))
    ground_explanation = TextAreaField(
        N_("为什么适用"),
        description=N_("写给当事人看：这一条要求什么，本案为什么符合或不符合。"),
        render_kw={"rows": 4, "maxlength": LENGTHS["ground_explanation"][1]},
    )
    facts = TextAreaField(
        N_("事实"),
        description=N_("写给当事人看：查明了什么，看了哪些材料。不要写通知人的姓名和联系方式。"),
        render_kw={"rows": 6, "maxlength": LENGTHS["facts"][1]},
    )
    refusal = SelectField(
        N_("不采取措施的理由"),
        description=N_("只在不采取措施时填写；每一项要在“事实”里写明的内容见下面的说明。"),
        choices=[
            SelectChoice("", N_("（不属于所列各项）")),
            *(SelectChoice(name, ground.label) for name, ground in REFUSALS.items()),
        ],
        validate_choice=False,
    )
    is_manifest = BooleanField(
        N_("明显：不采取措施时，指通知明显没有依据；采取措施时，指内容明显违法"),
        description=N_("计入滥用的统计（欧盟《数字服务法》第23条）。拿不准就不要勾选。"),
    )

    def offer(self, outcomes: Sequence[Outcome]) -> None:
        """Let only these outcomes be chosen."""
        self.outcome.choices = [SelectChoice(outcome, OUTCOME_LABELS[outcome]) for outcome in outcomes]
        self.outcome.render_kw = {"hints": _EFFECTS}
        self.outcome.validators = [AnyOf(outcomes, _CHOOSE)]

    def validate(self, extra_validators: object = None) -> bool:
        """Check the choices and, whatever they are, the texts, so that one page shows all there is to correct."""
        chosen = bool(super().validate(extra_validators))
        try:
            complete(self.draft())
        except Incomplete as error:
            self.refuse({name: problem for name, problem in error.problems.items() if not self[name].errors})
            return False
        return chosen

    def draft(self) -> Draft:
        """Return what was written; an outcome or ground not chosen yet counts as one that fits any other."""
        return Draft(
            outcome=_word(Outcome, self.outcome.data, Outcome.DECLINED),
            ground_type=_word(GroundType, self.ground_type.data, GroundType.LAW),
            ground_ref=self.ground_ref.data or "",
            ground_explanation=self.ground_explanation.data or "",
            facts=self.facts.data or "",
            refusal=self._refusal(),
            is_manifest=bool(self.is_manifest.data),
        )

    def _refusal(self) -> str:
        """Return the ground of a refusal; any other decision has none."""
        is_declined = self.outcome.data == Outcome.DECLINED
        return str(self.refusal.data) if is_declined and self.refusal.data in set(Refusal) else ""

    def seen_version(self) -> int:
        """Return the version of the case that was on the screen; a senseless one matches none."""
        return seen(self.version.data)


def seen(version: object) -> int:
    """Return the version that a form carries; a senseless one matches none."""
    text = str(version or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _word(enum: type[E], text: str | None, otherwise: E) -> E:
    return enum(text) if text in set(enum) else otherwise
