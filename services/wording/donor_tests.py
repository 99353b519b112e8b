"""What is said of results of donors' samples, of their effect, and of what refuses them."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "unknown_donor_test": N_("There is no such result."),
    "donor_not_invited": N_("Donor {donor} is not invited to this campaign: the result is not taken."),
    "donor_never_contacted": N_("This donor was never contacted for this campaign: is it the right donor?"),
    "donor_test_differs": N_("Sample {sample} has the result {stored} on record, not {given}: withdraw it first."),
    "donor_test_code_alike": N_(
        "Sample {sample} is not recorded: it is written like sample {stored} of this donor, on record with another "
        "result or day, and only letters and digits tell samples apart. Give another sample another code."
    ),
    "donor_test_known_as": N_(
        "The result is on record under sample {sample}: only letters and digits tell samples apart."
    ),
    "donor_test_was_withdrawn": N_("The result of sample {sample} was withdrawn: only a person may record it anew."),
    "donor_test_withdrawn": N_("The result of sample {sample} is withdrawn already."),
    "donor_tested_in_future": N_("{text} has not come yet: no sample can have been tested then."),
    "sampled_after_test": N_("{text} lies after the day of the test."),
    "donor_tests_contradict": N_("The samples of this donor contradict each other for {analyte}: it is untested."),
    "donor_test_without_result": N_("A result is needed: a result, or what platelets and monocytes show."),
    "donor_test_cells_differ": N_("{text} is not what platelets and monocytes show: {found}."),
    "donor_test_columns_missing": N_("Columns missing: {missing}. Headings found: {found}."),
    "donor_test_file_too_long": N_(
        "The file has {rows} rows; this page takes {most} at most. Divide it, or have it imported by a command."
    ),
    "file_of_donor_tests": N_(
        "This file holds results of donors' samples: send it on the page of results of its campaign."
    ),
    "cd36_flow_without_platelets": N_("Platelets were not tested: monocytes alone do not tell."),
    "cd36_flow_undecided": N_("A weak or partial signal decides nothing: kept as indeterminate, never as negative."),
    "donor_test_needs.donor_number": N_("The number of the donor is needed."),
    "donor_test_needs.analyte": N_("Say what was tested: CD36, or the HPA system."),
    "donor_test_needs.sample_code": N_("The number of the sample is needed: two samples confirm, one does not."),
    "donor_test_needs.tested_on": N_("The day of the test is needed."),
    "signal.not_done": N_("not done"),
    "signal.negative": N_("negative"),
    "signal.weak": N_("weak or partial"),
    "signal.positive": N_("positive"),
    "test_standing.none": N_("nothing decided"),
    "test_standing.suspected": N_("suspected, one sample"),
    "test_standing.confirmed": N_("confirmed by two samples"),
    "test_standing.undecided": N_("undecided, a weak signal: counts as untested"),
    "test_standing.contradictory": N_("contradictory: counts as untested"),
    "donor_test_saved": N_("The result of {donor} is recorded."),
    "donor_test_unchanged": N_(
        "This result of {donor} was on record already, under sample {sample}: nothing has changed."
    ),
    "donor_test_taken_back": N_("The result is withdrawn."),
    "import_kind.donor_tests": N_("Results of donors"),
}
