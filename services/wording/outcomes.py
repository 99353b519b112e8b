"""What the report of outcomes says: its headings, its groups, what it may not be used for, what cannot be asked."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "outcomes_month_unreadable": N_("“{text}” is no month. Write the year and the month, as 2026-05."),
    "outcomes_period_reversed": N_("The last month, up to {last_on}, comes before the first, from {first_on}."),
    "outcomes_period_long": N_("A report covers at most {most} months."),
    "outcomes_window_unknown": N_("“{window}” is no window: ask for {known}."),
    "outcomes_heading.grade": N_("HLA grade of the donor"),
    "outcomes_heading.sum_mfi": N_("Σ DSA-MFI of the serum of that day"),
    "outcomes_heading.max_mfi": N_("Highest DSA-MFI of the serum of that day"),
    "outcomes_heading.eplets": N_("Eplet load"),
    "outcomes_heading.abo": N_("ABO of the product against the patient"),
    "outcomes_heading.age": N_("Age of the product"),
    "outcomes_heading.selection": N_("How the product was chosen"),
    "outcomes_heading.additive_solution": N_("Additive solution"),
    "outcomes_heading.pathogen_reduced": N_("Pathogen-reduced"),
    "outcomes_heading.calibration": N_("What “compatible” was worth, by threshold used"),
    "outcomes_said.grade": N_(
        "The donor’s typing as it is known today against the patient’s; R: not typed. Without donor: not on record."
    ),
    "outcomes_said.sum_mfi": N_(
        "The latest serum sampled on or before the transfusion, under the directive in force then. An MFI is not "
        "comparable between kits."
    ),
    "outcomes_said.max_mfi": N_("The same serum; the highest MFI against one of the donor’s antigens."),
    "outcomes_said.eplets": N_("Eplets of the donor that the patient lacks, by the table in use."),
    "outcomes_said.abo": N_("Major: the patient’s plasma attacks the product. Minor: the product’s plasma."),
    "outcomes_said.age": N_("Hours between the collection and the transfusion."),
    "outcomes_said.selection": N_("As recorded with the transfusion."),
    "outcomes_said.additive_solution": N_("As recorded with the transfusion."),
    "outcomes_said.pathogen_reduced": N_("As recorded with the transfusion."),
    "outcomes_said.calibration": N_(
        "The verdict on the donor at the threshold of the reservation that the product came from, else of the "
        "directive in force then, against the serum of that day."
    ),
    "outcomes_group.no_donor": N_("no donor on record"),
    "outcomes_group.no_serum": N_("no serum on that day"),
    "outcomes_group.no_directive": N_("no threshold on that day"),
    "outcomes_unknown.grade": N_("not known"),
    "outcomes_unknown.sum_mfi": N_("donor not fully typed or tested"),
    "outcomes_unknown.max_mfi": N_("donor not fully typed or tested"),
    "outcomes_unknown.eplets": N_("not known to the table"),
    "outcomes_unknown.abo": N_("a group not known"),
    "outcomes_unknown.age": N_("age not recorded"),
    "outcomes_unknown.selection": N_("not recorded"),
    "outcomes_unknown.additive_solution": N_("not recorded"),
    "outcomes_unknown.pathogen_reduced": N_("not recorded"),
    "outcomes_mfi.below": N_("below {limit} MFI"),
    "outcomes_mfi.from": N_("{band}: {limit} MFI or more"),
    "outcomes_mfi.above": N_("{band}: above {limit} MFI"),
    "outcomes_band.age_first": N_("under {high} h"),
    "outcomes_band.age": N_("{low} h to under {high} h"),
    "outcomes_band.age_last": N_("{low} h or more"),
    "outcomes_band.eplets_first": N_("fewer than {high}"),
    "outcomes_band.eplets": N_("{low} to fewer than {high}"),
    "outcomes_band.eplets_last": N_("{low} or more"),
    "outcomes_hidden_why": N_(
        "A group of fewer than {transfusions} transfusions, or judged ones, or of fewer than {patients} patients is "
        "hidden, together with those that would give it away by subtraction."
    ),
    "outcomes_not_for": N_(
        "Transfusions that were given, not a trial: patients, products and choices differ between the groups, and one "
        "patient counts as often as he or she was transfused. These figures compare no treatments and decide about "
        "no patient."
    ),
    "outcomes_intervals": N_(
        "Median with its exact interval (order statistics, {level}), share with its exact interval (Clopper–Pearson, "
        "{level}); both take the transfusions of one patient as if they were independent, and are narrower than the "
        "truth. A dash: too few for an interval."
    ),
    "outcomes_valid_only": N_("Only transfusions that are known to be valid (content, ABO, age)."),
    "outcomes_valid_all": N_("All transfusions, those that are not valid or not known to be so too."),
    "outcomes_no_eplets": N_("No eplet table is loaded: transfusions are not counted by eplet load."),
    "outcomes_too_few": N_("Too few transfusions for a report"),
    "outcomes_column.group": N_("Group"),
    "outcomes_column.transfusions": N_("Transfusions"),
    "outcomes_column.patients": N_("Patients"),
    "outcomes_column.judged": N_("Judged"),
    "outcomes_column.median": N_("Median CCI (10⁹/L)"),
    "outcomes_column.median_low": N_("Median, from"),
    "outcomes_column.median_high": N_("Median, to"),
    "outcomes_column.effective": N_("Above the limit"),
    "outcomes_column.share": N_("Share above the limit"),
    "outcomes_column.share_low": N_("Share, from"),
    "outcomes_column.share_high": N_("Share, to"),
    "outcomes_column.heading": N_("By"),
    "outcomes_column.window": N_("Window"),
    "outcomes_hidden": N_("hidden"),
    "outcomes_whole": N_("All transfusions"),
    "outcomes_row.patient": N_("Patient (pseudonym)"),
    "outcomes_row.donor": N_("Donor (pseudonym)"),
    "outcomes_row.month": N_("Month"),
    "outcomes_row.valid": N_("Valid"),
    "outcomes_row.cci_1h": N_("CCI 1 h (10⁹/L)"),
    "outcomes_row.effective_1h": N_("Effective at 1 h"),
    "outcomes_row.cci_24h": N_("CCI 24 h (10⁹/L)"),
    "outcomes_row.effective_24h": N_("Effective at 24 h"),
    "outcomes_row.grade": N_("Grade"),
    "outcomes_row.sum_mfi": N_("Σ DSA-MFI"),
    "outcomes_row.max_mfi": N_("Highest DSA-MFI"),
    "outcomes_row.eplets": N_("Eplet load"),
    "outcomes_row.abo": N_("ABO relation"),
    "outcomes_row.age_hours": N_("Age of the product (h)"),
    "outcomes_row.selection": N_("Choice"),
    "outcomes_row.additive_solution": N_("Additive solution"),
    "outcomes_row.pathogen_reduced": N_("Pathogen-reduced"),
    "outcomes_row.threshold_mfi": N_("Threshold (MFI)"),
    "outcomes_row.threshold_by": N_("Threshold of"),
    "outcomes_row.verdict": N_("Verdict at that threshold"),
    "outcomes_row.why": N_("Why not read"),
    "outcomes_threshold.reservation": N_("the reservation"),
    "outcomes_threshold.directive": N_("the directive"),
    "doc.file_outcomes": N_("outcomes"),
    "doc.file_outcome_rows": N_("transfusions_pseudonymised"),
    "doc.title_outcomes": N_("What works here: outcomes of transfusions"),
    "doc.title_outcome_rows": N_("Transfusions with pseudonyms"),
    "doc.sheet_outcome_groups": N_("Groups"),
    "doc.sheet_outcome_rows": N_("Transfusions"),
    "doc.outcomes_period": N_("Months"),
    "doc.outcomes_whole": N_("Transfusions, of patients"),
    "doc.outcomes_rules": N_("Table of the report"),
    "doc.outcomes_pseudonyms": N_(
        "Pseudonyms are keyed: the same person has the same one in every file of this site, and nobody can work it "
        "out without the key. Few rows may still tell who somebody is: keep this file as a patient’s file."
    ),
}
