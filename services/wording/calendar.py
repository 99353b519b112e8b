"""What stands in the calendar of recalls."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "calendar.name": N_("Phenotheque: recalls"),
    "calendar.contact": N_("Contact again"),
    "calendar.appointment": N_("Appointment for a sample"),
    "calendar.second_sample": N_("Appointment for the second sample"),
    "calendar.recall": N_("Contact a rare donor"),
    "calendar.confirmation": N_("Last day for the second sample of a rare donor"),
    "calendar.missed_donation": N_("Promised donation of which nothing is known"),
    "calendar.directive": N_("Last day of a directive"),
    "calendar_month_unreadable": N_("“{text}” is no month: write 2026-11."),
}
