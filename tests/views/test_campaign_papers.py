"""Letters, call sheets and mail merges: whom they name, what they never hold, and what the trail keeps."""

import csv
import io
import time
from datetime import timedelta

import pytest
from sqlmodel import select

from domain.errors import UnusableInput
from models.audit import AuditEvent
from models.campaign import Campaign, Invitation, InvitationStep, Purpose
from models.donor import Donor, DonorIdentity
from services.campaigns.contact_rules import contact_rules
from services.documents.letters import Letter, check_text, letters_pdf
from tests.conftest import NOW
from tests.logins import log_in

PAGE = "/campaigns/c1/papers"
TEXT = "Dear {first_name} {last_name},\n\nplease call us."


@pytest.fixture
def site(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        campaign = Campaign(
            code="c1", name="CD36 2026", purpose=Purpose.STOCK, target={"kind": "cd36_negative"}, created_at=NOW,
            created_by="t", status="running", reason="for Mme SECRET",
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        for n in range(1, 5):
            donor = Donor(
                donor_number=f"D{n}", consent_contact=n != 3, ancestry="Africa", cd36="positive", created_at=NOW,
                updated_at=NOW,
            )  # fmt: skip
            session.add(donor)
            session.flush()
            session.add(DonorIdentity(donor_id=donor.id, last_name=f"=NAME{n}", first_name="Awa", postcode="75012"))
            stage = "refused" if n == 4 else "selected"
            session.add(
                Invitation(
                    code=f"i{n}", campaign_id=campaign.id, donor_id=donor.id, place=n, stage=stage, selected_at=NOW
                )
            )
    return app


@pytest.fixture
def coordinator(site):
    return log_in(site.test_client(), site, "coordinator")


def rows(site, of):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(of)).all()


def test_a_mail_merge_names_those_alone_who_may_be_contacted_and_the_trail_says_whom(site, coordinator):
    answer = coordinator.post(PAGE, data={"what": "csv", "language": "en"})
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8-sig")
    numbers = [cells[0] for cells in csv.reader(io.StringIO(text), delimiter=";") if cells and cells[0][:1] == "D"]
    assert {"D1", "D2"} <= set(numbers)
    assert not {"D3", "D4"} & set(numbers)
    assert not any(word in text for word in ("Africa", "SECRET", "positive", "CD36"))
    assert "\n=" not in text
    assert ";=" not in text  # a spreadsheet would read a formula
    seen = [row for row in rows(site, AuditEvent) if row.action == "donor_identities_seen"]
    assert [row.details["donors"] for row in seen] == [["D1", "D2"]]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_letters_begin_in_the_language_of_the_text_that_is_shown(coordinator, language):
    page = coordinator.get(PAGE, headers={"Accept-Language": language}).get_data(as_text=True)
    assert f'<option value="{language}" selected>' in page
    assert ("Dear {first_name}" in page) is (language == "en")


@pytest.mark.parametrize(("what", "begins"), [("letters", b"%PDF"), ("calls", b"%PDF"), ("xlsx", b"PK")])
def test_each_paper_is_a_file(coordinator, what, begins):
    answer = coordinator.post(PAGE, data={"what": what, "text": TEXT, "language": "fr"})
    assert (answer.status_code, answer.get_data()[: len(begins)]) == (200, begins)


@pytest.mark.parametrize(("what", "renderer"), [("letters", "letters_pdf"), ("calls", "write_document")])
def test_no_writer_waits_for_a_rendering_and_one_that_fails_is_said_and_keeps_its_trail(
    site, coordinator, monkeypatch, what, renderer
):
    def fail(*args, **given):
        with site.extensions["phenotheque"].engines.write_session():  # refused where another writer is not done
            raise RuntimeError("no more room")

    monkeypatch.setattr(f"views.campaigns.papers.{renderer}", fail)
    site.config["PROPAGATE_EXCEPTIONS"] = False
    answer = coordinator.post(
        PAGE, data={"what": what, "text": TEXT, "language": "en"}, headers={"Accept-Language": "en"}
    )
    assert (answer.status_code, "This page failed" in answer.get_data(as_text=True)) == (500, True)
    seen = [row for row in rows(site, AuditEvent) if row.action == "donor_identities_seen"]
    assert [row.details["paper"] for row in seen] == [what]


def test_letters_that_lack_a_name_show_nobody_and_leave_no_trail_of_it(site, coordinator):
    with site.extensions["phenotheque"].engines.write_session() as session:
        nameless = session.exec(select(DonorIdentity)).first()
        nameless.last_name = ""
        session.add(nameless)
    answer = coordinator.post(PAGE, data={"what": "letters", "text": TEXT}, headers={"Accept-Language": "en"})
    assert (answer.status_code, "no name on record" in answer.get_data(as_text=True)) == (409, True)
    assert not [row for row in rows(site, AuditEvent) if row.action == "donor_identities_seen"]


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"what": "letters", "text": ""}, 422, "The text of the letter is needed"),
        ({"what": "letters", "text": "Hello {patient}"}, 422, "patient"),
        ({"what": "calls", "stage": "confirmed"}, 422, "Nobody is written to"),
        ({"what": "calls", "wave": "7"}, 409, "No donor of this list"),
    ],
)
def test_a_paper_that_cannot_be_made_says_why(coordinator, given, status, words):
    answer = coordinator.post(PAGE, data=given, headers={"Accept-Language": "en"})
    assert (answer.status_code, words in answer.get_data(as_text=True)) == (status, True)


def test_letters_noted_as_sent_are_contacts_once_a_day(site, coordinator):
    assert coordinator.post(PAGE + "/sent").status_code == 303
    assert coordinator.post(PAGE + "/sent").status_code == 303
    steps = rows(site, InvitationStep)
    assert [(row.step.value, row.channel.value) for row in steps] == [("contact", "letter")] * 2


def test_no_letter_is_noted_to_a_donor_at_the_yearly_cap(site, coordinator):
    most = contact_rules().most_contacts_12m
    assert coordinator.post(PAGE + "/sent").status_code == 303
    with site.extensions["phenotheque"].engines.write_session() as session:
        for step in session.exec(select(InvitationStep)).all():
            capped = step.donor_id == 1
            step.on_day -= timedelta(days=200)
            session.add(step)
            for n in range(1, most if capped else 1):
                copied = step.model_dump(exclude={"id", "on_day", "step", "from_stage", "to_stage", "channel"})
                same = {name: getattr(step, name) for name in ("step", "from_stage", "to_stage", "channel")}
                session.add(InvitationStep(**copied, **same, on_day=step.on_day - timedelta(days=n)))
        for invitation in session.exec(select(Invitation)).all():
            invitation.attempts = 0
            session.add(invitation)
    before = len(rows(site, InvitationStep))
    assert coordinator.post(PAGE + "/sent").status_code == 303
    assert [row.donor_id for row in rows(site, InvitationStep)[before:]] == [2]


@pytest.mark.parametrize("role", ["laboratory", "searcher", "reader", "scientist"])
def test_nobody_else_makes_papers(site, role):
    other = log_in(site.test_client(), site, role)
    assert [other.get(PAGE).status_code, other.post(PAGE).status_code] == [403, 403]
    assert other.post(PAGE + "/sent").status_code == 403


def test_letters_for_334_donors_take_at_most_five_seconds():
    letters = [Letter("Awa", f"Name {n}", ["75012"], f"D{n}") for n in range(334)]
    begun = time.perf_counter()
    content = letters_pdf(letters, text=TEXT, sender="Centre", locale="en", at=NOW)
    assert content.startswith(b"%PDF")
    assert time.perf_counter() - begun < 5


def test_a_placeholder_nobody_knows_is_refused():
    with pytest.raises(UnusableInput, match="letter_placeholder_unknown"):
        check_text("Hello {ancestry}")
