"""What the frame, the search box, the help and the pages of administration say."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "find.patient_number": N_("patient number"),
    "find.donor_number": N_("donor number"),
    "find.donor_name": N_("donor’s name"),
    "question_too_long": N_("Search for {most} characters at most."),
    "help.start": N_("Finding your way"),
    "help.patients": N_("Patients and requests"),
    "help.directive": N_("Directive"),
    "help.workbench": N_("Search workbench"),
    "help.reservations": N_("Reservations and calls"),
    "help.donors": N_("Donors"),
    "help.rare_donors": N_("Rare donors"),
    "help.imports": N_("Imports"),
    "help.exports": N_("Exports and print"),
    "help.api": N_("API for other programs"),
    "help.account": N_("Your account"),
    "help.administration": N_("Administration"),
    "help.keyboard": N_("Keyboard"),
    "trail_too_long": N_("These are {rows} rows; a file holds {most} at most. Narrow the days first."),
    "job_state.queued": N_("waiting"),
    "job_state.running": N_("running"),
    "job_state.done": N_("done"),
    "job_state.failed": N_("failed"),
    "rule_table.eligibility_rules": N_("Eligibility of donors"),
    "rule_table.rhd_rules": N_("RhD"),
}
