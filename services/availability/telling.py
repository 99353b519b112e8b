"""What a subscription to the availability reports is told: counts for everybody, patients for who may see them."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from sqlmodel import Session

from models.account import Account
from models.availability import AvailabilityDay, AvailabilityRow
from models.subscription import ReportFormat, Subscription
from services.accounts.permissions import Permission, permissions_of
from services.availability.counting import figures_of
from services.availability.reading import find_day, giving_in, rows_of
from services.availability.snapshot import NATION, need_in
from services.subscriptions.news import Line, News

PAGE = "/reports/availability"
MOST_LINES = 50


def tell(session: Session, subscription: Subscription, on: date, since: date | None) -> News | None:
    """The news of the latest snapshot; None before there is one, and where a patient's are not theirs to see.

    `since`: the day of the last news, whose snapshot the counts are compared with.
    """
    day = find_day(session, on)
    if day is None or (since is not None and day.local_day < on and day.local_day <= since):
        return None
    before = find_day(session, since) if since is not None and since < day.local_day else None
    account = session.get_one(Account, subscription.account_id)
    sees = Permission.SEE_PATIENTS in permissions_of(account.roles)
    if (patient_id := subscription.scope.get("patient")) is not None:
        return _of_patient(session, day, before, int(patient_id)) if sees else None
    region = subscription.scope.get("region")
    summary = _summary(day, before, region, _report(day, region, subscription.format))
    if summary is None:
        return None
    lines = tuple(_lines(session, day, before, region))[:MOST_LINES] if sees else ()
    expiring = sum(day.facts["autologous"]["expires"].values())
    if expiring and region is None:
        lines = (*lines, Line("availability_line.autologous", {"count": expiring}, _page(day)))
    return News(summary, lines, summary.address)


def _report(day: AvailabilityDay, region: str | None, form: ReportFormat) -> str:
    """The report in the form that was asked for, of the region alone where one is told."""
    file = "" if form is ReportFormat.PAGE else f"/export/report.{form}"
    return f"{PAGE}{file}?on={day.local_day.isoformat()}" + (f"&region={quote(region)}" if region else "")


def _page(day: AvailabilityDay, patient: str = "") -> str:
    place = f"/{quote(patient, safe='')}" if patient else ""
    return f"{PAGE}{place}?on={day.local_day.isoformat()}"


def _summary(day: AvailabilityDay, before: AvailabilityDay | None, region: str | None, address: str) -> Line | None:
    """The directives without a donor this week, against the last time; None for a region that has no donor."""
    now = day.facts["directives"].get(region or NATION)
    was = before.facts["directives"].get(region or NATION) if before else None
    if now is None:
        return None
    said = {"count": now["read"], "none": now["none_week"]}
    if was is None:
        return Line("availability_news", said, address)
    change = now["none_week"] - was["none_week"]
    word = "more" if change > 0 else "fewer" if change < 0 else "same"
    return Line(f"availability_news.{word}", said | {"change": abs(change)}, address)


def _of_patient(session: Session, day: AvailabilityDay, before: AvailabilityDay | None, patient_id: int) -> News | None:
    found = rows_of(session, day, patient_id)
    if not found:
        return None
    [(number, row)] = found.items()
    address = _page(day, number)
    if row.fault_code is not None:
        line = Line(row.fault_code, {**row.fault_params, "patient": number}, address)
        return News(Line("availability_news.unreadable", {}, address), (line,), address)
    was = next(iter(rows_of(session, before, patient_id).values()), None) if before else None
    said = {"none": figures_of(row.counts).within_7}
    code = "availability_news.patient"
    if was is not None and was.fault_code is None:
        code, said = "availability_news.patient_was", said | {"before": figures_of(was.counts).within_7}
    return News(Line(code, said, address), tuple(_of_row(day, number, row, was, None)), address)


def _lines(
    session: Session, day: AvailabilityDay, before: AvailabilityDay | None, region: str | None
) -> Iterator[Line]:
    """What stands behind the counts, the shortest of units first."""
    was = rows_of(session, before) if before else {}
    for number, row in sorted(rows_of(session, day).items(), key=lambda item: -need_in(item[1]).this_week):
        yield from _of_row(day, number, row, was.get(number), region)


def _of_row(
    day: AvailabilityDay, number: str, row: AvailabilityRow, was: AvailabilityRow | None, region: str | None
) -> Iterator[Line]:
    address = _page(day, number)
    if row.fault_code is not None:
        yield Line(row.fault_code, {**row.fault_params, "patient": number}, address)
        return
    figures, need = figures_of(row.counts, region=region), need_in(row)
    gap = need.gaps(giving_in(day).a_week(figures.donors))[0]
    if need.lacks_donors(figures.within_7):
        said = {"patient": number, "need": need.this_week, "donors": figures.within_7}
        yield Line("availability_line.lacks", said, address)
    elif gap:
        yield Line(
            "availability_line.short", {"patient": number, "need": need.this_week, "gap": round(gap, 1)}, address
        )
    elif not figures.within_7:
        yield Line("availability_line.none", {"patient": number, "donors": figures.donors}, address)
    if was is not None and was.fault_code is None and figures.now < (past := figures_of(was.counts, region=region).now):
        yield Line("availability_line.lost", {"patient": number, "now": figures.now, "before": past}, address)
