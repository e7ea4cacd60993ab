"""To come."""

from flask import Blueprint

blueprint = Blueprint("site", __name__)
