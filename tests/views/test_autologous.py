"""Two autologous units before the second consolidation, as the people at the screens do it; and what is refused."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.autologous import AutologousCollection, AutologousUnit, ChemoCourse
from tests.conftest import close, freeze
from tests.demo_site import Page, make_demo_site, take_keys
from tests.logins import log_in

P2 = "/patients/DEMO-P2/autologous"
FIRST = {"name": "Consolidation 1", "start_on": "2026-11-01", "end_on": "2026-11-05", "aplasia_days": "28"}
SECOND = {"name": "Consolidation 2", "start_on": "2026-12-16", "end_on": "2026-12-20", "aplasia_days": "28"}
GOOD = {
    "platelets": "180", "haemoglobin": "9,8", "access": "peripheral", "markers": "negative",
    "markers_on": "2026-11-25", "weight_kg": "70", "well": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory, migrated_sqlite):
    """The demo, which these tests write to: each takes its own patient or begins where the story ended."""
    app = make_demo_site(tmp_path_factory.mktemp("autologous"), migrated_sqlite)
    with app.extensions["phenotheque"].engines.write_session() as session:
        for table in (AutologousUnit, AutologousCollection, ChemoCourse):
            for row in session.exec(select(table)).all():
                session.delete(row)
            session.flush()
    yield app
    close(app)


def on(app, day: int, month: int = 12, hour: int = 9):
    """Make it that day of the story."""
    take_keys(app)
    freeze(app, datetime(2026, month, day, hour, 30, tzinfo=UTC))


def rows(app, table):
    with app.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(table).order_by(table.id)).all()


class Someone:
    """Somebody at a browser without scripts, who reads the form before sending it."""

    def __init__(self, app, *roles):
        self.app, self.roles = app, roles

    @property
    def client(self):
        """Logged in anew each time: the clock of these tests moves by days."""
        return log_in(self.app.test_client(), self.app, *self.roles)

    def read(self, address: str, status: int = 200) -> Page:
        answer = self.client.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))

    def send(self, address: str, given: dict, status: int = 303, *, version: bool = True) -> Page:
        hidden = [one.attributes["value"] for one in self.read(address).all("input", name="version")] if version else []
        data = {**({"version": hidden[0]} if hidden else {}), **given}
        answer = self.client.post(address, data=data, headers={"Accept-Language": "en"})
        assert answer.status_code == status, answer.get_data(as_text=True)
        return Page(answer.get_data(as_text=True))


def collect(who: Someone, app, day: str, number: str, content: str, patient: str = P2, **facts) -> str:
    """A collection planned, recorded and its unit put in stock, through the pages; the collection's code."""
    who.send(f"{patient}/collections/new", {"day": day, "note": facts.pop("note", "")})
    code = rows(app, AutologousCollection)[-1].code
    who.send(f"{patient}/collections/{code}/done", {**GOOD, "day": day, "counted_on": day, **facts})
    unit = {"number": number, "content": content, "volume_ml": "60", "location": "Freezer 3"}
    unit |= {"method": "frozen", "dmso_percent": "6", "is_labelled": "y"}
    who.send(f"{patient}/collections/{code}/units/new", unit)
    return code


@pytest.fixture(scope="module")
def story(site):
    """The deck's fact: two units collected between the first and the second consolidation, one of them given after."""
    on(site, 28, 11)
    lab = Someone(site, "laboratory")
    lab.send(f"{P2}/courses/new", {**FIRST, "units_wanted": "0"})
    lab.send(f"{P2}/courses/new", {**SECOND, "units_wanted": "2"})
    due = lab.read("/autologous").html
    on(site, 1)
    collect(lab, site, "2026-12-01", "AU-001", "4.2")
    on(site, 4)
    collect(lab, site, "2026-12-04", "AU-002", "4,1")
    return lab, due


def test_the_window_follows_from_the_two_courses_and_is_announced(story):
    lab, due = story
    assert "A window opens on 29 Nov 2026 and no collection is planned." in due
    page = lab.read(P2)
    assert "29 Nov 2026 to 15 Dec 2026" in page.html


def test_two_units_stand_in_stock_with_a_range_and_no_bare_number(story, site):
    on(site, 4)
    page = story[0].read(P2)
    # 8.3 × 0.5 = 4.15 and 8.3 × 0.67 = 5.561
    assert "2 units, 8.3 × 10¹¹ as collected, about 4.2 to 5.6 × 10¹¹ expected when given" in page.html
    assert "4 Dec 2029" in page.html  # three years
    drawing = page.one("svg", id="autologous-timeline")
    for word in ("Consolidation 1", "Consolidation 2", "AU-001", "AU-002", "today"):
        assert word in drawing.text


def test_another_patient_is_refused_by_the_rule_named_at_every_door(story, site):
    on(site, 4)
    lab = story[0]
    other = "/patients/DEMO-P1/autologous/units/AU-002"
    before = [(row.status, row.version_id) for row in rows(site, AutologousUnit)]
    for address in (other, f"{other}/reserve", f"{other}/transfuse", f"{other}/labels"):
        assert "Rule AUTO-1: unit AU-002 is for the patient it was collected from" in lab.read(address, 409).html
    for step in ("reserve", "thaw", "transfuse", "discard"):
        given = {"day": "2026-12-20", "recipient": "DEMO-P1", "version": "1", "reason": "not_needed"}
        page = lab.send(f"{other}/{step}", given, 409, version=False)
        assert "Rule AUTO-1" in page.html
        assert "DEMO-P2" not in page.html  # whose it is, is not told
    assert [(row.status, row.version_id) for row in rows(site, AutologousUnit)] == before


def test_a_unit_is_reserved_thawed_and_given_to_its_own_patient_alone(story, site):
    on(site, 4)
    lab, unit = story[0], f"{P2}/units/AU-001"
    lab.send(f"{unit}/reserve", {"day": "2026-12-24"})
    assert "reserved for 24 Dec 2026" in lab.send(f"{unit}/thaw", {}, 409).html  # AUTO-5: not its day
    on(site, 24)
    assert "it is still frozen: thaw it first." in lab.send(f"{unit}/transfuse", {"recipient": "DEMO-P2"}, 409).html
    lab.send(f"{unit}/thaw", {"thawed_at": "10:00", "thawed_content": "2.4"})
    on(site, 24, hour=11)
    refused = lab.send(f"{unit}/transfuse", {"recipient": "DEMO-P5"}, 409)
    assert "Rule AUTO-1: unit AU-001 is for the patient it was collected from and nobody else." in refused.html
    assert "Read the recipient’s number" in lab.send(f"{unit}/transfuse", {"recipient": " "}, 422).html
    assert rows(site, AutologousUnit)[0].status == "thawed"
    lab.send(f"{unit}/transfuse", {"recipient": "DEMO-P2"})
    page = lab.read(P2)
    assert "1 unit, 4.1 × 10¹¹ as collected" in page.html
    assert "it was given already." in lab.send(f"{unit}/transfuse", {"recipient": "DEMO-P2"}, 409).html
    with site.extensions["phenotheque"].engines.read_session() as session:
        trail = session.exec(select(AuditEvent).where(AuditEvent.action == "autologous_recorded")).all()
    steps = [event.details["step"] for event in trail if event.details["key"] == "AU-001"]
    assert steps == ["stored", "reserve", "thaw", "transfuse"]


def test_a_thawed_unit_that_waited_too_long_can_only_be_discarded(story, site):
    on(site, 26)
    lab, unit = story[0], f"{P2}/units/AU-002"
    lab.send(f"{unit}/reserve", {"day": "2026-12-26"})
    lab.send(f"{unit}/thaw", {})
    on(site, 26, hour=16)  # seven hours later
    page = lab.send(f"{unit}/transfuse", {"recipient": "DEMO-P2"}, 409)
    assert "Rule AUTO-2: unit AU-002 was thawed too long ago" in page.html
    assert [
        one.attributes["href"] for one in lab.read(unit).all("a") if "/AU-002/" in one.attributes.get("href", "")
    ] == [
        f"{unit}/discard",
        f"{unit}/labels",
    ]
    assert "Choose why it is discarded." in lab.send(f"{unit}/discard", {}, 422).html
    lab.send(f"{unit}/discard", {"reason": "thawed_unused"})
    assert "no unit in stock" in lab.read(P2).html


# --- guard-rails and bad input, on another patient ------------------------------------------------------------------

P6 = "/patients/DEMO-P6/autologous"


def planned(lab, site, day="2026-12-01", note="no course is known"):
    lab.send(f"{P6}/collections/new", {"day": day, "note": note})
    return rows(site, AutologousCollection)[-1].code


def test_what_is_not_met_needs_somebody_who_signs_and_a_reason(site):
    on(site, 10)
    lab, scientist = Someone(site, "laboratory"), Someone(site, "scientist")
    code = planned(lab, site, "2026-12-10")
    given = {**GOOD, "day": "2026-12-10", "counted_on": "2026-12-10", "platelets": "60", "markers": "positive"}
    page = lab.send(f"{P6}/collections/{code}/done", given, 409)
    assert "2 guard-rails are not met: only somebody who may sign directives" in page.html
    assert "60 × 10⁹/L on 10 Dec 2026, less than 100." in page.html
    assert not page.all("textarea", name="override_reason")
    lab.send(f"{P6}/collections/{code}/done", {**given, "override_reason": "because"}, 409)
    assert "say why" in scientist.send(f"{P6}/collections/{code}/done", given, 422).html
    scientist.send(f"{P6}/collections/{code}/done", {**given, "override_reason": "no other donor at all"})
    unit = {"number": "AU-P6", "content": "3", "volume_ml": "200", "location": "Agitator 1", "method": "fresh"}
    lab.send(f"{P6}/collections/{code}/units/new", unit)
    shown = lab.read(P6).html
    assert "store apart" in shown
    assert "labels not confirmed" in shown
    assert "no other donor at all" in lab.read(f"{P6}/collections/{code}").html
    reserve = lab.send(f"{P6}/units/AU-P6/reserve", {"day": "2026-12-12"}, 409)
    assert "Rule AUTO-3: nobody confirmed the labels of unit AU-P6." in reserve.html
    lab.send(f"{P6}/units/AU-P6/labels", {"is_labelled": "y", "markers": "positive", "markers_on": "2026-11-25"})
    late = lab.send(f"{P6}/units/AU-P6/reserve", {"day": "2026-12-16"}, 422)
    assert "Rule AUTO-2: the unit expires after 15 Dec 2026" in late.html
    lab.send(f"{P6}/units/AU-P6/reserve", {"day": "2026-12-15"})
    on(site, 16)
    assert "Unit AU-P6 expired after 15 Dec 2026: discard it." in lab.read("/autologous").html
    gone = lab.send(f"{P6}/units/AU-P6/transfuse", {"recipient": "DEMO-P6"}, 409)
    assert "Rule AUTO-2: unit AU-P6 expired after 15 Dec 2026. It can only be discarded." in gone.html


def test_nothing_known_is_nothing_met_and_checking_writes_nothing(site):
    on(site, 12)
    scientist = Someone(site, "scientist")
    code = planned(scientist, site, "2026-12-12")
    page = scientist.send(f"{P6}/collections/{code}/done", {"day": "2026-12-12", "do": "check"}, 200)
    held = [one.text for one in page.elements if one.has_class("held-unknown")]
    assert len(held) == 5  # the weight is on the patient's record, and the interval is known
    assert rows(site, AutologousCollection)[-1].status == "planned"
    scientist.send(f"{P6}/collections/{code}/cancel", {"reason": "not fit"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"platelets": "250,000"}, "write 250, not 250,000"),
        ({"platelets": "250 000"}, "write 250, not 250,000"),
        ({"platelets": "-3"}, "is no platelet count"),
        ({"haemoglobin": "98"}, "write 9.5, not 95"),
        ({"haemoglobin": "normal"}, "“normal” is not a number."),
        ({"day": "2027-01-03"}, "is still to come: record the collection when it is made."),
        ({"day": "31/02/2026"}, "is a day that does not exist"),
        ({"counted_on": "1926-12-14"}, "is more than 2 years away: check the year."),
        ({"access": "arm"}, "Choose the venous access from the list."),
        ({"note": "a\x07b"}, "holds characters that cannot be seen"),
    ],
)
def test_a_collection_that_cannot_be_true_is_refused_with_its_sentence(site, given, said):
    on(site, 14)
    lab = Someone(site, "laboratory")
    code = next((one.code for one in rows(site, AutologousCollection) if one.day.day == 14), None)
    code = code or planned(lab, site, "2026-12-14")
    typed = {**GOOD, "day": "2026-12-14", "counted_on": "2026-12-14", **given}
    page = lab.send(f"{P6}/collections/{code}/done", typed, 422)
    assert said in page.html
    assert rows(site, AutologousCollection)[-1].status == "planned"


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"end_on": "2026-12-31"}, 422, "A course that starts on 1 Jan 2027 cannot end before."),
        ({"end_on": "2027-12-31"}, 422, "A course lasts 120 days at most"),
        ({"name": " "}, 422, "Name the course."),
        ({"aplasia_days": "0"}, 422, "cannot be true here (from 1 to 120)"),
        ({"aplasia_days": "2.5"}, 422, "2.5"),
        ({"units_wanted": ""}, 422, "Say how many units are wanted"),
        ({"start_on": "2026-12-20"}, 409, "courses cannot share a day"),
    ],
)
def test_a_course_that_cannot_be_is_refused_with_its_sentence(story, site, given, status, said):
    on(site, 28)
    course = {"name": "Third", "start_on": "2027-01-01", "end_on": "2027-01-05", "aplasia_days": "28"}
    before = len(rows(site, ChemoCourse))
    page = story[0].send(f"{P2}/courses/new", {**course, "units_wanted": "1", **given}, status)
    assert said in page.html
    assert len(rows(site, ChemoCourse)) == before


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"content": "0"}, 422, "is no content of a unit in 10¹¹ platelets"),
        ({"content": "420"}, 422, "write 4.2 for 420 billion"),
        ({"volume_ml": "-5"}, 422, "cannot be true here"),
        ({"number": "AU-002"}, 409, "A unit has the number AU-002 already"),
        ({"number": "="}, 422, "Give the number of the unit"),
        ({"number": "A/../B"}, 422, "is no unit number"),
        ({"dmso_percent": ""}, 422, "Give the share of DMSO"),
        ({"method": "fresh"}, 422, "DMSO goes with a frozen unit only."),
        ({"method": "dry"}, 422, "Say how the unit is kept."),
        ({"location": ""}, 422, "Say where the unit is kept."),
    ],
)
def test_a_unit_that_cannot_be_is_refused_with_its_sentence(story, site, given, status, said):
    on(site, 28)
    of = next(one.collection_id for one in rows(site, AutologousUnit) if one.number == "AU-001")
    code = next(one.code for one in rows(site, AutologousCollection) if one.id == of)
    unit = {"number": "AU-9", "content": "4", "volume_ml": "60", "location": "F", "method": "frozen"}
    page = story[0].send(f"{P2}/collections/{code}/units/new", {**unit, "dmso_percent": "6", **given}, status)
    assert said in page.html
    assert "AU-9" not in [row.number for row in rows(site, AutologousUnit)]


def test_a_day_outside_every_window_needs_a_note_and_a_day_is_taken_once(story, site):
    on(site, 4)
    lab = story[0]
    page = lab.send(f"{P2}/collections/new", {"day": "2026-12-18", "note": ""}, 422)
    assert "This day lies in no window: say in the note why it is chosen." in page.html
    assert "already" in lab.send(f"{P2}/collections/new", {"day": "2026-12-04"}, 409).html


def test_a_form_that_somebody_overtook_loses_nothing(story, site):
    on(site, 28)
    lab, code = story[0], rows(site, ChemoCourse)[1].code
    page = lab.send(f"{P2}/courses/{code}/edit", {**SECOND, "units_wanted": "3", "version": "99"}, 409)
    assert "Somebody changed this while you were editing" in page.html
    assert rows(site, ChemoCourse)[1].units_wanted == 2


def test_only_those_who_see_patients_open_it_and_only_editors_change_it(story, site):
    for role in ("coordinator", "reader", "administrator"):
        Someone(site, role).read(P2, 403)
        Someone(site, role).read("/autologous", 403)
    Someone(site, "searcher").read(f"{P2}/courses/new")
    Someone(site, "laboratory").read("/patients/NOBODY/autologous", 404)
    Someone(site, "laboratory").read(f"{P2}/units/NONE-1", 404)
    Someone(site, "laboratory").read(f"{P2}/units/AU-001/swallow", 404)
