"""A campaign before its launch: what is looked for, for whom, and whom it would invite; typed, judged, kept."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from domain.campaign_life import CampaignStatus, CampaignStep, next_campaign_status
from domain.errors import FieldFault, InvalidFields, UnusableInput
from domain.hpa import parse_antigen
from domain.recruitment import parse_share
from models.campaign import Campaign, Purpose
from models.donor import Abo, Donor
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit
from services.campaigns.records import check_campaign_version, get_campaign
from services.donors import HPA_SYSTEMS
from services.imports.shape import cell_fault
from services.imports.values import DateOrder, Fault, parse_date, parse_whole
from services.reference import active_reference
from services.rule_tables import hpa_systems

Json = dict[str, Any]
TARGETS = ("cd36_negative", "hpa_negative", "hla_profile", "directives")
LONGEST = {"name": 120, "reason": 1_000, "antigens": 200, "patients": 400}
MOST_WANTED, LATEST_DAYS = 100, 1_826
MOST_ELIGIBLE_DAYS = 366
SETS = ("regions", "ancestries", "abo")  # fields of several words


def create_campaign(session: Session, *, typed: Mapping[str, Any], by: Person, today: date, now: datetime) -> Campaign:
    """Put the draft of a campaign on record. Raises InvalidFields with every fault at once."""
    columns = read_draft(session, typed, by=by, today=today)
    row = Campaign(code=str(uuid.uuid4()), created_at=now, created_by=by.login, **columns)
    session.add(row)
    session.flush()
    _audit(session, row, "campaign_created", by, now)
    return row


def change_campaign(
    session: Session, *, code: str, typed: Mapping[str, Any], version: int, by: Person, today: date, now: datetime
) -> Campaign:
    """Change a draft; one that was planned becomes a draft again, since its numbers no longer hold.

    Raises NotFound, InvalidFields, and RefusedByRule for a campaign that was launched or changed meanwhile.
    """
    row = get_campaign(session, code)
    check_campaign_version(row, version)
    if row.status is not CampaignStatus.DRAFT:
        row.status = next_campaign_status(row.status, CampaignStep.REVISE)
        row.plan = None
        row.planned_at = None
    for name, value in read_draft(session, typed, by=by, today=today, before=row).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    _audit(session, row, "campaign_changed", by, now)
    return row


def read_draft(
    session: Session, typed: Mapping[str, Any], *, by: Person, today: date, before: Campaign | None = None
) -> Json:
    """The columns of a campaign from what was typed; patients are named by those alone who may see them."""
    faults: list[FieldFault] = []
    columns: Json = {
        "name": _line(typed, "name", faults, needed=True),
        "reason": _line(typed, "reason", faults),
        "number_wanted": _number(typed, "number_wanted", 1, MOST_WANTED, faults),
        "deadline": _deadline(typed, today, faults),
        "target": _target(session, typed, by, faults, before),
        "criteria": _criteria(session, typed, by, faults, before),
    }
    columns |= _purpose(session, typed, by, faults, before)
    if faults:
        raise InvalidFields(faults)
    return columns


def draft_values(session: Session, row: Campaign, *, by: Person) -> Json:
    """The texts of the form of a campaign on record."""
    target, criteria = row.target, row.criteria
    patient = session.get(Patient, row.patient_id) if row.patient_id and by.may(Permission.SEE_PATIENTS) else None
    rate, days = criteria.get("min_answer_rate"), criteria.get("eligible_within_days")
    return {
        "version": str(row.version_id),
        "name": row.name,
        "reason": row.reason,
        "purpose": row.purpose.value,
        "patient_number": patient.patient_number if patient else "",
        "target": target.get("kind", ""),
        "antigen": target.get("antigen", ""),
        "antigens": " ".join(target.get("antigens", ())),
        "patients": " ".join(_numbers(session, target.get("patients", ()))) if by.may(Permission.SEE_PATIENTS) else "",
        "number_wanted": str(row.number_wanted),
        "deadline": row.deadline.isoformat() if row.deadline else "",
        "min_answer_rate": "" if rate is None else f"{rate:g}",
        "eligible_within_days": "" if days is None else str(days),
        **{name: list(criteria.get(name) or ()) for name in SETS},
    }


def form_choices(session: Session) -> dict[str, list[str]]:
    """The regions and declared ancestries that the registry holds, and the antigens of its HPA systems."""
    regions = session.exec(select(col(Donor.region)).distinct().order_by(col(Donor.region))).all()
    ancestries = session.exec(select(col(Donor.ancestry)).distinct().order_by(col(Donor.ancestry))).all()
    return {
        "regions": [one for one in regions if one],
        "ancestries": [one for one in ancestries if one],
        "abo": [one.value for one in Abo],
        "antigen": [f"{system}{letter}" for system in HPA_SYSTEMS.values() for letter in "ab"],
    }


def _line(typed: Mapping[str, Any], name: str, faults: list[FieldFault], *, needed: bool = False) -> str:
    words = " ".join(str(typed.get(name) or "").split())
    fault = cell_fault(words)
    if fault is None and len(words) > LONGEST[name]:
        fault = Fault("text_too_long", {"limit": LONGEST[name]})
    if fault is None and needed and not words:
        fault = Fault(f"campaign_needs.{name}")
    if fault:
        faults.append(FieldFault(name, fault.code, {"text": words[:80], **fault.params}))
    return words


def _number(typed: Mapping[str, Any], name: str, low: int, high: int, faults: list[FieldFault]) -> int | None:
    text = str(typed.get(name) or "").strip()
    number = parse_whole(text) if text else Fault(f"campaign_needs.{name}")
    if isinstance(number, int) and not low <= number <= high:
        number = Fault("number_out_of_range", {"low": low, "high": high})
    if isinstance(number, Fault):
        faults.append(FieldFault(name, number.code, {"text": text[:80], **number.params}))
        return None
    return number


def _deadline(typed: Mapping[str, Any], today: date, faults: list[FieldFault]) -> date | None:
    text = str(typed.get("deadline") or "").strip()
    if not text:
        return None
    found = parse_date(text, DateOrder.DAY_FIRST)
    if isinstance(found, Fault):
        faults.append(FieldFault("deadline", found.code, {"text": text[:80], **found.params}))
        return None
    if not 0 <= (found - today).days <= LATEST_DAYS:
        faults.append(FieldFault("deadline", "campaign_deadline_unusable", {"on": found.isoformat()}))
    return found


def _purpose(
    session: Session, typed: Mapping[str, Any], by: Person, faults: list[FieldFault], before: Campaign | None
) -> Json:
    text = str(typed.get("purpose") or "")
    if text not in set(Purpose):
        faults.append(FieldFault("purpose", "campaign_needs.purpose"))
        return {}
    if Purpose(text) is Purpose.STOCK:
        return {"purpose": Purpose.STOCK, "patient_id": None}
    if not by.may(Permission.SEE_PATIENTS):  # the patient whom somebody else named stays
        return {"purpose": Purpose.PATIENT, "patient_id": before.patient_id if before else None}
    number = str(typed.get("patient_number") or "").strip()
    [found] = _patients(session, [number], "patient_number", faults) if number else [None]
    return {"purpose": Purpose.PATIENT, "patient_id": found}


def _patients(session: Session, numbers: list[str], field: str, faults: list[FieldFault]) -> list[int | None]:
    asked = [one for one in numbers if one.isprintable()]
    rows = session.exec(
        select(col(Patient.patient_number), col(Patient.id)).where(col(Patient.patient_number).in_(asked))
    ).all()
    known: dict[str, int | None] = {row[0]: row[1] for row in rows}
    faults += [FieldFault(field, "campaign_patient_unknown", {"text": one[:80]}) for one in numbers if one not in known]
    return [known.get(one) for one in numbers]


def _target(
    session: Session, typed: Mapping[str, Any], by: Person, faults: list[FieldFault], before: Campaign | None
) -> Json:
    kind = str(typed.get("target") or "")
    if kind not in TARGETS:
        faults.append(FieldFault("target", "campaign_needs.target"))
        return {}
    if kind == "hpa_negative":
        return {"kind": kind, "antigen": _antigen(str(typed.get("antigen") or ""), faults)}
    if kind == "hla_profile":
        return {"kind": kind, "antigens": _antigens(session, typed, faults)}
    if kind == "directives":
        if before and before.target.get("kind") == kind and not by.may(Permission.SEE_PATIENTS):
            return before.target
        numbers = _line(typed, "patients", faults).replace(",", " ").split()
        if not by.may(Permission.SEE_PATIENTS) or not numbers:
            faults.append(FieldFault("patients", "campaign_needs.patients"))
            return {}
        return {"kind": kind, "patients": _patients(session, numbers, "patients", faults)}
    return {"kind": kind}


def _antigen(text: str, faults: list[FieldFault]) -> str:
    systems = {name: one for name, one in hpa_systems().items() if name in HPA_SYSTEMS.values()}
    try:
        return parse_antigen(text, systems)
    except UnusableInput as error:
        faults.append(FieldFault("antigen", error.code, error.params))
        return ""


def _antigens(session: Session, typed: Mapping[str, Any], faults: list[FieldFault]) -> list[str]:
    known = active_reference(session).kinds
    names = _line(typed, "antigens", faults).replace(",", " ").split()
    if not names:
        faults.append(FieldFault("antigens", "campaign_needs.antigens"))
    faults += [FieldFault("antigens", "campaign_antigen_unknown", {"text": one}) for one in names if one not in known]
    return names


def _criteria(
    session: Session, typed: Mapping[str, Any], by: Person, faults: list[FieldFault], before: Campaign | None
) -> Json:
    known = form_choices(session)
    chosen = {name: sorted({str(one) for one in typed.get(name) or ()} & set(known[name])) for name in SETS}
    if not by.may(Permission.MANAGE_CONSENT):  # declared ancestry is for those alone who keep consent
        chosen["ancestries"] = list((before.criteria.get("ancestries") if before else None) or ())
    rate, days = str(typed.get("min_answer_rate") or "").strip(), str(typed.get("eligible_within_days") or "").strip()
    least: float | None = None
    if rate:
        try:
            least = parse_share(rate)
        except UnusableInput as error:
            faults.append(FieldFault("min_answer_rate", error.code, error.params))
    within = _number(typed, "eligible_within_days", 0, MOST_ELIGIBLE_DAYS, faults) if days else None
    return {**chosen, "min_answer_rate": least, "eligible_within_days": within}


def _numbers(session: Session, patient_ids: Any) -> list[str]:
    rows = session.exec(select(col(Patient.patient_number)).where(col(Patient.id).in_(list(patient_ids))))
    return sorted(rows.all())


def _audit(session: Session, row: Campaign, action: str, by: Person, now: datetime) -> None:
    # not its name, which is free and may name somebody
    details = {"target": row.target.get("kind"), "wanted": row.number_wanted}
    record_audit(
        session, actor=by.login, action=action, subject_type="campaign", subject_key=row.code, details=details, now=now
    )
