"""The treatment of a serum stated by a person: kept, audited, and not undone by the same file again."""

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound
from models.antibody import SerumSample
from models.audit import AuditEvent
from services.imports.antibodies import AntibodyOptions, import_antibodies
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.serum_treatment import record_treatment
from tests.small_registry import NOW, put_patient

FILE = b"allele;mfi\nA*02:01;9000\nB*44:02;100\n"


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8")
        put_patient(session, "P2", "A1 A3 B7 B8")
        yield session


def bring(session, content=FILE, **options):
    request = ImportRequest(content=content, file_name="S1.csv", actor="lab", now=NOW)
    asked = AntibodyOptions(patient="P1", sample_code="S1", **options)
    return import_antibodies(session, request, asked, reference=core_reference())


def serum(session):
    return session.exec(select(SerumSample)).one()


def correct(session, treatment="EDTA", reason="read on the report", patient="P1"):
    return record_treatment(
        session,
        patient_number=patient,
        serum_id=serum(session).id,
        treatment=treatment,
        reason=reason,
        actor="lab",
        now=NOW,
    )


def test_a_file_that_says_none_takes_the_treatment_stated(session):
    assert bring(session, treatment=" Dilution  1:10 ").created == 2
    assert serum(session).treatment == "Dilution 1:10"
    assert bring(session, treatment="Dilution 1:10").unchanged == 2


def test_a_correction_is_kept_audited_and_not_undone_by_the_same_file(session):
    bring(session)
    correct(session)
    event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.subject_key) == ("serum_treatment_recorded", "P1")
    assert event.details == {
        "sample": "S1", "before": {"treatment": ""}, "after": {"treatment": "EDTA"}, "reason": "read on the report",
    }  # fmt: skip
    assert bring(session).unchanged == 2
    assert serum(session).treatment == "EDTA"


def test_another_treatment_of_the_same_serum_is_refused_with_the_difference(session):
    bring(session, treatment="EDTA")
    result = bring(session, treatment="DTT")
    assert (result.refused, result.codes["serum_differs"]) == (2, 1)
    assert serum(session).treatment == "EDTA"


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"treatment": ""}, "treatment", "treatment_unchanged"),
        ({"treatment": "x" * 81}, "treatment", "treatment_unusable"),
        ({"treatment": "a\x00b"}, "treatment", "treatment_unusable"),
        ({"reason": " "}, "reason", "patient_reason_needed"),
    ],
)
def test_what_cannot_be_kept_is_refused(session, asked, field, code):
    bring(session)
    with pytest.raises(InvalidFields) as refused:
        correct(session, **asked)
    assert [(one.field, one.code) for one in refused.value.faults] == [(field, code)]


def test_the_serum_of_another_patient_is_not_found(session):
    bring(session)
    with pytest.raises(NotFound):
        correct(session, patient="P2")
