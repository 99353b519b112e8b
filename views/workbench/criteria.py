"""What a reader asks of the workbench, read from the address and written back into links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from domain.directive import parse_loci, parse_threshold
from domain.errors import UnusableInput
from views.paging import parse_page

UNKNOWN_PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Criteria:
    """The address of one view of the workbench; None means the directive's own value, or no filter.

    `available` keeps, of the ranked donors, those who can give on that day.
    """

    on: date
    threshold_mfi: int | None = None
    region: str | None = None
    policy: str | None = None
    loci: str | None = None
    sample: str | None = None
    available: bool = False
    page: int = 1
    unknown_page: int = 1

    def query(self, **changes: object) -> dict[str, str]:
        """The address's query with some of it changed; what is left at its default is left out."""
        asked = replace(self, **changes)  # type: ignore[arg-type]
        texts = {
            "threshold": asked.threshold_mfi,
            "region": asked.region,
            "policy": asked.policy,
            "loci": asked.loci,
            "sample": asked.sample,
            "on": asked.on.isoformat(),
            "available": "yes" if asked.available else None,
            "page": asked.page if asked.page > 1 else None,
            "unknown_page": asked.unknown_page if asked.unknown_page > 1 else None,
        }
        return {name: str(value) for name, value in texts.items() if value is not None}


def parse_criteria(query: Mapping[str, str], *, today: date) -> Criteria:
    """Read the query of an address; an empty field is a field not given.

    Raises UnusableInput for a threshold, loci, day or page that cannot be meant.
    """
    given = {name: text.strip() for name, text in query.items() if text.strip()}
    return Criteria(
        on=_parse_day(given["on"]) if "on" in given else today,
        threshold_mfi=parse_threshold(given["threshold"]) if "threshold" in given else None,
        region=given.get("region"),
        policy=given.get("policy"),
        loci=",".join(parse_loci(given["loci"])) if "loci" in given else None,
        sample=given.get("sample"),
        available=given.get("available") == "yes",
        page=parse_page(given.get("page", "1")),
        unknown_page=parse_page(given.get("unknown_page", "1")),
    )


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text) from error
