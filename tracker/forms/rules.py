"""Ticking off cases after a clause of our rules changed."""

from wtforms import HiddenField, SelectMultipleField, TextAreaField

from tracker.domain.errors import N_
from tracker.forms.base import Form


class ReviewForm(Form):
    clause = HiddenField()
    case = SelectMultipleField(N_("案件"), coerce=str, validate_choice=False)
    listed = SelectMultipleField(coerce=str, validate_choice=False)  # those that were on the screen
    note = TextAreaField(
        N_("复查的结论"),
        description=N_(
            "例如“改动与本案无关，措施继续”，或者“已另作决定”。记入操作记录的只有案件和条款，这段话留在这里。"
        ),
        render_kw={"rows": 3},
    )
