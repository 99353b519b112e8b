"""A patient's class I sera, each read alone under the directive in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.antibody_history import Assay, in_order, latest_of
from domain.errors import Issue
from domain.profile import Profile, build_profile
from domain.reactivity import SerumReading
from domain.reference import Reference
from domain.typing_text import ParsedText
from models.antibody import Bead, BeadKind, SerumSample
from services.directive_state import directive_issues
from services.matching.engine import Matching
from services.matching.snapshots import SnapshotStore, current_index
from services.patients import Case, Request, get_case, get_patient
from services.reference import active_reference
from services.searches import Laid, check_derivation, matching_of, rules_issues
from services.sera import class_i_samples, drawn
from services.workbench import shown_threshold


@dataclass(frozen=True, slots=True)
class ReadAlone:
    """One serum: its row, what makes it comparable, and how it reads for this patient under this directive."""

    sample: SerumSample
    assay: Assay
    reading: SerumReading


@dataclass(frozen=True, slots=True)
class SerialSera:
    """The sera in time up to the day asked, those of a later day, and the names of those the laboratory rejected."""

    laid: Laid
    threshold_mfi: int
    sera: Sequence[ReadAlone]
    future: Sequence[SerumSample]
    rejected: Sequence[SerumSample]
    issues: tuple[Issue, ...]

    @property
    def case(self) -> Case:
        """The patient, with the serum that the directive names or the latest."""
        return self.laid.case

    @property
    def latest(self) -> int | None:
        """The place of the last serum that has a date, else of the last."""
        found = latest_of([one.assay for one in self.sera])
        return None if found is None else next(at for at, one in enumerate(self.sera) if one.assay is found)

    def read(self, profile: Profile) -> SerumReading:
        """A profile read for this patient under this directive."""
        return _reading(self.laid, profile)


def read_sera_alone(session: Session, store: SnapshotStore, *, patient_number: str, on: date, zone: str) -> SerialSera:
    """Every class I serum that the laboratory did not reject, read alone, and the registry of today under it.

    A serum without a date stands at the day it came in, in the time zone of the registry. Raises NotFound.
    """
    reference = active_reference(session)
    samples = class_i_samples(session, get_patient(session, patient_number))
    kept = {one.id or 0: one for one in samples if not one.rejected}
    placed, later = in_order([_assay(one, zone) for one in kept.values()], on)
    laid = _lay(session, store, patient_number, [kept[one.serum] for one in placed], reference, on)
    threshold_mfi, said = shown_threshold(laid.case)
    profiles = _profiles(session, [one.serum for one in placed], reference)
    sera = [ReadAlone(kept[one.serum], one, _reading(laid, profiles[one.serum])) for one in placed]
    unread = [issue for one in sera for issue in one.reading.profile.issues]
    return SerialSera(
        laid=laid,
        threshold_mfi=threshold_mfi,
        sera=sera,
        future=[kept[one.serum] for one in later],
        rejected=[one for one in samples if one.rejected],
        issues=(*said, *laid.issues, *unread),
    )


def _lay(
    session: Session, store: SnapshotStore, number: str, samples: Sequence[SerumSample], reference: Reference, on: date
) -> Laid:
    """The directive in force over the registry; one serum is named so that a peak does not read them all."""
    request = Request(sample=samples[-1].sample_code if samples else None)
    case = get_case(session, number, request, reference, on=on)
    index, said = current_index(session, store)
    check_derivation(index, reference)
    matching: Matching = matching_of(session, case, index, reference)
    issues = (*said, *rules_issues(index, on), *directive_issues(case.directive_row, on), *_of_patient(case))
    return Laid(case, matching, on, issues)


def _of_patient(case: Case) -> list[Issue]:
    """What is to be said of the patient and the directive: what concerns one serum is told of that serum."""
    kept = {"patient_not_typed", "added_eplet_not_known", "removed_eplet_not_known"}
    return [one for one in case.issues if one.code in kept]


def _reading(laid: Laid, profile: Profile) -> SerumReading:
    reading = laid.matching.reading
    return replace(laid.case, profile=profile).reading(reading.reference, reading.eplet_table)


def _assay(sample: SerumSample, zone: str) -> Assay:
    known_on = sample.created_at.astimezone(ZoneInfo(zone)).date()
    parts = (sample.kit_lot, sample.source_format, sample.treatment)
    return Assay(sample.id or 0, drawn(sample), known_on, *parts)


def _profiles(session: Session, ids: Sequence[int], reference: Reference) -> Mapping[int, Profile]:
    """The profile of each serum, all beads in one query and each bead's name read once."""
    query = (
        select(Bead.sample_id, Bead.allele_text, Bead.mfi)
        .where(col(Bead.sample_id).in_(ids), Bead.kind == BeadKind.HLA)
        .order_by(col(Bead.sample_id), col(Bead.position))
    )
    results: dict[int, list[tuple[str, float]]] = {one: [] for one in ids}
    for sample_id, allele, mfi in session.exec(query).all():
        results[sample_id].append((allele, mfi))
    read: dict[str, ParsedText] = {}
    return {one: build_profile(beads, reference, read) for one, beads in results.items()}
