"""A site's own export of the HLA Eplet Registry: one row for each eplet, with its alleles (CSV or .xlsx)."""

import re
from collections.abc import Mapping

from domain.errors import UnusableInput
from models.epitope import EpletSource
from services.eplets.contents import EpletContents, two_fields
from services.imports.columns import plain_heading
from services.imports.tabular import RawRow, read_table

# Headings as `plain_heading` writes them; where a file has two of a column, the first named here.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "eplet": ("eplet", "eplet_name", "eplets", "name", "nom", "nom_de_l_eplet"),
    "alleles": ("all_alleles", "alleles", "allele", "hla_alleles", "tous_les_alleles", "luminex_alleles"),
    "verified": (
        "antibody_verified",
        "ab_verified",
        "verified",
        "confirmation",
        "antibody_reactivity",
        "confirmed",
        "verifie",
        "anticorps_verifie",
        "verifie_par_anticorps",
    ),
    "locus": ("locus", "loci", "hla_locus", "class", "classe"),
}
NEEDED = ("eplet", "alleles")
_YES = frozenset({"yes", "y", "true", "1", "x", "confirmed", "verified", "oui", "o", "vrai", "confirme", "verifie"})
_NO = frozenset(
    {"no", "n", "false", "0", "unconfirmed", "not_confirmed", "not_verified", "provisional", "questionable"}
    | {"non", "faux", "provisoire"}
)
_OTHER_CLASS = re.compile(r"\bD[PQR]|\bII\b|MIC", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;|/\s]+")


def read_registry_export(content: bytes) -> EpletContents:
    """The class I eplets of an export; rows of class II are passed over, unreadable ones are noted.

    Raises:
        UnusableInput: no table, or one without a column of eplets or of alleles.
    """
    table = read_table(content)
    places = _places(table.headings)
    contents = EpletContents(EpletSource.REGISTRY)
    for row in table.rows():
        _read_row(row, places, contents)
    return contents


def _places(headings: tuple[str, ...]) -> dict[str, int]:
    plain = [plain_heading(heading) for heading in headings]
    places = {
        column: plain.index(next(name for name in names if name in plain))
        for column, names in HEADINGS.items()
        if set(names) & set(plain)
    }
    if not set(NEEDED) <= places.keys():
        raise UnusableInput("eplet_table_other_shape", file="", found="; ".join(headings[:6]))
    return places


def _read_row(row: RawRow, places: Mapping[str, int], contents: EpletContents) -> None:
    def cell(column: str) -> str:
        place = places.get(column, len(row.cells))
        return row.cells[place].strip() if place < len(row.cells) else ""

    if _OTHER_CLASS.search(cell("locus")):
        return
    contents.rows += 1
    eplet = "".join(cell("eplet").split())
    named = [text for text in _BETWEEN.split(cell("alleles")) if text]
    alleles = {text: two_fields(text) for text in named if not _OTHER_CLASS.match(text.removeprefix("HLA-"))}
    if not eplet or not named:
        contents.refuse(row.line, "eplet_row_incomplete", " ".join(row.cells))
        return
    for text, allele in alleles.items():
        if allele is not None:
            contents.carry(allele, [eplet])
        elif not text.upper().endswith("N"):
            contents.refuse(row.line, "eplet_allele_unreadable", text)
    if alleles:  # an eplet of class II may have the name of one of class I
        contents.verified[eplet] = _status(cell("verified"), contents.verified.get(eplet))


def _status(text: str, known: bool | None) -> bool | None:
    """Whether an eplet is verified by one row of it; None where no row says."""
    plain = plain_heading(text)
    if plain in _YES:
        return True
    return False if plain in _NO and known is None else known
