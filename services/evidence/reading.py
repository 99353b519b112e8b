"""Crossmatches and transfusions on record as evidence between a patient and each donor."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.evidence import (
    EvidenceRules,
    Item,
    Moment,
    PairEvidence,
    PatientEvidence,
    weigh_crossmatch,
    weigh_transfusion,
)
from models.crossmatch import Crossmatch
from models.database import in_parts
from models.donor import Donor
from models.patient import Patient
from services.evidence.rules import TRANSFUSION, evidence_rules
from services.sera import class_i_samples, drawn
from services.transfusions.judging import judge_all
from services.transfusions.rules import outcome_rules
from services.transfusions.store import transfusions_of

Found = Iterator[tuple[int, Item]]


def read_evidence(session: Session, patient: Patient, *, on: date, zone: str) -> PatientEvidence:
    """What is on record of each donor with this patient, weighed for donors of the day `on`.

    A transfusion is of the day on which it ended in the time zone of the registry.
    Raises UnusableInput for a day before any table.
    """
    rules = evidence_rules(on)
    sera = _sera(session, patient, on)
    moment = Moment(on, max(sera.values(), default=None))
    found: dict[int, list[Item]] = defaultdict(list)
    for donor_id, item in (
        *_crossmatches(session, patient, sera, rules, moment),
        *_transfusions(session, patient, rules, moment, ZoneInfo(zone)),
    ):
        found[donor_id].append(item)
    kept = _of_now(session, found)
    pairs = {
        donor_id: PairEvidence(tuple(sorted(items, key=lambda one: (one.on, one.code), reverse=True)))
        for donor_id, items in kept.items()
    }
    return PatientEvidence(rules.name, moment.latest_serum_on, pairs)


def _sera(session: Session, patient: Patient, on: date) -> dict[str, date]:
    """The day of each serum of the patient by then, by its code; those rejected by the laboratory are none."""
    found: dict[str, date] = {}
    for sample in class_i_samples(session, patient):
        day = drawn(sample)
        if day is not None and day <= on and not sample.rejected:
            found[sample.sample_code] = max(day, found.get(sample.sample_code, day))
    return found


def _crossmatches(
    session: Session, patient: Patient, sera: Mapping[str, date], rules: EvidenceRules, moment: Moment
) -> Found:
    query = select(Crossmatch).where(Crossmatch.patient_id == patient.id, col(Crossmatch.withdrawn_at).is_(None))
    for row in session.exec(query):
        # The day on record is the one that the latest serum is told by: two ways of dating it would not compare.
        serum_on = sera.get(row.serum_code, row.serum_on)
        said = weigh_crossmatch(
            row.kind, row.result, tested_on=row.tested_on, serum_on=serum_on, rules=rules, moment=moment
        )
        yield (
            row.donor_id,
            Item(
                row.code,
                row.kind.value,
                row.tested_on,
                row.result.value,
                said,
                method=row.method,
                serum_code=row.serum_code,
                serum_on=serum_on,
            ),
        )


def _transfusions(session: Session, patient: Patient, rules: EvidenceRules, moment: Moment, zone: ZoneInfo) -> Found:
    rows = transfusions_of(session, patient)
    judged = judge_all(patient, rows, rules=outcome_rules(moment.on)) if rows else {}
    for row in rows:
        if row.donor_id is None or row.code not in judged:
            continue
        outcome, given_on = judged[row.code], row.ended_at.astimezone(zone).date()
        early, late = (one.verdict for one in outcome.windows)
        said = weigh_transfusion(early, late, outcome.valid, given_on=given_on, rules=rules, moment=moment)
        yield row.donor_id, Item(row.code, TRANSFUSION, given_on, early.value, said, result_24h=late.value)


def _of_now(session: Session, found: Mapping[int, Sequence[Item]]) -> dict[int, list[Item]]:
    """The items by the record that holds the donor now: a merged record's belong to the one that took it over."""
    kept: dict[int, list[Item]] = defaultdict(list)
    holders: dict[int, int | None] = {}
    for part in in_parts(list(found)):
        query = select(Donor.id, Donor.merged_into_id).where(col(Donor.id).in_(part))
        holders.update(session.exec(query).all())  # type: ignore[arg-type]
    for donor_id, items in found.items():
        kept[holders.get(donor_id) or donor_id] += items
    return kept
