"""The registry as arrays: what goes in comes out, by number, region and day, and a damaged file is found."""

import json
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.phenotype import parse_phenotype_key
from services.matching.build import build_index
from services.matching.index import (
    ARRAYS,
    EPOCH,
    HPA_COLUMNS,
    NEVER_DAY,
    DamagedSnapshot,
    RegistryColumns,
    open_index,
    save_index,
)
from services.reference import core_reference

PHENOTYPES = ("A*01+A*03^B*08+B*49^C*07+C*07", "A2+-^B7+B8^?+?", "A*01+?^?+?^?+?", "A*01+A*03^B*07+B*49^C*07+C*07")
CLASSES = ("\tO\t,,,,\t", "Bretagne\t\ta/a,,b/b,,\tpositive", "Corse\tAB\t,,,,\tnegative", "Bretagne\tO\ta/b,,,,a/a\t")
DAY = (date(2026, 11, 22) - EPOCH).days


def columns(rows, gaps=()):
    """From rows (phenotype, class, from day, until day) in the order of donor numbers; donor ids are 100, 101, …"""
    rows = list(rows)
    phenotypes, classes = list(dict.fromkeys(r[0] for r in rows)), list(dict.fromkeys(r[1] for r in rows))
    return RegistryColumns(
        donor_id=np.arange(100, 100 + len(rows)),
        phenotype=np.array([phenotypes.index(r[0]) for r in rows], dtype=np.int64),
        klass=np.array([classes.index(r[1]) for r in rows], dtype=np.int64),
        from_day=np.array([r[2] for r in rows], dtype=np.int64),
        until_day=np.array([r[3] for r in rows], dtype=np.int64),
        phenotype_keys=phenotypes,
        class_keys=classes,
        gaps=np.array(gaps, dtype=np.int64).reshape(-1, 3),
    )


def built(rows, gaps=()):
    return build_index(columns(rows, gaps), registry="r1", reference="core-1", rules="FR-2026")


def read_back(index):
    """Every donor of the index as rows were given, in the order of donor numbers."""
    meta, found = index.meta, {}
    for row in range(meta.donors):
        cell = int(np.searchsorted(index.cell_start, row, side="right")) - 1
        phenotype = int(np.searchsorted(index.phenotype_cells, cell, side="right")) - 1
        codes = [int(code) for code in index.class_codes[:, index.donor_class[row]]]
        region = meta.regions[codes[0]]
        assert meta.regions[index.cell_region[cell]] == region
        assert index.cell_phenotype[cell] == phenotype
        key = "^".join(meta.pairs[x][index.phenotype_pairs[at][phenotype]] for at, x in enumerate("ABC"))
        hpa = ",".join(meta.hpa[code] for code in codes[2:7])
        klass = "\t".join([region or "", meta.abo[codes[1]], hpa, meta.cd36[codes[7]]])
        days = int(index.donor_from_day[row]), int(index.donor_until_day[row])
        found[int(index.donor_order[row])] = int(index.donor_id[row]), (key, klass, *days)
    return [found[place] for place in sorted(found)]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(PHENOTYPES), st.sampled_from(CLASSES), st.integers(0, NEVER_DAY), st.integers(0, NEVER_DAY)
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_every_donor_comes_back_as_given(rows):
    index = built(rows)
    assert read_back(index) == [(100 + at, row) for at, row in enumerate(rows)]
    assert index.cell_count.sum() == index.meta.donors == len(rows)


def test_donors_of_a_phenotype_and_region_keep_the_order_of_their_numbers():
    index = built([(PHENOTYPES[at % 2], CLASSES[at % 3], 0, NEVER_DAY) for at in range(60)])
    for first, last in zip(index.cell_start[:-1], index.cell_start[1:], strict=True):
        assert list(index.donor_order[first:last]) == sorted(index.donor_order[first:last])
        assert list(index.donor_id[first:last]) == [100 + at for at in index.donor_order[first:last]]


def test_phenotypes_are_sorted_and_each_stands_once():
    index = built([(Random(at).choice(PHENOTYPES), CLASSES[0], 0, 1) for at in range(30)])
    pairs = list(zip(*index.phenotype_pairs.tolist(), strict=True))
    assert pairs == sorted(set(pairs))


def test_the_regions_are_named_in_order_with_no_region_last():
    assert built([(PHENOTYPES[0], klass, 0, 1) for klass in CLASSES]).meta.regions == ("Bretagne", "Corse", None)


@pytest.mark.parametrize("regions", [255, 256, 257, 700])
def test_more_regions_than_a_byte_counts(regions):
    rows = [(PHENOTYPES[at % 2], f"R{at:04}\tO\t,,,,\t", 0, NEVER_DAY) for at in range(regions)]
    index = built(rows)
    assert len(index.meta.regions) == regions + 1
    assert read_back(index) == [(100 + at, row) for at, row in enumerate(rows)]


def test_more_classes_and_phenotypes_than_a_byte_counts():
    hpa = [f"{a},{b},{c},{d},{e}" for a, b, c, d, e in np.ndindex(3, 3, 4, 3, 4)]
    rows = [(f"A*{at:05}+?^B*{at % 7}+?^?+?", f"Corse\tA\t{text}\t", at, NEVER_DAY) for at, text in enumerate(hpa)]
    assert len(rows) == 432
    assert read_back(built(rows)) == [(100 + at, row) for at, row in enumerate(rows)]


def test_an_empty_registry_is_an_index_of_nobody(tmp_path):
    index = built([])
    save_index(index, tmp_path / "r1")
    for one in (index, open_index(tmp_path / "r1")):
        one.verify()
        assert one.meta.donors == 0
        assert one.meta.regions == (None,)
        assert one.eligible_count(date(2026, 11, 22)).sum() == 0
        assert len(one.first_eligible_days(np.array([], dtype=np.int64), date(2026, 11, 22))) == 0
        assert len(one.locus("A", core_reference()).values) == 0


def test_the_typings_of_a_locus_are_those_of_the_keys():
    index = built([(key, CLASSES[0], 0, 1) for key in PHENOTYPES])
    for locus in "ABC":
        codes = index.locus(locus, core_reference())
        assert len(codes.typings) == len(index.meta.pairs[locus])
        for text, typing, first, second, typed in zip(
            index.meta.pairs[locus], codes.typings, codes.first, codes.second, codes.typed, strict=True
        ):
            whole = {"A": "?+?", "B": "?+?", "C": "?+?"} | {locus: text}
            assert typing == parse_phenotype_key("^".join(whole.values()), core_reference())[locus]
            expected = [value.canonical for value in typing.distinct()]
            assert [codes.values[at].canonical for at in (first, second) if at < len(codes.values)] == expected
            assert typed == typing.is_typed


# --- days ---


def naive_first(row, on):
    from_day, until_day, gaps = row
    for day in range(max(on, from_day), min(until_day, on + 400)):
        if not any(start <= day < end for start, end in gaps):
            return day
    return NEVER_DAY


SPANS = st.lists(st.tuples(st.integers(-12, 40), st.integers(1, 12)), max_size=3)
WINDOWS = st.lists(
    st.tuples(st.integers(-20, 40), st.one_of(st.integers(-20, 60), st.none()), SPANS), min_size=1, max_size=8
)


@settings(max_examples=150, deadline=None)
@given(WINDOWS, st.integers(-15, 45))
def test_eligible_days_are_those_of_looking_day_by_day(windows, on):
    rows, gaps, naive = [], [], []
    for place, (start, end, spans) in enumerate(windows):
        until = NEVER_DAY if end is None else DAY + end
        merged = merge([(DAY + a, DAY + a + length) for a, length in spans])
        rows.append((PHENOTYPES[place % 3], CLASSES[place % 2], DAY + start, until))
        gaps += [(place, *span) for span in merged]
        naive.append((DAY + start, until, merged))
    index = built(rows, Random(len(gaps)).sample(gaps, len(gaps)))
    day = EPOCH + timedelta(days=DAY + on)
    everyone = np.arange(len(rows))
    found = index.first_eligible_days(everyone, day)
    expected = [naive_first(naive[at], DAY + on) for at in index.donor_order]
    assert found.tolist() == expected
    now = [first == DAY + on for first in expected]
    assert index.eligible_rows(day).tolist() == now
    assert index.eligible_count(day).sum() == sum(now)
    some = everyone[::2]
    assert index.first_eligible_days(some, day).tolist() == expected[::2]


def merge(spans):
    """Overlapping or touching spans as one, as services.donors writes gaps."""
    merged = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def test_never_and_without_limit():
    index = built([(PHENOTYPES[0], CLASSES[0], NEVER_DAY, NEVER_DAY), (PHENOTYPES[0], CLASSES[0], 0, NEVER_DAY)])
    far = date(2149, 6, 5)  # the last day that an index holds is the one before 65,535
    assert index.first_eligible_days(np.array([0, 1]), far).tolist() == [NEVER_DAY, NEVER_DAY - 1]
    assert index.eligible_rows(far).tolist() == [False, True]


def test_counts_of_many_days_asked_in_turn_are_each_right():
    index = built([(PHENOTYPES[0], CLASSES[0], DAY + at, DAY + at + 2) for at in range(12)])
    for _ in range(2):
        for at in range(14):
            day = EPOCH + timedelta(days=DAY + at)
            assert index.eligible_count(day).sum() == index.eligible_rows(day).sum() == (at < 12) + (0 < at < 13)


# --- files ---


@pytest.fixture
def saved(tmp_path):
    rows = [(PHENOTYPES[at % 4], CLASSES[at % 4], DAY + at, NEVER_DAY) for at in range(20)]
    index = built(rows, [(3, DAY, DAY + 4), (9, DAY + 1, DAY + 2)])
    save_index(index, tmp_path / "r1")
    return index, tmp_path / "r1"


def test_an_index_is_opened_as_it_was_saved(saved):
    index, folder = saved
    again = open_index(folder)
    again.verify()
    assert json.dumps(again.meta.pairs) == json.dumps(index.meta.pairs)
    assert again.meta.snapshot == index.meta.snapshot
    assert again.meta.regions == index.meta.regions
    assert set(again.arrays) == set(ARRAYS)
    for name in ARRAYS:
        assert again.arrays[name].dtype == index.arrays[name].dtype
        assert np.array_equal(again.arrays[name], index.arrays[name])
    assert read_back(again) == read_back(index)
    assert again.size_bytes == index.size_bytes


def test_an_opened_index_cannot_be_written(saved):
    again = open_index(saved[1])
    with pytest.raises(ValueError, match="read-only"):
        again.donor_from_day[0] = 1


def test_an_index_is_saved_into_a_new_folder_only(saved):
    with pytest.raises(FileExistsError):
        save_index(*saved)


def test_the_snapshot_names_what_it_was_made_from():
    rows = [(PHENOTYPES[0], CLASSES[1], 0, 1), (PHENOTYPES[1], CLASSES[2], 0, 1)]
    names = {built(rows).meta.snapshot, built(rows).meta.snapshot}
    assert len(names) == 1
    for at, other in enumerate([PHENOTYPES[2], CLASSES[3], 5, 9]):
        changed = [*rows[0]]
        changed[at] = other
        names.add(built([tuple(changed), rows[1]]).meta.snapshot)
    assert len(names) == 5
    assert all(name.startswith("r1-") for name in names)


def sound(folder):
    index = open_index(folder)
    index.verify()
    return index


@pytest.mark.parametrize("name", [*(f"{name}.npy" for name in ARRAYS), "meta.json"])
def test_a_file_that_is_missing_empty_or_cut_is_found(saved, name):
    path = saved[1] / name
    whole = path.read_bytes()
    for length in (None, 0, 1, 60, 127, 128, len(whole) - 1):
        if length == 128 >= len(whole):
            continue
        path.unlink(missing_ok=True)
        if length is not None:
            path.write_bytes(whole[:length])
        with pytest.raises(DamagedSnapshot):
            sound(saved[1])
    path.write_bytes(whole)
    sound(saved[1])


@pytest.mark.parametrize("name", [*(f"{name}.npy" for name in ARRAYS), "meta.json"])
def test_no_flipped_bit_is_answered_from(saved, name):
    """Each third byte with one bit turned round, and all bits of the bytes where a header is most easily misread."""
    index, folder = saved
    path = folder / name
    whole = path.read_bytes()
    flips = [(at, at % 8) for at in range(0, len(whole), 3)] + [(at, bit) for at in (8, 21) for bit in range(8)]
    for at, bit in flips:
        broken = bytearray(whole)
        broken[at] ^= 1 << bit
        path.write_bytes(broken)
        try:
            again = sound(folder)
        except DamagedSnapshot:
            continue
        assert read_back(again) == read_back(index), (at, bit)
        assert np.array_equal(again.arrays["gaps"], index.arrays["gaps"]), (at, bit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"meta": {}}',
        '{"meta": null, "seal": 0}',
        '{"meta": {"format": 1}, "seal": 1}',
        "\xff",
    ],
)
def test_a_description_that_says_nothing_is_found(saved, text):
    (saved[1] / "meta.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DamagedSnapshot):
        sound(saved[1])


@pytest.mark.parametrize(
    ("old", "new"), [("Bretagne", "Corse"), ("A*01+A*03", "A*01+A*02"), ("core-1", "core-2"), ("positive", "negative")]
)
def test_a_description_that_was_edited_is_found(saved, old, new):
    path = saved[1] / "meta.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DamagedSnapshot):
        sound(saved[1])


def test_files_of_two_snapshots_do_not_mix(saved, tmp_path):
    other = built([(PHENOTYPES[at % 4], CLASSES[at % 4], DAY, NEVER_DAY) for at in range(20)])
    save_index(other, tmp_path / "r2")
    (saved[1] / "donor_from_day.npy").write_bytes((tmp_path / "r2" / "donor_from_day.npy").read_bytes())
    with pytest.raises(DamagedSnapshot):
        sound(saved[1])


def test_the_platelet_antigen_columns_are_those_of_the_donor_table():
    assert HPA_COLUMNS == ("HPA-1", "HPA-2", "HPA-3", "HPA-5", "HPA-15")
