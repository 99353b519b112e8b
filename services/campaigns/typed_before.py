"""What the typings on record already say of the phenotype that a campaign looks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.cd36 import parse_cd36
from domain.hpa import antigen_state, parse_hpa
from models.donor import Donor
from services.donors import HPA_SYSTEMS


@dataclass(frozen=True, slots=True)
class Typed:
    """The texts of one column that show the phenotype, and those that show its absence; every other says nothing."""

    column: Any
    shown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    typed_at_all: Any = None  # for HLA: whoever is typed is found by a search, and needs no campaign

    def condition(self, *, has: bool) -> Any:
        """The donors known to have it, or known not to."""
        if self.typed_at_all is not None:
            return sa.false() if has else self.typed_at_all
        texts = self.shown if has else self.absent
        return self.column.in_(texts) if texts else sa.false()


def typed_before(session: Session, target: Mapping[str, Any]) -> Typed:
    """What is known of a target, from the few distinct texts that its column holds."""
    kind = target.get("kind")
    if kind == "cd36_negative":
        return _typed(session, col(Donor.cd36), shows_cd36_negative)
    if kind == "hpa_negative":
        antigen = str(target["antigen"])
        system = antigen[:-1]
        name = next(column for column, of in HPA_SYSTEMS.items() if of == system)
        return _typed(session, getattr(Donor, name), lambda text: shows_hpa_negative(text, antigen))
    typed = sa.and_(col(Donor.hla_a_1) != "", col(Donor.hla_b_1) != "")
    return Typed(col(Donor.hla_a_1), typed_at_all=typed)


def shows_cd36_negative(text: str) -> bool | None:
    """Whether a typed text shows CD36-negative platelets; None where it says nothing."""
    status = parse_cd36(text)[0].status
    return None if status == "untested" else status == "negative"


def shows_hpa_negative(text: str, antigen: str) -> bool | None:
    """Whether a typed text shows the absence of an HPA antigen; None where it says nothing."""
    state = antigen_state(parse_hpa(text, antigen[:-1])[0], antigen)
    return None if state == "unknown" else state == "absent"


def _typed(session: Session, column: Any, shows: Callable[[str], bool | None]) -> Typed:
    texts = [text for (text,) in session.execute(sa.select(column).distinct()) if text]
    said = {text: shows(text) for text in texts}
    return Typed(
        column,
        shown=tuple(sorted(text for text, has in said.items() if has is True)),
        absent=tuple(sorted(text for text, has in said.items() if has is False)),
    )
