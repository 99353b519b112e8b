"""The night after a new serum, and after a donor was confirmed CD36-negative, through the site (issue 6, acceptance 3)."""

import re
from datetime import timedelta
from threading import Event

import pytest
from sqlmodel import select

from domain.campaign_life import Stage
from jobs.daily import run_daily
from jobs.requests import do_next
from models.account import Account
from models.campaign import Campaign
from models.outbox import OutboxMessage
from models.patient import Patient
from models.subscription import Notice, Subscription, Topic
from services.accounts.person import person_of
from services.standing_searches.telling import tell
from services.subscriptions.subscribing import Wanted, subscribe
from services.synthetic.demo_sera import ANTIBODY_FOLDER
from tests import mailing, recruiting
from tests.conftest import close, freeze
from tests.demo_site import NOW, make_demo_site, take_keys
from tests.standing import changes, direct
from tests.views.test_campaign_story import HEADINGS, Browser, line

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
LATER = "DEMO-S12"
SUBSCRIBED = [  # login, role, patient; "" is all, None nothing
    ("of-p1", "laboratory", "DEMO-P1"), ("of-p2", "scientist", "DEMO-P2"), ("of-all", "searcher", ""), ("of-none", "searcher", None),
]  # fmt: skip
TIME = {"eligible_again", "deferred", "not_eligible"}  # what a day that passes does by itself
FIRST, SECOND, THIRD = (NOW + timedelta(days=days) for days in (1, 2, 3))


@pytest.fixture(scope="module")
def made(tmp_path_factory, migrated_sqlite):
    app = make_demo_site(tmp_path_factory.mktemp("night"), migrated_sqlite)
    yield app
    close(app)


@pytest.fixture
def site(made):
    take_keys(made)
    return made


def night(site, moment):
    """What the jobs process does in a night, and the changes that are kept, by patient."""
    freeze(site, moment)
    runtime = site.extensions["phenotheque"]
    while do_next(runtime, Event()):
        pass
    for job in ("standing_searches", "deliver_news"):
        run = run_daily(runtime, job, again=True)
        assert run.status == "done", run
    with runtime.engines.read_session() as session:
        return {number: changes(session, number) for number in ("DEMO-P1", "DEMO-P2", "DEMO-P3")}


def news(site, moment, number):
    with site.extensions["phenotheque"].engines.read_session() as session:
        patient = session.exec(select(Patient.id).where(Patient.patient_number == number)).one()
        asked = {"topic": Topic.STANDING_SEARCHES, "scope": {"patient": patient}, "created_at": NOW, "created_by": "x"}
        return tell(session, Subscription(code="x", account_id=1, **asked), moment.date(), None)


def subscribe_people(site):
    """Two people to one patient each, one to all standing searches; a fourth to nothing. All have an address."""
    with site.extensions["phenotheque"].engines.write_session() as session:
        for login, role, patient in SUBSCRIBED:
            account = mailing.put_reader(session, login, email=f"{login}@example.org", roles=(role,))
            if patient is not None:
                wanted = Wanted("standing_searches", scope="patient" if patient else "all", patient=patient)
                subscribe(session, wanted, by=person_of(session, account), now=NOW)


def told_on(site, moment):
    """By login, what the inbox got that day beside what a day brings by itself: (patient, what, cause, count)."""
    found = {}
    with site.extensions["phenotheque"].engines.read_session() as session:
        query = select(Account.login, Notice).join(Notice, Notice.account_id == Account.id)
        names = [login for login, *_ in SUBSCRIBED]
        for login, notice in session.exec(query.where(Notice.local_day == moment.date())):
            if login in names:
                lines = [(line["code"], line["params"]) for line in notice.news["lines"]]
                kept = [(code, said) for code, said in lines if said["reason"].rpartition(".")[2] not in TIME]
                found[login] = [
                    (said["patient"], code.rpartition(".")[2], said["reason"].rpartition(".")[2], said["count"])
                    for code, said in kept
                ]
                mails = session.exec(
                    select(OutboxMessage).where(OutboxMessage.dedupe_key == f"news-{notice.code}")
                ).all()
                assert [one.account_id for one in mails] == [notice.account_id]
    return found


def free_and_unscreened(site):
    """A donor compatible with DEMO-P2 but for a CD36 that nobody tested, and who may give."""
    client = Browser(site, "searcher").client
    asked = {"patient": "DEMO-P2", "threshold": 1000, "limit": 1000, "on": THIRD.date().isoformat()}
    donors = client.post("/api/v1/searches", json=asked).get_json()["donors"]
    free = [one for one in donors if one["verdict"] == "unknown" and one["first_eligible_on"] == asked["on"]]
    return next(one["donor_number"] for one in free if typed_for_hla(one))


def typed_for_hla(one):
    return all(value["reaction"] == "negative" for value in one["values"]) and len(one["values"]) == 4


def invited(site, number):
    """The donor came for a sample in the demo site's campaign, whose address it is."""
    times = dict.fromkeys(("contacted_at", "answered_at", "agreed_at", "sampled_at"), NOW)
    with site.extensions["phenotheque"].engines.write_session() as session:
        campaign = session.exec(select(Campaign).where(Campaign.name == "CD36-negative donors")).first()
        recruiting.put_invitation(session, campaign, number, place=9, stage=Stage.SAMPLED, **times)
        return f"/campaigns/{campaign.code}"


def send_weaker_serum(laboratory):
    """DEMO-P1's serum a month of treatment later, with a tenth of each MFI, as the laboratory imports it."""
    rows = [row.split(",") for row in (ANTIBODY_FOLDER / "p1.csv").read_text().splitlines()]
    later = [[LATER, row[1], row[2], "23-11-2026", *row[4:6], str(int(row[6]) // 10)] for row in rows[1:]]
    content = "\n".join(",".join(row) for row in [rows[0], *later])
    address = laboratory.send_file("/imports/new", content.encode(), status=303, kind="antibodies").location
    seen = re.search(r'name="seen" value="([^"]*)"', laboratory.read(address).html)[1]
    laboratory.send(f"{address}/confirm", seen=seen)


def test_each_night_says_exactly_what_happened_to_whom_it_concerns(site):
    with site.extensions["phenotheque"].engines.write_session() as session:
        direct(session, "DEMO-P1")
    Browser(site, "searcher").send("/standing-searches/DEMO-P1/watch")
    subscribe_people(site)
    night(site, FIRST)

    send_weaker_serum(Browser(site, "laboratory"))
    found = night(site, SECOND)
    assert {cause for _, cause in found["DEMO-P1"].values()} - TIME == {"new_serum"}
    assert [cause for by in (found["DEMO-P2"], found["DEMO-P3"]) for _, cause in by.values() if cause not in TIME] == []
    lines = [one.params for one in news(site, SECOND, "DEMO-P1").lines if one.code == "standing_line.new"]
    freed = next(one["count"] for one in lines if one["reason"] == "standing_cause.new_serum")
    shown = Browser(site, "searcher").read("/standing-searches/DEMO-P1").one("main").text
    assert f"another serum {freed:,}" in shown
    assert f"→ {LATER}" in shown
    told = told_on(site, SECOND)
    assert told["of-p1"] == told["of-all"]
    assert told["of-p1"][0] == ("DEMO-P1", "new", "new_serum", freed)
    assert {(patient, cause) for patient, _, cause, _ in told["of-p1"]} == {("DEMO-P1", "new_serum")}
    assert (told.get("of-p2", []), "of-none" in told) == ([], False)

    rare = free_and_unscreened(site)
    campaign, laboratory = invited(site, rare), Browser(site, "laboratory")
    for sample in ("N1", "N2"):
        result = HEADINGS + line(rare, sample, "negative", SECOND)
        laboratory.send_file(f"{campaign}/results/file", result.encode(), mode="diff")
    found = night(site, THIRD)
    assert found["DEMO-P2"].pop(rare) == ("new", "new_typing")
    assert [one for by in found.values() for one in by.items() if one[0] == rare or one[1][1] not in TIME] == []
    assert "CD36 not typed → negative" in Browser(site, "searcher").read("/standing-searches/DEMO-P2").one("main").text
    told = told_on(site, THIRD)
    assert told["of-p2"] == told["of-all"] == [("DEMO-P2", "new", "new_typing", 1)]
    assert (told.get("of-p1", []), "of-none" in told) == ([], False)
    night(site, THIRD)
    assert told_on(site, THIRD) == told
    assert news(site, THIRD, "DEMO-P2").summary.params["new"] >= 1
