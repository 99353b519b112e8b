"""HPA and CD36 antibody results by hand: on record once, withdrawn with a reason, and what the directive lacks."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from models.audit import AuditEvent
from models.request import AntibodyResult
from services.directives import Wording, set_directive
from services.platelet_antibodies import (
    Result,
    get_result,
    known_methods,
    list_results,
    parse_platelet_specificity,
    positive_specificities,
    positives_not_directed,
    record_result,
    withdraw_result,
)
from tests.small_registry import NOW, put_patient

ON = date(2026, 11, 20)
POSITIVE, NEGATIVE = AntibodyResult.POSITIVE, AntibodyResult.NEGATIVE


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        yield session


@pytest.fixture
def patient(session):
    return put_patient(session, "P1", "A*01 A*03 B*08 B*49")


def record(session, specificity="HPA-1a", result=POSITIVE, on=ON, method="MAIPA"):
    given = Result(specificity, result, method, on, "S1")
    return record_result(session, patient_number="P1", result=given, today=NOW.date(), actor="test", now=NOW)


def withdraw(session, row, reason="other tube"):
    return withdraw_result(session, patient_number="P1", result_id=row.id, reason=reason, actor="test", now=NOW)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1a", "HPA-1a"),
        ("anti-HPA-15B", "HPA-15b"),
        ("cd 36", "CD36"),
        ("anti-CD36", "CD36"),
        ("Nak(a)", "CD36"),
        ("GPIV", "CD36"),
    ],
)
def test_a_specificity_has_one_name(text, name):
    assert parse_platelet_specificity(text) == name


@pytest.mark.parametrize("text", ["", "B44", "HPA-77a", "CD37", "1", "<b>"])
def test_what_is_no_specificity_is_refused(text):
    with pytest.raises(UnusableInput):
        parse_platelet_specificity(text)


def test_the_same_test_is_on_record_once(session, patient):
    record(session)
    for result in (POSITIVE, NEGATIVE):
        with pytest.raises(RefusedByRule, match="platelet_result_on_record"):
            record(session, result=result)
    assert len(list_results(session, patient)) == 1


def test_a_test_of_tomorrow_is_refused(session, patient):
    with pytest.raises(InvalidFields) as caught:
        record(session, on=NOW.date() + timedelta(days=1))
    assert caught.value.faults[0].code == "tested_in_future"


def test_a_withdrawn_result_no_longer_counts_and_stays_on_record(session, patient):
    withdraw(session, record(session))
    assert positive_specificities(session, patient) == ()
    assert [row.withdrawal_reason for row in list_results(session, patient)] == ["other tube"]
    with pytest.raises(RefusedByRule, match="platelet_result_withdrawn"):
        withdraw(session, list_results(session, patient)[0])


def test_a_withdrawn_result_recorded_anew_leaves_what_it_was_in_the_trail(session, patient):
    withdraw(session, record(session))
    record(session, result=NEGATIVE)
    last = session.exec(select(AuditEvent)).all()[-1]
    assert (last.details["result"], last.details["before"]["result"], last.details["before"]["withdrawal_reason"]) == (
        "negative",
        "positive",
        "other tube",
    )


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00"])
def test_withdrawing_needs_a_reason(session, patient, reason):
    with pytest.raises(InvalidFields):
        withdraw(session, record(session), reason)


def test_another_patients_result_and_a_number_of_nobody_are_not_found(session, patient):
    row = record(session)
    other = put_patient(session, "P2", "A*01 A*03 B*08 B*49")
    for owner, number in ((other, row.id), (patient, 0), (patient, 2**63)):
        with pytest.raises(NotFound):
            get_result(session, owner, number)


def test_a_later_negative_does_not_take_a_positive_off(session, patient):
    record(session, "HPA-5b", on=date(2024, 1, 5))
    record(session, "HPA-5b", NEGATIVE)
    record(session, "CD36", method="flow")
    record(session, "HPA-1a", AntibodyResult.INDETERMINATE)
    assert positive_specificities(session, patient) == ("HPA-5b", "CD36")
    assert known_methods(session) == ["flow", "MAIPA"]


def test_what_the_directive_does_not_avoid_is_told(session, patient):
    record(session)
    record(session, "CD36")
    assert positives_not_directed(session, patient) == ("HPA-1a", "CD36")
    wording = Wording(threshold_mfi=2000, hpa_antibodies=["HPA-1a"])
    set_directive(session, patient_number="P1", wording=wording, actor="test", now=NOW)
    assert positives_not_directed(session, patient) == ("CD36",)
