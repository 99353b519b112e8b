"""Which heading of a file is which column: known names and aliases exactly, the rest only as a suggestion."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from domain.errors import UnusableInput
from services.imports.fields import Field
from services.imports.outcome import FileIssue

SUGGESTION_CUTOFF = 78.0  # of 100: below it, a suggestion confuses more than it helps

# Other headings seen for the same column, as `plain_heading` writes them.
ALIASES: Mapping[str, str] = {
    alias: name
    for name, aliases in {
        "donor_number": "donor donor_id donor_no numero_donneur numero_de_donneur no_donneur n_donneur id_donneur",
        "patient_number": "patient patient_id patient_no numero_patient numero_de_patient no_patient n_patient"
        " id_patient",
        "last_name": "surname family_name nom nom_de_famille nom_usuel",
        "first_name": "given_name forename prenom",
        "birth_date": "date_of_birth dob birthdate date_naissance date_de_naissance ne_le nee_le",
        "sex": "gender sexe",
        "region": "region_administrative",
        "centre": "center site centre_de_don etablissement",
        "postcode": "zip zip_code postal_code code_postal cp",
        "phone": "telephone phone_number tel mobile portable numero_de_telephone",
        "email": "e_mail mail courriel adresse_mail adresse_e_mail adresse_electronique",
        "ancestry": "ascendance origine_geographique",
        "consent_contact": "consent contact_consent consentement consentement_contact accord_contact",
        "abo": "abo_group groupe_abo",
        "rhd": "rh rhesus rh_d rh1",
        "cmv": "cmv_status statut_cmv serologie_cmv",
        "weight_kg": "weight poids poids_kg poids_en_kg",
        "height_cm": "height taille taille_cm taille_en_cm",
        "platelet_count": "platelets plaquettes numeration_plaquettaire numeration_plaquettes platelet_count_10_9_l",
        "hla": "gl_string glstring hla_gl_string",
        "cd36": "cd_36 statut_cd36 cd36_status",
        "pregnancies": "pregnancy_count grossesses nombre_de_grossesses nb_grossesses",
        "hla_antibody_screen": "hla_antibodies recherche_anti_hla depistage_anti_hla anticorps_anti_hla",
        "screened_on": "screening_date date_depistage date_de_depistage",
        "last_donation_on": "last_donation last_donation_date date_dernier_don date_du_dernier_don dernier_don",
        "last_donation_type": "type_dernier_don type_du_dernier_don",
        "donations_12m": "donations_12_months dons_12m dons_12_mois nombre_de_dons_12_mois",
        "status": "donor_status statut etat",
        "updated_at": "updated last_update last_updated mis_a_jour_le date_de_mise_a_jour date_maj maj",
        "antibody_sample": "sample sample_id serum echantillon serum_anticorps",
        "diagnosis": "diagnostic",
    }.items()
    for alias in aliases.split()
}
# The last column of our own files of refused rows, in both languages: it is for a person, and comes back unread.
REASON_HEADINGS = frozenset({"reason", "motif"})
# `HLA A1` is not among them: it may as well be the antigen A1, so it is only suggested.
_HLA = re.compile(r"(?:hla_)?([abc])w?_(?:allele_)?([12])")
_HPA = re.compile(r"hpa_?(1|2|3|5|15)(?:_genotype)?")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each known column stands in the row, and what there is to say about the headings."""

    places: Mapping[str, int]
    issues: tuple[FileIssue, ...]


def plain_heading(text: str) -> str:
    """A heading in lower case, without accents, every run of other signs an underscore."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def known_column(heading: str, fields: Mapping[str, Field]) -> str | None:
    """The column a heading names exactly, by its own name or by an alias."""
    plain = plain_heading(heading)
    name = plain if plain in fields else ALIASES.get(plain)
    if name is None and (match := _HLA.fullmatch(plain)):
        name = f"hla_{match[1]}_{match[2]}"
    if name is None and (match := _HPA.fullmatch(plain)):
        name = f"hpa_{match[1]}"
    return name if name in fields else None


def map_columns(
    headings: Sequence[str], *, fields: Mapping[str, Field], key: str, by_hand: Mapping[str, str]
) -> ColumnMap:
    """The columns of a file; `by_hand` maps a heading as written to a column, and goes before everything else.

    Raises:
        UnusableInput: no key column, two headings for one column, or a mapping by hand that names neither a
            heading of the file nor a column.
    """
    chosen = _checked_by_hand(headings, fields=fields, by_hand=by_hand)
    places: dict[str, int] = {}
    unknown: list[tuple[int, str]] = []
    for place, heading in enumerate(headings):
        plain = plain_heading(heading)
        name = chosen[plain] if plain in chosen else known_column(heading, fields)
        if name == "":
            continue  # left out by hand
        if name is None:
            if plain not in REASON_HEADINGS:
                unknown.append((place, heading))
        elif name in places:
            raise UnusableInput("column_twice", column=name, first=headings[places[name]], second=heading)
        else:
            places[name] = place
    if key not in places:
        raise UnusableInput("key_column_missing", column=key, found=_listed(headings))
    free = [name for name in fields if name not in places]
    return ColumnMap(places, tuple(_unknown_heading(heading, free) for _, heading in unknown if heading))


def _checked_by_hand(
    headings: Sequence[str], *, fields: Mapping[str, Field], by_hand: Mapping[str, str]
) -> dict[str, str]:
    present = {plain_heading(heading) for heading in headings}
    for heading, name in by_hand.items():
        if name and name not in fields:
            raise UnusableInput("mapped_column_unknown", heading=heading, column=name, known=", ".join(fields))
        if plain_heading(heading) not in present:
            raise UnusableInput("mapped_heading_absent", heading=heading, found=_listed(headings))
    return {plain_heading(heading): name for heading, name in by_hand.items()}


def _unknown_heading(heading: str, free: Iterable[str]) -> FileIssue:
    suggestion = suggest_column(heading, free)
    code = "column_unknown_suggestion" if suggestion else "column_unknown"
    params = {"heading": heading[:80], **({"suggestion": suggestion} if suggestion else {})}
    return FileIssue(code=code, severity="warning", column=heading[:80], raw=heading[:80], params=params)


def suggest_column(heading: str, free: Iterable[str]) -> str | None:
    """The column a heading resembles most; for a person to confirm, never applied."""
    names = {name: name for name in free}
    names |= {alias: name for alias, name in ALIASES.items() if name in names}
    plain = plain_heading(heading)
    likeness = {written: _likeness(plain, written) for written in names}
    best = max(likeness, key=lambda written: likeness[written], default="")
    return names[best] if best and likeness[best] >= SUGGESTION_CUTOFF else None


def _likeness(one: str, other: str) -> float:
    """Likeness of two plain headings from 0 to 100, with the words in any order or run together."""
    spaced = fuzz.token_sort_ratio(one.replace("_", " "), other.replace("_", " "))
    return max(spaced, fuzz.ratio(one.replace("_", ""), other.replace("_", "")))


def _listed(headings: Sequence[str]) -> str:
    shown = [heading[:40] for heading in headings if heading][:40]
    return ", ".join(shown)
