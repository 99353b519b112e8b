"""What was known on the day of a transfusion, who is counted, and that the groups agree with the rows sent out."""

from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest
from sqlmodel import select

from domain.errors import UnusableInput
from domain.refractoriness import Selection
from domain.transfusion import Window
from models.donor import Donor
from models.reservation import Reservation, ReservationStatus
from models.transfusion import Transfusion
from services.directives import Wording, close_directive, set_directive
from services.documents.document import Maker
from services.documents.outcomes import rows_document
from services.outcomes.gathering import gather
from services.outcomes.plain import outcomes_json
from services.outcomes.report import (
    Period,
    default_period,
    find_given,
    fixed_period,
    make_report,
    observed_of,
    parse_period,
)
from services.outcomes.rules import band
from tests.reserving import TIMING
from tests.small_registry import BEADS, NOW, PATIENT, D, put_donors, put_patient, put_serum

FIRST = date(2026, 3, 1)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def moment(day, hour=10):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def put(session, patient, code, day, donor=None, *, cci=10.0, **more):
    """A valid transfusion whose CCI at 1 h is `cci` (content 6, surface from 72 kg and 162 cm is 1.8 m²)."""
    ended = moment(day)
    columns = {
        "selection": Selection.HLA, "content": 6.0, "age_hours": 30.0, "product_abo": "A", "pre_count": 5.0,
        "pre_at": ended - timedelta(hours=1), "count_1h": 5 + cci * 6 / 1.8, "count_1h_at": ended + timedelta(hours=1),
        "weight_kg": 72.0, "height_cm": 162.0, "causes": {"bleeding": False}, **more,
    }  # fmt: skip
    row = Transfusion(
        code=code, patient_id=patient.id, ended_at=ended, donor_id=donor and donor.id, recorded_at=NOW,
        recorded_by="t", changed_at=NOW, changed_by="t", **columns,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        put_donors(
            session,
            [
                D("GOOD", PATIENT, more={"abo": "A"}),
                D("BAD", "A*02:01 A*03 B*08 B*49", more={"abo": "A"}),
                D("UNTYPED", "A*01 A*03 B*08 X", more={"abo": "A"}),
            ],
        )
        yield session


@pytest.fixture
def patient(session):
    return put_patient(session, "P1", PATIENT, weight_kg=72.0, height_cm=162.0)


def donor(session, number):
    return session.exec(select(Donor).where(Donor.donor_number == number)).one()


def only(session, **more):
    [found] = gather(session, from_on=YEAR.from_on, until_on=YEAR.until_on, timing=TIMING, **more)
    return found


def test_the_serum_and_the_directive_are_those_of_the_day(session, patient):
    put_serum(session, patient, "OLD", "A*02:01=9000 A*03:01=10 B*08:01=10 B*49:01=10", run_on=date(2026, 2, 1))
    put_serum(session, patient, "NEW", "A*02:01=300 A*03:01=10 B*08:01=10 B*49:01=10", run_on=date(2026, 3, 10))
    put_serum(session, patient, "REFUSED", "A*02:01=1", run_on=date(2026, 3, 2), rejected=True)
    put_serum(session, patient, "UNDATED", "A*02:01=2", run_on=None)
    set_directive(session, patient_number="P1", wording=Wording(threshold_mfi=2000), actor="t", now=moment(FIRST))
    set_directive(
        session, patient_number="P1", wording=Wording(threshold_mfi=200), actor="t", now=moment(date(2026, 3, 20))
    )
    close_directive(session, patient_number="P1", actor="t", now=moment(date(2026, 5, 1)))
    bad = donor(session, "BAD")
    days = [
        date(2026, 1, 20),
        date(2026, 2, 1),
        date(2026, 3, 9),
        date(2026, 3, 15),
        date(2026, 4, 1),
        date(2026, 5, 9),
    ]
    for at, day in enumerate(days):
        put(session, patient, f"T{at}", day, bad)
    found = gather(session, from_on=YEAR.from_on, until_on=YEAR.until_on, timing=TIMING)
    assert [(one.why, one.sum_mfi, one.max_mfi, one.threshold_mfi, one.verdict) for one in found] == [
        ("no_serum", None, None, None, None),
        ("", 9000, 9000, None, None),
        ("", 9000, 9000, 2000, "blocked"),
        ("", 0, 300, 2000, "compatible"),
        ("", 0, 300, 200, "blocked"),
        ("", 0, 300, None, None),
    ]
    assert {one.grade for one in found} == {"C"}
    assert [observed_of(one).groups["calibration"] for one in found] == [
        "no_serum", "no_directive", "2000:blocked", "2000:compatible", "200:blocked", "no_directive",
    ]  # fmt: skip
    assert [observed_of(one).groups["sum_mfi"] for one in found][:4] == ["no_serum", "strong", "strong", "below"]


def test_a_directive_past_its_last_day_is_applied_as_searches_do(session, patient):
    put_serum(session, patient, "S", BEADS, run_on=FIRST)
    wording = Wording(threshold_mfi=2000, valid_until=FIRST + timedelta(days=10))
    set_directive(session, patient_number="P1", wording=wording, actor="t", now=moment(FIRST))
    put(session, patient, "T", FIRST + timedelta(days=20), donor(session, "GOOD"))
    found = only(session)
    assert (found.threshold_mfi, found.threshold_by) == (2000, "directive")
    assert observed_of(found).groups["calibration"] == "2000:compatible"


@pytest.mark.parametrize(
    ("days_before", "status", "expected"),
    [
        (1, "held", (2000, "directive")),  # a hold that ran out, which nothing marked so
        (1, "collected", (900, "reservation")),
        (7, "confirmed", (900, "reservation")),
        (8, "collected", (2000, "directive")),
        (-1, "confirmed", (2000, "directive")),
        (1, "released", (2000, "directive")),
        (1, "expired", (2000, "directive")),
    ],
)
def test_the_threshold_is_that_of_the_reservation_the_product_came_from(
    session, patient, days_before, status, expected
):
    put_serum(session, patient, "S", BEADS, run_on=FIRST)
    set_directive(session, patient_number="P1", wording=Wording(threshold_mfi=2000), actor="t", now=moment(FIRST))
    day, good = date(2026, 4, 1), donor(session, "GOOD")
    put(session, patient, "T", day, good)
    session.add(
        Reservation(
            code="R", donor_id=good.id, patient_id=patient.id, day=day - timedelta(days=days_before),
            status=ReservationStatus(status), held_by="t", held_at=NOW, expires_at=moment(day, 6), threshold_mfi=900,
            changed_by="t", changed_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    found = only(session)
    assert (found.threshold_mfi, found.threshold_by) == expected
    assert found.verdict == "compatible"


def test_what_is_not_known_is_a_group_of_its_own(session, patient):
    put_serum(session, patient, "S", "A*01:01=10 A*03:01=10 B*08:01=10", run_on=FIRST)
    put(session, patient, "T1", date(2026, 4, 1), donor(session, "UNTYPED"), age_hours=None, product_abo=None)
    put(session, patient, "T2", date(2026, 4, 5), None, selection=None, additive_solution=True)
    first, second = (
        observed_of(one).groups for one in gather(session, from_on=YEAR.from_on, until_on=YEAR.until_on, timing=TIMING)
    )
    assert (first["grade"], first["sum_mfi"], first["max_mfi"]) == ("R", "unknown", "unknown")
    assert (first["age"], first["abo"], first["eplets"], first["additive_solution"]) == ("unknown",) * 4
    assert {second[name] for name in ("grade", "sum_mfi", "max_mfi", "eplets", "calibration")} == {"no_donor"}
    assert (second["selection"], second["additive_solution"]) == ("unknown", "yes")


def test_withdrawn_transfusions_never_count(session, patient):
    for at in range(6):
        put(session, patient, f"T{at}", FIRST + timedelta(days=7 * at), cci=8.0)
    put(session, patient, "GONE", FIRST + timedelta(days=60), cci=99.0, withdrawn_at=NOW, withdrawn_by="t")
    other = put_patient(session, "P2", PATIENT, weight_kg=72.0, height_cm=162.0)
    put(session, other, "P2-1", FIRST, cci=9.0)
    put(session, other, "P2-GONE", FIRST + timedelta(days=1), cci=9.0, withdrawn_at=NOW, withdrawn_by="t")
    report = make_report(session, YEAR, valid_only=True, timing=TIMING)
    assert (report.summary.whole.transfusions, report.summary.whole.patients) == (7, 2)
    assert report.summary.whole.windows[Window.EARLY].median == pytest.approx(8.0)


def test_only_valid_ones_unless_all_are_asked_and_only_of_the_months(session, patient):
    put(session, patient, "VALID", date(2026, 6, 30))
    put(session, patient, "LOW", date(2026, 6, 5), content=2.0)
    put(session, patient, "OTHER", date(2026, 7, 1))
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    codes = {
        valid: {one.row.code for one in find_given(session, june, valid_only=valid, timing=TIMING)}
        for valid in (True, False)
    }
    assert codes == {True: {"VALID"}, False: {"VALID", "LOW"}}


def test_groups_agree_with_a_recount_of_the_rows_sent_out_and_are_the_same_twice(session, patient):
    other = put_patient(session, "P2", PATIENT, weight_kg=72.0, height_cm=162.0)
    good, bad = donor(session, "GOOD"), donor(session, "BAD")
    for one in (patient, other):
        put_serum(session, one, f"S-{one.patient_number}", BEADS, run_on=FIRST)
    for at in range(14):
        who = (patient, other)[at % 2]
        ccis = {"cci": 3.0 + at} if at % 5 else {"count_1h": None, "count_1h_at": None}
        put(session, who, f"T{at}", FIRST + timedelta(days=3 * at), (good, bad)[at // 7], **ccis)
    report, again = (make_report(session, YEAR, valid_only=True, timing=TIMING) for _ in range(2))
    assert outcomes_json(report) == outcomes_json(again)
    given = find_given(session, YEAR, valid_only=True, timing=TIMING)
    document = rows_document(given, YEAR, rules="R", maker=Maker("m", NOW, "Europe/Paris"), locale="en")
    headings = [column.heading for column in document.tables[0].columns]
    rows = [dict(zip(headings, row, strict=True)) for row in document.tables[0].rows]
    [grades] = [one for one in report.summary.headings if one.name == "grade"]
    assert [one.key for one in grades.groups] == ["A", "C"]
    for group in grades.groups:
        members = [row for row in rows if row["Grade"] == group.key]
        values = [row["CCI 1 h (10⁹/L)"] for row in members if row["CCI 1 h (10⁹/L)"] is not None]
        figures = group.windows[Window.EARLY]
        assert (group.transfusions, figures.judged) == (len(members), len(values))
        assert group.patients == len({row["Patient (pseudonym)"] for row in members})
        assert figures.median == pytest.approx(median(values), abs=0.001)
        assert figures.effective.found == sum(row["Effective at 1 h"] == "effective" for row in members)
    written = repr(rows)
    assert not any(text in written for text in ("P1", "P2", "GOOD", "BAD", "2026-03-0", "T1"))
    assert {row["Month"] for row in rows} == {"2026-03", "2026-04"}


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-13", "", "outcomes_month_unreadable"),
        ("x", "", "outcomes_month_unreadable"),
        ("2026-05", "2026-04", "outcomes_period_reversed"),
        ("2010-01", "2026-04", "outcomes_period_long"),
    ],
)
def test_a_period_that_cannot_be_asked(first, last, code):
    with pytest.raises(UnusableInput) as refused:
        parse_period(first, last, today=date(2026, 11, 22))
    assert refused.value.code == code


def test_a_period_is_whole_months():
    assert parse_period("2026-02", "2026-02", today=date(2026, 11, 22)) == Period(date(2026, 2, 1), date(2026, 2, 28))
    assert default_period(date(2026, 11, 22)) == Period(date(2024, 11, 1), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 10, 1), date(2024, 10, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2024, 10, 1), date(2026, 9, 30)),
        (date(2027, 1, 1), date(2025, 1, 1), date(2026, 12, 31)),
        (date(2027, 3, 31), date(2025, 1, 1), date(2026, 12, 31)),
    ],
)
def test_the_months_of_whoever_may_not_choose_move_with_the_calendar_quarter(today, first, last):
    assert fixed_period(today) == Period(first, last)


def test_the_lower_end_belongs_to_a_band():
    assert [band(value, (24.0, 48.0)) for value in (0, 23.9, 24, 47.9, 48, 200)] == [
        "0-24", "0-24", "24-48", "24-48", "48-", "48-",
    ]  # fmt: skip
