"""How sure the phenotype of a donor is, by the results of their samples that stand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from domain.wanted_phenotype import TestStanding, stand
from models.database import in_parts
from models.donor_test import DonorTest


def standing_of(session: Session, donor_ids: Sequence[int]) -> Mapping[tuple[int, str], TestStanding]:
    """By donor and analyte (`CD36`, `HPA-1`); who was never tested for one is not among them."""
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for some in in_parts(donor_ids):
        query = select(DonorTest.donor_id, DonorTest.analyte, DonorTest.result).where(
            col(DonorTest.donor_id).in_(some), col(DonorTest.withdrawn_at).is_(None)
        )
        for donor_id, analyte, result in session.exec(query):
            found[donor_id, analyte].append(result)
    return {key: stand(key[1], results) for key, results in found.items()}


def standing_for(session: Session, donor_id: int, analyte: str) -> TestStanding:
    """The standing of one donor and analyte."""
    return standing_of(session, [donor_id]).get((donor_id, analyte)) or stand(analyte, [])
