"""Files of eplets: the pelc tables where that package is installed, a site's export in its many forms, and bad ones."""

import io
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from openpyxl import Workbook

from domain.errors import UnusableInput
from services.eplets.contents import two_fields
from services.eplets.pelc import pelc_folder, read_pelc
from services.eplets.registry_export import read_registry_export
from tests.invented_eplets import EXPORT
from tests.rule_cases import read_cases

DIFFERENCES = read_cases("eplet_differences")
FACTS = "eplet;locus;description;evidence;exposition;confirmation\n9Q;ABC;;;;Confirmed\n12Z;ABC;;;;No\n26L;DQ;;;;Confirmed\n"
ALLELES = "allele;eplet1;eplet2\n{locus}*01:01;9Q;12Z\n{locus}*01:02L;44K;\n"


# --- the tables of pelc ---


@pytest.fixture(scope="module")
def pelc():
    """The real tables, which the project does not ship."""
    try:
        version = distribution("pelc").version
    except PackageNotFoundError:
        pytest.skip("the optional package pelc is not installed (make setup installs it where it can be had)")
    if version != "0.5.4.5":
        pytest.skip(f"the case table is that of pelc 0.5.4.5, not {version}")
    return read_pelc(pelc_folder()[0])


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: f"{row['first']}-{row['second']}")
def test_two_alleles_differ_as_the_table_of_cases_says(pelc, row):
    first, second = pelc.alleles[row["first"]], pelc.alleles[row["second"]]
    assert (first - second, second - first) == (set(row["only_first"].split()), set(row["only_second"].split()))
    verified = {name for name, status in pelc.verified.items() if status}
    assert ((first - second) & verified, (second - first) & verified) == (
        set(row["verified_first"].split()),
        set(row["verified_second"].split()),
    )


def test_the_table_of_cases_has_thirty_differences_each_with_its_source():
    assert len(DIFFERENCES) >= 30
    assert [row for row in DIFFERENCES if not (row["source"] and row["why"])] == []


def test_the_pelc_tables_say_of_few_class_i_eplets_whether_they_are_verified(pelc):
    """Their column is empty beyond residue 45: the verified load must not be read as complete."""
    statuses = list(pelc.verified.values())
    assert (statuses.count(True), statuses.count(None)) == (5, 198)
    assert pelc.faults == []


def put_tables(folder, **other):
    """A folder in the shape of pelc's, with what a test changes."""
    texts = {"ep_data": FACTS, **{locus: ALLELES.format(locus=locus) for locus in "ABC"}, **other}
    for name, text in texts.items():
        if text is not None:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_of_that_shape_is_read_for_class_i(tmp_path):
    found = read_pelc(put_tables(tmp_path))
    assert found.alleles["A*01:01"] == {"9Q", "12Z"}
    assert found.alleles["B*01:02"] == {"44K"}  # a low-expression suffix is no part of the protein
    assert found.verified == {"9Q": True, "12Z": False, "44K": None}


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"B": None}, "file_missing"),
        ({"A": "name,eplets\nA*01:01,9Q\n"}, "eplet_table_other_shape"),
        ({"ep_data": "eplet;locus\n9Q;ABC\n"}, "eplet_table_other_shape"),
        ({"C": "allele;eplet1;eplet2\nC*01:01;9Q;12Z\nC*01:0"}, "eplet_table_cut_short"),
        ({"C": ""}, "eplet_table_other_shape"),
    ],
)
def test_a_folder_of_another_shape_is_refused(tmp_path, other, code):
    with pytest.raises(UnusableInput) as refused:
        read_pelc(put_tables(tmp_path, **other))
    assert refused.value.code == code


def test_an_allele_of_another_locus_is_left_out_and_said(tmp_path):
    found = read_pelc(put_tables(tmp_path, A="allele;eplet1\nB*07:02;9Q\nA*01:01;9Q\n"))
    assert [(fault["line"], fault["code"], fault["raw"]) for fault in found.faults] == [
        (2, "eplet_allele_unreadable", "B*07:02")
    ]


# --- a site's export ---


def test_an_export_is_read_by_eplet():
    found = read_registry_export(EXPORT.encode())
    assert found.alleles["A*02:01"] == {"9Q", "50N"}
    assert found.verified == {"9Q": True, "20Z": False, "30Y": None, "40W": True, "50N": False, "60P": True}
    assert found.rows == 6  # the row of class II is passed over
    assert found.faults == []


@pytest.mark.parametrize(
    "text",
    [
        "Eplet,Confirmation,All Alleles\n9Q,Confirmed,A*02:01 A*02:06\n",
        "Nom de l'éplet;Vérifié par anticorps;Tous les allèles\n9Q;oui;A*02:01|A*02:06\n",
        "eplet name\tantibody-verified\tHLA alleles\n9Q\t1\tHLA-A*02:01, HLA-A*02:06:01\n",
        "Eplet,Verified,Allele\n9Q,yes,A*02:01\n9Q,yes,A*02:06\n",  # one row for each allele
        "Eplet,Verified,Luminex Alleles,Alleles\n9Q,x,A*02:01,A*02:01;A*02:06\n",  # all of them, not the kits' alone
    ],
)
def test_headings_and_separators_vary(text):
    found = read_registry_export(text.encode())
    assert (found.alleles, found.verified, found.faults) == ({"A*02:01": {"9Q"}, "A*02:06": {"9Q"}}, {"9Q": True}, [])


def test_an_export_may_be_a_spreadsheet():
    book = Workbook()
    for row in csv_rows(EXPORT):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    assert read_registry_export(file.getvalue()).content_hash == read_registry_export(EXPORT.encode()).content_hash


def csv_rows(text):
    return [line.split(";") for line in text.splitlines()]


def test_the_same_facts_in_another_order_are_the_same_table():
    head, *rows = EXPORT.splitlines()
    turned = "\n".join([head, *reversed(rows)]) + "\n"
    assert read_registry_export(turned.encode()).content_hash == read_registry_export(EXPORT.encode()).content_hash


def test_rows_that_cannot_be_used_are_said_with_their_line():
    text = "Eplet,Alleles\n9Q,A*02:01 zz A*01:04N\n,A*02:06\n12Z,\n"
    found = read_registry_export(text.encode())
    assert [(fault["line"], fault["code"]) for fault in found.faults] == [
        (2, "eplet_allele_unreadable"),
        (3, "eplet_row_incomplete"),
        (4, "eplet_row_incomplete"),
    ]
    assert found.alleles == {"A*02:01": {"9Q"}}  # a null allele expresses nothing and is no fault


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "Eplet,Verified\n9Q,yes\n", "Allele,MFI\nA*02:01,9000\n"])
def test_a_table_of_another_shape_is_refused(text):
    with pytest.raises(UnusableInput) as refused:
        read_registry_export(text.encode())
    assert refused.value.code == "eplet_table_other_shape"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A*02:01", "A*02:01"), ("HLA-B*15:101", "B*15:101"), ("Cw*07:01:02:03", "C*07:01"), ("a*02:01L", "A*02:01"),
        ("A*02:01N", None), ("DRB1*04:01", None), ("A2", None), ("A*02", None), ("", None),
    ],
)  # fmt: skip
def test_an_allele_is_taken_at_two_fields(text, found):
    assert two_fields(text) == found
