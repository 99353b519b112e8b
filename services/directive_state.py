"""Whether the directive in force still holds and who answers for it: said beside every answer, changing no count."""

from datetime import date

from domain.errors import Issue
from models.directive import Directive
from services.reference import parameters


def directive_issues(row: Directive | None, on: date, until: date | None = None) -> tuple[Issue, ...]:
    """What to know of a directive on a day: lapsed, about to lapse, not signed. A lapsed one is still used.

    An answer that looks ahead names its last day, `until`: a directive that ends before it is told too.
    """
    if row is None:
        return ()
    found = []
    said = {"version": row.version}
    if row.valid_until is not None:
        left_days = (row.valid_until - on).days
        held = {**said, "until_on": row.valid_until.isoformat()}
        if left_days < 0:
            found.append(Issue("directive_lapsed", "warning", str(row.version), held))
        elif left_days <= lapse_notice_days() or (until is not None and row.valid_until < until):
            found.append(Issue("directive_lapses_soon", "info", str(row.version), held))
    if row.signed_at is None:
        found.append(Issue("directive_not_signed", "info", str(row.version), said))
    return tuple(found)


def lapse_notice_days() -> int:
    """How many days before its last day a directive is announced as about to lapse."""
    return int(parameters()["directive_lapse_notice_days"])
