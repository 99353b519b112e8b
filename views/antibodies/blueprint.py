"""The one blueprint of the pages of antibodies."""

from flask import Blueprint

blueprint = Blueprint("antibodies", __name__)
