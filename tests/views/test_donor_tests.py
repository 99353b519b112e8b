"""The pages of results: by hand, from a file, withdrawn, on the donor's page, and who may."""

import io

import pytest
from sqlmodel import select

from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor
from tests.conftest import NOW, TODAY
from tests.demo_site import Page
from tests.logins import log_in
from tests.reserving import FREE
from tests.small_registry import put_small_registry

PAGE = "/campaigns/c1/results"


@pytest.fixture
def site(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        campaign = Campaign(
            code="c1", name="CD36 2026", purpose=Purpose.STOCK, target={"kind": "cd36_negative"}, created_at=NOW,
            created_by="t",
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        donor.cd36 = ""
        session.add(Invitation(code="i1", campaign_id=campaign.id, donor_id=donor.id, stage="agreed", selected_at=NOW))
    return app


@pytest.fixture
def laboratory(site):
    return log_in(site.test_client(), site, "laboratory")


def typed(**changed):
    given = {
        "donor_number": FREE, "analyte": "CD36", "platelets": "negative", "monocytes": "negative",
        "sample_code": "S1", "tested_on": TODAY.isoformat(),
    }  # fmt: skip
    return {**given, **changed}


def stage(site):
    with site.extensions["phenotheque"].engines.read_session() as session:
        donor = session.exec(select(Donor).where(Donor.donor_number == FREE)).one()
        return session.exec(select(Invitation)).one().stage.value, donor.cd36


def test_a_result_by_hand_and_its_second_sample(site, laboratory):
    assert laboratory.post(PAGE, data=typed()).status_code == 303
    assert stage(site) == ("tested", "negative type I")
    assert laboratory.post(PAGE, data=typed(sample_code="S2")).status_code == 303
    assert stage(site) == ("confirmed", "negative type I")
    page = Page(laboratory.get(PAGE, headers={"Accept-Language": "en"}).get_data(as_text=True))
    assert "confirmed by two samples" in page.html
    assert "confirmed by two samples" in laboratory.get(f"/donors/{FREE}", headers={"Accept-Language": "en"}).get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"donor_number": "NOBODY"}, 404, ""),
        ({"platelets": "blue"}, 422, "blue"),
        ({"sample_code": ""}, 422, "The number of the sample is needed"),
        ({"tested_on": "2030-01-01"}, 422, "has not come yet"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_its_reason(site, laboratory, changed, status, words):
    answer = laboratory.post(PAGE, data=typed(**changed), headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert stage(site) == ("agreed", "")


@pytest.mark.parametrize(("mode", "after"), [("check", ("agreed", "")), ("diff", ("tested", "negative type II"))])
def test_a_file_is_checked_or_imported(site, laboratory, mode, after):
    text = f"donneur;analyse;plaquettes;monocytes;échantillon;testé le\n{FREE};CD36;neg;pos;S1;20/11/2026\n"
    given = {"mode": mode, "file": (io.BytesIO(text.encode()), "lab.csv")}
    answer = laboratory.post(PAGE + "/file", data=given, headers={"Accept-Language": "en"})
    assert (answer.status_code, "1 new" in answer.get_data(as_text=True)) == (200, True)
    assert stage(site) == after


def test_a_withdrawn_result_no_longer_counts_and_the_invitation_goes_back(site, laboratory):
    laboratory.post(PAGE, data=typed())
    assert laboratory.post("/donor-tests/1/withdraw", data={"reason": ""}).status_code == 422
    assert laboratory.post("/donor-tests/1/withdraw", data={"reason": "wrong tube"}).status_code == 303
    assert stage(site) == ("sampled", "")


@pytest.mark.parametrize("role", ["searcher", "scientist", "reader"])
def test_others_neither_see_nor_record(site, role):
    other = log_in(site.test_client(), site, role)
    assert other.get(PAGE).status_code == 403
    assert other.post(PAGE, data=typed()).status_code == 403
