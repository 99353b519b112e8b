"""The site on the demo, for tests of views and pages, and a page as the list of its elements."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path

from sqlmodel import select

from domain.campaign_life import Stage
from domain.timetable import Missed, Timetable
from jobs.availability import snapshot_availability
from models.account import Account
from models.crypto import configure_keys
from models.donor import Donor, DonorIdentity
from models.donor_test import DonorTest
from models.outbox import OutboxMessage, OutboxState
from models.patient import Patient
from models.rare_donor import RareDonor, RareDonorCare
from models.reservation import Reservation
from services.accounts.person import person_of
from services.campaigns.steps import Moment
from services.demo import DEMO_DAY, Seeding, seed_demo
from services.duplicates.merging import Merge, merge_donors
from services.duplicates.pairs import compare_registry, keep_pairs
from services.duplicates.undoing import undo_merge
from services.job_plan import keep_timetables
from services.jobs import beat, begin_run, end_run
from services.matching.snapshots import SnapshotStore
from services.rare_donors.refreshing import refresh_rare_donors
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.standing_searches.keeping import keep_night
from services.standing_searches.looking import look_at_all
from services.subscriptions.delivering import deliver
from services.subscriptions.subscribing import Wanted, subscribe
from services.subscriptions.topics import tellers
from tests import mailing, recruiting
from tests.conftest import close, copy_sqlite, freeze, make_app
from tests.logins import EVERY_ROLE

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
BARE_PATIENT = "BARE-1"


def make_demo_site(folder: Path, migrated: Path):
    """An application that holds the demo and one patient without serum, its clock at the demo's day.

    The demo is seeded once beside the migrated database, which takes ten seconds; each site is a copy with its keys.
    """
    made = migrated.parent / "demo"
    if not made.exists():
        made = _seed(migrated, migrated.parent / "demo-half-made").rename(made)
    shutil.copytree(made, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("demo.sqlite*"))
    copy_sqlite(made / "demo.sqlite", folder / "demo.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'demo.sqlite'}")
    freeze(app, NOW)
    return app


def _seed(migrated: Path, folder: Path) -> Path:
    """The folder of a site that holds the demo, closed again."""
    folder.mkdir()
    copy_sqlite(migrated, folder / "demo.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'demo.sqlite'}")
    freeze(app, NOW)
    seeding = Seeding(core_reference(), eligibility_rules(DEMO_DAY), actor="test", now=NOW)
    with app.extensions["phenotheque"].engines.write_session() as session:
        seed_demo(session, seeding)
        session.add(bare_patient())
        session.flush()
        put_reservations(session)
        put_campaign(session)
        put_rare(session)
        put_duplicates(session)
        put_jobs(session)
        put_outbox(session)
        put_looks(session, folder)
        put_news(session)
    put_availability(app)
    close(app)
    return folder


def put_reservations(session) -> None:
    """One donor held for today and one confirmed for tomorrow, so that every page of reservations has something."""
    patient = session.exec(select(Patient).where(Patient.patient_number == "DEMO-P1")).one()
    for n, (number, status) in enumerate((("DEMO-02828", "held"), ("DEMO-01501", "confirmed"))):
        donor = session.exec(select(Donor).where(Donor.donor_number == number)).one()
        session.add(
            Reservation(
                code=f"00000000-0000-4000-8000-00000000000{n}",
                donor_id=donor.id,
                patient_id=patient.id,
                day=(NOW + timedelta(days=n)).date(),
                status=status,
                held_by="searcher",
                held_at=NOW,
                expires_at=NOW + timedelta(hours=8),
                threshold_mfi=2000,
                verdict="compatible",
                flags=["irradiate_or_pathogen_reduce"],
                changed_by="searcher",
                changed_at=NOW,
            )
        )


def put_campaign(session) -> None:
    """A running campaign with a donor at each of a few stages, so that its board and lists have something."""
    campaign = recruiting.put_campaign(session, "CD36-negative donors", number_wanted=2, deadline=DEMO_DAY)
    tomorrow = {"stage": Stage.APPOINTED, "appointment_at": NOW + timedelta(days=1), "attempts": 1}
    reached = dict.fromkeys(("contacted_at", "answered_at", "agreed_at"), NOW)
    found = {"stage": Stage.TESTED, **reached, "sampled_at": NOW, "tested_at": NOW, "found_at": NOW}
    for place, (number, more) in enumerate(
        (
            ("DEMO-00001", {}),
            ("DEMO-00002", {}),
            ("DEMO-00003", {**tomorrow, **reached}),
            ("DEMO-00004", found),
            ("DEMO-00005", {"stage": Stage.UNREACHABLE, "contacted_at": NOW, "attempts": 3}),
        )
    ):
        recruiting.put_invitation(session, campaign, number, place=place, **more)


def put_rare(session) -> None:
    """One rare donor confirmed by two samples and cared for, another of whom the samples disagree."""
    query = select(RareDonor.donor_id).where(RareDonor.phenotype == "cd36_negative_type_1")
    first, second = sorted(session.exec(query).all())[:2]
    results = [(first, "S-1", "negative type I"), (first, "S-2", "negative type I")]
    results += [(second, "S-3", "negative type I"), (second, "S-4", "positive")]
    tested = {"analyte": "CD36", "tested_on": NOW.date(), "recorded_at": NOW, "recorded_by": "laboratory"}
    for donor, sample, result in results:
        session.add(DonorTest(donor_id=donor, sample_code=sample, result=result, method="flow cytometry", **tested))
    contacted_on = (NOW - timedelta(days=200)).date()
    care = {"recall_months": 3, "contacted_on": contacted_on, "spare": True, "note": "prefers mornings"}
    session.add(RareDonorCare(donor_id=first, exposure="no export", changed_at=NOW, changed_by="coordinator", **care))
    session.flush()
    refresh_rare_donors(session, now=NOW, actor="test")


def put_outbox(session) -> None:
    """A message that came back, one that waits and one that was sent, so that the outbox has something."""
    account = mailing.put_reader(session, "notified", roles=("coordinator",))
    found = (("bounced", "outbox_address_unknown", NOW), ("queued", "outbox_server_away", None), ("sent", None, NOW))
    for state, code, ended_at in found:
        key = mailing.put_news(session, account, key=state)
        message = session.exec(select(OutboxMessage).where(OutboxMessage.dedupe_key == key)).one()
        message.state, message.error_code, message.attempts, message.ended_at = OutboxState(state), code, 1, ended_at


def put_duplicates(session) -> None:
    """Besides the demo's two pairs, one that was merged, is two records again, and is found again."""
    one, other = (
        session.exec(select(Donor).where(Donor.donor_number == number)).one() for number in ("DEMO-00032", "DEMO-00217")
    )
    known, same = (session.get_one(DonorIdentity, donor.id) for donor in (one, other))
    for name in ("first_name", "birth_date", "phone", "postcode"):
        setattr(same, name, getattr(known, name))
    same.last_name = f"{known.last_name}s"
    session.flush()
    merge = Merge(
        "DEMO-00032", "DEMO-00217", (one.version_id, other.version_id), {"abo": "survivor"}, "the letter came back"
    )
    row = merge_donors(session, merge, actor="coordinator", timing=Moment(NOW, NOW.date()))
    asked = {"merge_id": row.id, "version": row.version_id, "reason": "a cousin", "actor": "coordinator", "now": NOW}
    undo_merge(session, **asked)
    keep_pairs(session, compare_registry(session), now=NOW)


def put_jobs(session) -> None:
    """Two daily jobs since three days: a run that failed, days without one, and the jobs process that lives."""
    today = NOW.date()
    keep_timetables(
        session,
        {"clean_up": Timetable(time(5)), "rare_donors": Timetable(time(5), frozenset({0, 3}), Missed.EACH)},
        today=today - timedelta(days=3),
    )
    for job, ago, fault in (("clean_up", 3, None), ("rare_donors", 3, "disk_full")):
        run = begin_run(session, job, local_day=today - timedelta(days=ago), now=NOW)
        end_run(session, run.id, now=NOW, fault=fault)
    beat(session, host="hematology", pid=4711, now=NOW)
def put_looks(session, folder) -> None:
    """Two looks at the searches that the demo watches: of long ago, and of today, so that donors may give again."""
    for day in (NOW - timedelta(days=40), NOW):
        night = look_at_all(session, SnapshotStore(folder / "snapshots"), on=day.date(), now=day)
        keep_night(session, night, now=day)
def put_availability(app) -> None:
    """Snapshots of the demo's day and of the day before."""
    take_keys(app)
    runtime = app.extensions["phenotheque"]
    for days in (1, 0):
        made = NOW - timedelta(days=days)
        snapshot_availability(replace(runtime, clock=lambda made=made: made), made.date())
def put_news(session) -> None:
    """A promise of yesterday that nobody heard of, and two days of news for people who do everything and coordinate."""
    promised = session.exec(select(Reservation).where(Reservation.status == "confirmed")).one()
    kept = {name: getattr(promised, name) for name in ("patient_id", "held_by", "held_at", "expires_at", "changed_by")}
    donor = session.exec(select(Donor).where(Donor.donor_number == "DEMO-00006")).one()
    missed = {"code": "00000000-0000-4000-8000-000000000009", "day": NOW.date() - timedelta(days=1)}
    session.add(Reservation(donor_id=donor.id, status="confirmed", changed_at=NOW, **missed, **kept))
    for login, roles in (("everything", EVERY_ROLE), ("coordinator", ("coordinator",))):
        account = Account(login=login, display_name=login.title(), roles=list(roles), created_at=NOW, updated_at=NOW)
        session.add(account)
        session.flush()
        row = subscribe(session, Wanted("recalls"), by=person_of(session, account), now=NOW - timedelta(days=2))
        for day in (NOW.date() - timedelta(days=1), NOW.date()):
            deliver(session, row.id, on=day, last_run_on=None, tellers=tellers("Europe/Paris"), now=NOW)


def take_keys(app) -> None:
    """Make this application's keys those of the process again: another one may have been made since."""
    settings = app.extensions["phenotheque"].settings
    configure_keys(settings.data_key_list(), settings.index_key.get_secret_value())


def bare_patient() -> Patient:
    return Patient(patient_number=BARE_PATIENT, hla_a_1="A2", created_at=NOW, updated_at=NOW)


class Element:
    """One element of a page: its tag, its attributes, all the text inside it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes, self.texts = tag, attributes, []

    @property
    def text(self) -> str:
        return re.sub("[ \n]+", " ", "".join(self.texts)).strip()

    def has_class(self, name: str) -> bool:
        return name in self.attributes.get("class", "").split()


class Page(HTMLParser):
    """A page as its elements in document order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.elements, self.strings, self._open = html, [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_data(" ")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data):
        script = bool(self._open) and self._open[-1].tag == "script"
        if not script:
            self.strings.append(data.strip(" \n"))
        for element in self._open[-1:] if script else self._open:
            element.texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and all(element.attributes.get(n) == v for n, v in wanted.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag}> with {attributes}"
        return found[0]

    def rows(self, cell_class: str) -> list[Element]:
        return [element for element in self.elements if element.has_class(cell_class)]

    @property
    def live(self) -> dict:
        """The table the slider reads."""
        return json.loads("".join(self.one("script", type="application/json").texts))
