"""To come."""

from flask import Blueprint

blueprint = Blueprint("report", __name__)
