"""Why one donor stands where they stand, with all that the page of the explanation says around it."""

from math import floor, isinf
from typing import Any

from sqlmodel import Session

from domain.directive import MAX_THRESHOLD_MFI
from domain.phenotype import parse_phenotype_key
from models.donor import Donor
from services.explanations import explain_donor, get_donor
from services.matching.snapshots import SnapshotStore
from services.patients import Request, self_issues
from services.searches import Laid, issues_json, lay
from services.workbench import Wanted, banner_json, serum_json, shown_threshold

Json = dict[str, Any]
# A rule of the directive that is not met, whatever the threshold.
UNMET = ("_violated", "_missing")


def open_explanation(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    donor_number: str,
    wanted: Wanted,
    locale: str,
) -> Json:
    """One donor explained at the threshold that the workbench would show, and from which threshold they would fit.

    Raises NotFound and UnusableInput.
    """
    request = Request(sample=wanted.sample, threshold_mfi=wanted.threshold_mfi, loci=wanted.loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=wanted.on)
    mfi, said = shown_threshold(laid.case)
    answer = explain_donor(
        session,
        store,
        patient_number=patient_number,
        donor_number=donor_number,
        on=wanted.on,
        threshold=mfi,
        loci=wanted.loci,
        sample=wanted.sample,
        locale=locale,
    )
    unmet = any(reason["code"].endswith(UNMET) for reason in answer["donor"]["reasons"])
    return {
        **answer,
        **banner_json(session, laid.case, wanted.on),
        "serum": serum_json(laid.case),
        "compatible_from_mfi": None if unmet else compatible_from_mfi(laid, get_donor(session, donor_number)),
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
