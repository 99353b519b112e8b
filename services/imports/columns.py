"""Which heading of a file is which column: known names and aliases exactly, the rest only as a suggestion."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from domain.errors import UnusableInput
from services.imports.fields import Field
from services.imports.outcome import FileIssue

ALIKE = 80.0  # of 100: two words less alike are two words, not one word mistyped
SHORTEST_MISTYPED = 4  # letters: a shorter word is too near to others (rh and rhd, nom and non)


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
        "low_expression": "low_expressor weak_expression expression_faible faible_expression",
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
_HLA_WORDS = ("hla", "typage", "typage_hla", "typing", "hla_typing", "allele", "allele_hla", "antigene")
# Headings that probably mean a column, and may stand beside another of it or mean something else: only suggested.
LIKELY: Mapping[str, Sequence[str]] = {
    name: aliases.split()
    for name, aliases in {
        "donor_number": "numero id identifiant identifiant_donneur matricule matricule_donneur code_donneur donor_code"
        " donor_identifier reference_donneur din_donneur",
        "patient_number": "numero id identifiant identifiant_patient ipp nip mrn code_patient patient_identifier",
        "last_name": "nom_de_naissance nom_naissance nom_patronymique nom_marital",
        "first_name": "prenoms prenom_usuel premier_prenom first_names christian_name",
        "birth_date": "naissance ne_e_le ddn birth born birthday",
        "sex": "genre sexe_m_f sex_m_f",
        "region": "region_de_don region_de_residence region_etablissement region_efs donor_region",
        "centre": "centre_de_prelevement centre_de_collecte lieu_de_don lieu_de_prelevement site_de_prelevement"
        " site_de_don donation_site collection_site collection_centre nom_du_centre nom_du_site",
        "postcode": "code_postal_de_residence code_postal_du_domicile",
        "phone": "telephone_portable telephone_mobile telephone_fixe telephone_domicile tel_portable tel_mobile"
        " tel_fixe tel_domicile numero_portable mobile_phone cell_phone home_phone cellphone",
        "email": "email_address mail_address courrier_electronique",
        "ancestry": "origine_ethnique ethnicity ethnie ethnic_group",
        "consent_contact": "accepte_contact accepte_d_etre_contacte accord_pour_etre_contacte accord_de_contact"
        " consent_to_contact ok_contact contactable peut_etre_contacte",
        "abo": "groupe_sanguin groupe_sanguin_abo groupage groupage_abo abo_grp grp_abo groupe blood_group blood_type"
        " abo_blood_group",
        "rhd": "rhesus_d facteur_rhesus antigene_d rh_factor rhesus_factor phenotype_rhd rh_type",
        "cmv": "serologie_cytomegalovirus cytomegalovirus cmv_serology cmv_igg igg_cmv anti_cmv ac_anti_cmv"
        " resultat_cmv",
        "weight_kg": "masse poids_corporel body_weight poids_declare",
        "height_cm": "stature body_height taille_declaree",
        "platelet_count": "taux_de_plaquettes nombre_de_plaquettes numeration_plaq plt plaq",
        "hla": "chaine_gl gl typage_hla_gl",
        "cd36": "cd36_plaquettaire gpiv nak_a phenotype_cd36 resultat_cd36 typage_cd36",
        "pregnancies": "gestite nombre_grossesses nb_de_grossesses number_of_pregnancies gravidity",
        "hla_antibody_screen": "recherche_d_anticorps_anti_hla depistage_anticorps_anti_hla ac_anti_hla rai_hla"
        " resultat_anti_hla hla_antibody_screening",
        "screened_on": "date_recherche_anti_hla date_du_depistage_anti_hla date_depistage_anti_hla screening_day"
        " date_of_screening",
        "last_donation_on": "date_don date_de_don dernier_don_le last_donated date_of_last_donation donation_date"
        " date_dernier_prelevement",
        "last_donation_type": "type_de_don type_don nature_du_dernier_don donation_type type_of_last_donation",
        "donations_12m": "nb_dons_12_mois nombre_dons_12_mois dons_sur_12_mois nb_de_dons_sur_12_mois"
        " dons_annee_ecoulee donations_last_12_months number_of_donations_12_months",
        "status": "statut_donneur etat_du_donneur statut_du_donneur",
        "updated_at": "date_de_modification date_modification modifie_le derniere_modification last_modified"
        " date_de_derniere_mise_a_jour derniere_mise_a_jour",
        "antibody_sample": "numero_de_serum numero_echantillon numero_d_echantillon id_serum serum_id",
        "diagnosis": "pathologie maladie disease",
        **{
            f"hla_{locus}_{place}": " ".join(f"{word}_{letters}_{place}" for word in _HLA_WORDS for letters in spelt)
            for locus, spelt in (("a", ("a",)), ("b", ("b",)), ("c", ("c", "cw")))
            for place in (1, 2)
        },
        **{
            f"hpa_{system}": f"typage_hpa_{system} genotype_hpa_{system} genotypage_hpa_{system} phenotype_hpa_{system}"
            for system in (1, 2, 3, 5, 15)
        },
    }.items()
}
# Words that change nothing of what a heading means.
_FILLERS = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "en", "sur", "of", "the"))
_SUBJECTS = frozenset(("donneur", "donor", "patient"))
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


def _unknown_heading(heading: str, free: Sequence[str]) -> FileIssue:
    suggestion = suggest_column(heading, free)
    code = "column_unknown_suggestion" if suggestion else "column_unknown"
    params = {"heading": heading[:80], **({"suggestion": suggestion} if suggestion else {})}
    return FileIssue(code=code, severity="warning", column=heading[:80], raw=heading[:80], params=params)


def suggest_column(heading: str, free: Sequence[str]) -> str | None:
    """The column a heading resembles most; for a person to confirm, never applied.

    Word by word: a heading that shares all but one word with another often means the opposite (date of birth, place of
    birth; last donation, next donation).
    """
    names = {name: name for name in free}
    names |= {alias: name for alias, name in ALIASES.items() if name in names}
    names |= {alias: name for name in free if name in LIKELY for alias in LIKELY[name] if alias not in names}
    plain = plain_heading(heading)
    likeness = {written: _likeness(plain, written) for written in names}
    best = max(likeness, key=lambda written: likeness[written], default="")
    return names[best] if best and likeness[best] >= ALIKE else None


def _likeness(heading: str, known: str) -> float:
    """How alike two plain headings are in their least alike word, from 0 to 100; the order of words is free."""
    if heading.replace("_", "") == known.replace("_", ""):
        return 100
    words, others = _words(heading), _words(known)
    if not words or not others:
        return 0
    spare = {word for word in words - _SUBJECTS if word not in others}
    found = [max(_word_likeness(word, other) for other in others) for word in spare]
    found += [max(_word_likeness(other, word) for word in words) for other in others]
    return min(found)


def _words(plain: str) -> set[str]:
    """The words that mean something; letters and figures are words apart, so that `a1` is `a 1`."""
    return set(re.findall(r"[a-z]+|[0-9]+", plain)) - _FILLERS


def _word_likeness(one: str, other: str) -> float:
    if one == other:
        return 100
    return fuzz.ratio(one, other) if min(len(one), len(other)) >= SHORTEST_MISTYPED else 0


def _listed(headings: Sequence[str]) -> str:
    shown = [heading[:40] for heading in headings if heading][:40]
    return ", ".join(shown)
