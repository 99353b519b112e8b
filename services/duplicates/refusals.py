"""What forbids to merge two records, whatever a person says."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.errors import RefusedByRule
from domain.phenotype import parse_phenotype_key
from models.donor import TYPING_COLUMNS, Donor
from models.donor_test import DonorTest
from models.family import FamilyMember
from models.reservation import OCCUPYING, Reservation
from services.donor_tests.recording import plain_code
from services.donor_typing_change import disagreements_with
from services.duplicates.pairs import hla_conflicts
from services.reference import active_reference


def refuse_merge(session: Session, survivor: Donor, merged: Donor) -> None:
    """Raises RefusedByRule where the two records cannot be one person, or cannot be one record now."""
    if survivor.id == merged.id:
        raise RefusedByRule("merge_itself", donor=survivor.donor_number)
    both = {"donor": survivor.donor_number, "other": merged.donor_number}
    reference = active_reference(session)
    typings = [parse_phenotype_key(one.phenotype_key, reference) for one in (survivor, merged)]
    if loci := hla_conflicts(typings[0], typings[1], reference):
        raise RefusedByRule("merge_hla_conflict", loci=", ".join(loci), **both)
    if systems := platelet_conflicts(session, survivor, merged):
        raise RefusedByRule("merge_platelet_conflict", systems=", ".join(systems), **both)
    _refuse_same_day(session, survivor, merged, both)
    _refuse_same_family(session, survivor, merged, both)
    _refuse_other_result(session, survivor, merged, both)


def platelet_conflicts(session: Session, one: Donor, other: Donor) -> list[str]:
    """The HPA systems, and CD36, of which the two records show results that cannot both be true."""
    reference = active_reference(session)
    texts = [{name: getattr(donor, name) for name in TYPING_COLUMNS} for donor in (one, other)]
    there = {found.what for found in disagreements_with(one, texts[1], reference=reference) if found.kind == "other"}
    back = {found.what for found in disagreements_with(other, texts[0], reference=reference) if found.kind == "other"}
    # In both directions: negative and negative type I disagree in one of them alone, and not in truth.
    return sorted(what for what in there & back if what not in ("A", "B", "C"))


def _refuse_same_day(session: Session, survivor: Donor, merged: Donor, both: Mapping[str, str]) -> None:
    one, other = aliased(Reservation), aliased(Reservation)
    query = (
        select(col(one.day))
        .join(other, col(other.day) == col(one.day))
        .where(one.donor_id == survivor.id, other.donor_id == merged.id)
        .where(col(one.status).in_(OCCUPYING), col(other.status).in_(OCCUPYING))
    )
    if day := session.exec(query.order_by(col(one.day))).first():
        raise RefusedByRule("merge_reserved_twice", on=day.isoformat(), **both)


def _refuse_same_family(session: Session, survivor: Donor, merged: Donor, both: Mapping[str, str]) -> None:
    """Who drew two people knew them apart."""
    query = (
        select(FamilyMember.family_id)
        .where(col(FamilyMember.donor_id).in_((survivor.id, merged.id)))
        .group_by(col(FamilyMember.family_id))
        .having(sa.func.count() > 1)
    )
    if session.exec(query).first():
        raise RefusedByRule("merge_same_family", **both)


def _refuse_other_result(session: Session, survivor: Donor, merged: Donor, both: Mapping[str, str]) -> None:
    known = {(row.analyte, plain_code(row.sample_code)): row.result for row in _standing_tests(session, survivor)}
    for row in _standing_tests(session, merged):
        if known.get((row.analyte, plain_code(row.sample_code)), row.result) != row.result:
            raise RefusedByRule("merge_results_differ", sample=row.sample_code, **both)


def _standing_tests(session: Session, donor: Donor) -> Sequence[DonorTest]:
    query = select(DonorTest).where(DonorTest.donor_id == donor.id, col(DonorTest.withdrawn_at).is_(None))
    return session.exec(query.order_by(col(DonorTest.id))).all()
