"""Putting a text kept ready into a field, and holding back what has places left to fill in."""

from collections.abc import Callable
from datetime import datetime

from flask import request
from wtforms import TextAreaField

from tracker.db import db
from tracker.domain import canned
from tracker.domain.canned import Purpose
from tracker.domain.text import number
from tracker.forms.base import Form
from tracker.models import Account, Case, Item
from tracker.queries import canned as texts
from tracker.queries.canned import Offer
from tracker.render.site import Site


def offers(purpose: Purpose) -> Callable[[], list[Offer]]:
    """Return what gives the texts for a field when its page is made; for the `canned` of a field's `render_kw`."""
    return lambda: texts.offered(purpose)


def insert(form: Form, site: Site, case_id: int, account: Account, now: datetime) -> bool:
    """Put the chosen text behind what was typed, if that was the button; say whether it was.

    Nothing else of the form is touched, and nothing is done: the page comes back with everything on it.
    """
    name, case = request.form.get("canned", ""), db.session.get(Case, case_id)
    if name not in form or case is None:
        return False
    clause = form["ground_ref"].data or "" if "ground_ref" in form else ""
    said = texts.filled(site, request.form.get(f"canned-{name}", ""), case, item_of(case), account, clause, now)
    if said:
        form[name].data = f"{form[name].data.rstrip()}\n{said}".lstrip("\n") if form[name].data else said
    return True


def item_of(case: Case) -> Item | None:
    """Return the item that a form is about, when it names one of the case."""
    item = db.session.get(Item, number(request.values.get("item")))
    return item if item is not None and item.case_id == case.id else None


def guard(form: Form) -> bool:
    """Refuse each text in which a place is still to be filled in, beside its field; say whether all may be sent."""
    written = [field for field in form if isinstance(field, TextAreaField)]
    refused = [(field, problem) for field in written if (problem := canned.refusal(field.data or ""))]
    for field, problem in refused:
        field.errors = [*field.errors, str(problem)]
    return not refused
