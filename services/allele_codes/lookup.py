"""The table of multiple allele codes in use, asked code by code: a million of them is not for every process to hold."""

from collections.abc import Callable

from sqlmodel import Session, col, select

from domain.allele_code import AlleleCodes
from models.allele_code import AlleleCode, AlleleCodeTable

MAX_REMEMBERED = 10_000


def codes_in_use(session: Session) -> AlleleCodes | None:
    """The table that codes are read by, within the transaction of this session; None where the site imported none."""
    name = session.exec(select(AlleleCodeTable.name).where(col(AlleleCodeTable.active))).first()
    return None if name is None else AlleleCodes(name, _finder(session))


def _finder(session: Session) -> Callable[[str], str | None]:
    known: dict[str, str | None] = {}

    def find(code: str) -> str | None:
        if code not in known:
            if not session.in_transaction():
                # Another transaction would begin by itself and nobody would end it; of a writer it would hold the lock.
                raise RuntimeError("a code is looked up within the transaction that its table was found in")
            if len(known) >= MAX_REMEMBERED:
                known.clear()
            known[code] = session.exec(select(AlleleCode.subtypes).where(AlleleCode.code == code)).first()
        return known[code]

    return find
