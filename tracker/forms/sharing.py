"""Forms with which colleagues share and arrange work: taking over, handing on, merging, splitting, another category."""

from wtforms import Field, HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField

from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.errors import N_
from tracker.domain.text import word
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


class MergeForm(ActForm):
    title = N_("并入本案")
    button = N_("并入本案")
    other = HiddenField()


class UnmergeForm(ActForm):
    title = N_("撤销合并")
    button = N_("撤销合并")


class CategoryForm(ActForm):
    title = N_("改变类别")
    button = N_("改变类别")
    category = SelectField(
        N_("类别"),
        choices=[
            SelectChoice("", N_("请选择")),
            *(SelectChoice(name, category.label) for name, category in CATEGORIES.items()),
        ],
        validate_choice=False,
    )

    def chosen(self) -> CategoryName | None:
        """Return the category, or None when none was chosen."""
        return word(CategoryName, self.category.data)


class SplitForm(CategoryForm):
    title = N_("分出通知")
    button = N_("分出所选的通知")
    items = SelectMultipleField(N_("通知"), validate_choice=False)

    def shown_fields(self) -> list[Field]:
        """Return what is asked again; the notices stay as they were ticked."""
        return [field for field in super().shown_fields() if field.name != "items"]

    def carried(self) -> list[tuple[str, str]]:
        """Return what the page fills in by itself, and which notices were ticked."""
        return [*super().carried(), *(("items", str(item)) for item in self.items.data or [])]
