"""The links of the workbench, each keeping what is asked but for what it changes."""

from collections.abc import Callable
from urllib.parse import quote

from flask import url_for

from services.wanted import Wanted
from views.workbench.criteria import query_of

FIRST_PAGES = {"page": 1, "unknown_page": 1}
MARK = "the-number-of-a-donor"
FILTERS = ("region", "verdict", "grade", "abo", "by", "rhd", "cmv", "risk", "evidence")
UNFILTERED = dict.fromkeys(FILTERS)


def addresses(patient_number: str, wanted: Wanted, threshold_mfi: int) -> dict[str, Callable[..., str]]:
    """What templates call to write a link."""

    def address(**changes: object) -> str:
        return url_for("workbench.show", patient=patient_number, **query_of(wanted, **changes))

    def other(endpoint: str, **values: object) -> str:
        query = query_of(wanted, threshold_mfi=threshold_mfi, **FIRST_PAGES)
        return url_for(endpoint, patient=patient_number, **values, **query)

    def sort_address(name: str) -> str:
        return address(sort=f"-{name}" if wanted.sort == name else name, page=1) + "#donors-title"

    def reserve_address(donor_number: str) -> str:
        asked = {"donor": donor_number, "on": wanted.on.isoformat(), "threshold": threshold_mfi}
        return url_for("reservations.new", patient=patient_number, **asked)

    def directive_address(loci: str, sample: str | None) -> str:
        asked = {"threshold": threshold_mfi, "loci": loci, "sample": sample}
        return url_for("directives.edit", patient=patient_number, **asked)

    return {
        "address": address,
        "sort_address": sort_address,
        "reserve_address": _for_each(reserve_address),
        "file_address": _for_each(lambda donor_number: url_for("donors.show", donor=donor_number)),
        "directive_address": directive_address,
        "donor_address": _for_each(lambda donor_number: other("workbench.donor", donor=donor_number)),
        "export_address": lambda endpoint, kind: other(endpoint, kind=kind),
        "start_address": lambda **changes: address(**FIRST_PAGES, **changes),
        "list_address": lambda **changes: address(**FIRST_PAGES, **changes) + "#donors-title",
        "clear_address": lambda: address(**FIRST_PAGES, **UNFILTERED) + "#donors-title",
        "page_address": lambda page: address(page=page) + "#donors-title",
        "unknown_page_address": lambda page: address(unknown_page=page) + "#unknown-title",
    }


def _for_each(address: Callable[[str], str]) -> Callable[[str], str]:
    """The same address for any donor, worked out once: a page holds it a hundred times."""
    before, after = address(MARK).split(MARK)
    return lambda donor_number: f"{before}{quote(donor_number, safe='')}{after}"
