"""The shipped nomenclature is MATCHING §2, §3 and §6, letter by letter, and its relations follow."""

import re

import pytest

from domain.errors import UnusableInput
from domain.reference import children_by_parent
from services.reference import core_reference, creg_version, parameters, ranking_policies, read_table

REFERENCE = core_reference()

# The words of MATCHING §2, §3, §4 and §6.
BROADS = (
    "A9→23,24 · A10→25,26,34,66 · A19→29,30,31,32,33,74 · A28→68,69 · B5→51,52 · B12→44,45 · B14→64,65 · "
    "B15→62,63,75,76,77 · B16→38,39 · B17→57,58 · B21→49,50 · B22→54,55,56 · B40→60,61 · B70→71,72 · Cw3→9,10"
)
ASSOCIATED = "A2→203,210 · A24→2403 · B7→703 · B21→4005 · B27→2708 · B39→3901,3902 · B51→5102,5103"
STAND_INS = "B39→3901,3902"
EXCEPTIONS = (
    "A*02:03→A203 · A*24:03→A2403 · B*07:03→B703 · B*14:01→B64 · B*14:02→B65 · B*15:01→B62 · B*15:02→B75 · "
    "B*15:03→B72 · B*15:10→B71 · B*15:11→B75 · B*15:12→B76 · B*15:13→B77 · B*15:16→B63 · B*15:17→B63 · "
    "B*15:18→B71 · B*15:21→B75 · B*27:08→B2708 · B*39:01→B3901 · B*39:02→B3902 · B*40:01→B60 · B*40:02→B61 · "
    "B*40:03→B61 · B*40:06→B61 · B*51:02→B5102 · B*51:03→B5103 · C*03:02→Cw10 · C*03:03→Cw9 · C*03:04→Cw10"
)
BEADS = (
    "A 01:01 02:01 02:02 02:03 02:05 02:06 03:01 11:01 11:02 23:01 24:02 24:03 25:01 26:01 29:01 29:02 30:01 30:02 "
    "31:01 32:01 33:01 33:03 34:01 34:02 36:01 43:01 66:01 66:02 68:01 68:02 69:01 74:01 80:01 · B 07:02 07:03 08:01 "
    "13:01 13:02 14:01 14:02 15:01 15:02 15:03 15:10 15:11 15:12 15:13 15:16 15:18 18:01 27:03 27:05 27:08 35:01 "
    "35:08 37:01 38:01 39:01 40:01 40:02 40:06 41:01 42:01 44:02 44:03 45:01 46:01 47:01 48:01 49:01 50:01 51:01 "
    "51:02 52:01 53:01 54:01 55:01 56:01 57:01 57:03 58:01 59:01 67:01 73:01 78:01 81:01 82:01 82:02 · C 01:02 02:02 "
    "03:02 03:03 03:04 04:01 04:03 05:01 06:02 07:01 07:02 08:01 08:02 12:02 12:03 14:02 15:02 16:01 17:01 18:01 18:02"
)
CREGS = {
    "rodey": (
        "1C A1 3 11 23 24 29 30 31 36 80 · 2C A2 23 24 68 69 B57 58 · 10C A11 25 26 32 33 34 43 66 68 69 74 · "
        "5C B18 35 46 49 50 51 52 53 57 58 62 63 71 72 73 75 76 77 78 · "
        "7C B7 8 13 27 41 42 47 48 54 55 56 59 60 61 67 81 82 · 8C B8 18 38 39 59 64 65 67 · "
        "12C B13 37 41 44 45 47 49 50 60 61"
    ),
    "ucla": (
        "1C A1 3 11 29 30 31 36 80 · 2C A2 23 24 68 69 B57 58 · 10C A25 26 32 33 34 43 66 74 · "
        "5C B18 35 46 49 50 51 52 53 57 58 62 63 71 72 73 75 76 77 78 · "
        "7C B7 13 27 42 48 54 55 56 60 61 67 81 82 · 8C B8 18 38 39 59 64 65 67 · 12C B13 37 41 44 45 47 49 50 60 61"
    ),
}
EPITOPES = (
    "Bw4 A23 24 25 32 B13 27 37 38 44 47 49 51 52 53 57 58 59 63 77 · "
    "Bw6 B7 8 18 35 39 41 42 45 48 50 54 55 56 60 61 62 64 65 67 71 72 75 76 78 81 82 4005 2708"
)
# MATCHING §2: the group sets that it spells out.
GROUPS = {
    "A*02": "A2 A203 A210",
    "A*24": "A24 A2403",
    "B*07": "B7 B703",
    "B*14": "B64 B65",
    "B*15": "B62 B63 B75 B76 B77 B71 B72",
    "B*27": "B27 B2708",
    "B*39": "B39 B3901 B3902",
    "B*40": "B60 B61 B4005",
    "B*51": "B51 B5102 B5103",
    "C*03": "Cw9 Cw10",
    "B*83": "B83",
}


def prefix(name):
    return re.match(r"Cw|[ABC]", name)[0]


def family_tree(text):
    """`A9→23,24` as {"A9": {"A23", "A24"}}."""
    found = {}
    for entry in text.split(" · "):
        parent, children = entry.split("→")
        found[parent] = {prefix(parent) + child for child in children.split(",")}
    return found


def antigen_lists(text):
    """`1C A1 3 B57` as {"1C": {"A1", "A3", "B57"}}: a number takes the letter before it."""
    found = {}
    for entry in text.split(" · "):
        name, *words = entry.split(" ")
        letter, antigens = "", set()
        for word in words:
            letter = word[0] if word[0] in "AB" else letter
            antigens.add(letter + word.lstrip("AB"))
        assert len(antigens) == len(words)
        found[name] = antigens
    return found


def related(kind):
    return {parent: set(children) for parent, children in children_by_parent(
        (row["parent"], row["child"]) for row in read_table("relations") if row["kind"] == kind).items()}  # fmt: skip


# --- the tables say what MATCHING says ---


def test_relations():
    assert related("split") == family_tree(BROADS)
    assert related("associated") == family_tree(ASSOCIATED)
    assert related("stand_in") == family_tree(STAND_INS)
    assert len(read_table("relations")) == 40 + 10 + 2  # nothing said twice


def test_antigens_are_each_broad_split_or_associated():
    kinds = {row["antigen"]: row["kind"] for row in read_table("antigens")}
    assert len(read_table("antigens")) == len(kinds) == 105
    of_kind = {kind: {name for name, k in kinds.items() if k == kind} for kind in set(kinds.values())}
    assert of_kind["broad"] == set(family_tree(BROADS))
    assert of_kind["associated"] == set().union(*family_tree(ASSOCIATED).values())
    assert of_kind["group_name"] == {"B83", *(f"Cw{n}" for n in (12, 14, 15, 16, 17, 18))}
    named = {name for tree in (family_tree(BROADS), family_tree(ASSOCIATED)) for row in tree.items() for name in (row[0], *row[1])}
    named |= set().union(*antigen_lists(EPITOPES).values(), *(a for text in CREGS.values() for a in antigen_lists(text).values()))
    assert named <= kinds.keys()


def test_the_locus_of_each_antigen_is_its_letter():
    assert {row["locus"] == row["antigen"][0] for row in read_table("antigens")} == {True}


def expected_bead_antigens():
    found = {}
    for entry in BEADS.split(" · "):
        locus, *alleles = entry.split(" ")
        for allele in alleles:
            letter = "Cw" if locus == "C" else locus
            found[f"{locus}*{allele}"] = f"{letter}{int(allele.split(':')[0])}"
    exceptions = dict(entry.split("→") for entry in EXCEPTIONS.split(" · "))
    return found | exceptions, exceptions


def test_bead_antigens():
    expected, exceptions = expected_bead_antigens()
    rows = read_table("bead_antigens")
    assert {row["allele"]: row["antigen"] for row in rows} == expected
    assert {row["allele"] for row in rows if row["rule"] == "exception"} == set(exceptions)
    assert len(rows) == len(expected) == 114
    assert len(exceptions) == 28


def test_every_bead_antigen_is_one_of_its_group():
    for row in read_table("bead_antigens"):
        assert row["antigen"] in REFERENCE.groups[row["allele"].split(":")[0]], row["allele"]


def test_the_groups_spelled_out():
    for group, antigens in GROUPS.items():
        assert REFERENCE.groups[group] == frozenset(antigens.split()), group


def test_every_other_group_is_the_antigen_of_its_number():
    for group, antigens in REFERENCE.groups.items():
        if group not in GROUPS:
            letter = "Cw" if group[0] == "C" else group[0]
            assert antigens == {f"{letter}{int(group[2:])}"}, group


def test_every_first_field_is_a_group():
    """One group for each split or group name that is a first field; broads and the splits of B*15, B*40 and C*03 are none."""
    not_first_fields = {"B60", "B61", "B62", "B63", "B64", "B65", "B71", "B72", "B75", "B76", "B77", "Cw9", "Cw10"}
    numbered = {name for name, kind in REFERENCE.kinds.items() if kind in ("split", "group_name")} - not_first_fields
    expected = {f"{name[0]}*{int(re.sub(r'[A-Za-z]', '', name)):02d}" for name in numbered}
    assert set(REFERENCE.groups) == expected | {"B*14", "B*15", "B*40", "C*03"}
    assert len(read_table("groups")) == len(REFERENCE.groups) == 71


@pytest.mark.parametrize("family", ["rodey", "ucla"])
def test_cregs(family):
    rows = [row for row in read_table("cregs") if row["family"] == family and row["antigen"] != "B4005"]
    found = {}
    for row in rows:
        found.setdefault(row["creg"], set()).add(row["antigen"])
    assert found == antigen_lists(CREGS[family])
    assert len(rows) == sum(len(antigens) for antigens in found.values())
    assert creg_version(family) == f"{family}-1"


def test_public_epitopes():
    rows = read_table("public_epitopes")
    found = {}
    for row in rows:
        found.setdefault(row["epitope"], set()).add(row["antigen"])
    assert found == antigen_lists(EPITOPES)
    assert len(rows) == 19 + 28


def test_every_row_has_its_source():
    for name in ("antigens", "relations", "bead_antigens", "groups", "cregs", "public_epitopes", "renamed_groups", "ranking", "parameters"):
        assert [row for row in read_table(name) if not row["source"]] == [], name


def test_the_reference_is_named():
    assert REFERENCE.name == parameters()["core_release"] == "core-1"
    assert parameters()["default_creg_family"] == "rodey"


def test_the_policies_are_those_of_section_10():
    rest = ("verified_eplet_load", "abo", "first_eligible_on", "same_region", "donor_number")
    keys = {
        "identity-first": ("verdict", "strong_possible", "has_date", "grade", "sum_mfi", *rest),
        "antibody-first": ("verdict", "strong_possible", "has_date", "sum_mfi", "max_mfi", "grade", *rest),
        # ours, beside the two of MATCHING: the order of identity-first with the risk before the grade
        "risk-first": ("verdict", "strong_possible", "has_date", "risk", "grade", "sum_mfi", *rest),
        # ours: that order with past crossmatches and increments behind the verdict
        "evidence-first": ("verdict", "evidence", "strong_possible", "has_date", "grade", "sum_mfi", *rest),
    }
    assert {name: policy.keys for name, policy in ranking_policies().items()} == keys
    for policy in ranking_policies().values():
        assert (policy.strong_possible_factor, policy.sum_floor_mfi, policy.version) == (2.5, 500, 1)


# --- what follows from them ---


@pytest.mark.parametrize(
    ("antigen", "closure"),
    [
        ("A9", "A9 A23 A24 A2403"),
        ("A24", "A24 A2403"),
        ("A2403", "A2403"),
        ("A2", "A2 A203 A210"),
        ("A1", "A1"),
        ("B21", "B21 B49 B50 B4005"),
        ("B5", "B5 B51 B52 B5102 B5103"),
        ("B16", "B16 B38 B39 B3901 B3902"),
        ("B15", "B15 B62 B63 B75 B76 B77"),
        ("B70", "B70 B71 B72"),
        ("B40", "B40 B60 B61"),
        ("Cw3", "Cw3 Cw9 Cw10"),
        ("B83", "B83"),
    ],
)
def test_closure_goes_downwards(antigen, closure):
    assert REFERENCE.closure(antigen) == frozenset(closure.split())


def test_closures_nest():
    for antigen in REFERENCE.kinds:
        assert antigen in REFERENCE.closure(antigen)
        for below in REFERENCE.closure(antigen):
            assert REFERENCE.closure(below) <= REFERENCE.closure(antigen)
            assert below[0] == antigen[0]


def test_split_of_an_associated_antigen_is_its_parent():
    splits = {name: REFERENCE.split(name) for name, kind in REFERENCE.kinds.items() if kind == "associated"}
    assert splits == {
        "A203": "A2", "A210": "A2", "A2403": "A24", "B703": "B7", "B2708": "B27", "B3901": "B39", "B3902": "B39",
        "B5102": "B51", "B5103": "B51", "B4005": "B4005",
    }  # fmt: skip
    for name, kind in REFERENCE.kinds.items():
        if kind != "associated":
            assert REFERENCE.split(name) == name


def test_the_antigens_of_a_serological_antigen_hold_no_broad():
    assert REFERENCE.antigens_of_antigen("A9") == {"A23", "A24", "A2403"}
    for name in REFERENCE.kinds:
        assert not any(REFERENCE.is_broad(antigen) for antigen in REFERENCE.antigens_of_antigen(name))


def test_the_antigens_of_an_allele():
    assert REFERENCE.antigens_of_allele("B*15:10") == (frozenset({"B71"}), False)
    assert REFERENCE.antigens_of_allele("B*39:06") == (frozenset({"B39", "B3901", "B3902"}), True)
    with pytest.raises(KeyError):
        REFERENCE.antigens_of_allele("A*28:01")


def test_an_associated_antigen_carries_its_splits_epitope_unless_listed_itself():
    listed = antigen_lists(EPITOPES)
    assert REFERENCE.carriers("Bw4") - listed["Bw4"] == {"A2403", "B5102", "B5103"}
    assert REFERENCE.carriers("Bw6") - listed["Bw6"] == {"B703", "B3901", "B3902"}
    assert not REFERENCE.carriers("Bw4") & REFERENCE.carriers("Bw6")
    assert "B2708" in REFERENCE.carriers("Bw6")
    assert "B27" in REFERENCE.carriers("Bw4")


@pytest.mark.parametrize(
    ("antigen", "family", "groups"),
    [
        ("A23", "rodey", "1C 2C"),
        ("A23", "ucla", "2C"),
        ("A203", "rodey", "2C"),
        ("A2403", "rodey", "1C 2C"),
        ("B703", "rodey", "7C"),
        ("B2708", "rodey", "7C"),
        ("B3901", "ucla", "8C"),
        ("B5103", "rodey", "5C"),
        ("B4005", "rodey", "5C 12C"),  # those of B50
        ("B4005", "ucla", "5C 12C"),
        ("B50", "rodey", "5C 12C"),
        ("B8", "rodey", "7C 8C"),
        ("B8", "ucla", "8C"),
        ("A68", "ucla", "2C"),
        ("B83", "rodey", ""),
        ("Cw7", "rodey", ""),
    ],
)
def test_cregs_of_an_antigen(antigen, family, groups):
    assert REFERENCE.cregs_of(antigen, family) == frozenset(groups.split())


def test_a_creg_family_that_is_not_loaded_is_refused_by_name():
    with pytest.raises(UnusableInput, match="unknown_creg_family") as refused:
        REFERENCE.creg_table("other")
    assert refused.value.params == {"family": "other", "known": "rodey, ucla"}
    assert REFERENCE.creg_table("ucla")["A1"] == {"1C"}
