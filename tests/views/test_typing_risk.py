"""Risks on the pages and in their files, whom to type next, and who learns what."""

import csv
import io

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.donor import Donor
from tests.views.test_donor import donors

TO_TYPE = "/donors/to-type"
LIST = "/patients/DEMO-P6?threshold=2000&on=2026-11-22&policy=risk-first&verdict=possible"


def listed(page):
    return [e.text for e in page.all("a") if e.attributes.get("href", "").startswith("/donors/DEMO-")]


def first_possible(demo_site):
    return next(one for one in donors(demo_site, "DEMO-P6", 2000, 0) if one["verdict"] == "possible")


def why(donor):
    return f"/patients/DEMO-P6/donors/{donor['donor_number']}?threshold=2000&on=2026-11-22"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "possible, 3 % risk"), ("fr", "possible, risque 3\u202f%")]
)
def test_a_possible_donor_carries_the_risk_in_whole_percent(browse, language, words):
    page = browse(LIST, language=language)
    chips = {" ".join(e.text.split(" ")) for e in page.rows("verdict-possible")}
    assert words in chips
    assert all("%" in chip for chip in chips)


def test_a_filter_on_the_risk_leaves_those_above_and_those_not_known_out(browse, demo_site):
    possible = [one for one in donors(demo_site, "DEMO-P6", 2000, 0) if one["verdict"] == "possible"]
    kept = [one for one in possible if one["risk"] is not None and one["risk"] <= 0.05]
    assert 0 < len(kept) < len(possible)
    page = browse(f"{LIST}&risk=5")
    assert f"{len(kept)} of 289" in page.html
    assert "risk at most 5 %" in page.html
    browse(f"{LIST}&risk=7", status=400)


def test_the_explanation_gives_the_risk_of_the_value_and_of_the_donor(browse, demo_site):
    donor = first_possible(demo_site)
    undecided = next(value for value in donor["values"] if value["reaction"] == "undecided")
    page = browse(why(donor))
    said = f"undecided, {round(100 * undecided['risk'])} % risk"
    assert said in " ".join(page.html.split())
    assert "demo-illustrative-1" in page.html


def test_the_declared_ancestry_is_said_to_those_only_who_may_know_it(browse, demo_site):
    donor = first_possible(demo_site)
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        ancestry = session.exec(select(Donor.ancestry).where(Donor.donor_number == donor["donor_number"])).one()
    told = f"By the declared ancestry ({ancestry})" if ancestry else "The ancestry is not declared"
    for roles in (("searcher",), ("scientist",), ("laboratory",)):
        page = browse(why(donor), roles=roles).html
        assert "ancestry" not in page
    assert told in browse(why(donor), roles=("searcher", "coordinator")).html


def test_whom_to_type_next_counts_the_directives_in_force(browse):
    page = browse(TO_TYPE)
    assert len(listed(page)) == 50
    assert "3 directives in force" in page.html
    assert "HPA-1, CD36" in page.html


def test_patients_are_named_to_those_only_who_see_patients(browse):
    assert "DEMO-P2" in browse(TO_TYPE, roles=("searcher",)).html
    page = browse(TO_TYPE, roles=("coordinator",))
    assert len(listed(page)) == 50
    assert "DEMO-P" not in page.html
    browse(TO_TYPE, roles=("reader",), status=403)
    browse(f"{TO_TYPE}.csv", roles=("administrator",), status=403)


def test_a_region_narrows_the_list_and_another_is_refused(browse):
    page = browse(f"{TO_TYPE}?region=Bretagne")
    assert "Occitanie</td>" not in page.html
    assert "Bretagne</td>" in page.html
    browse(f"{TO_TYPE}?region=Atlantis", status=400)
    assert not listed(browse(f"{TO_TYPE}?page=999"))


@pytest.mark.parametrize(("roles", "sees"), [(("searcher",), True), (("coordinator",), False)])
def test_the_list_goes_out_as_a_file_and_into_the_trail(visitor, demo_site, roles, sees):
    answer = visitor(*roles).get(f"{TO_TYPE}.csv?region=Bretagne", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    rows = [row for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";") if len(row) > 3]
    heading = next(at for at, row in enumerate(rows) if "To type" in row)
    assert ("Patients" in rows[heading]) is sees
    assert (b"DEMO-P2" in answer.data) is sees
    assert all(row[2] == "Bretagne" for row in rows[heading + 1 :])
    assert visitor(*roles).get(f"{TO_TYPE}.xlsx").data[:2] == b"PK"
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "to_type_exported")).all()
    assert any(event.subject_key == "Bretagne" for event in events)


def test_the_page_of_references_says_that_the_frequencies_are_illustrative(browse):
    page = browse("/admin/references", roles=("scientist",))
    assert "illustrative: not for patients" in page.html
    assert "european 83%" in page.html


