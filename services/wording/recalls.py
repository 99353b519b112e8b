"""The work that waits for somebody: its kinds, and each piece of it in a sentence."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "recall_kind.lost_donor": N_("Reserved donors who can no longer be called or give"),
    "recall_kind.reserved_calls": N_("Reserved donors to call"),
    "recall_kind.missed_donation": N_("Promised donations of which nothing is known"),
    "recall_kind.missed_appointment": N_("Appointments that passed without a word"),
    "recall_kind.reminders": N_("Donors expected tomorrow: remind them"),
    "recall_kind.autologous": N_("Patients’ own platelets"),
    "recall_kind.second_samples": N_("Second samples to take"),
    "recall_kind.confirmation": N_("Second samples overdue, rare donors"),
    "recall_kind.campaign_calls": N_("Calls of campaigns"),
    "recall_kind.rare_again": N_("Rare donors who may give again"),
    "recall_kind.rare_contact": N_("Rare donors to contact"),
    "recall_kind.directive": N_("Directives about to lapse, or lapsed"),
    "recall_kind.serum": N_("Sera older than the policy"),
    "recall.lost_donor": N_("Reserved for {on}. {reason} Release, and find another donor."),
    "recall.reserved_calls": N_("Reserved donors to call today: {count}."),
    "recall.missed_donation": N_("Promised for {on}: record the donation, or release the donor."),
    "recall.missed_appointment": N_("The appointment was on {on}: record the sample, or that the donor did not come."),
    "recall.reminders": N_("Donors with an appointment tomorrow, not reminded yet: {count}."),
    "recall.second_samples": N_("Donors to give a second sample: {count}."),
    "recall.campaign_calls": N_("Donors to call today: {count}."),
    "recall.serum_old": N_("The latest serum is of {on}, older than {days} days: ask for a new one."),
    "recall.serum_undated": N_("No serum bears a day: its age cannot be judged."),
    "recall.summary": N_("To do: {count}, of which overdue: {overdue}."),
    "recall.more": N_("And {count} more, on the page."),
}
