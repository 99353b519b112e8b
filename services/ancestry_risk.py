"""The risk of one donor by the ancestry that they declared: only for those who may know it."""

from typing import Any

from domain.phenotype import parse_phenotype_key
from domain.typing_risk import TypingRisk, donor_risk
from models.donor import Donor
from services.searches import Laid

Json = dict[str, Any]


def ancestry_risk(laid: Laid, donor: Donor, threshold_mfi: float) -> Json:
    """The population of the table that the donor declared by its exact name, and the risk in it; both may be None."""
    table = laid.matching.risks.table
    alone = None if table is None else table.of_population(donor.ancestry)
    if alone is None:
        return {"population": None, "risk": None}
    reading = laid.matching.reading
    risks = TypingRisk(reading, alone)
    typings = parse_phenotype_key(donor.phenotype_key, reading.reference)
    in_scope = [typings[locus] for locus in laid.case.directive.loci]
    found = [risks.of(reading.react(value), threshold_mfi).risk for one in in_scope for value in one.distinct()]
    untyped = [None for one in in_scope if not one.is_typed]
    return {"population": next(iter(alone.mix)), "risk": donor_risk([*found, *untyped])}
