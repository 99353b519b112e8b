"""Patient files: created, changed, unchanged; typing kept as written; birth date encrypted."""

import pytest
from sqlmodel import select

from models.patient import Patient

HEADER = "patient_number,antibody_sample,abo,birth_date,hla_a_1,hla_a_2,hpa_1,cd36,diagnosis"
ROW = "P1,S1,A,1972-03-04,A*01,A*03,a/a,positive,aplastic anaemia"


def file(*rows):
    return "\n".join([HEADER, *rows, ""]).encode()


@pytest.fixture
def patients(engines):
    """Every patient, by number."""

    def find():
        with engines.read_session() as session:
            found = session.exec(select(Patient)).all()
            session.expunge_all()
            return {one.patient_number: one for one in found}

    return find


def test_a_row_becomes_a_patient(import_patient_file, patients, engines):
    assert import_patient_file(file(ROW)).created == 1
    found = patients()["P1"]
    assert (found.antibody_sample, found.birth_date, found.hla_a_2, found.hpa_1) == ("S1", "1972-03-04", "A*03", "a/a")
    with engines.read_session() as session:
        assert "1972" not in session.connection().exec_driver_sql("SELECT birth_date FROM patient").scalar_one()


def test_again_unchanged_then_changed_then_back(import_patient_file, patients):
    import_patient_file(file(ROW))
    assert import_patient_file(file(ROW)).unchanged == 1
    assert import_patient_file(file(ROW.replace("A*03", "A*02:01"))).updated == 1
    assert (patients()["P1"].hla_a_2, patients()["P1"].version_id) == ("A*02:01", 2)
    assert import_patient_file(file(ROW)).updated == 1
    assert patients()["P1"].hla_a_2 == "A*03"


def test_an_older_row_is_refused(import_patient_file, patients):
    header, row = f"{HEADER},updated_at".encode(), ROW.encode()
    import_patient_file(header + b"\n" + row + b",2026-11-10\n")
    result = import_patient_file(header + b"\n" + row.replace(b"aplastic", b"other") + b",2026-11-09\n")
    assert [(issue.code, issue.line) for issue in result.issues] == [("out_of_order", 2)]
    assert patients()["P1"].diagnosis == "aplastic anaemia"


def test_a_later_row_that_says_the_same_moves_the_date_on_record(import_patient_file):
    header, row = f"{HEADER},updated_at".encode(), ROW.encode()
    import_patient_file(header + b"\n" + row + b",2026-11-10\n")
    assert import_patient_file(header + b"\n" + row + b",2026-11-12\n").unchanged == 1
    assert import_patient_file(header + b"\n" + row + b",2026-11-11\n").refused == 1


def test_bad_rows_and_bad_typings_do_not_stop_the_good_ones(import_patient_file, patients):
    result = import_patient_file(
        file(
            ROW,
            ROW.replace("P1", "P2").replace("1972-03-04", "04/03/1972"),
            ROW.replace("P1", "P3").replace("A*01", "A99"),
        )
    )
    assert (result.created, result.refused) == (2, 1)
    assert [(issue.line, issue.column, issue.code) for issue in result.issues] == [
        (3, "birth_date", "date_order_unknown"), (4, "hla_a_1", "unknown_antigen"),
    ]  # fmt: skip
    assert patients()["P3"].hla_a_1 == "A99"


def test_a_check_writes_nothing_and_full_deactivates_nobody(import_patient_file, patients):
    assert import_patient_file(file(ROW), mode="check").created == 1
    assert patients() == {}
    import_patient_file(file(ROW))
    result = import_patient_file(file(ROW.replace("P1", "P2")), mode="full")
    assert (result.created, result.deactivated, set(patients())) == (1, 0, {"P1", "P2"})
