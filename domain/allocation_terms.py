"""What is divided when several patients need platelets, and what a division says (domain.allocation)."""

from dataclasses import dataclass
from enum import StrEnum

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Need:
    """Units that one patient needs of donations given on a day from `first` to `last` (ordinals); urgent ones first.

    Among divisions that are equal in everything else, the need of the lower `turn` has the units and the better donors.
    """

    code: str
    units: int
    first: int
    last: int
    urgent: bool = False
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Supply:
    """A donor, and the days (ordinals, rising) on which they could give."""

    donor: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """That a donor fits a need; the lower the cost (whole, from 0), the better for it and the less missed elsewhere."""

    need: str
    donor: str
    cost: int


@dataclass(frozen=True, slots=True)
class Given:
    """One donation on a day, for one need."""

    need: str
    donor: str
    day: int
    cost: int


class Shortage(StrEnum):
    """Why units of a need are not met; each is true of the need whatever the others get, save the last two."""

    NO_DONOR = "no_donor"  # nobody fits
    NONE_IN_TIME = "none_in_time"  # some fit, and none may give in time
    TOO_FEW = "too_few"  # fewer may give in time than units are needed
    FORBIDDEN = "forbidden"  # with the donors forbidden for it, alone or beside the others, more would be met
    TAKEN = "taken"  # alone, the need would be met


@dataclass(frozen=True, slots=True)
class Unmet:
    """Units that a need does not get, and for `taken` the needs that have its donors."""

    need: str
    units: int
    why: Shortage
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A donor who could give in time and suit a need better than one it got, or than none; the need that has them."""

    need: str
    donor: str
    to: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """The donations in the order of their days; `loss` is how many units more no other division can bring at most."""

    given: tuple[Given, ...]
    unmet: tuple[Unmet, ...]
    lost: tuple[Lost, ...]
    loss: int

    @property
    def cost(self) -> int:
        """The cost of all donations."""
        return sum(one.cost for one in self.given)
