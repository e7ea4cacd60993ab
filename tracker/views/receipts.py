"""To come."""

from flask import Blueprint

blueprint = Blueprint("receipts", __name__)
