"""The shapes of what the API answers about donors and about whoever asks."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from views.api.shapes import Abo, Locus


class DonorEntry(BaseModel):
    """A donor without identity; typings are texts as given, empty where not given."""

    donor_number: str
    sex: str | None
    abo: Abo | None
    rhd: str | None
    cmv: str | None
    region: str | None
    centre: str | None
    status: str
    consent_contact: bool
    searchable: bool
    restricted: bool
    hla: dict[Locus, list[str]]
    hpa: dict[str, str]
    cd36: str
    version: int


class Donors(BaseModel):
    """Donors by number."""

    items: list[DonorEntry]
    next: str | None


class Reason(BaseModel):
    """Why a donor may not give before a day."""

    code: str
    params: dict[str, Any]
    message: str


class Eligibility(BaseModel):
    """When a donor may give, from the day asked on; null: no day is known."""

    on: date
    rules: str
    first_eligible_on: date | None
    reasons: list[Reason]
    flags: list[str]


class Donor(DonorEntry):
    """One donor, and when they may give; serological values have no form in a GL string and are left out of it."""

    gl_string: str | None
    gl_left_out: list[str]
    eligibility: Eligibility


class Identity(BaseModel):
    """Who a donor is."""

    donor_number: str
    last_name: str | None
    first_name: str | None
    birth_date: date | None
    postcode: str | None
    phone: str | None
    email: str | None


class Me(BaseModel):
    """Whoever asks; `csrf_token` is for the writes of a browser's login, null for a bearer token."""

    login: str
    display_name: str
    roles: list[str]
    permissions: list[str]
    site: str | None
    region: str | None
    recognised_by: Literal["session", "token"]
    scope: Literal["read", "write"] | None
    csrf_token: str | None


class Token(BaseModel):
    """A bearer token, without its text."""

    id: int
    name: str
    scope: Literal["read", "write"]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Tokens(BaseModel):
    """One's own tokens, the latest first."""

    items: list[Token]
    next: str | None


class NewToken(Token):
    """A new token; its text is shown this once."""

    token: str
