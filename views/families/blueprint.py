"""The one blueprint of the pages of families."""

from flask import Blueprint

blueprint = Blueprint("families", __name__)
