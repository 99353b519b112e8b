"""A patient with the serum and the directive that a search rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from domain.directive import Directive, Specificity, check_threshold, parse_loci, parse_specificity
from domain.epitopes import EpletTable
from domain.errors import Issue, NotFound
from domain.peak import CURRENT_SERUM, SerumRule
from domain.phenotype import LocusTyping, parse_locus
from domain.profile import Profile
from domain.reactivity import SelfStatus, SerumReading
from domain.reference import LOCI, Reference
from domain.typing_text import TypedValue
from models.antibody import SerumSample
from models.directive import Directive as DirectiveRow
from models.directive import DirectiveSpecificity, DirectiveStatus, SpecificityAction
from models.patient import Patient
from services.eplets.store import eplet_table_in_use
from services.planned_donor import read_planned_donor
from services.sera import read_serum, serum_name


@dataclass(frozen=True, slots=True)
class Request:
    """What the person asks instead of what the directive says; None leaves the directive's word."""

    sample: str | None = None
    threshold_mfi: int | None = None
    loci: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a search rests on besides the patient: a directive, in force (`row`) or proposed, and its serum."""

    directive: Directive = Directive()  # noqa: RUF009 - frozen
    sample: str | None = None
    threshold_mfi: int | None = None
    row: DirectiveRow | None = None
    said: tuple[Issue, ...] = ()
    serum: SerumRule = CURRENT_SERUM


@dataclass(frozen=True, slots=True)
class Case:
    """All that matching needs to know of one patient."""

    patient: Patient
    typings: Mapping[str, LocusTyping]
    sample: SerumSample | None
    sera: tuple[str, ...]
    profile: Profile
    directive: Directive
    directive_row: DirectiveRow | None
    threshold_mfi: int | None
    issues: tuple[Issue, ...]

    @property
    def values(self) -> tuple[TypedValue, ...]:
        """Every different typed value of the patient."""
        return distinct_values(self.typings)

    def reading(self, reference: Reference, eplet_table: EpletTable | None = None) -> SerumReading:
        """The serum read for this patient under this directive, with the eplets where a table is loaded."""
        return SerumReading(
            self.profile,
            self.values,
            reference,
            added=self.directive.added,
            removed=self.directive.removed,
            eplet_table=eplet_table,
        )


def get_patient(session: Session, number: str) -> Patient:
    """The patient of that number. Raises NotFound."""
    query = select(Patient).where(Patient.patient_number == number)
    # PostgreSQL refuses a NUL even in a question; nobody has such a number.
    patient = session.exec(query).first() if number.isprintable() else None
    if patient is None:
        raise NotFound("unknown_patient", patient=number)
    return patient


def distinct_values(typings: Mapping[str, LocusTyping]) -> tuple[TypedValue, ...]:
    """Every different typed value of the loci of one person."""
    return tuple(value for typing in typings.values() for value in typing.distinct())


def patient_typings(patient: Patient, reference: Reference) -> dict[str, LocusTyping]:
    """The patient's typed values, read from the raw text."""
    return {
        locus: parse_locus(
            getattr(patient, f"hla_{locus.lower()}_1"),
            getattr(patient, f"hla_{locus.lower()}_2"),
            locus=locus,
            reference=reference,
        )
        for locus in LOCI
    }


def get_case(
    session: Session, number: str, request: Request, reference: Reference, *, on: date, proposed: Terms | None = None
) -> Case:
    """Load a patient with the current directive, or the latest class I sample and no rules (INTERFACES §3).

    `on` is the day asked: a peak is read over the months before it. A serum that is asked for is read alone.

    `proposed` terms stand in for the directive in force: what would be, with nothing written.
    """
    patient = get_patient(session, number)
    typings = patient_typings(patient, reference)
    terms = _terms_in_force(session, patient, typings, reference) if proposed is None else proposed
    directive = terms.directive
    if request.loci is not None:
        directive = replace(directive, loci=parse_loci(request.loci))
    threshold = terms.threshold_mfi if request.threshold_mfi is None else request.threshold_mfi
    rule = terms.serum if request.sample is None else CURRENT_SERUM
    read = read_serum(session, patient, request.sample or terms.sample, rule, reference, on=on)
    issues = [issue for typing in typings.values() for issue in typing.issues]
    issues += terms.said
    issues += eplet_issues(directive, eplet_table_in_use(session))
    if not all(typings[locus].is_typed for locus in ("A", "B")):
        issues.append(Issue("patient_not_typed", "warning", number))
    return Case(
        patient=patient,
        typings=typings,
        sample=read.sample,
        sera=tuple(serum_name(one) for one in read.sera),
        profile=read.profile,
        directive=directive,
        directive_row=terms.row,
        threshold_mfi=None if threshold is None else check_threshold(threshold),
        issues=(*issues, *read.issues, *read.profile.issues),
    )


def eplet_issues(directive: Directive, table: EpletTable | None) -> list[Issue]:
    """The eplets that a directive names and the table in use does not know: an added one leaves nobody compatible."""
    named = (("added", directive.added), ("removed", directive.removed))
    return [
        Issue(f"{action}_eplet_not_known", "warning", edit.name, {"eplet": edit.eplet})
        for action, edits in named
        for edit in edits
        if edit.eplet is not None and (table is None or not table.knows(edit.eplet))
    ]


def find_current_directive(session: Session, patient: Patient) -> DirectiveRow | None:
    """The directive in force, if any."""
    query = select(DirectiveRow).where(
        DirectiveRow.patient_id == patient.id, DirectiveRow.status == DirectiveStatus.CURRENT
    )
    return session.exec(query).first()


def find_edits(session: Session, row: DirectiveRow) -> Sequence[DirectiveSpecificity]:
    """The added and removed specificities of a directive, in the order they were given."""
    query = select(DirectiveSpecificity).where(DirectiveSpecificity.directive_id == row.id)
    return session.exec(query.order_by(col(DirectiveSpecificity.id))).all()


def _terms_in_force(
    session: Session, patient: Patient, typings: Mapping[str, LocusTyping], reference: Reference
) -> Terms:
    row = find_current_directive(session, patient)
    return Terms() if row is None else terms_of(session, row, typings, reference)


def terms_of(
    session: Session, row: DirectiveRow, typings: Mapping[str, LocusTyping], reference: Reference
) -> Terms:
    """What one version of a directive asks, in force or not, with what follows from its planned donor."""
    planned, said = read_planned_donor(row.planned_donor, typings, reference)
    directive = _directive(session, row, reference)
    directive = replace(directive, added=(*directive.added, *planned))
    return Terms(directive, row.sample_code, row.threshold_mfi, row, said, SerumRule(row.serum, row.peak_months))


def _directive(session: Session, row: DirectiveRow, reference: Reference) -> Directive:
    edits: dict[SpecificityAction, list[Specificity]] = {action: [] for action in SpecificityAction}
    for edit in find_edits(session, row):
        edits[edit.action].append(parse_specificity(edit.specificity, reference))  # an eplet by its whole name
    return Directive(
        added=tuple(edits[SpecificityAction.ADD]),
        removed=tuple(edits[SpecificityAction.REMOVE]),
        loci=parse_loci(row.loci),
        hpa_antibodies=tuple(row.hpa_antibodies),
        anti_cd36=row.anti_cd36,
        abo_rule=row.abo_rule.value,
    )


def self_issues(reading: SerumReading, threshold_mfi: float) -> list[Issue]:
    """The patient's own beads, certain or possible, at or above the threshold (MATCHING §4)."""
    codes = {SelfStatus.CERTAIN: "self_reactive_bead", SelfStatus.POSSIBLE: "possibly_self_reactive_bead"}
    severities = {SelfStatus.CERTAIN: "warning", SelfStatus.POSSIBLE: "info"}
    return [
        Issue(codes[status], severities[status], bead.allele, {"allele": bead.allele, "mfi": bead.mfi})  # type: ignore[arg-type]
        for bead in reading.profile.beads
        if bead.mfi >= threshold_mfi and (status := reading.self_status(bead)) in codes
    ]
