"""What was known of a patient on a day gone by: the serum that was the latest then, the directive in force then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlmodel import Session, col, select

from domain.directive import Directive
from domain.grading import GRADED_LOCI, PatientMatcher
from domain.phenotype import LocusTyping, parse_phenotype_key
from domain.reaction import Reaction, Reactivity
from domain.reactivity import SerumReading
from domain.reference import Reference
from domain.reservation import status_at
from domain.standing import Standing
from domain.typing_text import TypedValue
from domain.verdict import Verdict
from models.antibody import SerumSample
from models.directive import Directive as DirectiveRow
from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation, ReservationStatus
from services.donor_rules import donor_rules
from services.eplets.store import eplet_table_in_use
from services.matching.eplet_notes import EpletNotes
from services.matching.tables import SUM_DECIMALS, DonorRules
from services.patients import Terms, distinct_values, patient_typings, terms_of
from services.reference import active_reference, parameters
from services.sera import class_i_samples, drawn, read_profile
from services.why_not import demands_of

SILENT = (Reaction.UNTESTED, Reaction.UNDECIDED)  # what a value without any bead may be
NEVER_CAME = (ReservationStatus.RELEASED, ReservationStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Sum:
    """The antibodies against a donor's values in scope: their sum and the highest, in MFI; None where not known."""

    sum_mfi: float | None
    max_mfi: float | None


class Readings:
    """One serum under one directive, asked of many donors: each value reacts once."""

    def __init__(self, reading: SerumReading, directive: Directive, rules: DonorRules) -> None:
        self.reading, self.directive, self.rules = reading, directive, rules
        self._reactivities: dict[str, Reactivity] = {}
        self._sums: dict[str, Sum] = {}
        self._verdicts: dict[tuple[str, str, int], Verdict] = {}

    def sum_of(self, key: str, typings: Mapping[str, LocusTyping]) -> Sum:
        """Sum and highest MFI against a phenotype; not known where a position is not typed or a value not tested."""
        if key not in self._sums:
            self._sums[key] = self._summed([typings[locus] for locus in self.directive.loci])
        return self._sums[key]

    def verdict(self, donor: Donor, typings: Mapping[str, LocusTyping], threshold_mfi: int) -> Verdict:
        """The verdict at a threshold, by the rules of the directive."""
        asked = (donor.phenotype_key, donor.class_key, threshold_mfi)
        if asked not in self._verdicts:
            in_scope = tuple(typings[locus] for locus in self.directive.loci)
            standing = Standing(self.reading, in_scope, demands_of(self.rules, donor), threshold_mfi)
            self._verdicts[asked] = standing.verdict
        return self._verdicts[asked]

    def _summed(self, typings: Sequence[LocusTyping]) -> Sum:
        found = [self._reactivity(value) for typing in typings for value in typing.distinct()]
        if not all(typing.is_typed for typing in typings) or any(
            one.high is None and any(step.above in SILENT for step in one.steps) for one in found
        ):
            return Sum(None, None)
        floor_mfi = float(parameters()["sum_floor_mfi"])
        highs = [one.high or 0.0 for one in found]
        return Sum(round(sum(high for high in highs if high >= floor_mfi), SUM_DECIMALS), max(highs, default=0.0))

    def _reactivity(self, value: TypedValue) -> Reactivity:
        if value.canonical not in self._reactivities:
            self._reactivities[value.canonical] = self.reading.react(value)
        return self._reactivities[value.canonical]


class PatientThen:
    """One patient's sera, directives and reservations, each read once whatever the number of days asked."""

    def __init__(self, session: Session, patient: Patient) -> None:
        self.session, self.patient = session, patient
        self.reference: Reference = active_reference(session)
        self.typings = patient_typings(patient, self.reference)
        self._grades: dict[str, str] = {}
        self._terms: dict[int | None, Terms] = {None: Terms()}
        self._readings: dict[tuple[int | None, int | None], Readings] = {}

    def grade(self, key: str, typings: Mapping[str, LocusTyping]) -> str:
        """The grade of a phenotype under the default family of cross-reactive groups."""
        if key not in self._grades:
            counts = [self._matcher.count(typings[locus]) for locus in GRADED_LOCI]
            self._grades[key] = self._matcher.grade(counts).text
        return self._grades[key]

    def eplet_load(self, typings: Mapping[str, LocusTyping], loci: Sequence[str]) -> int | None:
        """The eplets in scope that the patient lacks; None where no table is loaded, or it does not know."""
        load = self._eplets.load([typings[locus] for locus in loci])
        return None if load is None else len(load.names)

    def serum_on(self, day: date) -> SerumSample | None:
        """The latest class I serum that the laboratory did not reject, sampled (else run) on or before a day."""
        dated = [(on, one.id or 0, one) for one in self._sera if (on := drawn(one)) is not None and on <= day]
        return max(dated, key=lambda found: found[:2])[2] if dated else None

    def directive_at(self, moment: datetime) -> DirectiveRow | None:
        """The version that was in force at a moment; one past its last day too, as searches apply it."""
        for row in self._directives:
            ended = row.closed_at is not None and row.closed_at <= moment
            if row.created_at <= moment and not ended:
                return row
        return None

    def reservation_near(self, donor_id: int, day: date, moment: datetime, most_days: int) -> Reservation | None:
        """The latest reservation of the donor for this patient that a transfusion of this moment can come from.

        `day` is the local day of the moment. A hold that had run out by then is none, whether or not it was marked so.
        """
        near = [
            one
            for one in self._reservations
            if one.donor_id == donor_id
            and 0 <= (day - one.day).days <= most_days
            and status_at(one.status, one.expires_at, moment) not in NEVER_CAME
        ]
        return max(near, key=lambda one: (one.day, one.id or 0), default=None)

    def terms(self, row: DirectiveRow | None) -> Terms:
        """What a version asks; without one nothing besides HLA-A and -B."""
        key = None if row is None else row.id
        if key not in self._terms and row is not None:
            self._terms[key] = terms_of(self.session, row, self.typings, self.reference)
        return self._terms[key]

    def readings(self, sample: SerumSample, row: DirectiveRow | None) -> Readings:
        """A serum read under a version of the directive."""
        key = (sample.id, None if row is None else row.id)
        if key not in self._readings:
            directive = self.terms(row).directive
            reading = self._reading(sample, directive)
            self._readings[key] = Readings(reading, directive, donor_rules(directive, self.patient.abo))
        return self._readings[key]

    def _reading(self, sample: SerumSample | None, directive: Directive) -> SerumReading:
        return SerumReading(
            read_profile(self.session, sample, self.reference),
            distinct_values(self.typings),
            self.reference,
            added=directive.added,
            removed=directive.removed,
            eplet_table=eplet_table_in_use(self.session),
        )

    @cached_property
    def _matcher(self) -> PatientMatcher:
        return PatientMatcher(self.typings, self.reference, parameters()["default_creg_family"])

    @cached_property
    def _eplets(self) -> EpletNotes:
        return EpletNotes(self._reading(None, Directive()))  # a load asks the patient's typing, not the serum

    @cached_property
    def _sera(self) -> list[SerumSample]:
        return [one for one in class_i_samples(self.session, self.patient) if not one.rejected]

    @cached_property
    def _directives(self) -> Sequence[DirectiveRow]:
        query = select(DirectiveRow).where(DirectiveRow.patient_id == self.patient.id)
        return self.session.exec(query.order_by(col(DirectiveRow.version).desc())).all()

    @cached_property
    def _reservations(self) -> Sequence[Reservation]:
        return self.session.exec(select(Reservation).where(Reservation.patient_id == self.patient.id)).all()


class Phenotypes:
    """Typings by phenotype key, each parsed once."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._typings: dict[str, dict[str, LocusTyping]] = {}

    def of(self, key: str) -> Mapping[str, LocusTyping]:
        """The typings of a key."""
        if key not in self._typings:
            self._typings[key] = parse_phenotype_key(key, self.reference)
        return self._typings[key]
