"""What is said of planning a campaign: refusals, and the plan in sentences."""

from collections.abc import Mapping
from typing import Any

from services.wording.catalogue import sentence
from services.wording.formats import format_number, format_percent
from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "proportion_unreadable": N_("“{text}” is no proportion: write found/tried, such as 27/334."),
    "proportion_of_none": N_("“{text}”: nobody was tried, so nothing follows."),
    "more_found_than_tried": N_("{found} found among {of} tried cannot be."),
    "share_unreadable": N_("“{text}” is no share: write 0.04 or 4%."),
    "share_out_of_range": N_("“{text}”: a share lies above 0 and goes up to 1 (100%)."),
    "chance_out_of_range": N_("A chance of {chance} cannot be planned: it lies above 0 and below 1."),
    "prevalence_needed": N_("Give a prevalence: nothing found so far tells one."),
    "nobody_came": N_("The uptake is 0: no number of contacts leads to a test."),
    "too_rare_to_plan": N_("At a share of {share}, a billion trials would not be enough."),
    "plan_tests": N_("{tests} tests for a {chance} chance of {finds} or more, at a prevalence of {rate}."),
    "plan_contacts": N_("{contacts} contacts at an uptake of {rate}."),
    "plan_contacts_range": N_(
        "{contacts} contacts at an uptake of {rate} ({found} of {of}); from {least} to {most} over its "
        "{level} interval."
    ),
    "plan_contacts_unbounded": N_(
        "{contacts} contacts at an uptake of {rate} ({found} of {of}); at least {least} over its {level} interval."
    ),
    "plan_observed": N_("Observed so far: {rate} ({found} of {of}), {level} interval {low} to {high}."),
    "plan_more_tests": N_("About {more} more tests for a {chance} chance of {finds} or more, given what was observed."),
    "plan_too_far": N_("What was observed says too little to plan with: more than 100,000 tests would be needed."),
}


def yield_sentences(answer: Mapping[str, Any], locale: str) -> list[str]:
    """The answer of services.campaigns.yields as sentences, in the order of its keys."""

    def percent(share: float) -> str:
        return format_percent(share, locale)

    level, chance = percent(answer["interval"]["level"]), percent(answer["chance"])
    asked = {"chance": chance, "finds": answer["finds"]}
    prevalence, uptake = answer["prevalence"], answer["uptake"]
    found = [sentence("plan_tests", {**asked, "tests": answer["tests"], "rate": percent(prevalence["rate"])}, locale)]
    if uptake is not None:
        found.append(_contacts(answer, percent(uptake["rate"]), level, locale))
    if answer["so_far"] is not None:
        seen = {name: percent(prevalence[name]) for name in ("low", "high")}
        counts = {"rate": percent(prevalence["observed"]), "found": prevalence["found"], "of": prevalence["of"]}
        found.append(sentence("plan_observed", {**seen, **counts, "level": level}, locale))
        more = answer["so_far"]["more_tests"]
        code = "plan_too_far" if more is None else "plan_more_tests"
        found.append(sentence(code, {**asked, "more": more}, locale))
    return found


def _contacts(answer: Mapping[str, Any], rate: str, level: str, locale: str) -> str:
    said: dict[str, Any] = {"contacts": answer["contacts"], "rate": rate}
    if answer["contacts_range"] is None:
        return sentence("plan_contacts", said, locale)
    least, most = answer["contacts_range"]
    counts = {"found": answer["uptake"]["found"], "of": answer["uptake"]["of"], "level": level, "least": least}
    if most is None:
        return sentence("plan_contacts_unbounded", {**said, **counts}, locale)
    return sentence("plan_contacts_range", {**said, **counts, "most": format_number(most, locale)}, locale)
