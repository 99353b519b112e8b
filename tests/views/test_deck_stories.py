"""The two patients of the teaching slides, played through the pages on the demo.

A hyper-immunised woman is refractory and no donor fits her first serum; under treatment her sera fall until donors
appear, and one of them works. A CD36-negative woman whose antibody does not fall is helped by her own frozen platelets.
What the demo already tells of both is taken away first: every step is done at the screens, by who does it.
"""

import io
import re
from datetime import UTC, datetime

import pytest
from sqlmodel import col, delete, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from models.antibody import Bead, SerumSample
from models.autologous import AutologousCollection, AutologousEvent, AutologousUnit, ChemoCourse
from models.directive import Directive, DirectiveSpecificity
from models.patient import Patient
from models.request import PlateletAntibody
from models.reservation import Reservation
from models.transfusion import Transfusion
from models.treatment import Treatment
from services.synthetic.demo_sera import ANTIBODY_FOLDER
from tests.conftest import close, freeze
from tests.demo_site import Page, make_demo_site, take_keys
from tests.logins import log_in

ENGLISH = {"Accept-Language": "en"}
THRESHOLD = 1000
P6, P2 = "/patients/DEMO-P6", "/patients/DEMO-P2"
SERA = ("DEMO-S62", "DEMO-S63", "DEMO-S64", "DEMO-S65")  # of p6.csv, after the first
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    """The demo without what it tells of the two patients beyond who they are and one serum each."""
    app = make_demo_site(tmp_path_factory.mktemp("deck"), migrated_sqlite)
    with app.extensions["phenotheque"].engines.write_session() as session:
        forget(session, [session.exec(select(Patient.id).where(Patient.patient_number == one)).one() for one in PLAYED])
    yield app
    close(app)


PLAYED = ("DEMO-P2", "DEMO-P6")


def forget(session, patients) -> None:
    def rows_of(table):
        return col(table.id).in_(select(table.id).where(col(table.patient_id).in_(patients)))

    sera = select(SerumSample.id).where(col(SerumSample.sample_code).in_(SERA))
    session.exec(delete(Bead).where(col(Bead.sample_id).in_(sera)))
    session.exec(delete(SerumSample).where(col(SerumSample.sample_code).in_(SERA)))
    directives = select(Directive.id).where(col(Directive.patient_id).in_(patients))
    session.exec(delete(DirectiveSpecificity).where(col(DirectiveSpecificity.directive_id).in_(directives)))
    for table in (AutologousUnit, AutologousCollection, AutologousEvent, ChemoCourse, Transfusion, Treatment):
        session.exec(delete(table).where(rows_of(table)))
    for table in (PlateletAntibody, Directive):
        session.exec(delete(table).where(rows_of(table)))


def on(app, day: int, month: int, hour: int = 9, minute: int = 30):
    """Make it that moment of 2026 (UTC)."""
    take_keys(app)
    freeze(app, datetime(2026, month, day, hour, minute, tzinfo=UTC))


class Someone:
    """Somebody at a browser without scripts, who reads every page in both languages."""

    def __init__(self, app, *roles):
        self.app, self.roles = app, roles

    @property
    def client(self):
        """Logged in anew each time: the clock of the story moves by days."""
        return log_in(self.app.test_client(), self.app, *self.roles)

    def read(self, address: str) -> Page:
        client = self.client
        french = client.get(address, headers={"Accept-Language": "fr"})
        answer = client.get(address, headers=ENGLISH)
        assert (french.status_code, answer.status_code) == (200, 200), answer.get_data(as_text=True)[-3_000:]
        assert 'lang="fr"' in french.text
        return Page(answer.text)

    def send(self, address: str, status: int = 303, **given):
        """What the page holds, filled in and sent; the field `version` and the like are those it came with."""
        page = self.read(address)
        hidden = {one.attributes["name"]: one.attributes.get("value", "") for one in page.all("input", type="hidden")}
        answer = self.client.post(address, data={**hidden, **given}, headers=ENGLISH)
        assert answer.status_code == status, Page(answer.text).one("main").text[:1_500]
        return answer

    def send_file(self, address: str, content: str, name: str) -> str:
        """Where a file that was sent is to be confirmed."""
        boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content.encode()), name)})
        form = f'multipart/form-data; boundary="{boundary}"'
        answer = self.client.post(address, data=body, content_type=form, headers=ENGLISH)
        assert answer.status_code == 303, answer.text[:2_000]
        return answer.location


def text(page: Page) -> str:
    return page.one("main").text


def last(app, table):
    with app.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(table).order_by(col(table.id).desc())).first()


def transfuse(who: Someone, address: str, day: str, **given) -> None:
    """A transfusion counted 90 min before 10 h and at 11 h; what the form holds already stays, `given` is typed."""
    page = who.read(address)
    inputs = [one.attributes for one in page.all("input") if "name" in one.attributes]
    held = {one["name"]: one["value"] for one in inputs if one.get("value")}
    held |= {name: value for name, value in chosen(page).items() if value}
    at = {"ended_at": f"{day}T10:00", "pre_at": f"{day}T08:30", "count_1h_at": f"{day}T11:00"}
    answer = who.client.post(address, data={**at, "bleeding": "no", **held, **given, "do": "save"}, headers=ENGLISH)
    assert answer.status_code == 303, Page(answer.text).one("main").text[:1_500]


def chosen(page: Page) -> dict[str, str]:
    """What each list of a form stands at."""
    found = re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page.html, re.S)
    values = {name: re.search(r'<option selected[^>]*value="([^"]*)"', options) for name, options in found}
    return {name: value[1] if value else "" for name, value in values.items()}


def put_directive(who: Someone, patient: str, **wording) -> None:
    """A directive over the latest serum, shown first, then put in force."""
    asked = {
        "sample": "",
        "threshold": str(THRESHOLD),
        "loci": "A,B",
        "abo_rule": "none",
        "serum": "current",
        **wording,
    }
    page = who.read(f"{patient}/directive")
    version = page.all("input", name="version")[0].attributes["value"]
    shown = who.client.post(f"{patient}/directive", data={**asked, "version": version, "step": "show"}, headers=ENGLISH)
    seen = Page(shown.text).one("input", name="seen").attributes["value"]
    answer = who.client.post(
        f"{patient}/directive", data={**asked, "version": version, "step": "save", "seen": seen}, headers=ENGLISH
    )
    assert answer.status_code == 303, Page(answer.text).one("main").text[:1_500]


def counted(page: Page) -> list[int]:
    """How many donors may give today with each serum of the history, the latest first."""
    return [int(cell.text.split()[0].replace(",", "")) for cell in page.rows("lead-figure")]


def shown(page: Page, *words: str) -> None:
    missing = [one for one in words if one not in text(page)]
    assert missing == [], text(page)[:4_000]


# --- the hyper-immunised woman ----------------------------------------------------------------------------------------

COURSES = (
    ("rituximab", "2026-06-22", "2026-07-13"),
    ("plasma_exchange", "2026-07-27", "2026-08-07"),
    ("ivig", "2026-08-08", "2026-08-10"),
    ("plasma_exchange", "2026-09-07", "2026-09-16"),
    ("ivig", "2026-10-12", ""),
)


def import_serum(lab: Someone, sample: str) -> None:
    """One of the laboratory's later sera, sent, seen and confirmed on the page of imports."""
    heading, *lines = (ANTIBODY_FOLDER / "p6.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    content = heading + "".join(line for line in lines if line.startswith(f"{sample},"))
    address = lab.send_file("/imports/new", content, f"{sample}.csv")
    seen = lab.read(address).all("input", name="seen")[0].attributes["value"]
    assert lab.client.post(f"{address}/confirm", data={"seen": seen}, headers=ENGLISH).status_code == 303


def take_step(who: Someone, address: str, step: str) -> None:
    version = who.read(address).all("input", name="version")[0].attributes["value"]
    answer = who.client.post(f"{address}/step", data={"version": version, "step": step}, headers=ENGLISH)
    assert answer.status_code == 303, answer.text[-2_000:]


def test_the_hyper_immunised_womans_sera_fall_until_a_donor_works(site):
    on(site, 22, 11)
    lab, searcher = Someone(site, "laboratory"), Someone(site, "searcher")
    # two random units do nothing: refractory, and an immune cause leads
    for day, count in (("2026-06-16", "9"), ("2026-06-18", "8")):
        random = {"selection": "random", "product_abo": "O", "content": "5", "age_hours": "40"}
        transfuse(lab, f"{P6}/transfusions/new", day, pre_count="6", count_1h=count, **random)
    follow_up = lab.read(f"{P6}/transfusions")
    shown(follow_up, "refractory", "towards an immune cause", "Look for HPA antibodies.", "Look for CD36 antibodies")
    shown(follow_up, "CCI 1.03", "CCI 0.69")  # (9 − 6) × √(66 × 160 / 3600) / 5, (8 − 6) × 1.7127 / 5
    # nobody fits the first serum at the directive's threshold
    put_directive(searcher, P6)
    assert counted(lab.read(f"{P6}/antibodies")) == [0]
    assert donors_of(searcher.read(P6)) == []
    # the courses of treatment, then the sera that follow: with the last of them donors appear
    for kind, first_on, last_on in COURSES:
        lab.send(f"{P6}/treatments/new", kind=kind, first_on=first_on, last_on=last_on)
    for sample in SERA:
        import_serum(lab, sample)
    history = lab.read(f"{P6}/antibodies")
    assert counted(history) == [8, 0, 0, 0, 0]
    shown(history, "rituximab", "plasma exchange", "+10", "A74 1,877 → 965")
    # the directive is written anew over the last serum, and the first donor of the list reserved, promised, collected
    put_directive(searcher, P6)
    donor = donors_of(searcher.read(P6))[0]
    searcher.send(f"{P6}/reserve?donor={donor}&on=2026-11-24")
    reservation = f"/reservations/{last(site, Reservation).code}"
    take_step(searcher, reservation, "confirm")
    on(site, 24, 11, 15)
    take_step(searcher, reservation, "collect")
    shown(lab.read(f"{P6}/file"), "Transfusions to record", donor)
    link = one_link(searcher.read(reservation), "transfusions/new")
    # the transfusion begins with that donor, and works
    on(site, 27, 11)
    later = {"count_24h": "25", "count_24h_at": "2026-11-26T09:00", "content": "5", "age_hours": "20"}
    transfuse(lab, link, "2026-11-25", pre_count="5", count_1h="32", **later)
    made = last(site, Transfusion)
    assert (made.selection, made.product_abo, made.weight_kg) == ("hla_selected", "O", 66)
    follow_up = lab.read(f"{P6}/transfusions")
    shown(follow_up, "CCI 9.25", "CCI 6.85", donor, "Chosen platelets worked")  # 27 and 20 × 1.7127 / 5
    assert "Transfusions to record" not in text(follow_up)
    banner = lab.read(P6).rows("patient-banner")[0].text
    assert "refractory CCI 6.85 at 24\u00a0h, 25 Nov 2026" in banner


def donors_of(page: Page) -> list[str]:
    """The compatible donors of the list, in its order."""
    rows = [one.text for one in page.elements if one.tag == "tr" and " compatible " in f" {one.text} "]
    return [found[0] for row in rows if (found := re.search(r"DEMO-\d{5}", row))]


def one_link(page: Page, part: str) -> str:
    (found,) = {one.attributes["href"] for one in page.all("a") if part in one.attributes.get("href", "")}
    return found


# --- the CD36-negative woman ------------------------------------------------------------------------------------------

FIRST = {"name": "Consolidation 1", "start_on": "2026-11-01", "end_on": "2026-11-05", "aplasia_days": "28"}
SECOND = {"name": "Consolidation 2", "start_on": "2026-12-16", "end_on": "2026-12-20", "aplasia_days": "28"}
COLLECTED = {
    "day": "2026-12-01", "counted_on": "2026-12-01", "platelets": "180", "haemoglobin": "9,8", "access": "peripheral",
    "markers": "negative", "markers_on": "2026-11-25", "weight_kg": "70", "well": "yes",
}  # fmt: skip
FROZEN = {
    "content": "4.2", "volume_ml": "60", "location": "Freezer 3", "method": "frozen", "dmso_percent": "6",
    "is_labelled": "y",
}  # fmt: skip


def test_the_cd36_negative_woman_is_helped_by_her_own_platelets(site):
    on(site, 22, 11)
    lab, searcher = Someone(site, "laboratory"), Someone(site, "searcher")
    # refractory to random units; the antibody is found, and the courses of treatment do not take it away
    for day, count in (("2026-09-07", "10"), ("2026-09-09", "9")):
        random = {"selection": "random", "product_abo": "O", "content": "5.2", "age_hours": "40"}
        transfuse(lab, f"{P2}/transfusions/new", day, pre_count="8", count_1h=count, **random)
    shown(lab.read(f"{P2}/transfusions"), "refractory", "towards an immune cause", "CCI 0.7", "CCI 0.35")
    tested = {"specificity": "CD36", "result": "positive", "method": "MAIPA"}
    lab.send(f"{P2}/antibodies/new", **tested, tested_on="2026-09-11", sample="Q1")
    shown(lab.read(f"{P2}/transfusions"), "Look for CD36 antibodies, and type CD36. ✓ on record")
    for kind, first_on, last_on in (
        ("rituximab", "2026-09-14", "2026-10-05"),
        ("bortezomib", "2026-10-07", "2026-10-17"),
        ("plasma_exchange", "2026-10-19", "2026-10-30"),
    ):
        lab.send(f"{P2}/treatments/new", kind=kind, first_on=first_on, last_on=last_on)
    lab.send(f"{P2}/antibodies/new", **tested, tested_on="2026-11-13", sample="Q2")
    shown(lab.read(f"{P2}/antibodies"), "rituximab", "bortezomib", "plasma exchange")
    shown(lab.read(f"{P2}/file"), "Q1", "Q2")
    # few donors of the whole country are CD36-negative
    put_directive(searcher, P2, anti_cd36="y")
    assert counted(lab.read(f"{P2}/antibodies")) == [4]
    assert len(donors_of(searcher.read(P2))) == 6  # compatible, of whom four may give today
    # her own platelets between two courses, frozen, and given back in the next aplasia
    lab.send(f"{P2}/autologous/courses/new", **FIRST, units_wanted="0")
    lab.send(f"{P2}/autologous/courses/new", **SECOND, units_wanted="1")
    lab.send(f"{P2}/autologous/collections/new", day="2026-12-01")
    collection = f"{P2}/autologous/collections/{last(site, AutologousCollection).code}"
    on(site, 1, 12)
    lab.send(f"{collection}/done", **COLLECTED)
    lab.send(f"{collection}/units/new", number="AU-001", **FROZEN)
    unit = f"{P2}/autologous/units/AU-001"
    lab.send(f"{unit}/reserve", day="2026-12-24")
    on(site, 24, 12)
    lab.send(f"{unit}/thaw", thawed_at="10:00", thawed_content="2.4")
    on(site, 24, 12, 11, 0)
    lab.send(f"{unit}/transfuse", recipient="DEMO-P2")
    shown(lab.read(f"{P2}/file"), "Autologous unit AU-001, given on 24 Dec 2026")
    # what it did: the form begins with her unit, and nobody is its donor
    on(site, 25, 12, 12)
    link = one_link(lab.read(unit), "transfusions/new")
    assert lab.client.get(link.replace("DEMO-P2", "DEMO-P6")).status_code == 404
    counts = {"pre_count": "6", "pre_at": "2026-12-24T11:00", "count_1h": "16", "count_1h_at": "2026-12-24T13:00"}
    transfuse(lab, link, "2026-12-24", **counts, count_24h="13", count_24h_at="2026-12-25T11:00")
    made = last(site, Transfusion)
    assert (made.product_number, made.selection, made.donor_id) == ("AU-001", "autologous", None)
    assert (made.content, made.ended_at) == (2.4, datetime(2026, 12, 24, 11, tzinfo=UTC))
    follow_up = lab.read(f"{P2}/transfusions")
    shown(follow_up, "autologous", "CCI 7.6", "CCI 5.32", "AU-001")  # 10 and 7 × √(70 × 171 / 3600) / 2.4
    shown(lab.read(f"{P2}/transfusions/{made.code}"), "2.4 × 10¹¹ for 70 kg: below")
    assert one_link(lab.read(unit), "/transfusions/").endswith(made.code)
    banner = lab.read(P2).rows("patient-banner")[0].text
    assert "refractory CCI 5.32 at 24\u00a0h, 24 Dec 2026" in banner
