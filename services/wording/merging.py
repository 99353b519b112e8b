"""What is said of merging two records of one donor, and of undoing it."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "job.forget_merges": N_("nightly forgetting of merges that can no longer be undone"),
    "donor_merged_row": N_(
        "The record of donor {key} was merged into {into}: the row was left out. "
        "Change what is new at {into}, or undo the merge."
    ),
    "unknown_merge": N_("There is no such merge."),
    "merge_itself": N_("{donor} cannot be merged with itself: both numbers lead to this one record."),
    "merge_hla_conflict": N_(
        "{donor} and {other} have different HLA antigens at {loci}, so they are not merged. "
        "Have both typings checked; correct the wrong one first, or judge the pair different."
    ),
    "merge_platelet_conflict": N_(
        "{donor} and {other} have results that cannot both be true: {systems}. "
        "Have both samples checked and correct the wrong result first."
    ),
    "merge_reserved_twice": N_(
        "{donor} and {other} are both reserved on {on}. Release one of the two reservations first."
    ),
    "merge_same_family": N_(
        "{donor} and {other} are drawn as two people of one family. "
        "Correct the family first, or judge the pair different."
    ),
    "merge_results_differ": N_(
        "Sample {sample} has one result with {donor} and another with {other}. Withdraw the wrong one first."
    ),
    "merge_choice_needed": N_("Say which of the two is right: the records disagree."),
    "merge_undone_already": N_("The merge of {donor} was undone already."),
    "merge_undo_too_late": N_("The merge of {donor} can no longer be undone: what it changed is no longer kept."),
    "merge_undo_later_first": N_("Undo first the later merge, of {donor} into {into}."),
    "merge_undo_blocked": N_(
        "The merge cannot be undone: something that belonged to {donor} then has been deleted since."
    ),
    "merge_field": N_("{field}: {reason}"),
    "merge_number": N_("To undo it: flask duplicates undo {merge} --reason …"),
    "merge_done": N_("{merged} was merged into {survivor}. It can be undone for 30 days."),
    "merge_undone": N_("{merged} and {survivor} are two records again."),
}
