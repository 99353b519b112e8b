"""A row that the tables accept is a row they can give back: the traps of table models, each held shut."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel, select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.antibody import Bead, HlaClass, SerumSample
from models.directive import Directive, DirectiveStatus
from models.donor import Abo, Donor, DonorStatus, Sex
from models.patient import Patient
from models.reference import ReferenceRelease, ReleaseKind


def donor(now, **columns) -> Donor:
    return Donor(**{"donor_number": "D1", "created_at": now, "updated_at": now, **columns})


def patient(now, **columns) -> Patient:
    return Patient(**{"patient_number": "P1", "created_at": now, "updated_at": now, **columns})


# --- enums and texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [{"sex": "female"}, {"abo": "C"}, {"status": "ACTIVE"}, {"rhd": "POS"}])
def test_a_text_outside_its_enum_is_refused_when_it_is_written(both, now, columns):
    row = donor(now, **columns)  # the class itself accepts anything
    with pytest.raises(StatementError, match="LookupError"), both.write_session() as session:
        session.add(row)
    with both.read_session() as session:
        assert session.exec(select(Donor)).all() == []


def test_a_bulk_insert_is_as_strict(both, now):
    good = {"donor_number": "D1", "created_at": now, "updated_at": now, "status": "active", "sex": "F"}
    bad = good | {"donor_number": "D2", "sex": "f"}
    with pytest.raises(StatementError, match="LookupError"), both.write_session() as session:
        session.execute(sa.insert(Donor), [good, bad])


def test_an_enum_is_stored_by_value_and_read_back_as_its_member(both, now):
    with both.write_session() as session:
        session.add(donor(now, sex=Sex.FEMALE, abo="AB", status=DonorStatus.DEFERRED))
    with both.read_session() as session:
        raw = session.execute(sa.text("SELECT sex, abo, status FROM donor")).one()
        assert tuple(raw) == ("F", "AB", "deferred")
        read = session.exec(select(Donor)).one()
        assert (read.sex, read.abo, read.status) == (Sex.FEMALE, Abo.AB, DonorStatus.DEFERRED)


def test_every_enum_column_is_strict_and_makes_no_database_type():
    enums = [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]
    assert len(enums) > 15
    for column in enums:
        assert column.type.validate_strings, column
        assert not column.type.native_enum, column
        assert column.type.enums == [member.value for member in column.type.enum_class], column


def test_no_text_has_a_length_that_sqlite_would_not_hold(both, now):
    long = "A*" + "0" * 10_000
    with both.write_session() as session:
        session.add(donor(now, hla_a_1=long))
    with both.read_session() as session:
        assert session.exec(select(Donor)).one().hla_a_1 == long


def test_a_date_given_as_text_is_refused_on_sqlite_too(engines, now):
    with pytest.raises(StatementError, match="date objects"), engines.write_session() as session:
        session.add(donor(now, last_donation_on="2026-11-22"))


def test_a_bulk_insert_gets_the_defaults_of_the_class(both, now):
    with both.write_session() as session:
        session.execute(sa.insert(Donor), [{"donor_number": "D1", "created_at": now, "updated_at": now}])
    with both.read_session() as session:
        read = session.exec(select(Donor)).one()
    assert (read.status, read.hla_a_1, read.version_id, read.searchable) == (DonorStatus.ACTIVE, "", 1, False)


# --- moments ----------------------------------------------------------------------------------------------------


def test_a_moment_goes_in_aware_and_comes_out_in_utc(both):
    paris = datetime(2026, 7, 1, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with both.write_session() as session:
        session.add(donor(paris))
    with both.read_session() as session:
        read = session.exec(select(Donor)).one().created_at
    assert read == paris
    assert read.utcoffset() == timedelta(0)
    assert read.isoformat() == "2026-07-01T00:30:00.123456+00:00"


def test_a_naive_moment_is_refused(both):
    with pytest.raises(StatementError, match="timezone"), both.write_session() as session:
        session.add(donor(datetime(2026, 7, 1)))  # noqa: DTZ001  the fault under test


def test_every_moment_column_is_the_aware_one():
    columns = [column for table in SQLModel.metadata.sorted_tables for column in table.columns]
    assert not [column for column in columns if isinstance(column.type, sa.DateTime)]
    assert sum(isinstance(column.type, UTCDateTime) for column in columns) > 10


# --- what a row may not be --------------------------------------------------------------------------------------


def test_one_donor_number_is_one_donor(both, now):
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add_all([donor(now), donor(now)])


def test_a_row_changed_by_another_session_is_not_overwritten(both, now):
    with both.write_session() as session:
        session.add_all([donor(now), patient(now)])
    for table in (Donor, Patient):
        with both.read_session() as session:
            kept = session.exec(select(table)).one()
            session.expunge(kept)
        with both.write_session() as session:
            session.exec(select(table)).one().centre = "Nancy"
        kept.centre = "Angers"
        with pytest.raises(StaleDataError), both.write_session() as session:
            session.merge(kept)


def test_a_patient_has_one_current_directive_and_any_number_of_past_ones(both, now):
    def directive(version: int, status: DirectiveStatus) -> Directive:
        return Directive(
            patient_id=1, version=version, status=status, threshold_mfi=2_000, actor="a", created_at=now
        )

    with both.write_session() as session:
        session.add(patient(now, id=1))
        session.flush()
        session.add_all([directive(n, DirectiveStatus.SUPERSEDED) for n in (1, 2)])
        session.add(directive(3, DirectiveStatus.CURRENT))
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add(directive(4, DirectiveStatus.CURRENT))


def test_one_reference_release_is_active(both, now):
    def release(name: str, active: bool) -> ReferenceRelease:
        return ReferenceRelease(name=name, kind=ReleaseKind.CORE, loaded_at=now, active=active)

    with both.write_session() as session:
        session.add_all([release("core-1", True), release("core-2", False), release("core-3", False)])
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add(release("core-4", True))


def test_a_serum_without_a_kit_lot_is_still_unique(both, now):
    def serum() -> SerumSample:
        return SerumSample(
            patient_id=1,
            sample_code="S1",
            hla_class=HlaClass.I,
            source_format="table",
            content_hash="h",
            created_at=now,
        )

    with both.write_session() as session:
        session.add(patient(now, id=1))
        session.flush()
        session.add(serum())
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add(serum())


def test_a_row_that_refers_to_nothing_is_refused(both):
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add(Bead(sample_id=99, position=1, allele_text="A*02:01", mfi=10.0))


def test_a_row_without_its_moment_is_refused(both):
    with pytest.raises(IntegrityError), both.write_session() as session:
        session.add(Donor(donor_number="D1"))


def test_days_and_numbers_come_back_as_they_went_in(both, now):
    given = {"last_donation_on": date(2026, 2, 28), "weight_kg": 62.5, "eligible_from_day": 20_779}
    with both.write_session() as session:
        session.add(donor(now, **given, source_updated_at=datetime(2026, 1, 1, tzinfo=UTC)))
    with both.read_session() as session:
        read = session.exec(select(Donor)).one()
        assert {name: getattr(read, name) for name in given} == given
