"""What a moderator says to open a case that nobody asked for."""

from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired

from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.errors import N_
from tracker.domain.lifecycle import INITIATIVE_ADDRESS, INITIATIVE_REASON
from tracker.forms.base import Form, Keyed
from tracker.forms.case_acts import written


class InitiativeForm(Keyed, Form):
    address = StringField(
        N_("文章"), [DataRequired(INITIATIVE_ADDRESS)], description=N_("文章的地址，或者地址最后的一段。")
    )
    category = SelectField(
        N_("类别"),
        [AnyOf(list(CategoryName), N_("请选择一项。"))],
        choices=[
            SelectChoice("", N_("（请选择）")),
            *(SelectChoice(name, category.label) for name, category in CATEGORIES.items()),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(
        N_("为什么审查"),
        [written(*INITIATIVE_REASON)],
        description=N_("看到了什么，凭什么怀疑。只有工作人员看得到，记入案件的往来。"),
        render_kw={"rows": 5, "maxlength": INITIATIVE_REASON[1]},
    )
