"""Adding relatives: each is tied to somebody drawn already, through parents who are drawn as needed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, or_, select

from domain.errors import FieldFault, InvalidFields, RefusedByRule
from models.donor import Sex
from models.family import Family, FamilyMember
from services.accounts.person import Person
from services.families.records import get_family, get_member, new_member, settle_family


class Kin(StrEnum):
    """What the new person is to one who is drawn."""

    MOTHER = "mother"
    FATHER = "father"
    SIBLING = "sibling"  # of both parents
    HALF_BY_MOTHER = "half_by_mother"  # the same mother, another father
    HALF_BY_FATHER = "half_by_father"
    CHILD = "child"
    PARTNER = "partner"  # the other parent of the children that are drawn with one


SEX_OF = {Kin.MOTHER: Sex.FEMALE, Kin.FATHER: Sex.MALE}


def add_relative(
    session: Session, *, code: str, version: int, of: str, kin: str, sex: str, by: Person, now: datetime
) -> FamilyMember:
    """Draw a relative of a member. `sex` is F, M or nothing; a mother is a woman and a father a man.

    Raises NotFound, InvalidFields, and RefusedByRule: changed meanwhile, a parent who is drawn already, a family that
    could not be (see domain.kinship.Pedigree).
    """
    family = get_family(session, code, version=version)
    one = get_member(session, family, of)
    if kin not in set(Kin):
        raise InvalidFields([FieldFault("kin", "family_kin_unknown")])
    if sex not in ("", *Sex):
        raise InvalidFields([FieldFault("sex", "family_sex_unknown")])
    drawing = _Drawing(session, family, by.login, now)
    added = drawing.add(one, Kin(kin), SEX_OF.get(Kin(kin)) or (Sex(sex) if sex else None))
    settle_family(session, family, "family_member_added", actor=by.login, now=now, kin=kin)
    return added


class _Drawing:
    """One addition to a family, with the parents it needs."""

    def __init__(self, session: Session, family: Family, actor: str, now: datetime) -> None:
        self.session, self.family, self.actor, self.now = session, family, actor, now

    def add(self, one: FamilyMember, kin: Kin, sex: Sex | None) -> FamilyMember:
        """The new person, tied to one who is drawn."""
        if kin is Kin.MOTHER:
            return self._new_parent(one, "mother_id", Sex.FEMALE)
        if kin is Kin.FATHER:
            return self._new_parent(one, "father_id", Sex.MALE)
        if kin is Kin.CHILD:
            return self._child(one, sex)
        if kin is Kin.PARTNER:
            return self._partner(one)
        mother = one.mother_id if kin is Kin.HALF_BY_MOTHER else None
        father = one.father_id if kin is Kin.HALF_BY_FATHER else None
        if kin in (Kin.SIBLING, Kin.HALF_BY_MOTHER):
            mother = one.mother_id or self._new_parent(one, "mother_id", Sex.FEMALE).id
        if kin in (Kin.SIBLING, Kin.HALF_BY_FATHER):
            father = one.father_id or self._new_parent(one, "father_id", Sex.MALE).id
        mother = mother or self._new(Sex.FEMALE).id
        father = father or self._new(Sex.MALE).id
        return self._new(sex, mother_id=mother, father_id=father)

    def _new(self, sex: Sex | None, **known: Any) -> FamilyMember:
        return new_member(self.session, self.family, actor=self.actor, now=self.now, sex=sex, **known)

    def _new_parent(self, child: FamilyMember, role: str, sex: Sex) -> FamilyMember:
        """A parent who is not drawn yet. Raises RefusedByRule where there is one: nobody has more than two."""
        if getattr(child, role) is not None:
            raise RefusedByRule("family_parent_drawn")
        parent = self._new(sex)
        setattr(child, role, parent.id)
        self.session.add(child)
        return parent

    def _child(self, one: FamilyMember, sex: Sex | None) -> FamilyMember:
        """A child of a member and of the partner with whom they have children, or of one drawn now."""
        mine, theirs = _roles(one)
        others = {getattr(child, theirs) for child in self._children(one) if getattr(child, theirs)}
        if len(others) > 1:
            raise RefusedByRule("family_which_partner")  # a brother or sister of one of the children says it
        partner = others.pop() if others else self._new(Sex.MALE if theirs == "father_id" else Sex.FEMALE).id
        return self._new(sex, **{mine: one.id, theirs: partner})

    def _partner(self, one: FamilyMember) -> FamilyMember:
        """The other parent of the children drawn with one parent alone."""
        _, theirs = _roles(one)
        alone = [child for child in self._children(one) if getattr(child, theirs) is None]
        if not alone:
            raise RefusedByRule("family_partner_needs_child")
        partner = self._new(Sex.MALE if theirs == "father_id" else Sex.FEMALE)
        for child in alone:
            setattr(child, theirs, partner.id)
            self.session.add(child)
        return partner

    def _children(self, one: FamilyMember) -> list[FamilyMember]:
        either = or_(col(FamilyMember.mother_id) == one.id, col(FamilyMember.father_id) == one.id)
        return list(self.session.exec(select(FamilyMember).where(either).order_by(col(FamilyMember.id))).all())


def _roles(one: FamilyMember) -> tuple[str, str]:
    """Which parent a member is, and which the other one is. Raises RefusedByRule while the sex is not known."""
    if one.sex is None:
        raise RefusedByRule("family_sex_needed")
    return ("mother_id", "father_id") if one.sex is Sex.FEMALE else ("father_id", "mother_id")
