"""Directives: set, show, close; a new one supersedes the one in force, and none is ever lost."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from domain.abo import parse_rule
from domain.directive import Specificity, check_threshold, parse_loci, parse_specificity, refusal_of_edits
from domain.errors import RefusedByRule, UnusableInput
from domain.hpa import parse_antigen
from models.directive import AboRule, Directive, DirectiveSpecificity, DirectiveStatus, SpecificityAction
from models.patient import Patient
from services.audit import record_audit
from services.patients import (
    class_i_samples,
    find_current_directive,
    find_edits,
    get_patient,
    patient_typings,
)
from services.reference import core_reference
from services.rule_tables import hpa_systems

Json = dict[str, Any]
LONGEST_REASON = 500
# After a molecular name the reason does not begin with a digit, or it would be a further field of the name.
REMOVAL = re.compile(r"(?P<name>[^:*]+):(?P<reason>.*)|(?P<allele>[^:*]+\*\d+(?::\d+[A-Z]?)?):(?P<why>\s*[^\s\d].*)")


@dataclass(frozen=True, slots=True)
class Removal:
    """A specificity left out of the directive, and why."""

    specificity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person asks of a new directive, in their own words."""

    threshold_mfi: int
    sample: str | None = None
    loci: str = "A,B"
    add: Sequence[str] = ()
    remove: Sequence[Removal] = ()
    hpa_antibodies: Sequence[str] = ()
    anti_cd36: bool = False
    abo_rule: str = "none"


def parse_removal(text: str) -> Removal:
    """`B44:reason` from text. Raises UnusableInput without a reason: leaving out an antibody must be justified."""
    # An allele holds a colon of its own, before the one that starts the reason.
    match = REMOVAL.fullmatch(text.strip())
    reason = (match["reason"] or match["why"] or "").strip() if match else ""
    if match is None or not reason:
        raise UnusableInput("removal_without_reason", specificity=text.strip())
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise UnusableInput("reason_unusable", most=LONGEST_REASON)
    return Removal((match["name"] or match["allele"]).strip(), reason)


def set_directive(session: Session, *, patient_number: str, wording: Wording, actor: str, now: datetime) -> Directive:
    """Put a new directive in force.

    Raises UnusableInput for what cannot be read and RefusedByRule for edits that are not allowed.
    """
    patient = get_patient(session, patient_number)
    check_threshold(wording.threshold_mfi)
    added, removed = _edits(patient, wording)
    hpa_antibodies = [parse_antigen(text, hpa_systems()) for text in wording.hpa_antibodies]
    known = {one.sample_code for one in class_i_samples(session, patient)}
    if wording.sample is not None and wording.sample not in known:
        raise UnusableInput("unknown_sample", sample=wording.sample, patient=patient_number)
    previous = find_current_directive(session, patient)
    if previous is not None:
        _end(previous, DirectiveStatus.SUPERSEDED, now)
        session.flush()  # the partial unique index allows one current directive at a time
    row = Directive(
        patient_id=patient.id or 0,
        version=_last_version(session, patient) + 1,
        threshold_mfi=wording.threshold_mfi,
        sample_code=wording.sample,
        loci=",".join(parse_loci(wording.loci)),
        hpa_antibodies=hpa_antibodies,
        anti_cd36=wording.anti_cd36,
        abo_rule=AboRule(parse_rule(wording.abo_rule)),
        actor=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()  # the edits need the directive's id
    for specificity in added:
        session.add(_edit(row, SpecificityAction.ADD, specificity, ""))
    for specificity, removal in zip(removed, wording.remove, strict=True):
        session.add(_edit(row, SpecificityAction.REMOVE, specificity, removal.reason))
    session.flush()  # so that the answer reads them
    _audit(session, "directive_set", patient, row, actor, now)
    return row


def _edits(patient: Patient, wording: Wording) -> tuple[list[Specificity], list[Specificity]]:
    reference = core_reference()
    added = _each_once(parse_specificity(text, reference) for text in wording.add)
    removed = _each_once(parse_specificity(removal.specificity, reference) for removal in wording.remove)
    if len(removed) != len(wording.remove):
        raise UnusableInput("removed_twice", specificities=", ".join(one.specificity for one in wording.remove))
    typings = patient_typings(patient, reference).values()
    values = [value for typing in typings for value in typing.distinct()]
    refusal = refusal_of_edits(added, removed, values, reference)
    if refusal is not None:
        raise RefusedByRule(refusal[0], specificity=refusal[1], patient=patient.patient_number)
    return added, removed


def _each_once(specificities: Iterable[Specificity]) -> list[Specificity]:
    """The same specificity may be written in several ways."""
    return list({one.name: one for one in specificities}.values())


def _edit(row: Directive, action: SpecificityAction, specificity: Specificity, reason: str) -> DirectiveSpecificity:
    return DirectiveSpecificity(directive_id=row.id or 0, action=action, specificity=specificity.name, reason=reason)


def _last_version(session: Session, patient: Patient) -> int:
    query = select(func.max(col(Directive.version))).where(Directive.patient_id == patient.id)
    return session.exec(query).one() or 0


def _end(row: Directive, status: DirectiveStatus, now: datetime) -> None:
    row.status = status
    row.closed_at = now


def close_directive(session: Session, *, patient_number: str, actor: str, now: datetime) -> Directive:
    """End the directive in force. Raises RefusedByRule where there is none."""
    patient = get_patient(session, patient_number)
    row = find_current_directive(session, patient)
    if row is None:
        raise RefusedByRule("no_directive", patient=patient_number)
    _end(row, DirectiveStatus.CLOSED, now)
    _audit(session, "directive_closed", patient, row, actor, now)
    return row


def show_directive(session: Session, *, patient_number: str) -> Json:
    """The directive in force, as data. Raises RefusedByRule where there is none."""
    row = find_current_directive(session, get_patient(session, patient_number))
    if row is None:
        raise RefusedByRule("no_directive", patient=patient_number)
    return directive_json(session, patient_number, row)


def directive_json(session: Session, patient_number: str, row: Directive) -> Json:
    """One directive with its edits."""
    edits = find_edits(session, row)
    return {
        "patient": patient_number,
        "version": row.version,
        "status": row.status.value,
        "threshold": row.threshold_mfi,
        "sample": row.sample_code,
        "loci": row.loci.split(","),
        "add": [edit.specificity for edit in edits if edit.action is SpecificityAction.ADD],
        "remove": [
            {"specificity": edit.specificity, "reason": edit.reason}
            for edit in edits
            if edit.action is SpecificityAction.REMOVE
        ],
        "hpa_antibodies": list(row.hpa_antibodies),
        "anti_cd36": row.anti_cd36,
        "abo_rule": row.abo_rule.value,
        "actor": row.actor,
        "created_at": row.created_at,
    }


def _audit(session: Session, action: str, patient: Patient, row: Directive, actor: str, now: datetime) -> None:
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="patient",
        subject_key=patient.patient_number,
        details={"version": row.version, "threshold_mfi": row.threshold_mfi},
        now=now,
    )
