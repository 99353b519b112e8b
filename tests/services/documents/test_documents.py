"""Files hold what the pages hold: the same donors, the same numbers, in every form; and nothing in them is live."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from domain.errors import RefusedByRule, UnusableInput
from models.audit import AuditEvent
from models.donor import Donor
from services.directives import Addition, Removal, Wording, set_directive
from services.documents.delimited import PROFILES, write_csv, written
from services.documents.directive_sheet import directive_document
from services.documents.document import Column, Document, Fact, Maker, Sign, Table
from services.documents.donor_list import DonorList, donor_document
from services.documents.files import file_name, profile_named, record_export, write_document
from services.documents.paper import paper_data, pdf_bytes
from services.documents.sweep_list import sweep_document
from services.searches import search_patient, sweep_patient
from services.wanted import Wanted
from tests.small_registry import NOW, ON, PERSONAL, ZONE, D, put_donors

MAKER = Maker("Somebody (someone)", NOW, "Europe/Paris")
LIVE = ("=1+1", '=HYPERLINK("http://x.example","a")', "+1+1", "-1+1", "@SUM(1,1)", "{=1+1}", "http://x.example")
MARKUP = ("#panic()", "$x$", "*b*", "<label>", "@ref", "`raw`", "\\", "// gone", '#import "/etc/passwd"')
COUNTED = ("compatible", "available", "possible", "unknown", "blocked")


@pytest.fixture
def opened(registry, fresh):
    """A read session on the small registry, its donors' regions and centres as spiteful as an import lets them be."""
    with registry.write_session() as session:
        put_donors(session, [D(f"Z{at}", "A*01 A*03 B*08 B*49", text) for at, text in enumerate((*LIVE, *MARKUP))])
    with registry.read_session() as session:
        yield session, fresh()


def listed(opened, *, on_paper=False, locale="fr", **wanted):
    session, store = opened
    view = DonorList(
        session, store, patient_number="P1", wanted=Wanted(on=ON, **wanted), locale=locale, now=NOW, zone=ZONE
    )
    return donor_document(view, maker=MAKER, on_paper=on_paper)


def rows_of_csv(document, profile="excel-fr"):
    one = PROFILES[profile]
    file = io.BytesIO()
    write_csv(document, file, one)
    content = file.getvalue()
    text = content.decode(one.encoding)
    return content, list(csv.DictReader(io.StringIO(text, newline=""), delimiter=one.delimiter, strict=True))


def book_of(document):
    file = io.BytesIO()
    rows = write_document(document, "xlsx", file, profile="excel-fr", maker=MAKER)
    return rows, load_workbook(file)


def table_of(sheet, first_heading):
    lines = [list(row) for row in sheet.iter_rows(values_only=True)]
    head = next(at for at, line in enumerate(lines) if line[0] == first_heading and line[2] is not None)
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :]], lines[:head]


def plain_text(text):
    return text.removeprefix("'") if text.startswith(("'=", "'+", "'-", "'@")) else text


# --- the same numbers everywhere ---


@pytest.mark.parametrize("threshold", [300, 700, 1000, 2000, 5000, 100_000])
@pytest.mark.parametrize("kept", ["ranked", "all"])
def test_every_form_holds_the_donors_of_the_search(opened, threshold, kept):
    session, store = opened
    found = search_patient(session, store, patient_number="P1", on=ON, zone=ZONE, threshold=threshold, limit=0)
    donors = [donor for donor in found["donors"] if kept == "all" or donor["verdict"] != "unknown"]
    wanted = {"threshold_mfi": threshold, "verdict": "all" if kept == "all" else None}

    _, french = rows_of_csv(listed(opened, **wanted))
    _, international = rows_of_csv(listed(opened, **wanted, locale="en"), "international")
    assert (
        [row["Rang"] for row in french]
        == [row["Rank"] for row in international]
        == [str(donor["rank"]) for donor in donors]
    )
    for row, other, donor in zip(french, international, donors, strict=True):
        assert row["Donneur"] == other["Donor"] == donor["donor_number"]
        assert float(row["Σ MFI"].replace(",", ".")) == float(other["Σ MFI"]) == donor["sum_mfi"]
        assert other["Grade"] == donor["grade"]
        day = donor["first_eligible_on"]
        assert row["Éligible dès"] == (f"{day:%d/%m/%Y}" if day else "")
        assert other["Eligible from"] == (day.isoformat() if day else "")
        typed = [other[f"HLA-{locus} {place}"] for locus in "AB" for place in "12"]
        assert [text for text in typed if text] == [value["typed"] or "not typed" for value in donor["values"]]

    rows, book = book_of(listed(opened, **wanted))
    sheet, _ = table_of(book.worksheets[0], "Rang")
    assert (rows, len(sheet)) == (len(donors), len(donors))
    assert [(row["Donneur"], row["Σ MFI"], row["MFI max."]) for row in sheet] == [
        (donor["donor_number"], donor["sum_mfi"], donor["max_mfi"]) for donor in donors
    ]
    counts, _ = table_of(book.worksheets[1], "Seuil (MFI)")
    assert [counts[0][name] for name in ("Compatible", "disponible", "Possible", "Non évaluable", "Bloqué")] == [
        found["counts"]["national"][name] for name in COUNTED
    ]

    paper = paper_data(listed(opened, **wanted, on_paper=True, locale="en"))
    assert [row[1] for row in paper["tables"][1]["rows"]] == [donor["donor_number"] for donor in donors]
    national = paper["tables"][0]["rows"][0]
    assert national[2:7] == [f"{found['counts']['national'][name]:,}" for name in COUNTED]


def test_the_filters_and_the_order_of_the_view_are_those_of_the_file(opened):
    document = listed(opened, threshold_mfi=2000, region="Corse", grade="C", by=ON + timedelta(days=30), sort="-donor")
    _, rows = rows_of_csv(document)
    assert {row["Région"] for row in rows} == {"Corse"}
    numbers = [row["Donneur"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers
    said = {fact.label: fact.value for fact in document.facts}
    assert said["Filtres"] == "région Corse ; grade C ou mieux ; peut donner au plus tard le 22/12/2026"
    assert said["Classement"].endswith("par numéro de donneur ↓")
    assert said["Donneurs listés"] == len(rows)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_sweep_holds_the_counts_of_the_sweep(opened, locale):
    session, store = opened
    swept = sweep_patient(session, store, patient_number="P1", on=ON, thresholds=[1000, 2000, 3000, 5000])
    asked = {"patient_number": "P1", "wanted": Wanted(on=ON, threshold_mfi=3000), "maker": MAKER, "locale": locale}
    document = sweep_document(session, store, **asked)
    _, rows = rows_of_csv(document, "international")
    expected = [
        [entry["mfi"], *(counts[name] for name in COUNTED)]
        for entry in swept["thresholds"]
        for counts in (entry["national"], *entry["regions"].values())
    ]
    names = [column.heading for column in document.tables[0].columns]
    assert [[int(row[name]) for name in (names[0], *names[2:7])] for row in rows] == expected
    gains = [[row[1], row[3], row[4]] for row in document.tables[1].rows]
    assert gains == [
        [g["specificity"], g["national"]["from_blocked"], g["national"]["from_possible"]] for g in swept["gains"]
    ]


# --- what each sheet says ---


def test_each_sheet_and_each_row_says_whose_it_is(opened):
    document = listed(opened, threshold_mfi=2000)
    _, book = book_of(document)
    for sheet in book.worksheets:
        top = {row[0]: row[1] for row in sheet.iter_rows(max_row=25, max_col=2, values_only=True)}
        assert (top["Patient"], top["Sérum"], top["Locus"], top["Consigne"]) == (
            "P1",
            "S1",
            "A, B",
            "aucune en vigueur",
        )
        assert top["Jour du don"] == datetime(2026, 11, 22)  # noqa: DTZ001 - a cell has no zone
        assert top["Exporté le"] == datetime(2026, 11, 22, 10, 30)  # noqa: DTZ001 - 9:30 UTC where the registry is kept
        assert top["Exporté par"] == "Somebody (someone)"
        assert "Document imprimé non maîtrisé" in top.values()
        assert {"core-1", "rodey-1", "FR-2026", "identity-first-1"} <= set(top.values())
        assert "Document imprimé non maîtrisé" in sheet.oddFooter.left.text
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows
    _, rows = rows_of_csv(listed(opened, threshold_mfi=2000, locale="en"), "international")
    assert {row["Patient"] for row in rows} == {"P1"}
    assert {row["Exported on"] for row in rows} == {"2026-11-22T10:30+01:00"}
    assert {row["Threshold (MFI)"] for row in rows} == {"2000"}
    assert "Uncontrolled when printed" in rows[0].values()
    data = paper_data(listed(opened, threshold_mfi=2000, on_paper=True))
    assert ["Patient", "P1"] in data["facts"]
    assert ["Exporté le", "22/11/2026 10:30"] in data["made"]


def test_a_directive_is_a_sheet_with_every_rule_and_reason(registry, fresh):
    asked = Wording(
        1500, add=(Addition("A9", "seen before"),), remove=(Removal("B44", "=weak"),), hpa_antibodies=("HPA-1a",), anti_cd36=True,
        abo_rule="no-major", valid_until=date(2027, 1, 31), note="for the\nsecond course",
    )  # fmt: skip
    with registry.write_session() as session:
        set_directive(session, patient_number="P1", wording=asked, actor="dr-a", now=NOW)
    with registry.read_session() as session:
        more = {"patient_number": "P1", "wanted": Wanted(on=ON, threshold_mfi=9000), "maker": MAKER}
        document = directive_document(session, fresh(), **more, locale="en")
        _, rows = rows_of_csv(document, "international")
    said = [(row["Item"], row["Value"], row["Reason"]) for row in rows]
    assert ("Threshold (MFI)", "1500", "") in said
    assert ("Specificity added", "A9", "seen before") in said
    assert ("Specificity set aside", "B44", "'=weak") in said
    assert ("Platelet antibody", "anti-HPA-1a", "") in said
    assert ("Platelet antibody", "anti-CD36", "") in said
    assert ("Valid until", "2027-01-31", "") in said
    assert ("Signed by", "not signed", "") in said
    assert rows[0]["Directive"] == "version 1, not signed"
    assert pdf_bytes(document, NOW).startswith(b"%PDF-")


def test_without_a_directive_there_is_no_sheet_of_it(opened):
    session, store = opened
    with pytest.raises(RefusedByRule, match="no_directive"):
        directive_document(session, store, patient_number="P1", wanted=Wanted(on=ON), maker=MAKER, locale="fr")


# --- nothing live, nobody's identity ---


def test_no_file_holds_a_live_cell_or_anybody(opened):
    wanted = {"threshold_mfi": 100_000, "verdict": "all"}
    for profile in PROFILES:
        content, rows = rows_of_csv(listed(opened, **wanted), profile)
        cells = [cell for row in rows for cell in row.values()]
        assert any(cell.startswith("'=") for cell in cells)
        assert [
            c for c in cells if c.startswith(("=", "+", "-", "@", "\t", "\r")) and not re.fullmatch(r"[+-]?[\d.,]*", c)
        ] == []
        assert [text for text in PERSONAL if text.encode() in content] == []
    _, book = book_of(listed(opened, **wanted))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in found} <= {"s", "n", "d", "inlineStr"}
    assert [cell.coordinate for cell in found if cell.hyperlink] == []
    assert {cell.value for cell in found} >= {"=1+1", "http://x.example"}
    assert [text for text in PERSONAL if text in str([cell.value for cell in found])] == []


def test_markup_in_data_is_only_text(opened):
    document = listed(opened, threshold_mfi=100_000, verdict="all", on_paper=True)
    data = paper_data(document)
    assert set(MARKUP) <= {row[-2] for row in data["tables"][1]["rows"]}
    assert pdf_bytes(document, NOW).startswith(b"%PDF-")
    assert [text for text in PERSONAL if text in str(data)] == []


# --- the forms themselves ---


def test_the_french_profile_is_what_french_excel_opens(opened):
    content, rows = rows_of_csv(listed(opened, threshold_mfi=2000))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"\r\n") == len(rows) + 1
    assert "\u202f" not in "".join(row["Seuil (MFI)"] + row["Σ MFI"] for row in rows)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_cell_of_a_csv_has_a_space_that_is_not_plain(registry, fresh, profile, locale):
    with registry.write_session() as session:
        session.exec(select(Donor)).first().region = "Pays\u00a0de\u202fla Loire"
    with registry.read_session() as session:
        opened = session, fresh()
        assert "\u202f" in "".join(str(cell) for row in listed(opened, verdict="all").tables[0].rows for cell in row)
        asked = {"patient_number": "P1", "wanted": Wanted(on=ON, threshold_mfi=2000), "maker": MAKER, "locale": locale}
        swept = sweep_document(*opened, **asked)
        for document in (listed(opened, threshold_mfi=2000, verdict="all", locale=locale), swept):
            content, rows = rows_of_csv(document, profile)
            assert rows
            assert {sign for sign in content.decode() if sign.isspace()} == {" ", "\r", "\n"}


@pytest.mark.parametrize(("locale", "cmv", "cd36"), [("fr", "négatif", "négatif I"), ("en", "negative", "negative I")])
def test_results_are_in_the_words_of_the_pages_in_every_form(registry, fresh, locale, cmv, cd36):
    with registry.write_session() as session:
        for donor in session.exec(select(Donor)):
            donor.cmv, donor.cd36 = "negative", "negative type I"
        set_directive(session, patient_number="P1", wording=Wording(2000, anti_cd36=True), actor="dr-a", now=NOW)
    wanted = {"threshold_mfi": 2000, "verdict": "all", "locale": locale}
    with registry.read_session() as session:
        opened = session, fresh()
        for profile in PROFILES:
            _, rows = rows_of_csv(listed(opened, **wanted), profile)
            assert {(row["CMV"], row["CD36"]) for row in rows} == {(cmv, cd36)}
        table, _ = table_of(book_of(listed(opened, **wanted))[1].worksheets[0], "Rang" if locale == "fr" else "Rank")
        assert {(row["CMV"], row["CD36"]) for row in table} == {(cmv, cd36)}
        paper = paper_data(listed(opened, **wanted, on_paper=True))["tables"][1]
        at = [column["heading"] for column in paper["columns"]].index("CD36")
        assert {row[at] for row in paper["rows"]} == {cd36}
        facts = listed(opened, **wanted, cmv="negative").facts
        assert [fact.value for fact in facts if f"CMV {cmv}" in str(fact.value)]


def test_the_international_profile_is_rfc_4180(opened):
    content, rows = rows_of_csv(listed(opened, threshold_mfi=2000, locale="en"), "international")
    assert content.startswith(b"Rank,Donor,")
    lines = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines) == len(rows) + 1


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_no_heading_stands_twice(opened, locale):
    session, store = opened
    asked = {"patient_number": "P1", "wanted": Wanted(on=ON, threshold_mfi=2000), "maker": MAKER, "locale": locale}
    for document in (listed(opened, threshold_mfi=2000, locale=locale), sweep_document(session, store, **asked)):
        content, _ = rows_of_csv(document, "international")
        headings = next(csv.reader([content.decode().splitlines()[0]]))
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    ("cell", "french", "international"),
    [
        (1234567, "1234567", "1234567"),
        (1999.6, "1999,6", "1999.6"),
        (-3, "-3", "-3"),
        (True, "oui", "oui"),
        (date(2026, 1, 2), "02/01/2026", "2026-01-02"),
        (None, "", ""),
        ("=1", "'=1", "'=1"),
        (Sign("●", "A*02", 12), "A*02", "A*02"),
    ],
)
def test_values_as_each_profile_writes_them(cell, french, international):
    assert written(cell, PROFILES["excel-fr"], "fr") == french
    assert written(cell, PROFILES["international"], "fr") == international


def test_a_profile_that_there_is_not_is_refused():
    with pytest.raises(UnusableInput, match="profile_unknown"):
        profile_named("dos")


def test_paper_stops_after_so_many_donors_and_says_so(opened, monkeypatch):
    monkeypatch.setattr("services.documents.donor_list.MOST_ON_PAPER", 3)
    document = listed(opened, threshold_mfi=2000, on_paper=True, locale="en")
    assert len(document.tables[1].rows) == 3
    total = next(fact.value for fact in document.facts if fact.label == "Donors listed")
    assert document.notes[0].startswith(f"Only the first 3 of {total} donors")


def test_an_empty_list_is_a_file_in_every_form(opened):
    wanted = {"threshold_mfi": 2000, "region": "Corse", "grade": "A", "abo": "AB"}
    for profile in PROFILES:
        assert write_csv(listed(opened, **wanted), io.BytesIO(), PROFILES[profile]) == 0
        content, [row] = rows_of_csv(listed(opened, **wanted), profile)
        assert (row["Donneur"], row["Patient"], row["Donneurs listés"]) == ("", "P1", "0")
        assert {"core-1", "rodey-1", "Somebody (someone)"} <= set(row.values())
        assert content.endswith(b"\r\n")
    written_rows, book = book_of(listed(opened, **wanted))
    assert written_rows == 0
    assert table_of(book.worksheets[0], "Rang")[0] == []
    assert pdf_bytes(listed(opened, **wanted, on_paper=True), NOW).startswith(b"%PDF-")


def test_headers_and_names_of_files_take_any_number_of_a_patient():
    document = Document(
        "donors",
        "T & T",
        'P 04/17 "é" &P',
        "en",
        [Fact("x", 1)],
        [],
        [],
        [Table("a/b[c]" * 9, [Column("h")], [["v"], [None]])],
    )
    assert file_name(document, "csv", MAKER) == "donors_P-04-17-é-P_2026-11-22.csv"
    rows, book = book_of(document)
    assert rows == 2
    assert len(book.sheetnames[0]) <= 31
    assert "&&" in book.worksheets[0].oddHeader.left.text or "T & T" in book.worksheets[0].oddHeader.left.text


def test_an_export_is_in_the_trail(registry, fresh):
    with registry.read_session() as session:
        document = listed((session, fresh()), threshold_mfi=2000)
        rows = write_document(document, "csv", io.BytesIO(), profile="international", maker=MAKER)
    with registry.write_session() as session:
        record_export(session, document, "csv", rows, what="list", actor="someone", now=NOW)
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "export")).one()
    assert (event.actor, event.subject_type, event.subject_key) == ("someone", "patient", "P1")
    assert event.details == {"what": "list", "format": "csv", "rows": rows}
    assert rows > 0
