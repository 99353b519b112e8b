"""The order in which names stand in a list."""

import unicodedata

UNASSIGNED = "unassigned"


def region_order(region: str) -> tuple[bool, str]:
    """Donors without a region last; accents do not move a name (Île-de-France stands at I)."""
    plain = unicodedata.normalize("NFD", region)
    return region == UNASSIGNED, "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()
