"""The kinds of work that wait for somebody, in the order in which they are to be done, and whose work each is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.accounts.permissions import Permission

May = Callable[[Permission], bool]


class Kind(StrEnum):
    """What is to be done; the order is the order of the list, the most pressing first."""

    LOST_DONOR = "lost_donor"  # reserved, and may no longer be called or give: a patient is without a donor
    RESERVED_CALLS = "reserved_calls"
    MISSED_DONATION = "missed_donation"  # promised for a day that is over, and nobody said what came of it
    MISSED_APPOINTMENT = "missed_appointment"
    REMINDERS = "reminders"
    AUTOLOGOUS = "autologous"
    SECOND_SAMPLES = "second_samples"
    CONFIRMATION = "confirmation"
    CAMPAIGN_CALLS = "campaign_calls"
    RARE_AGAIN = "rare_again"
    RARE_CONTACT = "rare_contact"
    DIRECTIVE = "directive"
    SERUM = "serum"


_P = Permission
_CAMPAIGNS = (frozenset({_P.RUN_CAMPAIGNS}),)
_DONORS_OF_PATIENTS = (frozenset({_P.SEE_RESERVATIONS, _P.RESERVE}), frozenset({_P.SEE_RESERVATIONS, _P.CALL_DONORS}))
# all the permissions of one of the sets
WHOSE: Mapping[Kind, tuple[frozenset[Permission], ...]] = MappingProxyType(
    {
        Kind.LOST_DONOR: _DONORS_OF_PATIENTS,
        Kind.RESERVED_CALLS: (frozenset({_P.SEE_RESERVATIONS, _P.CALL_DONORS}),),
        Kind.MISSED_DONATION: _DONORS_OF_PATIENTS,
        Kind.MISSED_APPOINTMENT: _CAMPAIGNS,
        Kind.REMINDERS: _CAMPAIGNS,
        Kind.AUTOLOGOUS: (frozenset({_P.SEE_PATIENTS}),),
        Kind.SECOND_SAMPLES: _CAMPAIGNS,
        Kind.CONFIRMATION: _CAMPAIGNS,
        Kind.CAMPAIGN_CALLS: _CAMPAIGNS,
        Kind.RARE_AGAIN: _CAMPAIGNS,
        Kind.RARE_CONTACT: _CAMPAIGNS,
        Kind.DIRECTIVE: (frozenset({_P.SEE_PATIENTS, _P.WRITE_DIRECTIVES}),),
        Kind.SERUM: (frozenset({_P.SEE_PATIENTS, _P.RECORD_ANTIBODIES}),),
    }
)
ALL_USED = frozenset(permission for sets in WHOSE.values() for one in sets for permission in one)
RANK: Mapping[Kind, int] = MappingProxyType({kind: place for place, kind in enumerate(Kind)})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do: the day it is or was due, the code of a sentence, and the page of the site where it is done.

    `subject` is the number of a donor or a patient, or a campaign's name, never a person's name. `patient` is the
    patient's number where the item is about one; `regions` those it belongs to, None for one of every region.
    `count` is how many donors one item stands for.
    """

    kind: Kind
    due_on: date
    subject: str
    code: str
    params: Mapping[str, Any]
    address: str
    patient: str = ""
    regions: frozenset[str] | None = frozenset()
    count: int = 1


def whose(kind: Kind, may: May) -> bool:
    """Whether a kind of work is somebody's."""
    return any(all(may(one) for one in together) for together in WHOSE[kind])


def in_order(item: Item) -> tuple[int, date, str, str]:
    """The place of an item: by kind, then by the day it is due."""
    return RANK[item.kind], item.due_on, item.subject, item.code
