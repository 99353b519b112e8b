"""What is said of one donor: the shape that other systems read, and the rules behind each flag and reason (INTERFACES §4)."""

import json
from datetime import date

import pytest

from services.directives import Removal, Wording, set_directive
from services.explanations import explain_donor
from services.searches import search_patient
from services.wording.catalogue import messages, sentence
from tests.small_registry import NOW, ON, PERSONAL, ZONE, D, put_donors

ENTRY = {
    "donor_number", "verdict", "grade", "grade_certain", "max_mfi", "sum_mfi", "eplet_load", "verified_eplet_load", "abo",
    "region", "first_eligible_on", "flags", "values", "reasons",
}  # fmt: skip
VALUE = {"locus", "typed", "antigens", "match", "reaction", "basis", "low", "high", "beads"}
MATCHES = {"identical", "possibly_identical", "cross_reactive", "mismatched", "untyped"}
REACTIONS = {"negative", "positive", "undecided", "untested", "untyped"}
BASES = {"own", "allele", "antigen", "group", "related", "eplet", "untested", "directive", "null", None}


@pytest.fixture
def explain(registry, fresh):
    """Explains one donor for P1 at a threshold."""

    def explain(number, threshold=1000, **asked):
        with registry.read_session() as session:
            return explain_donor(
                session,
                fresh(),
                patient_number="P1",
                donor_number=number,
                on=ON,
                zone=ZONE,
                threshold=threshold,
                locale="en",
                **asked,
            )

    return explain


@pytest.fixture
def direct(registry):
    """Puts a directive in force for P1."""

    def direct(**wording):
        with registry.write_session() as session:
            set_directive(session, patient_number="P1", wording=Wording(1000, **wording), actor="test", now=NOW)

    return direct


@pytest.fixture
def add(registry):
    def add(*donors):
        with registry.write_session() as session:
            put_donors(session, donors)

    return add


def search(registry, fresh, **asked):
    with registry.read_session() as session:
        return search_patient(session, fresh(), patient_number="P1", on=ON, zone=ZONE, limit=0, locale="en", **asked)


def codes(entry):
    return [reason["code"] for reason in entry["reasons"]]


def by_typed(entry):
    return {value["typed"]: value for value in entry["values"]}


# --- the shape ---


def hold_shape(entry):
    assert entry.keys() >= ENTRY
    assert isinstance(entry["grade_certain"], bool)
    assert entry["abo"] in {"identical", "minor", "major", "bidirectional", None}
    assert entry["first_eligible_on"] is None or entry["first_eligible_on"] >= ON
    assert all(isinstance(flag, str) for flag in entry["flags"])
    for name in ("max_mfi", "sum_mfi"):
        assert isinstance(entry[name], int | float)
    for reason in entry["reasons"]:
        assert reason.keys() == {"code", "params"}
        assert reason["code"] in messages()
        assert "{" not in sentence(reason["code"], reason["params"], "en")
    highs = [value["high"] for value in entry["values"] if value["high"] is not None]
    assert entry["max_mfi"] == max(highs, default=0)
    assert entry["sum_mfi"] == pytest.approx(sum(high for high in highs if high >= 500))
    for value in entry["values"]:
        hold_value(value)


def hold_value(value):
    assert value.keys() >= VALUE
    assert value["locus"] in "ABC"
    assert value["reaction"] in REACTIONS
    assert value["basis"] in BASES
    assert value["match"] in MATCHES or (value["kind"] == "null" and value["match"] is None)
    assert value["antigens"] == sorted(value["antigens"])
    assert (value["low"] is None) == (value["high"] is None) == (value["beads"] == [])
    if value["reaction"] == "untyped":
        assert (value["typed"], value["antigens"], value["match"], value["high"]) == (None, [], "untyped", None)
    if value["basis"] in ("own", "null"):
        assert value["high"] is None


@pytest.mark.parametrize("threshold", [1, 500, 1000, 2600, 100_000])
@pytest.mark.parametrize("loci", ["A,B", "A,B,C"])
def test_every_entry_of_a_list_has_the_shape_of_the_interface(registry, fresh, add, threshold, loci):
    add(D("PT1001", "A*24:09N A*03 B*08 B*49"), D("PT1002", "A*24:09N - X X"), D("PT1003", "A99 A*28 B*15 B*39:06"))
    answer = search(registry, fresh, threshold=threshold, loci=loci)
    assert len(answer["donors"]) >= 3
    for place, entry in enumerate(answer["donors"], 1):
        assert entry["rank"] == place
        hold_shape(entry)
        assert {value["locus"] for value in entry["values"]} == set(loci.split(","))
    json.dumps(answer, default=str)


def test_an_explanation_is_the_entry_of_the_list(registry, fresh, explain, add):
    # never eligible: too light, with a birth date and without
    light = {"more": {"weight_kg": 40.0}}
    add(D("PT1001", "A*01 A*03 B*08 B*49", **light), D("PT1002", "A*01 A*03 B*08 B*49", birth_date=None, **light))
    listed = search(registry, fresh, threshold=1000)["donors"]
    assert {"PT1001", "PT1002"} < {entry["donor_number"] for entry in listed}
    for entry in listed:
        one = explain(entry["donor_number"])
        assert one["listed"]
        assert {**one["donor"], "rank": entry["rank"]} == entry
        assert one["versions"]["nomenclature"] == "core-1"


# --- values ---


def test_own_values_have_no_beads(explain):
    for value in explain("PT0001")["donor"]["values"]:
        assert (value["basis"], value["reaction"], value["match"]) == ("own", "negative", "identical")
        assert (value["low"], value["high"], value["beads"]) == (None, None, [])
    assert explain("PT0001")["donor"]["max_mfi"] == 0


def test_a_group_rests_on_the_beads_of_all_that_it_may_be(explain):
    value = by_typed(explain("PT0012")["donor"])["B*07"]
    assert (value["antigens"], value["basis"]) == (["B7", "B703"], "group")
    assert (value["low"], value["high"], value["beads"]) == (800, 900, ["B*07:02", "B*07:03"])
    assert (value["match"], value["reaction"]) == ("cross_reactive", "negative")


@pytest.mark.parametrize(
    ("threshold", "reaction"), [(800, "positive"), (801, "undecided"), (900, "undecided"), (901, "negative")]
)
def test_a_reaction_turns_at_the_mfi_of_its_beads(explain, threshold, reaction):
    assert by_typed(explain("PT0012", threshold)["donor"])["B*07"]["reaction"] == reaction


def test_a_position_that_is_not_typed_is_an_entry_of_its_own(explain):
    entry = explain("PT0008")["donor"]
    untyped = [value for value in entry["values"] if value["typed"] is None]
    assert [(value["locus"], value["match"], value["reaction"]) for value in untyped] == [("B", "untyped", "untyped")]
    assert (entry["grade"], entry["grade_certain"], entry["verdict"]) == ("R", False, "unknown")
    assert codes(entry) == ["position_not_typed"]


def test_a_homozygous_value_stands_once(explain):
    values = [value["typed"] for value in explain("PT0003")["donor"]["values"]]
    assert values == ["A*01", "B*08", "B*49"]


@pytest.mark.parametrize(
    ("typed", "homozygous"), [("A*01 -", True), ("A*01 A*01", True), ("A*01 A*03", False), ("A*01 X", False)]
)
def test_a_value_says_whether_it_stands_on_both_positions(explain, add, typed, homozygous):
    add(D("PT1001", f"{typed} B*08 B*49"))
    assert by_typed(explain("PT1001")["donor"])["A*01"]["homozygous"] == homozygous


def test_a_null_allele_is_negative_on_its_own_basis(explain, add):
    add(D("PT1001", "A*24:09N A*03 B*08 B*49"))
    entry = explain("PT1001")["donor"]
    value = by_typed(entry)["A*24:09N"]
    assert (value["antigens"], value["reaction"], value["high"], value["beads"]) == ([], "negative", None, [])
    assert (entry["verdict"], entry["grade"]) == ("compatible", "B1U")


# --- reasons ---


@pytest.mark.parametrize(
    ("number", "verdict", "reasons"),
    [
        ("PT0001", "compatible", ["no_antibody_at_threshold"]),
        ("PT0012", "compatible", ["no_antibody_at_threshold"]),
        ("PT0005", "blocked", ["value_positive"]),
        ("PT0006", "blocked", ["value_positive"]),
        ("PT0007", "possible", ["value_undecided"]),
        ("PT0008", "unknown", ["position_not_typed"]),
        ("PT0009", "unknown", ["value_untested"]),
    ],
)
def test_the_reasons_of_a_verdict(explain, number, verdict, reasons):
    entry = explain(number)["donor"]
    assert (entry["verdict"], codes(entry)) == (verdict, reasons)


def test_a_reason_carries_what_its_sentence_needs(explain):
    [reason] = explain("PT0005")["donor"]["reasons"]
    assert reason["params"]["typed"] == "A*02"
    assert reason["params"]["high_mfi"] == 9000
    assert reason["params"]["threshold_mfi"] == 1000
    [said] = explain("PT0005")["sentences"]
    assert said == "Antibody against A*02: 9,000 MFI at most, threshold 1,000 (A*02:01, A*02:03, A*02:06)."


def test_a_blocked_donor_is_explained_but_not_listed(explain, registry, fresh):
    assert not explain("PT0005")["listed"]
    assert "PT0005" not in {donor["donor_number"] for donor in search(registry, fresh, threshold=1000)["donors"]}


@pytest.mark.parametrize(
    ("number", "code"),
    [("PT0013", "donor_not_active"), ("PT0014", "donor_without_consent")],
)
def test_a_donor_nobody_may_call_is_explained_and_the_reason_said(explain, number, code):
    answer = explain(number)
    assert not answer["listed"]
    assert answer["donor"]["verdict"] == "compatible"
    assert code in [one["code"] for one in answer["eligibility"]]
    assert answer["active_donors"] == 12


@pytest.mark.parametrize(("threshold", "code"), [(400, "value_positive"), (1000, "value_positive_by_directive")])
def test_what_the_directive_adds_is_said_where_no_bead_says_it(explain, direct, threshold, code):
    direct(add=("A11",))
    entry = explain("PT0004", threshold)["donor"]
    assert entry["verdict"] == "blocked"
    assert (by_typed(entry)["A*11"]["basis"], by_typed(entry)["A*11"]["high"]) == ("directive", 400)
    assert codes(entry) == [code]


def test_what_the_directive_adds_without_a_bead_is_said_otherwise(explain, direct):
    direct(add=("A32",))
    entry = explain("PT0009")["donor"]
    assert (entry["verdict"], codes(entry)) == ("blocked", ["value_positive_by_directive"])
    assert by_typed(entry)["A*32"]["high"] is None


def test_what_the_directive_sets_aside_is_out_of_the_numbers(explain, direct):
    direct(remove=(Removal("B44", "old"),))
    value = by_typed(explain("PT0006")["donor"])["B*44"]
    assert (value["reaction"], value["high"], value["beads"], value["basis"]) == ("negative", None, [], "directive")


@pytest.mark.parametrize(
    ("wording", "number", "verdict", "reasons"),
    [
        ({"hpa_antibodies": ("HPA-1a",)}, "PT0009", "blocked", ["hpa_violated"]),
        ({"hpa_antibodies": ("HPA-1a",)}, "PT0007", "possible", ["value_undecided", "hpa_met"]),
        ({"hpa_antibodies": ("HPA-1a",)}, "PT0001", "unknown", ["hpa_missing"]),
        ({"hpa_antibodies": ("HPA-6bw",)}, "PT0007", "unknown", ["value_undecided", "hpa_missing"]),
        ({"anti_cd36": True}, "PT0009", "blocked", ["cd36_violated"]),
        ({"anti_cd36": True}, "PT0007", "possible", ["value_undecided", "cd36_met"]),
        ({"anti_cd36": True}, "PT0001", "unknown", ["cd36_missing"]),
        ({"abo_rule": "no-major"}, "PT0007", "blocked", ["abo_violated"]),
        ({"abo_rule": "no-major"}, "PT0002", "compatible", ["no_antibody_at_threshold", "abo_met"]),
        ({"abo_rule": "identical"}, "PT0002", "blocked", ["abo_violated"]),
        ({"abo_rule": "identical"}, "PT0010", "blocked", ["value_positive"]),
    ],
)
def test_the_rules_that_are_not_hla_have_their_reasons(explain, direct, wording, number, verdict, reasons):
    direct(**wording)
    entry = explain(number)["donor"]
    assert (entry["verdict"], codes(entry)) == (verdict, reasons)


# --- dates ---


@pytest.mark.parametrize(
    ("number", "first_on", "reasons"),
    [
        ("PT0001", ON, []),
        ("PT0003", date(2026, 12, 8), ["interval_after_platelets"]),
        ("PT0004", ON, []),  # the deferral begins later
        ("PT0010", None, ["birth_date_unknown"]),
        ("PT0011", None, ["deferral_open"]),
        ("PT0012", date(2026, 12, 1), ["deferral"]),
        ("PT0013", None, ["status"]),
    ],
)
def test_the_first_eligible_day_and_why_not_before(explain, number, first_on, reasons):
    answer = explain(number)
    assert answer["donor"]["first_eligible_on"] == first_on
    said = [one["code"] for one in answer["eligibility"] if not one["code"].startswith("donor_")]
    assert said == reasons


def test_the_day_asked_moves_the_first_day(registry, fresh):
    with registry.read_session() as session:
        asked = {"patient_number": "P1", "donor_number": "PT0004", "zone": ZONE, "threshold": 1000}
        inside = explain_donor(session, fresh(), on=date(2026, 12, 5), **asked)
        before = explain_donor(session, fresh(), on=date(2026, 11, 30), **asked)
    assert inside["donor"]["first_eligible_on"] == date(2027, 1, 1)
    assert before["donor"]["first_eligible_on"] == date(2026, 11, 30)


# --- flags ---


def test_every_unit_is_flagged_for_irradiation(registry, fresh):
    for donor in search(registry, fresh, threshold=1000)["donors"]:
        assert "irradiate_or_pathogen_reduce" in donor["flags"]


@pytest.mark.parametrize(
    ("number", "flag", "raised"),
    [
        ("PT0001", "trali_screen", True),
        ("PT0002", "trali_screen", False),
        ("PT0001", "weight_unknown", False),
        ("PT0002", "weight_unknown", True),
        ("PT0010", "birth_date_unknown", True),
        ("PT0001", "birth_date_unknown", False),
        ("PT0001", "c_antibody", True),  # C*07 may be C*07:02, 1,200 MFI
        ("PT0002", "c_antibody", False),  # C*07:01 at 10 MFI
        ("PT0008", "c_antibody", False),
        ("PT0007", "strong_possible", True),  # B*40: undecided with a bead at 6,000
        ("PT0012", "strong_possible", False),
        ("PT0003", "tagvhd_risk", False),
    ],
)
def test_flags(explain, number, flag, raised):
    assert (flag in explain(number)["donor"]["flags"]) == raised


@pytest.mark.parametrize(("threshold", "raised"), [(2400, True), (2401, False), (6000, False)])
def test_a_possible_is_strong_from_two_and_a_half_times_the_threshold(explain, threshold, raised):
    entry = explain("PT0007", threshold)["donor"]
    assert by_typed(entry)["B*40"]["reaction"] == "undecided"
    assert ("strong_possible" in entry["flags"]) == raised == entry["strong_possible"]


def test_c_in_scope_is_judged_and_no_longer_flagged(explain):
    entry = explain("PT0001", loci="A,B,C")["donor"]
    assert "c_antibody" not in entry["flags"]
    assert by_typed(entry)["C*07"]["reaction"] == "undecided"
    assert entry["verdict"] == "possible"


@pytest.mark.parametrize(
    ("typed", "raised"),
    [
        ("A*01 - B*08 -", True),
        ("A*01 A*01 B*49 B*49", True),
        ("A1 - B8 -", True),
        ("A*01 - B*08 B*49", False),
        ("A*11 - B*08 -", False),
        ("A*01 X B*08 -", False),
    ],
)
def test_a_donor_homozygous_for_what_the_patient_has_may_cause_gvhd(explain, add, typed, raised):
    add(D("PT1001", typed))
    assert ("tagvhd_risk" in explain("PT1001")["donor"]["flags"]) == raised


def test_an_rhd_positive_donor_is_flagged_for_a_woman_under_50(explain):
    assert "rhd_positive_donor" in explain("PT0002")["donor"]["flags"]  # P1: a woman of 41, RhD negative
    assert "rhd_positive_donor" not in explain("PT0001")["donor"]["flags"]


# --- nobody is named ---


def test_nothing_personal_is_in_an_explanation(explain):
    for number in ("PT0001", "PT0005", "PT0010", "PT0013"):
        text = json.dumps(explain(number), default=str, ensure_ascii=False)
        assert [word for word in PERSONAL if word in text] == []
