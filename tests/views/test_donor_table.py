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
    return [e.attributes["data-donor"] for e in page.all("tr") if "data-donor" in e.attributes]


def headings(page):
    """The sort of each column that has one."""
    return {e.text.split(" ▲")[0].split(" ▼")[0]: e.attributes.get("aria-sort") for e in page.all("th", scope="col")}


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


def test_bands_name_their_grade_and_count_all_their_donors(browse):
    pages = [browse(f"{LIST}&page={number}") for number in (1, 2, 3, 4, 5)]
    counted, said = {}, {}
    for page in pages:
        band = ""
        for row in page.all("tr"):
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
