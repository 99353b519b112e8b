"""What is said of reservations: what stands in the way, where one stands, what came of a call."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # what stands in the way
    "reservation_day_past": N_("{on} is over: nothing can be reserved for it."),
    "reservation_day_far": N_("{on} is more than a year ahead: the last day that can be reserved is {last_on}."),
    "reservation_day_not_come": N_("{on} has not come yet: nothing can have been collected."),
    "reserve_not_eligible": N_("Donor {donor} may not give on {on}: not before {first_on}."),
    "reserve_never_eligible": N_("Donor {donor} may not give on {on}, and no later day is known."),
    "reserve_too_near": N_(
        "Donor {donor} is already reserved for {other_on}: {days} days lie between two donations of platelets, "
        "which rules out {on}."
    ),
    "reserve_blocked": N_(
        "Donor {donor} is not compatible with {patient} at {threshold_mfi} MFI: only a person who signs directives "
        "can reserve them all the same, with a reason."
    ),
    "reserve_not_evaluable": N_(
        "Donor {donor} cannot be evaluated for {patient} at {threshold_mfi} MFI: "
        "say why they are reserved all the same."
    ),
    "donor_held": N_("Donor {donor} is already held for {on} by {holder}, until {until_on} {until_time}."),
    "donor_held_for": N_(
        "Donor {donor} is already held for {on} by {holder} for patient {patient}, until {until_on} {until_time}."
    ),
    "donor_reserved": N_("Donor {donor} is already reserved for {on} by {holder}, and confirmed."),
    "donor_reserved_for": N_(
        "Donor {donor} is already reserved for {on} by {holder} for patient {patient}, and confirmed."
    ),
    "request_not_open_here": N_("This is not an open request of patient {patient}."),
    "note_too_long": N_("Write {most} characters at most."),
    # steps
    "unknown_reservation": N_("There is no such reservation."),
    "reservation_step_unknown": N_("“{step}” is no step of a reservation."),
    "reservation_step_refused": N_("This cannot be done: {reason}"),
    "release_reason_needed": N_("Choose why the donor is released."),
    "reservation_is.held": N_("the reservation is only held, nobody has confirmed it."),
    "reservation_is.confirmed": N_("the reservation is already confirmed."),
    "reservation_is.collected": N_("the platelets were collected already."),
    "reservation_is.released": N_("the donor was released."),
    "reservation_is.expired": N_("the hold has expired, the donor is free again."),
    "reservation_made": N_("Donor {donor} is held for {on}, until {until_on} {until_time}."),
    "reservation_step_done.confirm": N_("The reservation is confirmed."),
    "reservation_step_done.release": N_("The donor is released."),
    "reservation_step_done.collect": N_("The collection is recorded: searches know it from now on."),
    # where one stands, and what it can become
    "reservation.held": N_("held"),
    "reservation.confirmed": N_("confirmed"),
    "reservation.collected": N_("collected"),
    "reservation.released": N_("released"),
    "reservation.expired": N_("expired"),
    "reservation.open": N_("held or confirmed"),
    "reservation.to_settle": N_("to settle: the day is over"),
    "reservation.all": N_("every status"),
    "reservation_step.confirm": N_("Confirm"),
    "reservation_step.collect": N_("Record the collection"),
    "reservation_step.release": N_("Release the donor"),
    "reservation_was.reservation_held": N_("Held"),
    "reservation_was.reservation_confirmed": N_("Confirmed"),
    "reservation_was.reservation_collected": N_("Collected"),
    "reservation_was.reservation_released": N_("Released"),
    "reservation_was.reservation_expired": N_("Expired"),
    "reservation_was.reservation_called": N_("Donor called"),
    "release_reason.not_needed": N_("no longer needed"),
    "release_reason.other_donor": N_("another donor was chosen"),
    "release_reason.donor_refused": N_("the donor refused"),
    "release_reason.donor_unreachable": N_("the donor could not be reached"),
    "release_reason.mistake": N_("reserved by mistake"),
    "reservation_sort.day": N_("nearest day first"),
    "reservation_sort.latest": N_("latest day first"),
    "reservation_sort.donor": N_("donor number"),
    "reservation_sort.status": N_("status"),
    "reservation_sort.newest": N_("last made first"),
    "reservation_question_unknown": N_("“{text}” is no answer to what this list asks."),
    "flag.verdict_overruled": N_("against the verdict"),
    "verdict_overruled": N_("Reserved against the verdict of the search, for a reason given."),
    # donors who may no longer be called
    "contact.erased": N_("Their data were erased: do not call."),
    "contact.restricted": N_("Kept for traceability alone: do not call."),
    "contact.no_consent": N_("No consent to be contacted: do not call."),
    "contact.inactive": N_("No longer an active donor: do not call."),
    "contact.deferred": N_("Deferred on that day: may not give."),
    # calls
    "call.agreed": N_("Agreed"),
    "call.refused": N_("Refused"),
    "call.call_back": N_("Call back"),
    "call.voicemail": N_("Voicemail"),
    "call.unreachable": N_("No answer"),
    "call.wrong_number": N_("Wrong number"),
    "call_recorded": N_("Donor {donor}: “{outcome}” is recorded."),
    "call_outcome_unknown": N_("Choose what came of the call."),
    "call_back_needs_time": N_("Say when to call back."),
    "call_back_not_ahead": N_("The time to call back must lie ahead, within a year."),
    "call_back_unreadable": N_("This is no day and time."),
    "call_not_needed": N_("Nobody has to call any more: {reason}"),
    "call_not_allowed": N_("This call was not recorded. {reason}"),
}
