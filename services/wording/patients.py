"""What is said about patients: their record, typings typed by hand, HPA and CD36 antibody results."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # a form
    "text_unprintable": N_("The text holds characters that cannot be seen."),
    "patient_reason_needed": N_("Say why: the reason is kept in the patient's history."),
    # HPA and CD36 antibody results
    "tested_in_future": N_("The test is dated {text}, which lies in the future."),
    "platelet_columns_missing": N_("The file lacks columns that results of tests need: {missing}. It has: {found}."),
    "platelet_result_on_record": N_(
        "This test for {specificity} is on record ({result}): withdraw that result first if it is wrong."
    ),
    "platelet_result_differs": N_(
        "This test is on record with another result ({stored}): nothing was changed. Withdraw that one first if it "
        "is wrong."
    ),
    "platelet_result_was_withdrawn": N_(
        "This result was withdrawn: a file does not bring it back. Record it by hand if it holds after all."
    ),
    "platelet_result_withdrawn": N_("This result for {specificity} is withdrawn already."),
    "unknown_platelet_result": N_("Patient {patient} has no such result."),
    "antibody_result.positive": N_("positive"),
    "antibody_result.negative": N_("negative"),
    "antibody_result.indeterminate": N_("indeterminate"),
}
