"""Crossmatches recorded, corrected, withdrawn and sent as files: every bad input has its sentence."""

from datetime import date

import pytest
from sqlmodel import select

from domain.crossmatch import CrossmatchResult
from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from models.antibody import HlaClass, SerumSample
from models.audit import AuditEvent
from models.crossmatch import Crossmatch
from models.donor import Donor
from services.crossmatches.entry import FORM, judge_typed
from services.crossmatches.importing import import_crossmatches
from services.crossmatches.page import open_crossmatches
from services.crossmatches.recording import edit_crossmatch, record_crossmatch, withdraw_crossmatch
from services.crossmatches.store import crossmatches_of, crossmatches_with
from services.imports.request import ImportRequest
from services.imports.result_rows import open_result_layout
from services.patients import get_patient
from services.uploads.kinds import recognise_kind
from services.wording.catalogue import messages, sentence
from tests.conftest import NOW, TODAY
from tests.merging import donor
from tests.small_registry import D, put_donors, put_patient

GOOD = {
    "patient_number": "P1", "donor_number": "D1", "kind": "platelet", "method": "MASPAT", "result": "negative",
    "tested_on": "2026-11-17", "serum_code": "S1", "serum_on": "2026-11-15", "note": "",
}  # fmt: skip
DONE = {"actor": "lab", "now": NOW}


@pytest.fixture
def site(engines):
    """Engines with two patients and three donors, the last of whom was merged into the first."""
    with engines.write_session() as session:
        for number in ("P1", "P2"):
            put_patient(session, number, "A1 A3 B7 B8")
        put_donors(session, [D(name, "A*01 A*03 B*08 B*49") for name in ("D1", "D2", "OLD")])
        donor(session, "OLD").merged_into_id = donor(session, "D1").id
    return engines


def judge(**changed):
    return judge_typed({**GOOD, **changed}, today=TODAY, now=NOW)


def record(engines, **changed) -> str:
    with engines.write_session() as session:
        number = changed.get("patient_number", "P1")
        return record_crossmatch(session, patient_number=number, entry=judge(**changed), **DONE).code


def refused(engines, **changed):
    with pytest.raises(InvalidFields) as caught:
        record(engines, **changed)
    return [(one.field, one.code, one.params) for one in caught.value.faults]


def rows(engines):
    with engines.read_session() as session:
        return session.exec(select(Crossmatch).order_by(Crossmatch.id)).all()


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"donor_number": ""}, "donor_number", "crossmatch_needs.donor_number"),
        ({"kind": ""}, "kind", "crossmatch_needs.kind"),
        ({"kind": "granulocyte"}, "kind", "word_unknown"),
        ({"result": ""}, "result", "crossmatch_needs.result"),
        ({"result": "perhaps"}, "result", "word_unknown"),
        ({"tested_on": ""}, "tested_on", "crossmatch_needs.tested_on"),
        ({"tested_on": "2026-11-23"}, "tested_on", "date_in_future"),
        ({"serum_on": "2026-11-18"}, "serum_on", "crossmatch_before_serum"),
    ],
)
def test_what_cannot_be_true_is_said_beside_its_field(changed, field, code):
    with pytest.raises(InvalidFields) as caught:
        judge(**changed)
    assert {(one.field, one.code) for one in caught.value.faults} == {(field, code)}
    assert code in messages()


def test_a_method_without_a_name_and_a_serum_without_a_code_are_taken(site):
    assert record(site, method="", serum_code="", serum_on="")


def test_an_unknown_donor_or_patient_is_refused_and_a_merged_number_is_who_took_it_over(site):
    assert refused(site, donor_number="NOBODY") == [("donor_number", "unknown_donor", {"donor": "NOBODY"})]
    with pytest.raises(NotFound):
        record(site, patient_number="P9")
    record(site, donor_number="OLD")
    with site.read_session() as session:
        shown = open_crossmatches(session, number="P1", on=TODAY)["crossmatches"]
    assert [one["donor_number"] for one in shown] == ["D1"]
    assert refused(site, donor_number="D1")[0][1] == "crossmatch_on_record"


def test_the_same_test_with_another_result_is_refused_and_the_one_on_record_said(site):
    record(site)
    field, code, params = refused(site, result="positive", method="maspat")[0]
    assert (field, code) == ("result", "crossmatch_result_differs")
    assert "result: negative." in sentence(code, params, "en")
    for other in ({"kind": "lymphocyte"}, {"method": "flow"}, {"serum_code": "S2"}, {"tested_on": "2026-11-18"},
                  {"donor_number": "D2"}, {"patient_number": "P2"}):  # fmt: skip
        assert record(site, result="positive", **other)


def test_a_serum_on_record_of_another_patient_is_refused(site):
    with site.write_session() as session:
        session.add(
            SerumSample(
                patient_id=get_patient(session, "P2").id, sample_code="S1", hla_class=HlaClass.I, source_format="matchit",
                content_hash="x", created_at=NOW,
            )
        )  # fmt: skip
    assert refused(site) == [("serum_code", "crossmatch_serum_of_other", {"text": "S1"})]
    assert record(site, patient_number="P2")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"tested_on": "1984-11-17", "serum_code": "", "serum_on": ""}, "tested_on"),
        ({"serum_on": "1985-05-16"}, "serum_on"),
    ],
)
def test_a_day_before_the_birth_is_refused_by_hand_and_by_file(site, changed, field):
    assert [(name, code) for name, code, _ in refused(site, **changed)] == [(field, "before_birth")]
    assert codes(run(site, file(changed))) == [(2, field, "before_birth")]
    record(site, **{**changed, field: "1985-05-17"})  # the day of the birth itself can be true


def test_a_file_does_not_complete_a_crossmatch_with_a_serum_drawn_before_the_birth(site):
    code = record(site, serum_on="")
    assert codes(run(site, file({"serum_on": "1985-05-16"}))) == [(2, "serum_on", "before_birth")]
    with site.write_session() as session:
        asked = {"patient_number": "P1", "code": code, "version": 1, "reason": "read again", **DONE}
        with pytest.raises(InvalidFields):
            edit_crossmatch(session, entry=judge(serum_on="1985-05-16"), **asked)
    assert [row.serum_on for row in rows(site)] == [None]


def test_an_edit_needs_a_reason_and_the_version_seen_and_keeps_what_was(site):
    code = record(site, note="called Quoxname")
    asked = {"patient_number": "P1", "code": code, "version": 1, **DONE}
    changed = judge(donor_number="D2", result="indeterminate", note="no name")
    with site.write_session() as session:
        with pytest.raises(InvalidFields):
            edit_crossmatch(session, entry=changed, reason=" ", **asked)
        found = edit_crossmatch(session, entry=changed, reason="read again", **asked)
        assert found == ["donor_number", "note", "result"]
        with pytest.raises(RefusedByRule, match="changed_meanwhile"):
            edit_crossmatch(session, entry=changed, reason="again", **asked)
    with site.read_session() as session:
        trail = session.exec(select(AuditEvent).where(AuditEvent.action == "crossmatch_edited")).one()
    told = {"donor_number": ["D1", "D2"], "note": [], "result": ["negative", "indeterminate"]}
    assert trail.details["row_changes"] == told
    assert "Quox" not in str(trail.details)


def test_what_is_withdrawn_counts_no_longer_and_stays(site):
    code = record(site)
    record(site, donor_number="D2", tested_on="2026-11-16")
    asked = {"patient_number": "P1", "code": code, "reason": "another tube", **DONE}
    with site.write_session() as session:
        ids = [session.exec(select(Donor.id).where(Donor.donor_number == name)).one() for name in ("D1", "D2")]
        patient = get_patient(session, "P1")
        assert [row.donor_id for row in crossmatches_with(session, patient.id, ids)] == ids[::-1]
        withdraw_crossmatch(session, version=1, **asked)
        with pytest.raises(RefusedByRule):
            withdraw_crossmatch(session, version=2, **asked)
        assert [row.donor_id for row in crossmatches_with(session, patient.id, ids)] == ids[1:]
        assert crossmatches_with(session, patient.id, []) == []
        assert len(crossmatches_of(session, patient)) == 2
        with pytest.raises(NotFound):
            withdraw_crossmatch(session, version=1, **{**asked, "patient_number": "P2"})
    assert record(site, result="positive") != code


# --- files --------------------------------------------------------------------------------------------------------


def file(*given, names=tuple(GOOD)):
    lines = [";".join(names), *(";".join({**GOOD, **one}.get(name, "") for name in names) for one in given), ""]
    return "\n".join(lines).encode()


def run(engines, content, mode="diff"):
    request = ImportRequest(content=content, file_name="x.csv", actor="lab", now=NOW, mode=mode)
    layout = open_result_layout(request, FORM)
    with engines.write_session() as session:
        return import_crossmatches(session, request, today=TODAY, layout=layout)


def codes(result):
    return [(issue.line, issue.column, issue.code) for issue in result.issues if issue.severity == "error"]


def test_a_file_twice_changes_nothing_and_a_later_one_completes(site):
    early = {"serum_on": ""}
    assert run(site, file(early)).created == 1
    assert run(site, file(early)).unchanged == 1
    assert run(site, file({"note": "seen twice"})).updated == 1
    assert run(site, file(early)).unchanged == 1
    assert [(row.serum_on, row.note) for row in rows(site)] == [(date(2026, 11, 15), "seen twice")]


def test_a_bad_row_never_stops_the_good_ones_and_a_check_writes_nothing(site):
    content = file(
        {}, {"result": "positive"}, {"donor_number": "NOBODY"}, {"patient_number": "P9"}, {"serum_on": "2026-11-20"},
        {"donor_number": "D2", "result": "positive"},
    )  # fmt: skip
    for mode, kept in (("check", 0), ("diff", 2)):
        told = run(site, content, mode)
        assert (told.created, told.refused) == (2, 4)
        assert codes(told) == [
            (3, "result", "crossmatch_result_differs"),
            (4, "donor_number", "unknown_donor"),
            (5, None, "unknown_patient"),
            (6, "serum_on", "crossmatch_before_serum"),
        ]
        assert len(rows(site)) == kept


def test_a_file_changes_nothing_that_is_known_and_brings_nothing_back(site):
    code = record(site)
    assert codes(run(site, file({"serum_on": "2026-11-14"}))) == [(2, None, "row_differs")]
    with site.write_session() as session:
        withdraw_crossmatch(session, patient_number="P1", code=code, version=1, reason="another tube", **DONE)
    assert codes(run(site, file({}))) == [(2, None, "row_was_withdrawn")]
    assert run(site, file({"result": "positive"})).created == 1  # another result is another reading


def test_french_headings_and_words_are_read(site):
    words = {"positif": "positive", "Négative": "negative", "indéterminé": "indeterminate", "douteux": "indeterminate"}
    lines = "".join(f"P1;D1;lymphocytaire;{word};{day}/11/2026\n" for day, word in enumerate(words, 14))
    assert codes(run(site, f"Patient;Donneur;Cellules;Résultat;Date du test\n{lines}".encode())) == []
    assert [row.result.value for row in rows(site)] == list(words.values())
    assert {(row.kind.value, row.method, row.serum_on) for row in rows(site)} == {("lymphocyte", "", None)}
    assert rows(site)[0].result is CrossmatchResult.POSITIVE


def test_a_file_that_cannot_be_used_says_so_and_the_page_of_imports_says_where_it_belongs(site):
    with pytest.raises(UnusableInput, match="crossmatch_columns_missing"):
        run(site, b"patient_number,donor_number,kind\nP1,D1,platelet\n")
    with pytest.raises(UnusableInput, match="file_of_crossmatches"):
        recognise_kind(file({}))
