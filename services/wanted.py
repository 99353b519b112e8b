"""What is asked of the workbench of a patient, and of every list, file or answer made from the same view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.directive import check_threshold
from domain.errors import UnusableInput
from domain.grading import GRADE_ORDER
from models.donor import Abo, Rhd, Serology
from services.matching.columns import SORTS
from services.matching.filters import ABO_RELATIONS, EVIDENCE_WORDS, MOST_RISKS, VERDICT_WORDS, Filters

ABO_GROUPS = tuple(group.value for group in Abo)
# What each filter and the order may say.
KNOWN: dict[str, Sequence[str]] = {
    "verdict": VERDICT_WORDS,
    "grade": GRADE_ORDER,
    "abo": (*ABO_RELATIONS, *ABO_GROUPS),
    "rhd": tuple(sign.value for sign in Rhd),
    "cmv": tuple(result.value for result in Serology),
    "risk": MOST_RISKS,
    "evidence": EVIDENCE_WORDS,
    "sort": tuple(f"{sign}{name}" for name in SORTS for sign in ("", "-")),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One view of the workbench; None is the directive's word, or no filter. Sizes are donors a page.

    `region` is the scope: counts and ranks are those of that region. The filters keep, of the donors ranked there,
    those of a verdict (None: compatible and possible), of a grade or better, of an ABO relation or group, who can
    give on the day `by` or before, of an RhD sign, of a CMV result, of a risk of at most so many percent, of whom
    past evidence is on record. `sort` is a column, with `-` before it to turn it round; equals stand by rank.
    """

    on: date
    threshold_mfi: int | None = None
    region: str | None = None
    policy: str | None = None
    loci: str | None = None
    sample: str | None = None
    verdict: str | None = None
    grade: str | None = None
    abo: str | None = None
    by: date | None = None
    rhd: str | None = None
    cmv: str | None = None
    risk: str | None = None
    evidence: str | None = None
    sort: str = "rank"
    page: int = 1
    page_size: int = 50
    unknown_page: int = 1
    unknown_page_size: int = 10

    @property
    def filters(self) -> Filters:
        """What narrows the list within its region."""
        return Filters(self.verdict, self.grade, self.abo, self.by, self.rhd, self.cmv, self.risk, self.evidence)

    def check(self) -> None:
        """Raises UnusableInput for a threshold, a filter or an order that there is not."""
        if self.threshold_mfi is not None:
            check_threshold(self.threshold_mfi)
        for name, known in KNOWN.items():
            value = getattr(self, name)
            if value is not None and value not in known:
                raise UnusableInput("unknown_choice", field=name, value=value, known=", ".join(known))
