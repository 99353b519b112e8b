"""The pairs on record: found by a full pass, listed, and decided by a person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import NotFound, RefusedByRule, UnusableInput
from domain.phenotype import LocusTyping, parse_phenotype_key
from domain.reference import Reference
from domain.suggestions import Person
from domain.typing_change import disagreements
from models.crypto import blind_index
from models.database import in_parts
from models.donor import Donor
from models.duplicate import DuplicatePair, PairState
from services.audit import record_audit
from services.donor_records import clean_reason
from services.duplicates.comparing import Found, candidate_pairs, compare_all
from services.duplicates.people import read_people
from services.duplicates.weights import duplicate_weights, review_limit
from services.reference import active_reference, parameters

DECISIONS = (PairState.SAME, PairState.DIFFERENT, PairState.LATER)
AWAITING = (PairState.OPEN, PairState.LATER)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a full pass found, and the people it was found among; plain identities, never to be stored."""

    people: Mapping[int, Person] = field(repr=False)
    found: Sequence[Found]
    crowded: int  # keys left out since too many donors share them


def compare_registry(session: Session) -> Compared:
    """Compare every donor with those who share a key; it only reads, so that nobody waits for it to write."""
    people = read_people(session)
    met = candidate_pairs(people)
    found = compare_all(people, met.pairs, weights=duplicate_weights(), limit=review_limit())
    return Compared(people, list(found), met.crowded)


def keep_pairs(session: Session, compared: Compared, *, now: datetime) -> Mapping[str, int]:
    """Keep the pairs that a person should look at.

    Counts: donors compared, pairs found, of which new, those dropped since they are no longer alike, and the keys left
    out since too many donors share them. A pair that was decided stays decided unless what was compared has changed.
    """
    people = compared.people
    typings = _Typings(session, {donor_id for one in compared.found for donor_id in (one.first_id, one.second_id)})
    found = [one for one in compared.found if {one.first_id, one.second_id} <= typings.keys.keys()]
    known = {(row.first_id, row.second_id): row for row in session.exec(select(DuplicatePair))}
    new = 0
    for one in found:
        row = known.pop((one.first_id, one.second_id), None)
        new += row is None
        _keep(session, one, row, people=people, typings=typings, now=now)
    gone = [row for row in known.values() if row.state in AWAITING]
    for row in gone:
        session.delete(row)
    session.flush()
    return {"donors": len(people), "pairs": len(found), "new": new, "gone": len(gone), "crowded": compared.crowded}


def list_pairs(session: Session, *, state: PairState | None = None) -> Sequence[tuple[DuplicatePair, str, str]]:
    """The pairs, the likeliest first, each with the numbers of its two donors; never who they are."""
    one, other = aliased(Donor), aliased(Donor)
    query = (
        select(DuplicatePair, one.donor_number, other.donor_number)
        .join(one, col(one.id) == col(DuplicatePair.first_id))
        .join(other, col(other.id) == col(DuplicatePair.second_id))
        .order_by(col(DuplicatePair.weight).desc(), col(DuplicatePair.id))
    )
    rows = session.exec(query.where(DuplicatePair.state == state) if state else query)
    return [(row, first, second) for row, first, second in rows]


def decide_pair(
    session: Session, *, pair_id: int, version: int, decision: str, reason: str, actor: str, now: datetime
) -> DuplicatePair:
    """Record what a person judged of a pair; nothing of the donors changes.

    Raises:
        NotFound: no such pair.
        UnusableInput: no such decision.
        InvalidFields: no reason.
        RefusedByRule: changed by another since it was opened, merged already, or called one person against their HLA.
    """
    row = session.get(DuplicatePair, pair_id)
    if row is None:
        raise NotFound("unknown_pair")
    if decision not in DECISIONS:
        raise UnusableInput("pair_decision_unknown", decision=decision)
    if row.version_id != version:
        raise RefusedByRule("pair_changed_meanwhile")
    refuse_if_one(session, row)
    kept = clean_reason(reason)
    if decision == PairState.SAME and row.conflicts:
        raise RefusedByRule("pair_hla_conflict", loci=", ".join(row.conflicts))
    row.state, row.reason = PairState(decision), kept
    row.decided_at, row.decided_by = now, actor
    session.flush()
    record_audit(
        session,
        actor=actor,
        action="duplicate_decided",
        subject_type="duplicate_pair",
        subject_key=str(pair_id),
        details={"decision": decision, "donors": [row.first_id, row.second_id]},
        now=now,
    )
    return row


def refuse_if_one(session: Session, pair: DuplicatePair) -> None:
    """Raises RefusedByRule where either record was merged into another."""
    for donor_id in (pair.first_id, pair.second_id):
        gone = session.get_one(Donor, donor_id)
        if gone.merged_into_id is not None:
            kept = session.get_one(Donor, gone.merged_into_id)
            raise RefusedByRule("merge_done_already", donor=gone.donor_number, other=kept.donor_number)


def hla_conflicts(one: Mapping[str, LocusTyping], other: Mapping[str, LocusTyping], reference: Reference) -> list[str]:
    """The loci at which two typings cannot be of one person; one less precise or open conflicts with nothing."""
    family = parameters()["default_creg_family"]
    both = (*disagreements(one, other, reference=reference, creg_family=family),
            *disagreements(other, one, reference=reference, creg_family=family))  # fmt: skip
    # What one of them merely does not say ("gone") is no conflict.
    typed = {locus for locus in one if any(one[locus].values) and any(other[locus].values)}
    return sorted({found.what for found in both if found.kind == "other"} & typed)


class _Typings:
    """The typings of the donors of the pairs, read at once: a query for each pair took longer than to compare them."""

    def __init__(self, session: Session, donor_ids: Collection[int]) -> None:
        self.keys: dict[int, str] = {}
        for part in in_parts(sorted(donor_ids)):
            # somebody restricted, erased or merged since they were read must not come back in a pair
            gone = (Donor.restricted_at, Donor.erased_at, Donor.merged_into_id)
            query = select(Donor.id, Donor.phenotype_key).where(*(col(one).is_(None) for one in gone))
            query = query.where(col(Donor.id).in_(part))
            self.keys.update((donor_id or 0, key) for donor_id, key in session.exec(query))
        self._reference = active_reference(session)

    def conflicts(self, one: str, other: str) -> list[str]:
        """The loci at which two of them cannot be of one person."""
        first, second = (parse_phenotype_key(key, self._reference) for key in (one, other))
        return hla_conflicts(first, second, self._reference)


def _keep(
    session: Session,
    one: Found,
    row: DuplicatePair | None,
    *,
    people: Mapping[int, Person],
    typings: _Typings,
    now: datetime,
) -> None:
    first, second = people[one.first_id], people[one.second_id]
    keys = [typings.keys[donor_id] for donor_id in (one.first_id, one.second_id)]
    compared = blind_index(repr((astuple(first), astuple(second), keys)), "duplicate_pair") or ""
    if row is None:
        row = DuplicatePair(
            first_id=one.first_id, second_id=one.second_id, weight=0, probability=0, compared="", found_at=now
        )
    elif row.compared != compared:
        row.state, row.found_at = PairState.OPEN, now
        row.decided_at, row.decided_by, row.reason = None, None, ""
    else:
        return
    row.conflicts = typings.conflicts(*keys)
    row.compared = compared
    row.weight, row.probability = one.score.weight, one.score.probability
    row.waterfall = [asdict(part) for part in one.score.parts]
    session.add(row)
