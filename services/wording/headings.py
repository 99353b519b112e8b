"""The words of tables printed by commands and written to files."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "heading_region": N_("Region"),
    "heading_nation": N_("Nation"),
    "heading_compatible": N_("Compatible"),
    "heading_available": N_("available"),
    "heading_possible": N_("Possible"),
    "heading_unknown": N_("Unknown"),
    "heading_blocked": N_("Blocked"),
    "heading_threshold": N_("Threshold (MFI)"),
    "heading_specificity": N_("Specificity left out"),
    "heading_max_mfi": N_("Max MFI"),
    "heading_from_blocked": N_("from blocked"),
    "heading_from_possible": N_("from possible"),
    "heading_rank": N_("Rank"),
    "heading_donor": N_("Donor"),
    "heading_verdict": N_("Verdict"),
    "heading_grade": N_("Grade"),
    "heading_sum_mfi": N_("Σ MFI"),
    "heading_abo": N_("ABO"),
    "heading_date": N_("Eligible from"),
    "heading_value": N_("Typed value"),
    "heading_match": N_("Match"),
    "heading_reaction": N_("Reaction"),
    "heading_basis": N_("Basis"),
    "heading_beads": N_("Beads"),
    "heading_flags": N_("Flags"),
    "heading_settle": N_("A better typing of"),
    "heading_donors": N_("Donors"),
    "title_counts": N_("Donors for {patient} on {on}, {active} active donors, snapshot {snapshot}"),
    "title_gains": N_("What would open more donors at {mfi} MFI"),
    "title_settle": N_("What a better typing could settle at {mfi} MFI"),
    "title_search": N_("Donors for {patient} at {threshold} MFI on {on}: {listed} of {total} listed"),
    "title_explain": N_("{donor} for {patient} at {threshold} MFI: {verdict}, grade {grade}"),
    "unassigned": N_("no region"),
    "not_a_day": N_("“{text}” is not a day (write YYYY-MM-DD)."),
    "file_needed": N_("{form} is written to a file: give -o FILE."),
    "file_form_unknown": N_("{file}: the ending of the file must be .csv, .xlsx or .json, or give --format."),
    "file_not_written": N_("{file} cannot be written: {why}."),
    "thresholds_or_all": N_("Give thresholds, or --all, not both."),
    "search_not_kept": N_(
        "The answer above is complete, but search {search} could not be stored: the database is busy."
    ),
    "too_many_thresholds": N_("{given} thresholds are too many: {most} at most."),
    "reason_unusable": N_("A reason is plain text of one line, {most} characters at most."),
    "removed_twice": N_("The same specificity is removed twice ({specificities}): give it once, with one reason."),
    "registry_read_with_other": N_(
        "The donors were last read with the nomenclature {used}, and {active} is active: run "
        "“flask index build --rederive”."
    ),
    "dates_by_other_rules": N_(
        "Eligible dates were worked out under {used}; on the day asked {in_force} is in force: run "
        "“flask index build --rederive”."
    ),
}
