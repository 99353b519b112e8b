"""What is recorded of a donor by hand, and that searches and imports follow."""

import json
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, RefusedByRule, UnusableInput
from models.allocation import AllocationMark, AllocationOverride, AllocationRun, OverrideStatus
from models.audit import AuditEvent
from models.crossmatch import Crossmatch
from models.crypto import blind_index
from models.donor import Deferral, DonationKind, Donor, DonorIdentity, DonorTyping
from models.importing import ImportIssue
from models.registry import RegistryState
from models.request import TransfusionRequest
from models.reservation import DonorCall, Reservation
from models.transfusion import Transfusion
from services.donor_consent import erase_donor, lift_restriction, restrict_donor, set_consent, ties_of
from services.donor_donations import Given, with_donations
from services.donor_edits import EDITED, TypingDisagrees, edit_donor, edit_identity, record_typing
from services.donor_export import export_person, person_json
from services.donor_records import lift_deferral, record_deferral, record_donation
from services.explanations import get_donor
from services.imports.donors import import_donors
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.searches import sweep_patient
from services.uploads.folder import UploadFolder
from tests.invited import invited_and_tested
from tests.small_registry import IDENTITY, NOW, ON, PERSONAL, put_small_registry

WHO = {"actor": "test", "now": NOW}


def open_(session, number="PT0001"):
    row = get_donor(session, number)
    return {"number": number, "version": row.version_id}


def national(engines, store):
    """The counts of P1 at 2,000 MFI."""
    with engines.read_session() as session:
        answer = sweep_patient(session, store, patient_number="P1", thresholds=[2000], on=ON)
    return answer["thresholds"][0]["national"]


def bring(engines, text, mode="diff", confirmed=False):
    request = ImportRequest(
        content=text.encode(),
        file_name="d.csv",
        actor="test",
        now=NOW + timedelta(hours=1),
        mode=mode,
        confirmed=confirmed,
    )
    with engines.write_session() as session:
        return import_donors(session, request, reference=core_reference(), rules=eligibility_rules(ON))


def donor(engines, number="PT0001"):
    with engines.read_session() as session:
        return get_donor(session, number)


# --- searches follow at once ---------------------------------------------------------------------------------------


def test_a_deferral_takes_the_donor_from_those_available_and_its_lifting_gives_them_back(registry, fresh):
    store = fresh()
    before = national(registry, store)
    with registry.write_session() as session:
        row = record_deferral(session, **open_(session), from_on=ON, until_on=None, reason="travel", **WHO)
        deferral_id = row.id
    deferred = national(registry, store)
    assert deferred["available"] == before["available"] - 1
    assert deferred["compatible"] == before["compatible"]
    with registry.write_session() as session:
        lift_deferral(session, **open_(session), deferral_id=deferral_id, reason="mistake", **WHO)
    assert national(registry, store) == before


def test_a_donation_closes_the_days_until_the_donor_may_give_again(registry, fresh):
    store = fresh()
    before = national(registry, store)
    with registry.write_session() as session:
        record_donation(session, donor=get_donor(session, "PT0001"), given_on=ON, kind=DonationKind.PLATELETS, **WHO)
    assert national(registry, store)["available"] == before["available"] - 1
    assert donor(registry).eligible_from_day == (ON + timedelta(days=28) - date(1970, 1, 1)).days


def test_consent_withdrawn_and_restriction_take_the_donor_from_the_counts(registry, fresh):
    store = fresh()
    before = sum(national(registry, store)[name] for name in ("compatible", "possible", "unknown", "blocked"))
    with registry.write_session() as session:
        set_consent(session, **open_(session), agreed=False, on=ON, today=ON, reason="call", **WHO)
        restrict_donor(session, **open_(session, "PT0002"), reason="asked", today=ON, **WHO)
    after = sum(national(registry, store)[name] for name in ("compatible", "possible", "unknown", "blocked"))
    assert after == before - 2
    with registry.write_session() as session:
        lift_restriction(session, **open_(session, "PT0002"), reason="came back", **WHO)
        set_consent(session, **open_(session), agreed=True, on=ON, today=ON, reason="call", **WHO)
    assert sum(national(registry, store)[n] for n in ("compatible", "possible", "unknown", "blocked")) == before


def test_a_new_typing_moves_the_verdict(registry, fresh):
    store = fresh()
    before = national(registry, store)
    asked = {"hla": "A*02:01 A*03 B*08 B*49", "platelets": {}, "reason": "retyped", **WHO}
    with registry.write_session() as session, pytest.raises(TypingDisagrees) as said:
        record_typing(session, **open_(session), confirmed=False, **asked)
    assert [(one.what, one.kind, one.text) for one in said.value.found][:2] == [
        ("A", "other", "A*02:01"),
        ("A", "gone", "A*01"),
    ]
    with registry.write_session() as session:
        record_typing(session, **open_(session), confirmed=True, **asked)
    after = national(registry, store)
    assert (after["compatible"], after["blocked"]) == (before["compatible"] - 1, before["blocked"] + 1)


def test_every_change_raises_both_versions_and_forgets_the_fingerprint(registry):
    def state():
        with registry.read_session() as session:
            return session.exec(select(RegistryState.version)).one()

    version, before = donor(registry).version_id, state()
    with registry.write_session() as session:
        get_donor(session, "PT0001").row_hash = "x"
    with registry.write_session() as session:
        edit_donor(session, **open_(session), typed={"weight_kg": "71"}, reason="weighed", **WHO)
    row = donor(registry)
    assert row.row_hash is None
    assert row.version_id > version
    assert state() == before + 1


# --- the same judgement as a file's --------------------------------------------------------------------------------

SPOILT = {
    "weight_kg": "6000", "height_cm": "1,234", "platelet_count": "many", "pregnancies": "1.5", "donations_12m": "-1",
    "screened_on": "31/02/2026", "last_donation_on": "soon", "last_donation_type": "soup", "sex": "Z", "abo": "C",
    "rhd": "±", "cmv": "perhaps", "hla_antibody_screen": "so-so", "status": "", "region": "x" * 301, "centre": "y" * 301,
    "low_expression": "B7",
}  # fmt: skip


def test_a_form_refuses_what_a_file_would_with_the_same_code(registry):
    assert SPOILT.keys() == set(EDITED)
    with registry.write_session() as session, pytest.raises(InvalidFields) as refused:
        edit_donor(session, **open_(session), typed=SPOILT, reason="x", **WHO)
    by_hand = {fault.field: fault.code for fault in refused.value.faults}
    names = list(SPOILT)
    text = "\t".join(["donor_number", *names]) + "\nPT0001\t" + "\t".join(SPOILT[name] for name in names) + "\n"
    result = bring(registry, text)
    by_file = {issue.column: issue.code for issue in result.issues if issue.severity == "error"}
    assert by_hand == by_file
    assert by_hand.keys() == SPOILT.keys()


def test_a_reason_is_asked_and_one_line(registry):
    for reason, code in (("  ", "reason_needed"), ("x" * 501, "reason_unusable"), ("a\x00b", "reason_unusable")):
        with registry.write_session() as session, pytest.raises(InvalidFields) as refused:
            edit_donor(session, **open_(session), typed={"weight_kg": "71"}, reason=reason, **WHO)
        assert [fault.code for fault in refused.value.faults] == [code]


def test_a_stale_version_is_refused(registry):
    with registry.write_session() as session, pytest.raises(RefusedByRule, match="changed_meanwhile"):
        edit_donor(session, number="PT0001", version=99, typed={"weight_kg": "71"}, reason="x", **WHO)


def test_donors_derived_otherwise_are_not_mixed(registry):
    with registry.write_session() as session:
        session.exec(select(RegistryState)).one().rules_name = "FR-2020"
    with pytest.raises(RefusedByRule, match="donors_derived_otherwise"), registry.write_session() as session:
        edit_donor(session, **open_(session), typed={"weight_kg": "71"}, reason="x", **WHO)
    assert donor(registry).weight_kg == 60.0


# --- identity ------------------------------------------------------------------------------------------------------


def test_blind_indexes_follow_an_identity(registry):
    with registry.write_session() as session:
        typed = {**IDENTITY, "last_name": "Lenouveau", "birth_date": "01/02/1990"}
        edit_identity(session, **open_(session), typed=typed, reason="marriage", **WHO)
    with registry.read_session() as session:
        row = session.get(DonorIdentity, get_donor(session, "PT0001").id)
        assert row.birth_date == "1990-02-01"
        assert row.name_index == blind_index("Lenouveau Zéphirine", "name")
        assert row.birth_date_index == blind_index("1990-02-01", "birth_date")


def test_the_trail_never_holds_who_somebody_is(registry):
    with registry.write_session() as session:
        edit_identity(session, **open_(session), typed={**IDENTITY, "phone": "0699999999"}, reason="x", **WHO)
        record_deferral(session, **open_(session), from_on=ON, until_on=None, reason="Hepatitis-secret", **WHO)
    with registry.read_session() as session:
        said = " ".join(json.dumps(one.details) for one in session.exec(select(AuditEvent)))
    assert [text for text in (*PERSONAL, "0699999999", "Hepatitis-secret") if text in said] == []


# --- donations beside a file's word ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "given", "known"),
    [
        ((None, None, None), [], (None, None, None)),
        ((None, None, None), [Given(ON, "plasma")], (ON, "plasma", 1)),
        ((date(2026, 10, 1), "platelets", 3), [Given(date(2026, 11, 1), "whole_blood")], (date(2026, 11, 1), "whole_blood", 4)),
        ((date(2026, 10, 1), "platelets", 3), [Given(date(2026, 10, 1), "platelets")], (date(2026, 10, 1), "platelets", 3)),
        ((date(2026, 10, 1), "platelets", 3), [Given(date(2026, 9, 1), "plasma")], (date(2026, 10, 1), "platelets", 3)),
        ((date(2025, 10, 1), "platelets", 3), [Given(date(2026, 11, 1), "plasma")], (date(2026, 11, 1), "plasma", 1)),
        ((None, None, 2), [Given(ON, "plasma"), Given(ON, "platelets")], (ON, "platelets", 4)),
    ],
)  # fmt: skip
def test_the_more_recent_of_file_and_record_counts(told, given, known):
    columns = ("last_donation_on", "last_donation_type", "donations_12m")
    found = with_donations(dict(zip(columns, told, strict=True)), given)
    assert tuple(found[name] for name in columns) == known


@pytest.mark.parametrize(
    ("given_on", "error", "code"),
    [
        (ON + timedelta(days=1), UnusableInput, "donation_in_future"),
        (date(1850, 1, 1), UnusableInput, "date_out_of_range"),
    ],
)
def test_a_donation_has_a_day_that_can_be_true(registry, given_on, error, code):
    with registry.write_session() as session, pytest.raises(error, match=code):
        record_donation(session, donor=get_donor(session, "PT0001"), given_on=given_on, kind=DonationKind.PLASMA, **WHO)


# --- imports leave alone who was set aside ---------------------------------------------------------------------------


def test_a_file_leaves_a_restricted_donor_alone(registry):
    with registry.write_session() as session:
        restrict_donor(session, **open_(session), reason="asked", today=ON, **WHO)
    result = bring(registry, "donor_number,weight_kg,phone\nPT0001,80,\n")
    assert (result.refused, [issue.code for issue in result.issues if issue.severity == "error"]) == (
        1,
        ["donor_restricted_row"],
    )
    bring(registry, "donor_number,weight_kg\nPT0002,80\n", mode="full", confirmed=True)
    row = donor(registry)
    assert (row.weight_kg, row.status, row.searchable) == (60.0, "active", False)


def test_a_files_yes_does_not_undo_a_withdrawal(registry):
    with registry.write_session() as session:
        set_consent(session, **open_(session), agreed=False, on=ON, today=ON, reason="call", **WHO)
    text = "donor_number,consent_contact,weight_kg\nPT0001,yes,80\nPT0014,yes,80\n"
    result = bring(registry, text)
    assert result.updated == 2
    told = [(issue.code, issue.severity, issue.line) for issue in result.issues if issue.line]
    assert told == [("consent_withdrawn_here", "warning", 2)]
    row, other = donor(registry), donor(registry, "PT0014")
    assert (row.consent_contact, row.searchable, row.weight_kg, other.searchable) == (False, False, 80, True)
    assert bring(registry, text).unchanged == 2


# --- erasure ---------------------------------------------------------------------------------------------------------


def reserved(session, status="released", number="PT0001"):
    row = Reservation(
        code=f"code-{number}", donor_id=get_donor(session, number).id, patient_id=1, day=ON, status=status,
        held_by="x", held_at=NOW, expires_at=NOW, changed_by="x", changed_at=NOW, note="Quelquundautre calls back",
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        DonorCall(
            reservation_id=row.id, at=NOW, on_day=NOW.date(), actor="x", outcome="agreed", note="Zéphirine agreed"
        )
    )


def transfused_tested_and_marked(session, number="PT0001"):
    """A transfusion, a crossmatch, a mark and an override of one donor for P1; every free text names somebody."""
    of, life = get_donor(session, number).id, {"recorded_at": NOW, "recorded_by": "x", "changed_at": NOW}
    both = {"patient_id": 1, "donor_id": of, "changed_by": "x", "note": "Zéphirine of P1", **life}
    run = AllocationRun(code="run", first_on=ON, days=28, made_at=NOW, made_by="x", snapshot="s", answer={})
    asked = TransfusionRequest(
        code="asked", patient_id=1, hospital="CHU", units=1, needed_by=NOW, urgency="planned", created_at=NOW,
        created_by="x",
    )  # fmt: skip
    given = Transfusion(code="t", ended_at=NOW, product_number="UNIT-77", **both)
    tested = Crossmatch(code="x", kind="platelet", result="negative", method="MASPAT", tested_on=ON, **both)
    session.add_all([run, asked, given, tested])
    session.flush()
    pair = {"request_id": asked.id, "donor_id": of, "reason": "Zéphirine told P1"}
    session.add(AllocationMark(code="m", kind="forbidden", made_at=NOW, made_by="x", **pair))
    session.add(AllocationOverride(code="o", run_id=run.id, day=ON, asked_at=NOW, asked_by="x", **pair))
    session.flush()


@pytest.fixture
def folder(tmp_path):
    return UploadFolder(tmp_path / "uploads")


def erase(session, folder, number="PT0001"):
    asked = {"repeated_number": number, "reason": "asked", "today": ON}
    return erase_donor(session, folder, **open_(session, number), **asked, **WHO)


def test_an_erasure_leaves_nothing_of_the_person(registry, folder):
    bring(registry, "donor_number,phone,weight_kg\nPT0001,9990001112223,heavy-secret\nPT0002,1,heavy-other\n")
    with registry.write_session() as session:
        record_typing(
            session, **open_(session), hla="A*01:01 A*03 B*08 B*49", platelets={}, reason="x", confirmed=True, **WHO
        )
        record_deferral(session, **open_(session), from_on=ON, until_on=None, reason="travel", **WHO)
        reserved(session)
        transfused_tested_and_marked(session)
        session.exec(select(Transfusion)).one().withdrawn_at = NOW
    with registry.write_session() as session:
        row = erase(session, folder)
        donor_id = row.id
    with registry.read_session() as session:
        assert session.get(DonorIdentity, donor_id) is None
        for table in (DonorTyping, Deferral):
            assert session.exec(select(table).where(table.donor_id == donor_id)).all() == []
        assert [one.note for one in session.exec(select(Reservation))] == [""]
        assert [one.note for one in session.exec(select(DonorCall))] == [""]
        assert session.exec(select(AllocationMark)).all() == []
        assert [one.reason for one in session.exec(select(AllocationOverride))] == [""]
        assert [one.note for one in session.exec(select(Crossmatch))] == [""]
        raws = [one.raw for one in session.exec(select(ImportIssue))]
        assert "heavy-secret" not in raws
        assert "heavy-other" in raws
        row = session.get(Donor, donor_id)
        kept = {name for name, value in row.model_dump().items() if value not in (None, "", False)}
        assert kept == {
            "id", "donor_number", "status", "erased_at", "version_id", "created_at", "updated_at", "phenotype_key",
            "class_key", "eligible_from_day", "eligible_until_day",
        }  # fmt: skip
        assert row.phenotype_key == "?+?^?+?^?+?"
        export = person_json(export_person_read(registry))
    assert [text for text in PERSONAL if text in export] == []


def export_person_read(engines, number="PT0001"):
    with engines.write_session() as session:
        return export_person(session, number=number, form="json", **WHO)


@pytest.mark.parametrize("because", ["erased", "restricted", "consent_withdrawn"])
def test_nobody_is_asked_to_decide_on_a_donor_whom_nobody_may_ask_any_more(registry, folder, because):
    with registry.write_session() as session:
        transfused_tested_and_marked(session)
        session.exec(select(Transfusion)).one().withdrawn_at = NOW
    with registry.write_session() as session:
        if because == "erased":
            erase(session, folder)
        elif because == "restricted":
            restrict_donor(session, **open_(session), reason="asked", today=ON, **WHO)
        else:
            set_consent(session, **open_(session), agreed=False, on=ON, reason="asked", today=ON, **WHO)
    with registry.read_session() as session:
        row = session.exec(select(AllocationOverride)).one()
        assert (row.status, row.decided_at, row.decided_by) == (OverrideStatus.CANCELLED, NOW, "test")
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "allocation_override_cancelled")).one()
        assert (told.actor, told.subject_key) == ("test", "o")
        assert told.details == {
            "run": "run", "request": "asked", "donor": "PT0001", "day": ON.isoformat(), "because": because,
        }  # fmt: skip


def test_a_donor_who_agrees_may_still_be_decided_on(registry):
    with registry.write_session() as session:
        transfused_tested_and_marked(session)
        set_consent(session, **open_(session), agreed=True, on=ON, reason="asked", today=ON, **WHO)
        assert session.exec(select(AllocationOverride)).one().status is OverrideStatus.ASKED


def test_the_export_of_a_donor_holds_the_typing_as_a_gl_string(registry):
    with registry.write_session() as session:
        row = get_donor(session, "PT0001")
        row.hla_a_1, row.hla_a_2, row.hla_b_1, row.hla_b_2 = "A*02", "A*24:02", "B7", "B*44:02"
        row.hla_c_1 = row.hla_c_2 = ""
        session.add(row)
    export = export_person_read(registry)
    assert (export["gl_string"], export["gl_left_out"]) == ("A*02:XX+A*24:02^B*44:02", ["B7"])


def test_an_erased_number_comes_back_by_no_file(registry, folder):
    with registry.write_session() as session:
        erase(session, folder)
    result = bring(registry, "donor_number,last_name,phone,status\nPT0001,Quelquundautre,9990001112223,active\n")
    assert [(i.code, i.raw) for i in result.issues if i.severity == "error"] == [("donor_erased_row", "PT0001")]
    with registry.read_session() as session:
        assert "9990001112223" not in [one.raw for one in session.exec(select(ImportIssue))]
    assert donor(registry).erased_at == NOW


@pytest.mark.parametrize("tie", ["donation", "collected", "told", "held", "transfused"])
def test_what_must_be_traced_is_not_erased(registry, tie, folder):
    number = "PT0003" if tie == "told" else "PT0001"
    with registry.write_session() as session:
        if tie == "donation":
            record_donation(session, donor=get_donor(session, number), given_on=ON, kind=DonationKind.PLASMA, **WHO)
        elif tie in ("collected", "held"):
            reserved(session, tie)
        elif tie == "transfused":
            transfused_tested_and_marked(session)
    code = "donor_still_expected" if tie == "held" else "erasure_against_traceability"
    with pytest.raises(RefusedByRule, match=code), registry.write_session() as session:
        erase(session, folder, number)
    with registry.read_session() as session:
        row = get_donor(session, number)
        assert session.get(DonorIdentity, row.id).last_name == IDENTITY["last_name"]
        assert ties_of(session, row).must_be_traced == (tie != "held")


def test_a_donor_is_not_restricted_while_somebody_expects_them(registry):
    with registry.write_session() as session:
        reserved(session, "confirmed")
    with pytest.raises(RefusedByRule, match="donor_still_expected"), registry.write_session() as session:
        restrict_donor(session, **open_(session), reason="asked", today=ON, **WHO)


def test_a_persons_data_hold_all_of_theirs_and_no_patient(registry):
    with registry.write_session() as session:
        reserved(session, "collected")
        record_deferral(session, **open_(session), from_on=ON, until_on=None, reason="travel", **WHO)
        transfused_tested_and_marked(session)
    said = person_json(export_person_read(registry))
    of_donor = ("UNIT-77", "MASPAT", "allocation_forbidden", "allocation_override_asked")
    for text in (*IDENTITY.values(), "travel", "Zéphirine agreed", "collected", "donor_exported", *of_donor):
        assert text in said
    assert "P1" not in said
    assert "calls back" not in said
    assert datetime.fromisoformat(json.loads(said)["made_at"]) == NOW


def test_a_persons_data_hold_the_campaigns_and_the_results_of_their_samples(registry):
    with registry.write_session() as session:
        invited_and_tested(session)
    said = person_json(export_person_read(registry))
    data, at = json.loads(said), NOW.isoformat()
    [invitation], [contact], [kept, taken_back] = data["invitations"], data["contacts"], data["tests"]
    assert (invitation["selected_at"], invitation["stage"], invitation["attempts"]) == (at, "agreed", 2)
    assert invitation["reasons"] == [{"code": "invite_for.never_contacted", "params": {}}]
    assert contact == {
        "at": at, "channel": "phone", "stage": "agreed", "actor": "cal", "note": "Zéphirine prefers Tuesdays"
    }  # fmt: skip
    assert (kept["analyte"], kept["result"], kept["method"], kept["tested_on"], kept["taken_back_at"]) == (
        "CD36", "negative type I", "FACS", ON.isoformat(), None
    )  # fmt: skip
    assert (taken_back["taken_back_at"], taken_back["reason"]) == (at, "mixed up")
    assert "P1" not in said


def test_a_persons_data_say_how_what_was_asked_of_them_ended(registry):
    with registry.write_session() as session:
        transfused_tested_and_marked(session)
        mark, asked = (session.exec(select(table)).one() for table in (AllocationMark, AllocationOverride))
        mark.lifted_at, mark.lifted_by = NOW + timedelta(hours=1), "ana"
        asked.status, asked.decided_at, asked.decided_by = OverrideStatus.REFUSED, NOW + timedelta(hours=2), "sci"
    told = export_person_read(registry)["allocation"]
    assert [(one["actor"], one["action"]) for one in told] == [
        ("x", "allocation_forbidden"), ("x", "allocation_override_asked"), ("ana", "allocation_mark_lifted"),
        ("sci", "allocation_override_refused"),
    ]  # fmt: skip


def test_the_same_on_postgresql(app_on, postgres_url, tmp_path, folder):
    from services.matching.snapshots import SnapshotStore
    from services.registry_list import list_registry, read_filter

    engines = app_on(postgres_url).extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
    store = SnapshotStore(tmp_path / "snapshots")
    before = national(engines, store)
    with engines.write_session() as session:
        record_deferral(session, **open_(session), from_on=ON, until_on=None, reason="travel", **WHO)
        record_donation(session, donor=get_donor(session, "PT0002"), given_on=ON, kind=DonationKind.PLATELETS, **WHO)
        edit_donor(session, **open_(session, "PT0007"), typed={"weight_kg": "45"}, reason="weighed", **WHO)
    assert national(engines, store)["available"] == before["available"] - 2
    with engines.read_session() as session:
        asked = read_filter({"number": "PT00", "typed": "full", "cd36": "untested", "eligible_on": ON.isoformat()})
        donors, found, total = list_registry(session, asked, on=ON, limit=3)
        assert (len(donors), found, total) == (3, 4, 14)
        assert list_registry(session, read_filter({"number": "_T0%"}), on=ON, limit=3)[1] == 0
    with engines.write_session() as session:
        erase(session, folder, "PT0009")
    assert donor(engines, "PT0009").erased_at == NOW
