"""The campaign of the teaching slides, played through the pages on the demo: 334 contacted, 27 tested, 1 found.

The coordinator imports the recruits, plans, launches and calls; the laboratory sends 27 results, then a second sample;
the confirmed donor stands in the list of the anti-CD36 patient at the next look.
"""

import io
import re
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from jobs.requests import do_next
from models.campaign import Invitation
from models.donor import Donor
from services.synthetic.recruits import RECRUITS, RECRUITS_FILE
from tests.conftest import close, freeze
from tests.demo_site import Page, make_demo_site, take_keys
from tests.logins import log_in

CALLING_DAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday
RESULTS_DAY, SECOND_DAY = CALLING_DAY + timedelta(days=2), CALLING_DAY + timedelta(days=7)
TESTED, THRESHOLD = 27, 1000
HEADINGS = "donor_number,analyte,platelets,monocytes,sample_code,sampled_on,tested_on,method\n"
ASKED = {"patient": "DEMO-P2", "threshold": THRESHOLD, "region": "Saint-Martin", "limit": 1000}
ENGLISH = {"Accept-Language": "en"}
pytestmark = pytest.mark.slow


class Browser:
    """One person's browser."""

    def __init__(self, app, role):
        self.app, self.client = app, log_in(app.test_client(), app, role)

    def read(self, address) -> Page:
        answer = self.client.get(address, headers=ENGLISH)
        assert answer.status_code == 200, answer.get_data(as_text=True)[:2_000]
        return Page(answer.get_data(as_text=True))

    def send(self, address, status=303, **fields):
        answer = self.client.post(address, data=fields, headers=ENGLISH)
        assert answer.status_code == status, Page(answer.get_data(as_text=True)).one("main").text[:500]
        return answer

    def send_file(self, address, content, status=200, **fields):
        boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), "file.csv"), **fields})
        answer = self.client.post(
            address, data=body, content_type=f'multipart/form-data; boundary="{boundary}"', headers=ENGLISH
        )
        assert answer.status_code == status, answer.get_data(as_text=True)[:2_000]
        return answer


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("story"), migrated_sqlite)
    freeze(app, CALLING_DAY)
    yield app
    close(app)


@pytest.fixture
def site(made):
    take_keys(made)
    return made


def import_recruits(coordinator: Browser) -> None:
    answer = coordinator.send_file("/imports/new", RECRUITS_FILE.read_bytes(), status=303, kind="donors")
    address = answer.location
    seen = re.search(r'name="seen" value="([^"]*)"', coordinator.read(address).html)[1]
    coordinator.send(f"{address}/confirm", seen=seen)


def begin(coordinator: Browser) -> str:
    """The address of the campaign, planned and launched."""
    draft = {"name": "CD36, Saint-Martin", "target": "cd36_negative", "number_wanted": "1", "purpose": "stock"}
    answer = coordinator.send("/campaigns/new", **draft, regions="Saint-Martin", ancestries="african")
    plan = answer.location
    shown = coordinator.read(plan).one("main").text
    assert "74 for a chance of 95%" in shown
    assert [one for one in ("1,481", "925", "528", "27/334", str(RECRUITS)) if one not in shown] == [], shown
    coordinator.send(plan, version=version_of(coordinator.read(plan)))
    address = plan.removesuffix("/plan")
    coordinator.send(f"{address}/step", step="launch", version=version_of(coordinator.read(plan)))
    return address


def version_of(page: Page) -> str:
    return page.all("input", name="version")[0].attributes["value"]


def invitations(site) -> list[tuple[Invitation, str]]:
    with site.extensions["phenotheque"].engines.read_session() as session:
        query = select(Invitation, Donor.donor_number).join(Donor, Donor.id == Invitation.donor_id)
        rows = session.exec(query.where(Donor.region == "Saint-Martin").order_by(Invitation.place)).all()
        return [(row, number) for row, number in rows]


def call_everybody(site, coordinator: Browser, address: str) -> list[str]:
    """Each is called once; the first 27 agree and come. Their numbers."""
    rows = invitations(site)
    assert len(rows) == RECRUITS
    for place, (row, _) in enumerate(rows):
        outcome = "agreed" if place < TESTED else ("refused", "no_answer", "wrong_number")[place % 3]
        form = {"outcome": outcome, "channel": "phone", "version": row.version_id}
        coordinator.send(f"{address}/invitations/{row.code}/outcome", **form)
    came = invitations(site)[:TESTED]
    for row, _ in came:
        coordinator.send(f"{address}/invitations/{row.code}/deed", deed="sample", version=row.version_id)
    return [number for _, number in came]


def line(number, sample, platelets, day) -> str:
    on = day.date().isoformat()
    return f"{number},CD36,{platelets},{platelets},{sample},{on},{on},flow cytometry\n"


def test_334_contacted_27_tested_1_confirmed_and_found_for_the_patient(site):
    coordinator = Browser(site, "coordinator")
    import_recruits(coordinator)
    address = begin(coordinator)
    numbers = call_everybody(site, coordinator, address)
    rare, others = numbers[4], [one for one in numbers if one != numbers[4]]
    before = searched(site)
    assert before.get(rare) == "unknown"

    freeze(site, RESULTS_DAY)
    laboratory = Browser(site, "laboratory")
    content = HEADINGS + "".join(
        line(number, f"S-{number}", "negative" if number == rare else "positive", RESULTS_DAY) for number in numbers
    )
    laboratory.send_file(f"{address}/results/file", content.encode(), mode="diff")
    stages = {number: str(row.stage) for row, number in invitations(site)}
    assert stages[rare] == "tested"
    assert {stages[one] for one in others} == {"not_found"}

    freeze(site, SECOND_DAY)
    again, doctor = Browser(site, "coordinator"), Browser(site, "laboratory")
    row = next(row for row, number in invitations(site) if number == rare)
    again.send(f"{address}/invitations/{row.code}/deed", deed="sample", version=row.version_id)
    second = HEADINGS + line(rare, f"S2-{rare}", "negative", SECOND_DAY)
    doctor.send_file(f"{address}/results/file", second.encode(), mode="diff")
    assert {number: str(row.stage) for row, number in invitations(site)}[rare] == "confirmed"

    board = again.read(address).one("main").text
    assert all(words in board for words in ("334", "27/334", "1/27"))
    found = searched(site)
    assert found.get(rare) == "compatible"
    while do_next(site.extensions["phenotheque"], Event()):  # as the jobs process does: the import asked for a job too
        pass
    assert "confirmed" in again.read(f"/rare-donors/{rare}").one("main").text


def searched(site) -> dict[str, str]:
    """The donors of the anti-CD36 patient as the API lists them to a searcher, by number."""
    client = log_in(site.test_client(), site, "searcher")
    answer = client.post("/api/v1/searches", json=ASKED)
    assert answer.status_code == 201, answer.get_data(as_text=True)[:500]
    return {one["donor_number"]: one["verdict"] for one in answer.get_json()["donors"]}
