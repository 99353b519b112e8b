"""Putting another nomenclature in force: what it would change, text by text, and then the change itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from domain.directive import parse_specificity, refusal_of_edits
from domain.eligibility import EligibilityRules
from domain.epitopes import EpletTable
from domain.errors import Issue, RefusedByRule, UnusableInput
from domain.phenotype import BLANK, parse_locus
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, TypedValue, parse_typed_value
from models.antibody import Bead, BeadKind, HlaClass, SerumSample
from models.directive import Directive, DirectiveSpecificity, DirectiveStatus, SpecificityAction
from models.patient import Patient
from models.reference import ReferenceRelease
from services.audit import record_audit
from services.donors import rederive_all
from services.eplets.store import eplet_table_in_use
from services.ipd.seen import seen_state
from services.patients import distinct_values, patient_typings
from services.planned_donor import read_planned_donor
from services.reference import active_reference, get_reference

DONORS = SQLModel.metadata.tables["donor"]
READ_AT_ONCE = 5_000
PEOPLE = {"donor": "donor_number", "patient": "patient_number"}


@dataclass(frozen=True, slots=True)
class Change:
    """One text that reads differently: whose, where, and what it may be before and after.

    `before` and `after` are antigens; empty where the text expresses nothing or counts as not typed.
    """

    who: str
    number: str
    locus: str
    raw: str
    before: str
    after: str
    noted: tuple[Issue, ...] = ()


@dataclass(slots=True)
class Comparison:
    """Every typed value, bead and directive read under two nomenclatures; the counts are whole at the end.

    `seen` names what was read (`seen_state`): an activation rests on the comparison only while it is still that.
    """

    before: Reference
    after: Reference
    seen: str
    counts: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    _loci: dict[tuple[str, str, str], tuple[Change, ...]] = field(default_factory=dict)
    _texts: dict[str, tuple[Change, ...]] = field(default_factory=dict)

    def changes(self, session: Session) -> Iterator[Change]:
        """What reads differently, donor by donor, then patients, beads and directives in force."""
        for name in ("donors", "patients", "beads", "directives"):
            self.counts.update({name: 0, f"{name}_changed": 0})
        for who in PEOPLE:
            yield from self._people(session, who)
        yield from self._beads(session)
        yield from self._directives(session)
        yield from self._planned_donors(session)

    def _count(self, name: str, changed: bool) -> None:
        self.counts[name] += 1
        self.counts[f"{name}_changed"] += changed

    def _people(self, session: Session, who: str) -> Iterator[Change]:
        table = SQLModel.metadata.tables[who]
        pairs = [table.c[f"hla_{locus.lower()}_{place}"] for locus in LOCI for place in (1, 2)]
        query = sa.select(table.c[PEOPLE[who]], *pairs).order_by(table.c.id)
        for number, *texts in session.execute(query.execution_options(yield_per=READ_AT_ONCE)):
            found = [
                change
                for place, locus in enumerate(LOCI)
                for change in self._locus(locus, texts[2 * place], texts[2 * place + 1])
            ]
            self._count(f"{who}s", bool(found))
            for one in found:
                yield Change(who, number, one.locus, one.raw, one.before, one.after, one.noted)

    def _locus(self, locus: str, first: str, second: str) -> tuple[Change, ...]:
        """What changes in one pair of texts; a `-` is told of only where it stops or starts counting as typed."""
        key = (locus, first, second)
        if key not in self._loci:
            pair = [parse_locus(first, second, locus=locus, reference=one).values for one in (self.before, self.after)]
            found = []
            for raw, before, after in zip((first, second), *pair, strict=True):
                noted = self._noted(raw, locus)
                same = _essence(before) == _essence(after)
                repeated = raw.strip() == BLANK and (before is None) == (after is None)
                if not repeated and (noted or not same):
                    found.append(Change("", "", locus, raw, _said(before), _said(after), noted))
            self._loci[key] = tuple(found)
        return self._loci[key]

    def _noted(self, raw: str, locus: str | None) -> tuple[Issue, ...]:
        """The warnings that only the new reading has."""
        known, new = (
            [one for one in parse_typed_value(raw, reference=reference, locus=locus).issues if one.severity != "info"]
            for reference in (self.before, self.after)
        )
        codes = {one.code for one in known}
        return tuple(one for one in new if one.code not in codes)

    def _beads(self, session: Session) -> Iterator[Change]:
        query = (
            sa.select(Patient.patient_number, SerumSample.sample_code, Bead.allele_text)  # type: ignore[call-overload]
            .join(SerumSample, SerumSample.id == Bead.sample_id)
            .join(Patient, Patient.id == SerumSample.patient_id)
            .where(Bead.kind == BeadKind.HLA, SerumSample.hla_class == HlaClass.I)
            .order_by(Bead.id)
        )
        for patient, sample, text in session.execute(query.execution_options(yield_per=READ_AT_ONCE)):
            if text not in self._texts:
                values = [parse_typed_value(text, reference=one).value for one in (self.before, self.after)]
                noted = self._noted(text, None)
                differs = noted or _essence(values[0]) != _essence(values[1])
                one = Change("", "", text[:1], text, _said(values[0]), _said(values[1]), noted)
                self._texts[text] = (one,) if differs else ()
            self._count("beads", bool(self._texts[text]))
            for one in self._texts[text]:
                number = f"{patient} · {sample}"
                yield Change("bead", number, one.locus, one.raw, one.before, one.after, one.noted)

    def _directives(self, session: Session) -> Iterator[Change]:
        query = (
            select(Patient, DirectiveSpecificity)
            .join(Directive, Directive.patient_id == Patient.id)  # type: ignore[arg-type]
            .join(DirectiveSpecificity, DirectiveSpecificity.directive_id == Directive.id)  # type: ignore[arg-type]
            .where(Directive.status == DirectiveStatus.CURRENT)
            .order_by(Patient.patient_number, DirectiveSpecificity.id)  # type: ignore[arg-type]
        )
        eplets = eplet_table_in_use(session)
        for patient, edit in session.exec(query):
            number, text = patient.patient_number, edit.specificity
            before, after = (_covered(text, reference) for reference in (self.before, self.after))
            noted = self._refused(patient, edit, eplets) if after is not None else (_unknown(text),)
            self._count("directives", before != after or bool(noted))
            if noted:
                self.broken.append(number)
            if before != after or noted:
                yield Change("directive", number, text[:1], text, _names(before), _names(after), noted)

    def _planned_donors(self, session: Session) -> Iterator[Change]:
        """The planned stem-cell donors of the directives in force: what is avoided for them."""
        query = (
            select(Patient, Directive)
            .join(Directive, Directive.patient_id == Patient.id)  # type: ignore[arg-type]
            .where(Directive.status == DirectiveStatus.CURRENT, Directive.planned_donor != "")
            .order_by(Patient.patient_number)
        )
        for patient, row in session.exec(query):
            before, after = (_avoided(patient, row, reference) for reference in (self.before, self.after))
            noted = () if after is not None else (_unreadable(row.planned_donor),)
            self._count("directives", before != after or bool(noted))
            if noted:
                self.broken.append(patient.patient_number)
            if before != after or noted:
                number = patient.patient_number
                yield Change("directive", number, "", row.planned_donor, before or "", after or "", noted)

    def _refused(self, patient: Patient, edit: DirectiveSpecificity, eplets: EpletTable | None) -> tuple[Issue, ...]:
        """Why an added specificity that stands would be refused: it would silently give way to the patient's own."""
        if edit.action is not SpecificityAction.ADD:
            return ()
        found = []
        for reference in (self.before, self.after):
            own = distinct_values(patient_typings(patient, reference))
            added = [parse_specificity(edit.specificity, reference)]
            found.append(refusal_of_edits(added, (), own, reference, eplets))
        if found[0] is not None or found[1] is None:
            return ()
        code, specificity = found[1]
        return (Issue(code, "error", edit.specificity, {"specificity": specificity}),)


def _unknown(text: str) -> Issue:
    return Issue("unknown_specificity", "error", text, {"specificity": text})


def _unreadable(text: str) -> Issue:
    return Issue("planned_donor_unreadable", "error", text, {"text": text})


def _avoided(patient: Patient, row: Directive, reference: Reference) -> str | None:
    """What is avoided for a planned stem-cell donor, `?` where only possibly; None where it cannot be read."""
    try:
        excluded, _ = read_planned_donor(row.planned_donor, patient_typings(patient, reference), reference)
    except UnusableInput:
        return None
    return " ".join(sorted(one.name + ("" if one.is_certain else "?") for one in excluded))


def _essence(value: TypedValue | None) -> tuple[object, ...]:
    """What a value amounts to, whatever it is called."""
    return (None,) if value is None else (value.kind is Kind.NULL, value.kind is Kind.LIST, value.key, value.antigens)


def _said(value: TypedValue | None) -> str:
    return _names(value.antigens if value else None)


def _names(antigens: frozenset[str] | None) -> str:
    return " ".join(sorted(antigens or ()))


def _covered(text: str, reference: Reference) -> frozenset[str] | None:
    """What a specificity covers; None where it is none under this nomenclature."""
    try:
        return parse_specificity(text, reference).covered
    except UnusableInput:
        return None


def refuse_too_many(session: Session, name: str, *, most: int) -> None:
    """Raises RefusedByRule where the registry holds more donors than can be read again while a page waits."""
    if session.execute(sa.select(sa.func.count()).select_from(DONORS)).scalar_one() > most:
        raise RefusedByRule("activation_too_large", most=most, name=name)


def start_comparison(session: Session, name: str) -> Comparison:
    """The nomenclature in force against another, to be read through with `changes`. Raises NotFound."""
    # Named before anything is read: what changes meanwhile is then found out, whatever the database isolates.
    return Comparison(seen=seen_state(session), before=active_reference(session), after=get_reference(session, name))


def compare_as_seen(session: Session, name: str, *, seen: str) -> Comparison:
    """The whole comparison anew, for a confirmation of one that was shown earlier and not kept.

    Raises:
        NotFound: no such reference.
        RefusedByRule: what is on record has changed since `seen`.
    """
    comparison = start_comparison(session, name)
    if comparison.seen != seen:
        raise RefusedByRule("activation_outdated")
    for _ in comparison.changes(session):
        pass  # only the counts are wanted here
    return comparison


def activate_reference(
    session: Session, comparison: Comparison, *, rules: EligibilityRules, actor: str, now: datetime
) -> Mapping[str, object]:
    """Put the nomenclature compared in force and derive every donor anew; what changed, as counts.

    The comparison, read through, comes from a transaction before this one, so that nobody waits for it who wants
    to write.

    Raises:
        RefusedByRule: it is in force already, a directive in force would not be understood or would add what has
            become the patient's own, or what is on record has changed since it was compared.
    """
    before, after = comparison.before, comparison.after
    if before.name == after.name:
        raise RefusedByRule("reference_active_already", name=after.name)
    if comparison.seen != seen_state(session):
        raise RefusedByRule("activation_outdated")
    if comparison.broken:
        patients = ", ".join(dict.fromkeys(comparison.broken))
        raise RefusedByRule("activation_breaks_directives", after=after.name, patients=patients)
    _mark_active(session, after.name)
    rederived = rederive_all(session, reference=after, rules=rules, now=now)
    done = {"before": before.name, "after": after.name, **comparison.counts, "rederived": rederived}
    record_audit(
        session, actor=actor, action="reference_activated", subject_type="reference", subject_key=after.name,
        details=done, now=now,
    )  # fmt: skip
    return done


def _mark_active(session: Session, name: str) -> None:
    """No release active leaves the core in force; the index on the column lets one be active at a time."""
    for active in (False, True):
        for row in session.exec(select(ReferenceRelease)).all():
            if (row.name == name) is active:
                row.active = active
                session.add(row)
        session.flush()
