"""Donors: what a search reads, the identity kept apart and encrypted, the history of typings, deferrals."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText, blind_index
from models.database import strict_enum

NEVER_DAY = 65_535  # in eligible_from_day: never eligible; in eligible_until_day: no limit


class Sex(StrEnum):
    """Sex as the registry records it; null where unknown."""

    FEMALE = "F"
    MALE = "M"


class Abo(StrEnum):
    """ABO group; null where unknown."""

    A = "A"
    B = "B"
    AB = "AB"
    O = "O"  # noqa: E741  the field's own word


class Rhd(StrEnum):
    """RhD antigen present or absent; null where unknown."""

    POSITIVE = "+"
    NEGATIVE = "-"


class Serology(StrEnum):
    """Result of a serological screen; null where not done or unknown."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class DonorStatus(StrEnum):
    """Whether the registry may call on a donor at all."""

    ACTIVE = "active"
    DEFERRED = "deferred"
    INACTIVE = "inactive"


class RawTyping(SQLModel):
    """The twelve typed texts of a person, as given; empty text where not given."""

    hla_a_1: str = ""
    hla_a_2: str = ""
    hla_b_1: str = ""
    hla_b_2: str = ""
    hla_c_1: str = ""
    hla_c_2: str = ""
    hpa_1: str = ""
    hpa_2: str = ""
    hpa_3: str = ""
    hpa_5: str = ""
    hpa_15: str = ""
    cd36: str = ""


TYPING_COLUMNS: tuple[str, ...] = tuple(RawTyping.model_fields)

INVITABLE = (
    "consent_contact", "status", "ancestry", "region", "abo", "eligible_from_day", "eligible_until_day",
    "donor_number", "cd36", "hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15", "consent_withdrawn_at", "restricted_at",
    "erased_at",
)  # fmt: skip

# SQLAlchemy refuses to save a row that another session changed since it was read.
_donor_version = sa.Column("version_id", sa.Integer, nullable=False, default=1)


class Donor(RawTyping, table=True):
    """A donor without their identity."""

    __tablename__ = "donor"
    # All that decides whom a campaign invites, in the order in which it counts: a million donors are read in it alone.
    __table_args__ = (sa.Index("ix_donor_invitable", *INVITABLE),)
    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": _donor_version}

    id: int | None = Field(default=None, primary_key=True)
    donor_number: str = Field(unique=True)
    sex: Sex | None = Field(default=None, sa_type=strict_enum(Sex))
    region: str | None = None
    centre: str | None = None
    ancestry: str | None = None
    consent_contact: bool = False
    abo: Abo | None = Field(default=None, sa_type=strict_enum(Abo))
    rhd: Rhd | None = Field(default=None, sa_type=strict_enum(Rhd))
    cmv: Serology | None = Field(default=None, sa_type=strict_enum(Serology))
    weight_kg: float | None = None
    height_cm: float | None = None
    platelet_count: float | None = None  # 10⁹ per litre
    low_expression: str | None = None  # antigens weakly expressed on platelets: domain.low_expression
    pregnancies: int | None = None
    hla_antibody_screen: Serology | None = Field(default=None, sa_type=strict_enum(Serology))
    screened_on: date | None = None
    last_donation_on: date | None = None
    last_donation_type: str | None = None
    donations_12m: int | None = None
    status: DonorStatus = Field(default=DonorStatus.ACTIVE, sa_type=strict_enum(DonorStatus))
    consent_withdrawn_at: datetime | None = None
    restricted_at: datetime | None = None  # kept for traceability alone: no search, no contact, no import touches it
    restriction_reason: str = ""
    erased_at: datetime | None = None  # the identity is gone
    # The record that took this one over: the number stays here so that it still leads there (services.duplicates).
    merged_into_id: int | None = Field(default=None, foreign_key="donor.id", index=True)
    source_updated_at: datetime | None = None
    row_hash: str | None = None  # of the last imported row; null when edited by hand since
    version_id: int = Field(default=1, sa_column=_donor_version)
    created_at: datetime
    updated_at: datetime
    # Derived from the columns above, never typed by anyone, rebuilt by services.donors.
    phenotype_key: str = ""
    class_key: str = ""
    searchable: bool = False
    eligible_from_day: int = NEVER_DAY  # days since 1970-01-01
    eligible_until_day: int = NEVER_DAY  # exclusive
    has_gaps: bool = False


class DonorIdentity(SQLModel, table=True):
    """Who a donor is: every text encrypted, found again only by blind index."""

    __tablename__ = "donor_identity"

    donor_id: int = Field(primary_key=True, foreign_key="donor.id")
    last_name: str | None = Field(default=None, sa_type=EncryptedText)
    first_name: str | None = Field(default=None, sa_type=EncryptedText)
    birth_date: str | None = Field(default=None, sa_type=EncryptedText)  # ISO 8601
    postcode: str | None = Field(default=None, sa_type=EncryptedText)
    phone: str | None = Field(default=None, sa_type=EncryptedText)
    email: str | None = Field(default=None, sa_type=EncryptedText)
    name_index: str | None = Field(default=None, index=True)
    birth_date_index: str | None = Field(default=None, index=True)
    phone_index: str | None = Field(default=None, index=True)
    email_index: str | None = Field(default=None, index=True)

    def __repr_args__(self) -> list[tuple[str, object]]:
        """The number only: a log line or a traceback must not name anyone."""
        return [("donor_id", self.donor_id)]


def identity_indexes(
    *,
    last_name: str | None,
    first_name: str | None,
    birth_date: str | None,
    phone: str | None,
    email: str | None,
) -> dict[str, str | None]:
    """The four blind-index columns of a donor's identity; the name index is of last name then first name."""
    return {
        "name_index": blind_index(f"{last_name or ''} {first_name or ''}", "name"),
        "birth_date_index": blind_index(birth_date, "birth_date"),
        "phone_index": blind_index(phone, "phone"),
        "email_index": blind_index(email, "email"),
    }


class DonorTyping(RawTyping, table=True):
    """One past or present state of a donor's raw typing, written at each change after the first."""

    __tablename__ = "donor_typing"

    id: int | None = Field(default=None, primary_key=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    recorded_at: datetime
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    source: str = ""


class DonorEligibilityGap(SQLModel, table=True):
    """Days inside a donor's eligible window on which they may not give; from included, until excluded."""

    __tablename__ = "donor_eligibility_gap"

    donor_id: int = Field(primary_key=True, foreign_key="donor.id")
    from_day: int = Field(primary_key=True)
    until_day: int


class Deferral(SQLModel, table=True):
    """A refusal to let a donor give, with its reason; no end known where until_on is null."""

    __tablename__ = "deferral"

    id: int | None = Field(default=None, primary_key=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    from_on: date
    until_on: date | None = None
    reason: str
    recorded_at: datetime
    recorded_by: str = ""
    lifted_at: datetime | None = None
    lifted_by: str | None = None


class DonationKind(StrEnum):
    """What was given."""

    WHOLE_BLOOD = "whole_blood"
    PLATELETS = "platelets"
    PLASMA = "plasma"


class Donation(SQLModel, table=True):
    """One donation on record; never erased, it links donor and recipient."""

    __tablename__ = "donation"
    __table_args__ = (sa.UniqueConstraint("donor_id", "given_on", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    given_on: date
    kind: DonationKind = Field(sa_type=strict_enum(DonationKind))
    reservation_id: int | None = Field(default=None, foreign_key="reservation.id")
    recorded_at: datetime
    recorded_by: str
