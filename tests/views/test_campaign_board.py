"""The board of a campaign and its lists: who sees what, what one press does, and what is said of a refusal."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.campaign_life import CampaignStatus, Stage
from models.account import Role
from models.audit import AuditEvent
from models.campaign import Campaign, Invitation, InvitationStep, Purpose
from models.donor import Donor, DonorStatus
from models.patient import Patient
from services.accounts.permissions import ROLE_PERMISSIONS, Permission
from tests.conftest import freeze
from tests.demo_site import Page
from tests.logins import log_in
from tests.recruiting import NOW, put_campaign, put_invitation
from tests.small_registry import IDENTITY, PERSONAL, put_small_registry

DONORS = ("PT0001", "PT0002", "PT0007")
TYPED = "Rings at <b>noon</b>"


@pytest.fixture
def site(app):
    """The application on the small registry on a working day, with a campaign that invites three donors."""
    freeze(app, NOW)
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        patient = session.exec(select(Patient).where(Patient.patient_number == "P1")).one()
        campaign = put_campaign(session, purpose=Purpose.PATIENT, patient_id=patient.id, reason="for Mrs Secret")
        for place, number in enumerate(DONORS):
            put_invitation(session, campaign, number, place=place)
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles, login=None: log_in(site.test_client(), site, *roles, login=login)


@pytest.fixture
def coordinator(visitor):
    return visitor("coordinator")


def ask(site, query):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(query).all()


@pytest.fixture
def address(site):
    (code,) = ask(site, select(Campaign.code))
    return f"/campaigns/{code}"


def invitations(site) -> list[Invitation]:
    return ask(site, select(Invitation).order_by(Invitation.place))


def read(client, address, status=200) -> Page:
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, given, status=303):
    answer = client.post(address, data=given, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer


def press(client, address, row, outcome, status=303, **more):
    given = {"outcome": outcome, "channel": "phone", "version": row.version_id, **more}
    return send(client, f"{address}/invitations/{row.code}/outcome", given, status)


def shown_in(page: Page, *texts: str) -> list[str]:
    return [text for text in texts if text in page.html]


def test_the_board_shows_numbers_and_no_donor(visitor, address):
    for role in [role for role in Role if Permission.SEE_CAMPAIGNS in ROLE_PERMISSIONS[role]]:
        page = read(visitor(role.value), address)
        assert page.one("h1").text == "CD36-negative donors"
        assert "Invited 3 — — 925 −922" in page.one("main", id="main").text
        assert "9 rows of the table of contacts are to be confirmed by the medical lead." in page.html
        assert shown_in(page, *DONORS, *PERSONAL, "Mrs Secret") == []
        sees_patient = Permission.SEE_PATIENTS in ROLE_PERMISSIONS[role]
        assert bool(page.all("a", href="/patients/P1")) is sees_patient
        assert ("P1<" in page.html) is sees_patient
        runs = Permission.RUN_CAMPAIGNS in ROLE_PERMISSIONS[role]
        assert bool(page.all("a", href=f"{address}/calls")) is runs


def test_only_who_runs_campaigns_opens_a_list_or_records(site, visitor, address):
    row = invitations(site)[0]
    for role in [role for role in Role if Permission.RUN_CAMPAIGNS not in ROLE_PERMISSIONS[role]]:
        client = visitor(role.value)
        sees = Permission.SEE_CAMPAIGNS in ROLE_PERMISSIONS[role]
        assert client.get(address).status_code == (200 if sees else 403)
        assert client.get(f"{address}/calls").status_code == 403
        assert client.get(f"{address}/invitations/{row.code}/opt-out").status_code == 403
        for deed in ("claim", "outcome", "deed"):
            assert client.post(f"{address}/invitations/{row.code}/{deed}").status_code == 403
    assert invitations(site)[0].version_id == row.version_id


def test_the_page_of_a_donor_says_their_campaigns_to_who_runs_them(site, visitor, coordinator, address):
    row = invitations(site)[0]
    press(coordinator, address, row, "later", later_on="2026-12-24")
    page = read(coordinator, f"/donors/{DONORS[0]}")
    said = page.one("section", aria_labelledby="campaigns-title")
    assert said.text.startswith("Campaigns CD36-negative donors (running) · later · contacted on ")
    assert "The donor was already contacted today" in said.text
    assert page.one("a", href=address).text == "CD36-negative donors"
    assert "P1" not in said.text.replace("PT", "")
    assert "Campaigns" not in read(coordinator, "/donors/PT0009").one("main", id="main").text
    for role in [role for role in Role if Permission.SEE_DONORS in ROLE_PERMISSIONS[role]]:
        page = read(visitor(role.value), f"/donors/{DONORS[0]}")
        sees = Permission.RUN_CAMPAIGNS in ROLE_PERMISSIONS[role]
        assert bool(page.all("section", aria_labelledby="campaigns-title")) is sees


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": DonorStatus.INACTIVE}, "No longer an active donor: do not call."),
        ({"consent_contact": False}, "No consent to be contacted: do not call."),
    ],
)
def test_the_page_of_a_donor_says_why_nobody_may_call_them(site, coordinator, address, change, sentence):
    with site.extensions["phenotheque"].engines.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == DONORS[0])).one()
        for name, value in change.items():
            setattr(donor, name, value)
    said = read(coordinator, f"/donors/{DONORS[0]}").one("section", aria_labelledby="campaigns-title")
    assert said.text.endswith(f"selected {sentence}")
    press(coordinator, address, invitations(site)[0], "no_answer", status=409)


def test_nothing_hinders_a_call_of_a_campaign_that_has_ended(site, coordinator, address):
    with site.extensions["phenotheque"].engines.write_session() as session:
        session.exec(select(Campaign)).one().status = CampaignStatus.CLOSED
        donor = session.exec(select(Donor).where(Donor.donor_number == DONORS[0])).one()
        donor.status = DonorStatus.INACTIVE
    said = read(coordinator, f"/donors/{DONORS[0]}").one("section", aria_labelledby="campaigns-title")
    assert said.text == "Campaigns CD36-negative donors (no longer running) · selected"


def test_a_prevalence_is_tried_and_one_that_cannot_be_is_said(coordinator, address):
    assert "about 119 more tests for a chance of 95%" in read(coordinator, f"{address}?prevalence=2,5 %").html
    page = read(coordinator, f"{address}?prevalence=120 %", status=422)
    assert page.one("input", id="prevalence").attributes["value"] == "120 %"
    assert "120 %" in page.one("p", id="prevalence-fault").text


def test_the_list_names_donors_and_the_trail_says_so(site, coordinator, address):
    page = read(coordinator, f"{address}/calls")
    assert IDENTITY["last_name"] in page.html
    assert len(page.rows("invited")) == 3
    assert "P1" not in page.one("main", id="main").text.replace("PT", "")
    (event,) = ask(site, select(AuditEvent).where(AuditEvent.action == "donor_identities_seen"))
    assert (event.subject_type, event.details["donors"]) == ("call_list", list(DONORS))
    assert not any(text in str(event.details) for text in PERSONAL)


def test_one_press_records_and_leads_to_the_next_donor(site, coordinator, address):
    first, second, _ = invitations(site)
    page = read(coordinator, f"{address}/calls")
    buttons = [one for one in page.all("button", name="outcome") if one.attributes["value"] == "agreed"]
    assert {one.attributes["aria-keyshortcuts"] for one in buttons} == {"a"}
    answer = press(coordinator, address, first, "agreed", next=second.code, note=TYPED)
    assert answer.headers["Location"] == f"{address}/calls#call-{second.code}"
    page = read(coordinator, f"{address}/calls")
    assert "PT0001: Agrees." in page.html
    assert len(page.rows("invited")) == 2
    listed = read(coordinator, f"{address}/calls?list=to_sample")
    assert "Rings at &lt;b&gt;noon&lt;/b&gt;" in listed.html
    assert "Give the appointment" in listed.html


def test_a_refused_press_says_why_beside_the_donor_and_keeps_what_was_typed(site, coordinator, address):
    row = invitations(site)[0]
    answer = press(coordinator, address, row, "later", status=422, note=TYPED)
    page = Page(answer.get_data(as_text=True))
    assert "Give the day from which" in page.one("div", id="faults").text
    assert page.all("input", name="note")[0].attributes["value"] == TYPED
    answer = press(coordinator, address, row, "agreed", status=409, version=99)
    assert "changed" in Page(answer.get_data(as_text=True)).one("div", id="faults").text
    press(coordinator, address, row, "agreed", status=422, channel="pigeon")
    assert invitations(site)[0].stage is Stage.SELECTED


def test_a_refusal_about_a_donor_no_longer_listed_is_said_above_the_list(site, coordinator, address):
    row = invitations(site)[0]
    press(coordinator, address, row, "no_answer")
    freeze(site, NOW + timedelta(minutes=5))
    answer = press(coordinator, address, row, "agreed", status=409, note=TYPED, version=invitations(site)[0].version_id)
    said = Page(answer.get_data(as_text=True)).one("div", id="faults").text
    assert "already contacted today" in said
    assert TYPED in said


def test_who_is_called_by_another_is_marked_so(site, visitor, coordinator, address):
    row = invitations(site)[0]
    answer = send(coordinator, f"{address}/invitations/{row.code}/claim", {})
    assert answer.headers["Location"].endswith(f"#call-{row.code}")
    assert "yours to call until" in read(coordinator, f"{address}/calls").html
    other = visitor("coordinator", login="other")
    assert "is calling, until" in read(other, f"{address}/calls").html
    answer = send(other, f"{address}/invitations/{row.code}/claim", {}, status=409)
    assert "is on the phone with this donor" in answer.get_data(as_text=True)


def test_an_opt_out_is_asked_once_more_and_holds(site, coordinator, address):
    row = invitations(site)[1]
    page = read(coordinator, f"{address}/invitations/{row.code}/opt-out")
    assert page.one("h1").text == "No more contact with PT0002"
    assert shown_in(page, *PERSONAL) == []
    press(coordinator, address, row, "opt_out", channel="incoming")
    assert invitations(site)[1].stage is Stage.OPTED_OUT
    (consent,) = ask(site, select(Donor.consent_contact).where(Donor.donor_number == "PT0002"))
    assert not consent
    listed = read(coordinator, f"{address}/calls?list=lost")
    assert "No consent to be contacted" in listed.html
    assert shown_in(listed, *PERSONAL) == []


def test_appointments_and_samples_are_recorded_on_the_list(site, coordinator, address):
    row = invitations(site)[0]
    press(coordinator, address, row, "agreed")
    deeds = f"{address}/invitations/{row.code}/deed"

    def do(deed, status=303, **more):
        given = {"deed": deed, "version": invitations(site)[0].version_id, "list": "to_sample", "channel": "phone"}
        given |= more
        return send(coordinator, deeds, given, status)

    do("appoint", 422, appointment_at="soon")
    do("appoint", 422)
    do("appoint", 422, appointment_at="2026-11-25T09:15", channel="pigeon")
    chosen = [
        one for one in read(coordinator, f"{address}/calls?list=to_sample").all("option", value="phone")
        if "selected" in one.attributes
    ]  # fmt: skip
    assert len(chosen) == 1  # the call in which the donor agreed goes on; another contact waits until tomorrow
    do("dance", 422)
    do("appoint", appointment_at="2026-11-25T09:15")
    assert invitations(site)[0].appointment_at == NOW.replace(day=25, hour=8, minute=15)
    assert "Wednesday" not in read(coordinator, f"{address}/calls?list=reminders").html
    assert "25 Nov 2026 09:15" in read(coordinator, f"{address}/calls?list=to_sample").html
    do("miss", 409)
    do("sample")
    assert invitations(site)[0].stage is Stage.SAMPLED
    do("lose", 422)
    do("lose", lost_reason="medical")
    assert invitations(site)[0].lost_reason == "medical"


def test_tomorrows_appointments_are_reminders_and_stand_on_the_first_page(site, coordinator, address):
    with site.extensions["phenotheque"].engines.write_session() as session:
        row = session.exec(select(Invitation).order_by(Invitation.place)).first()
        row.stage, row.appointment_at = Stage.APPOINTED, NOW + timedelta(days=1)
    assert len(read(coordinator, f"{address}/calls?list=reminders").rows("invited")) == 1
    tile = read(coordinator, "/").one("section", **{"aria-labelledby": "campaigns-due-title"}).text
    assert "To call today 2" in tile
    assert "Reminders 1" in tile


def test_a_campaign_that_does_not_run_says_so_and_offers_no_outcome(site, coordinator, address):
    for status in [one for one in CampaignStatus if one is not CampaignStatus.RUNNING]:
        with site.extensions["phenotheque"].engines.write_session() as session:
            session.exec(select(Campaign)).one().status = status
        assert "This campaign is" in read(coordinator, address).html
        page = read(coordinator, f"{address}/calls?list=all")
        assert page.all("button", name="outcome") == []
        assert "the campaign is not running" in read(coordinator, f"{address}/calls").html
        press(coordinator, address, invitations(site)[0], "agreed", status=409)
    assert ask(site, select(InvitationStep)) == []


def test_an_address_that_leads_nowhere_says_so(coordinator, address):
    for path in ("/calls?list=secret", "/calls?page=0"):
        assert coordinator.get(address + path).status_code == 400
    for path in ("/invitations/none/opt-out", "x", "x/calls"):
        assert coordinator.get(address + path).status_code == 404


def test_a_right_used_near_midnight_is_of_the_day_where_the_registry_is_kept(site, visitor):
    late = NOW.replace(hour=23, minute=30)  # half past midnight there
    freeze(site, late)
    with site.extensions["phenotheque"].engines.write_session() as session:  # no gift to trace
        for row in session.exec(select(Donor).where(Donor.donor_number.in_(DONORS))).all():
            row.last_donation_on = row.last_donation_type = row.donations_12m = None
    pages = {"consent": {"agreed": "withdrawn", "on": "25/11/2026"}, "restriction": {}, "erasure": {}}
    coordinator = visitor("coordinator")
    for number, (page, more) in zip(DONORS, pages.items(), strict=True):
        (version,) = ask(site, select(Donor.version_id).where(Donor.donor_number == number))
        given = {"version": version, "reason": "asked", "repeated_number": number, **more}
        send(coordinator, f"/donors/{number}/{page}", given)
    found = ask(site, select(InvitationStep).order_by(InvitationStep.id))
    assert [(one.step.value, one.on_day) for one in found] == [
        (step, late.date() + timedelta(days=1)) for step in ("opt_out", "lose", "lose")
    ]
    assert {one.at for one in found} == {late}
