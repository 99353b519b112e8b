"""Free text into positions: what a person would paste is understood, the rest refused with its place, as a file would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.donor import TYPING_COLUMNS
from services.entry_echo import echo_json, read_typings
from services.patient_records import create_patient
from services.patients import get_patient, patient_typings
from services.platelet_entry import read_cd36_entry, read_hpa_entry, written_hpa
from services.reference import core_reference
from services.typing_entry import read_typing_entry, state_of, written
from tests.small_registry import NOW

REFERENCE = core_reference()
GOOD = {
    "A2 A24 B7 B44": "A: A2 A24 B: B7 B44",
    "a2,a24;b7,b44 cw7": "A: a2 a24 B: b7 b44 C: cw7",
    "A*02:01,24:02 B*07:02 B44 Cw7": "A: A*02:01 A*24:02 B: B*07:02 B44 C: Cw7",
    "A*01:01+A*03:01^B*08:01+B*49:01^C*07:01+C*06:02": "A: A*01:01 A*03:01 B: B*08:01 B*49:01 C: C*07:01 C*06:02",
    "HLA-A*02:01~HLA-B*07:02~HLA-C*07:02+HLA-A*01:01~HLA-B*08:01": "A: HLA-A*02:01 HLA-A*01:01 B: HLA-B*07:02 HLA-B*08:01 C: HLA-C*07:02",
    "A*02:01/02:06 A*24": "A: A*02:01/02:06 A*24",
    "A*02:01+A*24:02|A*24:03+A*02:05 B7": "A: A*02:01/A*02:05 A*24:02/A*24:03 B: B7",
    "A1,2": "A: A1 A2",
    "A1/2 B7/B8": "A: A1 A2 B: B7 B8",
    "A*02/24": "A: A*02 A*24",
    "A: 2, 24\nB: 7 44": "A: A2 A24 B: B7 B44",
    "A2 - B7 B7": "A: A2 - B: B7 B7",
    "A*02:01,*24:02": "A: A*02:01 A*24:02",
    "HLA-A24(9), A2": "A: HLA-A24(9) A2",
    "A2 A3 DR4 DRB1*15:01 DQ7 Bw4,6": "A: A2 A3",
    "C*07:01 DRB1*04:01,15:01": "C: C*07:01",
}


def read(text):
    return read_typing_entry(text, reference=REFERENCE)


def placed(entry):
    return " ".join(f"{locus}: {' '.join(texts)}" for locus, texts in entry.positions.items() if texts)


@pytest.mark.parametrize(("text", "understood"), [(text, said) for text, said in GOOD.items() if said])
def test_what_a_person_would_paste_is_understood(text, understood):
    entry = read(text)
    assert (placed(entry), entry.errors) == (understood, [])


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("A2 A99", "entry.unknown_antigen", 1, 4),
        ("A2 A3\nA24", "third_value", 2, 1),
        ("2 24", "entry.bare_number", 1, 1),
        ("A*02:01,24", "entry.bare_number", 1, 9),  # the antigen A24 or the group A*24
        ("A*02:01\n24:02", "entry.bare_number", 2, 1),  # a new line leans on nothing
        ("A2 B999,3", "entry.unknown_antigen", 1, 4),
        ("- A2", "blank_without_locus", 1, 1),
        ("A2|A3 B7", "entry.list_of_other_than_alleles", 1, 1),
        ("A*02:01+A*24:02+A*01:01|A*02:05+A*24:03", "typing_alternatives", 1, 1),
        ("A*02:01/A*24", "entry.list_of_other_than_alleles", 1, 1),
        ("E*01:01", "entry.unknown_locus", 1, 1),
        ("A2-A3", "entry.unreadable_typing", 1, 1),
        ("A2 \x00", "entry.unreadable_typing", 1, 4),
        ("A" * 2_001, "typing_text_too_long", 1, 1),
        ("=cmd|' /C calc'!A0", "typing_alternatives", 1, 1),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(text, code, line, column):
    first = read(text).errors[0]
    assert (first.issue.code, first.line, first.column) == (code, line, column)


def test_homozygosity_is_only_what_was_written():
    said = {
        text: state_of(read(text).typings(REFERENCE)["A"])
        for text in ("A2", "A2 A2", "A2 -", "A*02:01 -", "A2 X", "A2 A3", "B7")
    }
    assert said == {
        "A2": "one", "A2 A2": "same", "A2 -": "blank", "A*02:01 -": "same", "A2 X": "one", "A2 A3": "two", "B7": "not_typed",
    }  # fmt: skip


def test_a_multiple_allele_code_is_kept_as_written_and_said():
    entry = read("A*02:BDGH A*24")
    assert (placed(entry), [remark.issue.code for remark in entry.remarks]) == (
        "A: A*02:BDGH A*24",
        ["allele_code_without_table"],
    )


@pytest.mark.parametrize("text", [text for text, said in GOOD.items() if said and "DR" not in text])
def test_what_is_on_record_is_written_so_that_it_reads_back(text):
    columns = read(text).columns()
    assert read(written(columns)).columns() == columns


def test_a_first_position_left_empty_reads_back():
    columns = {**read("").columns(), "hla_a_2": "A2", "hla_b_1": "-", "hla_b_2": "B7"}
    typings = read(written(columns)).typings(REFERENCE)
    assert [value and value.key for value in typings["A"].values] == [None, "A2"]
    assert {value.key for value in typings["B"].values} == {"B7"}


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="AaBbCcwW*:,;/ ^~+|-x?()0123456789\n\x00é<", max_size=60))
def test_no_text_is_too_strange_and_nothing_is_invented(text):
    entry = read(text)
    assert all(len(texts) <= 2 for texts in entry.positions.values())
    if not entry.errors:
        again = read(written(entry.columns()))
        assert again.columns() == entry.columns()
    echo_json(
        read_typings({"hla_text": text, "hpa_text": text, "cd36": text}, reference=REFERENCE), reference=REFERENCE
    )


@pytest.mark.parametrize("text", [text for text, said in GOOD.items() if said])
def test_a_form_and_a_file_judge_the_same_text_alike(text, engines, import_patient_file):
    columns = read(text).columns()
    names = list(columns)
    row = ",".join(["F1", *(f'"{columns[name]}"' for name in names)])
    result = import_patient_file(f"patient_number,{','.join(names)}\n{row}\n".encode())
    with engines.write_session() as session:
        typed = {"patient_number": "H1", "hla_text": text}
        create_patient(session, typed=typed, reference=REFERENCE, actor="test", now=NOW)
    with engines.read_session() as session:
        by_file, by_hand = get_patient(session, "F1"), get_patient(session, "H1")
        assert (
            {name: getattr(by_hand, name) for name in names}
            == {name: getattr(by_file, name) for name in names}
            == columns
        )
        assert patient_typings(by_hand, REFERENCE) == patient_typings(by_file, REFERENCE)
    assert not [issue for issue in result.issues if issue.severity == "error"]


@pytest.mark.parametrize("gl", ["A*01:01+A*03:01^B*08:01+B*49:01^C*07:01+C*06:02", "A*02:01/A*02:06+A*24:02^B*07:02"])
def test_a_gl_string_of_a_file_is_the_same_typing(gl, engines, import_patient_file):
    import_patient_file(f"patient_number,hla\nF1,{gl}\n".encode())
    with engines.read_session() as session:
        stored = get_patient(session, "F1")
        assert {name: getattr(stored, name) for name in TYPING_COLUMNS[:6]} == read(gl).columns()


@pytest.mark.parametrize("text", ["A99", "A*99", "A24(3)", "A2 A3 DR4/", "A*0", "A2+"])
def test_a_value_a_file_could_not_read_is_refused_by_the_form_for_the_same_reason(text, import_patient_file):
    errors = read(text).errors
    result = import_patient_file(f'patient_number,hla_a_1\nF1,"{text}"\n'.encode())
    of_file = {issue.code for issue in result.issues if issue.severity == "warning"}
    assert {remark.issue.code.removeprefix("entry.") for remark in errors} <= of_file


@pytest.mark.parametrize(
    ("text", "genotypes"),
    [
        ("HPA-1a/a HPA-2a/b", {"hpa_1": "a/a", "hpa_2": "a/b"}),
        ("1aa 3ab; 5bb, 15ab", {"hpa_1": "a/a", "hpa_3": "a/b", "hpa_5": "b/b", "hpa_15": "a/b"}),
        ("HPA-1: a/b; HPA-4a/a", {"hpa_1": "a/b"}),
        ("1a 1b", {"hpa_1": "a/b"}),
    ],
)
def test_hpa_genotypes_are_read_from_one_text(text, genotypes):
    entry = read_hpa_entry(text)
    assert {name: one.canonical for name, one in entry.genotypes.items()} == genotypes
    assert not [remark for remark in entry.remarks if remark.is_error]
    assert read_hpa_entry(written_hpa(entry.columns())).columns() == entry.columns()


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("1a/a 1a/b", "hpa_twice", 6),
        ("1a/a, 1a+", "entry.hpa_unreadable", 7),
        ("1a/2b", "entry.hpa_other_system", 1),
        ("99a/a", "entry.hpa_system_unknown", 1),
    ],
)
def test_hpa_that_cannot_be_read_is_refused_with_its_place(text, code, column):
    first = read_hpa_entry(text).remarks[0]
    assert (first.issue.code, first.column, first.is_error) == (code, column, True)


def test_cd36_is_read_as_in_a_file():
    assert read_cd36_entry("négatif type I")[0].canonical == "negative type I"
    assert [remark.issue.code for remark in read_cd36_entry("perhaps")[1]] == ["entry.cd36_unreadable"]
