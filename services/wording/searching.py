"""What a search says: the reason of every yes, no and don't-know, and what to know about its inputs."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "unknown_patient": N_("No patient has the number {patient}."),
}
