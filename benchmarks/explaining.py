"""What an explanation costs: a page of a hundred donors, and everything about one of them."""

import statistics
from datetime import date
from typing import Any

from flask import Flask
from sqlmodel import Session

from benchmarks.measures import best_of
from benchmarks.rows import MS, Row
from domain.evidence import NO_EVIDENCE
from services.explanations import explain_laid
from services.matching.shortlist import Ranking, Scope
from services.matching.snapshots import SnapshotStore
from services.patients import Request
from services.reference import ranking_policies
from services.searches import DEFAULT_POLICY, Laid, lay

THRESHOLD_MFI, DONORS = 5000, 100


def explaining_rows(app: Flask, patients: tuple[str, ...], on: date) -> list[Row]:
    """The median over patients with as many donors to list, in an instance already filled."""
    runtime = app.extensions["phenotheque"]
    store = SnapshotStore(runtime.snapshots_path)
    found = []
    with runtime.engines.read_session() as session:
        for number in patients:
            request = Request(threshold_mfi=THRESHOLD_MFI)
            laid = lay(session, store, patient_number=number, request=request, on=on)
            found.append(_timed(session, laid))
    pages = [page for page, _, listed in found if listed == DONORS]
    what = f"explaining {DONORS} donors of a list, {len(pages)} patients"
    return [
        Row(f"{what}: p50", statistics.median(pages) * MS, "ms", 50),
        Row("explaining one donor whole: p50", statistics.median(whole for _, whole, _ in found) * MS, "ms"),
    ]


def _timed(session: Session, laid: Laid) -> tuple[float, float, int]:
    """Seconds for a page, seconds for its last donor whole, and how many donors the page has."""
    scope = Scope(laid.on, laid.case.patient.abo, laid.case.patient.region)
    ranking = Ranking(laid.matching, ranking_policies()[DEFAULT_POLICY], THRESHOLD_MFI, scope)
    shortlist = ranking.shortlist(DONORS)

    def page() -> list[dict[str, object]]:
        return laid.explainer(THRESHOLD_MFI, NO_EVIDENCE).page(session, ranking, shortlist, 1)

    number = str(page()[-1]["donor_number"])
    asked: dict[str, Any] = {"donor_number": number, "mfi": THRESHOLD_MFI, "evidence": NO_EVIDENCE, "locale": "fr"}
    return best_of(page), best_of(lambda: explain_laid(session, laid, **asked)), len(shortlist.rows)
