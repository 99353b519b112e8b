"""The table of donors as its template sees it: filters, columns, bands, flags, reservations."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from services.matching.columns import HPA_SORTS
from services.wanted import KNOWN
from views.paging import pages_of
from views.shown import day, said
from views.workbench.opening import Opened

Answer = Mapping[str, Any]
LISTED = ("compatible", "possible")


def donor_table(opened: Opened, national: Answer) -> dict[str, Any]:
    """Everything about the list of donors; `national` are the country's counts at the threshold."""
    answer, wanted = opened.answer, opened.wanted
    common_flags, flags = flags_of(answer["donors"])
    directive = answer["directive"] or {}
    donors = with_reservations(answer["donors"], opened.reservations)
    return {
        "groups": band_groups(donors, answer["bands"]),
        "filters_shown": filters_shown(opened, national),
        "choices": KNOWN,
        "unknown_donors": with_reservations(answer["unknown_donors"], opened.reservations),
        "sorted_by": wanted.sort.removeprefix("-"),
        "sorted_down": wanted.sort.startswith("-"),
        "common_flags": common_flags,
        "flags": flags,
        "stances": sorted({donor["evidence"]["stance"] for donor in donors if donor["evidence"]["items"]}),
        "asked_systems": sorted({antigen[:-1] for antigen in directive.get("hpa_antibodies", ())}),
        "hpa_sorts": {system: name for name, system in HPA_SORTS.items()},
        "asks_cd36": directive.get("anti_cd36", False),
        "eplet_table": answer["versions"]["eplets"],
        "ranked_pages": pages_of(answer["total"], wanted.page_size),
        "country_total": sum(national[verdict] for verdict in LISTED),
    }


def with_reservations(donors: Sequence[Answer], reservations: Mapping[str, Answer]) -> list[dict[str, Any]]:
    """The donors, each with where they stand on the day asked; None is free."""
    return [{**donor, "reserved": reservations.get(donor["donor_number"])} for donor in donors]


def band_groups(donors: Sequence[Answer], bands: Mapping[int, Answer]) -> list[tuple[Answer | None, list[Answer]]]:
    """The donors of the page by band, each with what its donors have in common and how many they are in all."""
    return [(bands.get(code), list(group)) for code, group in groupby(donors, key=lambda donor: donor["band"])]


def filters_shown(opened: Opened, national: Answer) -> list[dict[str, Any]]:
    """Each filter that is set: its name in the address, its words, and how many donors it alone hides."""
    wanted, answer = opened.wanted, opened.answer
    shown = []
    if wanted.region is not None and not OTHER_SCOPE.intersection({wanted.verdict}):
        country = sum(national[verdict] for verdict in LISTED)
        shown.append({"name": "region", "words": wanted.region, "hidden": country - answer["whole"]})
    elif wanted.region is not None:
        shown.append({"name": "region", "words": wanted.region, "hidden": None})
    for name, value in answer["filters"].items():
        shown.append({"name": name, "words": filter_words(name, value), "hidden": answer["hidden"][name]})
    return shown


OTHER_SCOPE = frozenset({"unknown", "all"})


def filter_words(name: str, value: Any) -> str:
    """One filter in the reader's words."""
    if name == "by":
        return said("list_filter.by", {"day": day(value)})
    if name == "abo":
        kind = "list_filter.abo_group" if value in ("A", "B", "AB", "O") else "list_filter.abo"
        return said(kind, {"abo": value if kind == "list_filter.abo_group" else said(f"abo.{value}")})
    if name == "risk":
        return said("list_filter.risk", {"percent": int(value)})
    if name == "grade":
        return said("list_filter.grade", {"grade": value})
    return said(f"list_filter.{name}.{value}")


def flags_of(donors: Sequence[Answer]) -> tuple[list[str], list[str]]:
    """The flags every listed donor carries, said once, and those that only some carry."""
    carried = [set(donor["flags"]) for donor in donors]
    common = set.intersection(*carried) if carried else set()
    return sorted(common), sorted(set().union(*carried) - common)
