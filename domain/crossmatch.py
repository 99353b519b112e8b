"""Crossmatches: a donor's cells against a patient's serum."""

from enum import StrEnum


class CrossmatchKind(StrEnum):
    """Whose cells of the donor were taken."""

    LYMPHOCYTE = "lymphocyte"
    PLATELET = "platelet"


class CrossmatchResult(StrEnum):
    """What was seen."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"
