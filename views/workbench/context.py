"""The workbench as a template sees it: the service's answer laid out, no rule and no query here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import url_for

from services.charts.mfi import state_of
from services.wording.alphabet import region_order
from services.workbench import Wanted
from views.paging import PAGE_SIZE, pages_of
from views.workbench.criteria import UNKNOWN_PAGE_SIZE, Criteria
from views.workbench.drawings import availability, serum_chart, slider_top_mfi

Answer = Mapping[str, Any]
COUNTS = ("compatible", "possible", "unknown", "blocked", "available")
VERDICTS = COUNTS[:4]
SHOWN_GAINS, SHOWN_SETTLES = 10, 8


def wanted_of(criteria: Criteria) -> Wanted:
    """The address as the service asks it."""
    return Wanted(
        on=criteria.on,
        threshold_mfi=criteria.threshold_mfi,
        region=criteria.region,
        policy=criteria.policy,
        loci=criteria.loci,
        sample=criteria.sample,
        available=criteria.available,
        page=criteria.page,
        page_size=PAGE_SIZE,
        unknown_page=criteria.unknown_page,
        unknown_page_size=UNKNOWN_PAGE_SIZE,
    )


def workbench_context(answer: Answer, criteria: Criteria) -> dict[str, Any]:
    """Everything the workbench template shows."""
    mfi, entries = answer["threshold"], answer["thresholds"]
    regions = sorted(entries[0]["regions"], key=region_order)
    live_region = next((name for name in (criteria.region, answer["patient"]["region"]) if name in regions), None)
    here = entry_at(entries, mfi)
    beads = [{**bead, "state": state_of(bead["self"], bead["mfi"], mfi)} for bead in answer["beads"]]
    chart, left_out = serum_chart(beads, mfi)
    top_mfi = slider_top_mfi(beads, mfi)
    common_flags, flags = flags_of(answer["donors"])
    directive = answer["directive"] or {}
    return {
        **answer,
        **addresses(answer["patient"]["number"], criteria, mfi),
        "versions": {**answer["versions"], "ranking": f"{answer['policy']}-{answer['policy_version']}"},
        "criteria": criteria,
        "on": criteria.on,
        "threshold_mfi": mfi,
        "region": criteria.region,
        "regions": regions,
        "beads": beads,
        "chart": chart,
        "left_out": left_out,
        "curve": availability(entries, live_region, mfi, top_mfi),
        "slider_top_mfi": top_mfi,
        "live": live_table(entries, live_region),
        "live_region": live_region,
        "region_counts": here["regions"].get(live_region),
        "national_counts": here["national"],
        "region_rows": region_rows(entries, mfi, answer["usual_thresholds"], live_region),
        "gains": gain_rows(answer["gains"], live_region),
        "shown_gains": SHOWN_GAINS,
        "shown_settles": SHOWN_SETTLES,
        "common_flags": common_flags,
        "flags": flags,
        "asked_systems": sorted({antigen[:-1] for antigen in directive.get("hpa_antibodies", ())}),
        "asks_cd36": directive.get("anti_cd36", False),
        "ranked_pages": pages_of(answer["ranked_total"], PAGE_SIZE),
        "unknown_pages": pages_of(answer["unknown_total"], UNKNOWN_PAGE_SIZE),
    }


def entry_at(entries: Sequence[Answer], threshold_mfi: int) -> Answer:
    """The entry that holds at a threshold: between two entries nothing changes, so the first at or above it."""
    return next((entry for entry in entries if entry["mfi"] >= threshold_mfi), entries[-1])


def live_table(entries: Sequence[Answer], live_region: str | None) -> dict[str, Any]:
    """The table the slider reads: for each place, the five counts at each threshold."""
    places = {"": [entry["national"] for entry in entries]}
    for name in entries[0]["regions"]:
        places[name] = [entry["regions"][name] for entry in entries]
    return {
        "keys": COUNTS,
        "thresholds": [entry["mfi"] for entry in entries],
        "places": {name: [[counts[key] for key in COUNTS] for counts in rows] for name, rows in places.items()},
        "region": live_region,
    }


def region_rows(
    entries: Sequence[Answer], threshold_mfi: int, usual: Sequence[int], live_region: str | None
) -> list[dict[str, Any]]:
    """The country, the live region, then the others: counts at the usual thresholds and at this one."""
    names = sorted(entries[0]["regions"], key=lambda name: (name != live_region, *region_order(name)))

    def row(place: str, of: Callable[[Answer], Answer]) -> dict[str, Any]:
        current = of(entry_at(entries, threshold_mfi))
        return {
            "place": place,
            "counts": [of(entry_at(entries, mfi)) for mfi in usual],
            "current": current,
            "total": sum(current[verdict] for verdict in VERDICTS),
        }

    rows = [row("", lambda entry: entry["national"])]
    return rows + [row(name, lambda entry, name=name: entry["regions"][name]) for name in names]


def gain_rows(gains: Sequence[Answer], live_region: str | None) -> list[dict[str, Any]]:
    """What would open more donors, each with its numbers in the live region."""
    nothing = {"from_blocked": 0, "from_possible": 0}
    return [{**gain, "here": gain["regions"].get(live_region, nothing)} for gain in gains]


def addresses(patient_number: str, criteria: Criteria, threshold_mfi: int) -> dict[str, Callable[..., str]]:
    """The links of the page, each keeping what is asked but for what it changes."""

    def address(**changes: object) -> str:
        return url_for("workbench.show", patient=patient_number, **criteria.query(**changes))

    def donor_address(donor_number: str) -> str:
        query = criteria.query(threshold_mfi=threshold_mfi)
        return url_for("workbench.donor", patient=patient_number, donor=donor_number, **query)

    return {
        "address": address,
        "donor_address": donor_address,
        "list_address": lambda **changes: address(page=1, unknown_page=1, **changes) + "#donors-title",
        "page_address": lambda page: address(page=page) + "#donors-title",
        "unknown_page_address": lambda page: address(unknown_page=page) + "#unknown-title",
    }


def flags_of(donors: Sequence[Answer]) -> tuple[list[str], list[str]]:
    """The flags every listed donor carries, said once, and those that only some carry."""
    carried = [set(donor["flags"]) for donor in donors]
    common = set.intersection(*carried) if carried else set()
    return sorted(common), sorted(set().union(*carried) - common)
