"""What is said of daily jobs: when they run, what was missed, and what a simulation of days refuses."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "job_cut_short": N_("Its process ended before it was done, and a later run took its place."),
    "job_every_day": N_("every day"),
    "job_due_now": N_("due now"),
    "title_daily": N_("Daily jobs"),
    "heading_name": N_("Name"),
    "heading_hour": N_("From"),
    "heading_days": N_("Days"),
    "heading_last_run": N_("Last run"),
    "heading_next_run": N_("Next run"),
    "jobs_where": N_("It runs on {host}, process {pid}."),
    "jobs_waiting": N_("Work that waits or is under way: {waiting}."),
    "job_under_way": N_("Under way: {what}."),
    # {reason} is the meaning of a job, {why} the sentence of its fault
    "job_failed_on": N_("Failed on {day_on}: {reason}. {why}"),
    "job_missed_on": N_("Without a run on {day_on}: {reason}."),
    "job_missed_days": N_("{days} days without a run, {first_on} to {last_on}: {reason}."),
    "age.seconds": N_("{count} s"),
    "age.minutes": N_("{count} min"),
    "age.hours": N_("{count} h"),
    "job_news": N_("Daily jobs: failed {failed}, without a run {missed}."),
    "job_missed.last": N_("the last is made up"),
    "job_missed.each": N_("each is made up"),
    "job_days_left_out": N_("made up for {days} earlier days, {first_on} to {last_on}"),
    "job_day_left_out": N_("made up for {day_on}"),
    "simulated_day": N_("{day_on}: {done} done, {failed} failed, {already} had their run already."),
    "simulation_in_production": N_(
        "A production site lives its own days: simulate on a copy, with the setting environment=development."
    ),
    "simulation_backwards": N_("The last day, {last_on}, comes before the first, {first_on}."),
    "simulation_too_long": N_("At most {most} days are simulated at once."),
}
