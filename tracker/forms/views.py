"""Saving a view of the queue."""

from wtforms import BooleanField, HiddenField, StringField

from tracker.domain.errors import N_
from tracker.forms.base import Form


class ViewForm(Form):
    query = HiddenField()
    name = StringField(N_("视图的名字"))
    is_shared = BooleanField(N_("同事也能看到"))
