"""What a person asks of a directive, read and checked: every fault at once, with the field it is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlmodel import Session

from domain.abo import parse_rule
from domain.directive import Directive, Specificity, check_threshold, parse_loci, parse_specificity, refusal_of_edits
from domain.epitopes import EpletTable
from domain.errors import FieldFault, InvalidFields, Issue, PhenothequeError, RefusedByRule, UnusableInput
from domain.hpa import parse_antigen
from domain.peak import CURRENT_SERUM, parse_serum_rule
from domain.reference import Reference
from models.patient import Patient
from services.eplets.store import eplet_table_in_use
from services.patients import Terms, distinct_values, patient_typings
from services.planned_donor import read_planned_donor
from services.reference import active_reference
from services.rule_tables import hpa_systems
from services.sera import class_i_samples

LONGEST_REASON = 500
LONGEST_NOTE = 2_000
Read = TypeVar("Read")
Planned = tuple[tuple[Specificity, ...], tuple[Issue, ...]]
NOTHING_PLANNED: Planned = ((), ())


@dataclass(frozen=True, slots=True)
class Removal:
    """A specificity left out of the directive, and why."""

    specificity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Addition:
    """A specificity to avoid besides what the beads say, and why where somebody says it."""

    specificity: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person asks of a new directive, in their own words; a plain text in `add` is one without a reason.

    `valid_until`: the last day it holds; None until another one, or its end, is recorded.
    """

    threshold_mfi: int
    sample: str | None = None
    loci: str = "A,B"
    add: Sequence[str | Addition] = ()
    remove: Sequence[Removal] = ()
    hpa_antibodies: Sequence[str] = ()
    anti_cd36: bool = False
    abo_rule: str = "none"
    valid_until: date | None = None
    note: str = ""
    planned_donor: str = ""
    serum: str = "current"
    peak_months: int | None = None

    def additions(self) -> list[Addition]:
        """The added specificities, each with its reason."""
        return [Addition(one) if isinstance(one, str) else one for one in self.add]


@dataclass(frozen=True, slots=True)
class Edit:
    """One specificity as the reference knows it, with the reason that was given."""

    specificity: Specificity
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A wording that may be put in force."""

    terms: Terms
    threshold_mfi: int
    added: tuple[Edit, ...]
    removed: tuple[Edit, ...]
    valid_until: date | None
    note: str
    planned_donor: str


@dataclass(slots=True)
class _Reading:
    """Takes one step after the other and keeps what goes wrong, each with its field."""

    reference: Reference
    eplets: EpletTable | None
    faults: list[tuple[str, PhenothequeError]] = field(default_factory=list)

    def take(self, name: str, step: Callable[[], Read], *, instead: Read) -> Read:
        try:
            return step()
        except PhenothequeError as error:
            self.faults.append((name, error))
            return instead

    def edit(self, name: str, one: Addition | Removal) -> Edit | None:
        return self.take(name, lambda: _edit(one, self.reference, self.eplets), instead=None)

    def antigen(self, name: str, text: str) -> str:
        return self.take(name, lambda: parse_antigen(text, hpa_systems()), instead="")


def read_draft(session: Session, patient: Patient, wording: Wording, *, on: date) -> Draft:
    """The wording, read. Raises the first fault found: UnusableInput, or RefusedByRule for edits not allowed."""
    draft, faults = _read(session, patient, wording, on)
    if faults:
        raise faults[0][1]
    return draft


def check_draft(session: Session, patient: Patient, wording: Wording, *, on: date) -> Draft:
    """The same with every fault beside its field (`added-0` is the first added row). Raises InvalidFields."""
    draft, faults = _read(session, patient, wording, on)
    if faults:
        raise InvalidFields([FieldFault(name, error.code, error.params) for name, error in faults])
    return draft


def _read(
    session: Session, patient: Patient, wording: Wording, on: date
) -> tuple[Draft, list[tuple[str, PhenothequeError]]]:
    reading = _Reading(active_reference(session), eplet_table_in_use(session))
    take = reading.take
    threshold = take("threshold", lambda: check_threshold(wording.threshold_mfi), instead=0)
    added = _additions(reading, wording)
    removed = _removals(reading, wording)
    _refuse_edits(reading, patient, added, removed)
    antibodies = [reading.antigen("hpa_antibodies", text) for text in wording.hpa_antibodies]
    take("sample", lambda: _check_sample(session, patient, wording.sample), instead=None)
    loci: tuple[str, ...] = take("loci", lambda: parse_loci(wording.loci), instead=())
    rule = take("abo_rule", lambda: parse_rule(wording.abo_rule), instead="none")
    take("valid_until", lambda: _check_last_day(wording.valid_until, on), instead=None)
    planned = take("planned_donor", lambda: _planned(patient, wording, reading.reference), instead=NOTHING_PLANNED)
    note = take("note", lambda: _checked_note(wording.note), instead="")
    directive = Directive(
        added=(*(edit.specificity for edit in added.values()), *planned[0]),
        removed=tuple(edit.specificity for edit in removed.values()),
        loci=loci,
        hpa_antibodies=tuple(dict.fromkeys(antibodies)),
        anti_cd36=wording.anti_cd36,
        abo_rule=rule,
    )
    serum = take("peak_months", lambda: parse_serum_rule(wording.serum, wording.peak_months), instead=CURRENT_SERUM)
    terms = Terms(directive, wording.sample, threshold, said=planned[1], serum=serum)
    edits = tuple(added.values()), tuple(removed.values())
    return Draft(terms, threshold, *edits, wording.valid_until, note, wording.planned_donor.strip()), reading.faults


def _planned(patient: Patient, wording: Wording, reference: Reference) -> Planned:
    return read_planned_donor(wording.planned_donor, patient_typings(patient, reference), reference)


def _additions(reading: _Reading, wording: Wording) -> dict[int, Edit]:
    """The added specificities by their row; one written twice counts once."""
    found: dict[int, Edit] = {}
    for at, one in enumerate(wording.additions()):
        edit = reading.edit(f"added-{at}", one)
        if edit is not None and edit.specificity.name not in {known.specificity.name for known in found.values()}:
            found[at] = edit
    return found


def _removals(reading: _Reading, wording: Wording) -> dict[int, Edit]:
    """The specificities set aside by their row; each needs its reason and stands once."""
    found: dict[int, Edit] = {}
    for at, one in enumerate(wording.remove):
        edit = reading.edit(f"removed-{at}", one)
        if edit is None:
            continue
        if edit.specificity.name in {known.specificity.name for known in found.values()}:
            names = ", ".join(removal.specificity for removal in wording.remove)
            reading.faults.append((f"removed-{at}", UnusableInput("removed_twice", specificities=names)))
        if not edit.reason:
            fault = UnusableInput("removal_needs_reason", specificity=edit.specificity.name)
            reading.faults.append((f"removed-{at}-reason", fault))
        found[at] = edit
    return found


def _edit(one: Addition | Removal, reference: Reference, eplets: EpletTable | None) -> Edit:
    if not one.specificity.strip():
        raise UnusableInput("specificity_missing")
    specificity = parse_specificity(one.specificity, reference, eplets)
    if specificity.eplet is not None:
        if eplets is None:
            raise UnusableInput("eplet_table_not_loaded")
        if not eplets.knows(specificity.eplet):
            raise UnusableInput("unknown_eplet", eplet=specificity.eplet, table=eplets.name)
    return Edit(specificity, checked_reason(one.reason))


def checked_reason(text: str) -> str:
    """A reason without the spaces around it. Raises UnusableInput for one that is long or not plain text."""
    reason = text.strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise UnusableInput("reason_unusable", most=LONGEST_REASON)
    return reason


def _refuse_edits(reading: _Reading, patient: Patient, added: dict[int, Edit], removed: dict[int, Edit]) -> None:
    """Note each addition that may not stand: the patient's own, or set aside at the same time."""
    reference = reading.reference
    values = distinct_values(patient_typings(patient, reference))
    others = [edit.specificity for edit in removed.values()]
    for at, edit in added.items():
        refusal = refusal_of_edits([edit.specificity], others, values, reference, reading.eplets)
        if refusal is not None:
            error = RefusedByRule(refusal[0], specificity=refusal[1], patient=patient.patient_number)
            reading.faults.append((f"added-{at}", error))


def _check_sample(session: Session, patient: Patient, sample: str | None) -> None:
    if sample is not None and sample not in {one.sample_code for one in class_i_samples(session, patient)}:
        raise UnusableInput("unknown_sample", sample=sample, patient=patient.patient_number)


def _check_last_day(valid_until: date | None, on: date) -> None:
    if valid_until is not None and valid_until < on:
        raise UnusableInput("valid_until_past", until_on=valid_until.isoformat())


def _checked_note(text: str) -> str:
    note = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(note) > LONGEST_NOTE or not note.replace("\n", "").isprintable():
        raise UnusableInput("note_unusable", most=LONGEST_NOTE)
    return note
