"""The pages before a campaign runs: drafts, plans, launches; what is wrong stands beside its field, nothing is lost."""

from datetime import date

import pytest
from sqlmodel import select, text

from domain.campaign_life import CampaignStatus
from domain.recruitment import Proportion, trials_needed
from models.audit import AuditEvent
from models.campaign import Campaign, Invitation, InvitationStep
from models.donor import Donor, DonorStatus
from models.patient import Patient
from tests.conftest import freeze
from tests.demo_site import Page
from tests.logins import log_in
from tests.recruiting import NOW, put_campaign, put_invitation
from tests.small_registry import put_small_registry

DRAFT = {"name": "CD36 in Cayenne", "target": "cd36_negative", "number_wanted": "1", "purpose": "stock"}
REGION = "Guyane"
RECRUITS = 12
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def site(app):
    """The small registry, and recruits of one region whom nobody ever tested."""
    freeze(app, NOW)
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        for number in range(RECRUITS):
            ancestry = "african" if number < 9 else "asian"
            columns = {"consent_contact": True, "status": DonorStatus.ACTIVE, "region": REGION, "ancestry": ancestry}
            columns |= {"eligible_from_day": 0, "created_at": NOW, "updated_at": NOW}
            session.add(Donor(donor_number=f"R{number:02d}", **columns))
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles: log_in(site.test_client(), site, *roles)


@pytest.fixture
def coordinator(visitor):
    return visitor("coordinator")


def ask(site, query):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(query).all()


def read(client, address, status=200) -> Page:
    answer = client.get(address, headers=ENGLISH)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, status=303, **fields):
    answer = client.post(address, data=fields, headers=ENGLISH)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer


def words_of(answer) -> str:
    return Page(answer.get_data(as_text=True)).one("main").text


def version(page: Page) -> str:
    return page.all("input", name="version")[0].attributes["value"]


def drafted(client, **more) -> str:
    """The address of a new campaign on the recruits."""
    answer = send(client, "/campaigns/new", **{**DRAFT, "regions": REGION, **more})
    return answer.location.removesuffix("/plan")


def planned(client, **more) -> str:
    address = drafted(client, **more)
    send(client, f"{address}/plan", version=version(read(client, f"{address}/plan")))
    return address


# --- drafts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give the campaign a name."),
        ({"target": ""}, "Say which phenotype is looked for."),
        ({"number_wanted": "0"}, "1 to 100"),
        ({"number_wanted": ""}, "Say how many donors are wanted."),
        ({"deadline": "2026-11-01"}, "it is over"),
        ({"purpose": "fame"}, "Say whom the campaign is for."),
        ({"target": "hpa_negative", "antigen": "HPA-99a"}, "HPA-99a"),
        ({"target": "hla_profile", "antigens": "A2 A999"}, "“A999” is no HLA antigen"),
        ({"target": "hla_profile"}, "Name the HLA antigens"),
        ({"min_answer_rate": "120 %"}, "a share lies above 0"),
        ({"eligible_within_days": "900"}, "366"),
    ],
)
def test_what_is_wrong_with_a_draft_is_said_and_what_was_typed_stays(coordinator, site, typed, said):
    answer = send(coordinator, "/campaigns/new", 422, **{**DRAFT, "reason": "Kept words", **typed})
    assert said in words_of(answer)
    assert "Kept words" in answer.get_data(as_text=True)
    assert ask(site, select(Campaign)) == []


def test_a_coordinator_names_no_patient_and_who_sees_patients_does(coordinator, visitor, site):
    assert "patient_number" not in read(coordinator, "/campaigns/new").html
    drafted(coordinator, purpose="patient", patient_number="P1")
    drafted(visitor("coordinator", "searcher"), purpose="patient", patient_number="P1", name="Both")
    assert [row.patient_id is not None for row in ask(site, select(Campaign).order_by(Campaign.id))] == [False, True]
    page = send(
        visitor("coordinator", "searcher"),
        "/campaigns/new",
        422,
        **{**DRAFT, "purpose": "patient", "patient_number": "P404"},
    )
    assert "There is no patient “P404”." in words_of(page)


def test_an_edit_by_who_may_not_see_patients_keeps_the_patient(coordinator, visitor, site):
    address = drafted(visitor("coordinator", "searcher"), purpose="patient", patient_number="P1")
    form = read(coordinator, f"{address}/edit")
    send(coordinator, f"{address}/edit", **{**DRAFT, "name": "Renamed", "purpose": "patient"}, version=version(form))
    [row] = ask(site, select(Campaign))
    [patient] = ask(site, select(Patient.id).where(Patient.patient_number == "P1"))
    assert (row.name, row.patient_id) == ("Renamed", patient)


def test_two_who_edit_one_campaign_do_not_lose_each_others_words(coordinator, visitor):
    address = drafted(coordinator)
    seen = version(read(coordinator, f"{address}/edit"))
    send(visitor("coordinator"), f"{address}/edit", **{**DRAFT, "name": "First"}, version=seen)
    answer = send(coordinator, f"{address}/edit", 409, **{**DRAFT, "name": "Second"}, version=seen)
    assert "Second" in answer.get_data(as_text=True)


# --- plans ------------------------------------------------------------------------------------------------------------


def test_the_plan_says_tests_contacts_and_who_could_be_invited(coordinator):
    text = read(coordinator, f"{drafted(coordinator)}/plan").one("main").text
    for words in ("119", "1,481", "74", "925", "42", "528", "27/334", "5.4%", "fewer than needed", "another region"):
        assert words in text, words


def test_ancestries_are_counted_for_coordinators_and_small_groups_hidden(coordinator):
    address = drafted(coordinator, ancestries=["african", "asian"])
    text = read(coordinator, f"{address}/plan").one("main").text
    assert "African 9" in text
    assert "Asian fewer than 5" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("prevalence=0&prevalence_source=s", "a share lies above 0"),
        ("prevalence=120%25&prevalence_source=s", "a share lies above 0"),
        ("prevalence=4%25", "Say where this prevalence comes from."),
        ("uptake=334/27", "334 found among 27 tried cannot be."),
        ("uptake=0/334", "The uptake is 0"),
        ("uptake=many", "no proportion"),
        ("chance=100%25", "lies above 0 and below 1"),
        ("chance=0", "lies above 0 and below 1"),
        ("cost_of_test=-3", "is no cost"),
    ],
)
def test_what_cannot_be_planned_with_is_said(coordinator, query, said):
    assert said in read(coordinator, f"{drafted(coordinator)}/plan?{query}", 422).one("main").text


def test_a_prevalence_of_one_needs_as_many_tests_as_finds(coordinator):
    page = read(
        coordinator, f"{drafted(coordinator, number_wanted='3')}/plan?prevalence=1&prevalence_source=s&uptake=1/1"
    )
    assert [cell.text for cell in page.rows("figure")][:2] == ["3", "3"]


def test_a_plan_is_kept_with_all_it_rests_on(coordinator, site):
    address = drafted(coordinator)
    seen = version(read(coordinator, f"{address}/plan"))
    given = {"prevalence": "5 %", "prevalence_source": "our laboratory", "uptake": "1/10", "cost_of_test": "30"}
    send(coordinator, f"{address}/plan", version=seen, **given)
    [row] = ask(site, select(Campaign))
    assert row.status is CampaignStatus.PLANNED
    assert row.plan["prevalence"]["source"] == "our laboratory"
    assert row.plan["tests"] == trials_needed(0.05, 0.95)
    assert row.plan["contacts"] == trials_needed(0.05 * 0.1, 0.95)
    low, high = Proportion(1, 10).interval(0.95)
    assert (row.plan["uptake"]["low"], row.plan["uptake"]["high"]) == (low, high)
    assert row.plan["cost"]["total"] == 30 * row.plan["tests"]
    assert row.plan["selected"] == RECRUITS
    send(coordinator, f"{address}/edit", **DRAFT, version=version(read(coordinator, f"{address}/edit")))
    assert ask(site, select(Campaign))[0].plan is None  # other criteria: the numbers no longer hold


def test_a_plan_without_anybody_to_invite_is_not_kept(coordinator):
    address = drafted(coordinator, abo="AB")
    answer = send(coordinator, f"{address}/plan", 409, version=version(read(coordinator, f"{address}/plan")))
    assert "Nobody can be invited" in words_of(answer)


def test_uptake_comes_from_our_campaigns_once_there_are_enough_contacts(coordinator, site):
    with site.extensions["phenotheque"].engines.write_session() as session:
        for place in range(9):
            campaign = put_campaign(session, f"Past {place}", status=CampaignStatus.CLOSED)
            for number in range(RECRUITS):
                sampled = {"sampled_at": NOW} if number < 3 else {}
                put_invitation(session, campaign, f"R{number:02d}", contacted_at=NOW, stage="lost", **sampled)
    assert "27/108" in read(coordinator, f"{drafted(coordinator)}/plan").one("main").text


# --- launches ---------------------------------------------------------------------------------------------------------


def launch(client, address, status=303):
    return send(client, f"{address}/step", status, step="launch", version=version(read(client, f"{address}/plan")))


def test_who_opted_out_between_plan_and_launch_is_not_invited_and_it_is_said(coordinator, site):
    address = planned(coordinator)
    with site.extensions["phenotheque"].engines.write_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == "R03")).one()
        donor.consent_contact, donor.consent_withdrawn_at = False, NOW
        session.add(donor)
    launch(coordinator, address)
    assert "11 donors are invited, of 12 planned" in read(coordinator, address).html
    numbers = ask(site, select(Donor.donor_number).join(Invitation, Invitation.donor_id == Donor.id))
    assert sorted(numbers) == [f"R{n:02d}" for n in range(RECRUITS) if n != 3]
    assert all(row.reasons for row in ask(site, select(Invitation)))


def test_a_launch_needs_a_plan_and_its_deadline_ahead(coordinator, visitor, site):
    address = drafted(coordinator)
    answer = launch(coordinator, address, 409)
    assert "the campaign is a draft" in words_of(answer)
    late = planned(coordinator, deadline="2026-11-25", name="Late")
    freeze(site, NOW.replace(month=12))
    assert "is over" in words_of(launch(visitor("coordinator"), late, 409))
    assert ask(site, select(Invitation)) == []


def test_a_donor_in_one_campaign_is_not_invited_by_another(coordinator, site):
    launch(coordinator, planned(coordinator))
    other = drafted(coordinator, name="Another")
    assert "another campaign is in touch with them 12" in read(coordinator, f"{other}/plan").one("main").text


def test_pause_resume_wave_and_end(coordinator, site):
    address = planned(coordinator, ancestries="african")
    launch(coordinator, address)
    steps = f"{address}/step"

    def take(step, status=303, **more):
        return send(coordinator, steps, status, step=step, version=version(read(coordinator, steps)), **more)

    assert "Choose" in words_of(take("pause", 422)) or "reason" in words_of(take("pause", 422)).casefold()
    take("pause", reason="holidays")
    assert "the campaign is paused" in words_of(take("wave", 409, number="5"))
    take("resume")
    assert "Nobody can be invited" in words_of(take("wave", 409, number="5"))
    assert "5,000" in words_of(take("wave", 422, number="0"))
    take("close", reason="found")
    assert "cannot be done now" in words_of(send(coordinator, steps, 409, step="resume", version=str(current(site))))
    assert ask(site, select(InvitationStep)) == []


def test_the_audit_keeps_neither_the_name_of_a_campaign_nor_why_it_paused_or_ended(coordinator, site):
    address = planned(coordinator, name="For the Durand family")
    launch(coordinator, address)
    paused = {"step": "pause", "reason": "Mrs Durand is travelling", "version": current(site)}
    send(coordinator, f"{address}/step", **paused)
    assert "Mrs Durand is travelling" in read(coordinator, address).one("main").text
    ended = {"step": "close", "reason": "Mrs Durand was found", "version": current(site)}
    send(coordinator, f"{address}/step", **ended)
    events = ask(site, select(AuditEvent).where(AuditEvent.subject_type == "campaign"))
    assert "Mrs Durand was found" in read(coordinator, address).one("main").text
    assert "Mrs Durand is travelling" not in read(coordinator, address).one("main").text
    stored = ask(site, text("SELECT pause_reason, closing_reason FROM campaign"))
    assert all(stored[0])
    assert "Durand" not in str(stored)
    assert {"campaign_created", "campaign_launched", "campaign_paused", "campaign_closed"} <= {
        event.action for event in events
    }
    assert "Durand" not in str([event.details for event in events])


def current(site) -> int:
    return ask(site, select(Campaign))[0].version_id


def test_only_who_runs_campaigns_plans_them(visitor, coordinator):
    address = drafted(coordinator)
    for role in ("searcher", "laboratory", "scientist"):
        read(visitor(role), "/campaigns")
        read(visitor(role), f"{address}/plan", 403)
    read(visitor("reader"), "/campaigns", 403)


def test_deadlines_may_be_today(coordinator, site):
    drafted(coordinator, deadline="2026-11-24")
    assert ask(site, select(Campaign))[0].deadline == date(2026, 11, 24)


def test_a_plan_says_which_of_its_numbers_nobody_has_confirmed(coordinator):
    address = drafted(coordinator)
    derived = "The prevalence chosen is derived or a point of ours"
    for figure, unconfirmed in (("african_middle", True), ("african_low", False)):
        page = read(coordinator, f"{address}/plan?figure={figure}&uptake=27/334&chance=0.95")
        assert (derived in page.html) is unconfirmed
        assert "9 rows of the table of contacts are to be confirmed by the medical lead." in page.html
