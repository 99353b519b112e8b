"""How often and when donors are contacted for campaigns, from the core tables."""

from dataclasses import dataclass
from datetime import time
from functools import cache

from services.reference import read_table


@dataclass(frozen=True, slots=True)
class ContactRules:
    """The rules in force; hours and weekdays (ISO) are those of the place where the registry is kept."""

    most_contacts_12m: int
    days_between: int
    call_from: time
    call_until: time
    call_weekdays: tuple[int, ...]
    most_attempts: int
    retry_days: int
    over_invite: float
    claim_minutes: int


@cache
def contact_rules() -> ContactRules:
    """The rules of the table."""
    values = {row["name"]: row["value"] for row in read_table("contact_rules")}
    return ContactRules(
        most_contacts_12m=int(values["most_contacts_12m"]),
        days_between=int(values["days_between"]),
        call_from=time.fromisoformat(values["call_from"]),
        call_until=time.fromisoformat(values["call_until"]),
        call_weekdays=tuple(int(day) for day in values["call_weekdays"].split()),
        most_attempts=int(values["most_attempts"]),
        retry_days=int(values["retry_days"]),
        over_invite=float(values["over_invite"]),
        claim_minutes=int(values["claim_minutes"]),
    )
