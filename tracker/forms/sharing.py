"""Forms with which colleagues share work: taking a case over, handing it on."""

from wtforms import SelectChoice, SelectField, StringField

from tracker.domain.errors import N_
from tracker.forms.case_acts import ActForm
from tracker.models import Account


class TakeUpForm(ActForm):
    title = N_("由我审核")
    button = N_("由我审核")
    note = StringField(N_("为什么接手"), description=N_("同事正在处理时要写明，记入内部备注。"))


class HandOverForm(ActForm):
    title = N_("交给同事")
    button = N_("交给这位同事")
    to = SelectField(N_("同事"), validate_choice=False)
    note = StringField(N_("给同事的话"), description=N_("可以不写。记入内部备注。"))

    def offer(self, people: list[Account]) -> None:
        """Let one of these people be chosen."""
        choices = [SelectChoice(str(person.id), person.name) for person in people]
        self.to.choices = [SelectChoice("", N_("请选择")), *choices]
