"""Reservations of donors: what stands in the way, reserving, the steps that follow, lists.

`reserve`, `change_reservation`, `list_reservations` and `get_reservation` are what the pages and the API call.
"""

from services.reservations.listing import ReservationFilter, get_reservation, list_reservations
from services.reservations.reserving import Wish, reserve
from services.reservations.steps import change_reservation

__all__ = [
    "ReservationFilter",
    "Wish",
    "change_reservation",
    "get_reservation",
    "list_reservations",
    "reserve",
]
