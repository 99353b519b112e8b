"""What is recorded of one member: who they are, what is known of them, and whether relatives may know it."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from domain.kinship import Status
from models.donor import Sex
from models.family import Family, FamilyMember
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit
from services.explanations import get_donor
from services.families.records import get_family, get_member, settle_family, touch_family

LONGEST_ALIAS, LONGEST_SOURCE, FIRST_YEAR = 60, 200, 1850


def edit_member(
    session: Session, *, code: str, version: int, member: str, typed: Mapping[str, str], by: Person, today: date,
    now: datetime,
) -> FamilyMember:  # fmt: skip
    """Change what is known of a member from what was typed; `deceased` is a text where it is set.

    Who does not see identities changes neither the name nor the year of birth; of them a source left blank, which they
    are not shown either, stays as it is for the same status.
    Raises NotFound, InvalidFields with every fault at once, and RefusedByRule for a family that could not be.
    """
    family = get_family(session, code, version=version)
    row = get_member(session, family, member)
    if not by.may(Permission.SEE_IDENTITY):
        typed = _with_unseen(row, typed)
    if faults := _faults(row, typed, today):
        raise InvalidFields(faults)
    row.alias = "" if row.patient_id else _line(typed.get("alias", ""))
    row.sex = Sex(typed["sex"]) if typed.get("sex") else None
    row.birth_year, row.deceased = typed.get("birth_year", "").strip(), bool(typed.get("deceased"))
    row.status = Status(typed.get("status") or Status.UNTESTED)
    row.status_source = "" if row.status is Status.UNTESTED else _line(typed.get("status_source", ""))
    session.add(row)
    settle_family(session, family, "family_member_changed", actor=by.login, now=now, member=row.code)
    return row


def link_donor(
    session: Session, *, code: str, version: int, member: str, donor_number: str, by: Person, now: datetime
) -> FamilyMember:
    """Say that a member is a registered donor: their typings on record then say what is known.

    Raises NotFound, and RefusedByRule: an erased donor, one who is drawn already, another sex than is drawn.
    """
    family = get_family(session, code, version=version)
    row, donor = get_member(session, family, member), get_donor(session, donor_number.strip())
    if donor.erased_at:
        raise RefusedByRule("donor_erased", donor=donor.donor_number)
    if row.donor_id is not None:
        raise RefusedByRule("family_member_linked")
    same = select(FamilyMember).where(FamilyMember.family_id == family.id, FamilyMember.donor_id == donor.id)
    if session.exec(same).first():
        raise RefusedByRule("family_donor_drawn", donor=donor.donor_number)
    if donor.sex and row.sex and donor.sex is not row.sex:
        raise RefusedByRule("family_sex_differs", donor=donor.donor_number)
    row.donor_id, row.sex = donor.id, row.sex or donor.sex
    session.add(row)
    settle_family(session, family, "family_donor_linked", actor=by.login, now=now, donor=donor.donor_number)
    return row


def unlink_donor(session: Session, *, code: str, version: int, member: str, by: Person, now: datetime) -> FamilyMember:
    """Say that a member is not that donor after all; the person stays drawn. Raises NotFound, RefusedByRule."""
    family = get_family(session, code, version=version)
    row = get_member(session, family, member)
    if row.donor_id is None:
        raise RefusedByRule("family_member_not_linked")
    if row.first and row.patient_id is None:
        raise RefusedByRule("family_first_stays")
    row.donor_id = None
    _forget_consent(row)
    session.add(row)
    settle_family(session, family, "family_donor_unlinked", actor=by.login, now=now, member=row.code)
    return row


def record_family_consent(
    session: Session, *, code: str, version: int, member: str, agreed: bool, on: date, by: Person, today: date,
    now: datetime,
) -> FamilyMember:  # fmt: skip
    """Keep whether a member agrees that relatives may know their result, since when, and who wrote it down.

    Raises NotFound, RefusedByRule, and InvalidFields for a day that has not come.
    """
    family = get_family(session, code, version=version)
    row = get_member(session, family, member)
    if not date(FIRST_YEAR, 1, 1) <= on <= today:
        raise InvalidFields([FieldFault("on", "consent_day_unusable", {"on": on.isoformat()})])
    row.shares_result, row.consent_on, row.consent_at, row.consent_by = agreed, on, now, by.login
    session.add(row)
    details = {"member": row.code, "agreed": agreed, "on": on}
    settle_family(session, family, "family_consent_recorded", actor=by.login, now=now, **details)
    return row


def remove_member(session: Session, *, code: str, version: int, member: str, by: Person, now: datetime) -> None:
    """Take out somebody whom nothing else hangs on. Raises NotFound, RefusedByRule: the first, or a parent."""
    family = get_family(session, code, version=version)
    row = get_member(session, family, member)
    if row.first:
        raise RefusedByRule("family_first_stays")
    either = or_(col(FamilyMember.mother_id) == row.id, col(FamilyMember.father_id) == row.id)
    if session.exec(select(FamilyMember).where(either)).first():
        raise RefusedByRule("family_has_children")
    session.delete(row)
    settle_family(session, family, "family_member_removed", actor=by.login, now=now, member=member)


def forget_donor(session: Session, donor_id: int, *, actor: str, now: datetime) -> None:
    """Forget a donor in every family: a relative of whom nothing is known stays, so that the others stay related."""
    for row in session.exec(select(FamilyMember).where(FamilyMember.donor_id == donor_id)).all():
        row.donor_id, row.alias, row.birth_year = None, "", ""
        row.status, row.status_source, row.deceased = Status.UNTESTED, "", False
        _forget_consent(row)
        session.add(row)
        family = session.get_one(Family, row.family_id)
        touch_family(session, family, now=now)
        record_audit(
            session, actor=actor, action="family_member_forgotten", subject_type="family", subject_key=family.code,
            details={"member": row.code}, now=now,
        )  # fmt: skip


def _with_unseen(row: FamilyMember, typed: Mapping[str, str]) -> dict[str, str]:
    kept = {"alias": row.alias, "birth_year": row.birth_year}
    if (typed.get("status") or Status.UNTESTED) == row.status and not _line(typed.get("status_source", "")):
        kept["status_source"] = row.status_source
    return {**typed, **kept}


def _forget_consent(row: FamilyMember) -> None:
    row.shares_result, row.consent_on, row.consent_at, row.consent_by = False, None, None, None


def _faults(row: FamilyMember, typed: Mapping[str, str], today: date) -> list[FieldFault]:
    faults = []
    if not _fits(typed.get("alias", ""), LONGEST_ALIAS):
        faults.append(FieldFault("alias", "family_text_unusable", {"most": LONGEST_ALIAS}))
    if typed.get("sex", "") not in ("", *Sex):
        faults.append(FieldFault("sex", "family_sex_unknown"))
    year = typed.get("birth_year", "").strip()
    if year and not (year.isascii() and year.isdigit() and len(year) == 4 and FIRST_YEAR <= int(year) <= today.year):
        faults.append(FieldFault("birth_year", "family_year_unusable", {"text": year}))
    status = typed.get("status") or Status.UNTESTED
    if status not in set(Status):
        faults.append(FieldFault("status", "family_status_unknown"))
    elif status != Status.UNTESTED and not _line(typed.get("status_source", "")):
        faults.append(FieldFault("status_source", "family_status_source_needed"))
    if not _fits(typed.get("status_source", ""), LONGEST_SOURCE):
        faults.append(FieldFault("status_source", "family_text_unusable", {"most": LONGEST_SOURCE}))
    return faults


def _fits(text: str, most: int) -> bool:
    return len(_line(text)) <= most and _line(text).isprintable()


def _line(text: str) -> str:
    return " ".join(text.split())
