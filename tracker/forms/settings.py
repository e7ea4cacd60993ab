"""What admins may set, and the switches."""

from wtforms import Field, SelectChoice, SelectField, StringField, TelField, TextAreaField

from tracker.domain.settings import REASON, SETTINGS, Group, Kind, Setting, Value
from tracker.forms.base import Form, Versioned
from tracker.render.site import Site


class ChoicesField(Field):  # type: ignore[misc]
    """Boxes to tick; what was ticked is one text, a word a line. Sent without any, it is empty, not missing."""

    def __init__(self, label: str, choices: list[SelectChoice], **said: object) -> None:
        super().__init__(label, **said)
        self.choices = choices

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take in what was ticked, and the hidden field before the boxes that says they were shown."""
        if valuelist:
            self.data = "\n".join(filter(None, valuelist))


def _field(setting: Setting) -> Field:
    choices = [SelectChoice(value, label) for value, label in setting.options]
    if setting.kind is Kind.CHOICES:
        return ChoicesField(setting.label, choices, description=setting.help)
    if setting.kind is Kind.CHOICE:
        return SelectField(setting.label, choices=choices, description=setting.help, validate_choice=False)
    field = {Kind.EMAILS: TextAreaField, Kind.PHONE: TelField}.get(setting.kind, StringField)
    return field(setting.label, description=setting.help)


class SettingsForm(Versioned, Form):
    """One field a setting; see below."""

    def typed(self) -> dict[str, str]:
        """Return what was typed; a setting that the form did not carry stays as it is."""
        return {name: self[name].data for name in SETTINGS if self[name].data is not None}

    def group(self, group: Group) -> list[Field]:
        """Return the fields of a group, in the order of the page."""
        return [self[name] for name, setting in SETTINGS.items() if setting.group is group]


for _name, _setting in SETTINGS.items():
    setattr(SettingsForm, _name, _field(_setting))


def shown(site: Site) -> SettingsForm:
    """Return the form with what is in force."""
    said = {name: typed(site.value(name)) for name in SETTINGS}
    return SettingsForm(formdata=None, data=said | {"version": str(site.version)})


def typed(value: Value) -> str:
    """Return a value as it is typed."""
    return "\n".join(value) if isinstance(value, list) else str(value)


class SwitchForm(Form):
    reason = StringField(
        "原因",
        description="访客会读到这句话，例如“系统升级，预计今天18点恢复”。读英文页的人看到的也是它，不会翻译。",
        render_kw={"maxlength": REASON[1]},
    )
