"""What values carry, a donor's load, reactive eplets and the set that explains them, on a table of our own (MATCHING §7)."""

import pytest

from domain.directive import parse_specificity
from domain.epitopes import Carried, EpletTable, SerumEplets, by_position, eplet_load, patient_eplets
from domain.profile import Bead, build_profile
from domain.reaction import Basis, Reaction
from domain.reactivity import SerumReading
from domain.typing_text import parse_typed_value
from services.reference import core_reference, read_table, representatives

REFERENCE = core_reference()


def table(verified="", **alleles):
    """`A0201="9Q 12Z"` is A*02:01 with those eplets."""
    named = {f"{name[0]}*{name[1:3]}:{name[3:]}": frozenset(eplets.split()) for name, eplets in alleles.items()}
    return EpletTable("ours", named, frozenset(verified.split()), representatives())


def value(text):
    return parse_typed_value(text, reference=REFERENCE).value


def bead(allele, mfi):
    return Bead(allele, REFERENCE.antigens_of_allele(allele)[0], float(mfi))


def beads(text):
    return [bead(*one.split("=")) for one in text.split()]


# --- what a value carries ---


def test_an_allele_carries_its_own_eplets_exactly():
    assert table(A0201="9Q 12Z").of_value(value("A*02:01")) == Carried(frozenset({"9Q", "12Z"}))


def test_an_antigen_carries_those_of_the_representative_of_each_possible_antigen():
    ours = table(A0201="9Q", A0203="12Z", A0205="44K")
    assert ours.of_value(value("A2")) == Carried(frozenset({"9Q", "12Z"}), approximate=True)
    assert ours.of_value(value("A*02")) == ours.of_value(value("A2"))


def test_a_list_carries_those_of_all_its_alleles():
    ours = table(A0201="9Q", A0205="44K")
    assert ours.of_value(value("A*02:01/A*02:05")) == Carried(frozenset({"9Q", "44K"}), approximate=True)


def test_an_allele_that_the_table_does_not_list_carries_those_of_its_antigen():
    assert table(A0201="9Q").of_value(value("A*02:05")) == Carried(frozenset({"9Q"}), approximate=True)


def test_a_null_allele_carries_nothing_and_what_the_table_does_not_know_is_not_known():
    ours = table(A0201="9Q")
    assert ours.of_value(value("A*01:01:01:02N")) == Carried(frozenset())
    assert ours.of_value(value("B44")) is None


def test_every_antigen_has_a_representative_of_its_own_locus():
    kinds = {name for name, kind in REFERENCE.kinds.items() if kind != "broad"}
    rows = read_table("representatives")
    assert {row["antigen"] for row in rows} == kinds
    assert [row for row in rows if row["antigen"][0] != row["allele"][0] or not row["source"]] == []
    read = {row["antigen"]: REFERENCE.antigens_of_allele(row["allele"])[0] for row in rows}
    # What core assumes from the group holds the antigen; the allele was chosen because it is of that antigen.
    assert [antigen for antigen, antigens in read.items() if antigen not in antigens] == []


# --- the load ---


def test_the_load_counts_what_the_donor_has_and_nothing_of_the_patient_has():
    ours = table("9Q", A0201="9Q 12Z 44K", B0702="44K 62X", C0701="12Z")
    donor = [value("A*02:01"), value("B*07:02")]
    load = eplet_load(ours, donor, patient_eplets(ours, [value("C*07:01")]))
    assert (load.names, load.verified, load.approximate) == (("9Q", "44K", "62X"), ("9Q",), True)


def test_a_load_is_an_approximation_until_the_patient_is_typed_at_all_three_loci():
    ours = table("9Q", A0101="9Q", A0201="9Q 12Z 44K", B0702="44K 62X", C0701="12Z")
    own = [value("A*01:01"), value("B*07:02"), value("C*07:01")]
    assert eplet_load(ours, [value("A*02:01")], patient_eplets(ours, own)).approximate is False
    assert eplet_load(ours, [value("A*02:01")], patient_eplets(ours, own[:2])).approximate is True


def test_a_load_is_not_known_where_a_value_is_not_typed_or_not_in_the_table():
    ours = table(A0201="9Q")
    own = patient_eplets(ours, [])
    assert eplet_load(ours, [value("A*02:01"), None], own) is None
    assert eplet_load(ours, [value("A*02:01"), value("B44")], own) is None


def test_an_eplet_of_a_patient_typed_by_antigen_is_approximate():
    ours = table(A0201="9Q", A0101="12Z")
    load = eplet_load(ours, [value("A*01:01")], patient_eplets(ours, [value("A2")]))
    assert (load.names, load.approximate) == (("12Z",), True)


def test_eplets_stand_in_the_order_of_their_residue():
    assert by_position({"114H", "12M", "9Y", "116Y", "97R"}) == ("9Y", "12M", "97R", "114H", "116Y")


# --- reactive eplets ---

OURS = table(
    "62X", A0201="9Q 62X", A0206="9Q", A0101="9Q 30Z", A0301="30Z 62X", B0702="44K", B4402="44K 62X", B4403="44K"
)


@pytest.mark.parametrize(
    ("panel", "threshold", "reactive"),
    [
        ("A*02:01=9000 A*02:06=3000", 3000, ("9Q",)),
        ("A*02:01=9000 A*02:06=3000", 3001, ()),  # one bead below
        ("A*02:01=9000 B*07:02=9000", 1000, ()),  # each on one bead only
        ("A*02:01=9000 A*02:06=3000 A*01:01=10", 3000, ()),  # a third bead of it does not react
        ("B*44:02=5000 B*44:03=5000 A*02:01=5000", 5000, ("44K", "62X")),
    ],
)
def test_an_eplet_reacts_where_all_of_at_least_two_foreign_beads_do(panel, threshold, reactive):
    serum = SerumEplets(OURS, [], beads(panel))
    assert tuple(one.eplet for one in serum.evidence(threshold, 1.0)) == reactive
    assert serum.reactive_among(OURS.known, threshold) == reactive


def test_an_eplet_of_the_patient_never_reacts():
    serum = SerumEplets(OURS, [value("A*03:01")], beads("A*02:01=9000 B*44:02=9000 B*44:03=9000"))
    assert serum.reactive_among(OURS.known, 1000) == ("44K",)


def test_a_bead_set_aside_by_the_directive_contradicts():
    serum = SerumEplets(OURS, [], beads("B*44:02=9000 B*44:03=9000"), silenced=["B*44:03"])
    assert serum.limits_mfi["44K"] == 0
    (one,) = serum.evidence(1000, 0.5)
    assert ([b.allele for b in one.supporting], [b.allele for b in one.contradicting]) == (["B*44:02"], ["B*44:03"])


def test_a_near_miss_names_the_beads_against_it_and_its_share():
    serum = SerumEplets(OURS, [], beads("A*02:01=9000 A*02:06=3000 A*01:01=10"))
    (one,) = [one for one in serum.evidence(2000, 0.6) if one.eplet == "9Q"]
    assert one.share == pytest.approx(2 / 3)
    assert [b.allele for b in one.contradicting] == ["A*01:01"]
    assert [one.eplet for one in serum.evidence(2000, 0.7)] == []


def test_a_bead_that_the_table_does_not_list_takes_no_part():
    serum = SerumEplets(OURS, [], beads("A*02:01=9000 A*02:06=9000 B*08:01=9000"))
    assert [b.allele for b in serum.unlisted] == ["B*08:01"]
    assert serum.explain(1000).unexplained == ()


def test_the_explaining_set_covers_what_it_can_with_few_eplets_and_says_what_is_left():
    ours = table(
        A0201="9Q 1X", A0202="9Q 1X", A0206="9Q", B4402="44K 1X", B4403="44K 1X", B4501="44K", B0702="8Z", C0701="5W"
    )
    panel = "A*02:01=9000 A*02:02=8500 A*02:06=8000 B*44:02=7000 B*44:03=6000 B*45:01=5500 B*07:02=5000 C*07:01=10"
    found = SerumEplets(ours, [], beads(panel)).explain(1000)
    # 1X explains most, and is dropped again: the two others explain all that it does.
    assert [(eplet, [b.allele for b in own]) for eplet, own in found.chosen] == [
        ("9Q", ["A*02:01", "A*02:02", "A*02:06"]),
        ("44K", ["B*44:02", "B*44:03", "B*45:01"]),
    ]
    assert [b.allele for b in found.unexplained] == ["B*07:02"]


def test_of_two_eplets_on_the_same_beads_the_verified_explains_else_the_first():
    panel = beads("A*02:01=9000 A*02:06=8000")
    both = {"A0201": "9Q 12Z", "A0206": "9Q 12Z"}
    assert [eplet for eplet, _ in SerumEplets(table(**both), [], panel).explain(1000).chosen] == ["9Q"]
    assert [eplet for eplet, _ in SerumEplets(table("12Z", **both), [], panel).explain(1000).chosen] == ["12Z"]


# --- an untested member ---


def reading(panel, *, added=(), eplets=OURS):
    return SerumReading(
        build_profile([(b.allele, b.mfi) for b in beads(panel)], REFERENCE),
        [value(text) for text in ("A*11:01", "B*08:01")],
        REFERENCE,
        added=[parse_specificity(text, REFERENCE) for text in added],
        eplet_table=eplets,
    )


UNTESTED_WITH = table(A0201="9Q", A0206="9Q", A3201="9Q", A2601="12Z")
PANEL = "A*02:01=9000 A*02:06=3000"


@pytest.mark.parametrize(
    ("typed", "threshold", "reaction", "basis"),
    [
        ("A32", 3000, Reaction.UNDECIDED, Basis.EPLET),
        ("A32", 3001, Reaction.UNTESTED, Basis.UNTESTED),  # the eplet no longer reacts
        ("A26", 3000, Reaction.UNTESTED, Basis.UNTESTED),  # carries another
        ("B44", 3000, Reaction.UNTESTED, Basis.UNTESTED),  # not in the table
        ("A*02:01", 3000, Reaction.POSITIVE, Basis.ALLELE),  # tested: its bead alone speaks
    ],
)
def test_an_untested_value_that_carries_a_reactive_eplet_is_undecided(typed, threshold, reaction, basis):
    found = reading(PANEL, eplets=UNTESTED_WITH).react(value(typed))
    assert (found.at(threshold), found.basis_at(threshold)) == (reaction, basis)
    assert found.low is None or typed == "A*02:01"


def test_without_a_table_an_untested_value_stays_untested():
    found = reading(PANEL, eplets=None).react(value("A32"))
    assert (found.at(1), found.basis_at(1)) == (Reaction.UNTESTED, Basis.UNTESTED)


def test_an_addition_of_the_directive_goes_before_eplets():
    found = reading(PANEL, eplets=UNTESTED_WITH, added=["A32"]).react(value("A32"))
    assert (found.at(2000), found.basis_at(2000)) == (Reaction.POSITIVE, Basis.DIRECTIVE)
