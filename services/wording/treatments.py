"""What is said about courses of treatment and about crossmatches: fields, faults, results."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "history.treatment_recorded": N_("treatment recorded"),
    "history.treatment_edited": N_("treatment edited"),
    "history.treatment_withdrawn": N_("treatment withdrawn"),
    "history.crossmatch_recorded": N_("crossmatch recorded"),
    "history.crossmatch_edited": N_("crossmatch edited"),
    "history.crossmatch_withdrawn": N_("crossmatch withdrawn"),
    "import_kind.treatments": N_("treatments"),
    "import_kind.crossmatches": N_("crossmatches"),
    # rows of either kind
    "row_withdrawn": N_("This was withdrawn: it cannot be changed. Record it anew where it is right."),
    "row_was_withdrawn": N_(
        "This was withdrawn by a person: a file cannot bring it back. Record it by hand where it is right."
    ),
    "row_differs": N_(
        "On record: {stored} in {column}, in the file: {given}. Nothing was taken; correct it on the page where the "
        "file is right."
    ),
    "before_birth": N_("{on} is before the patient was born: check the year, and whether it is they."),
    "table_file_too_long": N_("The file has {rows} rows, and a page takes {most}: use `flask {command} import`."),
    # treatments
    "unknown_treatment": N_("Patient {patient} has no such course of treatment."),
    "treatment_saved": N_("The treatment is on record."),
    "treatment_taken_out": N_("The treatment counts no longer."),
    "treatment_columns_missing": N_("A file of treatments needs these columns: {missing}. Headings found: {found}."),
    "file_of_treatments": N_(
        "This file holds treatments: send it on the page of treatments, or with `flask treatments import`."
    ),
    "treatment_needs.patient_number": N_("Give the patient."),
    "treatment_needs.kind": N_("Say which treatment was given."),
    "treatment_needs.first_on": N_("Give the first day of the treatment."),
    "treatment_ends_before": N_("The treatment would end before it begins: check both days."),
    "treatment_too_old": N_("{first_on} is more than {years} years ago: check the year."),
    "treatment_other_unnamed": N_("Say in the note what was given: “other” alone tells nothing."),
    "treatment_overlaps": N_(
        "The same treatment is on record from {first_on} to {last_on}: one course cannot overlap another. Correct that "
        "one, or these days."
    ),
    "treatment_overlaps_open": N_(
        "The same treatment is on record from {first_on} and still going on: give that course its last day first."
    ),
    "treatment_field.patient_number": N_("Patient number"),
    "treatment_field.kind": N_("Treatment"),
    "treatment_field.first_on": N_("First day"),
    "treatment_field.last_on": N_("Last day"),
    "treatment_field.note": N_("Note"),
    "treatment_field.reason": N_("Reason"),
    "treatment_kind.rituximab": N_("Rituximab"),
    "treatment_kind.daratumumab": N_("Daratumumab"),
    "treatment_kind.bortezomib": N_("Bortezomib"),
    "treatment_kind.ivig": N_("Intravenous immunoglobulins (IVIG)"),
    "treatment_kind.plasma_exchange": N_("Plasma exchanges"),
    "treatment_kind.imlifidase": N_("Imlifidase (IdeS)"),
    "treatment_kind.eculizumab": N_("Eculizumab"),
    "treatment_kind.other": N_("Other treatment"),
    # crossmatches
    "unknown_crossmatch": N_("Patient {patient} has no such crossmatch."),
    "crossmatch_saved": N_("The crossmatch is on record."),
    "crossmatch_taken_out": N_("The crossmatch counts no longer."),
    "crossmatch_columns_missing": N_("A file of crossmatches needs these columns: {missing}. Headings found: {found}."),
    "file_of_crossmatches": N_(
        "This file holds crossmatches: send it on the page of crossmatches, or with `flask crossmatches import`."
    ),
    "crossmatch_needs.patient_number": N_("Give the patient."),
    "crossmatch_needs.donor_number": N_("Give the number of the donor."),
    "crossmatch_needs.kind": N_("Say which cells of the donor were tested."),
    "crossmatch_needs.result": N_("Give the result."),
    "crossmatch_needs.tested_on": N_("Give the day of the test."),
    "crossmatch_before_serum": N_("The serum was drawn on {serum_on}, after the test: check both days."),
    "crossmatch_serum_of_other": N_("Serum {text} is on record as another patient's: check its code."),
    "crossmatch_on_record": N_("This test is on record already."),
    "crossmatch_result_differs": N_(
        "The same test (donor, cells, method, serum, day) is on record with another result: {why}. Correct or "
        "withdraw that one where it is wrong."
    ),
    "crossmatch_field.patient_number": N_("Patient number"),
    "crossmatch_field.donor_number": N_("Donor number"),
    "crossmatch_field.kind": N_("Cells of the donor"),
    "crossmatch_field.method": N_("Method"),
    "crossmatch_field.result": N_("Result"),
    "crossmatch_field.tested_on": N_("Day of the test"),
    "crossmatch_field.serum_code": N_("Serum"),
    "crossmatch_field.serum_on": N_("Serum drawn on"),
    "crossmatch_field.note": N_("Note"),
    "crossmatch_field.reason": N_("Reason"),
    "crossmatch_kind.lymphocyte": N_("lymphocytes"),
    "crossmatch_kind.platelet": N_("platelets"),
    "crossmatch_result.positive": N_("positive"),
    "crossmatch_result.negative": N_("negative"),
    "crossmatch_result.indeterminate": N_("indeterminate"),
}
