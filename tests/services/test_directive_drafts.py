"""What a form of a directive asks: every fault at once, with its field; what it would do, with nothing written."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, RefusedByRule
from models.account import Account
from models.audit import AuditEvent
from models.directive import Directive
from services.directive_drafts import Addition, Removal, Wording
from services.directive_history import list_directives
from services.directive_plans import plan_directive
from services.directive_state import directive_issues
from services.directives import close_directive, put_in_force, set_directive, sign_directive
from services.searches import search_patient, sweep_patient
from services.wording.catalogue import messages
from tests.small_registry import NOW, ON, ZONE


def put(session, threshold=2000, *, opened_on=0, moment=NOW, **wording):
    return put_in_force(
        session,
        patient_number="P1",
        wording=Wording(threshold, **wording),
        opened_on=opened_on,
        on=ON,
        actor="dr-a",
        now=moment,
    )


def account(session):
    row = Account(login="dr-s", display_name="Dr S", roles=["scientist"], created_at=NOW, updated_at=NOW)
    session.add(row)
    session.flush()
    return row


# --- every fault at once ---


def test_every_fault_is_said_with_its_field(registry):
    wording = {
        "add": (Addition("B44", "x" * 501), Addition("A1")),
        "remove": (
            Removal("A99", "x"),
            Removal("B7", " "),
            Removal("", "why"),
            Removal("B35", "ok"),
            Removal("b35", "twice"),
        ),
        "sample": "S9",
        "loci": "A",
        "hpa_antibodies": ("HPA-99a",),
        "abo_rule": "sometimes",
        "valid_until": ON - timedelta(days=1),
        "note": "x\x00",
    }
    with pytest.raises(InvalidFields) as refused, registry.write_session() as session:
        put(session, 0, **wording)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [
        ("threshold", "threshold_out_of_range"),
        ("added-0", "reason_unusable"),
        ("removed-0", "unknown_specificity"),
        ("removed-1-reason", "removal_needs_reason"),
        ("removed-2", "specificity_missing"),
        ("removed-4", "removed_twice"),
        ("added-1", "added_own_antigen"),
        ("hpa_antibodies", "hpa_system_unknown"),
        ("sample", "unknown_sample"),
        ("loci", "unknown_loci"),
        ("abo_rule", "abo_rule_unknown"),
        ("valid_until", "valid_until_past"),
        ("note", "note_unusable"),
    ]
    assert {fault.code for fault in refused.value.faults} <= messages().keys()
    with registry.read_session() as session:
        assert session.exec(select(Directive)).all() == []


def test_added_and_set_aside_is_said_on_the_added_row(registry):
    with pytest.raises(InvalidFields) as refused, registry.write_session() as session:
        put(session, add=("A11", "B35"), remove=(Removal("b35", "weak"),))
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("added-1", "added_and_removed")]


def test_the_last_day_may_be_today(registry):
    with registry.write_session() as session:
        assert put(session, valid_until=ON, note=" two\r\nlines ").valid_until == ON
    with registry.read_session() as session:
        assert session.exec(select(Directive)).one().note == "two\nlines"


# --- who was first ---


def test_a_form_opened_on_an_older_version_does_not_overwrite(registry):
    with registry.write_session() as session:
        put(session, 1000)
        put(session, 2000, opened_on=1)
    for opened_on in (0, 1, 3):
        with pytest.raises(RefusedByRule, match="changed_meanwhile"), registry.write_session() as session:
            put(session, 9000, opened_on=opened_on)
    with registry.read_session() as session:
        kept = [
            (row.version, row.status.value, row.closed_by)
            for row in session.exec(select(Directive).order_by(Directive.version))
        ]
    assert kept == [(1, "superseded", "dr-a"), (2, "current", None)]


def test_closing_asks_the_version_that_was_seen(registry):
    with registry.write_session() as session:
        put(session, 1000)
    asked = {"patient_number": "P1", "actor": "dr-b", "now": NOW}
    with pytest.raises(RefusedByRule, match="changed_meanwhile"), registry.write_session() as session:
        close_directive(session, **asked, version=2)
    with registry.write_session() as session:
        assert close_directive(session, **asked, version=1).closed_by == "dr-b"


# --- signing ---


def test_signing_is_in_the_trail_and_happens_once(registry):
    later = NOW + timedelta(minutes=5)
    with registry.write_session() as session:
        put(session, 1000)
        signer = account(session)
        row = sign_directive(session, patient_number="P1", version=1, signer=signer, now=later)
        assert (row.signed_by, row.signed_at) == ("dr-s", later)
        with pytest.raises(RefusedByRule, match="directive_signed_already"):
            sign_directive(session, patient_number="P1", version=1, signer=signer, now=later)
        with pytest.raises(RefusedByRule, match="changed_meanwhile"):
            sign_directive(session, patient_number="P1", version=7, signer=signer, now=later)
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "directive_signed")).one()
    assert (event.actor, event.details) == ("dr-s", {"version": 1, "threshold_mfi": 1000, "meaning": "verified"})


def test_a_new_version_is_not_signed_by_the_signature_of_the_last(registry):
    with registry.write_session() as session:
        put(session, 1000)
        sign_directive(session, patient_number="P1", version=1, signer=account(session), now=NOW)
        assert put(session, 1500, opened_on=1).signed_at is None


# --- what is said of its state, and that it changes no count ---


@pytest.mark.parametrize(
    ("valid_until", "signed", "codes"),
    [
        (None, True, []),
        (None, False, ["directive_not_signed"]),
        (date(2026, 11, 21), True, ["directive_lapsed"]),
        (date(2026, 11, 22), True, ["directive_lapses_soon"]),
        (date(2026, 12, 6), True, ["directive_lapses_soon"]),
        (date(2026, 12, 7), True, []),
        (date(2026, 11, 1), False, ["directive_lapsed", "directive_not_signed"]),
    ],
)
def test_the_state_on_a_day(valid_until, signed, codes):
    row = Directive(
        patient_id=1,
        version=3,
        threshold_mfi=1000,
        actor="x",
        created_at=NOW,
        valid_until=valid_until,
        signed_at=NOW if signed else None,
    )
    issues = directive_issues(row, ON)
    assert [issue.code for issue in issues] == codes
    assert {issue.code: issue.severity for issue in issues} == {
        code: "warning" if code == "directive_lapsed" else "info" for code in codes
    }
    assert directive_issues(None, ON) == ()


def test_a_directive_that_ends_before_the_last_day_looked_at_is_told():
    row = Directive(patient_id=1, version=3, threshold_mfi=1000, actor="x", created_at=NOW, signed_at=NOW)
    row.valid_until = ON + timedelta(days=40)
    ends = [directive_issues(row, ON, ON + timedelta(days=days)) for days in (0, 40, 41)]
    assert [[issue.code for issue in issues] for issues in ends] == [[], [], ["directive_lapses_soon"]]


def test_a_lapsed_directive_is_still_applied_and_said(registry, fresh):
    with registry.write_session() as session:
        put(session, 1000, remove=(Removal("B44", "weak"),), valid_until=ON)
    with registry.read_session() as session:
        asked = {"patient_number": "P1", "zone": ZONE, "limit": 0}
        held = search_patient(session, fresh(), on=ON, **asked)
        lapsed = search_patient(session, fresh(), on=ON + timedelta(days=1), **asked)
        swept = sweep_patient(session, fresh(), patient_number="P1", on=ON + timedelta(days=1))
    assert "directive_lapses_soon" in {issue["code"] for issue in held["issues"]}
    for answer in (lapsed, swept):
        assert ("directive_lapsed", "warning") in {(issue["code"], issue["severity"]) for issue in answer["issues"]}
    assert (lapsed["threshold"], lapsed["directive"]) == (1000, 1)
    kinds = ("compatible", "possible", "unknown", "blocked")
    assert {k: lapsed["counts"]["national"][k] for k in kinds} == {k: held["counts"]["national"][k] for k in kinds}


# --- the plan ---


def test_a_plan_counts_as_the_directive_will_and_writes_nothing(registry, fresh):
    proposed = {
        "add": (Addition("B35", "old serum"),),
        "remove": (Removal("B44", "weak"),),
        "loci": "A,B,C",
        "sample": "S1",
    }
    with registry.write_session() as session:
        put(session, 1000)
    with registry.read_session() as session:
        plan = plan_directive(
            session, fresh(), patient_number="P1", wording=Wording(2000, **proposed), on=ON, locale="en"
        )
        assert len(session.exec(select(Directive)).all()) == 1
    assert [(row["which"], row["version"], row["mfi"]) for row in plan["rows"]] == [
        ("in_force", 1, 1000), ("in_force", 1, 2000), ("proposed", None, 2000),
    ]  # fmt: skip
    with registry.write_session() as session:
        put(session, 2000, opened_on=1, **proposed)
    with registry.read_session() as session:
        swept = sweep_patient(session, fresh(), patient_number="P1", on=ON, thresholds=[2000])
    [entry] = swept["thresholds"]
    assert plan["rows"][-1]["national"] == entry["national"]
    assert plan["rows"][-1]["regions"] == entry["regions"]
    assert plan["rows"][-1]["national"] != plan["rows"][1]["national"]


def test_a_plan_without_a_directive_stands_beside_no_rule(registry, fresh):
    with registry.read_session() as session:
        plan = plan_directive(session, fresh(), patient_number="P1", wording=Wording(2000), on=ON, locale="fr")
    assert [(row["which"], row["version"], row["mfi"]) for row in plan["rows"]] == [
        ("in_force", None, 2000),
        ("proposed", None, 2000),
    ]
    assert plan["rows"][0]["national"] == plan["rows"][1]["national"]


# --- the history ---


def test_the_history_says_what_changed(registry):
    with registry.write_session() as session:
        put(
            session,
            1000,
            add=("A9",),
            remove=(Removal("B44", "weak"), Removal("B35", "old")),
            hpa_antibodies=("HPA-1a",),
        )
        put(
            session, 2000, opened_on=1, add=(Addition("A9", "seen"), Addition("Bw4")), remove=(Removal("B44", "weaker"),),
            hpa_antibodies=("HPA-5b",), anti_cd36=True, valid_until=ON,
        )  # fmt: skip
        second, first = list_directives(session, patient_number="P1")
    assert (first["version"], first["changes"], second["version"]) == (1, [], 2)
    changes = [tuple(v for v in change.values()) for change in second["changes"]]
    assert changes == [
        ("threshold_mfi", 1000, 2000),
        ("anti_cd36", False, True),
        ("valid_until", None, ON),
        ("added_come", "Bw4", ""),
        ("added_reason", "A9", "seen"),
        ("removed_gone", "B35", "old"),
        ("removed_reason", "B44", "weaker"),
        ("hpa_come", "HPA-5b", ""),
        ("hpa_gone", "HPA-1a", ""),
    ]
    assert {f"change.{change['what']}" for change in second["changes"]} <= messages().keys()


def test_the_command_and_the_form_make_the_same_directive(registry):
    asked = Wording(1500, sample="S1", add=("A9",), remove=[Removal("B44", "weak")], hpa_antibodies=["HPA-1a"])
    with registry.write_session() as session:
        set_directive(session, patient_number="P1", wording=asked, actor="dr-a", now=NOW)
        put_in_force(session, patient_number="P1", wording=asked, opened_on=1, on=ON, actor="dr-a", now=NOW)
        second, _ = list_directives(session, patient_number="P1")
    assert second["changes"] == []
