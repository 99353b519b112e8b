"""What is said of a patient's serial sera: breaks, changes, what-if, files."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "help.antibodies": N_("Antibody history"),
    "issue_heading.sampled_in_future": N_("sample to come"),
    "history_title": N_("Sera of {patient} at {mfi} MFI, counted on {on}"),
    "heading_opened": N_("newly opened"),
    "heading_closed": N_("newly closed"),
    "history_break.kit_lot": N_("other kit lot"),
    "history_break.kit_lot_unknown": N_("kit lot not known"),
    "history_break.format": N_("other format or manufacturer"),
    "history_break.treatment": N_("other treatment or dilution of the serum"),
    "history_break.undated": N_("serum without a date"),
    "history_mark.own": N_("patient's own"),
    "history_mark.removed": N_("removed by the directive"),
    "history_caution.relative": N_(
        "MFI is a relative measure: it says neither a titre nor a strength, and each laboratory and kit has its own."
    ),
    "history_caution.same_lot": N_(
        "Compare only within one kit lot, one format and one treatment of the serum. Across a break no change of a "
        "specificity is told; the counts of donors stay counts."
    ),
    "history_caution.treatment": N_(
        "State EDTA and dilution with each serum: complement can hide strong antibodies in a neat serum, and a "
        "diluted one reads higher or lower. Neither can be worked out from the other."
    ),
    "history_read_alone": N_(
        "Each serum is read alone under the directive in force, also where the directive joins earlier sera."
    ),
    "history_future_serum": N_(
        "Serum {subject} says it was drawn on {drawn_on}, which lies in the future: it is shown apart and not counted. "
        "Correct its date."
    ),
    "history_factor_unusable": N_("{text} is no factor: give a whole number from {least} to {most} %."),
    "history_gone_not_tested": N_("{specificity} is not tested by a bead of the latest serum: it cannot be gone."),
    "history_no_serum": N_("Patient {patient} has no class I serum to change."),
    "history_no_serum_before": N_("Patient {patient} has no such serum with another before it."),
    "history_way_unknown": N_("{way} is unknown: opened or closed."),
    "history_what_if.factor": N_("all MFI at {factor} %"),
    "history_what_if.gone": N_("{gone} gone"),
    "history_what_if.both": N_("all MFI at {factor} %, and {gone} gone"),
    "history_state.positive": N_("blocked"),
    "history_state.undecided": N_("undecided"),
    "history_state.untested": N_("not tested"),
    "sampled_in_future": N_(
        "Sample {sample} (class {hla_class}, lot {lot}) was drawn on {sampled_on}, which lies in the future: not "
        "imported."
    ),
    "history_lane.rituximab": N_("rituximab"),
    "history_lane.daratumumab": N_("daratumumab"),
    "history_lane.bortezomib": N_("bortezomib"),
    "history_lane.ivig": N_("IVIG"),
    "history_lane.plasma_exchange": N_("plasma exchange"),
    "history_lane.imlifidase": N_("imlifidase"),
    "history_lane.eculizumab": N_("eculizumab"),
    "history_lane.other": N_("other treatment"),
    # files
    "doc.file_antibodies": N_("antibodies"),
    "doc.title_antibodies": N_("Antibody history"),
    "doc.sheet_sera": N_("Sera"),
    "doc.sheet_specificities": N_("Specificities"),
    "doc.history_directive": N_("Directive, version"),
    "doc.history_no_directive": N_("none in force"),
    "doc.history_threshold": N_("Threshold (MFI)"),
    "doc.history_loci": N_("Loci"),
    "doc.history_donors": N_("Donors of the registry"),
    "doc.history_on": N_("Counted on"),
    "doc.history_nomenclature": N_("Nomenclature"),
    "doc.history_snapshot": N_("Snapshot"),
    "doc.history_day": N_("Day"),
    "doc.history_serum": N_("Serum"),
    "doc.history_lot": N_("Kit lot"),
    "doc.history_format": N_("Format"),
    "doc.history_treatment": N_("Serum treated"),
    "doc.history_count.available": N_("May give today"),
    "doc.history_count.compatible": N_("Compatible"),
    "doc.history_count.possible": N_("Possible"),
    "doc.history_count.unknown": N_("Not evaluable"),
    "doc.history_count.blocked": N_("Blocked"),
    "doc.history_opened": N_("Newly opened"),
    "doc.history_closed": N_("Newly closed"),
    "doc.history_breaks": N_("Not comparable with the one before"),
    "doc.history_crossings": N_("Passed the threshold (MFI)"),
    "doc.history_specificity": N_("Specificity"),
    "doc.history_mark": N_("Not used"),
    "doc.history_out": N_("locus out of scope"),
    "doc.history_not_tested": N_("not tested"),
}
