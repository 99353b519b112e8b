"""Directives: set, show, sign, close; a new one supersedes the one in force, and none is ever lost."""

import re
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from domain.errors import RefusedByRule, UnusableInput
from models.account import Account
from models.directive import AboRule, Directive, DirectiveSpecificity, DirectiveStatus, SerumChoice, SpecificityAction
from models.patient import Patient
from services.audit import record_audit
from services.directive_drafts import (
    Addition,
    Draft,
    Edit,
    Removal,
    Wording,
    check_draft,
    checked_reason,
    read_draft,
)
from services.directive_history import sealed_terms
from services.patients import find_current_directive, find_edits, get_patient, patient_typings
from services.planned_donor import read_planned_donor
from services.reference import active_reference

__all__ = [
    "Addition",
    "Removal",
    "Wording",
    "close_directive",
    "directive_json",
    "parse_removal",
    "put_in_force",
    "set_directive",
    "show_directive",
    "sign_directive",
]

Json = dict[str, Any]
NONE_YET = 0  # the version a form was opened on where no directive was in force
SIGNED_AS = "verified"  # what a signature means
# After a molecular name the reason does not begin with a digit, or it would be a further field of the name.
REMOVAL = re.compile(
    r"(?P<name>(?:eplet:)?[^:*]+):(?P<reason>.*)"
    r"|(?P<allele>[^:*]+\*\d+(?::\d+[A-Z]?)?):(?P<why>\s*[^\s\d].*)"
)


def parse_removal(text: str) -> Removal:
    """`B44:reason` from text. Raises UnusableInput without a reason: leaving out an antibody must be justified."""
    # An allele holds a colon of its own, before the one that starts the reason.
    match = REMOVAL.fullmatch(text.strip())
    reason = (match["reason"] or match["why"] or "").strip() if match else ""
    if match is None or not reason:
        raise UnusableInput("removal_without_reason", specificity=text.strip())
    return Removal((match["name"] or match["allele"]).strip(), checked_reason(reason))


def set_directive(
    session: Session, *, patient_number: str, wording: Wording, actor: str, now: datetime, on: date | None = None
) -> Directive:
    """Put a new directive in force; `on` is today where the registry is kept.

    Raises UnusableInput for what cannot be read and RefusedByRule for edits that are not allowed.
    """
    patient = get_patient(session, patient_number)
    draft = read_draft(session, patient, wording, on=on or now.date())
    return _replace(session, patient, draft, find_current_directive(session, patient), actor, now)


def put_in_force(
    session: Session, *, patient_number: str, wording: Wording, opened_on: int, on: date, actor: str, now: datetime
) -> Directive:
    """The same for a form that was opened on version `opened_on` (NONE_YET: on none).

    Raises InvalidFields with every fault, and RefusedByRule where another version is in force by now.
    """
    patient = get_patient(session, patient_number)
    draft = check_draft(session, patient, wording, on=on)
    previous = find_current_directive(session, patient)
    _check_unchanged(patient, previous, opened_on)
    return _replace(session, patient, draft, previous, actor, now)


def _check_unchanged(patient: Patient, current: Directive | None, opened_on: int) -> None:
    if (current.version if current else NONE_YET) != opened_on:
        raise RefusedByRule("changed_meanwhile", patient=patient.patient_number)


def _replace(
    session: Session, patient: Patient, draft: Draft, previous: Directive | None, actor: str, now: datetime
) -> Directive:
    before: Json = {} if previous is None else sealed_terms(session, previous)
    if previous is not None:
        _end(previous, DirectiveStatus.SUPERSEDED, actor, now)
        session.flush()  # the partial unique index allows one current directive at a time
    row = _row(patient, draft, _last_version(session, patient) + 1, actor, now)
    session.add(row)
    session.flush()  # the edits need the directive's id
    session.add_all([_edit(row, SpecificityAction.ADD, edit) for edit in draft.added])
    session.flush()  # the order in which they were given is that of their ids
    session.add_all([_edit(row, SpecificityAction.REMOVE, edit) for edit in draft.removed])
    session.flush()  # so that the answer reads them
    changed: Json = {"before": before, "after": sealed_terms(session, row)}
    if row.note != (previous.note if previous else ""):
        changed["note_changed"] = True  # the note itself is free text, and the trail is not encrypted
    _audit(session, "directive_set", patient, row, actor, now, **changed)
    return row


def _row(patient: Patient, draft: Draft, version: int, actor: str, now: datetime) -> Directive:
    directive = draft.terms.directive
    return Directive(
        patient_id=patient.id or 0,
        version=version,
        threshold_mfi=draft.threshold_mfi,
        sample_code=draft.terms.sample,
        loci=",".join(directive.loci),
        hpa_antibodies=list(directive.hpa_antibodies),
        anti_cd36=directive.anti_cd36,
        abo_rule=AboRule(directive.abo_rule),
        actor=actor,
        created_at=now,
        valid_until=draft.valid_until,
        note=draft.note,
        planned_donor=draft.planned_donor,
        serum=SerumChoice(draft.terms.serum.serum),
        peak_months=draft.terms.serum.peak_months,
    )


def _edit(row: Directive, action: SpecificityAction, edit: Edit) -> DirectiveSpecificity:
    return DirectiveSpecificity(
        directive_id=row.id or 0, action=action, specificity=edit.specificity.name, reason=edit.reason
    )


def _last_version(session: Session, patient: Patient) -> int:
    query = select(func.max(col(Directive.version))).where(Directive.patient_id == patient.id)
    return session.exec(query).one() or 0


def _end(row: Directive, status: DirectiveStatus, actor: str, now: datetime) -> None:
    row.status = status
    row.closed_at = now
    row.closed_by = actor


def sign_directive(session: Session, *, patient_number: str, version: int, signer: Account, now: datetime) -> Directive:
    """Sign the version in force as verified; the caller has just seen by the password that it is the signer who signs.

    Raises RefusedByRule where another version is in force or it is signed already.
    """
    patient = get_patient(session, patient_number)
    row = _current(session, patient)
    _check_unchanged(patient, row, version)
    if row.signed_at is not None:
        raise RefusedByRule("directive_signed_already", patient=patient_number, version=row.version)
    row.signed_by, row.signed_at = signer.login, now
    signed = {"threshold_mfi": row.threshold_mfi, "meaning": SIGNED_AS}
    _audit(session, "directive_signed", patient, row, signer.login, now, **signed)
    return row


def close_directive(
    session: Session, *, patient_number: str, actor: str, now: datetime, version: int | None = None, reason: str = ""
) -> Directive:
    """End the directive in force; the reason, where there is one, is kept in the audit trail.

    Raises RefusedByRule where none is in force or not `version` any more, UnusableInput for a reason that is no line.
    """
    why = {"reason": kept} if (kept := checked_reason(reason)) else {}
    patient = get_patient(session, patient_number)
    row = _current(session, patient)
    if version is not None:
        _check_unchanged(patient, row, version)
    _end(row, DirectiveStatus.CLOSED, actor, now)
    ended = {"before": sealed_terms(session, row), "after": {}}
    _audit(session, "directive_closed", patient, row, actor, now, **ended, **why)
    return row


def _current(session: Session, patient: Patient) -> Directive:
    row = find_current_directive(session, patient)
    if row is None:
        raise RefusedByRule("no_directive", patient=patient.patient_number)
    return row


def show_directive(session: Session, *, patient_number: str) -> Json:
    """The directive in force, as data. Raises RefusedByRule where there is none."""
    row = _current(session, get_patient(session, patient_number))
    return directive_json(session, patient_number, row)


def directive_json(session: Session, patient_number: str, row: Directive) -> Json:
    """One directive with its edits."""
    edits = find_edits(session, row)
    added = [edit for edit in edits if edit.action is SpecificityAction.ADD]
    removed = [edit for edit in edits if edit.action is SpecificityAction.REMOVE]
    return {
        "patient": patient_number,
        "version": row.version,
        "status": row.status.value,
        "threshold": row.threshold_mfi,
        "sample": row.sample_code,
        "serum": row.serum.value,
        "peak_months": row.peak_months,
        "loci": row.loci.split(","),
        "add": [edit.specificity for edit in added],
        "add_reasons": {edit.specificity: edit.reason for edit in added if edit.reason},
        "remove": [{"specificity": edit.specificity, "reason": edit.reason} for edit in removed],
        "hpa_antibodies": list(row.hpa_antibodies),
        "anti_cd36": row.anti_cd36,
        "abo_rule": row.abo_rule.value,
        "planned_donor": row.planned_donor,
        "planned_exclusions": _planned_json(session, patient_number, row),
        "actor": row.actor,
        "created_at": row.created_at,
        "valid_until": row.valid_until,
        "note": row.note,
        "signed_by": row.signed_by,
        "signed_at": row.signed_at,
        "closed_by": row.closed_by,
        "closed_at": row.closed_at,
    }


def _planned_json(session: Session, patient_number: str, row: Directive) -> list[Json]:
    """The mismatched antigens that follow from the planned donor's typing today; uncertain: at least undecided."""
    reference = active_reference(session)
    typings = patient_typings(get_patient(session, patient_number), reference)
    excluded, _ = read_planned_donor(row.planned_donor, typings, reference)
    return [{"specificity": one.name, "certain": one.is_certain} for one in excluded]


def _audit(
    session: Session, action: str, patient: Patient, row: Directive, actor: str, now: datetime, **more: object
) -> None:
    record_audit(
        session,
        actor=actor,
        action=action,
        subject_type="patient",
        subject_key=patient.patient_number,
        details={"version": row.version, **more},
        now=now,
    )
