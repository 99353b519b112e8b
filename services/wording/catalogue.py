"""One sentence for every code, in the reader's language."""

import pkgutil
import string
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import services.wording as areas
from services.wording.formats import format_date, format_number
from services.wording.translations import translations

REASONS = ("reason", "why")


@cache
def messages() -> Mapping[str, str]:
    """The English sentence of every code, from the MESSAGES table of each module of this package.

    Raises ValueError where two areas claim one code.
    """
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(areas.__path__):
        table = getattr(import_module(f"{areas.__name__}.{module.name}"), "MESSAGES", {})
        if claimed := found.keys() & table.keys():
            raise ValueError(f"sentence given twice: {', '.join(sorted(claimed))}")
        found |= table
    return found


class _LocalFormatter(string.Formatter):
    """Fills a sentence: whole numbers grouped, dates in the reader's order, missing values left visible."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        if key not in kwargs:
            return "{" + str(key) + "}"
        value = kwargs[str(key)]
        if key in REASONS and value in messages():  # a reason that is a code of its own is said in words
            others = {name: given for name, given in kwargs.items() if name not in REASONS}
            return sentence(value, others, self.locale)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format_number(value, self.locale)
        # house rule: a name that ends in _on holds a day, written in ISO form in data
        if isinstance(value, str) and (key == "on" or str(key).endswith("_on")):
            return _day_or_text(value, self.locale)
        return value


def _day_or_text(value: str, locale: str) -> str:
    try:
        return format_date(value, locale)
    except ValueError:  # raw text of a file that is no date: shown as it was written
        return value


def sentence(code: str, params: Mapping[str, object], locale: str) -> str:
    """Return the sentence of a code with its values, in French or English.

    A code without a sentence returns the code itself: a reader can still quote it, and a test forbids it.
    """
    template = messages().get(code)
    if template is None:
        return code
    said = translations(locale).gettext(template)
    return _LocalFormatter(locale).vformat(said, (), params) if "{" in said else said
