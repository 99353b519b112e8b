"""People, wishes and moments for the tests of reservations, on the small registry."""

from datetime import UTC, date, datetime

from domain.reservation import Timing
from models.account import Role
from services.accounts.permissions import permissions_of
from services.accounts.person import Person
from services.reservations import Wish

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
TIMING = Timing(NOW, "Europe/Paris", 24)
FREE, TAKEN_OUT = "PT0001", "PT0014"  # compatible and eligible; without consent
BLOCKED, UNTYPED = "PT0005", "PT0008"


def someone(*roles: str, login: str = "someone") -> Person:
    """A person of these roles, without an account."""
    return Person(
        account_id=1,
        login=login,
        display_name=login.title(),
        roles=roles,
        permissions=permissions_of(Role(role) for role in roles),
        site=None,
        region=None,
        locale=None,
        shortcuts=True,
        must_change_password=False,
    )


SEARCHER, OTHER = someone("searcher", login="sea"), someone("searcher", login="other")
COORDINATOR = someone("coordinator", login="coo")
SIGNER = someone("searcher", "scientist", login="sig")


def wish(donor: str = FREE, day: date = TODAY, **more) -> Wish:
    """A donor of the small registry for P1 at 2,000 MFI."""
    return Wish(**{"patient_number": "P1", "donor_number": donor, "day": day, "threshold_mfi": 2_000, **more})
