"""All that the search workbench of one patient shows, worked out in one pass over the registry."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from domain.cd36 import parse_cd36
from domain.directive import MAX_THRESHOLD_MFI, check_threshold
from domain.errors import Issue
from domain.profile import distinct_thresholds
from models.patient import Patient
from services.matching.engine import sweep
from services.matching.explain import plain
from services.matching.index import HPA_COLUMNS
from services.matching.snapshots import SnapshotStore
from services.patients import Case, Request, find_edits, self_issues
from services.ranked_donors import page_of_list
from services.requests import request_chips
from services.searches import (
    Json,
    Laid,
    counts_json,
    default_thresholds,
    gains_json,
    issues_json,
    lay,
    settleable_json,
)
from services.transfusions.telling import banner_chip
from services.wanted import Wanted


def open_workbench(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    wanted: Wanted,
    locale: str,
    now: datetime,
    zone: str,
) -> Json:
    """The patient, the serum, the counts of every threshold, and the openings and donors of one.

    Where neither the address nor a directive gives the threshold, the middle one of the usual thresholds is
    shown, and an issue says that nobody prescribed it. Raises NotFound and UnusableInput.
    """
    laid, mfi, said = laid_for_page(session, store, patient_number, wanted)
    usual = default_thresholds()
    levels = _levels(laid, [*usual, mfi])
    counts = sweep(laid.matching, levels, wanted.on)
    entries = [{"mfi": level, **counts_json(counts, place)} for place, level in enumerate(levels)]
    return {
        **laid.head(),
        **banner_json(session, laid.case, wanted.on),
        "serum": serum_json(laid.case),
        "beads": _beads_json(laid),
        "threshold": mfi,
        "usual_thresholds": usual,
        "thresholds": entries,
        "gains": gains_json(laid, mfi),
        "typing_could_settle": settleable_json(laid, mfi),
        **page_of_list(session, laid, mfi, wanted, now=now, zone=zone),
        "issues": issues_json((*said, *laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def laid_for_page(
    session: Session, store: SnapshotStore, patient_number: str, wanted: Wanted
) -> tuple[Laid, int, tuple[Issue, ...]]:
    """The patient of a page over the registry, the threshold it shows, and what is to be said of that.

    Raises NotFound and UnusableInput.
    """
    wanted.check()
    request = Request(sample=wanted.sample, threshold_mfi=wanted.threshold_mfi, loci=wanted.loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=wanted.on)
    return laid, *shown_threshold(laid.case)


def shown_threshold(case: Case) -> tuple[int, tuple[Issue, ...]]:
    """The threshold of a page: asked, directed, or the middle one of the usual, and then it is said that nobody did.

    Raises UnusableInput.
    """
    if case.threshold_mfi is not None:
        return check_threshold(case.threshold_mfi), ()
    usual = default_thresholds()
    mfi = usual[len(usual) // 2]
    return mfi, (Issue("threshold_not_prescribed", "info", "", {"threshold_mfi": mfi}),)


def banner_json(session: Session, case: Case, on: date) -> Json:
    """The patient and the directive in force, as every page of the patient shows them."""
    return {
        "patient": patient_json(case, on),
        "directive": _directive_json(session, case),
        "request_chips": request_chips(session, case.patient),
        "transfusion_chip": banner_chip(session, case.patient, on=on),
    }


def _levels(laid: Laid, shown: Sequence[int]) -> list[int]:
    """Every threshold at which a count may change, one beyond the last, and those shown."""
    steps = distinct_thresholds(laid.case.profile)
    found = {*steps, *shown, max(steps, default=0) + 1}
    return sorted(mfi for mfi in found if mfi <= MAX_THRESHOLD_MFI)


def patient_json(case: Case, on: date) -> Json:
    """The patient without identity: number, age in years, groups and typings as read."""
    patient = case.patient
    return {
        "number": patient.patient_number,
        "sex": patient.sex.value if patient.sex else None,
        "age_years": _age_years(patient, on),
        "abo": patient.abo.value if patient.abo else None,
        "rhd": patient.rhd.value if patient.rhd else None,
        "hla": {locus: [value.canonical for value in typing.values if value] for locus, typing in case.typings.items()},
        "hpa": {name: text for name in HPA_COLUMNS if (text := _raw_hpa(patient, name))},
        "cd36": parse_cd36(patient.cd36)[0].status,
        "diagnosis": patient.diagnosis,
        "region": patient.region,
    }


def _raw_hpa(patient: Patient, system: str) -> str:
    text: str = getattr(patient, system.lower().replace("-", "_"))
    return text


def _age_years(patient: Patient, on: date) -> int | None:
    if not patient.birth_date:
        return None
    born = date.fromisoformat(patient.birth_date)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _directive_json(session: Session, case: Case) -> Json | None:
    row = case.directive_row
    if row is None:
        return None
    edits = [
        {"action": edit.action.value, "specificity": edit.specificity, "reason": edit.reason}
        for edit in find_edits(session, row)
    ]
    return {
        "version": row.version,
        "threshold_mfi": row.threshold_mfi,
        "loci": row.loci.split(","),
        "edits": edits,
        "hpa_antibodies": list(row.hpa_antibodies),
        "anti_cd36": row.anti_cd36,
        "abo_rule": row.abo_rule.value,
    }


def serum_json(case: Case) -> Json | None:
    """The serum that is read, with its run day and kit lot; None where the patient has none."""
    sample = case.sample
    if sample is None:
        return None
    run_on = sample.run_on.isoformat() if sample.run_on else None
    several = list(case.sera) if len(case.sera) > 1 else []
    return {"code": sample.sample_code, "run_on": run_on, "kit_lot": sample.kit_lot, "combined": several}


def _beads_json(laid: Laid) -> list[Json]:
    """The beads by falling MFI: whose antigen each carries, whether its locus decides, whether removed."""
    reading = laid.matching.reading
    beads = sorted(laid.case.profile.beads, key=lambda bead: (-bead.mfi, bead.allele))
    return [
        {
            "allele": bead.allele,
            "antigens": sorted(bead.antigens),
            "mfi": plain(bead.mfi),
            "self": reading.self_status(bead).value,
            "in_scope": bead.locus in laid.case.directive.loci,
            "removed": reading.is_removed(bead),
            "serum": bead.serum,
        }
        for bead in beads
    ]
