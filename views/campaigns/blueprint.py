"""The one blueprint of every page of campaigns."""

from flask import Blueprint

blueprint = Blueprint("campaigns", __name__)
