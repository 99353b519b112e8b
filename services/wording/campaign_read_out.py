"""What is said to programs that read campaigns."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "unknown_campaign_code": N_("No campaign has this code."),
}
