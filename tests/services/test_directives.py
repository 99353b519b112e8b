"""Directives: a new one supersedes the one in force, none is lost, and each step is in the audit trail (MATCHING §1, §4)."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.errors import NotFound, RefusedByRule, UnusableInput
from domain.typing_text import parse_typed_value
from models.antibody import HlaClass, SerumSample
from models.audit import AuditEvent
from models.directive import Directive, DirectiveSpecificity
from models.epitope import EpletTableRow
from services.audit import verify_audit
from services.audit_trail import Change, changes_of
from services.directive_history import list_directives
from services.directives import (
    Addition,
    Removal,
    Wording,
    close_directive,
    directive_json,
    parse_removal,
    set_directive,
    show_directive,
)
from services.eplets.store import eplet_table_in_use
from services.patients import Request, find_current_directive, get_case, get_patient
from services.reference import core_reference
from services.wording.catalogue import messages
from tests.invented_eplets import load_invented_eplets
from tests.small_registry import NOW, put_patient, put_serum


@pytest.fixture
def known(engines):
    """The engines of a database that knows patient P1 with a serum of each class."""
    with engines.write_session() as session:
        patient = put_patient(session, "P1", "A*01 A*03:01 B8 B*40")
        put_serum(session, patient, "S1", "A*02:01=9000")
        put_serum(session, patient, "S2", "DRB1*04:01=9000", hla_class=HlaClass.II)
    return engines


@pytest.fixture
def session(known):
    with known.write_session() as session:
        yield session


def put(session, threshold=2000, *, moment=NOW, actor="dr-a", **wording):
    return set_directive(session, patient_number="P1", wording=Wording(threshold, **wording), actor=actor, now=moment)


def close(session, moment=NOW):
    return close_directive(session, patient_number="P1", actor="dr-b", now=moment)


def history(session):
    rows = session.exec(select(Directive).order_by(Directive.version)).all()
    return [(row.version, row.status.value, row.threshold_mfi) for row in rows]


# --- set ---


def test_a_directive_keeps_all_that_was_asked_in_canonical_form(session):
    row = put(
        session, 1500, sample="S1", loci="b,a,c", add=("a24(9)", "Bw4", "A*0201"), remove=(Removal("b44", "old serum"),),
        hpa_antibodies=("hpa-1a",), anti_cd36=True, abo_rule="no-major",
    )  # fmt: skip
    assert directive_json(session, "P1", row) == {
        "patient": "P1",
        "version": 1,
        "status": "current",
        "threshold": 1500,
        "sample": "S1",
        "serum": "current",
        "peak_months": None,
        "loci": ["A", "B", "C"],
        "add": ["A24", "Bw4", "A*02:01"],
        "remove": [{"specificity": "B44", "reason": "old serum"}],
        "hpa_antibodies": ["HPA-1a"],
        "anti_cd36": True,
        "abo_rule": "no-major",
        "planned_donor": "",
        "planned_exclusions": [],
        "actor": "dr-a",
        "created_at": NOW,
        "add_reasons": {},
        "valid_until": None,
        "note": "",
        "signed_by": None,
        "signed_at": None,
        "closed_by": None,
        "closed_at": None,
    }
    assert show_directive(session, patient_number="P1") == directive_json(session, "P1", row)


def test_a_directive_asks_little_unless_told(session):
    shown = directive_json(session, "P1", put(session))
    assert (shown["sample"], shown["loci"], shown["abo_rule"], shown["anti_cd36"]) == (None, ["A", "B"], "none", False)
    assert shown["add"] == shown["remove"] == shown["hpa_antibodies"] == []


@pytest.mark.parametrize("threshold", [1, 100_000])
def test_the_least_and_the_most_threshold_are_kept(session, threshold):
    assert put(session, threshold).threshold_mfi == threshold


def test_a_specificity_given_twice_is_kept_once(session):
    row = put(session, add=("A9", "a9", "HLA-A9"))
    assert directive_json(session, "P1", row)["add"] == ["A9"]


# --- one in force, all kept ---


def test_a_new_directive_supersedes_the_one_in_force(session):
    put(session, 1000)
    put(session, 2000, moment=NOW + timedelta(days=1))
    put(session, 5000, moment=NOW + timedelta(days=2))
    assert history(session) == [(1, "superseded", 1000), (2, "superseded", 2000), (3, "current", 5000)]
    ended = [row.closed_at for row in session.exec(select(Directive).order_by(Directive.version)).all()]
    assert ended == [NOW + timedelta(days=1), NOW + timedelta(days=2), None]
    assert show_directive(session, patient_number="P1")["threshold"] == 5000


def test_the_edits_of_a_superseded_directive_are_kept(session):
    first = put(session, add=("A9",), remove=(Removal("B44", "weak"),))
    put(session)
    kept = directive_json(session, "P1", first)
    assert (kept["add"], kept["remove"], kept["status"]) == (
        ["A9"],
        [{"specificity": "B44", "reason": "weak"}],
        "superseded",
    )
    assert show_directive(session, patient_number="P1")["add"] == []


def test_a_closed_directive_is_kept_and_the_next_counts_on(session):
    put(session, 1000)
    row = close(session, NOW + timedelta(hours=1))
    assert (row.status.value, row.closed_at) == ("closed", NOW + timedelta(hours=1))
    put(session, 2000)
    assert history(session) == [(1, "closed", 1000), (2, "current", 2000)]


def test_the_directives_of_two_patients_are_apart(session):
    put_patient(session, "P2", "A*02 A*24 B*07 B*44")
    put(session, 1000)
    set_directive(session, patient_number="P2", wording=Wording(3000, add=("A1",)), actor="dr-a", now=NOW)
    assert show_directive(session, patient_number="P1")["threshold"] == 1000
    assert show_directive(session, patient_number="P2")["version"] == 1


def test_there_is_never_more_than_one_in_force(session):
    for threshold in (1000, 2000, 3000):
        put(session, threshold)
        current = session.exec(select(Directive).where(Directive.status == "current")).all()
        assert [row.threshold_mfi for row in current] == [threshold]


# --- none in force ---


def test_without_a_directive_there_is_nothing_to_show_or_close(session):
    for step in (lambda: show_directive(session, patient_number="P1"), lambda: close(session)):
        with pytest.raises(RefusedByRule, match="no_directive") as refused:
            step()
        assert refused.value.params == {"patient": "P1"}
    put(session)
    close(session)
    with pytest.raises(RefusedByRule, match="no_directive"):
        close(session)


def test_an_unknown_patient_has_no_directive(session):
    asked = {"patient_number": "P9", "actor": "dr-a", "now": NOW}
    for step in (
        lambda: set_directive(session, wording=Wording(2000), **asked),
        lambda: close_directive(session, **asked),
        lambda: show_directive(session, patient_number="P9"),
    ):
        with pytest.raises(NotFound, match="unknown_patient"):
            step()


# --- refusals, after which the one in force still is ---


@pytest.mark.parametrize(
    ("wording", "kind", "code"),
    [
        ({"threshold": 0}, UnusableInput, "threshold_out_of_range"),
        ({"threshold": -1}, UnusableInput, "threshold_out_of_range"),
        ({"threshold": 10**9}, UnusableInput, "threshold_out_of_range"),
        ({"sample": "S9"}, UnusableInput, "unknown_sample"),
        ({"sample": "S2"}, UnusableInput, "unknown_sample"),  # class II
        ({"loci": "A"}, UnusableInput, "unknown_loci"),
        ({"loci": "A,B,DRB1"}, UnusableInput, "unknown_loci"),
        ({"add": ("A99",)}, UnusableInput, "unknown_specificity"),
        ({"add": ("A*02",)}, UnusableInput, "unknown_specificity"),
        ({"add": ("eplet:9Q",)}, UnusableInput, "eplet_table_not_loaded"),
        ({"add": ("3C",)}, UnusableInput, "unknown_specificity"),
        ({"add": ("5C", "B44"), "remove": (Removal("5c (rodey)", "x"),)}, RefusedByRule, "added_and_removed"),
        ({"remove": (Removal("Bw5", "x"),)}, UnusableInput, "unknown_specificity"),
        ({"remove": (Removal("B44", "x"), Removal("b44", "y"))}, UnusableInput, "removed_twice"),
        ({"hpa_antibodies": ("HPA-99a",)}, UnusableInput, "hpa_system_unknown"),
        ({"hpa_antibodies": ("nonsense",)}, UnusableInput, "hpa_antigen_unreadable"),
        ({"abo_rule": "sometimes"}, UnusableInput, "abo_rule_unknown"),
        ({"add": ("A1",)}, RefusedByRule, "added_own_antigen"),
        ({"add": ("B8",)}, RefusedByRule, "added_own_antigen"),
        ({"add": ("A*03:01",)}, RefusedByRule, "added_own_antigen"),
        ({"add": ("A9", "B44"), "remove": (Removal("b44", "x"),)}, RefusedByRule, "added_and_removed"),
    ],
)
def test_what_may_not_be_leaves_the_one_in_force_as_it_was(known, wording, kind, code):
    with known.write_session() as session:
        put(session, 1000, add=("A9",))
    with pytest.raises(kind) as refused, known.write_session() as session:
        put(session, **wording)
    assert refused.value.code == code
    assert code in messages()
    with known.read_session() as session:
        assert history(session) == [(1, "current", 1000)]
        assert len(session.exec(select(AuditEvent)).all()) == 1
        assert len(session.exec(select(DirectiveSpecificity)).all()) == 1


@pytest.mark.parametrize("specificity", ["A3", "A*03:02", "B60", "B*40:01", "B5", "A2"])
def test_what_the_patient_may_or_may_not_have_can_be_added(session, specificity):
    assert directive_json(session, "P1", put(session, add=(specificity,)))["add"] == [specificity]


# --- removals in words ---


@pytest.mark.parametrize(
    ("text", "specificity", "reason"),
    [
        ("B44:old serum", "B44", "old serum"),
        (" B44 : old: twice ", "B44", "old: twice"),
        ("A*02:01:old", "A*02:01", "old"),
        ("A*02:01:see 12:30 call", "A*02:01", "see 12:30 call"),
        ("Bw4:weak", "Bw4", "weak"),
    ],
)
def test_a_removal_is_a_specificity_and_a_reason(text, specificity, reason):
    assert parse_removal(text) == Removal(specificity, reason)


@pytest.mark.parametrize("text", ["B44", "B44:", "B44: ", "A*02:01", "A*02:01:", ""])
def test_a_removal_without_a_reason_is_refused(text):
    with pytest.raises(UnusableInput, match="removal_without_reason"):
        parse_removal(text)


# --- the audit trail ---


FIRST = {
    "threshold_mfi": 1500, "sample": "S1", "serum": "current", "peak_months": None, "loci": ["A", "B"],
    "added": {"A9": ""}, "removed": {"B44": "old serum"},
    "hpa_antibodies": ["HPA-1a"], "anti_cd36": False, "abo_rule": "none", "planned_donor": "", "valid_until": "2026-12-01",
}  # fmt: skip
SECOND = {
    "threshold_mfi": 2000, "sample": None, "serum": "current", "peak_months": None, "loci": ["A", "B", "C"],
    "added": {"A9": "seen in 2024"}, "removed": {},
    "hpa_antibodies": [], "anti_cd36": True, "abo_rule": "identical", "planned_donor": "", "valid_until": None,
}  # fmt: skip


@pytest.fixture
def steps(session):
    """The trail of a directive that was set, replaced and closed."""
    put(
        session, 1500, sample="S1", add=("a9",), remove=(Removal("b44", "old serum"),), hpa_antibodies=("HPA-1a",),
        valid_until=date(2026, 12, 1), note="her daughter asked",
    )  # fmt: skip
    put(
        session, 2000, loci="A,B,C", add=(Addition("A9", "seen in 2024"),), anti_cd36=True, abo_rule="identical",
        note="her daughter asked", actor="dr-c",
    )  # fmt: skip
    close_directive(session, patient_number="P1", actor="dr-b", now=NOW, reason=" transplanted ")
    return session.exec(select(AuditEvent).order_by(AuditEvent.id)).all()


def test_each_step_is_in_the_audit_trail_with_what_changed_and_why(steps, session):
    assert [(e.action, e.actor, e.subject_type, e.subject_key) for e in steps] == [
        ("directive_set", "dr-a", "patient", "P1"),
        ("directive_set", "dr-c", "patient", "P1"),
        ("directive_closed", "dr-b", "patient", "P1"),
    ]
    assert [e.details for e in steps] == [
        {"version": 1, "before": {}, "after": FIRST, "note_changed": True},
        {"version": 2, "before": FIRST, "after": SECOND},
        {"version": 2, "before": SECOND, "after": {}, "reason": "transplanted"},
    ]
    assert "daughter" not in str([e.details for e in steps])
    assert verify_audit(session).fault is None


def test_the_trail_of_directives_reads_as_old_and_new(steps):
    assert changes_of(steps[1].details) == [
        Change("abo_rule", "identical", "none"),
        Change("added", "A9: seen in 2024", "A9: —"),
        Change("anti_cd36", "True", "False"),
        Change("hpa_antibodies", "—", "HPA-1a"),
        Change("loci", "A, B, C", "A, B"),
        Change("removed", "—", "B44: old serum"),
        Change("sample", "—", "S1"),
        Change("threshold_mfi", "2000", "1500"),
        Change("valid_until", "—", "2026-12-01"),
        Change("version", "2"),
    ]
    assert changes_of(steps[2].details)[-2:] == [Change("reason", "transplanted"), Change("version", "2")]


def test_a_directive_ends_without_a_reason_but_not_with_an_unreadable_one(session):
    put(session)
    with pytest.raises(UnusableInput, match="reason_unusable"):
        close_directive(session, patient_number="P1", actor="dr-b", now=NOW, reason="two\nlines")
    assert show_directive(session, patient_number="P1")["status"] == "current"
    close(session)
    assert "reason" not in session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first().details


def test_the_current_directive_is_found_in_another_session(known):
    with known.write_session() as session:
        put(session, 1500)
    with known.read_session() as session:
        assert find_current_directive(session, get_patient(session, "P1")).threshold_mfi == 1500


@pytest.mark.parametrize("reason", ["\x1b[31mred", "x" * 501])
def test_a_reason_is_short_plain_text(reason):
    with pytest.raises(UnusableInput) as refused:
        parse_removal(f"B44:{reason}")
    assert refused.value.code == "reason_unusable"


# --- groups and eplets ---


def test_a_creg_is_kept_with_its_family_and_an_eplet_as_its_table_writes_it(session):
    load_invented_eplets(session)
    row = put(
        session, add=("5c", "20z"), remove=(parse_removal("eplet:9q:seen alone"), parse_removal("8C (ucla):weak"))
    )
    kept = directive_json(session, "P1", row)
    assert kept["add"] == ["5C (rodey)", "eplet:20Z"]
    assert kept["remove"] == [
        {"specificity": "eplet:9Q", "reason": "seen alone"},
        {"specificity": "8C (ucla)", "reason": "weak"},
    ]


@pytest.mark.parametrize(
    ("eplet", "kind", "code"),
    [("eplet:99X", UnusableInput, "unknown_eplet"), ("60P", RefusedByRule, "added_own_eplet")],  # P1 has A*03:01
)
def test_an_eplet_that_no_allele_or_an_own_one_carries_is_refused(session, eplet, kind, code):
    load_invented_eplets(session)
    with pytest.raises(kind) as refused:
        put(session, add=(eplet,))
    assert refused.value.code == code


def test_an_eplet_in_force_without_its_table_is_said_and_leaves_nobody_compatible(session):
    load_invented_eplets(session)
    put(session, add=("20Z",), remove=(Removal("9Q", "seen alone"),))
    case = get_case(session, "P1", Request(), core_reference(), on=NOW.date())
    assert [one.code for one in case.issues] == []
    value = parse_typed_value("A*11:01", reference=core_reference()).value
    assert case.reading(core_reference(), eplet_table_in_use(session)).react(value).at(2000) == "positive"
    session.exec(select(EpletTableRow)).one().active = False
    session.flush()
    case = get_case(session, "P1", Request(), core_reference(), on=NOW.date())
    assert [one.code for one in case.issues] == ["added_eplet_not_known", "removed_eplet_not_known"]
    assert {one.code for one in case.issues} <= messages().keys()
    reading = case.reading(core_reference(), None)
    for text in ("A*11:01", "B7", "A25"):
        found = reading.react(parse_typed_value(text, reference=core_reference()).value)
        assert found.at(2000) == "undecided"


# --- the planned stem-cell donor ---

PLANNED = "A*01:01+A*24:02^B*08:01+B*44:02"


def test_the_planned_donor_is_kept_as_written_and_avoided(session):
    row = put(session, planned_donor=f"  {PLANNED} ")
    kept = directive_json(session, "P1", row)
    assert kept["planned_donor"] == PLANNED
    assert kept["planned_exclusions"] == [
        {"specificity": "A*01:01", "certain": False},  # the patient is A*01
        {"specificity": "A*24:02", "certain": True},
        {"specificity": "B*08:01", "certain": False},
        {"specificity": "B*44:02", "certain": True},
    ]
    assert kept["add"] == []
    case = get_case(session, "P1", Request(), core_reference(), on=NOW.date())
    reading = case.reading(core_reference())
    found = {
        text: reading.react(parse_typed_value(text, reference=core_reference()).value).at(2000).value
        for text in ("A*24:02", "A24", "A*01:01", "B8", "B*44:02")
    }
    assert found == {
        "A*24:02": "positive", "A24": "undecided", "A*01:01": "negative", "B8": "negative", "B*44:02": "positive",
    }  # fmt: skip
    said = {one.code: one.params for one in case.issues}
    assert said["planned_donor_excluded"] == {"names": "A*24:02, B*44:02"}
    assert said["planned_donor_undecided"] == {"names": "A*01:01, B*08:01"}
    assert said.keys() <= messages().keys()


def test_the_planned_donor_is_part_of_what_is_sealed_and_of_the_history(session):
    put(session)
    put(session, planned_donor="A24")
    [newest, _] = list_directives(session, patient_number="P1")
    assert newest["changes"] == [{"what": "planned_donor", "before": "", "after": "A24"}]
    event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.details["before"]["planned_donor"], event.details["after"]["planned_donor"]) == ("", "A24")


@pytest.mark.parametrize(
    ("typing", "code"),
    [
        ("Dupont", "planned_donor_unreadable"),
        ("A*99:01", "planned_donor_unreadable"),
        ("A1+A2|A1+A3", "planned_donor_unreadable"),
        ("A1 A2 A3", "planned_donor_too_many"),
        ("A1 " * 500, "planned_donor_too_long"),
    ],
)
def test_a_planned_donor_that_cannot_be_read_is_refused(session, typing, code):
    with pytest.raises(UnusableInput) as refused:
        put(session, planned_donor=typing)
    assert refused.value.code == code
    assert code in messages()


# --- one serum or the peak ---


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        ({"serum": "peak"}, "peak_months_unusable"),
        ({"serum": "peak", "peak_months": 0}, "peak_months_unusable"),
        ({"peak_months": 6}, "peak_months_without_peak"),
        ({"serum": "best"}, "serum_rule_unknown"),
    ],
)
def test_a_peak_needs_its_months(session, wording, code):
    with pytest.raises(UnusableInput) as refused:
        put(session, **wording)
    assert refused.value.code == code
    assert code in messages()


def test_the_peak_combines_sera_of_one_treatment_and_says_what_it_leaves_out(session):
    patient = get_patient(session, "P1")
    on = NOW.date()
    put_serum(session, patient, "RECENT", "A*02:01=100 A*24:02=900", run_on=on, kit_lot="L2")
    put_serum(session, patient, "OLDER", "A*02:01=7000 B*35:01=3000", run_on=on - timedelta(days=100), kit_lot="L1")
    put_serum(session, patient, "EDTA", "A*24:02=20000", run_on=on - timedelta(days=50), treatment="EDTA")
    put_serum(session, patient, "BAD", "A*24:02=20000", run_on=on - timedelta(days=50), rejected=True)
    put_serum(session, patient, "UNDATED", "A*24:02=20000", run_on=None)
    put_serum(session, patient, "ANCIENT", "A*24:02=20000", run_on=on - timedelta(days=400))
    session.exec(select(SerumSample).where(SerumSample.sample_code == "S1")).one().run_on = on - timedelta(days=300)
    put(session, serum="peak", peak_months=6)
    case = get_case(session, "P1", Request(), core_reference(), on=on)
    assert case.sera == ("RECENT (L2)", "OLDER (L1)")
    assert {bead.allele: (bead.mfi, bead.serum) for bead in case.profile.beads} == {
        "A*02:01": (7000.0, "OLDER (L1)"),
        "A*24:02": (900.0, "RECENT (L2)"),
        "B*35:01": (3000.0, "OLDER (L1)"),
    }
    said = {(one.code, one.subject) for one in case.issues}
    assert said == {
        ("rejected_sample_not_read", "BAD"),
        ("serum_treatment_differs", "RECENT"),
        ("peak_treatment_left_out", "EDTA"),
        ("peak_undated_left_out", "UNDATED"),
        ("peak_of_sera", "RECENT (L2), OLDER (L1)"),
        ("peak_several_lots", "RECENT (L2), OLDER (L1)"),
    }
    assert {code for code, _ in said} <= messages().keys()
    alone = get_case(session, "P1", Request(sample="OLDER"), core_reference(), on=on)
    assert alone.sera == ("OLDER (L1)",)  # a serum that is asked for is read alone


def test_the_day_asked_decides_which_sera_are_within_the_months(session):
    patient = get_patient(session, "P1")
    on = NOW.date()
    put_serum(session, patient, "OLDER", "A*02:01=20000", run_on=on - timedelta(days=40))
    put(session, serum="peak", peak_months=1)
    found = {
        day: get_case(session, "P1", Request(), core_reference(), on=day).sera for day in (on, on - timedelta(days=15))
    }
    assert found == {on: ("S1 (1)",), on - timedelta(days=15): ("S1 (1)", "OLDER (1)")}
