"""What is said about transfusions: fields, faults, what one did and why, the state of a series and what to do next."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "help.transfusions": N_("Transfusions"),
    "history.transfusion_recorded": N_("transfusion recorded"),
    "history.transfusion_edited": N_("transfusion edited"),
    "history.transfusion_withdrawn": N_("transfusion withdrawn"),
    "unknown_transfusion": N_("Patient {patient} has no such transfusion."),
    "transfusion_saved": N_("The transfusion is on record."),
    "transfusion_taken_out": N_("The transfusion counts no longer."),
    "transfusion_withdrawn": N_("This transfusion was withdrawn: it cannot be changed."),
    "transfusion_was_withdrawn": N_(
        "This transfusion was withdrawn by a person: a file cannot bring it back. Record it by hand where it is right."
    ),
    "transfusion_columns_missing": N_(
        "A file of transfusions needs these columns: {missing}. Headings found: {found}."
    ),
    "transfusion_file_too_long": N_(
        "The file has {rows} rows, and a page takes {most}: use `flask transfusions import`."
    ),
    "file_of_transfusions": N_(
        "This file holds transfusions: send it on the page “Import transfusions”, or with `flask transfusions import`."
    ),
    "increment_unusable": N_("{name} cannot be {value}."),
    "increment_pi": N_("PI  {value} × 10⁹/L (above {limit} to be effective)"),
    "increment_cci": N_("CCI {value} × 10⁹/L (above {limit} to be effective)"),
    "increment_ppr": N_("PPR {value} % (above {limit} to be effective)"),
    # faults of fields
    "transfusion_needs.ended_at": N_("Give the end of the transfusion: the counts are timed from it."),
    "transfusion_needs.patient_number": N_("Give the patient."),
    "transfusion_in_future": N_("This moment has not come yet: check the day and the time."),
    "transfusion_without_time": N_("Give the time of day too: the counts are judged by their hours."),
    "transfusion_count_negative": N_("A count cannot be below 0."),
    "transfusion_count_scale": N_(
        "{value} is above {most} × 10⁹/L, which no patient has. Was it counted in another unit? {value} per {unit} is "
        "{per} × 10⁹/L."
    ),
    "transfusion_count_without_time": N_("Give the time of this sample: a count without its time is not judged."),
    "transfusion_time_without_count": N_("There is a time here and no count."),
    "transfusion_pre_after": N_("The count before the transfusion was taken after its end."),
    "transfusion_post_before_pre": N_("This count comes before the one that was taken before the transfusion."),
    "transfusion_post_before_end": N_("This count was taken before the transfusion ended."),
    "transfusion_counts_out_of_order": N_("The count of 24 h was taken no later than the one of 1 h."),
    "transfusion_count_too_late": N_(
        "This count was taken {hours} h after the transfusion: check the day. None later than 72 h is kept."
    ),
    "transfusion_content_zero": N_("The content must be above 0: leave it empty where it is not known."),
    "transfusion_content_scale": N_(
        "The content is given in 10¹¹ platelets, and no product holds {value} × 10¹¹. Was it counted in another unit? "
        "It would then be {per} × 10¹¹."
    ),
    "transfusion_age_negative": N_("The age of a product cannot be below 0."),
    "transfusion_product_too_old": N_(
        "{hours} h is older than this product keeps ({limit} h): check its age, or whether it was pathogen-reduced."
    ),
    "transfusion_product_too_old_any": N_("{hours} h is older than any product keeps ({limit} h): check its age."),
    "transfusion_same_time": N_(
        "Another transfusion of this patient ended at {moment}, less than {minutes} minutes apart: counts cannot tell "
        "them apart. Record products given together as one, with the sum of their contents."
    ),
    "transfusion_unit_of_another": N_("Unit {unit} was collected from another patient: check the number of the unit."),
    "transfusion_unit_is_autologous": N_("Unit {unit} is this patient's own: it is autologous."),
    "transfusion_autologous_has_no_donor": N_(
        "An autologous product has no donor: leave the donor empty, or say how it was chosen."
    ),
    # fields, and columns of a file
    "transfusion_field.patient_number": N_("Patient number"),
    "transfusion_field.ended_at": N_("End of the transfusion"),
    "transfusion_field.product_number": N_("Product number"),
    "transfusion_field.donor_number": N_("Donor number"),
    "transfusion_field.selection": N_("How it was chosen"),
    "transfusion_field.content": N_("Content, 10¹¹ platelets"),
    "transfusion_field.age_hours": N_("Age of the product, hours"),
    "transfusion_field.product_abo": N_("ABO of the product"),
    "transfusion_field.irradiated": N_("Irradiated"),
    "transfusion_field.pathogen_reduced": N_("Pathogen-reduced"),
    "transfusion_field.additive_solution": N_("Additive solution"),
    "transfusion_field.pre_count": N_("Count before"),
    "transfusion_field.pre_at": N_("Time of the count before"),
    "transfusion_field.count_1h": N_("Count about 1 h after"),
    "transfusion_field.count_1h_at": N_("Time of the count of 1 h"),
    "transfusion_field.count_24h": N_("Count about 24 h after"),
    "transfusion_field.count_24h_at": N_("Time of the count of 24 h"),
    "transfusion_field.weight_kg": N_("Weight, kg"),
    "transfusion_field.height_cm": N_("Height, cm"),
    "transfusion_field.note": N_("Note"),
    "transfusion_field.reason": N_("Reason"),
    "transfusion_flag.yes": N_("yes"),
    "transfusion_flag.no": N_("no"),
    "transfusion_selection.random": N_("not chosen (random)"),
    "transfusion_selection.hla_selected": N_("chosen by HLA"),
    "transfusion_selection.hpa_selected": N_("chosen by HPA"),
    "transfusion_selection.cd36_negative": N_("CD36-negative"),
    "transfusion_selection.autologous": N_("autologous"),
    "transfusion_cause.bleeding": N_("Bleeding"),
    "transfusion_cause.fever": N_("Fever"),
    "transfusion_cause.sepsis": N_("Sepsis"),
    "transfusion_cause.splenomegaly": N_("Splenomegaly"),
    "transfusion_cause.dic": N_("Disseminated intravascular coagulation"),
    "transfusion_cause.gvhd": N_("Graft-versus-host disease"),
    "transfusion_cause.vod": N_("Veno-occlusive disease"),
    "transfusion_cause.amphotericin_b": N_("Amphotericin B"),
    "transfusion_cause.vancomycin": N_("Vancomycin"),
    "transfusion_cause.ciprofloxacin": N_("Ciprofloxacin"),
    "transfusion_cause.pathogen_reduced": N_("Pathogen-reduced product"),
    "transfusion_cause.additive_solution": N_("Product in additive solution"),
    "transfusion_heading.verdict": N_("Verdict"),
    "transfusion_heading.valid": N_("Valid"),
    "transfusion_heading.result": N_("What it adds"),
    "transfusion_heading.state": N_("State after it"),
    "transfusion_heading.causes": N_("Causes looked for"),
    # what one did
    "transfusion_window.1h": N_("About 1 h"),
    "transfusion_window.24h": N_("About 24 h"),
    "transfusion_measure.pi": N_("PI"),
    "transfusion_measure.cci": N_("CCI"),
    "transfusion_measure.ppr": N_("PPR"),
    "transfusion_measure_long.pi": N_("absolute increment"),
    "transfusion_measure_long.cci": N_("increment for body surface and content; it decides"),
    "transfusion_measure_long.ppr": N_("share of the content found in the blood"),
    "transfusion_verdict.effective": N_("effective"),
    "transfusion_verdict.ineffective": N_("not effective"),
    "transfusion_verdict.not_judged": N_("not judged"),
    "outcome_why.no_count_1h": N_("No count about 1 h after."),
    "outcome_why.no_count_24h": N_("No count about 24 h after."),
    "outcome_why.no_pre": N_("No count before the transfusion."),
    "outcome_why.pre_old": N_(
        "The count before was taken {hours} h before the end of the transfusion, more than {limit} h."
    ),
    "outcome_why.outside_1h": N_(
        "The sample was taken {hours} h after the transfusion; the count of 1 h belongs between {low} and {high} h. "
        "It is kept and not judged."
    ),
    "outcome_why.outside_24h": N_(
        "The sample was taken {hours} h after the transfusion; the count of 24 h belongs between {low} and {high} h. "
        "It is kept and not judged."
    ),
    "outcome_why.no_content": N_("The content of the product is not known: only the absolute increment is."),
    "outcome_why.no_weight": N_("The weight is missing: there is no body surface, and no corrected increment."),
    "outcome_why.no_height": N_("The height is missing: there is no body surface, and no corrected increment."),
    "outcome_why.bleeding": N_("The patient bled: the corrected increment cannot be used."),
    "outcome_why.bleeding_unknown": N_("It is not known whether the patient bled, which would make the count useless."),
    "outcome_why.another_transfusion": N_(
        "Another transfusion was given between the two counts: what rose cannot be told apart."
    ),
    "outcome_note.early_sample": N_(
        "Sampled {minutes} minutes after: some hold that to be as good as 1 h, others find no equilibrium before."
    ),
    "outcome_note.measures_differ": N_("The three measures do not agree: the verdict is that of the CCI."),
    "transfusion_valid.met": N_("valid"),
    "transfusion_valid.violated": N_("not valid"),
    "transfusion_valid.unknown": N_("not known to be valid"),
    "transfusion_finding.content": N_("Content"),
    "transfusion_finding.abo": N_("ABO"),
    "transfusion_finding.age": N_("Age"),
    "outcome_valid.content_unknown": N_("The content of the product is not known."),
    "outcome_valid.weight_unknown": N_("The weight is not known: nothing says whether the content fits it."),
    "outcome_valid.content_enough": N_("{content} × 10¹¹ for {weight} kg: {least} or more."),
    "outcome_valid.content_low": N_("{content} × 10¹¹ for {weight} kg: below {least}."),
    "outcome_valid.abo_unknown": N_("The ABO of the product or of the patient is not known."),
    "outcome_valid.abo_identical": N_("Same ABO group."),
    "outcome_valid.abo_minor": N_("Minor difference: the product's plasma against the patient's cells."),
    "outcome_valid.abo_major": N_("Major difference: the patient's plasma against the product."),
    "outcome_valid.abo_bidirectional": N_("Major and minor difference."),
    "outcome_valid.age_unknown": N_("The age of the product is not known."),
    "outcome_valid.age_fresh": N_("{hours} h old: less than {limit}."),
    "outcome_valid.age_old": N_("{hours} h old: not less than {limit}."),
    "body_surface.mosteller": N_("Mosteller"),
    "body_surface.du_bois": N_("Du Bois"),
    "body_surface.given": N_("as given"),
    "blood_volume.weight": N_("weight"),
    "blood_volume.surface": N_("body surface"),
    # the series
    "refractory_state.not_known": N_("not known"),
    "refractory_state.responding": N_("responds"),
    "refractory_state.one_failure": N_("one failure"),
    "refractory_state.refractory": N_("refractory"),
    "refractory_said.not_known": N_("No transfusion that is valid and judged says anything yet."),
    "refractory_said.responding": N_("The latest valid transfusion that settles it was effective."),
    "refractory_said.one_failure": N_(
        "One valid transfusion was not effective; a second one in a row would make the state refractory."
    ),
    "refractory_said.refractory": N_("Two valid transfusions in a row were not effective."),
    "refractory_lead.immune": N_("towards an immune cause"),
    "refractory_lead.consumption": N_("towards consumption"),
    "refractory_lead.mixed": N_("towards both"),
    "refractory_lead.unknown": N_("no lead"),
    "refractory_lead_said.immune": N_("The count was low already at 1 h, which points to HLA, HPA or CD36 antibodies."),
    "refractory_lead_said.consumption": N_(
        "The count rose at 1 h and was lost by 24 h, which points to consumption, destruction or sequestration."
    ),
    "refractory_lead_said.mixed": N_("The two latest failures point different ways: mixed causes exist."),
    "refractory_lead_said.unknown": N_("Without a count at 1 h nothing tells an immune cause from consumption."),
    "refractory_never_a_diagnosis": N_(
        "This reads a table of rules over what was recorded. It is no diagnosis: the physician decides."
    ),
    "refractory_result.success": N_("success"),
    "refractory_result.failure": N_("failure"),
    "refractory_result.not_counted": N_("not counted"),
    "refractory_reading.both_effective": N_("Effective at 1 h and at 24 h."),
    "refractory_reading.late_rise": N_("Low at 1 h and effective at 24 h: 24 h settles it."),
    "refractory_reading.effective_24h": N_("Effective at 24 h."),
    "refractory_reading.lost_by_24h": N_("Effective at 1 h, lost by 24 h."),
    "refractory_reading.low_at_1h": N_("Low at 1 h and at 24 h."),
    "refractory_reading.low_at_1h_alone": N_("Low at 1 h; a count that did not rise cannot have stayed up."),
    "refractory_reading.low_at_24h_alone": N_("Low at 24 h, with no count at 1 h."),
    "refractory_reading.effective_1h_alone": N_("Effective at 1 h; without 24 h it is not settled."),
    "refractory_reading.not_judged": N_("Neither count is judged."),
    "refractory_reading.valid_violated": N_("The transfusion was not valid: it does not count either way."),
    "refractory_reading.valid_unknown": N_("The transfusion is not known to be valid: it does not count either way."),
    "refractory_change.kept": N_("Unchanged."),
    "refractory_change.first_failure": N_("First failure."),
    "refractory_change.second_failure": N_("Second failure in a row."),
    "refractory_change.still": N_("One more failure."),
    "refractory_change.success": N_("The count of failures begins anew."),
    "refractory_change.chosen_success": N_("Chosen platelets worked: that says nothing of platelets nobody chose."),
    "refractory_change.unknown_success": N_("It worked; how it was chosen is not known, so the state stays."),
    "refractory_next.count_both": N_("Count about 1 h and about 24 h after the next transfusion."),
    "refractory_next.valid_product": N_("Give an ABO-compatible product, fresh, with a content adapted to the weight."),
    "refractory_next.test_hla": N_("Look for HLA class I antibodies."),
    "refractory_next.test_hpa": N_("Look for HPA antibodies."),
    "refractory_next.test_cd36": N_("Look for CD36 antibodies, and type CD36."),
    "refractory_next.type_patient": N_("Type HLA-A and -B of the patient."),
    "refractory_next.look_for_causes": N_("Look for causes that are not immune: the list beside."),
    # the table
    "transfusion_rule.min_pi_1h": N_("PI at 1 h, above"),
    "transfusion_rule.min_pi_24h": N_("PI at 24 h, above"),
    "transfusion_rule.min_cci_1h": N_("CCI at 1 h, above"),
    "transfusion_rule.min_cci_24h": N_("CCI at 24 h, above"),
    "transfusion_rule.min_ppr_1h": N_("PPR at 1 h, above"),
    "transfusion_rule.min_ppr_24h": N_("PPR at 24 h, above"),
    "transfusion_rule.from_minutes_1h": N_("Count of 1 h, from"),
    "transfusion_rule.until_minutes_1h": N_("Count of 1 h, until"),
    "transfusion_rule.early_note_minutes": N_("Early sample, below"),
    "transfusion_rule.from_minutes_24h": N_("Count of 24 h, from"),
    "transfusion_rule.until_minutes_24h": N_("Count of 24 h, until"),
    "transfusion_rule.max_pre_age_hours": N_("Age of the count before, at most"),
    "transfusion_rule.surface": N_("Formula of body surface"),
    "transfusion_rule.blood_ml_per_kg": N_("Blood volume by weight"),
    "transfusion_rule.blood_l_per_m2": N_("Blood volume by body surface"),
    "transfusion_rule.splenic_factor": N_("Splenic factor"),
    "transfusion_rule.min_content_per_kg": N_("Content for the weight, at least"),
    "transfusion_rule.max_age_hours": N_("Age of a valid product, below"),
    "transfusion_rule.shelf_hours": N_("A product keeps"),
    "transfusion_rule.shelf_reduced_hours": N_("A pathogen-reduced product keeps"),
    "transfusion_rule.same_time_minutes": N_("Two transfusions are one, below"),
    # files
    "doc.file_transfusions": N_("transfusions"),
    "doc.title_transfusions": N_("Transfusions and their outcome"),
    "doc.sheet_outcomes": N_("Outcomes"),
    "doc.sheet_transfusions": N_("Transfusions"),
    "doc.transfusions": N_("Transfusions"),
    "doc.refractory_state": N_("State"),
    "doc.refractory_lead": N_("Lead"),
    "doc.transfusion_rules": N_("Table of thresholds"),
}
