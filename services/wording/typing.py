"""What reading a typed value says: why a text is not an antigen, and what was understood of it."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "unknown_antigen": N_("{text}: no such antigen or group is known; the position counts as not typed."),
}
