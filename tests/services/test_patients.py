"""What a search rests on: the patient's typing, the serum chosen, the directive's word and the person's (INTERFACES §3)."""

from datetime import date

import pytest
from sqlmodel import select

from domain.errors import NotFound, UnusableInput
from domain.reactivity import SerumReading
from models.antibody import HlaClass
from models.patient import Patient
from services.directives import Removal, Wording, set_directive
from services.patients import (
    Request,
    get_case,
    get_patient,
    patient_typings,
    self_issues,
)
from services.reference import core_reference
from services.sera import class_i_samples, read_profile
from tests.small_registry import NOW, put_patient, put_serum

REFERENCE = core_reference()


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        yield session


@pytest.fixture
def patient(session):
    return put_patient(session, "P1", "A*01 A*03 B*08 B*49")


def case(session, number="P1", **request):
    return get_case(session, number, Request(**request), REFERENCE, on=NOW.date())


def codes(found):
    return [issue.code for issue in found.issues]


def direct(session, threshold=2000, **wording):
    return set_directive(session, patient_number="P1", wording=Wording(threshold, **wording), actor="test", now=NOW)


# --- the patient ---


def test_a_patient_is_found_by_number(session, patient):
    assert get_patient(session, "P1") == patient
    for number in ("P2", "p1", "", "1"):
        with pytest.raises(NotFound, match="unknown_patient") as refused:
            get_patient(session, number)
        assert refused.value.params == {"patient": number}


def test_the_typing_is_read_from_the_raw_text(session):
    odd = put_patient(session, "P2", "a2 - B*0702 A99 X X")
    typings = patient_typings(odd, REFERENCE)
    assert [value and value.canonical for value in typings["A"].values] == ["A2", "A2"]
    assert typings["A"].blank
    assert [value and value.canonical for value in typings["B"].values] == ["B*07:02", None]
    assert not typings["C"].is_typed
    assert set(codes(case(session, "P2"))) == {
        "blank_after_antigen",
        "unknown_antigen",
        "patient_not_typed",
        "no_sample",
    }


def test_each_value_of_the_patient_counts_once(session):
    put_patient(session, "P2", "A*01 A*01 B*08 - C*07 X")
    assert [value.canonical for value in case(session, "P2").values] == ["A*01", "B*08", "C*07"]


@pytest.mark.parametrize(
    ("typed", "said"), [("A*01 A*03 B*08 B*49", False), ("A*01 A*03 B*08 X", True), ("A*01 A*03 B*08 B*49 X X", False)]
)
def test_a_patient_not_typed_at_a_or_b_is_said(session, typed, said):
    put_patient(session, "P2", typed)
    assert ("patient_not_typed" in codes(case(session, "P2"))) == said


# --- the serum ---


def test_the_latest_class_i_serum_is_read_by_run_date(session, patient):
    put_serum(session, patient, "OLD", "A*02:01=1", run_on=date(2026, 1, 1))
    put_serum(session, patient, "NEW", "A*02:01=2", run_on=date(2026, 6, 1))
    put_serum(session, patient, "LATE", "A*02:01=3", run_on=date(2026, 3, 1))  # imported last, run before
    assert case(session).sample.sample_code == "NEW"
    assert [bead.mfi for bead in case(session).profile.beads] == [2]
    assert [one.sample_code for one in class_i_samples(session, patient)] == ["NEW", "LATE", "OLD"]


def test_of_one_run_date_the_last_imported_is_read(session, patient):
    for code in ("S2", "S3", "S1"):
        put_serum(session, patient, code, "A*02:01=1")
    assert case(session).sample.sample_code == "S1"


def test_a_serum_without_a_run_date_comes_before_every_dated_one(session, patient):
    put_serum(session, patient, "DATED", "A*02:01=1", run_on=date(1990, 1, 1))
    put_serum(session, patient, "UNDATED", "A*02:01=1", run_on=None)
    assert case(session).sample.sample_code == "DATED"


def test_among_sera_without_a_run_date_the_last_imported_is_read(session, patient):
    for code in ("S1", "S2"):
        put_serum(session, patient, code, "A*02:01=1", run_on=None)
    assert case(session).sample.sample_code == "S2"


def test_class_ii_sera_and_those_of_other_patients_are_not_read(session, patient):
    other = put_patient(session, "P2", "A*01 A*03 B*08 B*49")
    put_serum(session, patient, "S1", "A*02:01=1", run_on=date(2020, 1, 1))
    put_serum(session, patient, "S2", "DRB1*04:01=9000", hla_class=HlaClass.II)
    put_serum(session, other, "S3", "A*02:01=2")
    assert case(session).sample.sample_code == "S1"


def test_no_serum_is_an_empty_profile_and_said(session, patient):
    put_serum(session, patient, "S2", "DRB1*04:01=9000", hla_class=HlaClass.II)
    found = case(session)
    assert (found.sample, found.profile.beads) == (None, ())
    assert codes(found) == ["no_sample"]


def test_a_serum_is_asked_by_its_code(session, patient):
    put_serum(session, patient, "S1", "A*02:01=1", run_on=date(2020, 1, 1))
    put_serum(session, patient, "S2", "A*02:01=2")
    assert case(session, sample="S1").sample.sample_code == "S1"


def test_a_serum_nobody_has_is_refused(session, patient):
    put_serum(session, put_patient(session, "P2", ""), "THEIRS", "A*02:01=1")
    put_serum(session, patient, "II", "DRB1*04:01=1", hla_class=HlaClass.II)
    for code in ("S9", "THEIRS", "II"):
        with pytest.raises(UnusableInput, match="unknown_sample") as refused:
            case(session, sample=code)
        assert refused.value.params == {"sample": code, "patient": "P1"}


def test_of_several_lots_the_latest_is_read_and_said(session, patient):
    put_serum(session, patient, "S1", "A*02:01=1", kit_lot="L1", run_on=date(2026, 5, 1))
    put_serum(session, patient, "S1", "A*02:01=2", kit_lot="L2", run_on=date(2026, 6, 1))
    found = case(session)
    assert found.sample.kit_lot == "L2"
    assert [(i.code, i.subject, i.params) for i in found.issues] == [("several_lots", "S1", {"lot": "L2", "lots": 2})]


def test_only_beads_that_carry_hla_take_part(session, patient):
    sample = put_serum(session, patient, "S1", "A*02:01=100 B*08:01=200")  # and a control at 20,000
    assert [(bead.allele, bead.mfi) for bead in read_profile(session, sample, REFERENCE).beads] == [
        ("A*02:01", 100), ("B*08:01", 200),
    ]  # fmt: skip


def test_what_is_odd_about_the_beads_is_said(session, patient):
    put_serum(session, patient, "S1", "A*02:01=100 A*0201=200 A99=5")
    assert codes(case(session)) == ["duplicate_bead", "unknown_bead"]


# --- the directive's word, and the person's ---


def test_without_a_directive_there_are_no_rules(session, patient):
    found = case(session)
    assert (found.directive_row, found.threshold_mfi) == (None, None)
    assert found.directive.loci == ("A", "B")
    assert (found.directive.added, found.directive.removed, found.directive.abo_rule) == ((), (), "none")


def test_the_current_directive_gives_rules_threshold_and_serum(session, patient):
    put_serum(session, patient, "S1", "A*02:01=1", run_on=date(2020, 1, 1))
    put_serum(session, patient, "S2", "A*02:01=2")
    direct(
        session, 1500, sample="S1", loci="A,B,C", add=("A9", "Bw4"), remove=(Removal("B44", "old"),),
        hpa_antibodies=("HPA-1a",), anti_cd36=True, abo_rule="no-major",
    )  # fmt: skip
    found = case(session)
    assert (found.threshold_mfi, found.sample.sample_code) == (1500, "S1")
    directive = found.directive
    assert [one.name for one in directive.added] == ["A9", "Bw4"]
    assert [one.name for one in directive.removed] == ["B44"]
    assert (directive.loci, directive.hpa_antibodies, directive.anti_cd36, directive.abo_rule) == (
        ("A", "B", "C"), ("HPA-1a",), True, "no-major",
    )  # fmt: skip
    assert found.reading(REFERENCE).added == directive.added


def test_a_directive_without_a_serum_reads_the_latest(session, patient):
    put_serum(session, patient, "S1", "A*02:01=1", run_on=date(2020, 1, 1))
    direct(session)
    put_serum(session, patient, "S2", "A*02:01=2")
    assert case(session).sample.sample_code == "S2"


def test_what_the_person_asks_goes_before_the_directive(session, patient):
    put_serum(session, patient, "S1", "A*02:01=1", run_on=date(2020, 1, 1))
    put_serum(session, patient, "S2", "A*02:01=2")
    direct(session, 1500, sample="S1", add=("A9",))
    found = case(session, sample="S2", threshold_mfi=700, loci="A,B,C")
    assert (found.sample.sample_code, found.threshold_mfi, found.directive.loci) == ("S2", 700, ("A", "B", "C"))
    assert [one.name for one in found.directive.added] == ["A9"]  # its rules stay in force


@pytest.mark.parametrize("request_", [{"threshold_mfi": 0}, {"threshold_mfi": 100_001}, {"loci": "A"}, {"loci": ""}])
def test_what_the_person_asks_is_checked(session, patient, request_):
    with pytest.raises(UnusableInput):
        case(session, **request_)


# --- the patient's own beads ---


def test_own_beads_at_or_above_the_threshold_are_said(session):
    own = put_patient(session, "P2", "A*02:01 A*24 B*40 B*49")
    put_serum(
        session, own, "S2", "A*02:01=1000 A*24:02=999.9 A*24:07=3000 B*40:01=5000 B*40:02=800 B*49:01=2000 A*01:01=9000"
    )
    found = case(session, "P2")
    reading = found.reading(REFERENCE)
    assert isinstance(reading, SerumReading)
    said = [(issue.code, issue.subject, issue.params["mfi"]) for issue in self_issues(reading, 1000)]
    assert said == [
        ("self_reactive_bead", "A*02:01", 1000),
        ("possibly_self_reactive_bead", "A*24:07", 3000),
        ("possibly_self_reactive_bead", "B*40:01", 5000),
        ("self_reactive_bead", "B*49:01", 2000),
    ]
    assert self_issues(reading, 5001) == []


def test_a_patients_birth_date_is_no_part_of_a_case_s_words(session, patient):
    assert "1985" not in repr(session.exec(select(Patient)).one())
