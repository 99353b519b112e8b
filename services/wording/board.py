"""What is said on the board of a campaign: outcomes of contacts, what stands against one, lists, advice."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    # what stands against a contact
    "campaign_takes_no_contact": N_("Nothing was recorded: {reason}"),
    "donor_not_to_be_contacted": N_("Nothing was recorded of this donor. {reason}"),
    "donor_claimed": N_("{by} is on the phone with this donor, until {until_time} at the latest."),
    "opt_out_before": N_("The donor had opted out before: that holds, and this note was not kept."),
    "outcome_refused": N_("This cannot be recorded: {reason}"),
    "incoming_is_an_answer": N_("a donor who calls by themselves answers."),
    "attempts_left": N_("not every attempt has been made yet."),
    "contacted_today": N_("The donor was already contacted today: once a day, for whatever reason."),
    "contact_cap_reached": N_(
        "The donor was contacted {contacts} times in the last twelve months, over all campaigns: {most} at most."
    ),
    "asked_for_later": N_("The donor asked not to be contacted before {next_on}."),
    "attempts_exhausted": N_("{attempts} attempts were made: {most} at most. Give up, or wait until the donor calls."),
    "contacted_recently": N_(
        "The donor was contacted otherwise on {last_on}: {days} days lie between that and a campaign’s contact."
    ),
    "quiet_hours": N_("Nobody is called at this hour: calls are made from {from_time} to {until_time}."),
    "quiet_day": N_("Nobody is called on this day of the week."),
    "no_appointment": N_("There is no appointment that could have been missed."),
    "appointment_not_come": N_("The appointment has not come yet."),
    # fields
    "contact_outcome_unknown": N_("Choose what came of the contact."),
    "contact_channel_unknown": N_("Choose how the donor was contacted."),
    "later_needs_day": N_("Give the day from which the donor may be contacted."),
    "later_not_ahead": N_("{on} is not a day to contact the donor again: from tomorrow to a year ahead."),
    "appointment_needs_time": N_("Give the day and time of the appointment."),
    "appointment_unreadable": N_("The day and time of the appointment cannot be read."),
    "appointment_not_ahead": N_("An appointment is ahead, and at most a year from now."),
    "lost_reason_unknown": N_("Choose why the donor is lost."),
    "invitation_deed_unknown": N_("“{text}” is nothing that can be done with an invitation."),
    "campaign_list_unknown": N_("There is no list “{text}”."),
    # outcomes, as buttons say them
    "contact_outcome.no_answer": N_("No answer"),
    "contact_outcome.reached": N_("Spoken with"),
    "contact_outcome.agreed": N_("Agrees"),
    "contact_outcome.later": N_("Later"),
    "contact_outcome.refused": N_("Declines"),
    "contact_outcome.wrong_number": N_("Wrong number"),
    "contact_outcome.give_up": N_("Give up"),
    "contact_outcome.opt_out": N_("No more contact"),
    # steps, as the history says them
    "contact_step.contact": N_("contacted"),
    "contact_step.agree": N_("agreed"),
    "contact_step.postpone": N_("asked for later"),
    "contact_step.refuse": N_("declined"),
    "contact_step.give_up": N_("not reachable"),
    "contact_step.appoint": N_("given an appointment"),
    "contact_step.miss": N_("did not come"),
    "contact_step.sample": N_("gave a sample"),
    "contact_step.result": N_("tested: has it"),
    "contact_step.reopen": N_("results taken back"),
    "contact_step.confirm": N_("confirmed by a second sample"),
    "contact_step.exclude": N_("tested: does not have it"),
    "contact_step.lose": N_("lost to the campaign"),
    "contact_step.opt_out": N_("wants no more contact"),
    # channels
    "channel.phone": N_("phone"),
    "channel.letter": N_("letter"),
    "channel.email": N_("e-mail"),
    "channel.sms": N_("text message"),
    "channel.incoming": N_("the donor called"),
    "channel.in_person": N_("in person"),
    "channel.laboratory": N_("laboratory"),
    # why lost
    "lost.medical": N_("a medical reason"),
    "lost.moved_away": N_("moved away"),
    "lost.no_time": N_("has no time"),
    "lost.changed_mind": N_("changed their mind"),
    "lost.died": N_("has died"),
    "lost.sample_unusable": N_("the sample could not be used"),
    "lost.other": N_("another reason"),
    "lost.restricted": N_("kept for traceability alone"),
    "lost.erased": N_("the donor’s data were erased"),
    # lists
    "invited.to_call": N_("To call today"),
    "invited.reminders": N_("Reminders"),
    "invited.to_sample": N_("To sample"),
    "invited.awaited": N_("Results awaited"),
    "invited.second_samples": N_("Second samples"),
    "invited.later": N_("Later"),
    "invited.refused": N_("Declined"),
    "invited.unreachable": N_("Unreachable"),
    "invited.lost": N_("Lost"),
    "invited.all": N_("All"),
    # the funnel
    "funnel.selected": N_("Invited"),
    "funnel.contacted": N_("Contacted"),
    "funnel.answered": N_("Answered"),
    "funnel.agreed": N_("Agreed"),
    "funnel.sampled": N_("Sampled"),
    "funnel.tested": N_("Tested"),
    "funnel.found": N_("First sample shows it"),
    "funnel.confirmed": N_("Confirmed"),
    # what the phenotype looked for is called
    "campaign_target.cd36_negative": N_("CD36-negative"),
    "campaign_target.hpa_negative": N_("{antigen}-negative"),
    "campaign_target.hla_profile": N_("HLA: {antigens}"),
    "campaign_target.directives": N_("what the directives of patients lack"),
    # advice
    "campaign_advice.enough": N_("As many as wanted are confirmed: consider closing the campaign."),
    "campaign_advice.to_confirm": N_("As many as wanted were found: their second samples come first."),
    "campaign_advice.unlikely": N_(
        "With the donors left, what is wanted will probably not be found: consider inviting more, or stopping."
    ),
    "campaign_advice.below_plan": N_(
        "The phenotype is rarer than planned: the plan’s prevalence lies above the interval of what was observed."
    ),
    # done
    "outcome_recorded": N_("{donor}: {outcome}."),
    "opt_out_recorded": N_("{donor} is contacted by no campaign any more, and their consent is withdrawn."),
    "claim_recorded": N_("{donor} is yours to call until {until_time}."),
    "deed_recorded.appoint": N_("{donor} has an appointment."),
    "deed_recorded.miss": N_("{donor} did not come, and is to be given another day."),
    "deed_recorded.sample": N_("A sample of {donor} was taken."),
    "deed_recorded.lose": N_("{donor} is lost to this campaign."),
    "help.board": N_("Plan, board and calls of a campaign"),
}
