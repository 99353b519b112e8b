"""A forecast in sentences: the same on the page, in a file and on a terminal."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.forecast.relaxing import ABO, THRESHOLD
from services.wording.formats import format_date, format_number

Json = Mapping[str, Any]
Say = Callable[..., str]  # a code and what fills it, in the reader's language


def state_said(one: Json, say: Say) -> str:
    """Whether the need is met, or the first gap, with what is needed as its denominator; then what cannot wait.

    A met week is no answer to a unit wanted before any donation is ready, so both are said in one breath.
    """
    late = late_units(one)
    state = _met_said(one, say)
    return f"{state} {say('forecast_late', {'units': late})}" if late else state


def late_units(one: Json) -> int:
    """Units wanted before any donation can be ready: they are first of all, whatever the weeks say."""
    return sum(each["units"] for each in one["need"]["requests"] if each["late"])


def _met_said(one: Json, say: Say) -> str:
    units, weeks = one["need"]["units"], one["weeks_ahead"]
    if not one["need"]["any"]:
        return say("forecast_no_need", {})
    gap = one["first_gap"]
    if gap is None:
        return say("forecast_met", {"weeks": weeks, "units": units})
    need = one["weeks"][gap["week"] - 1]["need"]
    days = {"first_on": gap["first_on"].isoformat(), "last_on": gap["last_on"].isoformat()}
    whole = {"weeks": weeks, "missing": one["missing"], "units": units}
    return say("forecast_gap", {"week": gap["week"], "gap": gap["units"], "need": need, **days, **whole})


def notes_said(one: Json, terms: Json, say: Say) -> Iterator[str]:
    """What to know of a forecast beside its figures."""
    if not one["exact"]:
        yield say("forecast_lower_bound", {})
    if one["later"]:
        yield say("forecast_later", {"units": one["later"]})
    yield from terms_said(terms, say)


def terms_said(terms: Json, say: Say) -> Iterator[str]:
    """The days that bind, and what other patients take."""
    days = {"ready": terms["ready_days"], "shelf": terms["shelf_days"], "interval": terms["interval_days"]}
    yield say("forecast_terms", days)
    yield say("forecast_others", {})


def closing_said(one: Json, say: Say) -> str:
    """How many of the relaxations close the gap; where none does, what is left by the best of them."""
    tried = one["relaxations"]
    if not tried:
        return say("forecast_closed_nothing_to_relax", {})
    if one["closed_by"]:
        return say("forecast_closed_alone", {"count": one["closed_by"], "tried": len(tried)})
    least = min(each["missing"] for each in tried)
    return say("forecast_closed_none", {"missing": least, "units": one["need"]["units"]})


def relaxed_said(relaxed: Json, say: Say) -> str:
    """What is relaxed: `threshold 2,500 MFI + donors of the whole country`."""
    return " + ".join(_kind_said(kind, relaxed, say) for kind in relaxed["kinds"])


def _kind_said(kind: str, relaxed: Json, say: Say) -> str:
    if kind == THRESHOLD:
        return say("forecast_relaxed.threshold", {"mfi": relaxed["threshold_mfi"]})
    return say(f"forecast_relaxed.abo.{relaxed['abo_rule']}" if kind == ABO else f"forecast_relaxed.{kind}", {})


def effect_said(relaxed: Json, one: Json, say: Say) -> str:
    """What it leaves: no gap, a later or a smaller one, or the same."""
    if relaxed["closes"]:
        return say("forecast_effect.closes", {})
    left = {"missing": relaxed["missing"], "units": one["need"]["units"]}
    if relaxed["missing"] == one["missing"]:
        return say("forecast_effect.nothing", left)
    return say("forecast_effect.later", {"week": relaxed["first_gap"]["week"], **left})


def lets_in_said(relaxed: Json, say: Say, locale: str) -> Iterator[str]:
    """Whom it lets in, beyond their number: what the directive's own conditions say of them."""
    found = relaxed["lets_in"]
    if not found["donors"]:
        yield say("forecast_in.none", {})
        return
    for name in ("positive", "undecided", "major"):
        if found[name]:
            yield say(f"forecast_in.{name}", {"count": found[name], "donors": found["donors"]})
    yield say("forecast_in.sum", {name: int(value) for name, value in found["sum_mfi"].items()})
    if found["accepted"]:
        names = [f"{each['specificity']} ({format_number(int(each['max_mfi']), locale)})" for each in found["accepted"]]
        if found["accepted_more"]:
            names.append(say("forecast_in.more", {"count": found["accepted_more"]}))
        yield say("forecast_in.accepted", {"names": ", ".join(names)})


def days_said(one: Json, locale: str) -> str:
    """The days of a week on which its units are needed."""
    return f"{format_date(one['first_on'], locale)} – {format_date(one['last_on'], locale)}"


def short_state(one: Json, say: Say) -> str:
    """The state of a patient in a list, in few words."""
    if not one["need"]["any"]:
        return say("forecast_state.no_need", {})
    gap, late = one["first_gap"], late_units(one)
    if gap:
        return say("forecast_state.gap", {"week": gap["week"]})
    return say("forecast_state.late", {"units": late}) if late else say("forecast_state.met", {})
