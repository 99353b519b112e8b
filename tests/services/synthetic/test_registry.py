"""Synthetic registries: the same for the same seed, of any size, and as the donor rules would have them."""

from datetime import date, timedelta

import numpy as np
import pytest

from domain.eligibility import DonorHealth, eligible_window
from domain.phenotype import parse_phenotype_key, phenotype_key
from services.matching.build import build_index
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.synthetic import registry
from services.synthetic.columns import synthetic_arrays
from services.synthetic.frequencies import MIXTURE, haplotype_frequencies
from services.synthetic.population import demo_population
from services.synthetic.registry import EPOCH, Block, RegistryDraw
from services.synthetic.windows import NEVER_DAY, EligibilityTable

ON = date(2026, 11, 22)
RULES = eligibility_rules(ON)


@pytest.fixture(scope="module")
def frequencies(tmp_path_factory):
    return haplotype_frequencies(demo_population(), core_reference(), tmp_path_factory.mktemp("none") / "no.csv")


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(registry, "BLOCK_DONORS", 1_000)


def draw(frequencies, seed=1):
    return RegistryDraw(demo_population(), frequencies, seed=seed, on=ON)


def gathered(blocks):
    blocks = list(blocks)
    return {
        name: np.concatenate([getattr(block, name) for block in blocks], axis=-1)
        for name in Block.__slots__
        if name != "first"
    }


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_same_seed_same_registry(frequencies, small_blocks):
    assert same(gathered(draw(frequencies).blocks(2_500)), gathered(draw(frequencies).blocks(2_500)))
    assert not same(gathered(draw(frequencies).blocks(900)), gathered(draw(frequencies, seed=2).blocks(900)))


def test_a_larger_registry_begins_with_the_smaller_one(frequencies, small_blocks):
    large, small = gathered(draw(frequencies).blocks(3_700)), gathered(draw(frequencies).blocks(1_200))
    assert same({name: values[..., :1_200] for name, values in large.items()}, small)


def test_no_donor_is_drawn_twice(frequencies, small_blocks):
    first, second = draw(frequencies).blocks(2_000)
    assert not np.array_equal(first.birth_day, second.birth_day)


def test_shares_are_those_asked_for(frequencies):
    block = next(draw(frequencies).blocks(registry.BLOCK_DONORS))
    shares = np.bincount(block.ancestry) / len(block)
    assert np.allclose(shares, [share / 100 for share in MIXTURE.values()], atol=0.01)
    african = block.ancestry == list(MIXTURE).index("african")
    tested = african & (block.cd36 > 0)
    share = demo_population().share("cd36", "negative", "african")
    assert (block.cd36[tested] > 1).mean() == pytest.approx(share, abs=0.012)
    european = block.ancestry == list(MIXTURE).index("european")
    homozygous = (block.hpa[0][european] == 3).sum() / (block.hpa[0][european] > 0).sum()
    assert homozygous == pytest.approx(demo_population().share("hpa_1", "b", "european") ** 2, abs=0.005)


def test_eligible_days_are_what_the_rules_say_of_the_whole_donor(frequencies, small_blocks):
    block = next(draw(frequencies).blocks(1_000))
    words = draw(frequencies).vocabulary
    days = EligibilityTable(words, RULES).days(block)
    for place in range(len(block)):
        window = eligible_window(health(block, words, place), RULES)
        expected = NEVER_DAY if window.from_on is None else (window.from_on - EPOCH).days
        assert days.from_day[place] == expected, place
        until = window.until_on if window.from_on else None
        assert days.until_day[place] == (NEVER_DAY if until is None else (until - EPOCH).days), place
    assert {NEVER_DAY} < set(days.from_day.tolist())


def health(block, words, place):
    last = int(block.last_donation_day[place])
    return DonorHealth(
        birth_date=EPOCH + timedelta(days=int(block.birth_day[place])),
        weight_kg=int(block.weight_kg[place]) or None,
        platelet_count=int(block.platelet_count[place]) or None,
        last_donation_on=EPOCH + timedelta(days=last) if last else None,
        last_donation_type=(words.donation[block.donation[place]] or None) if last else None,
        donations_12m=int(block.donations_12m[place]),
    )


def test_arrays_hold_the_searchable_donors_with_readable_keys(frequencies, small_blocks):
    drawn = draw(frequencies)
    columns = synthetic_arrays(drawn, 2_500, reference=core_reference(), rules=RULES)
    everybody = gathered(drawn.blocks(2_500))
    active = everybody["consent"] & (everybody["status"] == drawn.vocabulary.status.index("active"))
    assert columns.donor_id.tolist() == (np.flatnonzero(active) + 1).tolist()
    for key in columns.phenotype_keys:
        assert phenotype_key(parse_phenotype_key(key, core_reference())) == key
    for place, row in enumerate(np.flatnonzero(active)[:500]):
        words = drawn.vocabulary
        antigens = {words.a[code] for code in everybody["a"][:, row]} | {
            words.b[code] for code in everybody["b"][:, row]
        }
        typings = parse_phenotype_key(columns.phenotype_keys[columns.phenotype[place]], core_reference())
        assert {value.canonical for typing in typings.values() for value in typing.distinct()} == antigens
        region, abo, hpa, cd36 = columns.class_keys[columns.klass[place]].split("\t")
        assert region == words.region[everybody["region"][row]]
        assert abo == words.abo[everybody["abo"][row]]
        assert hpa.split(",") == [registry.HPA_TEXTS[code] for code in everybody["hpa"][:, row]]
        assert cd36 == registry.CD36_TEXTS[everybody["cd36"][row]]


def test_the_index_is_built_from_the_arrays(frequencies, small_blocks):
    columns = synthetic_arrays(draw(frequencies), 2_000, reference=core_reference(), rules=RULES)
    index = build_index(columns, registry="synthetic", reference="core-1", rules=RULES.name)
    assert index.meta.donors == len(columns.donor_id)
    assert index.cell_count.sum() == len(columns.donor_id)


def test_the_frequency_file_is_used_where_it_is_present(shared_path):
    file = shared_path / "data" / "haplotypes" / "nmdp_a_b_dr_frequencies.csv"
    found = haplotype_frequencies(demo_population(), core_reference(), file)
    assert found.source == "file"
    assert found.weights.shape == (4, len(found.haplotypes))
    shares = dict(zip(found.haplotypes, found.weights[0], strict=True))
    assert max(shares, key=shares.__getitem__) == ("A1", "B8")


def test_without_a_frequency_file_our_own_table_is_used_and_said(frequencies):
    assert frequencies.source == "demo"
    assert ("A1", "B8") in frequencies.haplotypes
