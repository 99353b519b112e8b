"""Courses of treatment recorded, corrected, withdrawn and sent as files: every bad input has its sentence."""

from datetime import date

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from domain.treatment import Course, TreatmentKind
from models.audit import AuditEvent
from models.treatment import Treatment
from services.imports.request import ImportRequest
from services.imports.result_rows import open_result_layout
from services.patients import get_patient
from services.treatments.entry import FORM, judge_typed
from services.treatments.importing import import_treatments
from services.treatments.page import open_treatments
from services.treatments.recording import edit_treatment, record_treatment, withdraw_treatment
from services.treatments.store import courses_of, treatments_of
from services.uploads.kinds import recognise_kind
from services.wording.catalogue import messages
from tests.conftest import NOW, TODAY
from tests.small_registry import put_patient

GOOD = {"patient_number": "P1", "kind": "rituximab", "first_on": "2026-06-22", "last_on": "2026-07-13", "note": "4 ×"}
DONE = {"actor": "lab", "now": NOW}


@pytest.fixture
def site(engines):
    """Engines with a patient born in 1980."""
    with engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8", birth_date="1980-05-06")
        put_patient(session, "P2", "A1 A3 B7 B8")
    return engines


def judge(**changed):
    return judge_typed({**GOOD, **changed}, today=TODAY, now=NOW)


def record(engines, **changed) -> str:
    with engines.write_session() as session:
        number = changed.get("patient_number", "P1")
        return record_treatment(session, patient_number=number, entry=judge(**changed), **DONE).code


def rows(engines):
    with engines.read_session() as session:
        return session.exec(select(Treatment).order_by(Treatment.id)).all()


def codes_of(caught):
    return {(one.field, one.code) for one in caught.value.faults}


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"kind": ""}, "kind", "treatment_needs.kind"),
        ({"kind": "chocolate"}, "kind", "word_unknown"),
        ({"first_on": ""}, "first_on", "treatment_needs.first_on"),
        ({"first_on": "2026-11-23", "last_on": ""}, "first_on", "date_in_future"),
        ({"last_on": "2026-12-31"}, "last_on", "date_in_future"),
        ({"last_on": "2026-06-21"}, "last_on", "treatment_ends_before"),
        ({"first_on": "2012-06-22"}, "first_on", "treatment_too_old"),
        ({"kind": "other", "note": ""}, "note", "treatment_other_unnamed"),
        ({"first_on": "06/22/2026"}, "first_on", "date_does_not_exist"),
        ({"note": "x" * 301}, "note", "text_too_long"),
    ],
)
def test_what_cannot_be_true_is_said_beside_its_field(changed, field, code):
    with pytest.raises(InvalidFields) as caught:
        judge(**changed)
    assert codes_of(caught) == {(field, code)}
    assert code in messages()


def test_a_course_of_one_day_and_one_that_goes_on_are_taken():
    assert judge(last_on="2026-06-22").last_on == date(2026, 6, 22)
    assert judge(last_on="").last_on is None


def test_a_treatment_does_not_overlap_itself(site):
    record(site)
    for first_on, last_on in (("2026-07-13", "2026-07-20"), ("2026-06-01", ""), ("2026-06-25", "2026-06-25")):
        with pytest.raises(InvalidFields) as caught:
            record(site, first_on=first_on, last_on=last_on)
        assert codes_of(caught) == {("first_on", "treatment_overlaps")}
        assert caught.value.faults[0].params["first_on"] == "2026-06-22"
    record(site, first_on="2026-07-14", last_on="2026-07-20")
    record(site, first_on="2026-06-01", last_on="2026-06-21")
    record(site, kind="ivig")
    record(site, patient_number="P2")
    assert len(rows(site)) == 5


def test_nothing_follows_a_course_that_goes_on_and_a_withdrawn_one_is_in_nobodys_way(site):
    code = record(site, last_on="")
    with pytest.raises(InvalidFields) as caught:
        record(site, first_on="2026-09-01", last_on="")
    assert codes_of(caught) == {("first_on", "treatment_overlaps_open")}
    with site.write_session() as session:
        withdraw_treatment(session, patient_number="P1", code=code, version=1, reason="another patient's", **DONE)
    assert record(site, first_on="2026-09-01", last_on="")


def test_two_other_treatments_may_go_together(site):
    record(site, kind="other", note="ciclosporine")
    assert record(site, kind="other", note="mycophénolate")


def test_before_the_birth_and_of_nobody_are_refused(site):
    with site.write_session() as session:
        get_patient(session, "P1").birth_date = "2026-07-01"
    with pytest.raises(InvalidFields) as caught:
        record(site)
    assert codes_of(caught) == {("first_on", "before_birth")}
    with pytest.raises(NotFound):
        record(site, patient_number="P9")


def test_an_edit_needs_a_reason_and_the_version_seen_and_keeps_what_was(site):
    code = record(site, note="called Quoxname")
    asked = {"patient_number": "P1", "code": code, "version": 1, **DONE}
    changed = judge(last_on="2026-07-20", note="no name")
    with site.write_session() as session:
        with pytest.raises(InvalidFields):
            edit_treatment(session, entry=changed, reason=" ", **asked)
        assert edit_treatment(session, entry=changed, reason="letter of the ward", **asked) == ["last_on", "note"]
        with pytest.raises(RefusedByRule, match="changed_meanwhile"):
            edit_treatment(session, entry=changed, reason="again", **asked)
    with site.read_session() as session:
        trail = session.exec(select(AuditEvent).where(AuditEvent.action == "treatment_edited")).one()
        shown = open_treatments(session, number="P1", on=TODAY)
    assert trail.details["row_changes"] == {"last_on": ["2026-07-13", "2026-07-20"], "note": []}
    assert "Quox" not in str(trail.details)
    assert shown["corrections"][code][0]["reason"] == "letter of the ward"


def test_an_edit_may_stay_where_it_was_and_not_move_onto_another(site):
    first, _ = record(site), record(site, first_on="2026-09-01", last_on="2026-09-08")
    asked = {"patient_number": "P1", "code": first, "version": 1, "reason": "why", **DONE}
    with site.write_session() as session:
        assert edit_treatment(session, entry=judge(), **asked) == []
        with pytest.raises(InvalidFields):
            edit_treatment(session, entry=judge(last_on="2026-09-01"), **asked)


def test_what_is_withdrawn_counts_no_longer_stays_and_cannot_be_changed(site):
    code, _ = record(site), record(site, kind="ivig", first_on="2026-05-01", last_on="")
    asked = {"patient_number": "P1", "code": code, **DONE}
    with site.write_session() as session:
        with pytest.raises(RefusedByRule):
            withdraw_treatment(session, version=7, reason="typed twice", **asked)
        with pytest.raises(InvalidFields):
            withdraw_treatment(session, version=1, reason="", **asked)
        withdraw_treatment(session, version=1, reason="typed twice", **asked)
        with pytest.raises(RefusedByRule, match="row_withdrawn"):
            edit_treatment(session, entry=judge(), version=2, reason="back", **asked)
        with pytest.raises(NotFound):
            withdraw_treatment(session, version=1, reason="x", **{**asked, "patient_number": "P2"})
    with site.read_session() as session:
        patient = get_patient(session, "P1")
        assert courses_of(session, patient) == [Course(TreatmentKind.IVIG, date(2026, 5, 1), None)]
        assert [row.kind.value for row in treatments_of(session, patient)] == ["ivig", "rituximab"]
        assert [one["code"] for one in open_treatments(session, number="P1", on=TODAY)["withdrawn"]] == [code]


# --- files --------------------------------------------------------------------------------------------------------


def file(*given, names=tuple(GOOD)):
    lines = [";".join(names), *(";".join({**GOOD, **one}.get(name, "") for name in names) for one in given), ""]
    return "\n".join(lines).encode()


def run(engines, content, mode="diff"):
    request = ImportRequest(content=content, file_name="t.csv", actor="lab", now=NOW, mode=mode)
    layout = open_result_layout(request, FORM)
    with engines.write_session() as session:
        return import_treatments(session, request, today=TODAY, layout=layout)


def codes(result):
    return [(issue.line, issue.column, issue.code) for issue in result.issues if issue.severity == "error"]


def test_a_file_twice_changes_nothing_and_a_later_one_tells_the_end(site):
    going_on = {"last_on": "", "note": ""}
    assert run(site, file(going_on)).created == 1
    assert run(site, file(going_on)).unchanged == 1
    assert run(site, file({"note": ""})).updated == 1
    assert run(site, file(going_on)).unchanged == 1  # what the older file lacks is not taken away
    assert [(row.last_on, row.version_id) for row in rows(site)] == [(date(2026, 7, 13), 2)]
    assert rows(site)[0].batch_id is not None


def test_a_check_tells_what_an_import_would_do_and_writes_nothing(site):
    assert run(site, file({}), mode="check").created == 1
    assert rows(site) == []


def test_a_bad_row_never_stops_the_good_ones(site):
    told = run(
        site,
        file(
            {}, {"kind": "chocolate"}, {"patient_number": "P9"}, {"first_on": "2026-07-01"},
            {"kind": "ivig", "last_on": "2027-01-01"}, {"kind": "ivig"},
        ),
    )  # fmt: skip
    assert (told.created, told.refused) == (2, 4)
    assert codes(told) == [
        (3, "kind", "word_unknown"),
        (4, None, "unknown_patient"),
        (5, "first_on", "treatment_overlaps"),
        (6, "last_on", "date_in_future"),
    ]


def test_a_file_changes_nothing_that_is_known_and_brings_nothing_back(site):
    code = record(site)
    assert codes(run(site, file({"last_on": "2026-08-01"}))) == [(2, None, "row_differs")]
    other_note = run(site, file({"note": "about Quoxname"}))
    assert codes(other_note) == [(2, None, "row_differs")]
    assert "Quox" not in str(other_note.issues)
    with site.write_session() as session:
        withdraw_treatment(session, patient_number="P1", code=code, version=1, reason="typed twice", **DONE)
    assert codes(run(site, file({}))) == [(2, None, "row_was_withdrawn")]
    assert record(site) != code  # a person may record it anew


def test_a_later_end_may_not_reach_into_the_next_course(site):
    record(site, kind="ivig", first_on="2026-09-01", last_on="2026-09-02")
    record(site, kind="ivig", first_on="2026-06-22", last_on="2026-06-23", note="")
    with site.write_session() as session:
        row = session.exec(select(Treatment).where(Treatment.first_on == date(2026, 6, 22))).one()
        row.last_on = date(2026, 9, 1)
        session.add(row)
    told = run(site, file({"kind": "ivig", "last_on": "2026-09-01", "note": "late"}))
    assert codes(told) == [(2, "first_on", "treatment_overlaps")]


def test_french_and_english_words_are_read(site):
    words = {
        "Rituximab®": "rituximab", "IgIV": "ivig", "EP": "plasma_exchange", "IdeS": "imlifidase",
        "éculizumab": "eculizumab", "autre": "other", "Daratumumab": "daratumumab", "BORTEZOMIB": "bortezomib",
    }  # fmt: skip
    lines = "".join(f"P1;{word};22/06/2026;13/07/2026;ici\n" for word in words)
    lines += "P1;Immunoglobulines intraveineuses;14/07/2026;;\nP1;Échanges plasmatiques;14/07/2026;;\n"
    assert codes(run(site, f"Patient;Traitement;Début;Fin;Remarque\n{lines}".encode())) == []
    assert [row.kind.value for row in rows(site)] == [*words.values(), "ivig", "plasma_exchange"]
    assert rows(site)[0].first_on == date(2026, 6, 22)


def test_a_file_that_cannot_be_used_says_so_and_the_page_of_imports_says_where_it_belongs(site):
    with pytest.raises(UnusableInput, match="treatment_columns_missing"):
        run(site, b"patient_number,kind\nP1,ivig\n")
    with pytest.raises(UnusableInput, match="file_of_treatments"):
        recognise_kind(file({}))
