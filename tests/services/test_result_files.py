"""Answers as files: what is in the answer is in the file, and no cell is a live formula."""

import csv
import io

import pytest
from openpyxl import load_workbook

from services.result_files import SEARCH_COLUMNS, search_csv, search_xlsx, sweep_csv
from services.searches import search_patient, sweep_patient
from tests.small_registry import ON, ZONE, D, put_donors

# What a spreadsheet would run, call or open if it were let.
LIVE = (
    "=1+1", "=HYPERLINK(\"http://x.example\",\"a\")", "=cmd|'/c calc'!A1", "+1+1", "-1+1", "@SUM(1,1)", "\t=1+1", "\r=1+1",
    "{=1+1}", "=", "http://x.example", "mailto:a@x.example", "internal:Sheet2!A1",
)  # fmt: skip


@pytest.fixture
def answers(registry, fresh):
    """A sweep and a search, over donors whose number and region are what a person could have typed in spite."""
    with registry.write_session() as session:
        typed = [" ".join(text.split()) for text in LIVE]  # as imports keep a text
        donors = [D(text, "A*01 A*03 B*08 B*49", text) for text in dict.fromkeys(typed)]
        put_donors(session, [*donors, D('Q"1', "A*01 A*03 B*08 X", "Île \"de, France; l'été")])
    with registry.read_session() as session:
        store = fresh()
        swept = sweep_patient(session, store, patient_number="P1", on=ON, locale="fr")
        found = search_patient(
            session, store, patient_number="P1", on=ON, zone=ZONE, threshold=1000, limit=0, locale="fr"
        )
    return swept, found


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def book_of(content):
    return load_workbook(io.BytesIO(content))


def plain_text(cell):
    """A cell as it was before it was made harmless."""
    return cell[1:] if cell.startswith("'") else cell


# --- CSV ---


def test_a_sweep_is_a_row_for_each_threshold_and_region(answers):
    swept, _ = answers
    rows = rows_of(sweep_csv(swept))
    expected = []
    for entry in swept["thresholds"]:
        for region, counted in [("", entry["national"]), *entry["regions"].items()]:
            expected.append({"mfi": str(entry["mfi"]), "region": region} | {k: str(n) for k, n in counted.items()})
    assert [row | {"region": plain_text(row["region"])} for row in rows] == expected
    assert len(rows) == 3 * (1 + len(swept["thresholds"][0]["regions"]))


def test_a_search_is_a_row_for_each_donor(answers):
    _, found = answers
    rows = rows_of(search_csv(found, "fr"))
    assert tuple(rows[0]) == SEARCH_COLUMNS
    assert [plain_text(row["donor_number"]) for row in rows] == [donor["donor_number"] for donor in found["donors"]]
    assert [row["rank"] for row in rows] == [str(at) for at in range(1, len(rows) + 1)]
    for row, donor in zip(rows, found["donors"], strict=True):
        assert plain_text(row["region"]) == (donor["region"] or "")
        assert (row["verdict"], row["grade"]) == (donor["verdict"], donor["grade"])
        assert row["typed"].split() == [value["typed"] or "?" for value in donor["values"]]
        assert row["first_eligible_on"] == str(donor["first_eligible_on"] or "")
        assert float(row["sum_mfi"]) == donor["sum_mfi"]
        assert row["flags"].split() == donor["flags"]


def test_no_cell_of_a_csv_file_is_live(answers):
    swept, found = answers
    for text in (sweep_csv(swept), search_csv(found, "fr")):
        cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
        assert any(cell.startswith("'=") for cell in cells)
        live = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and cell not in ("+", "-")]
        assert live == []


def test_lines_end_as_spreadsheets_expect(answers):
    assert sweep_csv(answers[0]).splitlines(keepends=True)[0].endswith("\r\n")


@pytest.mark.parametrize(("locale", "words"), [("fr", "Aucun anticorps"), ("en", "No antibody")])
def test_the_reasons_are_sentences_in_the_readers_language(answers, locale, words):
    [first, *_] = rows_of(search_csv(answers[1], locale))
    assert first["reasons"].startswith(words)
    [line, *_] = list(book_of(search_xlsx(answers[1], locale))["donors"].iter_rows(min_row=2, values_only=True))
    assert line[SEARCH_COLUMNS.index("reasons")] == first["reasons"]


# --- XLSX ---


def test_the_workbook_holds_the_donors(answers):
    _, found = answers
    sheet = book_of(search_xlsx(found, "fr"))["donors"]
    head, *lines = list(sheet.iter_rows(values_only=True))
    assert head == SEARCH_COLUMNS
    assert len(lines) == len(found["donors"])
    for line, donor in zip(lines, found["donors"], strict=True):
        row = dict(zip(head, line, strict=True))
        for name in ("rank", "verdict", "grade", "grade_certain", "sum_mfi", "max_mfi", "abo"):
            assert row[name] == donor[name], name
        assert isinstance(row["sum_mfi"], int | float)
        assert plain_text(row["donor_number"]) == donor["donor_number"]
        assert plain_text(row["region"] or "") == (donor["region"] or "")


def test_the_workbook_says_for_whom_and_on_what(answers):
    _, found = answers
    facts = {row[0]: row[1] for row in book_of(search_xlsx(found, "fr"))["search"].iter_rows(values_only=True)}
    assert facts["patient"] == "P1"
    assert facts["sample"] == "S1"
    assert facts["threshold"] == 1000
    assert facts["on"] == "2026-11-22"
    assert facts["policy"] == "identity-first"
    assert facts["snapshot"] == found["versions"]["snapshot"]
    assert facts["nomenclature"] == "core-1"
    assert facts["eplets"] is None
    for name, count in found["counts"]["national"].items():
        assert facts[name] == count


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(answers):
    book = book_of(
        search_xlsx({**answers[1], "patient": "=1+1", "sample": "{=1+1}", "region": "http://x.example"}, "fr")
    )
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b"}
    assert [cell.coordinate for cell in cells if cell.hyperlink] == []
    assert "=1+1" in {plain_text(str(cell.value)) for cell in cells}


def test_an_empty_list_is_a_workbook_too(answers):
    book = book_of(search_xlsx({**answers[1], "donors": []}, "fr"))
    assert list(book["donors"].iter_rows(values_only=True)) == [SEARCH_COLUMNS]
