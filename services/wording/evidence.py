"""What is said of past crossmatches and increments as evidence for or against a donor."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "policy.evidence-first": N_("past evidence first"),
    "heading_evidence": N_("Past evidence"),
    # the chip, and the sentence that goes with it
    "evidence_chip.supports": N_("past +"),
    "evidence_chip.against": N_("past −"),
    "evidence_chip.mixed": N_("past ±"),
    "evidence_chip.none": N_("past 0"),
    "evidence_stance.supports": N_("Past crossmatches or transfusions speak for this donor."),
    "evidence_stance.against": N_("Past crossmatches or transfusions speak against this donor."),
    "evidence_stance.mixed": N_("Past crossmatches and transfusions of this donor contradict each other."),
    "evidence_stance.none": N_("Nothing on record with this donor counts for or against."),
    "evidence_stance.nothing": N_("No crossmatch and no transfusion with this donor is on record."),
    "evidence_band.0": N_("evidence for"),
    "evidence_band.2": N_("evidence against"),
    # what one item says
    "evidence_says.supports": N_("speaks for"),
    "evidence_says.against": N_("speaks against"),
    "evidence_says.nothing": N_("carries no weight"),
    "evidence_says.mixed": N_("contradicts itself"),
    "evidence_says.none": N_("nothing that counts"),
    "key.evidence": N_("past evidence"),
    "filter.evidence": N_("past evidence: {value}"),
    "evidence_filter.any": N_("any on record"),
    "evidence_filter.supports": N_("speaks for"),
    "evidence_filter.against": N_("speaks against"),
    "list_filter.evidence.any": N_("with past evidence"),
    "list_filter.evidence.supports": N_("evidence for"),
    "list_filter.evidence.against": N_("evidence against"),
    "evidence_kind.lymphocyte": N_("Crossmatch on lymphocytes"),
    "evidence_kind.platelet": N_("Crossmatch on platelets"),
    "evidence_kind.transfusion": N_("Past transfusion"),
    "evidence_result.positive": N_("positive"),
    "evidence_result.negative": N_("negative"),
    "evidence_result.indeterminate": N_("not readable"),
    "evidence_result.effective": N_("effective"),
    "evidence_result.ineffective": N_("not effective"),
    "evidence_result.not_judged": N_("not judged"),
    "evidence_windows": N_("1 h: {early}, 24 h: {late}"),
    # why
    "evidence_why.lymphocyte_negative": N_("The donor’s lymphocytes do not react with this serum."),
    "evidence_why.lymphocyte_positive": N_("The donor’s lymphocytes react with this serum."),
    "evidence_why.lymphocyte_indeterminate": N_("The crossmatch could not be read: it says nothing."),
    "evidence_why.platelet_negative": N_("The donor’s platelets do not react with this serum."),
    "evidence_why.platelet_positive": N_("The donor’s platelets react with this serum."),
    "evidence_why.platelet_indeterminate": N_("The platelet crossmatch could not be read: it says nothing."),
    "evidence_why.earlier_serum": N_("Of an earlier serum: the latest on record is of {latest_on}."),
    "evidence_why.serum_not_known": N_("Nobody knows of which day the serum is: a negative result is no proof."),
    "evidence_why.later": N_("Of {tested_on}, after the day that is asked."),
    "evidence_why.old": N_("Old: {days} days, and counts for {limit}."),
    "evidence_why.valid_violated": N_("The transfusion was not valid (dose, ABO or age): it says nothing."),
    "evidence_why.valid_unknown": N_(
        "Nobody knows whether the transfusion was valid (dose, ABO, age): it says nothing."
    ),
    "evidence_why.transfusion_effective_effective": N_("The count rose and stayed up."),
    "evidence_why.transfusion_not_judged_effective": N_("The count was up at 24 h."),
    "evidence_why.transfusion_effective_not_judged": N_(
        "The count rose at 1 h: no antibody destroyed these platelets. 24 h was not judged."
    ),
    "evidence_why.transfusion_effective_ineffective": N_(
        "The count rose at 1 h and was lost by 24 h: consumption, not an antibody to this donor."
    ),
    "evidence_why.transfusion_ineffective_ineffective": N_(
        "The count did not rise at 1 h: this points to an antibody."
    ),
    "evidence_why.transfusion_ineffective_not_judged": N_(
        "The count did not rise at 1 h, which points to an antibody; 24 h was not judged."
    ),
    "evidence_why.transfusion_ineffective_effective": N_(
        "Low at 1 h and effective at 24 h: the two counts contradict each other."
    ),
    "evidence_why.transfusion_not_judged_ineffective": N_(
        "Low at 24 h, and 1 h was not judged: an antibody and consumption cannot be told apart."
    ),
    "evidence_why.transfusion_not_judged_not_judged": N_("The transfusion could not be judged: it says nothing."),
    # elsewhere
    "reserve_against_evidence": N_(
        "Past crossmatches or transfusions speak against donor {donor} for {patient}. This refuses nothing: read why "
        "first."
    ),
    "evidence_shown_only": N_(
        "The verdict does not change by it. The order “past evidence first” weighs it; the others only show it."
    ),
}
