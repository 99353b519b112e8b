"""The workbench as a template sees it: the service's answer laid out, no rule and no query here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.charts.mfi import state_of
from services.wording.alphabet import region_order
from views.paging import pages_of
from views.workbench.addresses import addresses
from views.workbench.criteria import query_of
from views.workbench.donor_table import donor_table
from views.workbench.drawings import availability, serum_chart, slider_top_mfi
from views.workbench.opening import Opened

Answer = Mapping[str, Any]
COUNTS = ("compatible", "possible", "unknown", "blocked", "available")
VERDICTS = COUNTS[:4]
SHOWN_GAINS, SHOWN_SETTLES = 10, 8


def workbench_context(opened: Opened) -> dict[str, Any]:
    """Everything the workbench template shows."""
    answer, wanted = opened.answer, opened.wanted
    mfi, entries = answer["threshold"], answer["thresholds"]
    regions = sorted(entries[0]["regions"], key=region_order)
    live_region = next((name for name in (wanted.region, answer["patient"]["region"]) if name in regions), None)
    here = entry_at(entries, mfi)
    return {
        **answer,
        **addresses(answer["patient"]["number"], wanted, mfi),
        **serum(answer, live_region),
        **donor_table(opened, here["national"]),
        "versions": {**answer["versions"], "ranking": f"{answer['policy']}-{answer['policy_version']}"},
        "wanted": wanted,
        "query": query_of(wanted, threshold_mfi=mfi),
        "faults": opened.faults,
        "on": wanted.on,
        "threshold_mfi": mfi,
        "region": wanted.region,
        "regions": regions,
        "live": live_table(entries, live_region),
        "live_region": live_region,
        "region_counts": here["regions"].get(live_region),
        "national_counts": here["national"],
        "region_rows": region_rows(entries, mfi, answer["usual_thresholds"], live_region),
        "gains": gain_rows(answer["gains"], live_region),
        "shown_gains": SHOWN_GAINS,
        "settles": answer["typing_could_settle"],
        "shown_settles": SHOWN_SETTLES,
        "unknown_pages": pages_of(answer["unknown_total"], wanted.unknown_page_size),
    }


def serum(answer: Answer, live_region: str | None) -> dict[str, Any]:
    """The beads with their state, and the drawings made of them and of the counts."""
    mfi = answer["threshold"]
    beads = [{**bead, "state": state_of(bead["self"], bead["mfi"], mfi)} for bead in answer["beads"]]
    chart, left_out = serum_chart(beads, mfi)
    top_mfi = slider_top_mfi(beads, mfi)
    return {
        "beads": beads,
        "chart": chart,
        "left_out": left_out,
        "slider_top_mfi": top_mfi,
        "curve": availability(answer["thresholds"], live_region, mfi, top_mfi) if beads else "",
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
