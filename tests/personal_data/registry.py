"""A registry of unmistakable people: donors, a patient, what is done with them, and files that were sent."""

import io
from datetime import timedelta

from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from domain.campaign_life import Step
from jobs.availability import snapshot_availability
from models.account import Role, Site
from models.campaign import Channel
from models.donor import Donor
from models.duplicate import DonorMerge, DuplicatePair, PairState
from models.request import AntibodyResult
from services.accounts.person import person_of as person_of_account
from services.autologous.collections import plan_collection, record_collection
from services.autologous.courses import plan_course
from services.autologous.units import add_unit
from services.calls import record_call
from services.campaigns.steps import take_step
from services.crossmatches.entry import judge_typed as judge_crossmatch
from services.crossmatches.recording import record_crossmatch
from services.directives import Wording, set_directive
from services.donor_consent import erase_donor
from services.donor_edits import edit_identity
from services.donor_records import record_deferral
from services.families.members import edit_member
from services.families.opening import create_family
from services.families.records import family_rows
from services.families.relatives import add_relative
from services.matching.snapshots import SnapshotStore
from services.platelet_antibodies import Result, record_result
from services.rare_donors.care import Care, set_care
from services.rare_donors.refreshing import refresh_rare_donors
from services.requests import create_request
from services.reservations import reserve
from services.subscriptions.delivering import deliver
from services.subscriptions.subscribing import Wanted, subscribe
from services.subscriptions.topics import tellers
from services.transfusions.recording import judge_typed, record_transfusion
from services.treatments.entry import judge_typed as judge_course
from services.treatments.recording import record_treatment
from services.uploads.folder import UploadFolder
from tests.conftest import NOW, TODAY, copy_sqlite, freeze, make_app
from tests.logins import log_in, make_account
from tests.mailing import put_news as put_mail
from tests.mailing import put_reader
from tests.personal_data.known_by import (
    ADDRESS,
    ASKED,
    AUNT,
    CALLED,
    CARED,
    COLLEAGUE,
    CONFIRMED,
    ERASED,
    GONE,
    INVITED,
    JUDGED,
    MERGED,
    NEW,
    NUMBER,
    OTHER,
    PATIENTS_FILE,
    REPORT,
    RESERVED,
    RESERVED_FOR,
    UNDONE,
    WISHED,
    person_of,
)
from tests.recruiting import put_campaign, put_invitation
from tests.reserving import TIMING, someone, wish
from tests.small_registry import BEADS, DONORS, PATIENT, put_donors, put_patient, put_serum

HEAD = "donor_number,last_name,first_name,birth_date,postcode,phone,email,consent_contact,status,hla_a_1,hla_b_1\n"
TYPED = "yes,active,A*01,B*08\n"
SEARCH = {"patient": NUMBER, "threshold": 5000, "limit": 1000}


def make_world(folder, migrated):
    """An application on these people, one of whom is erased at the end."""
    copy_sqlite(migrated, folder / "personal.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'personal.sqlite'}")
    freeze(app, NOW)
    runtime = app.extensions["phenotheque"]
    with runtime.engines.write_session() as session:
        put_people(session)
    with runtime.engines.write_session() as session:
        put_care(session, SnapshotStore(runtime.snapshots_path))
        put_invitations(session)
        put_families(session)
        put_duplicates(session)
    put_news(runtime.engines)
    send_files(log_in(app.test_client(), app))
    with runtime.engines.write_session() as session:
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == ERASED)).one()
        asked = {"number": ERASED, "repeated_number": ERASED, "version": version, "reason": "asked by the donor"}
        asked |= {"actor": "coordinator", "now": NOW, "today": NOW.date()}
        erase_donor(session, UploadFolder(runtime.settings.instance_path / "uploads"), **asked)
    snapshot_availability(runtime, TODAY)
    return app


def put_people(session) -> None:
    """The donors, each made somebody by a correction that the trail keeps; and a patient."""
    put_donors(session, DONORS)
    for one in DONORS:
        version = session.exec(select(Donor.version_id).where(Donor.donor_number == one.number)).one()
        said = {"version": version, "typed": person_of(one.number), "reason": "corrected"}
        edit_identity(session, number=one.number, **said, actor="coordinator", now=NOW)
    patient = put_patient(session, NUMBER, PATIENT, birth_date="1959-08-23", diagnosis="Quoxdiagnosis")
    put_serum(session, patient, "S1", BEADS)
    session.add(Site(code="S", name="Site"))
    colleague = put_reader(session, COLLEAGUE, email=ADDRESS)
    put_mail(session, colleague)


def put_care(session, store) -> None:
    """What is done for the patient with the donors, by those who do it."""
    done = {"actor": "scientist", "now": NOW}
    set_directive(session, patient_number=NUMBER, wording=Wording(2000), **done)
    result = Result("HPA-1a", AntibodyResult.POSITIVE, "MAIPA", TODAY)
    record_result(session, patient_number=NUMBER, result=result, today=TODAY, **done)
    asked = {"hospital": "Hospital", "units": "1", "urgency": "planned", "contact": ASKED, "note": WISHED}
    asked |= {"needed_on": (TODAY + timedelta(days=2)).isoformat(), "needed_at": "12:00"}
    request = create_request(session, patient_number=NUMBER, typed=asked, zone="Europe/Paris", **done)
    put_autologous(session)
    put_transfusion(session)
    put_rows_with_notes(session)
    for place, donor in enumerate((RESERVED, CONFIRMED)):
        more = {"patient_number": NUMBER, "note": RESERVED_FOR, "request_code": None if place else request.code}
        wished = wish(donor, TODAY + timedelta(days=place), **more)
        row = reserve(session, store, wish=wished, by=someone("searcher", login="searcher"), timing=TIMING)
        caller = {"by": someone("coordinator", login="coordinator"), "timing": TIMING}
        record_call(session, code=row.code, outcome="voicemail", version=1, note=CALLED, **caller)
    refresh_rare_donors(session, now=NOW, actor="coordinator")
    care = Care(spare=True, exposure=CARED, note=CARED)
    set_care(session, number="PT0007", care=care, version=0, actor="coordinator", now=NOW)
    version = session.exec(select(Donor.version_id).where(Donor.donor_number == RESERVED)).one()
    away = {"from_on": TODAY + timedelta(days=60), "until_on": None, "reason": "Quoxdeferred", "version": version}
    record_deferral(session, number=RESERVED, **away, actor="laboratory", now=NOW)


def put_invitations(session) -> None:
    """A campaign that invited a donor, and one who is erased at the end; of each something was noted."""
    campaign = put_campaign(session)
    put_invitation(session, campaign, OTHER)  # to be called today: nobody has called them about a donation
    for donor, note in ((RESERVED, INVITED), (ERASED, GONE)):
        invitation = put_invitation(session, campaign, donor)
        by = {"channel": Channel.LETTER, "actor": "coordinator", "timing": TIMING}
        take_step(session, invitation, Step.CONTACT, note=note, **by)


def put_autologous(session) -> None:
    """A course with a note that names somebody, a collection that was made, and its unit."""
    day, typed = TODAY.isoformat(), {"patient_number": NUMBER}
    course = {"name": "Course", "start_on": "2026-10-01", "end_on": "2026-10-05", "aplasia_days": "28"}
    plan_course(
        session, **typed, typed={**course, "units_wanted": "1", "note": WISHED}, actor="scientist", now=NOW, today=TODAY
    )
    done = {"actor": "scientist", "timing": TIMING}
    row = plan_collection(session, **typed, typed={"day": day, "note": WISHED}, **done)
    by = someone("scientist", login="scientist")
    facts = {"day": day, "override_reason": WISHED}
    record_collection(session, **typed, code=row.code, typed=facts, version=row.version_id, by=by, timing=TIMING)
    unit = {"number": "AU-1", "content": "4", "volume_ml": "60", "method": "fresh", "location": "Agitator"}
    add_unit(session, **typed, collection_code=row.code, typed=unit, **done)


def put_transfusion(session) -> None:
    """A transfusion with a note that names somebody, from a donor whom a patient's page must not name."""
    given = {"ended_at": "2026-11-20T10:00", "pre_count": "5", "pre_at": "2026-11-20T09:00", "bleeding": "no"}
    typed = {**given, "patient_number": NUMBER, "donor_number": RESERVED, "note": WISHED}
    entry = judge_typed(typed, timing=TIMING)
    record_transfusion(session, patient_number=NUMBER, entry=entry, actor="laboratory", timing=TIMING)


def put_rows_with_notes(session) -> None:
    """A treatment and a crossmatch, each with a note that names somebody."""
    done = {"patient_number": NUMBER, "actor": "laboratory", "now": NOW}
    at = {"today": TODAY, "now": NOW}
    course = judge_course({"patient_number": NUMBER, "kind": "ivig", "first_on": "2026-11-02", "note": WISHED}, **at)
    record_treatment(session, entry=course, **done)
    test = {"donor_number": RESERVED, "kind": "platelet", "result": "negative", "tested_on": "2026-11-20", "note": WISHED}
    record_crossmatch(session, entry=judge_crossmatch({"patient_number": NUMBER, **test}, **at), **done)


def put_duplicates(session) -> None:
    """Two donors of whom somebody asked whether they are one, and a merge that was undone."""
    known = select(Donor.donor_number, Donor.id).where(Donor.donor_number.in_((RESERVED, CONFIRMED, OTHER)))
    ids = dict(session.exec(known).all())
    parts = [{"field": "last_name", "level": "close", "weight": 6.9}]
    found = {"weight": 3.0, "probability": 0.9, "waterfall": parts, "compared": "x", "found_at": NOW}
    judged = {"state": PairState.LATER, "reason": JUDGED, "decided_at": NOW, "decided_by": "coordinator"}
    session.add(DuplicatePair(first_id=ids[RESERVED], second_id=ids[CONFIRMED], **found, **judged))
    merged = {"merged_at": NOW, "merged_by": "coordinator", "reason": MERGED, "moved": {}, "journal": {}}
    undone = {"undone_at": NOW, "undone_by": "coordinator", "undo_reason": UNDONE}
    session.add(DonorMerge(survivor_id=ids[RESERVED], merged_id=ids[OTHER], **merged, **undone))


def put_families(session) -> None:
    """The families of a donor and of the patient, with what relatives call a brother."""
    by = someone(*(role.value for role in Role), login="coordinator")
    share = {"phenotype": "CD36", "prevalence": "4 %", "source": "published"}
    for person in ({"donor_number": RESERVED}, {"patient_number": NUMBER}):
        family = create_family(session, **share, **person, by=by, now=NOW)
        first = family_rows(session, family).first
        at = {"code": family.code, "by": by, "now": NOW}
        brother = add_relative(session, of=first.code, kin="sibling", sex="M", version=family.version_id, **at)
        typed = {"alias": AUNT, "sex": "M", "status": "lacks", "status_source": REPORT}
        edit_member(session, member=brother.code, typed=typed, today=TODAY, version=family.version_id, **at)


def put_news(engines) -> None:
    """What waits today, told to somebody of each role who may know any of it."""
    for role in ("searcher", "coordinator", "laboratory", "scientist"):
        account = make_account(engines, role, now=NOW)
        with engines.write_session() as session:
            row = subscribe(session, Wanted("recalls"), by=person_of_account(session, account), now=NOW)
            deliver(session, row.id, on=TODAY, last_run_on=None, tellers=tellers("Europe/Paris"), now=NOW)


def send_files(client) -> None:
    """Files with rows to refuse: one of donors imported, one not yet, one of patients; and a search that is kept."""
    rows = "".join(f"{number},{','.join(person_of(number).values())},{TYPED}" for number in (NEW, ERASED))
    rows = rows.replace("1983-03-24", "Quoxlastbe 83")  # the row of the donor who is erased afterwards
    refused = f"QX0801,Quoxrow,Quoxrow,Quoxday 85,Quoxrow,Quoxrow,Quoxrow,{TYPED}Quoxmisplaced,QX0802\n"
    patients = f"patient_number,birth_date,abo\n{NUMBER},Quoxbirth 59,A\n"
    shifted = f"QX0803,1980-01-01,1,2,3,4,5,Quoxshifted,{TYPED.removeprefix('yes,')}"
    headless = f"QX0804,Quoxheading,Anne,1980-01-01,29000,0612,a@b.example,{TYPED}" * 2
    sent_files = (
        ("donors", "a.csv", HEAD + rows + refused, True), ("donors", "b.csv", HEAD + refused + shifted, False),
        ("donors", "c.csv", headless, False), ("patients", PATIENTS_FILE, patients, False),
    )  # fmt: skip
    for kind, name, content, confirmed in sent_files:
        data = {"file": FileStorage(io.BytesIO(content.encode()), name), "kind": kind}
        boundary, body = encode_multipart(data)  # the client's own way leaves a temporary file open
        form = f'multipart/form-data; boundary="{boundary}"'
        sent = client.post("/api/v1/imports", data=body, content_type=form)
        assert sent.status_code == 202, sent.json
        if confirmed:
            yes = {"json": {}, "headers": {"If-Match": sent.headers["ETag"]}}
            done = client.post(f"/api/v1/imports/{sent.json['id']}/confirmations", **yes)
            assert done.json["counts"]["refused"] == 3, done.json
    assert client.post("/api/v1/searches", json=SEARCH).status_code == 201
