"""Donor files against the database: outcomes, refusals, modes, order of arrival, derived columns, history."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from sqlmodel import col, select

from domain.errors import UnusableInput
from models.audit import AuditEvent
from models.donor import NEVER_DAY, Deferral, Donor, DonorEligibilityGap, DonorIdentity, DonorTyping
from models.importing import ImportBatch, ImportIssue, ImportRow
from models.registry import RegistryState


def counts(result):
    return result.created, result.updated, result.unchanged, result.refused


@pytest.fixture
def donor(engines):
    """One donor with the identity: `donor("D1")`."""

    def find(number):
        with engines.read_session() as session:
            found = session.exec(select(Donor).where(Donor.donor_number == number)).one()
            identity = session.get(DonorIdentity, found.id)
            session.expunge_all()
            return found, identity

    return find


@pytest.fixture
def rows_of(engines):
    """Every row of a table."""

    def find(table):
        with engines.read_session() as session:
            found = session.exec(select(table)).all()
            session.expunge_all()
            return found

    return find


def test_a_row_becomes_a_donor_an_identity_and_the_columns_a_search_reads(import_donor_file, donor_csv, donor):
    result = import_donor_file(donor_csv({"donor_number": "D1", "last_name": "Lefèvre"}))
    assert counts(result) == (1, 0, 0, 0)
    found, identity = donor("D1")
    assert (found.region, found.abo, found.rhd, found.weight_kg, found.status) == ("Bretagne", "A", "+", 62, "active")
    assert (found.hla_a_1, found.hla_b_2, found.hpa_1) == ("A*01", "B*08", "a/b")
    assert (identity.last_name, identity.birth_date) == ("Lefèvre", "1980-05-17")
    assert None not in (identity.name_index, identity.birth_date_index)
    assert identity.phone_index is None
    assert found.phenotype_key == "A*01+A*02^B*07+B*08^?+?"
    assert found.class_key == "Bretagne\tA\ta/b,,,,\tpositive"
    assert found.searchable
    assert found.eligible_from_day == (date(2026, 9, 29) - date(1970, 1, 1)).days
    assert found.eligible_until_day == (date(2046, 5, 17) - date(1970, 1, 1)).days


def test_the_same_file_again_changes_nothing(import_donor_file, donor_csv, donor, rows_of):
    content = donor_csv({"donor_number": "D1"}, {"donor_number": "D2", "hla_a_1": "A99"})
    import_donor_file(content)
    before, state = donor("D1")[0], rows_of(RegistryState)[0].version
    result = import_donor_file(content, now=datetime(2026, 11, 23, tzinfo=UTC))
    assert counts(result) == (0, 0, 2, 0)
    assert donor("D1")[0] == before
    assert rows_of(RegistryState)[0].version == state


def test_a_then_b_then_a_restores_a(import_donor_file, donor_csv, donor):
    first, second = donor_csv({"weight_kg": "62"}), donor_csv({"weight_kg": "64", "last_name": "Durand"})
    for content in (first, second, first):
        result = import_donor_file(content)
    assert counts(result) == (0, 1, 0, 0)
    found, identity = donor("D1")
    assert (found.weight_kg, identity.last_name, found.version_id) == (62, "Martin", 3)


def test_a_donor_edited_by_hand_gets_the_files_values_back(import_donor_file, donor_csv, donor, engines):
    import_donor_file(donor_csv({}))
    with engines.write_session() as session:
        edited = session.exec(select(Donor)).one()
        edited.weight_kg, edited.row_hash = 99, None
    assert counts(import_donor_file(donor_csv({}))) == (0, 1, 0, 0)
    assert donor("D1")[0].weight_kg == 62


def test_a_column_the_file_lacks_is_left_alone_and_an_empty_cell_empties(import_donor_file, donor_csv, donor):
    import_donor_file(donor_csv({}))
    import_donor_file(donor_csv({"region": ""}, without=("weight_kg", "last_name", "hla_a_1")))
    found, identity = donor("D1")
    assert (found.region, found.weight_kg, found.hla_a_1, identity.last_name) == (None, 62, "A*01", "Martin")
    assert found.class_key.startswith("\tA")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"birth_date": "03/04/1985"}, "date_order_unknown"),
        ({"birth_date": "2026-12-01"}, "birth_in_future"),
        ({"birth_date": "yesterday"}, "date_unreadable"),
        ({"last_donation_on": "31/02/2026"}, "date_does_not_exist"),
        ({"weight_kg": '"1,234"'}, "number_ambiguous"),
        ({"weight_kg": "1.234"}, "number_ambiguous"),
        ({"weight_kg": "9000"}, "number_out_of_range"),
        ({"weight_kg": "heavy"}, "number_unreadable"),
        ({"sex": "3"}, "word_unknown"),
        ({"abo": "A+"}, "word_unknown"),
        ({"consent_contact": "perhaps"}, "word_unknown"),
        ({"last_donation_type": "kidney"}, "word_unknown"),
        ({"status": "gone"}, "word_unknown"),
        ({"status": ""}, "cell_empty"),
        ({"donor_number": ""}, "key_empty"),
        ({"donor_number": "D" * 65}, "key_too_long"),
        ({"donor_number": "D\u200b1"}, "key_unprintable"),
        ({"pregnancies": '"1,5"'}, "number_not_whole"),
        ({"updated_at": "2027-03-01"}, "updated_in_future"),
        ({"last_name": "x" * 301}, "text_too_long"),
    ],
)
def test_a_bad_cell_refuses_its_row_with_place_and_raw_text_and_no_other_row(
    cell, code, import_donor_file, donor_csv, rows_of
):
    result = import_donor_file(
        donor_csv({"donor_number": "D1"}, {"donor_number": "D2", **cell}, {"donor_number": "D3"})
    )
    assert counts(result) == (2, 0, 0, 1)
    (issue,) = [one for one in result.issues if one.severity == "error"]
    (column, raw) = next(iter(cell.items()))
    assert (issue.line, issue.column, issue.code) == (3, column, code)
    assert issue.raw == raw.strip('"')[:200]
    assert sorted(one.donor_number for one in rows_of(Donor)) == ["D1", "D3"]


def test_every_fault_of_a_row_is_told_at_once(import_donor_file, donor_csv):
    result = import_donor_file(donor_csv({"birth_date": "soon", "sex": "?!", "weight_kg": "x", "hla_a_1": "A99"}))
    assert [issue.code for issue in result.issues] == [
        "date_unreadable", "word_unknown", "number_unreadable", "unknown_antigen",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"hla_a_1": "A99"}, "unknown_antigen"),
        ({"hla_a_1": "A1 A2 A3"}, "several_values"),
        ({"hla_a_1": "DRB1*15:01"}, "class_ii"),
        ({"hla_a_1": "A*02:AB"}, "allele_code_without_table"),
        ({"hla_a_1": "24"}, "bare_number"),
        ({"hla_a_1": "B*07"}, "other_locus"),
        ({"hpa_1": "1a+"}, "hpa_unreadable"),
        ({"cd36": "perhaps"}, "cd36_unreadable"),
    ],
)
def test_a_bad_typing_is_said_kept_as_written_and_does_not_refuse_the_row(
    cell, code, import_donor_file, donor_csv, donor
):
    result = import_donor_file(donor_csv(cell))
    assert counts(result) == (1, 0, 0, 0)
    (issue,) = result.issues
    column, raw = next(iter(cell.items()))
    assert (issue.line, issue.column, issue.code, issue.raw, issue.severity) == (2, column, code, raw, "warning")
    found, _ = donor("D1")
    assert getattr(found, column) == raw
    assert found.phenotype_key.split("^")[1] == "B*07+B*08", "the other loci are still imported"
    if column == "hla_a_1":
        assert found.phenotype_key.startswith("A*02+?")


def test_a_bare_number_means_what_the_import_declares(import_donor_file, donor_csv, donor):
    rows = {"hla_a_1": "24", "hla_a_2": "2"}
    assert not [i for i in import_donor_file(donor_csv(rows), bare="molecular").issues if i.severity != "info"]
    assert donor("D1")[0].phenotype_key.startswith("A*02+A*24^")
    import_donor_file(donor_csv(rows), bare="serological")
    found, _ = donor("D1")
    assert (found.hla_a_1, found.phenotype_key.split("^")[0]) == ("A24", "A2+A24")


def test_what_is_only_worth_noting_is_told_once_with_how_many(import_donor_file, donor_csv):
    result = import_donor_file(donor_csv(*({"donor_number": f"D{n}", "hla_a_1": "24:02"} for n in range(30))))
    (issue,) = result.issues
    assert (issue.code, issue.severity, issue.line, issue.params["cells"]) == ("locus_from_column", "info", 2, 30)


def test_a_gl_string_fills_the_six_columns(import_donor_file, donor):
    header, rest = "donor_number,consent_contact,status,hla", "D1,yes,active"
    gl_string = "A*01:01+A*02:01^B*07:02+B*08:01^C*07:01+C*07:02^DRB1*15:01+DRB1*03:01"
    result = import_donor_file(f"{header}\n{rest},{gl_string}\n".encode())
    assert [(issue.code, issue.severity) for issue in result.issues] == [("unknown_locus", "info")]
    assert donor("D1")[0].phenotype_key == "A*01:01+A*02:01^B*07:02+B*08:01^C*07:01+C*07:02"


def test_three_values_at_a_locus_of_a_gl_string_spoil_that_locus_alone(import_donor_file, donor):
    content = b"donor_number,consent_contact,status,hla\nD1,yes,active,A*01+A*02+A*03^B*07+B*08\n"
    result = import_donor_file(content)
    assert [(one.code, one.severity) for one in result.issues if one.severity != "info"] == [
        ("too_many_values", "warning")
    ]
    found, _ = donor("D1")
    assert (found.hla_a_1, found.phenotype_key) == ("A*01+A*02+A*03", "?+?^B*07+B*08^?+?")


def test_phased_and_possible_genotypes_of_a_gl_string_fill_the_columns(import_donor_file, donor):
    gl_string = "A*01:01~B*08:01+A*02:01~B*07:02^C*07:01+C*07:02|C*07:04+C*07:02|C*06:02+C*07:01"
    result = import_donor_file(f"donor_number,consent_contact,status,hla\nD1,yes,active,{gl_string}\n".encode())
    assert [(issue.code, issue.severity) for issue in result.issues if issue.code != "assumed_antigens"] == [
        ("genotypes_unlinked", "info")
    ]
    found, _ = donor("D1")
    assert (found.hla_a_1, found.hla_b_2, found.hla_c_1) == ("A*01:01", "B*07:02", "C*07:01/C*07:04")
    assert found.phenotype_key == "A*01:01+A*02:01^B*07:02+B*08:01^C*06:02/C*07:02+C*07:01/C*07:04"


def test_a_part_of_a_gl_string_that_says_nothing_leaves_the_other_loci(import_donor_file, donor):
    gl_string = "A*02:01?B*07:02^^C*07:01+C*07:02"
    result = import_donor_file(f"donor_number,consent_contact,status,hla\nD1,yes,active,{gl_string}\n".encode())
    assert {(issue.code, issue.severity) for issue in result.issues} == {
        ("gl_locus_in_doubt", "warning"), ("gl_part_empty", "warning"),
    }  # fmt: skip
    found, _ = donor("D1")
    assert (found.hla_a_1, found.phenotype_key) == ("A*02:01?B*07:02", "?+?^?+?^C*07:01+C*07:02")


def test_a_gl_string_beside_columns_of_its_own_refuses_the_row(import_donor_file, donor_csv):
    result = import_donor_file(donor_csv({"hla": "A*01+A*02"}))
    assert [issue.code for issue in result.issues] == ["hla_given_twice"]
    assert result.refused == 1


def test_a_number_twice_in_a_file_refuses_both_rows(import_donor_file, donor_csv, rows_of):
    result = import_donor_file(
        donor_csv({"donor_number": "D1"}, {"donor_number": "D2"}, {"donor_number": "D1", "sex": "M"})
    )
    assert counts(result) == (1, 0, 0, 2)
    assert [(issue.line, issue.code, issue.params["lines"]) for issue in result.issues] == [
        (2, "key_repeated", "2, 4"), (4, "key_repeated", "2, 4"),
    ]  # fmt: skip
    assert [one.donor_number for one in rows_of(Donor)] == ["D2"]


def test_a_row_older_than_the_record_is_refused(import_donor_file, donor_csv, donor):
    for moment, weight, expected in (
        ("2026-11-10T10:00:00Z", "60", (1, 0, 0, 0)),
        ("2026-11-12T10:00:00Z", "61", (0, 1, 0, 0)),
        ("2026-11-11", "62", (0, 0, 0, 1)),
        ("2026-11-14", "61", (0, 0, 1, 0)),  # says the same, later: nothing changes but what is too old
        ("2026-11-13", "63", (0, 0, 0, 1)),
        ("2026-11-14", "64", (0, 1, 0, 0)),
    ):
        result = import_donor_file(donor_csv({"weight_kg": weight, "updated_at": moment}))
        assert counts(result) == expected, moment
    assert donor("D1")[0].weight_kg == 64
    result = import_donor_file(donor_csv({"weight_kg": "70", "updated_at": "2026-01-01"}))
    assert (result.issues[0].code, result.issues[0].column) == ("out_of_order", "updated_at")


def test_a_row_without_a_date_keeps_the_date_on_record(import_donor_file, donor_csv):
    import_donor_file(donor_csv({"updated_at": "2026-11-12"}))
    assert import_donor_file(donor_csv({"weight_kg": "70"})).updated == 1
    assert import_donor_file(donor_csv({"weight_kg": "71", "updated_at": "2026-11-11"})).refused == 1


def test_a_check_writes_nothing_and_answers_as_the_import_would(import_donor_file, donor_csv, rows_of):
    content = donor_csv({"donor_number": "D1"}, {"donor_number": "D2", "sex": "3"})
    checked = import_donor_file(content, mode="check")
    assert (checked.batch, rows_of(Donor), rows_of(ImportBatch), rows_of(AuditEvent)) == (None, [], [], [])
    done = import_donor_file(content)
    assert counts(checked) == counts(done) == (1, 0, 0, 1)
    assert checked.issues == done.issues


def test_a_full_import_marks_the_absent_as_inactive_once_confirmed(import_donor_file, donor_csv, donor):
    import_donor_file(donor_csv(*({"donor_number": f"D{n}"} for n in (1, 2, 3))))
    shorter = donor_csv({"donor_number": "D1"}, {"donor_number": "D3", "sex": "3"})
    with pytest.raises(UnusableInput) as refused:
        import_donor_file(shorter, mode="full")
    assert (refused.value.code, refused.value.params) == ("full_not_confirmed", {"deactivated": 1})
    assert donor("D2")[0].searchable
    result = import_donor_file(shorter, mode="full", confirmed=True)
    assert (*counts(result), result.deactivated) == (0, 0, 1, 1, 1)
    assert [issue.raw for issue in result.issues if issue.code == "deactivated"] == ["D2"]
    found, _ = donor("D2")
    assert (found.status, found.searchable, found.eligible_from_day) == ("inactive", False, NEVER_DAY)
    assert donor("D3")[0].searchable, "a refused row is in the file: its donor is not absent"
    restored = import_donor_file(donor_csv({"donor_number": "D2"}))
    assert (counts(restored), donor("D2")[0].searchable) == ((0, 1, 0, 0), True)


def test_a_full_import_of_a_file_cut_short_is_refused(import_donor_file, donor_csv, donor):
    import_donor_file(donor_csv({"donor_number": "D1"}, {"donor_number": "D2"}))
    cut = donor_csv({"donor_number": "D1"}, {"donor_number": "D2"})[:-40]
    with pytest.raises(UnusableInput, match="full_of_cut_file"):
        import_donor_file(cut, mode="full", confirmed=True)
    result = import_donor_file(cut)
    assert counts(result) == (0, 0, 1, 1)
    assert [issue.code for issue in result.issues] == ["file_seems_cut", "cells_missing"]


def test_rows_of_the_wrong_shape_are_refused_alone(import_donor_file):
    content = (
        b"donor_number,consent_contact,status,last_name\nD1,yes,active,A\nD2,yes,active\nD3,yes,active,A,B\n"
        b'D4,yes,active,"Martin\nD5,yes,active,B\nD6,yes,active,"C"\nD7,yes,active,D,,\nD8,yes,active,'
        + b"x" * 20_000
        + b"\n"
    )
    result = import_donor_file(content)
    assert [(issue.line, issue.code) for issue in result.issues] == [
        (3, "cells_missing"), (4, "cells_too_many"), (5, "lines_read_as_one_row"), (9, "cell_too_long"),
    ]  # fmt: skip
    assert counts(result) == (2, 0, 0, 4)


def test_batch_rows_issues_and_audit_are_kept_and_the_raw_text_is_encrypted(
    import_donor_file, donor_csv, rows_of, engines
):
    result = import_donor_file(
        donor_csv({"donor_number": "D1"}, {"donor_number": "D2", "birth_date": "03/04/1985"}), file_name="november.csv"
    )
    (batch,) = rows_of(ImportBatch)
    assert (batch.id, batch.file_name, batch.encoding, batch.separator, batch.rows, batch.created, batch.refused) == (
        result.batch, "november.csv", "utf-8", ",", 2, 1, 1,
    )  # fmt: skip
    assert {(row.line, row.key, row.outcome) for row in rows_of(ImportRow)} == {
        (2, "D1", "created"),
        (3, "D2", "refused"),
    }
    (issue,) = rows_of(ImportIssue)
    assert (issue.line, issue.column, issue.code, issue.raw, issue.params) == (
        3,
        "birth_date",
        "date_order_unknown",
        "03/04/1985",
        {},
    )
    with engines.read_session() as session:
        stored = session.connection().exec_driver_sql("SELECT raw FROM import_issue").scalar_one()
    assert "1985" not in stored
    (event,) = rows_of(AuditEvent)
    assert (event.action, event.details["created"], event.details["refused"]) == ("import", 1, 1)


def test_no_cell_of_shifted_columns_stands_in_clear_in_the_database(import_donor_file, donor_csv, rows_of, engines):
    swapped = {"hla_a_1": "Dupont 0612345678", "cd36": "marie@x.fr", "sex": "Quimperlé", "birth_date": "jeanne"}
    short = donor_csv({"donor_number": "D2"}) + b"Kervella,1980-05-17,F\n"  # a cell is missing: a name under the number
    assert counts(import_donor_file(donor_csv({"donor_number": "D1", **swapped}))) == (0, 0, 0, 1)
    assert counts(import_donor_file(short)) == (1, 0, 0, 1)
    said = {issue.code: issue.params for issue in rows_of(ImportIssue)}
    assert said["unreadable_typing"]["text"] in swapped.values()
    with engines.write_session() as session:
        session.connection().exec_driver_sql("SELECT 1")
        path = Path(engines.write.url.database)
    stored = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    for text in (*swapped.values(), "Dupont", "0612345678", "Kervella"):
        assert text.encode() not in stored
        assert json.dumps(text)[1:-1].encode() not in stored


@pytest.mark.parametrize("text", ["03:41:00", "02:01:00", "101:02:00"])
def test_a_time_of_day_in_a_csv_file_is_no_allele(import_donor_file, donor_csv, donor, text):
    result = import_donor_file(donor_csv({"donor_number": "D1", "hla_a_1": text}))
    assert [(issue.code, issue.raw) for issue in result.issues if issue.severity == "warning"] == [
        ("typing_changed_by_spreadsheet", text)
    ]
    assert (donor("D1")[0].hla_a_1, donor("D1")[0].phenotype_key[:6]) == ("", "A*02+?")


@pytest.mark.parametrize("sign", ["\x1b]0;x\x07", "\x07", "\x7f", "\u009b31m"])
def test_control_characters_refuse_their_row_alone(import_donor_file, donor_csv, sign):
    result = import_donor_file(donor_csv({"donor_number": "D1", "region": f"Bre{sign}tagne"}, {"donor_number": "D2"}))
    assert (counts(result), [issue.code for issue in result.issues]) == ((1, 0, 0, 1), ["control_characters"])


@pytest.mark.parametrize(("word", "agreed"), [("O", True), ("Oui", True), ("N", False), ("o", True)])
def test_french_words_of_consent(import_donor_file, donor_csv, donor, word, agreed):
    import_donor_file(donor_csv({"donor_number": "D1", "consent_contact": word}))
    assert donor("D1")[0].consent_contact is agreed


def test_a_full_import_in_which_every_row_is_refused_makes_nobody_inactive(import_donor_file, donor_csv, donor):
    import_donor_file(donor_csv({"donor_number": "D1"}))
    with pytest.raises(UnusableInput, match="full_of_refused_rows"):
        import_donor_file(donor_csv({"donor_number": "D2", "sex": "3"}), mode="full", confirmed=True)
    assert donor("D1")[0].searchable


def test_a_cell_in_error_refuses_its_row_and_empties_nothing(import_donor_file, donor):
    def book(*cells, formula=None):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as workbook:
            workbook.add_worksheet("cover")
            sheet = workbook.add_worksheet("Données & co")
            sheet.write_row(2, 1, ["donor_number", "consent_contact", "status", "abo", "region"])
            sheet.write_row(3, 1, ["D1", "yes", "active", "A", "Nord"])
            sheet.write_row(4, 1, ["D2", "yes", "active", "A", "Nord"])
            for value in cells:
                sheet.write_formula(3, 4, "=VLOOKUP(1,A1:A2,1)", None, value)
        return stream.getvalue()

    assert counts(import_donor_file(book())) == (2, 0, 0, 0)
    for spoilt in ("#N/A", "#REF!", ""):
        result = import_donor_file(book(spoilt))
        assert (counts(result), [issue.code for issue in result.issues]) == ((0, 0, 1, 1), ["spreadsheet_error_cell"])
        assert (result.issues[0].line, result.issues[0].params) == (4, {"place": 5})
    assert donor("D1")[0].abo == "A"
    assert counts(import_donor_file(book("B"))) == (0, 1, 1, 0)


@pytest.mark.parametrize("key", [True, date(2024, 1, 1)])
def test_a_date_or_a_flag_is_no_donor_number(import_donor_file, xlsx, key):
    result = import_donor_file(xlsx([["donor_number", "consent_contact"], [key, "yes"]]))
    assert (counts(result), result.issues[-1].code) == ((0, 0, 0, 1), "key_changed_by_spreadsheet")


def test_a_typing_that_changes_leaves_its_history(import_donor_file, donor_csv, rows_of):
    import_donor_file(donor_csv({"hla_a_1": "A*01"}))
    import_donor_file(donor_csv({"hla_a_1": "A*01", "weight_kg": "70"}))
    assert rows_of(DonorTyping) == []
    import_donor_file(donor_csv({"hla_a_1": "A*01:01"}))
    result = import_donor_file(donor_csv({"hla_a_1": "A*01:02"}))
    history = rows_of(DonorTyping)
    assert [one.hla_a_1 for one in history] == ["A*01", "A*01:01", "A*01:02"]
    assert [one.batch_id for one in history] == [None, result.batch - 1, result.batch]


def test_deferrals_on_record_shape_the_window_of_an_updated_donor(
    import_donor_file, donor_csv, donor, engines, rows_of
):
    import_donor_file(donor_csv({"last_donation_on": ""}))
    number = donor("D1")[0].id
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with engines.write_session() as session:
        session.add(
            Deferral(
                donor_id=number, from_on=date(2027, 1, 1), until_on=date(2027, 1, 31), reason="travel", recorded_at=now
            )
        )
    import_donor_file(donor_csv({"last_donation_on": "", "weight_kg": "63"}))
    assert donor("D1")[0].has_gaps
    (gap,) = rows_of(DonorEligibilityGap)
    days = [date(1970, 1, 1) + timedelta(days=day) for day in (gap.from_day, gap.until_day)]
    assert days == [date(2027, 1, 1), date(2027, 2, 1)]
    import_donor_file(donor_csv({"last_donation_on": "", "status": "deferred"}))
    assert (donor("D1")[0].has_gaps, rows_of(DonorEligibilityGap)) == (False, [])


def test_no_word_on_consent_is_no_consent(import_donor_file, donor_csv, donor):
    result = import_donor_file(
        donor_csv({"donor_number": "D1", "consent_contact": ""}, {"donor_number": "D2", "consent_contact": "inconnu"})
    )
    assert [(issue.code, issue.params["cells"]) for issue in result.issues] == [("consent_not_told", 2)]
    assert not donor("D1")[0].searchable
    without = import_donor_file(donor_csv({"donor_number": "D3"}, without=("consent_contact", "status")))
    assert [issue.code for issue in without.issues] == ["consent_column_absent", "status_column_absent"]
    assert (donor("D3")[0].consent_contact, donor("D3")[0].status) == (False, "active")


def test_a_spreadsheet_keeps_identifiers_and_refuses_what_it_spoilt(import_donor_file, xlsx, donor):
    from datetime import time

    header = ["donor_number", "birth_date", "postcode", "weight_kg", "hla_a_1", "hla_a_2", "consent_contact", "status"]
    content = xlsx([
        header,
        ["0012", date(1980, 5, 17), 1000, 1.234, time(2, 1), "A*02", True, "active"],
        [12345, "25/12/1980", "01000", 62.5, "A*01", "A*02", 1, "active"],
        [1.5e17 + 0.5, date(1980, 5, 17), "01000", 62, "A*01", "A*02", "yes", "active"],
    ])  # fmt: skip
    result = import_donor_file(content)
    errors = [(issue.line, issue.column, issue.code) for issue in result.issues if issue.severity == "error"]
    assert errors == [(4, "donor_number", "key_changed_by_spreadsheet")]
    assert ("typing_changed_by_spreadsheet", "warning") in [(issue.code, issue.severity) for issue in result.issues]
    first, identity = donor("0012")
    assert (first.weight_kg, first.hla_a_1, identity.postcode, first.consent_contact) == (1.234, "", "1000", True)
    assert (donor("12345")[1].birth_date, donor("12345")[1].postcode) == ("1980-12-25", "01000")


def test_values_under_no_heading_are_said(import_donor_file):
    content = b"donor_number,,consent_contact,status\nD1,,yes,active\nD2,lost,yes,active\n"
    result = import_donor_file(content)
    assert [(issue.code, issue.params["heading"]) for issue in result.issues] == [("column_unknown", "#2")]
    assert import_donor_file(b"donor_number,,status\nD1,,active\n").issues[0].code == "consent_column_absent"


def test_a_donor_without_an_identity_gets_one(import_donor_file, donor_csv, donor, engines):
    import_donor_file(donor_csv({}))
    with engines.write_session() as session:
        session.delete(session.exec(select(DonorIdentity)).one())
    import_donor_file(donor_csv({"last_name": "Durand"}))
    assert (donor("D1")[1].last_name, donor("D1")[1].birth_date) == ("Durand", "1980-05-17")


def test_french_excel_is_read_as_it_comes(import_donor_file, donor):
    text = (
        "N° donneur;Nom;Date de naissance;Sexe;Consentement;Groupe ABO;Rhésus;Poids (kg);HLA-A 1;HLA-A (2);HPA-1;Statut\r\n"
        "D1;Lefèvre;25/12/1980;H;oui;0;négatif;62,5;A*01;A*02;a/b;actif\r\n"
        "D2;Noël;03/04/1981;femme;non;ab;+;1,234;A*01;A*02;;actif\r\n"
    )
    by_hand = {"N° donneur": "donor_number", "HLA-A 1": "hla_a_1"}
    result = import_donor_file(text.encode("cp1252"), columns=by_hand)
    assert (counts(result), result.encoding, result.separator) == ((2, 0, 0, 0), "cp1252", ";")
    found, identity = donor("D1")
    assert (found.sex, found.abo, found.rhd, found.weight_kg, found.hla_a_2) == ("M", "O", "-", 62.5, "A*02")
    assert (identity.last_name, donor("D2")[1].birth_date, donor("D2")[0].weight_kg) == ("Lefèvre", "1981-04-03", 1.234)


def test_refused_rows_are_handed_over_as_they_were(import_donor_file, donor_csv):
    kept = []
    import_donor_file(
        donor_csv({"donor_number": "D1"}, {"donor_number": "D2", "sex": "3"}),
        on_refused=lambda row, issues: kept.append((row.line, row.cells[0], [issue.code for issue in issues])),
    )
    assert kept == [(3, "D2", ["word_unknown"])]


def test_a_failure_in_the_middle_leaves_nothing_behind(import_donor_file, donor_csv, rows_of, monkeypatch):
    monkeypatch.setattr("services.imports.people.ROWS_AT_ONCE", 1)

    def stop(done, total):
        if done == 2:
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        import_donor_file(donor_csv({"donor_number": "D1"}, {"donor_number": "D2"}), on_progress=stop)
    assert rows_of(Donor) == rows_of(ImportBatch) == rows_of(ImportRow) == []


def test_progress_reaches_the_number_of_rows(import_donor_file, donor_csv, monkeypatch):
    monkeypatch.setattr("services.imports.people.ROWS_AT_ONCE", 2)
    told = []
    import_donor_file(
        donor_csv(*({"donor_number": f"D{n}"} for n in range(5))), on_progress=lambda *numbers: told.append(numbers)
    )
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_donors_of_many_chunks_are_all_there(import_donor_file, donor_csv, engines, monkeypatch):
    monkeypatch.setattr("services.imports.people.ROWS_AT_ONCE", 7)
    content = donor_csv(*({"donor_number": f"D{n:02d}", "last_name": f"Name{n}"} for n in range(40)))
    assert import_donor_file(content).created == 40
    with engines.read_session() as session:
        query = select(Donor.donor_number, DonorIdentity.last_name).join(
            DonorIdentity, Donor.id == DonorIdentity.donor_id
        )
        assert session.exec(query.order_by(col(Donor.donor_number))).all() == [
            (f"D{n:02d}", f"Name{n}") for n in range(40)
        ]
