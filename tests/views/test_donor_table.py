"""The table of donors: filters, order, bands, reservations, what an address cannot have; donors side by side."""

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation, ReservationStatus
from tests.conftest import TODAY

DAY = "on=2026-11-22"
LIST = f"/patients/DEMO-P1?threshold=2000&{DAY}"


def donors_of(page):
    """The ranked donors of the page, without those who cannot be evaluated."""
    listed = re.search(r'class="table table-sm donors.*?</table>', page.html, re.DOTALL)
    return re.findall(r'<tr data-donor="([^"]*)"', listed[0]) if listed else []


def not_evaluable(page):
    return [number for number in re.findall(r'<tr data-donor="([^"]*)"', page.html) if number not in donors_of(page)]


def headings(page):
    """The headings, each with the direction of its sort; a table further down has some of the same."""
    found = [*page.all("th", scope="colgroup"), *page.all("th", scope="col")]
    return {e.text.replace(" ▲", "").replace(" ▼", ""): e.attributes.get("aria-sort") for e in reversed(found)}


def link(page, text):
    return next(e.attributes["href"] for e in page.all("a") if e.text.startswith(text))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("threshold=abc", "“abc” is not a threshold"),
        ("threshold=0", "0 MFI is no usable threshold"),
        ("threshold=99999999999999999999", "99999999999999999999"),
        ("on=tomorrow", "“tomorrow” is not a day"),
        ("by=2026-02-30", "“2026-02-30” is not a day"),
        ("page=-3", "-3"),
        ("loci=A,DR", "cannot be searched"),
        ("region=Mars", "No donor is of the region “Mars”"),
        ("policy=cheapest", "There is no order named “cheapest”"),
        ("sample=nobody", "has no class I serum nobody"),
        ("grade=Z", "“Z” is not a choice for grade"),
        ("sort=age", "“age” is not a choice for sort"),
    ],
)
def test_what_cannot_be_had_is_said_and_the_rest_still_works(browse, query, sentence):
    page = browse(f"/patients/DEMO-P2?{query}", status=400)
    assert sentence in page.html
    assert page.one("input", id="threshold").attributes["value"] == "1000"  # the directive's
    assert donors_of(page)


def test_several_faults_are_said_together(browse):
    page = browse("/patients/DEMO-P2?threshold=x&region=Mars&abo=Z&page=0", status=400)
    assert len([e for e in page.all("li") if e.has_class("issue-error")]) == 4


def test_a_column_is_sorted_by_its_link_and_turned_round_by_the_same(browse):
    page = browse(LIST)
    assert headings(page)["Rank"] == "ascending"
    once = browse(link(page, "Σ MFI").partition("#")[0])
    assert headings(once)["Σ MFI"] == "ascending"
    assert headings(once)["Rank"] is None
    twice = browse(link(once, "Σ MFI").partition("#")[0])
    assert headings(twice)["Σ MFI"] == "descending"
    table = twice.html.partition('class="table table-sm donors"')[2].partition("</table>")[0]
    cells = re.findall(r'<td class="num">([\d,]+)</td>\s*<td class="num">', table)  # each followed by the highest
    sums = [int(figure.replace(",", "")) for figure in cells]
    assert len(sums) == 50
    assert sums == sorted(sums, reverse=True)
    assert not [e for e in once.all("tr") if e.has_class("band")]


def sort_link(page, text):
    """The address to which a heading of the table leads."""
    links = [e for e in page.all("a") if e.has_class("sort") and e.text.partition(" ▲")[0] == text]
    return links[0].attributes["href"].partition("#")[0]


@pytest.mark.parametrize("patient", ["DEMO-P1", "DEMO-P2", "DEMO-P3"])
def test_every_heading_but_the_boxes_sorts(browse, patient):
    page = browse(f"/patients/{patient}?threshold=2000&loci=A,B,C&{DAY}")
    table = page.html.partition('class="table table-sm donors')[2].partition("</thead>")[0]
    cells = re.findall(r'<th scope="col.*?</th>', table, re.DOTALL)
    assert [cell for cell in cells if 'class="sort"' not in cell] == [cells[0]]
    assert "Compare" in cells[0]
    links = [e.text.partition(" ▲")[0] for e in page.all("a") if e.has_class("sort")]
    asked = {"DEMO-P2": ["CD36"], "DEMO-P3": ["HPA-1"]}.get(patient, [])
    plain = ["Rank", "Donor", "Verdict", "Risk", "Grade", "HLA-A", "HLA-B", "HLA-C", "Σ MFI", "Max. MFI", "ABO"]
    assert links == [*plain, *asked, "Can give from", "Region", "Reservation"]


@pytest.mark.parametrize(
    ("patient", "heading", "first", "sort"),
    [
        ("DEMO-P1", "Verdict Risk Grade", "Verdict", "verdict"),
        ("DEMO-P1", "Verdict Risk Grade", "Risk", "risk"),
        ("DEMO-P1", "Verdict Risk Grade", "Grade", "grade"),
        ("DEMO-P1", "HLA-A", "HLA-A", "hla_a"),
        ("DEMO-P1", "HLA-B", "HLA-B", "hla_b"),
        ("DEMO-P3", "HPA-1", "HPA-1", "hpa_1"),
        ("DEMO-P2", "CD36", "CD36", "cd36"),
        ("DEMO-P1", "Reservation", "Reservation", "reservation"),
    ],
)
def test_a_heading_says_by_which_of_its_links_the_list_is_sorted(browse, patient, heading, first, sort):
    page = browse(sort_link(browse(f"/patients/{patient}?threshold=2000&{DAY}"), first))
    assert headings(page)[heading] == "ascending"
    assert sum(direction is not None for direction in headings(page).values()) == 1
    current = [e for e in page.all("a", aria_current="true") if e.has_class("sort")]
    assert [e.text for e in current] == [f"{first} ▲"]
    turned = browse(sort_link(page, first))
    assert headings(turned)[heading] == "descending"
    assert f"sort=-{sort}" in link(turned, "XLSX")


@pytest.mark.parametrize(("turned", "pages"), [("", (3, 4)), ("-", (1, 2))])
def test_the_reserved_stand_after_the_free_or_before_them(browse, reserve, turned, pages):
    before = browse(LIST)
    held, confirmed = [donor for donor in donors_of(before) if "free" in row_of(before, donor).text][:2]
    reserve(held, "DEMO-P4", ReservationStatus.HELD)
    reserve(confirmed, "DEMO-P4", ReservationStatus.CONFIRMED)
    listed = [browse(f"{LIST}&sort={turned}reservation&page={page}") for page in pages]
    words = ("free", "held", "confirmed")
    states = [
        next(at for at, word in enumerate(words) if word in row_of(page, donor).text)
        for page in listed
        for donor in donors_of(page)
    ]
    assert set(states) == {0, 1, 2}
    assert states == sorted(states, reverse=bool(turned))


@pytest.mark.parametrize(("role", "reserves"), [("searcher", True), ("laboratory", False)])
def test_a_donor_who_cannot_be_evaluated_can_be_reserved(browse, role, reserves):
    page = browse(LIST, roles=(role,))
    others = not_evaluable(page)
    assert len(others) == 10
    links = [e.attributes["href"] for e in page.all("a") if e.has_class("reserve-link")]
    for donor in others:
        row = row_of(page, donor)
        assert "free" in row.text
        asked = f"/patients/DEMO-P1/reserve?donor={donor}&{DAY}&threshold=2000"
        assert (asked in [href.replace("&amp;", "&") for href in links]) is reserves


def test_a_donor_who_cannot_be_evaluated_and_is_reserved_is_said_so(browse, reserve):
    donor = not_evaluable(browse(LIST))[0]
    reserve(donor, "DEMO-P4", ReservationStatus.CONFIRMED)
    row = row_of(browse(LIST), donor)
    assert "confirmed" in row.text
    assert "Reserve " not in row.text


def test_bands_name_their_grade_and_count_all_their_donors(browse):
    pages = [browse(f"{LIST}&page={number}") for number in (1, 2, 3, 4, 5)]
    counted, said = {}, {}
    for page in pages:
        band, others = "", not_evaluable(page)
        for row in page.all("tr"):
            if row.attributes.get("data-donor") in others:
                continue
            if row.has_class("band"):
                band, _, figure = row.text.rpartition(" donor")[0].rpartition(" ")
                said[band] = int(figure)
            elif "data-donor" in row.attributes:
                counted[band] = counted.get(band, 0) + 1
    assert len(said) > 3
    assert counted == said


def test_the_links_of_the_list_keep_what_is_asked(browse):
    page = browse(f"{LIST}&abo=identical&sort=-day&rhd=%2B")
    for text in ("XLSX", "CSV", "PDF"):
        for part in ("threshold=2000", "abo=identical", "sort=-day", "rhd=%2B", DAY):
            assert part in link(page, text).replace("rhd=+", "rhd=%2B"), text
    assert "/export/list.xlsx?" in link(page, "XLSX")
    directive = link(page, "Make this threshold the directive")
    assert directive.startswith("/patients/DEMO-P1/directive?threshold=2000&loci=A")
    first = donors_of(page)[0]
    assert link(page, "Reserve").startswith(f"/patients/DEMO-P1/reserve?donor={first}&{DAY}&threshold=2000")


@pytest.mark.parametrize(
    ("role", "reserves", "directs"),
    [("searcher", True, True), ("scientist", False, True), ("laboratory", False, False)],
)
def test_a_link_stands_only_where_the_role_may_follow_it(browse, role, reserves, directs):
    page = browse(LIST, roles=(role,))
    texts = [e.text for e in page.all("a")]
    assert any(text.startswith("Reserve DEMO") for text in texts) is reserves
    assert ("Make this threshold the directive" in texts) is directs


@pytest.fixture
def reserve(demo_site):
    """Reserves a donor that day for a patient; undone after the test."""
    engines, made = demo_site.extensions["phenotheque"].engines, []

    def make(donor: str, patient: str, status: ReservationStatus) -> str:
        with engines.write_session() as session:
            row = Reservation(
                code=f"code-{donor}", day=TODAY, status=status, held_by="test", changed_by="test",
                donor_id=session.exec(select(Donor.id).where(Donor.donor_number == donor)).one(),
                patient_id=session.exec(select(Patient.id).where(Patient.patient_number == patient)).one(),
                held_at=datetime(2026, 11, 22, 8, tzinfo=UTC), changed_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
                expires_at=datetime(2026, 11, 22, 17, tzinfo=UTC),
            )  # fmt: skip
            session.add(row)
        made.append(row.code)
        return row.code

    yield make
    with engines.write_session() as session:
        for row in session.exec(select(Reservation).where(Reservation.code.in_(made))):
            session.delete(row)


def row_of(page, donor):
    return next(e for e in page.all("tr") if e.attributes.get("data-donor") == donor)


def test_who_is_reserved_is_said_and_never_for_whom_else(browse, reserve):
    before = browse(LIST)
    free_ones = [donor for donor in donors_of(before) if "free Reserve" in row_of(before, donor).text]
    first, second, third, fourth = free_ones[:4]
    reserve(first, "DEMO-P4", ReservationStatus.HELD)
    own = reserve(second, "DEMO-P1", ReservationStatus.CONFIRMED)
    reserve(third, "DEMO-P4", ReservationStatus.RELEASED)
    page = browse(LIST)
    assert "held until 22 Nov 2026 18:00" in row_of(page, first).text
    assert "confirmed for this patient" in row_of(page, second).text
    assert f'href="/reservations/{own}"' in page.html
    for free in (third, fourth):
        assert "free Reserve" in row_of(page, free).text
    assert "DEMO-P4" not in page.html
    assert "code-" + first not in page.html
    tomorrow = browse(LIST.replace(DAY, "on=2026-11-23"))
    assert "free" in row_of(tomorrow, first).text


def test_donors_stand_side_by_side_and_what_differs_is_marked(browse, demo_site):
    numbers = donors_of(browse(LIST))[:3]
    page = browse(f"/patients/DEMO-P1/compare?threshold=2000&{DAY}" + "".join(f"&donor={one}" for one in numbers))
    assert [e.text for e in page.all("th", scope="col")] == numbers
    for row in page.all("tr"):
        cells = row.text
        assert ("≠" in cells) is row.has_class("differs"), cells
    assert any(row.has_class("differs") for row in page.all("tr"))
    back = link(page, "Back to the donors")
    assert "threshold=2000" in back


def test_a_donor_beside_himself_differs_in_nothing(browse):
    first, second = donors_of(browse(LIST))[:2]
    page = browse(f"/patients/DEMO-P1/compare?threshold=2000&{DAY}&donor={first}&donor={first}&donor={second}")
    assert [e.text for e in page.all("th", scope="col")] == [first, second]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_donors_are_compared(browse, count):
    numbers = donors_of(browse(LIST))[:count]
    page = browse("/patients/DEMO-P1/compare?threshold=2000" + "".join(f"&donor={n}" for n in numbers), status=400)
    assert "Choose 2 to 4 donors" in page.html


def test_a_donor_nobody_knows_is_said_in_a_comparison(browse):
    page = browse("/patients/DEMO-P1/compare?threshold=2000&donor=DEMO-00001&donor=NOBODY", status=404)
    assert "NOBODY" in page.html
