"""Past crossmatches on the pages: list, order, filter, why, compare, reservation form, files (issue 7, item 4)."""

from datetime import date

import pytest
from sqlmodel import select

from models.crossmatch import Crossmatch
from models.donor import Donor
from models.patient import Patient
from tests.crossmatching import put_crossmatch
from tests.views.test_donor_table import DAY, LIST, donors_of, row_of

WEIGHED = f"{LIST}&policy=evidence-first"
TRANSFUSED = "DEMO-02828"  # whose platelets worked, in the demo
CROSSMATCHED, UNCLEAR = "DEMO-01408", "DEMO-02350"  # the demo's positive crossmatch, and the one that said nothing


@pytest.fixture
def tried(demo_site, browse):
    """The second and third donors of DEMO-P1's list tried: one negative, one positive; undone after the test."""
    first, good, bad = donors_of(browse(LIST))[:3]
    engines = demo_site.extensions["phenotheque"].engines
    serum = {"serum_code": "DEMO-S11", "serum_on": None}
    with engines.write_session() as session:
        patient = session.exec(select(Patient.id).where(Patient.patient_number == "DEMO-P1")).one()
        ids = dict(session.exec(select(Donor.donor_number, Donor.id).where(Donor.donor_number.in_([good, bad]))).all())
        put_crossmatch(session, "view-good", patient, ids[good], "negative", method="MASPAT", **serum)
        put_crossmatch(session, "view-bad", patient, ids[bad], "positive", **serum)
        put_crossmatch(session, "view-old", patient, ids[bad], "negative", serum_code="OLD", serum_on=date(2026, 1, 5))
    yield first, good, bad
    with engines.write_session() as session:
        for row in session.exec(select(Crossmatch).where(Crossmatch.code.startswith("view-"))):
            session.delete(row)


def test_the_list_shows_it_and_only_evidence_first_orders_by_it(browse, tried):
    first, good, bad = tried
    page = browse(LIST)
    assert donors_of(page)[:3] == [first, good, bad]
    assert "past +" in row_of(page, good).text
    assert "past −" in row_of(page, bad).text
    assert "past" not in row_of(page, first).text
    (legend,) = page.all("dl", class_="flag-legend")
    assert "past + Past crossmatches or transfusions speak for this donor." in " ".join(legend.text.split())
    weighed = browse(WEIGHED)
    assert donors_of(weighed)[:3] == [good, TRANSFUSED, first]
    bands = [e.text for e in weighed.all("th", scope="rowgroup")]
    assert ["evidence for" in band for band in bands[:4]] == [True, True, False, False]
    against = browse(f"{WEIGHED}&verdict=compatible&evidence=against")
    assert donors_of(against) == [bad, CROSSMATCHED]
    assert "evidence against" in against.all("th", scope="rowgroup")[0].text
    assert set(donors_of(browse(f"{LIST}&evidence=any"))) == {good, bad, TRANSFUSED, CROSSMATCHED, UNCLEAR}
    assert donors_of(browse(f"{LIST}&evidence=supports")) == [good, TRANSFUSED]


def test_an_unknown_word_of_the_filter_is_refused(browse):
    browse(f"{LIST}&evidence=perhaps", status=400)


def test_why_says_each_item_with_its_reason_and_weight(browse, tried):
    _, good, bad = tried
    page = browse(f"/patients/DEMO-P1/donors/{bad}?threshold=2000&{DAY}&policy=evidence-first")
    assert "speak against this donor" in page.html
    assert "The donor’s platelets react with this serum." in page.html
    assert "Of an earlier serum: the latest on record is of 16 Nov 2026." in page.html
    assert "carries no weight" in page.html
    keys = next(e for e in page.all("ol") if e.has_class("ranking-keys")).text
    assert "past evidence: speaks against" in keys
    french = browse(f"/patients/DEMO-P1/donors/{good}?threshold=2000&{DAY}", language="fr").html
    assert "Crossmatch plaquettaire" in french
    assert "MASPAT" in french


def test_compare_and_the_reservation_form_say_it(browse, tried):
    first, good, bad = tried
    page = browse(f"/patients/DEMO-P1/compare?threshold=2000&{DAY}&donor={first}&donor={bad}")
    assert "No crossmatch and no transfusion with this donor is on record." in page.html
    assert "The donor’s platelets react with this serum." in page.html
    warning = "speak against donor"
    assert warning in browse(f"/patients/DEMO-P1/reserve?threshold=2000&{DAY}&donor={bad}").html
    assert warning not in browse(f"/patients/DEMO-P1/reserve?threshold=2000&{DAY}&donor={good}").html


def test_the_files_have_it(visitor, tried):
    _, good, bad = tried
    answer = visitor("searcher").get(
        f"/patients/DEMO-P1/export/list.csv?threshold=2000&{DAY}", headers={"Accept-Language": "en"}
    )
    rows = {
        number: line for line in answer.get_data(as_text=True).splitlines() for number in (good, bad) if number in line
    }
    assert "speaks for; Crossmatch on platelets" in rows[good]
    assert "speaks against; Crossmatch on platelets" in rows[bad]
