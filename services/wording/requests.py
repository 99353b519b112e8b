"""What is said about requests for transfusion."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "request_saved": N_("The request is saved."),
    "request_closed": N_("The request is closed."),
    "request_closed_with_reservations": N_("Donors are still reserved for it: release those no longer needed."),
    "request_closed_already": N_("This request is closed already."),
    "request_outcome_unknown": N_("Say whether the request is fulfilled or cancelled."),
    "unknown_request": N_("Patient {patient} has no such request."),
    "request_needs.hospital": N_("Name the hospital."),
    "request_needs.units": N_("Say how many units."),
    "request_needs.needed_on": N_("Give the day by which they are needed."),
    "request_needs.needed_at": N_("Give the time by which they are needed."),
    "urgency_needed": N_("Say whether the patient bleeds or the transfusion is planned."),
    "needed_in_the_past": N_("This moment is past already."),
    "needed_too_far_ahead": N_("This is more than a year ahead: check the year."),
    "not_a_time_of_day": N_("“{text}” is not a time of day: write 18:00."),
    "time_skipped_by_clocks": N_("On that day the clocks skip {text}: there is no such time."),
    "urgency.bleeding": N_("bleeding"),
    "urgency.planned": N_("planned"),
    "request_status.open": N_("still open"),
    "request_status.fulfilled": N_("fulfilled"),
    "request_status.cancelled": N_("cancelled"),
    "request_field.hospital": N_("Hospital"),
    "request_field.units": N_("Units of platelets"),
    "request_field.needed_by": N_("Needed by"),
    "request_field.needed_on": N_("Needed by, day"),
    "request_field.needed_at": N_("Needed by, time"),
    "request_field.urgency": N_("Why"),
    "request_field.contact": N_("Contact"),
    "request_field.note": N_("Note"),
}
