"""Why one donor stands where they stand, alone or beside others, with all that the page says around it."""

from collections.abc import Sequence
from math import floor, isinf
from typing import Any

from sqlmodel import Session

from domain.directive import MAX_THRESHOLD_MFI
from domain.errors import UnusableInput
from domain.phenotype import parse_phenotype_key
from models.donor import Donor
from services.ancestry_risk import ancestry_risk
from services.evidence.reading import read_evidence
from services.explanations import explain_laid, get_donor
from services.matching.snapshots import SnapshotStore
from services.patients import self_issues
from services.searches import Laid, issues_json
from services.wanted import Wanted
from services.workbench import banner_json, laid_for_page, serum_json

Json = dict[str, Any]
# A rule of the directive that is not met, whatever the threshold.
UNMET = ("_violated", "_missing")
LEAST_COMPARED, MOST_COMPARED = 2, 4


def open_explanation(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    donor_number: str,
    wanted: Wanted,
    zone: str,
    locale: str,
    with_ancestry: bool = False,
) -> Json:
    """One donor explained at the threshold that the workbench would show, and from which threshold they would fit.

    `with_ancestry` adds the risk by the ancestry that the donor declared, for those who may know it.
    Raises NotFound and UnusableInput.
    """
    laid, mfi, said = laid_for_page(session, store, patient_number, wanted)
    evidence = read_evidence(session, laid.case.patient, on=wanted.on, zone=zone)
    answer = explain_laid(session, laid, donor_number=donor_number, mfi=mfi, evidence=evidence, locale=locale)
    unmet = any(reason["code"].endswith(UNMET) for reason in answer["donor"]["reasons"])
    return {
        **answer,
        **banner_json(session, laid.case, wanted.on),
        "directive_version": answer["directive"],
        "serum": serum_json(laid.case),
        "ancestry_risk": ancestry_risk(laid, get_donor(session, donor_number), mfi) if with_ancestry else None,
        "compatible_from_mfi": None if unmet else compatible_from_mfi(laid, get_donor(session, donor_number)),
        "issues": issues_json((*said, *laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def compare_donors(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    donor_numbers: Sequence[str],
    wanted: Wanted,
    zone: str,
    locale: str,
) -> Json:
    """Two to four donors explained side by side, in the order given, each once.

    Raises NotFound, and UnusableInput for another number of donors.
    """
    numbers = list(dict.fromkeys(number.strip() for number in donor_numbers if number.strip()))
    if not LEAST_COMPARED <= len(numbers) <= MOST_COMPARED:
        raise UnusableInput("compare_two_to_four", least=LEAST_COMPARED, most=MOST_COMPARED)
    laid, mfi, said = laid_for_page(session, store, patient_number, wanted)
    asked: Json = {
        "mfi": mfi,
        "evidence": read_evidence(session, laid.case.patient, on=wanted.on, zone=zone),
        "locale": locale,
    }
    answers = [explain_laid(session, laid, donor_number=number, **asked) for number in numbers]
    return {
        **laid.head(),
        **banner_json(session, laid.case, wanted.on),
        "threshold": mfi,
        "donors": [
            {**answer["donor"], "listed": answer["listed"], "eligibility": answer["eligibility"]} for answer in answers
        ],
        "issues": issues_json((*said, *laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def compatible_from_mfi(laid: Laid, donor: Donor) -> int | None:
    """The lowest threshold at which no HLA value of the donor stands in the way; None where there is none."""
    reading = laid.matching.reading
    typings = parse_phenotype_key(donor.phenotype_key, reading.reference)
    in_scope = [typings[locus] for locus in laid.case.directive.loci]
    if not all(typing.is_typed for typing in in_scope):
        return None
    edges = [reading.react(value).negative_above_mfi for typing in in_scope for value in typing.distinct()]
    edge = max(edges, default=0.0)
    lowest = None if isinf(edge) else floor(edge) + 1
    return lowest if lowest is None or lowest <= MAX_THRESHOLD_MFI else None
