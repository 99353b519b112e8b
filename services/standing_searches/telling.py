"""The news of standing searches for one subscription: what the looks since the last news found, by cause."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.list_change import Change, EndReason
from models.patient import Patient
from models.standing_search import StandingLook, StandingSearch
from models.subscription import Subscription
from services.subscriptions.news import Line, News, told_at
from services.wording.alphabet import UNASSIGNED

ADDRESS = "/standing-searches"


def tell(session: Session, subscription: Subscription, on: date, since: date | None) -> News | None:
    """What changed in the looks after `since` until `on` (None: in those of that day); None where nothing did.

    A search that cannot be read is told when it begins not to be, one that ended by itself once.
    """
    lines, searches, new, lost = list[Line](), 0, 0, 0
    made_at = told_at(session, subscription, since)
    for number, looks in _by_patient(session, subscription.scope, on, since, made_at):
        told = _of_patient(number, looks, subscription.scope.get("region"))
        counts = _sum(looks, subscription.scope.get("region"))
        searches += bool(told)
        new, lost = new + counts["new"], lost + counts["lost"]
        lines += told
    ended = _ended(session, subscription.scope, on, since)
    lines += [Line("standing_line.ended", {"patient": number}, _address(number)) for number in ended]
    if not lines:
        return None
    counted = {"searches": searches, "new": new, "lost": lost, "ended": len(ended)}
    code = "standing_news" if searches and not ended else "standing_news_ended" if searches else "standing_ended"
    return News(Line(code, counted, ADDRESS), tuple(lines), ADDRESS)


# day, fault and its values, totals, counts, the fault before
Told = tuple[date, str | None, dict[str, Any], dict[str, Any], dict[str, Any], str | None]


def _by_patient(
    session: Session, scope: dict[str, Any], on: date, since: date | None, made_at: datetime | None
) -> Iterable[tuple[str, list[Told]]]:
    before = sa.orm.aliased(StandingLook)
    earlier = (
        sa.select(col(before.fault_code))
        .where(col(before.search_id) == StandingLook.search_id, col(before.local_day) < StandingLook.local_day)
        .order_by(col(before.local_day).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(
            col(Patient.patient_number),
            col(StandingLook.local_day),
            col(StandingLook.fault_code),
            col(StandingLook.fault_params),
            col(StandingLook.totals),
            col(StandingLook.counts),
            earlier,
        )
        .join(StandingSearch, col(StandingSearch.id) == col(StandingLook.search_id))
        .join(Patient, col(Patient.id) == col(StandingSearch.patient_id))
        .where(_between(col(StandingLook.local_day), on, since, made_at), *_of_scope(scope))
        .order_by(col(Patient.patient_number), col(StandingLook.local_day))
    )
    found: dict[str, list[Told]] = {}
    for number, *told in session.execute(query):
        found.setdefault(number, []).append(tuple(told))
    return found.items()


def _between(day: Any, on: date, since: date | None, made_at: datetime | None = None) -> Any:
    if since is None:
        return day == on
    again = sa.and_(day <= since, col(StandingLook.made_at) > made_at) if made_at else sa.false()
    return sa.or_(sa.and_(day > since, day <= on), again)


def _of_scope(scope: dict[str, Any]) -> list[Any]:
    return [col(StandingSearch.patient_id) == scope["patient"]] if "patient" in scope else []


def _sum(looks: Sequence[Told], region: str | None) -> Counter[str]:
    """The donors new and lost in these looks; of one region where one is asked."""
    found: Counter[str] = Counter()
    for _, _, _, totals, counts, _ in looks:
        if region is None:
            found.update({name: sum(totals.get(name, {}).values()) for name in ("new", "lost")})
        else:
            moves = counts.get("moves", {}).get("" if region == UNASSIGNED else region, {})
            found.update({name: moves.get(name, 0) for name in ("new", "lost")})
    return found


def _of_patient(number: str, looks: Sequence[Told], region: str | None) -> list[Line]:
    address = _address(number)
    faults = [(fault, values) for _, fault, values, _, _, before in looks if fault and fault != before]
    lines = [
        Line("standing_line.unreadable", {**values, "patient": number, "reason": fault}, address)
        for fault, values in faults
    ]
    if region is not None:
        counts = _sum(looks, region)
        said = {"patient": number, "region": region, "new": counts["new"], "lost": counts["lost"]}
        return [*lines, Line("standing_line.region", said, address)] if any(counts.values()) else lines
    totals: Counter[tuple[str, str]] = Counter()
    for _, _, _, found, _, _ in looks:
        totals.update({(change, cause): n for change, by in found.items() for cause, n in by.items()})
    order = [change.value for change in Change]
    for (change, cause), count in sorted(totals.items(), key=lambda one: (order.index(one[0][0]), -one[1], one[0])):
        said = {"patient": number, "count": count, "reason": f"standing_cause.{cause}"}
        lines.append(Line(f"standing_line.{change}", said, address))
    return lines


def _ended(session: Session, scope: dict[str, Any], on: date, since: date | None) -> list[str]:
    """The patients whose search ended by itself; whoever ends one by hand knows."""
    query = (
        sa.select(col(Patient.patient_number))
        .join(StandingSearch, col(StandingSearch.patient_id) == col(Patient.id))
        .where(col(StandingSearch.end_reason) != EndReason.BY_HAND, *_of_scope(scope))
        .where(_between(col(StandingSearch.ended_on), on, since))
    )
    return list(session.scalars(query.order_by(col(Patient.patient_number))))


def _address(number: str) -> str:
    return f"{ADDRESS}/{quote(number, safe='')}"
