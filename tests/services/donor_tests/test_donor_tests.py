"""Results of donors' samples: what each does to the registry, its version and the invitation."""

import io
from dataclasses import replace
from datetime import date

import pytest
import xlsxwriter
from sqlmodel import select

from domain.campaign_life import Stage
from domain.errors import InvalidFields, NotFound, RefusedByRule
from domain.reservation import Timing
from models.campaign import Campaign, Invitation, Purpose
from models.donor import Donor, DonorTyping
from models.registry import STATE_ID, RegistryState
from services.donor_tests.importing import import_donor_tests
from services.donor_tests.recording import SampleResult, record_test, withdraw_test
from services.donor_tests.standing import standing_of
from services.donors import mark_registry_derived
from services.imports.request import ImportRequest
from services.reference import active_reference
from services.rule_tables import eligibility_rules
from tests.small_registry import NOW

TIMING = Timing(NOW, "Europe/Paris", 48)
DAY = date(2026, 11, 20)


@pytest.fixture
def session(engines):
    with engines.write_session() as session:
        mark_registry_derived(
            session, now=NOW, reference=active_reference(session), rules=eligibility_rules(NOW.date())
        )
        for n in range(1, 5):
            session.add(Donor(donor_number=f"D{n}", consent_contact=True, hla_a_1="A2", created_at=NOW, updated_at=NOW))
        session.flush()
        yield session


@pytest.fixture
def campaign(session):
    row = Campaign(
        code="c1", name="CD36", purpose=Purpose.STOCK, target={"kind": "cd36_negative"}, created_at=NOW, created_by="t"
    )
    session.add(row)
    session.flush()
    return row


def invite(session, campaign, number="D1", stage=Stage.AGREED):
    row = Invitation(
        code=f"i-{number}", campaign_id=campaign.id, donor_id=donor(session, number).id, stage=stage, selected_at=NOW
    )
    session.add(row)
    session.flush()
    return row


def donor(session, number="D1"):
    return session.exec(select(Donor).where(Donor.donor_number == number)).one()


RESULT = SampleResult("D1", "CD36", "negative type I", "S1", DAY)


def record(session, campaign=None, **changed):
    given = replace(RESULT, **changed)
    return record_test(session, result=given, campaign=campaign, actor="lab", timing=TIMING)


def withdraw(session, test_id):
    return withdraw_test(session, test_id=test_id, reason="wrong tube", actor="lab", timing=TIMING)


def standing(session, analyte="CD36"):
    one = donor(session).id
    return standing_of(session, [one])[one, analyte]


def version(session):
    return session.get_one(RegistryState, STATE_ID).version


def test_a_result_updates_the_registry_its_history_and_its_version(session):
    before = version(session)
    assert record(session) == "created"
    assert donor(session).cd36 == "negative type I"
    assert "negative type I" in donor(session).class_key
    assert version(session) == before + 1
    assert [row.cd36 for row in session.exec(select(DonorTyping))] == ["", "negative type I"]
    assert record(session) == "unchanged"
    assert version(session) == before + 1


def test_one_sample_is_a_suspicion_and_a_second_confirms(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign)
    assert (invitation.stage, standing(session).state) == (Stage.TESTED, "suspected")
    assert invitation.sampled_at
    assert invitation.found_at
    assert not invitation.confirmed_at
    record(session, campaign)  # the same sample again
    assert invitation.stage is Stage.TESTED
    record(session, campaign, sample_code="S2")
    assert (invitation.stage, standing(session).state) == (Stage.CONFIRMED, "confirmed")
    assert invitation.confirmed_at


def test_a_donor_without_the_phenotype_is_told_apart(session, campaign):
    invitation = invite(session, campaign, stage=Stage.SAMPLED)
    record(session, campaign, result="positive")
    assert invitation.stage is Stage.NOT_FOUND
    assert invitation.tested_at
    assert not invitation.found_at
    assert donor(session).cd36 == "positive"


def test_an_undecided_signal_moves_nothing_beyond_the_sample(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign, result="indeterminate")
    assert (invitation.stage, donor(session).cd36) == (Stage.SAMPLED, "")


def test_contradictory_samples_leave_the_donor_untested(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign)
    record(session, campaign, sample_code="S2", result="positive")
    assert (invitation.stage, standing(session).state, donor(session).cd36) == (Stage.SAMPLED, "contradictory", "")
    assert invitation.found_at is None  # no find any more


def test_one_sample_against_an_unexplained_record_leaves_it_untested_until_a_second_agrees(session):
    donor(session).cd36 = "positive"
    session.flush()
    record(session)
    assert donor(session).cd36 == ""
    record(session, sample_code="S2")
    assert donor(session).cd36 == "negative type I"


@pytest.mark.parametrize(
    "then",
    [
        lambda session: record(session, sample_code="S2", result="indeterminate"),
        lambda session: (record(session, sample_code="S2", result="positive"), withdraw(session, 2)),
        lambda session: (withdraw(session, 1), record(session)),
    ],
)
def test_a_doubted_record_stays_doubted_whatever_else_happens_to_one_negative(session, then):
    donor(session).cd36 = "positive"
    session.flush()
    record(session)
    then(session)
    assert donor(session).cd36 == ""


def test_a_record_that_results_doubted_comes_back_when_all_are_withdrawn(session):
    donor(session).cd36 = "positive"
    session.flush()
    record(session)
    withdraw(session, 1)
    assert donor(session).cd36 == "positive"


def test_what_somebody_wrote_since_is_the_record_from_then_on(session):
    record(session)
    donor(session).cd36 = "positive"
    session.flush()
    record(session, sample_code="S2")
    assert (standing(session).state, donor(session).cd36) == ("confirmed", "negative type I")
    withdraw(session, 2)
    assert donor(session).cd36 == ""


def test_a_weak_signal_beside_a_negative_one_is_no_negative(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign)
    record(session, campaign, sample_code="S2", result="indeterminate")
    assert (invitation.stage, standing(session).state, donor(session).cd36) == (Stage.SAMPLED, "undecided", "")


@pytest.mark.parametrize("code", ["s1", "S-1", " S 1", "s_1"])
def test_a_sample_does_not_confirm_itself_however_it_is_spelt(session, campaign, code):
    invitation = invite(session, campaign)
    record(session, campaign)
    assert record(session, campaign, sample_code=code) == "unchanged"
    assert (invitation.stage, standing(session).samples) == (Stage.TESTED, 1)


@pytest.mark.parametrize(
    ("on_record", "given", "refusal"),
    [
        ({}, {"sample_code": "S-1"}, None),
        ({"sampled_on": DAY}, {"sample_code": "S-1"}, None),  # the form left the day out
        ({}, {"sample_code": "S-1", "tested_on": date(2026, 11, 21)}, "donor_test_code_alike"),
        ({"sampled_on": DAY}, {"sample_code": "S-1", "sampled_on": date(2026, 11, 19)}, "donor_test_code_alike"),
        ({}, {"sample_code": "S-1", "result": "positive"}, "donor_test_code_alike"),
        ({}, {"result": "positive"}, "donor_test_differs"),
        ({"sample_code": "--"}, {"sample_code": "-"}, "created"),  # nothing but marks: compared as written
    ],
)
def test_codes_that_only_marks_tell_apart_are_one_sample_or_refused(session, on_record, given, refusal):
    record(session, **on_record)
    if refusal in (None, "created"):
        assert record(session, **on_record | given) == (refusal or "unchanged")
    else:
        with pytest.raises(RefusedByRule) as refused:
            record(session, **on_record | given)
        assert (refused.value.code, refused.value.params["sample"]) == (refusal, given.get("sample_code", "S1"))
    assert standing(session).samples == (2 if refusal == "created" else 1)


def test_a_withdrawn_result_is_not_recorded_anew_from_another_sample_with_a_code_like_it(session):
    record(session)
    withdraw(session, 1)
    with pytest.raises(RefusedByRule, match="donor_test_code_alike"):
        record(session, sample_code="S-1", tested_on=date(2026, 11, 21))
    assert record(session, sample_code="S-1") == "created"


def test_a_file_says_under_which_code_a_sample_is_on_record(session):
    load(session)
    again = load(session, FILE.replace(";S1;", ";S-1;"))
    told = {(issue.line, issue.code, issue.severity) for issue in again.issues}
    assert {(2, "donor_test_known_as", "warning"), (6, "donor_test_code_alike", "error")} <= told
    assert (again.created, again.unchanged, standing(session).samples) == (0, 2, 1)


def test_an_invitation_goes_back_with_the_results_that_are_withdrawn(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign)
    record(session, campaign, sample_code="S2")
    assert invitation.stage is Stage.CONFIRMED
    withdraw(session, 2)
    assert (invitation.stage, invitation.confirmed_at) == (Stage.TESTED, None)
    withdraw(session, 1)
    assert (invitation.stage, invitation.found_at, invitation.tested_at) == (Stage.SAMPLED, None, None)


def test_who_was_taken_for_positive_by_a_swapped_tube_is_found_after_all(session, campaign):
    invitation = invite(session, campaign)
    record(session, campaign, result="positive")
    assert invitation.stage is Stage.NOT_FOUND
    withdraw(session, 1)
    for sample in ("S2", "S3"):
        record(session, campaign, sample_code=sample)
    assert (invitation.stage, donor(session).cd36) == (Stage.CONFIRMED, "negative type I")


@pytest.mark.parametrize(("stored", "result"), [("negative type I", "negative"), ("negative", "negative type I")])
def test_the_finer_of_two_that_agree_is_kept(session, stored, result):
    donor(session).cd36 = stored
    session.flush()
    record(session, result=result)
    assert donor(session).cd36 == "negative type I"


def test_withdrawing_takes_back_what_came_from_the_result(session):
    record(session)
    row = withdraw_test(session, test_id=1, reason="wrong tube", actor="lab", timing=TIMING)
    assert row.withdrawal_reason == "wrong tube"
    assert donor(session).cd36 == ""
    with pytest.raises(RefusedByRule, match="donor_test_withdrawn"):
        withdraw_test(session, test_id=1, reason="again", actor="lab", timing=TIMING)
    assert record(session, result="positive") == "created"
    assert donor(session).cd36 == "positive"


def test_withdrawing_the_contradiction_restores_the_other(session):
    record(session)
    record(session, sample_code="S2", result="positive")
    withdraw_test(session, test_id=2, reason="wrong tube", actor="lab", timing=TIMING)
    assert donor(session).cd36 == "negative type I"


@pytest.mark.parametrize("reason", ["", "x" * 501])
def test_a_withdrawal_needs_a_reason(session, reason):
    record(session)
    with pytest.raises(InvalidFields):
        withdraw_test(session, test_id=1, reason=reason, actor="lab", timing=TIMING)


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"donor_number": "D9"}, NotFound, "unknown_donor"),
        ({"donor_number": "D2"}, RefusedByRule, "donor_not_invited"),
        ({"donor_number": "D3"}, RefusedByRule, "donor_never_contacted"),
        ({"donor_number": "D4"}, RefusedByRule, "invitation_step_refused"),
        ({"tested_on": date(2027, 1, 1)}, InvalidFields, "donor_tested_in_future"),
        ({"sampled_on": date(2026, 11, 21)}, InvalidFields, "sampled_after_test"),
    ],
)
def test_bad_input_is_refused_with_its_reason(session, campaign, changed, kind, code):
    invite(session, campaign)
    invite(session, campaign, "D3", Stage.SELECTED)
    invite(session, campaign, "D4", Stage.REFUSED)
    with pytest.raises(kind) as refused:
        record(session, campaign, **changed)
    faults = getattr(refused.value, "faults", [refused.value])
    assert faults[0].code == code


FILE = """donneur;analyse;plaquettes;monocytes;résultat;échantillon;testé le
D1;CD36;neg;neg;;S1;20/11/2026
D2;HPA-1;;;1b/1b;S2;20/11/2026
D9;CD36;neg;neg;;S3;20/11/2026
D3;CD36;bleu;;;S4;20/11/2026
D1;CD36;pos;pos;;S1;20/11/2026
D4;CD36;neg;pos;positive;S5;20/11/2026
"""


def load(session, text=FILE, campaign=None, mode="diff"):
    content = text if isinstance(text, bytes) else text.encode()
    request = ImportRequest(content=content, file_name="lab.csv", actor="lab", now=NOW, mode=mode)
    return import_donor_tests(session, request, timing=TIMING, campaign=campaign)


def test_a_bad_row_stops_no_good_one_and_the_same_file_twice_changes_nothing(session):
    first = load(session)
    assert (first.created, first.unchanged, first.refused) == (2, 0, 4)
    assert {(issue.line, issue.code) for issue in first.issues if issue.severity == "error"} == {
        (4, "unknown_donor"), (5, "cd36_unreadable"), (6, "donor_test_differs"), (7, "donor_test_cells_differ"),
    }  # fmt: skip
    assert (donor(session).cd36, donor(session, "D2").hpa_1) == ("negative type I", "b/b")
    before = version(session)
    again = load(session)
    assert (again.created, again.unchanged, again.refused) == (0, 2, 4)
    assert version(session) == before


def test_a_check_tells_the_same_and_writes_nothing(session):
    before = version(session)
    told = load(session, mode="check")
    assert (told.created, told.refused) == (2, 4)
    assert (donor(session).cd36, version(session)) == ("", before)


def test_a_file_of_a_campaign_takes_only_those_invited(session, campaign):
    invitation = invite(session, campaign)
    told = load(session, campaign=campaign)
    assert (told.created, told.refused) == (1, 5)
    assert "donor_not_invited" in {issue.code for issue in told.issues}
    assert invitation.stage is Stage.TESTED


ROWS = [
    ["D1", "CD36", "negative", "negative", "", "S1", "2026-11-20"],
    ["D2", "HPA-5", "", "", "a/b", "S2", "2026-11-20"],
    ["D9", "CD36", "negative", "negative", "", "S3", "2026-11-20"],
    ["D1", "CD36", "positive", "positive", "", "S4", "2026-11-20"],
    ["D3", "HPA-5", "", "", "a/b", "S5", "2026-11-20"],
]
ENGLISH = ["donor_number", "analyte", "platelets", "monocytes", "result", "sample_code", "tested_on"]
FRENCH = ["N° donneur", "Système", "Plaquettes", "Monocytes", "Génotype", "Échantillon", "Date du test"]


def comma_file(headings):
    return "\n".join(",".join(row) for row in [headings, *ROWS]) + "\n"


def workbook(headings):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet, day = book.add_worksheet("Results"), book.add_format({"num_format": "dd/mm/yyyy"})
    book.add_worksheet("Notes").write(0, 0, "x")
    for at, row in enumerate([headings, *ROWS]):
        sheet.write_row(at, 0, row[:-1])
        if at:
            sheet.write_datetime(at, 6, DAY, day)
        else:
            sheet.write(at, 6, row[-1])
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize("headings", [ENGLISH, FRENCH], ids=["en", "fr"])
@pytest.mark.parametrize("make", [comma_file, workbook])
def test_flow_and_genotypes_in_csv_and_excel_under_headings_of_both_languages(session, campaign, make, headings):
    invite(session, campaign)
    invite(session, campaign, "D2")
    content = make(headings)
    first = load(session, content, campaign=campaign)
    assert (first.created, first.unchanged, first.refused) == (3, 0, 2)
    told = {(issue.line, issue.code) for issue in first.issues}
    assert told >= {(4, "unknown_donor"), (5, "donor_tests_contradict"), (6, "donor_not_invited")}
    assert ((None, "sheets_not_read") in told) is (make is workbook)
    # Two samples that contradict each other leave the donor untested.
    assert (donor(session).cd36, donor(session, "D2").hpa_5, donor(session, "D3").hpa_5) == ("", "a/b", "")
    before = version(session)
    again = load(session, content, campaign=campaign)
    assert (again.created, again.unchanged, again.refused) == (0, 3, 2)
    assert version(session) == before


def test_a_file_cut_short_is_told(session):
    assert "file_seems_cut" in {issue.code for issue in load(session, FILE + "D1;CD36;neg").issues}
