"""Files of HPA and CD36 antibody results: created once, unchanged after, and what cannot be used is said by line."""

import pytest
from sqlmodel import select

from domain.errors import UnusableInput
from models.request import PlateletAntibody
from services.imports.platelet_antibodies import import_platelet_antibodies, is_platelet_antibody_table
from services.imports.request import ImportRequest
from services.imports.tabular import read_table
from services.patients import get_patient
from services.platelet_antibodies import get_result, record_result, result_json, withdraw_result
from tests.conftest import TODAY

HEADER = "patient_number,specificity,result,method,tested_on,sample"
ROW = "P1,anti-HPA-1a,positive,MAIPA,2026-11-02,S1"


def file(*rows, header=HEADER):
    return "\n".join([header, *rows, ""]).encode()


@pytest.fixture
def run(engines, now, two_patients):
    """Imports bytes as a file of results of P1 and P2."""

    def do(content: bytes, mode="diff", **options):
        request = ImportRequest(content=content, file_name="r.csv", actor="test", now=now, mode=mode, **options)
        with (engines.write_session if request.writes else engines.read_session)() as session:
            return import_platelet_antibodies(session, request, today=TODAY)

    return do


@pytest.fixture
def results(engines):
    def find():
        with engines.read_session() as session:
            return [result_json(row) for row in session.exec(select(PlateletAntibody)).all()]

    return find


def codes(result):
    return [(issue.line, issue.column, issue.code) for issue in result.issues]


def test_rows_become_results_under_the_names_of_the_registry(run, results):
    french = file(
        "P1;1a;Positif;MAIPA;02/11/2026;S1",
        "P1;CD 36;nég;ELISA;13/11/2026;",
        header="Patient;Spécificité;Résultat;Technique;Date;Échantillon",
    )
    assert (run(french).created, run(french).unchanged) == (2, 2)
    assert [(one["specificity"], one["result"], one["tested_on"], one["sample"]) for one in results()] == [
        ("HPA-1a", "positive", "2026-11-02", "S1"), ("CD36", "negative", "2026-11-13", ""),
    ]  # fmt: skip


def test_a_check_writes_nothing(run, results):
    assert run(file(ROW), mode="check").created == 1
    assert results() == []


def test_one_bad_row_never_stops_the_good(run, results):
    bad = (
        "P9,HPA-1a,positive,MAIPA,2026-11-02,",  # nobody
        "P1,HPA-77a,positive,MAIPA,2026-11-02,",
        "P1,B44,positive,MAIPA,2026-11-02,",
        "P1,HPA-1a,perhaps,MAIPA,2026-11-02,",
        "P1,HPA-1a,positive,,2026-11-02,",
        "P1,HPA-1a,positive,MAIPA,2026-11-23,",  # tomorrow
        "P1,HPA-1a,positive,MAIPA,31/02/2026,",
        ",HPA-1a,positive,MAIPA,2026-11-02,",
        "P1,HPA-1a,not done,MAIPA,2026-11-02,",
    )
    result = run(file(*bad, ROW))
    assert (result.rows, result.created, result.refused) == (10, 1, 9)
    assert codes(result) == [
        (2, "patient_number", "unknown_patient"), (3, "specificity", "hpa_system_unknown"),
        (4, "specificity", "hpa_antigen_unreadable"), (5, "result", "word_unknown"), (6, "method", "cell_empty"),
        (7, "tested_on", "tested_in_future"), (8, "tested_on", "date_does_not_exist"), (9, "patient_number", "key_empty"),
        (10, "result", "cell_empty"),
    ]  # fmt: skip
    assert len(results()) == 1


def test_another_result_of_the_same_test_is_refused(run, results):
    run(file(ROW))
    assert codes(run(file(ROW.replace("positive", "negative")))) == [(2, "result", "platelet_result_differs")]
    twice = run(file(ROW.replace("S1", "S2"), ROW.replace("S1", "S2").replace("positive", "negative")))
    assert (twice.created, codes(twice)) == (1, [(3, "result", "platelet_result_differs")])


def test_a_withdrawn_result_stays_withdrawn(run, engines, now):
    run(file(ROW))
    with engines.write_session() as session:
        withdraw_result(session, patient_number="P1", result_id=1, reason="other tube", actor="test", now=now)
    assert codes(run(file(ROW))) == [(2, "result", "platelet_result_was_withdrawn")]
    with engines.read_session() as session:
        assert get_result(session, get_patient(session, "P1"), 1).withdrawal_reason == "other tube"


def test_a_file_without_a_needed_column_is_refused_whole(run):
    with pytest.raises(UnusableInput, match="platelet_columns_missing"):
        run(file("P1,HPA-1a,positive", header="patient_number,specificity,result"))


def test_an_xlsx_is_read_too(run, xlsx):
    rows = [HEADER.split(","), ["P1", "CD36", "indeterminate", "flow cytometry", "2026-11-02", None]]
    assert run(xlsx(rows)).created == 1


def test_such_a_table_is_recognised_and_others_are_not():
    assert is_platelet_antibody_table(read_table(file(ROW)))
    assert not is_platelet_antibody_table(read_table(b"patient_number,antibody_sample\nP1,S1\n"))


def test_the_command_says_what_it_did(runner, two_patients, tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(file(ROW, ROW.replace("P1", "P9")))
    first = runner.invoke(args=["platelet-antibodies", "import", str(path), "--format", "json"])
    assert (first.exit_code, '"created": 1' in first.stdout, "P9" in first.stdout) == (3, True, True)
    path.write_bytes(file(ROW))
    assert runner.invoke(args=["platelet-antibodies", "import", str(path)]).exit_code == 0


def test_a_hand_recorded_result_is_the_same_test(run, engines, now):
    from services.imports.platelet_antibodies import FIELDS, result_of_row, settle_platelet_row
    from services.imports.single_row import read_single_row
    from services.reference import core_reference

    typed = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    row = read_single_row(typed, fields=FIELDS, key="patient_number", reference=core_reference(), now=now)
    settle_platelet_row(row, today=TODAY)
    with engines.write_session() as session:
        record_result(session, patient_number="P1", result=result_of_row(row), today=TODAY, actor="test", now=now)
    assert run(file(ROW)).unchanged == 1
