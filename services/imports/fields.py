"""What a donor or a patient file may hold: every column, its kind of value and its limits (INTERFACES §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.donor import TYPING_COLUMNS
from models.importing import ImportKind
from services.imports.choices import ABO, DONATION_TYPE, RHD, SEROLOGY, SEX, STATUS, YES_NO

FieldKind = Literal[
    "key", "text", "day", "birth", "instant", "number", "whole", "choice", "flag", "typing", "low_expression"
]

GL_STRING = "hla"
HLA_COLUMNS = tuple(name for name in TYPING_COLUMNS if name.startswith("hla_"))
IDENTITY_COLUMNS = ("last_name", "first_name", "birth_date", "postcode", "phone", "email")


@dataclass(frozen=True, slots=True)
class Field:
    """One column a file may have. `low` and `high` bound what can be true of a person, in the column's unit."""

    name: str
    kind: FieldKind
    words: Mapping[str, str | None] | None = None
    low: float = 0
    high: float = 0
    required: bool = False  # where the column is there, its cell may not be empty


@dataclass(frozen=True, slots=True)
class PeopleForm:
    """What a file of one kind of people looks like: its key column and every column it may have."""

    kind: ImportKind
    key: str
    fields: Mapping[str, Field]


def _by_name(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


def _typings() -> tuple[Field, ...]:
    return tuple(Field(name, "typing") for name in (*TYPING_COLUMNS, GL_STRING))


# The bounds only stop a slip of unit or of a key (kg for lb, 10⁹/L for µL); they judge nobody.
_WEIGHT = Field("weight_kg", "number", low=1, high=400)
_HEIGHT = Field("height_cm", "number", low=20, high=260)

DONOR_KEY, PATIENT_KEY = "donor_number", "patient_number"

DONOR_FIELDS = _by_name(
    Field(DONOR_KEY, "key", required=True),
    Field("last_name", "text"),
    Field("first_name", "text"),
    Field("birth_date", "birth"),
    Field("sex", "choice", SEX),
    Field("region", "text"),
    Field("centre", "text"),
    Field("postcode", "text"),
    Field("phone", "text"),
    Field("email", "text"),
    Field("ancestry", "text"),
    Field("consent_contact", "flag", YES_NO),
    Field("abo", "choice", ABO),
    Field("rhd", "choice", RHD),
    Field("cmv", "choice", SEROLOGY),
    _WEIGHT,
    _HEIGHT,
    Field("platelet_count", "number", low=0, high=5_000),
    *_typings(),
    Field("low_expression", "low_expression"),
    Field("pregnancies", "whole", low=0, high=40),
    Field("hla_antibody_screen", "choice", SEROLOGY),
    Field("screened_on", "day"),
    Field("last_donation_on", "day"),
    Field("last_donation_type", "choice", DONATION_TYPE),
    Field("donations_12m", "whole", low=0, high=366),
    Field("status", "choice", STATUS, required=True),
    Field("updated_at", "instant"),
)

PATIENT_FIELDS = _by_name(
    Field(PATIENT_KEY, "key", required=True),
    Field("antibody_sample", "text"),
    Field("abo", "choice", ABO),
    Field("rhd", "choice", RHD),
    Field("sex", "choice", SEX),
    Field("birth_date", "birth"),
    _WEIGHT,
    _HEIGHT,
    *_typings(),
    Field("diagnosis", "text"),
    Field("region", "text"),
    Field("centre", "text"),
    Field("updated_at", "instant"),
)

DONOR_FORM = PeopleForm(ImportKind.DONORS, DONOR_KEY, DONOR_FIELDS)
PATIENT_FORM = PeopleForm(ImportKind.PATIENTS, PATIENT_KEY, PATIENT_FIELDS)
