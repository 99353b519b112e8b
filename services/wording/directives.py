"""What is said about directives: their state, their form, their history."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "directive_lapsed": N_(
        "Directive version {version} held until {until_on}: it is still applied, renew or close it."
    ),
    "directive_lapses_soon": N_("Directive version {version} holds until {until_on}."),
    "directive_not_signed": N_("Directive version {version} is not signed by a scientist."),
    "directive_signed_already": N_("Directive version {version} is signed already."),
    "specificity_missing": N_(
        "Which specificity? Write an allele, an antigen, a CREG (5C), Bw4, Bw6 or an eplet (eplet:65QIA)."
    ),
    "removal_needs_reason": N_("Say why {specificity} is set aside."),
    "valid_until_past": N_("{until_on} is in the past."),
    "note_unusable": N_("A note is plain text, {most} characters at most."),
    "serum_rule.current": N_("one serum"),
    "serum_rule.peak": N_("the peak over several months"),
    "serum_rule_unknown": N_("“{serum}” is not read: write current or peak."),
    "peak_months_unusable": N_("Say over how many months the peak is read, from {least} to {most}."),
    "peak_months_without_peak": N_("{months} months are given, but one serum is read: choose the peak, or no months."),
    "peak_of_sera": N_("Peak over {months} months: the highest MFI of each bead of {sera}."),
    "peak_several_lots": N_(
        "The peak combines kit lots {lots}; beads that not every serum has: {alone}. The table names each bead's serum."
    ),
    "peak_undated_left_out": N_("Serum {sample} has no date: it takes no part in the peak."),
    "peak_treatment_left_out": N_(
        "Serum {sample} takes no part in the peak: its treatment ({treatment}) is not that of the serum read ({read})."
    ),
    "peak_serum_outside": N_("Serum {sample} is not dated within the months of the peak; it is read all the same."),
    "serum_treatment_differs": N_(
        "Serum {sample} (treatment: {treatment}) is not treated as {before} (treatment: {earlier}): "
        "their MFI do not compare."
    ),
    "planned_donor_excluded": N_("Mismatched antigens of the planned stem-cell donor, excluded: {names}."),
    "planned_donor_undecided": N_(
        "May be mismatched antigens of the planned stem-cell donor, at least undecided: {names}."
    ),
    "planned_donor_matched": N_("The planned stem-cell donor has no antigen that the patient lacks."),
    "planned_donor_unreadable": N_("“{text}” is no typing at HLA-A, -B or -C of the planned stem-cell donor."),
    "planned_donor_too_many": N_("The planned stem-cell donor has more than two values at HLA-{locus}."),
    "planned_donor_too_long": N_("The typing of the planned stem-cell donor has more than {most} characters."),
    "directive_put_in_force": N_("Directive version {version} is in force."),
    "directive_is_signed": N_("Directive version {version} is signed."),
    "directive_is_closed": N_("Directive version {version} is closed: no directive is in force."),
    "shown_before_saved": N_(
        "Something changed since the counts were shown: look at them again, then put it in force."
    ),
    "latest_serum": N_("the latest serum"),
    "directive_status.current": N_("in force"),
    "directive_status.superseded": N_("superseded"),
    "directive_status.closed": N_("no longer in force"),
    "change.threshold_mfi": N_("Threshold (MFI)"),
    "change.sample": N_("Serum"),
    "change.loci": N_("Loci"),
    "change.anti_cd36": N_("Anti-CD36"),
    "change.abo_rule": N_("ABO rule"),
    "change.valid_until": N_("Valid until"),
    "change.serum": N_("What is read"),
    "change.peak_months": N_("Months of the peak"),
    "change.planned_donor": N_("Planned stem-cell donor"),
    "change.added_come": N_("{specificity} added"),
    "change.added_gone": N_("{specificity} no longer added"),
    "change.added_reason": N_("{specificity} added: another reason"),
    "change.removed_come": N_("{specificity} set aside"),
    "change.removed_gone": N_("{specificity} no longer set aside"),
    "change.removed_reason": N_("{specificity} set aside: another reason"),
    "change.hpa_come": N_("anti-{specificity} added"),
    "change.hpa_gone": N_("anti-{specificity} removed"),
}
