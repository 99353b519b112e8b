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
    "merge_done_already": N_("{donor} is no record of its own any more: it was merged into {other}."),
    "pair_judged_different": N_(
        "Somebody judged {donor} and {other} to be two people: judge the pair anew before you merge them."
    ),
    "merge_done": N_("{merged} was merged into {survivor}. It can be undone for 30 days."),
    "merge_undone": N_("{merged} and {survivor} are two records again."),
    "pair_state.open": N_("not judged"),
    "pair_state.same": N_("one person"),
    "pair_state.different": N_("two people"),
    "pair_state.later": N_("put off"),
    "pair_decided.same": N_("Judged one person. Now choose what the one record keeps."),
    "pair_decided.different": N_("Judged two people: this pair returns only when one of the records changes."),
    "pair_decided.later": N_("Put off: this pair now stands at the end."),
    "help.duplicates": N_("Donors registered twice"),
    "duplicate_surely": N_("more than {share}"),
    "duplicate_field.prior": N_("before comparing"),
    "duplicate_field.hla": N_("HLA"),
    "duplicate_step": N_("{field}: {level}"),
    "duplicate_level.same": N_("the same"),
    "duplicate_level.same_placeholder": N_("the same 1 January"),
    "duplicate_level.part": N_("a part of it"),
    "duplicate_level.initials": N_("initials"),
    "duplicate_level.close": N_("nearly the same"),
    "duplicate_level.swapped": N_("swapped"),
    "duplicate_level.year": N_("the same year"),
    "duplicate_level.department": N_("the same department"),
    "duplicate_level.different": N_("different"),
    "duplicate_level.prior": N_("any two donors"),
    "duplicate_chart.title": N_("What speaks for one person and what against"),
    "duplicate_chart.description": N_("A bar for each field that both records know; the table beneath says the same."),
    "duplicate_chart.even": N_("as likely one as two"),
    "merge_field.hla_a": N_("HLA-A"),
    "merge_field.hla_b": N_("HLA-B"),
    "merge_field.hla_c": N_("HLA-C"),
    "merge_rows.donor": N_("Numbers of earlier merges"),
    "merge_rows.deferral": N_("Deferrals"),
    "merge_rows.donation": N_("Donations"),
    "merge_rows.donor_test": N_("Test results"),
    "merge_rows.donor_typing": N_("Earlier typings"),
    "merge_rows.family_member": N_("Places in families"),
    "merge_rows.invitation": N_("Invitations"),
    "merge_rows.invitation_step": N_("Steps of invitations"),
    "merge_rows.rare_donor": N_("Rare phenotypes"),
    "merge_rows.rare_donor_care": N_("Care as a rare donor"),
    "merge_rows.reservation": N_("Reservations"),
}
