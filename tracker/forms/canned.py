"""Texts kept ready: the form that keeps one."""

from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain import canned
from tracker.domain.canned import LANGUAGES, NAME_LENGTH, PURPOSES, TEXT_LENGTH, Purpose
from tracker.forms.base import Form, Versioned
from tracker.models import CannedText


class CannedForm(Versioned, Form):
    name = StringField("名称", description="只有同事看得到，例如“缺少权属证明”。", render_kw={"maxlength": NAME_LENGTH})
    purpose = RadioField(
        "用在哪里",
        [AnyOf(list(Purpose), "请选择一项。")],
        choices=[SelectChoice(value, label) for value, label in PURPOSES.items()],
        validate_choice=False,
    )
    text_zh_hans = TextAreaField(
        LANGUAGES["zh-Hans"], render_kw={"rows": 8, "maxlength": TEXT_LENGTH, "optional": True}
    )
    text_zh_hant = TextAreaField(
        LANGUAGES["zh-Hant"], render_kw={"rows": 8, "maxlength": TEXT_LENGTH, "optional": True}
    )
    text_en = TextAreaField(LANGUAGES["en"], render_kw={"rows": 8, "maxlength": TEXT_LENGTH, "optional": True})

    def texts(self) -> dict[str, str]:
        """Return what was written, by language."""
        return {language: self[canned.field(language)].data or "" for language in LANGUAGES}


def shown(text: CannedText) -> CannedForm:
    """Return the form with a text as it is."""
    written = {canned.field(language): said for language, said in text.texts.items()}
    data = {"version": str(text.version), "name": text.name, "purpose": text.purpose, **written}
    return CannedForm(formdata=None, data=data)
