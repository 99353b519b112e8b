"""Changing what is known of a donor, with the reason: groups and health, identity, typing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from domain.errors import FieldFault, InvalidFields, Issue
from domain.reference import Reference
from domain.typing_change import Disagreement
from models.donor import TYPING_COLUMNS, Donor, DonorIdentity, DonorTyping, identity_indexes
from services.donor_records import audit_donor, clean_reason, open_donor, settle_donor
from services.donor_typing_change import disagreements_with, kept_texts
from services.imports.fields import DONOR_FIELDS, DONOR_KEY, IDENTITY_COLUMNS
from services.imports.reading import ReadRow
from services.imports.single_row import faults_of, read_single_row
from services.reference import active_reference
from services.typing_entry import read_typing_entry

EDITED = (
    "sex", "abo", "rhd", "cmv", "weight_kg", "height_cm", "platelet_count", "low_expression", "pregnancies",
    "hla_antibody_screen", "screened_on", "last_donation_on", "last_donation_type", "donations_12m",
    "region", "centre", "status",
)  # fmt: skip
PLATELET_COLUMNS = tuple(name for name in TYPING_COLUMNS if not name.startswith("hla_"))
BY_HAND = "by_hand"  # source of a typing that nobody imported


class TypingDisagrees(InvalidFields):
    """The new typing contradicts the one on record: shown, and saved only once somebody has confirmed it."""

    def __init__(self, found: Sequence[Disagreement]) -> None:
        super().__init__([FieldFault("confirmed", "typing_disagrees", {"count": len(found)})])
        self.found = tuple(found)


def edit_donor(
    session: Session,
    *,
    number: str,
    version: int,
    typed: Mapping[str, str],
    reason: str,
    actor: str,
    now: datetime,
) -> Sequence[Issue]:
    """Change columns of `EDITED` from what was typed, judged as a file's cells are; what there is to say of them.

    Raises InvalidFields for texts that a file could not have, RefusedByRule for a donor nobody may change now.
    """
    donor = open_donor(session, number, version=version)
    row, faults = _read(session, donor, {name: typed[name] for name in EDITED if name in typed}, now=now)
    kept = _reason_beside(faults, reason)
    changed = {name: value for name, value in row.values.items() if getattr(donor, name) != value}
    if changed:
        details = {name: [_plain(getattr(donor, name)), _plain(value)] for name, value in changed.items()}
        for name, value in changed.items():
            setattr(donor, name, value)
        settle_donor(session, donor, now=now)
        audit_donor(session, donor, "donor_edited", actor=actor, now=now, details={"reason": kept, "changes": details})
    return remarks_of(row)


def edit_identity(
    session: Session,
    *,
    number: str,
    version: int,
    typed: Mapping[str, str],
    reason: str,
    actor: str,
    now: datetime,
) -> Sequence[Issue]:
    """Change who a donor is; the blind indexes follow, and the trail says which fields only."""
    donor = open_donor(session, number, version=version)
    row, faults = _read(session, donor, {name: typed[name] for name in IDENTITY_COLUMNS if name in typed}, now=now)
    kept = _reason_beside(faults, reason)
    identity = session.get(DonorIdentity, donor.id) or DonorIdentity(donor_id=donor.id or 0)
    values = {name: _text(value) for name, value in row.values.items()}
    changed = [name for name, value in values.items() if (getattr(identity, name) or None) != value]
    if changed:
        for name in changed:
            setattr(identity, name, values[name])
        names = ("last_name", "first_name", "birth_date", "phone", "email")
        indexes = identity_indexes(**{name: getattr(identity, name) for name in names})
        for name, index in indexes.items():
            setattr(identity, name, index)
        session.add(identity)
        session.flush()
        settle_donor(session, donor, now=now)
        details = {"reason": kept, "fields": changed}
        audit_donor(session, donor, "donor_identity_edited", actor=actor, now=now, details=details)
    return remarks_of(row)


def record_typing(
    session: Session,
    *,
    number: str,
    version: int,
    hla: str,
    platelets: Mapping[str, str],
    reason: str,
    confirmed: bool,
    actor: str,
    now: datetime,
) -> Sequence[Issue]:
    """Put a new typing in the place of the present one, which stays in the history.

    `hla` is one free text for the three loci, `platelets` the HPA and CD36 texts by column.

    Raises:
        TypingDisagrees: the new typing contradicts the one on record and nobody has confirmed it.
        InvalidFields: a text that cannot be read.
        RefusedByRule: a donor nobody may change now.
    """
    donor = open_donor(session, number, version=version)
    reference = active_reference(session)
    typed, said = _typed_texts(hla, platelets, reference)
    row, faults = _read(session, donor, typed, now=now)
    kept = _reason_beside([*said, *faults], reason)
    texts = kept_texts(donor, {name: str(row.values[name] or "") for name in typed})
    changed = [name for name in TYPING_COLUMNS if texts[name] != getattr(donor, name)]
    if not changed:
        return remarks_of(row)
    found = disagreements_with(donor, texts, reference=reference)
    if found and not confirmed:
        raise TypingDisagrees(found)
    _keep_history(session, donor, texts, now=now)
    for name in changed:
        setattr(donor, name, texts[name])
    settle_donor(session, donor, now=now)
    details = {"reason": kept, "fields": changed, "confirmed": bool(found)}
    audit_donor(session, donor, "donor_typing_recorded", actor=actor, now=now, details=details)
    return remarks_of(row)


def put_platelet_text(
    session: Session, donor: Donor, *, column: str, text: str, source: str, actor: str, now: datetime
) -> None:
    """Give one HPA or CD36 column what the results of samples say; `source` names their file, or BY_HAND.

    Nobody is asked to confirm it: whoever calls this has weighed what was on record.
    """
    texts = {name: getattr(donor, name) for name in TYPING_COLUMNS} | {column: text}
    _keep_history(session, donor, texts, now=now, source=source)
    setattr(donor, column, text)
    settle_donor(session, donor, now=now)
    details = {"fields": [column], "from_results": True}
    audit_donor(session, donor, "donor_typing_recorded", actor=actor, now=now, details=details)


def _typed_texts(
    hla: str, platelets: Mapping[str, str], reference: Reference
) -> tuple[dict[str, str], list[FieldFault]]:
    """The texts by column, and what of the free text cannot be understood; a platelet column not given stays."""
    entry = read_typing_entry(hla, reference=reference)
    faults = [
        FieldFault("hla", one.issue.code, {"text": one.issue.subject, **one.issue.params}) for one in entry.errors
    ]
    given = {name: platelets[name] for name in PLATELET_COLUMNS if name in platelets}
    return {**entry.columns(), **given}, faults


def _keep_history(
    session: Session, donor: Donor, texts: Mapping[str, Any], *, now: datetime, source: str = BY_HAND
) -> None:
    """A row for what the typing is now, and at the first change one for what it was, as imports do."""
    if session.exec(select(DonorTyping.id).where(DonorTyping.donor_id == donor.id).limit(1)).first() is None:
        before = {name: getattr(donor, name) for name in TYPING_COLUMNS}
        session.add(DonorTyping(donor_id=donor.id or 0, recorded_at=donor.created_at, source="", **before))
        session.flush()
    session.add(DonorTyping(donor_id=donor.id or 0, recorded_at=now, source=source, **texts))
    session.flush()


def _read(
    session: Session, donor: Donor, typed: Mapping[str, str], *, now: datetime
) -> tuple[ReadRow, list[FieldFault]]:
    given = {DONOR_KEY: donor.donor_number, **typed}
    reference = active_reference(session)
    row = read_single_row(given, fields=DONOR_FIELDS, key=DONOR_KEY, reference=reference, now=now)
    return row, faults_of(row)


def _reason_beside(faults: Sequence[FieldFault], reason: str) -> str:
    """The reason in one line; everything wrong is said at once."""
    try:
        kept = clean_reason(reason)
    except InvalidFields as error:
        raise InvalidFields([*faults, *error.faults]) from error
    if faults:
        raise InvalidFields(faults)
    return kept


def remarks_of(row: ReadRow) -> list[Issue]:
    """What a file would have said of these values and taken them all the same."""
    return [
        Issue(one.code, one.severity, one.raw, {"text": one.raw, "column": one.column or "", **one.params})
        for one in row.issues
        if one.severity == "warning"
    ]


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else (str(value) if value else None)


def _plain(value: Any) -> Any:
    """A value as the trail holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | float) else str(value)
