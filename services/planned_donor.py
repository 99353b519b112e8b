"""The planned stem-cell donor's typing on a directive, read for its patient; kept as raw text, without identity."""

from collections.abc import Mapping

from domain.directive import Specificity
from domain.errors import Issue
from domain.phenotype import LocusTyping
from domain.planned_donor import parse_planned_donor, planned_exclusions
from domain.reference import Reference


def read_planned_donor(
    text: str, typings: Mapping[str, LocusTyping], reference: Reference
) -> tuple[tuple[Specificity, ...], tuple[Issue, ...]]:
    """The additions that follow from the typing, and what to know of them; nothing without a typing.

    Raises UnusableInput for a typing that cannot be read.
    """
    values, issues = parse_planned_donor(text, reference)
    if not values:
        return (), issues
    excluded = planned_exclusions(values, typings, reference)
    parts = {
        "planned_donor_excluded": [one.name for one in excluded if one.is_certain],
        "planned_donor_undecided": [one.name for one in excluded if not one.is_certain],
    }
    said = [Issue(code, "info", text, {"names": ", ".join(names)}) for code, names in parts.items() if names]
    return excluded, (*issues, *(said or [Issue("planned_donor_matched", "info", text)]))
