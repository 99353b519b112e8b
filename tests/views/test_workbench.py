"""The workbench of a patient: the same donors, order and numbers as the command line, and every state of the page."""

import re

import pytest
from sqlmodel import select

from models.donor import DonorIdentity
from services.matching.snapshots import SnapshotStore
from services.searches import search_patient, sweep_patient
from tests.conftest import TODAY
from tests.demo_site import BARE_PATIENT, Page

VERDICTS = ("compatible", "possible", "unknown", "blocked")
DAY = "on=2026-11-22"


def figures(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def asked(demo_site, service, **wanted):
    runtime = demo_site.extensions["phenotheque"]
    if service is not sweep_patient:
        wanted["zone"] = runtime.settings.timezone
    with runtime.engines.read_session() as session:
        return service(session, SnapshotStore(runtime.snapshots_path), on=TODAY, **wanted)


def shown_counts(page: Page) -> dict[str, int]:
    """The national counts of the table of counts."""
    cells = [e for e in page.elements if e.tag == "td" and "data-count" in e.attributes]
    return {cell.attributes["data-count"]: figures(cell.text) for cell in cells[5:10]}


@pytest.mark.parametrize("patient", [f"DEMO-P{n}" for n in range(1, 8)])
@pytest.mark.parametrize("threshold", [500, 1000, 2084, 100_000])
def test_the_page_counts_as_the_sweep_does(browse, demo_site, patient, threshold):
    page = browse(f"/patients/{patient}?threshold={threshold}&{DAY}")
    sweep = asked(demo_site, sweep_patient, patient_number=patient, thresholds=[threshold])
    assert shown_counts(page) == sweep["thresholds"][0]["national"]


@pytest.mark.parametrize("policy", ["identity-first", "antibody-first"])
@pytest.mark.parametrize("region", [None, "Île-de-France"])
def test_the_page_lists_the_donors_of_the_search_in_its_order(browse, demo_site, policy, region):
    wanted = {"patient_number": "DEMO-P4", "threshold": 2000, "policy": policy, "region": region, "limit": 60}
    expected = asked(demo_site, search_patient, **wanted)["donors"]
    query = f"threshold=2000&policy={policy}&{DAY}" + (f"&region={region}" if region else "")
    shown = [
        link.text.split(" ")[0] for n in (1, 2) for link in why_links(browse(f"/patients/DEMO-P4?{query}&page={n}"))
    ]
    assert shown[:60] == [donor["donor_number"] for donor in expected if donor["verdict"] != "unknown"][: len(shown)]
    assert len(shown) >= 50


def why_links(page: Page) -> list:
    unknown = next((i for i, e in enumerate(page.elements) if e.attributes.get("id") == "unknown-title"), None)
    return [e for e in page.elements[:unknown] if e.has_class("why-link")]


def test_every_number_of_a_row_is_that_of_the_search(browse, demo_site):
    expected = asked(demo_site, search_patient, patient_number="DEMO-P4", threshold=2000, limit=1)["donors"][0]
    row = next(
        e for e in browse(f"/patients/DEMO-P4?threshold=2000&{DAY}").all("tr") if expected["donor_number"] in e.text
    )
    for shown in (expected["grade"], f"{expected['sum_mfi']:,}", *(value["typed"] for value in expected["values"])):
        assert str(shown) in row.text


def test_pages_follow_each_other_without_gap_or_repeat(browse):
    page = browse(f"/patients/DEMO-P5?threshold=2000&{DAY}")
    last = int(re.search(r"page 1 of (\d+)", page.html)[1])
    numbers = [
        link.text.split(" ")[0]
        for n in (1, 2, last)
        for link in why_links(browse(f"/patients/DEMO-P5?threshold=2000&{DAY}&page={n}"))
    ]
    assert len(numbers) == len(set(numbers)) > 100


def test_a_page_past_the_end_says_so(browse):
    assert "past the end" in browse(f"/patients/DEMO-P1?threshold=1000&{DAY}&page=500").html


def test_the_live_table_gives_the_counts_of_any_threshold(browse, demo_site):
    """What the slider does: the first threshold of the table at or above, else the last."""
    live = browse(f"/patients/DEMO-P1?{DAY}").live
    asked_mfi = [1, 250, 999, 1000, 1001, 1999, 2750, 4216, 4217, 4218, 11_246, 11_247, 11_248, 30_000, 100_000]
    sweep = asked(demo_site, sweep_patient, patient_number="DEMO-P1", thresholds=asked_mfi)
    for entry in sweep["thresholds"]:
        row = next((i for i, mfi in enumerate(live["thresholds"]) if mfi >= entry["mfi"]), len(live["thresholds"]) - 1)
        assert dict(zip(live["keys"], live["places"][""][row], strict=True)) == entry["national"], entry["mfi"]
        for name, counts in entry["regions"].items():
            assert dict(zip(live["keys"], live["places"][name][row], strict=True)) == counts


def test_every_place_adds_up_to_its_active_donors_at_every_threshold(browse):
    live = browse("/patients/DEMO-P6").live
    for rows in live["places"].values():
        assert len({sum(row[:4]) for row in rows}) == 1
    regions = [rows for name, rows in live["places"].items() if name]
    for place, national in enumerate(live["places"][""]):
        assert [sum(column) for column in zip(*(rows[place] for rows in regions), strict=True)] == national


def test_what_would_open_more_donors_has_the_numbers_of_the_sweep(browse, demo_site):
    best = asked(demo_site, sweep_patient, patient_number="DEMO-P1", thresholds=[2000])["gains"][0]
    gains = next(e for e in browse(f"/patients/DEMO-P1?threshold=2000&{DAY}").all("table") if e.has_class("gains"))
    here = best["regions"].get("Bretagne", {"from_blocked": 0, "from_possible": 0})
    numbers = [best["specificity"], best["max_mfi"], *best["national"].values(), *here.values()]
    assert " ".join(f"{n:,}" if isinstance(n, int) else str(n) for n in numbers) in gains.text


def test_no_identity_reaches_a_page(browse, demo_site):
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        people = session.exec(select(DonorIdentity).limit(400)).all()
    pages = [
        browse(address).html
        for address in ("/", "/patients/DEMO-P4", "/patients/DEMO-P4/donors/DEMO-00001?threshold=2000")
    ]
    for person in people:
        for secret in (person.birth_date, person.email, person.phone):
            assert not secret or not any(secret in html for html in pages)


def test_the_banner_has_no_name_and_no_birth_date(browse):
    banner = next(e for e in browse("/patients/DEMO-P2").all("div") if e.has_class("patient-banner"))
    assert re.search(r"woman, \d\d years", banner.text)
    assert "anti-CD36" in banner.text
    assert not re.search(r"\d{4}-\d\d-\d\d", banner.text)


def test_a_column_for_what_the_directive_asks(browse):
    assert [e.text for e in browse("/patients/DEMO-P3").all("th", scope="col") if e.text in ("HPA-1", "CD36")] == [
        "HPA-1"
    ]
    assert [e.text for e in browse("/patients/DEMO-P2").all("th", scope="col") if e.text in ("HPA-1", "CD36")] == [
        "CD36"
    ]


def test_donors_who_cannot_be_evaluated_stand_apart_with_the_reason(browse):
    page = browse("/patients/DEMO-P3?threshold=1000")
    assert page.one("h2", id="unknown-title")
    assert "HPA-1 is not typed, and the directive asks for it." in page.html


def test_what_is_missing_is_counted_above_the_donors_not_evaluable(browse):
    page = browse("/patients/DEMO-P3?threshold=1000")
    facts = next(e for e in page.all("ul") if e.has_class("missing-facts"))
    total = figures(page.one("h2", id="unknown-title").text)
    assert facts.text.startswith(f"HPA-1 not typed {total:,}")


def test_the_list_is_narrowed_to_those_who_can_give_that_day(browse):
    page = browse(f"/patients/DEMO-P1?threshold=2000&available=yes&{DAY}")
    days = [e.text for e in page.all("td") if e.has_class("day")]
    assert set(days) == {"this day"}
    assert page.one("input", id="filter-by").attributes["value"] == "2026-11-22"
    counts = shown_counts(page)
    assert f"compatible {counts['available']}, possible" in page.one("h2", id="donors-title").text
    remove = next(e for e in page.all("a") if e.attributes.get("aria-label", "").startswith("Remove the filter"))
    assert "by=" not in remove.attributes["href"]
    shown, whole, hidden = (figures(found) for found in re.search(
        r"<strong>([\d,]+) of ([\d,]+)</strong>[^−]*−([\d,]+)", page.html
    ).groups())  # fmt: skip
    assert shown == whole - hidden == figures(page.one("span", data_ranked="").text)
    chips = {e.text: e.attributes for e in page.all("a") if e.has_class("chip-link")}
    assert "by=2026-11-22" in chips["Bretagne"]["href"]
    everyone = browse(f"/patients/DEMO-P1?threshold=2000&{DAY}")
    assert len({e.text for e in everyone.all("td") if e.has_class("day")}) > 1


def test_an_empty_narrowed_list_leads_back_to_the_whole_one(browse):
    page = browse("/patients/DEMO-P1?threshold=1000&region=Corse&available=yes&on=2026-11-22")
    assert "No donor passes the filters." in page.html
    clear = next(e for e in page.all("a") if e.text == "Clear the filters").attributes["href"]
    assert not [part for part in ("by=", "region=") if part in clear]
    assert "threshold=1000" in clear


def test_possibly_identical_has_a_mark_of_its_own(browse):
    page = browse(f"/patients/DEMO-P1?threshold=100000&{DAY}")
    cells = [e for e in page.all("td") if e.has_class("tint-possibly_identical")]
    assert cells
    assert {cell.text[0] for cell in cells} <= {"◉", "?", "✕"}
    assert not any("●" in cell.text for cell in cells)


def test_the_directive_gives_the_threshold_and_nobody_else_is_said_to(browse):
    assert browse("/patients/DEMO-P2").one("input", id="threshold").attributes["value"] == "1000"
    page = browse("/patients/DEMO-P1")
    assert page.one("input", id="threshold").attributes["value"] == "2000"
    assert "nobody prescribed it" in page.html


def test_a_patient_without_serum_is_told_so_and_nothing_is_compatible(browse):
    page = browse(f"/patients/{BARE_PATIENT}")
    assert "has no class I serum" in page.html
    counts = shown_counts_without_region(page)
    assert counts["compatible"] == 0 < counts["unknown"]


def shown_counts_without_region(page: Page) -> dict[str, int]:
    cells = [e for e in page.elements if e.tag == "td" and "data-count" in e.attributes]
    return {cell.attributes["data-count"]: figures(cell.text) for cell in cells[:5]}


def test_the_form_and_the_links_carry_the_whole_address(browse):
    page = browse("/patients/DEMO-P4?threshold=1500&region=Bretagne&policy=antibody-first&on=2026-12-01&loci=A,B,C")
    form = {e.attributes["name"]: e.attributes.get("value") for e in page.all("input") if "name" in e.attributes}
    assert (form["threshold"], form["on"]) == ("1500", "2026-12-01")
    chosen = [e.attributes["value"] for e in page.all("option") if "selected" in e.attributes]
    assert chosen == ["Bretagne", "antibody-first", "A,B,C"]
    link = next(e for e in page.all("a") if e.has_class("why-link")).attributes["href"]
    for part in ("threshold=1500", "region=Bretagne", "policy=antibody-first", "on=2026-12-01", "loci=A,B,C"):
        assert part in link.replace("%2C", ",")


def test_an_index_that_had_to_be_rebuilt_is_said(demo_site, visitor):
    demo_site.extensions["phenotheque_snapshots"].opened = None
    for folder in demo_site.extensions["phenotheque"].snapshots_path.glob("r*"):
        (folder / "meta.json").unlink(missing_ok=True)
        for part in folder.iterdir():
            part.write_bytes(b"damaged")
    answer = visitor().get("/patients/DEMO-P4", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "was rebuilt before this answer" in answer.get_data(as_text=True)
