"""The demo's donors: the same for the same seed, understood by the rules, and nobody."""

import hashlib
import json
import re
from collections import Counter
from datetime import date

import pytest

from domain.cd36 import parse_cd36
from domain.hpa import parse_hpa
from domain.phenotype import parse_locus
from domain.typing_text import Kind, parse_typed_value
from services.reference import core_reference
from services.synthetic.donors import donor_rows, fictitious_phone
from services.synthetic.population import DEMO, Haplotype, demo_population, weighted
from services.synthetic.typings import STYLES, serological_name, write_typing

ON = date(2026, 11, 22)
MOST_BYTES_OF_THE_DEMO = 300_000
# A change of the tables, of the seed or of the order of draws changes it: say so, the README quotes numbers of the demo.
SHA256_OF_200 = "217f8b296626eba6f9e767622e243d88aac503ab2ae38f714128b60d7db4edee"


def rows(count, seed=2026):
    return list(donor_rows(demo_population(), reference=core_reference(), count=count, seed=seed, on=ON))


@pytest.fixture(scope="module")
def demo():
    return rows(3_000)


def test_same_seed_same_rows_on_every_machine():
    text = json.dumps(rows(200), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256_OF_200


def test_another_seed_gives_other_rows():
    assert rows(20, seed=1) != rows(20, seed=2)


def test_more_donors_leave_the_first_ones_as_they_are(demo):
    assert rows(50) == demo[:50]


def test_every_typing_is_understood(demo):
    refused = []
    for row in demo:
        for locus in "ABC":
            texts = (row[f"hla_{locus.lower()}_1"], row[f"hla_{locus.lower()}_2"])
            found = parse_locus(*texts, locus=locus, reference=core_reference())
            refused += [issue for issue in found.issues if issue.severity == "error"]
        refused += [parse_cd36(row["cd36"])[1]] if parse_cd36(row["cd36"])[1] else []
        refused += [
            issue for number in (1, 2, 3, 5, 15) if (issue := parse_hpa(row[f"hpa_{number}"], f"HPA-{number}")[1])
        ]
    assert refused == []


def test_typings_are_as_uneven_as_in_life(demo):
    kinds = Counter(
        parse_typed_value(row[column], reference=core_reference()).kind
        for row in demo
        for column in ("hla_a_1", "hla_a_2", "hla_b_1", "hla_b_2", "hla_c_1")
    )
    assert {Kind.ALLELE, Kind.GROUP, Kind.ANTIGEN, Kind.LIST, Kind.NULL, Kind.BLANK} <= kinds.keys()
    without_c = sum(row["hla_c_1"] == "" for row in demo)
    assert 0.2 < without_c / len(demo) < 0.6


def test_every_region_and_ancestry_has_donors(demo):
    assert {row["region"] for row in demo} == {*demo_population().regions.values, ""}
    assert {row["ancestry"] for row in demo} == {"european", "african", "asian", "hispanic"}


def test_rare_platelet_phenotypes_occur(demo):
    negative = [row for row in demo if parse_cd36(row["cd36"])[0].status == "negative"]
    assert 5 <= len(negative) <= 30
    assert sum(row["hpa_1"] == "b/b" for row in demo) >= 5


def test_some_donors_may_not_be_called(demo):
    assert {row["status"] for row in demo} == {"active", "deferred", "inactive"}
    assert {row["consent_contact"] for row in demo} == {"yes", "no"}


def test_nobody_can_be_reached(demo):
    for row in demo:
        assert re.fullmatch(r"06 39 98 \d\d \d\d", row["phone"])
        assert re.fullmatch(r"demo\d{5}@example\.org", row["email"])
        assert row["first_name"] in demo_population().first_names
        assert row["last_name"] in demo_population().last_names
    assert len({row["phone"] for row in demo}) == len(demo)


def test_telephone_numbers_never_leave_the_ranges_kept_for_fiction():
    assert fictitious_phone(9_999) == "06 39 98 99 99"
    assert fictitious_phone(10_000) == "01 99 00 00 00"
    assert fictitious_phone(59_999) == "05 36 49 99 99"
    assert fictitious_phone(60_000) == ""


def test_no_date_lies_after_the_day_of_the_demo(demo):
    assert max(row["last_donation_on"] for row in demo) < ON.isoformat()
    assert max(row["screened_on"] for row in demo) < ON.isoformat()


def test_the_folder_is_small():
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < MOST_BYTES_OF_THE_DEMO


def test_every_haplotype_of_the_tables_is_understood():
    reference = core_reference()
    for table in demo_population().haplotypes.values():
        assert 40 <= len(table.values) <= 80
        for haplotype in table.values:
            for allele in (haplotype.a, haplotype.b, haplotype.c):
                assert parse_typed_value(allele, reference=reference).kind in {Kind.ALLELE, Kind.NULL}, allele


@pytest.mark.parametrize(
    ("allele", "narrow", "broad"),
    [
        ("A*02:01", "A2", "A2"),
        ("A*24:02", "A24", "A9"),
        ("B*15:01", "B62", "B15"),
        ("B*15:03", "B72", "B70"),
        ("B*39:05", "B39", "B16"),
        ("B*40:08", "B40", "B40"),
        ("B*27:08", "B27", "B27"),
        ("A*24:09N", "", ""),
    ],
)
def test_serology_sees_antigens(allele, narrow, broad):
    assert serological_name(allele, core_reference()) == narrow
    assert serological_name(allele, core_reference(), broad=True) == broad


@pytest.mark.parametrize(
    ("style", "texts"),
    [
        ("two_field", ["A*02:01", "A*24:09N", "B*44:02", "B*44:03", "C*05:01", "C*04:01"]),
        ("long", ["A*02:01:01:01", "A*24:09N", "B*44:02:01:01", "B*44:03:01:01", "C*05:01:01:01", "C*04:01:01:01"]),
        ("group_with_c", ["A*02", "A*24:09N", "B*44", "B*44", "C*05", "C*04"]),
        ("group", ["A*02", "A*24:09N", "B*44", "B*44", "", ""]),
        ("serology", ["A2", "-", "B44", "-", "", ""]),
        ("broad_serology", ["A2", "-", "B12", "-", "", ""]),
        ("untyped", ["", "", "", "", "", ""]),
    ],
)
def test_one_pair_of_haplotypes_is_written_in_every_style(style, texts):
    one, other = Haplotype("A*02:01", "B*44:02", "C*05:01"), Haplotype("A*24:09N", "B*44:03", "C*04:01")
    written = write_typing(one, other, style=style, reference=core_reference(), rng=Seeded(0.5))
    assert list(written.values()) == texts


def test_every_style_of_the_table_is_known():
    assert set(demo_population().people["typing_style"].values) == set(STYLES)


def test_weights_are_kept():
    choice = weighted([("often", 3.0), ("never", 0.0), ("seldom", 1.0)])
    assert [choice.pick(Seeded(drawn)) for drawn in (0.0, 0.74, 0.76, 0.999)] == ["often", "often", "seldom", "seldom"]


class Seeded:
    """A random source that always draws the same number."""

    def __init__(self, drawn):
        self.drawn = drawn

    def random(self):
        return self.drawn

    def choice(self, values):
        return values[int(self.drawn * len(values))]
