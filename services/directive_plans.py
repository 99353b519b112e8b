"""What a directive would do before it is put in force: the donors it would leave, beside those of today."""

from datetime import date
from typing import Any

from sqlmodel import Session

from services.directive_drafts import Wording, check_draft
from services.matching.engine import sweep
from services.matching.snapshots import SnapshotStore
from services.patients import Request, get_patient
from services.searches import Laid, counts_json, issues_json, lay
from services.wording.alphabet import UNASSIGNED

Json = dict[str, Any]


def plan_directive(
    session: Session, store: SnapshotStore, *, patient_number: str, wording: Wording, on: date, locale: str
) -> Json:
    """The counts as they are and as they would be; nothing is written.

    `rows` holds, in order, the directive in force at its own threshold, the same at the threshold proposed, and
    the proposal. Raises InvalidFields with every fault of the wording.
    """
    patient = get_patient(session, patient_number)
    draft = check_draft(session, patient, wording, on=on)
    now = lay(session, store, patient_number=patient_number, request=Request(), on=on)
    then = lay(session, store, patient_number=patient_number, request=Request(), on=on, proposed=draft.terms)
    levels = sorted({mfi for mfi in (now.case.threshold_mfi, wording.threshold_mfi) if mfi is not None})
    rows = [_row("in_force", now, mfi, on) for mfi in levels]
    if now.case.threshold_mfi is not None:
        rows.sort(key=lambda row: row["mfi"] != now.case.threshold_mfi)
    return {
        "region": patient.region or UNASSIGNED,
        "active_donors": now.index.meta.donors,
        "rows": [*rows, _row("proposed", then, wording.threshold_mfi, on)],
        "issues": issues_json(then.issues, locale),
    }


def _row(which: str, laid: Laid, mfi: int, on: date) -> Json:
    """The counts of one threshold; `version` is that of the directive in force, None where there is none."""
    row = laid.case.directive_row
    sample = laid.case.sample.sample_code if laid.case.sample else None
    counts = counts_json(sweep(laid.matching, [mfi], on), 0)
    return {"which": which, "version": row.version if row else None, "mfi": mfi, "sample": sample, **counts}
