"""What is said of the supply forecast: needs, weeks, gaps, and what would close one."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "forecast_weeks": N_("Ask for a whole number of weeks, {least} to {most}."),
    "forecast_scope": N_("This is no scope: {known} are."),
    "forecast_no_region": N_("The patient’s region is not known: donors of the whole country are counted."),
    "forecast_not_both": N_("A region narrows the list of all patients: give a patient or a region, not both."),
    "unknown_need": N_("Patient {patient} has no such need."),
    "need_on_record": N_(
        "A weekly need from {from_on} ({units} units) counts on some of these days: end it first, or choose other days."
    ),
    "need_ended_already": N_("This need was ended already."),
    "need_needs.units_per_week": N_("Give the units needed a week."),
    "need_needs.reason": N_("Say why they are needed."),
    "need_reversed": N_("The last day is before the first."),
    "need_over": N_("The last day is over: such a need counts in no week ahead."),
    "need_too_far": N_("This day is more than five years away: check the year."),
    "need_saved": N_("The need is on record, and counts from now on."),
    "need_no_more": N_("The need counts no longer."),
    "history.need_recorded": N_("weekly need recorded"),
    "history.need_ended": N_("weekly need ended"),
    # what a forecast says
    "forecast_no_need": N_(
        "No need is on record: no open request lacks a donor, and no weekly need is written down. The donors of each "
        "week are shown, and compared with nothing."
    ),
    "forecast_met": N_("Every unit needed is met: {units} of {units}. Weeks ahead: {weeks}."),
    "forecast_gap": N_(
        "First gap in week {week}, {first_on} to {last_on}: {gap} of {need} units have no donor. "
        "In all {missing} of {units} units have none. Weeks ahead: {weeks}."
    ),
    "forecast_lower_bound": N_(
        "There are too many ways of using these donors to try them all: at least so much is met, more may be."
    ),
    "forecast_later": N_("Needed after these weeks, and not counted: {units}."),
    "forecast_late": N_(
        "Needed before any donation to come is ready: {units}. They are wanted as soon as can be, and counted in "
        "week 1."
    ),
    "forecast_terms": N_(
        "Days from a donation to its release: {ready}; to its last use: {shelf}; to the same donor’s next one, at the "
        "least: {interval}. One donation is counted as one unit."
    ),
    "forecast_others": N_(
        "Donors reserved, for whomever, are away for the interval around that day. What other patients need takes "
        "nobody away here: the board divides the donors among the patients."
    ),
    "forecast_question": N_(
        "This is a question for whoever prescribes, not an advice: each line was forecast again, and says whom it "
        "lets in."
    ),
    "forecast_closed_alone": N_("Of {tried} ways of relaxing the directive that were tried, {count} leave no gap."),
    "forecast_closed_none": N_(
        "Neither one condition relaxed nor two close the gap. What leaves the fewest lacks {missing} of {units} units."
    ),
    "forecast_closed_nothing_to_relax": N_(
        "There is nothing to relax: no condition of the directive keeps donors out."
    ),
    "forecast_reserved": N_("of them reserved on some day: {count}"),
    # a relaxed condition
    "forecast_relaxed.threshold": N_("threshold {mfi} MFI"),
    "forecast_relaxed.region": N_("donors of the whole country"),
    "forecast_relaxed.locus_c": N_("locus C left out"),
    "forecast_relaxed.abo.none": N_("no rule on ABO"),
    "forecast_relaxed.abo.no-major": N_("minor ABO mismatches allowed"),
    "forecast_effect.closes": N_("no gap left"),
    "forecast_effect.later": N_("first gap in week {week}, lacking {missing} of {units}"),
    "forecast_effect.nothing": N_("changes nothing: lacking {missing} of {units}"),
    "forecast_in.none": N_("no donor"),
    "forecast_in.positive": N_("with an antigen that reacts at the directive’s threshold: {count} of {donors}"),
    "forecast_in.undecided": N_("with a typing of which nobody can tell: {count} of {donors}"),
    "forecast_in.major": N_("with a major ABO mismatch: {count} of {donors}"),
    "forecast_in.sum": N_("Σ MFI {least} to {highest}, median {median}"),
    "forecast_in.accepted": N_("counting no longer: {names}"),
    "forecast_in.more": N_("{count} more"),
    # columns
    "forecast_column.week": N_("Week"),
    "forecast_column.days": N_("Needed from – to"),
    "forecast_column.first_on": N_("From"),
    "forecast_column.last_on": N_("To"),
    "forecast_column.need": N_("Units needed"),
    "forecast_column.met": N_("Units met"),
    "forecast_column.gap": N_("Gap"),
    "forecast_column.givers": N_("Donors who may give"),
    "forecast_column.left": N_("Left by the weeks before"),
    "forecast_column.first_gap": N_("First gap"),
    "forecast_column.missing": N_("Units lacking"),
    "forecast_column.units": N_("Units needed in all weeks"),
    "forecast_column.donors": N_("Compatible donors"),
    "forecast_column.reserved": N_("Reserved"),
    "forecast_column.scope": N_("Donors of"),
    "forecast_column.weeks_left": N_("Donors left / units needed, by week"),
    "forecast_column.relaxed": N_("Relaxed"),
    "forecast_column.effect": N_("Effect on the gap"),
    "forecast_column.lets_in": N_("Lets in"),
    "forecast_column.state": N_("State"),
    "forecast_state.gap": N_("gap in week {week}"),
    "forecast_state.late": N_("{units} wanted before any donation is ready"),
    "forecast_state.met": N_("need met"),
    "forecast_state.no_need": N_("no need on record"),
    "forecast_every_week": N_("every week"),
    "forecast_scope.country": N_("the whole country"),
    "doc.title_forecast": N_("Supply forecast"),
    "doc.file_forecast": N_("supply-forecast"),
    "doc.subject_all": N_("patients of the whole country"),
    "doc.sheet_forecast": N_("Weeks ahead"),
    "doc.sheet_forecast_patients": N_("Patients"),
    "doc.sheet_forecast_needs": N_("What is needed"),
    "doc.sheet_relaxations": N_("What would close the gap?"),
    "doc.forecast_on": N_("First day of donation"),
    "doc.forecast_weeks": N_("Weeks ahead"),
    "doc.forecast_not_prescribed": N_("nobody prescribed it"),
    "title_forecast": N_("Supply of patient {patient} from {on}, weeks ahead: {weeks}"),
    "title_forecasts": N_("Supply from {on}, weeks ahead: {weeks}, patients: {patients}"),
    "title_relaxations": N_("What would close the gap?"),
    "heading_week": N_("Week"),
    "heading_need": N_("Need"),
    "heading_met": N_("Units met"),
    "heading_gap": N_("Gap"),
    "heading_givers": N_("May give"),
    "heading_left": N_("Left by then"),
    "heading_first_gap": N_("First gap"),
    "heading_missing": N_("Units lacking"),
    "heading_relaxed": N_("Relaxed"),
    "heading_effect": N_("Effect on the gap"),
    "heading_lets_in": N_("Lets in"),
}
