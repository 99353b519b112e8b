"""The gettext catalogues, read from their ``.po`` source so that no built file can be stale or missing."""

import io
from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from services.wording.typography import french_spaces

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"
CATALOGUE_FOLDER = Path(__file__).parents[2] / "translations"


class FrenchTranslations(GNUTranslations):
    """A catalogue whose sentences leave with French spacing, before any value is put into them."""

    def gettext(self, message: str) -> str:
        """Return the French sentence of an English one."""
        return french_spaces(super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the French sentence for a quantity (0 and 1 are singular)."""
        return french_spaces(super().ngettext(msgid1, msgid2, n))


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalogue of a language; English is the source language and needs none.

    Raises ValueError for a language the project does not have.
    """
    if locale not in LOCALES:
        raise ValueError(f"no such language: {locale}")
    if locale == "en":
        return NullTranslations()
    return FrenchTranslations(_compiled(sorted((CATALOGUE_FOLDER / locale / "LC_MESSAGES").glob("*.po")), locale))


def _compiled(sources: Sequence[Path], locale: str) -> io.BytesIO:
    # babel is imported here because only a process that speaks French pays for it
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    catalogue = Catalog(locale=locale)
    for source in sources:
        with source.open("rb") as stream:
            for message in read_po(stream, locale=locale):
                catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return compiled
