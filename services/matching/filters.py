"""What narrows a list of ranked donors, answered for every donor at once."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from sqlmodel import Session

from domain.evidence import Stance
from domain.grading import GRADE_ORDER
from domain.ranking import ABO_ORDER
from domain.verdict import LISTED_VERDICTS
from services.matching.donor_rows import load_ids
from services.matching.index import EPOCH, Array
from services.matching.shortlist import Ranking, Shortlist

ABO_RELATIONS = tuple(relation or "unknown" for relation in ABO_ORDER)
# Of whom the list is, before its filters: those who may be offered, unless others are asked for.
OFFERED = (0, 1)
OTHERS = {"unknown": (2,), "all": (0, 1, 2)}
EVIDENCE_WORDS = ("any", Stance.SUPPORTS.value, Stance.AGAINST.value)
MOST_RISKS = ("1", "5", "10", "25", "50")  # in percent
VERDICT_WORDS = (*(verdict.value for verdict in LISTED_VERDICTS), "all")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a donor must be to stay in the list; None asks nothing.

    `verdict` None shows compatible and possible donors. `grade` is the least good grade kept, `abo` a relation or a
    group, `by` the last day from which they may give, `risk` the highest risk kept, in percent: one
    that is not known is not kept. `evidence` is what past crossmatches and transfusions say, or "any" on record.
    """

    verdict: str | None = None
    grade: str | None = None
    abo: str | None = None
    by: date | None = None
    rhd: str | None = None
    cmv: str | None = None
    risk: str | None = None
    evidence: str | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """The filters that are set."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)

    @property
    def verdicts(self) -> tuple[int, ...]:
        """The verdicts among which the filters choose, by their place."""
        return OTHERS.get(self.verdict or "", OFFERED)


def filter_masks(session: Session, ranking: Ranking, donors: Shortlist, filters: Filters) -> dict[str, Array]:
    """For each filter that is set, whether it keeps each donor."""
    asks: dict[str, Callable[[], Array]] = {
        "verdict": lambda: _verdict(donors, filters.verdict or "all"),
        "grade": lambda: ranking.grade_rank[donors.phenotypes] <= GRADE_ORDER.index(filters.grade or "R"),
        "abo": lambda: _abo(ranking, donors, filters.abo or ""),
        "by": lambda: donors.first_eligible_day <= ((filters.by or EPOCH) - EPOCH).days,
        "rhd": lambda: _of_these(session, ranking, donors, rhd=filters.rhd),
        "cmv": lambda: _of_these(session, ranking, donors, cmv=filters.cmv),
        "risk": lambda: ranking.risk[donors.phenotypes] <= int(filters.risk or "100") / 100,
        "evidence": lambda: _evidence(ranking, donors, filters.evidence or "any"),
    }
    return {name: asks[name]() for name in filters.asked}


def _verdict(donors: Shortlist, word: str) -> Array:
    kept: Array = np.isin(donors.verdicts, OTHERS["all"] if word == "all" else (VERDICT_WORDS.index(word),))
    return kept


def _abo(ranking: Ranking, donors: Shortlist, word: str) -> Array:
    index = ranking.index
    same = np.array([text == word for text in index.meta.abo], dtype=bool)
    kept: Array
    if word in ABO_RELATIONS:
        kept = ranking.abo_places(donors.rows) == ABO_RELATIONS.index(word)
    else:
        kept = same[index.class_codes[1][index.donor_class[donors.rows]]]
    return kept


def _evidence(ranking: Ranking, donors: Shortlist, word: str) -> Array:
    wanted = [donor_id for donor_id, stance in ranking.stances.items() if word in ("any", stance.value)]
    kept: Array = np.isin(ranking.index.donor_id[donors.rows], wanted)
    return kept


def _of_these(session: Session, ranking: Ranking, donors: Shortlist, **columns: str | None) -> Array:
    """What the index does not hold is asked of the database: whose value it is, for the whole registry at once."""
    kept: Array = np.isin(ranking.index.donor_id[donors.rows], load_ids(session, **columns))
    return kept
