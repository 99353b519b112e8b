"""What is said of donors that may be registered twice."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "job.find_duplicates": N_("nightly look for donors registered twice"),
    "duplicates_found": N_(
        "{donors} donors compared: {pairs} pairs to look at, {new} of them new, {gone} dropped. "
        "Keys left out since more than 60 donors share them: {crowded}."
    ),
    "duplicates_none": N_("No pair of donors awaits a decision."),
    "duplicate_pair_line": N_("{first} and {second}: {state}, {weight} bits"),
    "nothing_to_estimate": N_("There is no pair of donors to estimate from."),
    "unknown_pair": N_("There is no such pair of donors."),
    "pair_decision_unknown": N_("“{decision}” is no decision: same, different or later."),
    "pair_changed_meanwhile": N_("Somebody else has changed this pair since you opened it. Look at it again."),
    "pair_hla_conflict": N_(
        "These two donors have different HLA antigens at {loci}, so they cannot be one person as recorded. "
        "Check both samples before you decide."
    ),
}
