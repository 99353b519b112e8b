"""A family as its page, its drawing and its outline show it: nobody is shown more of anybody than they may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from domain.kinship import Pedigree, Status
from models.donor import Donor
from models.family import Family, FamilyMember
from models.patient import Patient
from services.accounts.permissions import Permission
from services.accounts.person import Person
from services.audit import record_audit
from services.charts.pedigree_layout import Couple, couples_of, lay_out
from services.explanations import find_donor
from services.families.chances import Outlook, judge_family
from services.families.phenotypes import HLA
from services.families.records import FamilyRows, family_rows, get_family, rows_of
from services.families.relations import relation_to
from services.reference import active_reference
from services.reservations.listing import contact_fault

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see of the members: donors' numbers, patients' numbers, what relatives call them."""

    donors: bool
    patients: bool
    names: bool

    @classmethod
    def of(cls, person: Person, *, names: bool = False) -> "Sight":
        """What a person may see; names only where asked for, since each look at them is kept in the trail."""
        may_name = names and person.may(Permission.SEE_IDENTITY)
        return cls(person.may(Permission.SEE_DONORS), person.may(Permission.SEE_PATIENTS), may_name)


def open_family(session: Session, *, code: str, by: Person, now: datetime, names: bool = False) -> Json:
    """A family for its page. With `names`, for those who may know them, the trail says so: that needs a write session.

    Raises NotFound.
    """
    family = get_family(session, code)
    sight = Sight.of(by, names=names)
    if sight.names:
        audit_names(session, family, by=by, now=now)
    return family_json(session, family_rows(session, family), sight)


def audit_names(session: Session, family: Family, *, by: Person, now: datetime) -> None:
    """Keep that somebody looked at what relatives call the members."""
    record_audit(
        session, actor=by.login, action="family_names_seen", subject_type="family", subject_key=family.code,
        details={}, now=now,
    )  # fmt: skip


def family_json(session: Session, rows: FamilyRows, sight: Sight) -> Json:
    """All that a page says of a family."""
    outlook = judge_family(rows, active_reference(session))
    nodes = {one.code: _node(rows, one, outlook, sight) for one in rows.members}
    for code, place in lay_out(outlook.pedigree).items():
        nodes[code] |= {"name": place.name, "row": place.row, "x": place.x}
    for node in nodes.values():
        because = [nodes[code]["name"] for code in (node["why"]["params"].get("because", ()) if node["why"] else ())]
        if because:
            node["why"]["params"]["because"] = ", ".join(sorted(because))
    return {
        **_head(rows.family),
        "first": nodes[rows.first.code],
        "members": sorted(nodes.values(), key=lambda node: (node["row"], node["x"])),
        "outline": _outline(outlook.pedigree, nodes),
        "siblings": [nodes[code] for code in outlook.siblings],
        "at_least_one": outlook.at_least_one,
        "said": [{"code": code, "params": params} for code, params in outlook.said],
        "sharing": outlook.sharing,
        "named": sight.names,
        "pedigree": outlook.pedigree,
    }


def list_families(
    session: Session, *, by: Person, number: str | None, limit: int, offset: int, patient: str | None = None
) -> tuple[list[Json], int]:
    """Families, the latest changed first, or those of one donor or patient; and how many there are.

    A patient's number narrows the list for those alone who see patients.
    """
    query, count = select(Family), select(func.count()).select_from(Family)
    if patient and patient.isprintable() and by.may(Permission.SEE_PATIENTS):
        drawn = select(FamilyMember.family_id).join(Patient, col(Patient.id) == col(FamilyMember.patient_id))
        these = col(Family.id).in_(drawn.where(Patient.patient_number == patient))
        query, count = query.where(these), count.where(these)
    if number:
        donor = find_donor(session, number)
        drawn = select(FamilyMember.family_id).where(FamilyMember.donor_id == (donor.id if donor else 0))
        these = col(Family.id).in_(drawn)
        query, count = query.where(these), count.where(these)
    page = query.order_by(col(Family.changed_at).desc(), col(Family.id).desc()).limit(limit).offset(offset)
    sight, reference = Sight.of(by), active_reference(session)
    return [
        _line(rows, judge_family(rows, reference), sight) for rows in rows_of(session, session.exec(page).all())
    ], session.exec(count).one()


def relatives_of_donor(session: Session, *, donor_number: str, by: Person) -> list[Json]:
    """A donor's families for the donor's own page or paper: a relative's result only where that relative agreed."""
    query = (
        select(Family)
        .join(FamilyMember, col(FamilyMember.family_id) == col(Family.id))
        .join(Donor, col(Donor.id) == col(FamilyMember.donor_id))
        .where(Donor.donor_number == donor_number)
        .order_by(col(Family.id))
    )
    sight, reference, found = Sight.of(by), active_reference(session), []
    for rows in rows_of(session, session.exec(query).all()):
        outlook = judge_family(rows, reference)
        own = next(one for one in rows.members if _number(rows, one) == donor_number)
        others = [one for one in rows.members if one is not own]
        relatives = [
            {
                "label": _label(rows, one, sight),
                "relation": relation_to(outlook.pedigree, own.code, one.code),
                "sex": one.sex.value if one.sex else None,
                "status": outlook.judged[one.code].status if one.shares_result else None,
            }
            for one in others
        ]
        found.append({**_head(rows.family), "relatives": relatives})
    return found


def _number(rows: FamilyRows, one: FamilyMember) -> str | None:
    donor = rows.donors.get(one.donor_id or 0)
    return donor.donor_number if donor else None


def _head(family: Family) -> Json:
    return {
        "code": family.code,
        "version": family.version_id,
        "phenotype": family.phenotype,
        "recessive": family.phenotype != HLA,
        "prevalence": family.prevalence,
        "prevalence_source": family.prevalence_source,
        "created_at": family.created_at,
        "created_by": family.created_by,
    }


def _line(rows: FamilyRows, outlook: Outlook, sight: Sight) -> Json:
    return {
        **_head(rows.family),
        "first": _label(rows, rows.first, sight),
        "members": len(rows.members),
        "shows": sum(one.status is Status.SHOWS for one in outlook.judged.values()),
        "siblings": len(outlook.siblings),
        "at_least_one": outlook.at_least_one,
        "changed_at": rows.family.changed_at,
    }


def _label(rows: FamilyRows, one: FamilyMember, sight: Sight) -> Json:
    """The number that may be shown, and whether the member is a donor or a patient at all."""
    donor, patient = rows.donors.get(one.donor_id or 0), rows.patients.get(one.patient_id or 0)
    return {
        "donor": donor.donor_number if donor and sight.donors else None,
        "is_donor": donor is not None,
        "patient": patient.patient_number if patient and sight.patients else None,
        "is_patient": patient is not None,
        "alias": one.alias if sight.names and patient is None else "",
    }


def _node(rows: FamilyRows, one: FamilyMember, outlook: Outlook, sight: Sight) -> Json:
    judged, donor = outlook.judged[one.code], rows.donors.get(one.donor_id or 0)
    code, params = judged.why or ("", {})
    return {
        "code": one.code,
        **_label(rows, one, sight),
        "relation": relation_to(outlook.pedigree, rows.first.code, one.code),
        "sex": one.sex.value if one.sex else None,
        "birth_year": one.birth_year if sight.names else "",
        "deceased": one.deceased,
        "first": one.first,
        "status": judged.status,
        "by_hand": one.status,
        "status_source": one.status_source if sight.names else "",
        "basis": judged.basis,
        "differs": judged.differs,
        "chance": judged.chance,
        "carries": judged.carries,
        "why": {"code": code, "params": dict(params)} if code else None,
        "consent": {"agreed": one.shares_result, "on": one.consent_on, "by": one.consent_by},
        "contact_fault": contact_fault(donor) if donor else None,
        "removable": not one.first and not outlook.pedigree.children(one.code),
    }


def _outline(pedigree: Pedigree, nodes: dict[str, Json]) -> list[Json]:
    """The family as a nested list: each couple once with their children under them, each person told once."""
    couples, told, shown = couples_of(pedigree), set[str](), set[Couple]()

    def tell(code: str) -> Json:
        if code in told:
            return {"node": nodes[code], "again": True, "families": []}
        told.add(code)
        return {"node": nodes[code], "again": False, "families": [family(code, one) for one in couples if code in one]}

    def family(code: str, couple: Couple) -> Json | None:
        if couple in shown:
            return None
        shown.add(couple)
        partner = next((tell(other) for other in couple if other != code), None)
        return {"partner": partner, "children": [tell(child) for child in couples[couple]]}

    order = sorted(nodes, key=lambda code: (nodes[code]["row"], nodes[code]["x"]))
    return [tell(code) for code in order if not pedigree.relatives[code].parents and code not in told]
