"""What the samples of two records say together, once they are those of one person."""

from collections.abc import Mapping

from sqlmodel import Session

from domain.wanted_phenotype import TestStanding
from models.donor import Donor
from services.donor_tests.effects import COLUMNS, find_prior, finer_result, registry_text
from services.donor_tests.recording import keep_prior, tests_of
from services.donor_tests.standing import standing_for


def priors_of(session: Session, donor: Donor) -> Mapping[str, str]:
    """By analyte, what the registry said of a donor before any result of a sample; to be asked before a merge."""
    found: dict[str, str] = {}
    for analyte in COLUMNS:
        rows = tests_of(session, donor.id or 0, analyte)
        found[analyte] = find_prior(donor, analyte, rows, standing_for(session, donor.id or 0, analyte))
    return found


def join_samples(
    session: Session, donor_id: int, priors: tuple[Mapping[str, str], Mapping[str, str]]
) -> Mapping[str, str]:
    """By column, what the registry says by all samples of the two; nothing where they leave a doubt.

    An empty value of one record may be a doubt, so it is not filled from the other as what is unknown is.
    """
    found: dict[str, str] = {}
    for analyte, column in COLUMNS.items():
        rows = tests_of(session, donor_id, analyte)
        if not rows:
            continue
        standing = standing_for(session, donor_id, analyte)
        one, other = (known[analyte] for known in priors)
        prior = _joined(analyte, one, other, standing)
        keep_prior(session, rows, prior)
        found[column] = registry_text(analyte, prior, standing)
    return found


def _joined(analyte: str, one: str, other: str, standing: TestStanding) -> str:
    """What was on record of both: where they contradict, the one that the samples contradict, so that it is doubted."""
    if not one or not other:
        return one or other
    if both := finer_result(analyte, one, other):
        return both
    return next((prior for prior in (one, other) if not finer_result(analyte, prior, standing.result)), one)
