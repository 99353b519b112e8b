"""Transfusions recorded, corrected, withdrawn and sent as files: every bad input has its sentence, nothing is lost."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from domain.reservation import Timing
from models.audit import AuditEvent
from models.importing import ImportKind
from models.transfusion import Transfusion
from services.imports.request import ImportRequest
from services.patients import get_patient
from services.transfusions.importing import import_transfusions, open_transfusion_layout
from services.transfusions.page import open_entry, open_follow_up
from services.transfusions.reading import FIELDS
from services.transfusions.recording import edit_transfusion, judge_typed, record_transfusion, withdraw_transfusion
from services.transfusions.sending import transfusion_csv
from services.uploads.kinds import recognise_kind
from services.wording.catalogue import messages, sentence
from tests.conftest import NOW
from tests.small_registry import D, put_donors, put_patient

TIMING = Timing(NOW, "Europe/Paris", 24)
GOOD = {
    "patient_number": "P1", "ended_at": "2026-11-20T10:00", "content": "5,2", "age_hours": "40", "product_abo": "A",
    "selection": "random", "pre_count": "5", "pre_at": "2026-11-20T08:30", "count_1h": "8",
    "count_1h_at": "2026-11-20T11:00", "count_24h": "6", "count_24h_at": "2026-11-21T09:00", "weight_kg": "62",
    "height_cm": "166", "bleeding": "no",
}  # fmt: skip


@pytest.fixture
def site(engines):
    """Engines with a patient of 62 kg and 166 cm, and a donor."""
    with engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8", weight_kg=62.0, height_cm=166.0)
        put_donors(session, [D("PT0001", "A*01 A*03 B*08 B*49", more={"abo": "O"})])
    return engines


def record(engines, **changed) -> str:
    with engines.write_session() as session:
        entry = judge_typed({**GOOD, **changed}, timing=TIMING)
        return record_transfusion(session, patient_number="P1", entry=entry, actor="lab", timing=TIMING).code


def rows(engines):
    with engines.read_session() as session:
        return session.exec(select(Transfusion).order_by(Transfusion.ended_at)).all()


def follow_up(engines):
    with engines.read_session() as session:
        return open_follow_up(session, number="P1", timing=TIMING)


def faults(**changed):
    with pytest.raises(InvalidFields) as caught:
        judge_typed({**GOOD, **changed}, timing=TIMING)
    return {(one.field, one.code) for one in caught.value.faults}


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"ended_at": ""}, "ended_at", "transfusion_needs.ended_at"),
        ({"ended_at": "2026-11-20"}, "ended_at", "transfusion_without_time"),
        ({"ended_at": "2026-11-22T10:45"}, "ended_at", "transfusion_in_future"),
        ({"ended_at": "2027-11-22T10:45"}, "ended_at", "transfusion_in_future"),
        ({"ended_at": "31/02/2026 10:00"}, "ended_at", "date_does_not_exist"),
        ({"count_1h_at": "2026-11-20T08:00"}, "count_1h_at", "transfusion_post_before_pre"),
        ({"count_1h_at": "2026-11-20T09:59"}, "count_1h_at", "transfusion_post_before_end"),
        ({"pre_at": "2026-11-20T10:01"}, "pre_at", "transfusion_pre_after"),
        ({"count_24h_at": "2026-11-20T11:00"}, "count_24h_at", "transfusion_counts_out_of_order"),
        ({"ended_at": "2026-11-18T08:31", "pre_at": "2026-11-18T08:00", "count_1h_at": "2026-11-18T09:00"},
         "count_24h_at", "transfusion_count_too_late"),
        ({"pre_count": "-1"}, "pre_count", "transfusion_count_negative"),
        ({"count_1h": "250000"}, "count_1h", "transfusion_count_scale"),
        ({"count_1h": "douze"}, "count_1h", "number_unreadable"),
        ({"count_1h_at": ""}, "count_1h_at", "transfusion_count_without_time"),
        ({"count_24h": ""}, "count_24h", "transfusion_time_without_count"),
        ({"content": "0"}, "content", "transfusion_content_zero"),
        ({"content": "-4"}, "content", "transfusion_content_zero"),
        ({"content": "420"}, "content", "transfusion_content_scale"),
        ({"age_hours": "-1"}, "age_hours", "transfusion_age_negative"),
        ({"age_hours": "169"}, "age_hours", "transfusion_product_too_old_any"),
        ({"age_hours": "121", "pathogen_reduced": "no"}, "age_hours", "transfusion_product_too_old"),
        ({"weight_kg": "6200"}, "weight_kg", "number_out_of_range"),
        ({"selection": "lucky"}, "selection", "word_unknown"),
        ({"note": "n" * 1001}, "note", "text_too_long"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field_with_a_sentence(changed, field, code):
    assert faults(**changed) == {(field, code)}
    assert code in messages()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"count_1h": "250000"}, "250,000 per µL is 250 × 10⁹/L"),
        ({"count_1h": "250000000000"}, "250,000,000,000 per L is 250 × 10⁹/L"),
        ({"content": "420"}, "It would then be 4.2 × 10¹¹"),
        ({"content": "420000"}, "It would then be 4.2 × 10¹¹"),
        ({"content": "400000000000"}, "It would then be 4 × 10¹¹"),
    ],
)
def test_another_unit_is_recognised_and_said(changed, said):
    with pytest.raises(InvalidFields) as caught:
        judge_typed({**GOOD, **changed}, timing=TIMING)
    (fault,) = caught.value.faults
    assert said in sentence(fault.code, fault.params, "en")


def test_every_fault_is_told_at_once():
    found = faults(ended_at="", content="0", pre_count="-1")
    assert {field for field, _ in found} == {"ended_at", "content", "pre_count"}


def test_a_time_is_the_clock_of_the_centre_unless_it_says_another():
    assert judge_typed(GOOD, timing=TIMING).ended_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert judge_typed({**GOOD, "ended_at": "2026-11-20T09:30Z"}, timing=TIMING).ended_at.hour == 9


def test_two_failures_in_a_row_make_the_state_refractory_and_a_withdrawal_takes_it_back(site):
    first = record(site)
    shift = {"ended_at": "2026-11-21T10:00", "pre_at": "2026-11-21T09:30", "count_1h_at": "2026-11-21T11:00"}
    record(site, **shift, count_24h="", count_24h_at="")
    shown = follow_up(site)
    assert [one["step"]["state"] for one in shown["transfusions"]] == ["one_failure", "refractory"]
    assert (shown["series"]["lead"], shown["series"]["failures"]) == ("immune", 2)
    with site.write_session() as session:
        asked = {"patient_number": "P1", "code": first, "actor": "lab", "now": NOW}
        with pytest.raises(RefusedByRule):
            withdraw_transfusion(session, **asked, version=9, reason="typed twice")
        with pytest.raises(InvalidFields):
            withdraw_transfusion(session, **asked, version=1, reason=" ")
        withdraw_transfusion(session, **asked, version=1, reason="typed twice")
    shown = follow_up(site)
    assert shown["series"]["state"] == "one_failure"
    assert [one["code"] for one in shown["withdrawn"]] == [first]


def test_a_count_at_40_hours_is_kept_said_and_not_judged(site):
    record(site, count_24h_at="2026-11-22T02:00")
    late = follow_up(site)["transfusions"][0]["outcome"]["windows"][1]
    assert (late["hours"], late["verdict"]) == (40, "not_judged")
    assert late["reasons"][0]["code"] == "outcome_why.outside_24h"


def test_two_transfusions_at_once_and_an_unknown_donor_are_refused(site):
    record(site)
    with pytest.raises(InvalidFields) as caught:
        record(site, ended_at="2026-11-20T10:20", donor_number="NOBODY")
    assert {one.code for one in caught.value.faults} == {"transfusion_same_time", "unknown_donor"}
    entry = judge_typed(GOOD, timing=TIMING)
    with site.write_session() as session, pytest.raises(NotFound):
        record_transfusion(session, patient_number="P9", entry=entry, actor="lab", timing=TIMING)


def test_what_was_before_the_birth_is_refused_by_hand_and_by_file(site):
    long_ago = {"ended_at": "1900-01-01T00:00", "pre_count": "", "pre_at": "", "count_1h": "", "count_1h_at": "",
                "count_24h": "", "count_24h_at": ""}  # fmt: skip
    for changed, field in ((long_ago, "ended_at"), ({"pre_at": "1985-05-16T23:30"}, "pre_at")):
        with pytest.raises(InvalidFields) as caught:
            record(site, **changed)
        assert [(one.field, one.code) for one in caught.value.faults] == [(field, "before_birth")]
        assert codes(run(site, file(changed))) == [(2, field, "before_birth")]
    assert rows(site) == []
    record(site, **{**long_ago, "ended_at": "1985-05-17T00:00"})  # on the clocks of the centre, the day of the birth


def test_what_a_form_leaves_empty_is_not_known_but_the_abo_which_is_the_donors(site):
    record(site, weight_kg="", height_cm="", product_abo="", donor_number="PT0001")
    row = rows(site)[0]
    assert (row.weight_kg, row.height_cm, row.product_abo) == (None, None, "O")


def test_what_a_file_leaves_empty_is_that_of_the_patient_and_of_the_donor(site):
    names = tuple(name for name in GOOD if name not in ("weight_kg", "height_cm", "product_abo"))
    assert run(site, file({"donor_number": "PT0001"}, names=(*names, "donor_number"))).created == 1
    row = rows(site)[0]
    assert (row.weight_kg, row.height_cm, row.product_abo) == (62, 166, "O")


def test_an_edit_needs_a_reason_and_keeps_what_was(site):
    code = record(site, note="called Quoxname")
    asked = {"patient_number": "P1", "code": code, "version": 1, "actor": "lab", "timing": TIMING}
    changed = judge_typed({**GOOD, "count_1h": "18", "note": "no name"}, timing=TIMING)
    with site.write_session() as session:
        with pytest.raises(InvalidFields):
            edit_transfusion(session, entry=changed, reason="", **asked)
        assert edit_transfusion(session, entry=changed, reason="read again", **asked) == ["count_1h", "note"]
        with pytest.raises(RefusedByRule):
            edit_transfusion(session, entry=changed, reason="read again", **asked)
    with site.read_session() as session:
        trail = session.exec(select(AuditEvent).where(AuditEvent.action == "transfusion_edited")).one()
    assert trail.details["transfusion_changes"] == {"count_1h": ["8", "18"], "note": []}
    assert "Quox" not in str(trail.details)


def test_the_form_is_judged_as_it_is_typed_and_nothing_is_written(site):
    with site.read_session() as session:
        asked = {"number": "P1", "timing": TIMING}
        assert open_entry(session, typed={}, **asked) == {"outcome": None, "entry_faults": []}
        faulty = open_entry(session, typed={**GOOD, "content": "0"}, **asked)
        told = open_entry(session, typed={**GOOD, "content": "", "weight_kg": ""}, **asked)["outcome"]
        free = {**GOOD, "donor_number": "NOBODY"}
        unknown = open_entry(session, typed=free, **asked)["entry_faults"]
        donor = open_entry(session, typed={**free, "donor_number": "PT0001", "product_abo": ""}, **asked)["outcome"]
    assert [one.code for one in faulty["entry_faults"]] == ["transfusion_content_zero"]
    assert [one.code for one in unknown] == ["unknown_donor"]
    assert donor["findings"][1]["said"]["code"] == "outcome_valid.abo_minor"
    why = {one["code"] for one in told["windows"][0]["reasons"]}
    assert why == {"outcome_why.no_content", "outcome_why.no_weight"}
    assert rows(site) == []


# --- files --------------------------------------------------------------------------------------------------------


def file(*given, names=tuple(GOOD)):
    lines = [";".join(names), *(";".join({**GOOD, **one}.get(name, "") for name in names) for one in given), ""]
    return "\n".join(lines).encode()


def run(engines, content, mode="diff", **options):
    request = ImportRequest(content=content, file_name="t.csv", actor="lab", now=NOW, mode=mode, **options)
    with engines.write_session() as session:
        return import_transfusions(session, request, timing=TIMING)


def codes(result):
    return [(issue.line, issue.column, issue.code) for issue in result.issues if issue.severity == "error"]


def test_a_file_twice_changes_nothing_and_a_later_one_completes(site):
    early = {"count_24h": "", "count_24h_at": ""}
    assert run(site, file(early)).created == 1
    assert run(site, file(early)).unchanged == 1
    later = run(site, file({"fever": "yes"}, names=(*GOOD, "fever")))
    assert later.updated == 1
    row = rows(site)[0]
    assert (row.count_1h, row.count_24h, row.causes) == (8, 6, {"bleeding": False, "fever": True})
    assert run(site, file(early)).unchanged == 1  # what the older file lacks is not taken away


@pytest.mark.parametrize(
    ("first", "later", "column", "code"),
    [
        ({"count_24h": "", "count_24h_at": ""}, {"count_1h": "", "count_1h_at": "", "count_24h_at": "2026-11-20T10:40"},
         "count_24h_at", "transfusion_counts_out_of_order"),
        ({"age_hours": "", "pathogen_reduced": "no"}, {"age_hours": "160"}, "age_hours", "transfusion_product_too_old"),
        ({"age_hours": "160"}, {"age_hours": "", "pathogen_reduced": "no"}, "age_hours", "transfusion_product_too_old"),
        ({"donor_number": "PT0001", "selection": ""}, {"selection": "autologous"},
         "donor_number", "transfusion_autologous_has_no_donor"),
    ],
)  # fmt: skip
def test_a_later_file_is_judged_with_what_is_on_record(site, first, later, column, code):
    names = (*GOOD, "pathogen_reduced", "donor_number")
    assert run(site, file(first, names=names)).created == 1
    before = rows(site)
    assert codes(run(site, file(later, names=names))) == [(2, column, code)]
    assert rows(site) == before


def test_a_file_says_that_the_note_differs_and_neither_of_the_two(site):
    names = (*GOOD, "note")
    assert run(site, file({"note": "about Quoxname"}, names=names)).created == 1
    told = run(site, file({"note": "Quox again"}, names=names))
    assert codes(told) == [(2, None, "row_differs")]
    assert "Quox" not in str(told.issues)


def test_a_check_tells_what_an_import_would_do_and_writes_nothing(site):
    assert run(site, file({}), mode="check").created == 1
    assert rows(site) == []


def test_a_bad_row_never_stops_the_good_ones(site):
    second = {"ended_at": "2026-11-19T10:00", "pre_at": "2026-11-19T09:00", "count_1h_at": "2026-11-19T11:00"}
    late = {"count_24h_at": "2026-11-20T23:00"}
    bad = {**second, **late, "content": "0"}
    unknown = {"patient_number": "P9"}
    told = run(site, file({}, bad, {**second, **late}, unknown, {"ended_at": "2026-11-20T10:10"}))
    assert (told.created, told.refused) == (2, 3)
    assert codes(told) == [
        (3, "content", "transfusion_content_zero"),
        (5, None, "unknown_patient"),
        (6, "ended_at", "transfusion_same_time"),
    ]
    warned = [(one.line, one.column, one.code) for one in told.issues if one.severity == "warning"]
    assert (4, "count_24h_at", "outcome_why.outside_24h") in warned


def test_a_file_changes_nothing_that_is_known_and_brings_nothing_back(site):
    code = record(site)
    assert codes(run(site, file({"count_1h": "18"}))) == [(2, None, "row_differs")]
    with site.write_session() as session:
        asked = {"patient_number": "P1", "code": code, "version": 1, "actor": "lab", "now": NOW}
        withdraw_transfusion(session, reason="another patient's", **asked)
    assert codes(run(site, file({}))) == [(2, None, "transfusion_was_withdrawn")]
    assert record(site) != code  # a person may record it anew


def test_what_goes_out_comes_back_unchanged(site):
    record(site, donor_number="PT0001", content="5.1230", weight_kg="62.1250", fever="yes", note="not sent")
    with site.read_session() as session:
        content, count = transfusion_csv(session, get_patient(session, "P1"), timing=TIMING)
    assert count == 1
    assert "not sent" not in content
    told = run(site, content.encode())
    assert (told.unchanged, codes(told)) == (1, [])


def test_french_headings_and_words_are_read(site):
    content = (
        "Patient;Fin transfusion;Dose;Numération avant;Heure avant;Numération 1h;Heure 1h;Saignement;Fièvre;Choix\n"
        "P1;20/11/2026 10:00;5,2;5;20/11/2026 08:30;8;20/11/2026 11:00;non;oui;HLA\n"
    ).encode()
    assert codes(run(site, content)) == []
    row = rows(site)[0]
    assert (row.content, row.causes, row.selection) == (5.2, {"bleeding": False, "fever": True}, "hla_selected")
    assert row.ended_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_file_that_cannot_be_used_says_so_and_the_page_of_imports_says_where_it_belongs(site):
    with pytest.raises(UnusableInput, match="transfusion_columns_missing"):
        run(site, b"patient_number,content\nP1,5\n")
    request = ImportRequest(content=file({}, {}, {}), file_name="t.csv", actor="lab", now=NOW)
    with pytest.raises(UnusableInput, match="transfusion_file_too_long"):
        open_transfusion_layout(request, most_rows=2)
    with pytest.raises(UnusableInput, match="file_of_transfusions"):
        recognise_kind(file({}))
    assert ImportKind.TRANSFUSIONS.value == "transfusions"
    assert FIELDS.keys() >= GOOD.keys()
