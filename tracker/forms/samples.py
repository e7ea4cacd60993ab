"""What a second reader would have decided."""

from wtforms import RadioField, SelectChoice, TextAreaField

from tracker.domain.decisions import FIRST, OUTCOME_LABELS, Outcome
from tracker.forms.base import Form


class SampleForm(Form):
    outcome = RadioField(
        "您会怎样决定",
        choices=[SelectChoice(outcome, OUTCOME_LABELS[outcome]) for outcome in FIRST],
        validate_choice=False,
    )
    note = TextAreaField(
        "理由", description="一两句话。提交之后才看得到当时的决定。", render_kw={"rows": 4, "maxlength": 2000}
    )

    def chosen(self) -> Outcome | None:
        """Return the outcome that was chosen."""
        return Outcome(self.outcome.data) if self.outcome.data in set(FIRST) else None
