"""Every standing transfusion of a period with what was given: the donor, the serum and the directive of that day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain import abo
from domain.reservation import Timing
from domain.transfusion import Held
from domain.transfusion_outcome import Outcome
from models.database import in_parts
from models.donor import Donor
from models.patient import Patient
from models.transfusion import Transfusion
from services.outcomes.rules import report_rules
from services.outcomes.then import PatientThen, Phenotypes
from services.reference import active_reference
from services.rule_tables import abo_groups
from services.transfusions.judging import judge_all
from services.transfusions.rules import outcome_rules

# Why something of a transfusion is not known; the same transfusions wherever it is said.
NO_DONOR, NO_SERUM = "no_donor", "no_serum"
BY_RESERVATION, BY_DIRECTIVE = "reservation", "directive"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given in one transfusion, as it stood on that day; None is not known.

    `why` is NO_DONOR or NO_SERUM where the donor cannot be read against a serum; sums are in MFI.
    """

    patient: str
    donor: str | None
    day: date
    row: Transfusion
    outcome: Outcome
    abo: abo.Relation | None
    why: str = ""
    grade: str | None = None
    eplets: int | None = None
    sum_mfi: float | None = None
    max_mfi: float | None = None
    threshold_mfi: int | None = None
    threshold_by: str = ""
    verdict: str | None = None

    @property
    def is_valid(self) -> bool:
        """Whether everything that a valid transfusion needs is known to hold."""
        return self.outcome.valid is Held.MET


def gather(session: Session, *, from_on: date, until_on: date, timing: Timing) -> list[Given]:
    """The transfusions that ended on these days, both included, by patient and in the order of time."""
    zone = ZoneInfo(timing.timezone)
    start = datetime.combine(from_on, time.min, zone).astimezone(UTC)
    end = datetime.combine(until_on + timedelta(days=1), time.min, zone).astimezone(UTC)
    rows = _standing_rows(session, start, end)
    donors = _donors(session, {row.donor_id for one in rows.values() for row in one if row.donor_id is not None})
    phenotypes = Phenotypes(active_reference(session))
    rules = outcome_rules(timing.today)  # by which the patients' own pages judge
    found: list[Given] = []
    for patient in _patients(session, rows):
        then, judged = PatientThen(session, patient), judge_all(patient, rows[patient.id or 0], rules=rules)
        asked = (row for row in rows[patient.id or 0] if start <= row.ended_at < end)
        found += [_given(then, row, judged[row.code], donors, phenotypes, timing) for row in asked]
    return found


def _given(
    then: PatientThen,
    row: Transfusion,
    outcome: Outcome,
    donors: Mapping[int, Donor],
    phenotypes: Phenotypes,
    timing: Timing,
) -> Given:
    day = timing.local(row.ended_at).date()
    donor = donors.get(row.donor_id or 0)
    relation = abo.relation(then.patient.abo, row.product_abo, abo_groups())
    known = Given(
        then.patient.patient_number, donor.donor_number if donor else None, day, row, outcome, relation, NO_DONOR
    )
    return known if donor is None else _with_donor(then, known, donor, phenotypes)


def _with_donor(then: PatientThen, known: Given, donor: Donor, phenotypes: Phenotypes) -> Given:
    """The same with what the donor's typing says before the serum and the directive of that day."""
    typings = phenotypes.of(donor.phenotype_key)
    version = then.directive_at(known.row.ended_at)
    sample = then.serum_on(known.day)
    directive = then.terms(version).directive
    threshold, by = _threshold(then, known, donor, version.threshold_mfi if version else None)
    readings = then.readings(sample, version) if sample else None
    against = readings.sum_of(donor.phenotype_key, typings) if readings else None
    return replace(
        known,
        why="" if readings else NO_SERUM,
        grade=then.grade(donor.phenotype_key, typings),
        eplets=then.eplet_load(typings, directive.loci),
        sum_mfi=against.sum_mfi if against else None,
        max_mfi=against.max_mfi if against else None,
        threshold_mfi=threshold,
        threshold_by=by,
        verdict=readings.verdict(donor, typings, threshold).value if readings and threshold else None,
    )


def _threshold(then: PatientThen, known: Given, donor: Donor, directed: int | None) -> tuple[int | None, str]:
    """The threshold that the product was chosen by: the reservation's, else the directive's of that day."""
    reserved = then.reservation_near(donor.id or 0, known.day, known.row.ended_at, report_rules().reservation_days)
    if reserved is not None and reserved.threshold_mfi is not None:
        return reserved.threshold_mfi, BY_RESERVATION
    return directed, BY_DIRECTIVE if directed is not None else ""


def _standing_rows(session: Session, start: datetime, end: datetime) -> Mapping[int, list[Transfusion]]:
    """All standing transfusions of the patients who had one in the period: the others spoil a count of it."""
    of_period = select(Transfusion.patient_id).where(
        col(Transfusion.ended_at) >= start, col(Transfusion.ended_at) < end, col(Transfusion.withdrawn_at).is_(None)
    )
    query = select(Transfusion).where(
        col(Transfusion.patient_id).in_(of_period), col(Transfusion.withdrawn_at).is_(None)
    )
    found: dict[int, list[Transfusion]] = {}
    for row in session.exec(query.order_by(col(Transfusion.ended_at), col(Transfusion.id))).all():
        found.setdefault(row.patient_id, []).append(row)
    return found


def _patients(session: Session, ids: Iterable[int]) -> Iterator[Patient]:
    found = [
        patient
        for part in in_parts(sorted(ids))
        for patient in session.exec(select(Patient).where(col(Patient.id).in_(part))).all()
    ]
    yield from sorted(found, key=lambda one: one.patient_number)


def _donors(session: Session, ids: Iterable[int]) -> Mapping[int, Donor]:
    """Each donor by the id on record; of a merged record, the one that took it over."""
    found: dict[int, Donor] = {}
    for part in in_parts(sorted(ids)):
        for one in session.exec(select(Donor).where(col(Donor.id).in_(part))).all():
            kept = one if one.merged_into_id is None else session.get_one(Donor, one.merged_into_id)
            found[one.id or 0] = kept
    return found
