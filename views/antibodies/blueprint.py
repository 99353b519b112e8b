"""The one blueprint of the pages of antibodies, and where they are read."""

from flask import Blueprint

from views.language import current_locale
from views.running import runtime

blueprint = Blueprint("antibodies", __name__)


def place() -> dict[str, str]:
    """The registry's time zone and the reader's language."""
    return {"zone": runtime().settings.timezone, "locale": current_locale()}
