"""What forms have in common: how `templates/_macros.html` sees their fields, and how refusals reach them."""

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask_wtf import FlaskForm
from wtforms import HiddenField

from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import is_date
from tracker.domain.text import clean, headed, number

_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KINDS = {
    "DigitsField": "number",
    "PasswordField": "password",
    "EmailField": "email",
    "TextAreaField": "textarea",
    "RadioField": "choice",
}
_EXPIRED = N_("这个页面放得太久了，内容没有丢失。请再提交一次。")


class Shown(NamedTuple):
    """A field as `ui.field` shows it."""

    name: str
    label: str
    kind: str
    value: str
    error: str
    required: bool
    help: str
    options: list[tuple[str, str, str]]
    maxlength: int | None
    autocomplete: str
    rows: int
    accept: str


class Wrong(NamedTuple):
    """A line of the summary of errors; an empty field means the form as a whole."""

    field: str
    message: str


class Form(FlaskForm):  # type: ignore[misc] # Flask-WTF has no types
    """A form that carries the token of the session it was shown in."""

    def fields(self) -> dict[str, Shown]:
        """Return each field as the page shows it."""
        return {field.name: _shown(field) for field in self if field.name != "csrf_token"}

    def wrong(self, scope: str = "") -> list[Wrong]:
        """Return what is wrong, in the order of the page; `scope` keeps apart the ids of several forms on one."""
        expired = [Wrong("", _EXPIRED)] if self.errors.get("csrf_token") else []
        general = [Wrong("", message) for message in self.form_errors]
        named = [
            Wrong(f"{scope}{field.name}", headed(field.label.text, field.errors[0]))
            for field in self
            if field.name != "csrf_token" and field.errors
        ]
        return expired + general + named

    def refuse(self, problems: Mapping[str, DomainError]) -> None:
        """Put each problem beside its field; one without a field stands above the form."""
        for name, problem in problems.items():
            if name in self:
                self[name].errors = [*self[name].errors, str(problem)]
            else:
                self.form_errors.append(str(problem))


class PublicForm(Form):
    """A form for people who are not signed in: no session to ride on, so no token."""

    class Meta:
        csrf = False


class Versioned:
    """A form on something that others change, too: it carries the version that was on the screen."""

    version = HiddenField()

    def seen_version(self) -> int:
        """Return that version; a senseless one matches none."""
        return seen(self.version.data)


class Keyed:
    """A form that carries a key, which makes the same form sent twice one act."""

    key = HiddenField()

    def act_key(self) -> str:
        """Return the key of this act; a form that came without one gets a new one."""
        typed = str(self.key.data or "")
        return typed if _KEY.fullmatch(typed) else new_key()


def seen(version: object) -> int:
    """Return the version that a form carries; a senseless one matches none."""
    return number(version)


def day(typed: object) -> date:
    """Return the day that was typed, as 2026-03-15; raise DomainError for anything else, and for a year that must be a slip."""
    text = clean(str(typed or ""))
    if not is_date(text) or not "1990" <= text < "3000":
        raise DomainError(N_("请按年-月-日填写日期，例如 2026-03-15。"))
    return date.fromisoformat(text)


def new_key() -> str:
    """Return a key for one act."""
    return secrets.token_urlsafe(24)


def _shown(field: object) -> Shown:
    said = getattr(field, "render_kw", None) or {}
    choices = getattr(field, "choices", None) or []
    return Shown(
        name=field.name,  # type: ignore[attr-defined]
        label=field.label.text,  # type: ignore[attr-defined]
        kind=_KINDS.get(field.type, "text"),  # type: ignore[attr-defined]
        value=field.data or "",  # type: ignore[attr-defined]
        error=next(iter(field.errors), ""),  # type: ignore[attr-defined]
        required=not said.get("optional", False),
        help=field.description,  # type: ignore[attr-defined]
        options=[(choice.value, choice.label, said.get("hints", {}).get(choice.value, "")) for choice in choices],
        maxlength=said.get("maxlength"),
        autocomplete=said.get("autocomplete", ""),
        rows=said.get("rows", 6),
        accept="",
    )
