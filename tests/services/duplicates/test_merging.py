"""Merging two records: what moves, what is refused, whose word holds, and how it is undone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from domain.campaign_life import Stage
from domain.errors import InvalidFields, NotFound, RefusedByRule
from models.allocation import AllocationOverride, OverrideStatus
from models.audit import AuditEvent
from models.campaign import Invitation, InvitationStep
from models.donor import DonationKind, Donor, DonorIdentity, DonorTyping
from models.duplicate import DonorMerge, DuplicatePair, PairState
from models.rare_donor import RareDonorCare
from models.registry import RegistryState
from models.reservation import ReservationStatus
from services.donor_consent import erase_donor, restrict_donor, set_consent
from services.donor_file import donor_file
from services.donor_records import record_deferral
from services.duplicates.choices import Side, offers_of
from services.duplicates.forgetting import forget_journals
from services.duplicates.merging import UNDO_DAYS, merge_donors
from services.duplicates.pairs import compare_registry, keep_pairs
from services.duplicates.undoing import get_merge, undo_merge
from services.explanations import explain_donor, get_donor
from services.find import Sought, find
from services.imports.donors import import_donors
from services.imports.request import ImportRequest
from services.matching.snapshots import SnapshotStore
from services.reference import core_reference
from services.registry_list import DonorFilter, count_donors, list_registry
from services.rule_tables import eligibility_rules
from services.uploads.folder import UploadFolder
from tests.merging import EVERYTHING, WHEN, Belongings, content, donor, give, put_common, put_pair, wish
from tests.small_registry import IDENTITY, NOW, ON, ZONE, D, put_small_registry

TYPED = "A*01 A*03 B*08 B*49"


@pytest.fixture
def session(engines):
    with Session(engines.write) as session:
        yield session
        session.rollback()


@pytest.fixture
def pair(session):
    return put_pair(session, D("X1", TYPED), D("X2", "A*01:01 A*03:01 B*08 B*49 C*07 C*07"))


def merge(session, survivor="X1", merged="X2", **more):
    return merge_donors(session, wish(session, survivor, merged, **more), actor="coo", timing=WHEN)


def undo(session, row, **more):
    asked = {"merge_id": row.id, "version": row.version_id, "reason": "two people", "actor": "coo", "now": WHEN.now}
    return undo_merge(session, **{**asked, **more})


def change(session, number, **values):
    one = donor(session, number)
    for name, value in values.items():
        setattr(one, name, value)
    session.flush()
    return one


def test_the_number_of_the_record_that_goes_still_finds_the_other(session, pair):
    before = session.exec(select(RegistryState.version)).one()
    merge(session)
    assert get_donor(session, "X2").donor_number == "X1"
    assert find(session, question="x2", sought=Sought(False, True, False)).donors == ("X1",)
    assert [one["number"] for one in list_registry(session, DonorFilter(number="X2"), on=ON, limit=9)[0]] == ["X1"]
    assert count_donors(session) == 2
    seen = donor_file(session, number="X2", on=ON, with_patients=True, with_reservations=True)
    assert (seen["number"], seen["earlier_numbers"]) == ("X1", ["X2"])
    gone = donor(session, "X2")
    assert (gone.searchable, gone.hla_a_1, session.get(DonorIdentity, gone.id)) == (False, "", None)
    assert session.exec(select(RegistryState.version)).one() > before


def test_the_more_exact_typing_holds_and_both_stay_in_the_history(session, pair):
    merge(session)
    kept = donor(session, "X1")
    assert [kept.hla_a_1, kept.hla_a_2, kept.hla_b_1, kept.hla_c_1] == ["A*01:01", "A*03:01", "B*08", "C*07"]
    assert len(session.exec(select(DonorTyping).where(DonorTyping.donor_id == kept.id)).all()) == 3


def test_a_person_may_choose_the_other_word_and_what_is_empty_is_filled(session, pair):
    change(session, "X1", region="Corse", weight_kg=None, pregnancies=0, cmv="negative")
    change(session, "X2", region="Bretagne", weight_kg=61.0, pregnancies=2, cmv="positive")
    merge(session, takes={"region": "merged", "hla_a": "survivor"})
    kept = donor(session, "X1")
    assert (kept.region, kept.weight_kg, kept.pregnancies, kept.hla_a_1) == ("Bretagne", 61.0, 2, "A*01")
    assert kept.cmv == "positive"


def test_other_groups_must_be_decided_by_a_person(session, pair):
    change(session, "X1", abo="A")
    change(session, "X2", abo="O")
    with pytest.raises(InvalidFields) as refused:
        merge(session)
    assert [fault.code for fault in refused.value.faults] == ["merge_choice_needed"]
    merge(session, takes={"abo": "merged"})
    assert donor(session, "X1").abo == "O"


@pytest.mark.parametrize(("mine", "other"), [(True, False), (False, True)])
def test_a_no_of_either_holds(session, pair, mine, other):
    common = put_common(session)
    give(session, pair[0], Belongings(invitations={0: Stage.AGREED}, allocated=True), common)
    for number, agreed in (("X1", mine), ("X2", other)):
        change(session, number, consent_contact=agreed, consent_withdrawn_at=None if agreed else NOW)
    merge(session)
    kept = donor(session, "X1")
    assert (kept.consent_contact, kept.consent_withdrawn_at, kept.searchable) == (False, NOW, False)
    assert session.exec(select(Invitation.stage)).one() is Stage.OPTED_OUT
    assert session.exec(select(AllocationOverride.status)).one() is OverrideStatus.CANCELLED


def test_whoever_was_asked_for_against_the_division_is_still_asked_for_under_the_number_that_stays(session, pair):
    give(session, pair[1], Belongings(allocated=True), put_common(session))
    merge(session)
    asked = session.exec(select(AllocationOverride)).one()
    assert (asked.donor_id, asked.status) == (pair[0].id, OverrideStatus.ASKED)


def test_of_two_invitations_to_one_campaign_the_further_stays_with_the_contacts_of_both(session, pair):
    common = put_common(session)
    give(session, pair[0], Belongings(invitations={0: Stage.SELECTED, 1: Stage.AGREED}), common)
    give(session, pair[1], Belongings(invitations={0: Stage.AGREED, 1: Stage.REFUSED}), common)
    row = merge(session)
    stages = session.exec(select(Invitation.campaign_id, Invitation.stage).order_by(Invitation.campaign_id)).all()
    assert [stage for _, stage in stages] == [Stage.AGREED, Stage.REFUSED]
    steps = session.exec(select(InvitationStep)).all()
    assert {step.donor_id for step in steps} == {pair[0].id}
    assert len(steps) == 4
    undo(session, row)
    assert len(session.exec(select(Invitation)).all()) == 4


def test_whatever_spares_a_rare_donor_more_holds_and_no_note_is_lost(session, pair):
    common = put_common(session)
    give(session, pair[0], Belongings(care=False), common)
    give(session, pair[1], Belongings(care=True), common)
    merge(session)
    care = session.exec(select(RareDonorCare)).one()
    assert (care.donor_id, care.spare, care.note) == (pair[0].id, True, "note of X1 / note of X2")


HELD, CONFIRMED = ReservationStatus.HELD, ReservationStatus.CONFIRMED


@pytest.mark.parametrize(
    ("mine", "other", "code"),
    [
        (Belongings(reservations={1: HELD}), Belongings(reservations={1: CONFIRMED}), "merge_reserved_twice"),
        (Belongings(families={0}), Belongings(families={0}), "merge_same_family"),
        (Belongings(tests={1: "negative"}), Belongings(tests={1: "positive"}), "merge_results_differ"),
    ],
)
def test_records_in_each_others_way_are_refused_and_nothing_changes(session, pair, mine, other, code):
    common = put_common(session)
    for row, owns in zip(pair, (mine, other), strict=True):
        give(session, row, owns, common)
    before = content(session)
    with pytest.raises(RefusedByRule) as refused:
        merge(session)
    assert refused.value.code == code
    assert content(session) == before


def test_a_record_is_not_merged_with_itself_by_either_number(session, pair):
    with pytest.raises(RefusedByRule, match="merge_itself"):
        merge(session, merged="X1")
    row = merge(session)
    with pytest.raises(RefusedByRule, match="merge_itself"):
        merge_donors(session, replace(wish(session, "X1", "X1"), merged="X2"), actor="coo", timing=WHEN)
    assert row.undone_at is None


def test_other_antigens_are_refused_and_the_locus_is_named(session):
    put_pair(session, D("X1", TYPED), D("X2", "A*01 A*03 B*07 B*44"))
    with pytest.raises(RefusedByRule) as refused:
        merge(session)
    assert (refused.value.code, refused.value.params["loci"]) == ("merge_hla_conflict", "B")


@pytest.mark.parametrize(("column", "texts", "refused"), [
    ("hpa_1", ("a/a", "b/b"), True), ("cd36", ("negative", "positive"), True),
    ("cd36", ("negative", "negative type I"), False), ("hpa_1", ("a/a", ""), False),
])  # fmt: skip
def test_results_that_cannot_both_be_true_are_refused(session, column, texts, refused):
    put_pair(session, *(D(f"X{n}", TYPED, more={column: text}) for n, text in enumerate(texts, 1)))
    if refused:
        with pytest.raises(RefusedByRule, match="merge_platelet_conflict"):
            merge(session)
    else:
        merge(session)
        assert getattr(donor(session, "X1"), column) == max(texts, key=len)


@pytest.mark.parametrize("which", ["X1", "X2"])
@pytest.mark.parametrize(("values", "code"), [
    ({"restricted_at": NOW}, "donor_restricted"), ({"erased_at": NOW}, "donor_erased"), ({"region": "Corse"}, "changed_meanwhile"),
])  # fmt: skip
def test_a_record_nobody_may_change_or_that_has_changed_is_refused(session, pair, which, values, code):
    asked = wish(session, "X1", "X2")
    change(session, which, **values)
    if code != "changed_meanwhile":
        asked = wish(session, "X1", "X2")
    with pytest.raises(RefusedByRule) as refused:
        merge_donors(session, asked, actor="coo", timing=WHEN)
    assert refused.value.code == code


def test_no_reason_no_merge_and_the_reason_stands_in_no_trail(session, pair):
    with pytest.raises(InvalidFields):
        merge(session, reason=" ")
    merge(session, reason="Madame Quelquundautre se maria")
    rows = session.exec(select(AuditEvent).where(AuditEvent.action == "donor_merged")).all()
    assert {row.subject_key for row in rows} == {"X1", "X2"}
    assert "Quelquundautre" not in str([row.details for row in rows])


def test_a_pair_is_the_same_once_merged_and_open_again_once_undone(session, pair):
    keep_pairs(session, compare_registry(session), now=NOW)
    row = merge(session)
    assert session.exec(select(DuplicatePair.state)).one() is PairState.SAME
    keep_pairs(session, compare_registry(session), now=NOW)
    assert session.exec(select(DuplicatePair.state)).one() is PairState.SAME
    undo(session, row)
    assert session.exec(select(DuplicatePair.state)).one() is PairState.OPEN


# --- undoing -----------------------------------------------------------------------------------------------------


def test_an_undo_that_cannot_stand_is_refused(session, pair):
    row = merge(session)
    late = NOW + timedelta(days=UNDO_DAYS + 1)
    for more, error, code in (
        ({"merge_id": 99}, NotFound, "unknown_merge"),
        ({"version": 7}, RefusedByRule, "changed_meanwhile"),
        ({"reason": ""}, InvalidFields, None),
        ({"now": late}, RefusedByRule, "merge_undo_too_late"),
    ):
        with pytest.raises(error) as refused:
            undo(session, row, **more)
        assert code in (None, refused.value.code)
    undo(session, row)
    with pytest.raises(RefusedByRule, match="merge_undone_already"):
        undo(session, row)


def test_the_later_merge_is_undone_first(session):
    put_pair(session, D("X1", TYPED), D("X2", TYPED), third="Y3")
    put_pair(session, D("X4", TYPED), D("X5", TYPED))
    before = content(session)
    first, second = merge(session), merge(session, "X4", "X1")
    assert get_donor(session, "X2").donor_number == "X4"
    with pytest.raises(RefusedByRule) as refused:
        undo(session, first)
    assert (refused.value.code, refused.value.params) == ("merge_undo_later_first", {"donor": "X1", "into": "X4"})
    undo(session, second)
    undo(session, first)
    assert content(session)["donor"] == before["donor"]


def test_what_was_edited_since_stays_and_the_next_file_is_compared_anew(session, pair):
    change(session, "X1", region=None, row_hash="as imported")
    change(session, "X2", region="Corse")
    row = merge(session)
    change(session, "X1", region="Bretagne")
    undo(session, row)
    kept = donor(session, "X1")
    assert (kept.region, kept.row_hash, donor(session, "X2").region) == ("Bretagne", None, "Corse")


def test_a_no_said_since_the_merge_holds_for_both(session, pair):
    row = merge(session)
    version = donor(session, "X1").version_id
    said = {"reason": "called", "actor": "coo", "now": WHEN.now + timedelta(hours=1)}
    set_consent(session, number="X2", version=version, agreed=False, on=ON - timedelta(days=1), today=ON, **said)
    version = donor(session, "X1").version_id
    record_deferral(session, number="X1", version=version, from_on=ON, until_on=None, **said)
    undo(session, row, now=said["now"])
    for number in ("X1", "X2"):
        one = donor(session, number)
        assert (one.consent_contact, one.searchable) == (False, False)
        file = donor_file(session, number=number, on=ON, with_patients=False, with_reservations=False)
        assert len(file["deferrals"]) == 1


def test_a_donation_counted_twice_counts_once(session, pair):
    common = put_common(session)
    for row in pair:
        give(session, row, Belongings(donations=[(1, DonationKind.PLATELETS)]), common)
    merge(session)
    file = donor_file(session, number="X1", on=ON, with_patients=False, with_reservations=False)
    assert len(file["donations"]) == 1


# --- files, erasure, time ----------------------------------------------------------------------------------------


def load(session, text, **more):
    request = ImportRequest(content=text.encode(), file_name="f.csv", actor="coo", now=NOW, **more)
    return import_donors(session, request, reference=core_reference(), rules=eligibility_rules(ON))


def test_a_file_row_of_the_old_number_is_left_out_and_says_where_it_went(session, pair):
    merge(session)
    before = content(session)["donor"]
    result = load(session, "donor_number,region\nX2,Corse\n")
    said = [(one.code, one.params["into"]) for one in result.issues if one.severity == "error"]
    assert said == [("donor_merged_row", "X1")]
    assert content(session)["donor"] == before


def test_a_full_file_that_lists_the_old_number_alone_does_not_end_the_donor(session, pair):
    merge(session)
    text = "donor_number,region,consent_contact\nX2,Corse,yes\nX3,Bretagne,yes\n"
    assert load(session, text, mode="full", confirmed=True).deactivated == 0
    assert donor(session, "X1").status == "active"


def test_erasing_the_donor_forgets_what_merges_and_pairs_kept(session, pair, tmp_path):
    keep_pairs(session, compare_registry(session), now=NOW)
    merge(session, reason="Quelquundautre")
    version = donor(session, "X1").version_id
    erase_donor(
        session, UploadFolder(tmp_path), number="X1", version=version, repeated_number="X1", reason="asked", actor="coo",
        now=NOW, today=ON,
    )  # fmt: skip
    row = session.exec(select(DonorMerge)).one()
    assert (row.journal, row.reason, row.kept_until) == ({}, "", None)
    assert session.exec(select(DuplicatePair)).all() == []
    with pytest.raises(RefusedByRule, match="merge_undo_too_late"):
        undo(session, row)


def test_a_restricted_survivor_is_not_taken_apart(session, pair):
    row = merge(session)
    version = donor(session, "X1").version_id
    restrict_donor(session, number="X1", version=version, reason="asked", actor="coo", now=NOW, today=ON)
    with pytest.raises(RefusedByRule, match="donor_restricted"):
        undo(session, row)


def test_what_a_merge_keeps_is_encrypted_and_forgotten_in_time(session, pair):
    row = merge(session)
    session.flush()
    stored = session.connection().exec_driver_sql("SELECT journal, reason FROM donor_merge").one()
    assert not any(text in str(stored) for text in IDENTITY.values())
    assert IDENTITY["last_name"] in str(row.journal)
    assert forget_journals(session, now=NOW + timedelta(days=UNDO_DAYS)) == 0
    assert forget_journals(session, now=NOW + timedelta(days=UNDO_DAYS + 1)) == 1
    assert get_merge(session, row.id).days_left(ON) == 0


def test_everything_the_other_record_had_is_counted(session, pair):
    give(session, pair[1], EVERYTHING, put_common(session))
    assert merge(session).moved["reservation"] == 1
    assert session.exec(select(Donor.merged_into_id).where(Donor.donor_number == "X2-OLD")).one() == pair[0].id


# --- the engine --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ("A*02 A*03 B*08 B*49", "A*02:06 A*03:01 B*08 B*49"),
        ("A2 A3 B8 B49", "A*02:01 A*03:01 B*08:01 B*49:01"),
        ("A*01 A*03 B*40 B*49", "A*01 A*03 B*40:02 B*49"),
        ("A*01 X B*08 X", "A*01 A*02 B*08 B*44"),
        ("A*01 A*24 B*07 B*08", "A1 A24 B7 B8"),
        ("", "A*02 A*03 B*08 B*49"),
    ],
)
@pytest.mark.parametrize("order", [("X1", "X2"), ("X2", "X1")])
def test_no_patient_for_whom_a_record_was_blocked_gets_the_donor(session, tmp_path, mine, other, order):
    put_small_registry(session)
    put_pair(session, D("X1", mine), D("X2", other))
    levels = (300, 700, 1_000, 2_000, 5_000)
    before = [{verdict(session, tmp_path, number, mfi) for number in ("X1", "X2")} for mfi in levels]
    assert any("blocked" in verdicts for verdicts in before)
    merge(session, *order)
    for mfi, verdicts in zip(levels, before, strict=True):
        if "blocked" in verdicts:
            assert verdict(session, tmp_path, order[0], mfi) != "compatible", mfi


def verdict(session, folder, number, mfi):
    asked = {"patient_number": "P1", "donor_number": number, "on": ON, "zone": ZONE, "threshold": mfi}
    return explain_donor(session, SnapshotStore(folder), **asked)["donor"]["verdict"]


def test_alleles_in_another_order_are_no_difference_and_ask_nothing(session):
    put_pair(session, D("X1", "A*01 A*03 B*08 B*08"), D("X2", "A*03 A*01 B*08 X"))
    donors = [(donor(session, number), None) for number in ("X1", "X2")]
    offers = {one.name: one for one in offers_of(donors[0], donors[1], core_reference())}
    assert (offers["hla_a"].differs, offers["hla_a"].kept) == (False, Side.SURVIVOR)
    assert offers["hla_b"].differs
