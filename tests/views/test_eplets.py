"""The pages with an eplet table of our own loaded, and without one: they say so, and everything else is there."""

import pytest

from services.documents.document import Words
from services.documents.donor_rows import sheet_columns, sheet_row
from services.matching.disagreements import disagreements
from services.wording.catalogue import sentence
from tests.demo_site import Page
from tests.invented_eplets import load_invented_eplets
from tests.small_registry import put_small_registry

PATIENT = "/patients/P1"
ASKED = "?threshold=2000&on=2026-11-22"


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def loaded(registry):
    with registry.write_session() as session:
        load_invented_eplets(session)


@pytest.fixture
def read(registry, client):
    """A page of the small registry, in English unless asked."""

    def read(path, language="en"):
        answer = client.get(PATIENT + path + ASKED, headers={"Accept-Language": language})
        assert answer.status_code == 200
        return Page(answer.get_data(as_text=True))

    return read


def headings(page):
    return [" ".join(element.text.split()) for element in page.all("th", scope="col")]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "No eplet table is loaded: the eplets are not known."), ("fr", "Aucune table d’éplets n’est chargée")],
)
def test_without_a_table_the_pages_say_so_and_show_no_figure(read, language, said):
    assert said in read("/eplets", language).html
    assert said in read("/donors/PT0004", language).html
    listed = read("", language)
    assert not {"Eplets", "Éplets"} & set(headings(listed))
    assert sentence("eplets_not_loaded", {}, language) in listed.html


@pytest.mark.usefixtures("loaded")
def test_the_list_has_a_column_of_eplets(read):
    page = read("")
    assert "Eplets" in headings(page)
    rows = {row.attributes["data-donor"]: " ".join(row.text.split()) for row in page.all("tr") if row.attributes.get("data-donor")}
    assert "≈ 1 (0 ✓" in rows["PT0004"]
    assert "invented-1" in page.html
    assert {e.attributes["colspan"] for e in page.all("th", scope="rowgroup")} == {str(width_of_first_row(page))}


def width_of_first_row(page):
    """The cells of the first donor's row, one that spans two counted twice."""
    start = page.elements.index(page.one("tr", data_donor="PT0001"))
    width = 0
    for element in page.elements[start + 1 :]:
        if element.tag == "tr":
            break
        if element.tag in ("td", "th"):
            width += int(element.attributes.get("colspan", 1))
    return width


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A hypothesis drawn from the beads, not a result"), ("fr", "Une hypothèse tirée des billes, pas un résultat")],
)
def test_the_serum_names_its_reactive_eplets_with_the_beads_for_and_against(read, language, said):
    page = read("/eplets", language)
    assert said in page.html
    rows = [" ".join(row.text.split()) for row in page.all("tr")]
    assert any(row.startswith("9Q ✓ 3/3 A*02:01") for row in rows)
    near = next(row for row in rows if row.startswith("50N 3/4"))
    assert near.endswith("B*40:01 250")
    assert any(row.startswith("A32 A*32:01 9Q") for row in rows)
    assert "invented-1" in page.html


@pytest.mark.usefixtures("loaded")
def test_the_workbench_leads_to_the_eplets_of_the_serum(read):
    assert any(link.startswith(f"{PATIENT}/eplets?") for link in links(read("")))


def links(page):
    return [element.attributes.get("href", "") for element in page.all("a")]


@pytest.mark.usefixtures("loaded")
def test_the_explanation_names_the_eplets_of_the_donor(read):
    page = read("/donors/PT0006")
    named = next(e.text for e in page.all("p") if e.has_class("eplet-names"))
    assert named == "30Y ?"  # the table does not say whether it is verified
    assert any(e.text == "Eplets table invented-1" for e in page.all("h2"))


@pytest.mark.usefixtures("loaded")
def test_an_untested_value_with_a_reactive_eplet_says_which(read):
    html = read("/donors/PT0009").html
    assert "A*32 is undecided: no bead tests it, and it carries eplets with which the serum seems to react (9Q)." in html


@pytest.mark.usefixtures("loaded")
def test_the_keys_of_the_order_give_the_verified_load(read):
    keys = [" ".join(e.text.split()) for e in read("/donors/PT0004").all("li")]
    assert "verified eplets: 0" in keys
    assert "verified eplets: not known" in [" ".join(e.text.split()) for e in read("/donors/PT0008").all("li")]


# --- files ---


def test_the_columns_of_a_spreadsheet_are_there_where_a_table_is_loaded_and_never_hold_a_zero_for_the_unknown():
    said = Words("en")
    names = [column.heading for column in sheet_columns("A", said, eplets=True)]
    assert [name for name in names if "plets" in name] == ["Eplets", "Verified eplets"]
    assert "Eplets" not in [column.heading for column in sheet_columns("A", said, eplets=False)]
    donor = {
        "rank": 1, "donor_number": "PT1", "verdict": "compatible", "risk": None, "grade": "A",
        "grade_certain": True, "values": [],
        "sum_mfi": 0, "max_mfi": 0, "eplet_load": None, "verified_eplet_load": None, "abo_group": "A", "abo": "identical",
        "rhd": "+", "cmv": None, "hpa": dict.fromkeys(("HPA-1", "HPA-2", "HPA-3", "HPA-5", "HPA-15")), "cd36": None,
        "first_eligible_on": None, "region": None, "centre": None, "flags": [], "reasons": [],
        "evidence": {"stance": "none", "items": []},
    }  # fmt: skip
    row = sheet_row(donor, "A", said, eplets=True)
    assert len(row) == len(names)
    assert row[names.index("Eplets")] == "not known"


# --- where grades disagree ---


@pytest.mark.parametrize(
    ("grade", "load", "high", "flags"),
    [
        ("A", 3, 2000, ["identical_but_reactive"]),
        ("A", 3, 1999, []),
        ("A", 0, 5000, ["identical_but_reactive", "no_eplets_but_reactive"]),
        ("B1X", 0, 2000, ["no_eplets_but_reactive"]),
        ("B1X", None, 9000, []),  # not known is not zero
        ("C", 12, 9000, []),
        ("A", 0, None, []),
    ],
)
def test_grades_that_disagree_are_flagged(grade, load, high, flags):
    donor = {"grade": grade, "eplet_load": load, "creg_grades": {}, "sum_mfi": high or 0}
    values = [{"high": high, "reaction": "positive"}, {"high": None, "reaction": "negative"}]
    assert disagreements(donor, values, 2000) == flags


@pytest.mark.parametrize(
    ("donor", "reaction", "flags"),
    [
        ({"grade": "A"}, "undecided", ["identical_but_undecided"]),
        ({"grade": "A"}, "untested", ["identical_but_undecided"]),
        ({"grade": "A"}, "negative", []),
        ({"grade": "B1X"}, "undecided", []),
        ({"creg_grades": {"rodey": {"grade": "B1X"}, "ucla": {"grade": "C"}}}, "negative", ["creg_families_differ"]),
        ({"creg_grades": {"rodey": {"grade": "B1X"}, "ucla": {"grade": "B2X"}}}, "negative", []),
        ({"eplet_load": 25, "sum_mfi": 500}, "negative", ["low_sum_many_eplets"]),
        ({"eplet_load": 24, "sum_mfi": 0}, "negative", []),
        ({"eplet_load": 40, "sum_mfi": 501}, "negative", []),
        ({"eplet_load": None, "sum_mfi": 0}, "negative", []),
    ],
)
def test_other_disagreements_of_the_grades(donor, reaction, flags):
    usual = {"grade": "C", "eplet_load": 3, "creg_grades": {}, "sum_mfi": 0}
    assert disagreements({**usual, **donor}, [{"high": 100, "reaction": reaction}], 2000) == flags
