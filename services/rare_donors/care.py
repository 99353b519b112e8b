"""How a rare donor is cared for: rhythm, last contact, and what the donor is kept for; never lost to another's save."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.errors import FieldFault, InvalidFields, NotFound, RefusedByRule
from models.donor import Donor
from models.rare_donor import RareDonor, RareDonorCare, RareStatus
from services.donor_records import audit_donor, open_donor, read_day
from services.explanations import find_donor, get_donor
from services.imports.shape import cell_fault
from services.rare_donors.rules import rare_rules

LONGEST_NOTE = 1_000
MOST_MONTHS = 60
NEW = 0  # the version of care that nobody has recorded yet
TYPED = ("recall_months", "contacted_on", "exposure", "note", "spare", "pseudonym_only")


@dataclass(frozen=True, slots=True)
class Care:
    """What a person may set of a donor's care."""

    recall_months: int | None = None
    contacted_on: date | None = None
    spare: bool = False
    pseudonym_only: bool = False
    exposure: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RareNote:
    """The rare phenotypes of a donor, and whether patients who need none of them should leave the donor alone."""

    rows: Sequence[RareDonor]
    spare: bool


def read_care(typed: Mapping[str, str], *, today: date) -> Care:
    """The care that a form describes; a tick is any text. Raises InvalidFields with every fault."""
    faults: list[FieldFault] = []
    months, contacted = _months(typed.get("recall_months", ""), faults), None
    try:
        contacted = read_day(typed.get("contacted_on", ""), field="contacted_on", required=False)
    except InvalidFields as unread:
        faults += unread.faults
    if contacted and contacted > today:
        faults.append(FieldFault("contacted_on", "rare_contact_to_come", {"on": contacted.isoformat()}))
    texts = {name: typed.get(name, "").strip() for name in ("exposure", "note")}
    faults += [
        FieldFault(name, "note_too_long", {"most": LONGEST_NOTE})
        for name, text in texts.items()
        if len(text) > LONGEST_NOTE
    ]
    faults += [
        FieldFault(name, fault.code, {"text": text[:80]}) for name, text in texts.items() if (fault := cell_fault(text))
    ]
    if faults:
        raise InvalidFields(faults)
    return Care(
        recall_months=months,
        contacted_on=contacted,
        spare=bool(typed.get("spare")),
        pseudonym_only=bool(typed.get("pseudonym_only")),
        **texts,
    )


def _months(text: str, faults: list[FieldFault]) -> int | None:
    kept = text.strip()
    if not kept:
        return None
    if kept.isascii() and kept.isdigit() and len(kept) < 4 and 1 <= int(kept) <= MOST_MONTHS:
        return int(kept)
    faults.append(FieldFault("recall_months", "rare_months_unusable", {"text": kept, "most": MOST_MONTHS}))
    return None


def get_rare_donor(session: Session, number: str) -> Donor:
    """The donor of a number, if the file holds or held them. Raises NotFound."""
    found = find_donor(session, number)
    known = select(RareDonor.id).where(RareDonor.donor_id == (found.id if found else None))
    if found is None or session.exec(known.limit(1)).first() is None:
        raise NotFound("unknown_rare_donor", donor=number)
    return found


def rare_note(session: Session, number: str) -> RareNote:
    """What a donor's own page says of the file; of a donor who is not in it, nothing. Raises NotFound."""
    query = select(RareDonor).where(RareDonor.donor_id == get_donor(session, number).id)
    rows = session.exec(query.where(RareDonor.status != RareStatus.WITHDRAWN).order_by(col(RareDonor.id))).all()
    rules = rare_rules()
    care = session.get(RareDonorCare, rows[0].donor_id) if rows else None
    spare = any(rules[row.phenotype].spare for row in rows if row.phenotype in rules)
    return RareNote(rows, spare or bool(care and care.spare))


def care_of(session: Session, donor_id: int) -> tuple[Care, int]:
    """What is recorded of a donor's care, and its version; an empty one where nobody recorded any."""
    row = session.get(RareDonorCare, donor_id)
    if row is None:
        return Care(), NEW
    return Care(**{name: getattr(row, name) for name in TYPED}), row.version_id


def set_care(session: Session, *, number: str, care: Care, version: int, actor: str, now: datetime) -> RareDonorCare:
    """Record the care of a donor; the trail keeps what was set, and of the texts only that they were changed.

    Raises NotFound for a donor who is not in the file, RefusedByRule for one erased or restricted, and where somebody
    changed the care meanwhile.
    """
    donor_id = get_rare_donor(session, number).id or 0
    donor = open_donor(session, number)
    before, recorded = care_of(session, donor_id)
    if version != recorded:
        raise RefusedByRule("changed_meanwhile")
    row = session.get(RareDonorCare, donor_id) or RareDonorCare(donor_id=donor_id, changed_at=now, changed_by=actor)
    changed = [name for name in TYPED if getattr(before, name) != getattr(care, name)]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, getattr(care, name))
    row.changed_at, row.changed_by = now, actor
    session.add(row)
    session.flush()
    changes = {
        name: [getattr(before, name), getattr(care, name)] for name in changed if name not in ("exposure", "note")
    }
    fields = [name for name in changed if name in ("exposure", "note")]
    audit_donor(
        session, donor, "rare_care_changed", actor=actor, now=now, details={"changes": changes, "fields": fields}
    )
    return row
