"""Crossmatches of the small registry's donors with its patient."""

from datetime import timedelta

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from models.crossmatch import Crossmatch
from tests.small_registry import NOW, ON


def put_crossmatch(session, code, patient_id, donor_id, result, *, days=1, **more):
    """One crossmatch so many days before the day asked, with the serum S1 unless `more` says otherwise."""
    row = Crossmatch(**{
        "code": code, "patient_id": patient_id, "donor_id": donor_id, "kind": CrossmatchKind.PLATELET,
        "result": CrossmatchResult(result), "tested_on": ON - timedelta(days=days), "serum_code": "S1",
        "serum_on": ON - timedelta(days=days), "recorded_at": NOW, "recorded_by": "test", "changed_at": NOW,
        "changed_by": "test", **more,
    })  # fmt: skip
    session.add(row)
    session.flush()
    return row
