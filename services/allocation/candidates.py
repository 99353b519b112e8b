"""Who fits whom: the compatible donors of each patient by rank, and how donors already reserved stand now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlmodel import Session

from domain.errors import PhenothequeError
from domain.ranking import policy_named
from domain.verdict import LISTED_VERDICTS, Verdict
from models.directive import Directive
from services.directives_in_force import InForce, directives_in_force
from services.matching.index import RegistryIndex
from services.matching.shortlist import Ranking, Scope
from services.reference import parameters, ranking_policies
from services.searches import DEFAULT_POLICY

MOST_CANDIDATES = 2_000


@dataclass(frozen=True, slots=True)
class Fit:
    """Index rows of a patient's compatible donors by rank, at most MOST_CANDIDATES, of so many there are in all."""

    rows: Sequence[int]
    total: int


@dataclass(slots=True)
class Found:
    """By patient, the directive in force that was read and why another's cannot be; who fits; the verdicts of the rows
    asked, by patient and row.
    """

    directed: dict[str, Directive | None] = field(default_factory=dict)
    fits: dict[str, Fit] = field(default_factory=dict)
    faults: dict[str, PhenothequeError] = field(default_factory=dict)
    verdicts: dict[tuple[str, int], Verdict] = field(default_factory=dict)


def find_candidates(
    session: Session,
    index: RegistryIndex,
    *,
    on: date,
    wanting: Collection[str],
    reserved: Mapping[str, Collection[int]],
) -> Found:
    """The compatible donors of who wants some and of who has few; the verdicts of the rows reserved for a patient."""
    few = int(parameters()["allocation_few_donors"])
    found = Found()
    for patient, one in directives_in_force(session, index, on=on):
        if isinstance(one, PhenothequeError):
            found.faults[patient] = one
            continue
        found.directed[patient] = one.case.directive_row
        ranking = _ranking(one, on)
        rows = _compatible_rows(ranking, MOST_CANDIDATES if patient in wanting else few + 1)
        if patient in wanting or len(rows) <= few:
            found.fits[patient] = Fit(rows, _count_compatible(ranking))
        for row in reserved.get(patient, ()):
            found.verdicts[patient, row] = _verdict_of(ranking, row)
    return found


def _ranking(one: InForce, on: date) -> Ranking:
    patient = one.case.patient
    policy = policy_named(DEFAULT_POLICY, ranking_policies())
    return Ranking(one.matching, policy, one.threshold_mfi, Scope(on, patient.abo, patient.region))


def _compatible_rows(ranking: Ranking, most: int) -> list[int]:
    return [int(row) for row in ranking.shortlist(most, verdict=Verdict.COMPATIBLE).rows]


def _count_compatible(ranking: Ranking) -> int:
    cells = (ranking.verdict == LISTED_VERDICTS.index(Verdict.COMPATIBLE))[ranking.index.cell_phenotype]
    return int(ranking.matching.cell_weights(0)[cells].sum())


def _verdict_of(ranking: Ranking, row: int) -> Verdict:
    """The verdict of one donor: the phenotype's, unless what is asked besides HLA is violated or not known."""
    index = ranking.index
    cell = int(np.searchsorted(index.cell_start, row, side="right")) - 1
    place = int(ranking.verdict[index.cell_phenotype[cell]])
    if place >= len(LISTED_VERDICTS):
        return Verdict.BLOCKED
    effects = ranking.matching.effects
    effect = 0 if effects is None else int(effects[row])
    return (LISTED_VERDICTS[place], Verdict.UNKNOWN, Verdict.BLOCKED)[effect]
