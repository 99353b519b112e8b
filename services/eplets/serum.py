"""The reactive eplets of one serum: with the beads that speak for and against each, and what they leave open."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from domain.epitopes import EpletEvidence, EpletTable, SerumEplets
from domain.profile import Bead
from domain.reaction import Basis
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.matching.eplet_notes import EpletNotes
from services.matching.explain import plain
from services.matching.snapshots import SnapshotStore
from services.patients import self_issues
from services.reference import parameters
from services.searches import issues_json
from services.wanted import Wanted
from services.workbench import banner_json, laid_for_page, serum_json

Json = dict[str, Any]


def open_serum_eplets(
    session: Session, store: SnapshotStore, *, patient_number: str, wanted: Wanted, locale: str
) -> Json:
    """What the patient's serum says of eplets at the threshold that the workbench would show.

    `eplets` is None where no table is loaded. Raises NotFound and UnusableInput.
    """
    laid, mfi, said = laid_for_page(session, store, patient_number, wanted)
    reading = laid.matching.reading
    return {
        **laid.head(),
        **banner_json(session, laid.case, wanted.on),
        "serum": serum_json(laid.case),
        "threshold": mfi,
        "eplets": eplets_json(reading, mfi),
        "issues": issues_json((*said, *laid.issues, *self_issues(reading, mfi)), locale),
    }


def eplets_json(reading: SerumReading, threshold_mfi: float) -> Json | None:
    """Reactive eplets, near misses, a small set that explains the reactive beads, and the untested antigens."""
    serum = reading.eplets()
    if serum is None:
        return None
    table = serum.table
    least = float(parameters()["eplet_near_miss_share"])
    found = serum.evidence(threshold_mfi, least)
    explained = serum.explain(threshold_mfi)
    return {
        "table": table.name,
        "without_status": len(table.without_status),
        "of_eplets": len(table.known),
        "near_miss_share": least,
        "patient_approximate": serum.own.approximate,
        "reactive": [_evidence(one, table) for one in found if not one.contradicting],
        "near_misses": [_evidence(one, table) for one in found if one.contradicting],
        "explaining": [
            {"eplet": eplet, "status": status_of(eplet, table), "beads": _beads(beads)}
            for eplet, beads in explained.chosen
        ],
        "unexplained": _beads(explained.unexplained),
        "unlisted": _beads(serum.unlisted),
        "untested": _untested(reading, serum, threshold_mfi),
    }


def status_of(eplet: str, table: EpletTable) -> str:
    """Whether the table says that an antibody has verified the eplet: verified, not_verified or not_stated."""
    if eplet in table.verified:
        return "verified"
    return "not_stated" if eplet in table.without_status else "not_verified"


def _evidence(one: EpletEvidence, table: EpletTable) -> Json:
    return {
        "eplet": one.eplet,
        "status": status_of(one.eplet, table),
        "share": one.share,
        "supporting": _beads(one.supporting),
        "contradicting": _beads(one.contradicting),
    }


def _beads(beads: Iterable[Bead]) -> list[Json]:
    return [{"allele": bead.allele, "mfi": plain(bead.mfi)} for bead in beads]


def _untested(reading: SerumReading, serum: SerumEplets, threshold_mfi: float) -> list[Json]:
    """The antigens that no bead of this panel tests, with the reactive eplets that their representative carries.

    `eplets` is None where the table does not know the antigen.
    """
    notes = EpletNotes(reading)
    found = []
    for antigen, kind in reading.reference.kinds.items():
        value = parse_typed_value(antigen, reference=reading.reference).value
        if kind == "broad" or value is None:
            continue
        if reading.react(value).basis_at(threshold_mfi) in (Basis.EPLET, Basis.UNTESTED):
            found.append(
                {
                    "antigen": antigen,
                    "representative": serum.table.representatives.get(antigen),
                    "eplets": notes.reactive(value, threshold_mfi),
                }
            )
    return found
