"""What is said of daily jobs: when they run, what was missed, and what a simulation of days refuses."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "job_cut_short": N_("Its process ended before it was done, and a later run took its place."),
}
