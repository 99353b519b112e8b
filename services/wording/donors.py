"""What the donor pages say: what may not be done and why, and what happened to a donor's record."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # rows of a file
    "donor_erased_row": N_("Donor {key} had their data erased at their request: no file may bring them back."),
    "donor_restricted_row": N_("Donor {key} is kept for traceability alone: the row was left out."),
    "consent_withdrawn_here": N_("Donor {key} withdrew their consent here: the file's yes was not taken over."),
    # the words of the list
    "donor_state.active": N_("active"),
    "donor_state.deferred": N_("deferred"),
    "donor_state.inactive": N_("inactive"),
    "donor_state.restricted": N_("restricted"),
    "donor_state.erased": N_("erased"),
    "donor_state.no_consent": N_("without consent"),
    "typed.full": N_("fully typed"),
    "typed.partial": N_("typed in part"),
    "typed.none": N_("not typed"),
    "sort.number": N_("number"),
    "sort.region": N_("region"),
    "sort.eligible": N_("start of eligibility"),
    "sort.changed": N_("latest change"),
    "choice.any": N_("all"),
    "choice.none": N_("not known"),
    "choice.no_region": N_("not assigned"),
    "filter_unknown": N_("“{text}” is not one of: {known}."),
    "donor_number_unusable": N_("A donor number has {most} characters at most, all of them visible."),
    # what is refused
    "reason_needed": N_("Give the reason: it stays on record."),
    "donors_derived_otherwise": N_(
        "The donors on record were read under {recorded}, and {in_force} are in force: run "
        "“flask index build --rederive”, then try again. Nothing was changed."
    ),
    "donation_in_future": N_("{given_on} has not come yet: a donation is recorded once it was made."),
    "donation_on_record": N_("This donation of {given_on} is on record already for donor {donor}."),
    "unknown_deferral": N_("Donor {donor} has no such deferral."),
    "deferral_lifted_already": N_("This deferral was lifted already."),
    "donor_restricted": N_("Donor {donor} is kept for traceability alone: no search, no contact, no change."),
    "donor_erased": N_("The data of donor {donor} were erased at their request: nothing can be recorded any more."),
}
