"""Why a donor: whoever the donor is, every value, the grade's arithmetic and the place in the order."""

import re

import pytest
from sqlmodel import select

from models.donor import Donor
from services.matching.snapshots import SnapshotStore
from services.searches import search_patient
from tests.conftest import TODAY
from tests.small_registry import ZONE
from views.workbench.explanation import grade_tally, sum_terms


def donors(demo_site, patient, threshold, limit=200):
    runtime = demo_site.extensions["phenotheque"]
    with runtime.engines.read_session() as session:
        store = SnapshotStore(runtime.snapshots_path)
        answer = search_patient(
            session, store, patient_number=patient, on=TODAY, zone=ZONE, threshold=threshold, limit=limit
        )
    return answer["donors"]


@pytest.mark.parametrize("verdict", ["compatible", "possible", "unknown"])
def test_the_explanation_says_the_verdict_of_the_list(browse, demo_site, verdict):
    donor = next(one for one in donors(demo_site, "DEMO-P1", 2000, 0) if one["verdict"] == verdict)
    page = browse(f"/patients/DEMO-P1/donors/{donor['donor_number']}?threshold=2000&on=2026-11-22")
    assert page.rows(f"verdict-{verdict}")
    assert page.rows("grade")[0].text == donor["grade"]
    for value in donor["values"]:
        if value["typed"]:
            assert value["typed"] in page.html.replace("<wbr>", "")


def test_a_blocked_donor_is_explained_by_the_bead(browse, demo_site):
    listed = {one["donor_number"] for one in donors(demo_site, "DEMO-P1", 1000, 0)}
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        blocked = next(d for d in session.exec(select(Donor)) if d.searchable and d.donor_number not in listed)
    page = browse(f"/patients/DEMO-P1/donors/{blocked.donor_number}?threshold=1000")
    assert page.rows("verdict-blocked")
    assert "is not compatible with DEMO-P1 at 1,000 MFI" in page.html
    assert re.search(r"Antibody against \S+: [\d,.]+ MFI at most, threshold 1,000", page.html)
    assert page.rows("bead-above")


def test_a_donor_who_is_not_listed_is_said_to_be_so(browse, demo_site):
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        silent = next(d for d in session.exec(select(Donor)) if not d.consent_contact)
    page = browse(f"/patients/DEMO-P5/donors/{silent.donor_number}?threshold=1000")
    notice = next(e.text for e in page.all("p") if e.has_class("notice"))
    assert notice.startswith("This donor is neither counted nor listed.")
    assert "has not agreed to be contacted" in notice
    assert page.html.count("has not agreed to be contacted") == 1


def test_the_tally_gives_back_the_letters_of_the_grade(demo_site):
    for donor in donors(demo_site, "DEMO-P4", 2000):
        tally = grade_tally(donor)
        if donor["grade"] == "R":
            continue
        x, u, m = tally["cross_reactive"], tally["single"], tally["mismatched"]
        letters = f"B{x + u}{'U' if u else ''}{'X' if x else ''}" if x + u else "A"
        assert donor["grade"] == ("C" if m == 1 else "D" if m else letters), donor["donor_number"]


def test_the_keys_of_the_order_are_those_of_the_policy(browse, demo_site):
    donor = donors(demo_site, "DEMO-P4", 2000, 1)[0]["donor_number"]
    pages = {
        name: browse(f"/patients/DEMO-P4/donors/{donor}?threshold=2000&policy={name}")
        for name in ("identity-first", "antibody-first")
    }
    keys = {name: [e.text.split(":")[0] for e in page.all("li") if ": " in e.text] for name, page in pages.items()}
    assert keys["identity-first"][3] == "grade"
    assert keys["antibody-first"][3] == "Σ MFI"


def test_typing_a_number_leads_to_its_explanation(visitor):
    answer = visitor().get("/patients/DEMO-P4/why?donor=+DEMO-00007+&threshold=1500&region=Corse")
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert address.startswith("/patients/DEMO-P4/donors/DEMO-00007?")
    assert "threshold=1500" in address
    assert "region=Corse" in address


def test_a_number_nobody_has_is_said(browse):
    assert (
        "No donor has the number DEMO-99999."
        in browse("/patients/DEMO-P4/donors/DEMO-99999?threshold=2000", status=404).html
    )
    assert "No donor has the number ?." in browse("/patients/DEMO-P4/donors/%3F?threshold=2000", status=404).html


def test_without_a_threshold_nor_a_directive_the_one_of_the_workbench_is_shown_and_said(browse):
    page = browse("/patients/DEMO-P4/donors/DEMO-00007")
    assert "at 2,000 MFI" in page.html
    assert "nobody prescribed it" in page.html
    directed = browse("/patients/DEMO-P2/donors/DEMO-00007")
    assert "at 1,000 MFI" in directed.html
    assert "nobody prescribed it" not in directed.html


def test_the_sum_is_shown_with_what_it_adds_up(browse, demo_site):
    for donor in donors(demo_site, "DEMO-P1", 2000, 30):
        terms = sum_terms(donor, 500)
        assert sum(terms) == donor["sum_mfi"]
    donor = next(one for one in donors(demo_site, "DEMO-P1", 2000) if len(sum_terms(one, 500)) == 2)
    first, second = sum_terms(donor, 500)
    page = browse(f"/patients/DEMO-P1/donors/{donor['donor_number']}?threshold=2000")
    line = next(e.text for e in page.all("li") if e.text.startswith("Σ MFI"))
    assert line.startswith(f"Σ MFI: {donor['sum_mfi']:,} = {first:,} + {second:,} (")


@pytest.mark.parametrize("verdict", ["blocked", "possible", "compatible"])
def test_the_threshold_said_to_suffice_is_the_first_that_does(browse, verdict):
    checked = 0
    for number in range(1, 120):
        address = f"/patients/DEMO-P1/donors/DEMO-{number:05}"
        page = browse(f"{address}?threshold=2000")
        said = re.search(r"is negative from ([\d,]+) MFI up", page.html)
        if not said or not page.rows(f"verdict-{verdict}"):
            continue
        edge = int(said[1].replace(",", ""))
        assert browse(f"{address}?threshold={edge}").rows("verdict-compatible")
        if edge > 1:
            assert not browse(f"{address}?threshold={edge - 1}").rows("verdict-compatible")
        checked += 1
        if checked == 3:
            return
    assert checked


def test_what_no_threshold_can_mend_is_said(browse, demo_site):
    donor = next(one for one in donors(demo_site, "DEMO-P3", 1000, 0) if one["verdict"] == "unknown")
    page = browse(f"/patients/DEMO-P3/donors/{donor['donor_number']}")
    assert "No threshold makes this donor compatible" in page.html


def test_a_value_seen_twice_stands_apart_from_its_note(browse, demo_site):
    donor = next(
        one
        for one in donors(demo_site, "DEMO-P1", 2000)
        if any(value["homozygous"] and not value["blank"] for value in one["values"])
    )
    page = browse(f"/patients/DEMO-P1/donors/{donor['donor_number']}?threshold=2000")
    assert any(re.search(r"\w · seen twice: homozygous", cell.text) for cell in page.all("td"))


def test_the_serum_and_every_version_are_named(browse):
    page = browse("/patients/DEMO-P1/donors/DEMO-00007?threshold=2000&policy=antibody-first")
    assert "serum DEMO-S11" in page.html
    for version in ("core-1", "rodey-1", "FR-2026", "antibody-first-1"):
        assert f"<code>{version}</code>" in page.html


def test_the_page_shows_each_step_the_rules_in_order_and_what_would_change_them(browse, demo_site):
    listed = {one["donor_number"] for one in donors(demo_site, "DEMO-P1", 1000, 0)}
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        blocked = next(d for d in session.exec(select(Donor)) if d.searchable and d.donor_number not in listed)
    page = browse(f"/patients/DEMO-P1/donors/{blocked.donor_number}?threshold=1000")
    assert page.rows("chain")
    assert page.rows("rule-blocks")
    assert "first that fails" in page.html
    assert re.search(r"At a threshold of [\d,]+ MFI: (compatible|possible|not evaluable)\.", page.html)
    assert "/nomenclature?text=" in page.html
    for version in ("core-1", "rodey-1", "ucla-1"):
        assert version in page.html


def test_a_compatible_donor_has_nothing_to_change(browse, demo_site):
    donor = next(one for one in donors(demo_site, "DEMO-P1", 2000, 0) if one["verdict"] == "compatible")
    page = browse(f"/patients/DEMO-P1/donors/{donor['donor_number']}?threshold=2000&on=2026-11-22")
    assert "What would change it" not in page.html
    assert not page.rows("rule-blocks")
