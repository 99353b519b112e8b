"""A sharper typing only moves a donor out of possible or unknown; the exceptions are listed, and each is seen to be one."""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.directive import parse_specificity, refusal_of_edits
from domain.phenotype import LocusTyping, parse_locus
from domain.profile import Bead, Profile, build_profile
from domain.reactivity import SerumReading
from domain.typing_text import Kind, TypedValue
from domain.verdict import Requirement, Verdict, donor_verdict
from services.reference import core_reference
from tests.conftest import SHARED
from tests.ipd_folder import real_reference
from tests.oracle import shared_files
from tests.properties import eplet_tables
from tests.properties import strategies as mine
from tests.properties.sharpening import exception, read, sharper_texts
from tests.rule_cases import read_cases

CORE = core_reference()
RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
SETTLED = {Verdict.COMPATIBLE, Verdict.BLOCKED}
HIGH_MFI, THRESHOLD_MFI = 10_000.0, 2_000


# --- the law, on situations that hypothesis makes ---


@st.composite
def situations(draw, reference=CORE, panel=None, pool=None):
    """(reading, donor's typings by locus, locus, position, the values it may turn out to be, loci, requirement).

    `panel`: the alleles of a real kit, else beads of the families; `pool`: alleles by first field, else theirs.
    """
    names = draw(mine.families())
    patient = draw(mine.phenotypes(names, often_typed=False))
    beads = draw(mine.panels(names)) if panel is None else draw(real_beads(panel))
    added, removed = draw(mine.edits(names, mine.values_of(patient)))
    typings = {locus: parse_locus(*texts, locus=locus, reference=reference) for locus, texts in patient.items()}
    own = [value for typing in typings.values() for value in typing.distinct()]
    edits = [parse_specificity(text, reference) for text in added]
    edits = [one for one in edits if refusal_of_edits([one], (), own, reference) is None]
    reading = SerumReading(
        build_profile(beads, reference), own, reference,
        added=edits, removed=[parse_specificity(text, reference) for text in removed],
        eplet_table=eplet_tables.domain_table(draw(eplet_tables.seeds()), names),
    )  # fmt: skip
    donor = {
        locus: parse_locus(*texts, locus=locus, reference=reference)
        for locus, texts in draw(mine.phenotypes(names)).items()
    }
    locus, place = draw(st.sampled_from("ABC")), draw(st.sampled_from([0, 1]))
    chosen = alleles_of(names, locus, pool)
    sharper = [read(text, reference) for text in candidates(donor[locus].values[place], reference, chosen, names, locus)]
    loci = draw(st.sampled_from(["AB", "ABC"]))
    return reading, donor, locus, place, [one for one in sharper if one], loci, draw(st.sampled_from(Requirement))


@st.composite
def real_beads(draw, panel):
    """The beads of a real kit, each with an MFI; of few or of many antigens they react."""
    share = draw(st.sampled_from([1, 3, 7, 10]))
    rng = draw(st.randoms(use_true_random=False))
    return [(allele, rng.choice([1999, 2000, 9000]) if rng.random() * 10 < share else rng.choice([0, 60, 400])) for allele in panel]


def alleles_of(names, locus, pool):
    here = [name for name in names if name[0] == locus]
    if pool is None:
        return [*mine.alleles_in(here), *(f"{group}:09N" for group in mine.groups_in(here))]
    return [text for group in mine.groups_in(here) for text in pool.get(group, ())]


def candidates(value, reference, chosen, names, locus):
    """An untyped position may turn out to be anything."""
    if value is None:
        return [*mine.antigens_in([name for name in names if name[0] == locus]), *chosen]
    return sharper_texts(value, reference, chosen)


def verdict(reading, donor, loci, requirement, threshold):
    """The verdict by the domain's own parts (MATCHING §5)."""
    values = [value for locus in loci for value in donor[locus].values]
    reactions = [reading.react(value).at(threshold) for value in values if value is not None]
    return donor_verdict(reactions, untyped=None in values, requirement=requirement)


def replaced(donor, locus, place, value):
    """The donor with one value sharper; a `-`, which repeats it, is now a value of its own."""
    values = list(donor[locus].values)
    values[place] = value
    return {**donor, locus: LocusTyping(locus, (values[0], values[1]))}


def hold(situation):
    """At every threshold the verdict stays, unless the pair is one of the four exceptions."""
    reading, donor, locus, place, sharper, loci, requirement = situation
    broad = donor[locus].values[place]
    levels = mine.thresholds_around(bead.mfi for bead in reading.profile.beads)
    levels = levels[:: max(1, len(levels) // 12)]
    before = {level: verdict(reading, donor, loci, requirement, level) for level in levels}
    for value in sharper:
        why = exception(broad, value, reading.profile) if broad else None
        if why is not None:
            continue
        after = replaced(donor, locus, place, value)
        for level, known in before.items():
            found = verdict(reading, after, loci, requirement, level)
            assert known not in SETTLED or found is known, (broad, value.canonical, level, known, found)


@settings(max_examples=150, **RELAXED)
@given(situations())
def test_a_sharper_typing_only_settles_what_was_open_under_the_core(situation):
    hold(situation)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(max_examples=2_500, **RELAXED)
@given(situations())
def test_a_sharper_typing_only_settles_what_was_open_under_the_core_at_length(situation):
    hold(situation)


@pytest.mark.parametrize("kit", ["matchit", "both_vendors"])
@settings(max_examples=40, **RELAXED)
@given(data=st.data())
def test_a_sharper_typing_only_settles_what_was_open_under_a_release(kit, shared, data):
    hold(data.draw(situations(real_reference(shared), panel_of(kit), pool_of_the_release())))


@pytest.fixture(scope="module")
def shared():
    """The team's shared folder; skips, saying so, where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no shared data folder beside the checkout")
    return SHARED


def panel_of(kit):
    """The beads of the one class I kit of the shared files, or all that MATCHING §3 names of both vendors' kits."""
    if kit == "both_vendors":
        return sorted(CORE.alleles)
    return sorted({allele for serum in shared_files.read_sera().values() for allele in serum})


@cache
def pool_of_the_release():
    """By group, some alleles of each way of being assigned: all would take an hour and say nothing more."""
    found: dict[str, dict[object, str]] = {}
    for allele, assignment in sorted(real_reference(SHARED).release.alleles.items()):
        found.setdefault(allele.split(":")[0], {}).setdefault(str(assignment), allele)
    nulls = {f"{group}:09N" for group in found}
    return {group: [*kinds.values(), *(null for null in nulls if null.startswith(group))] for group, kinds in found.items()}


# --- the exceptions of a release and a kit, listed ---


def witness_sera(panel, group_antigens, reference):
    """Sera that tell a group from its alleles: nothing reacts, all does, the group's beads alone do, or all others."""
    beads = build_profile([(allele, 0.0) for allele in panel], reference).beads
    for all_high, of_group in product((False, True), repeat=2):
        yield Profile(tuple(
            Bead(bead.allele, bead.antigens, HIGH_MFI if (bool(bead.antigens & group_antigens) == of_group) == all_high else 0.0)
            for bead in beads
        ))  # fmt: skip
    for allele in panel:
        if read(allele, reference).antigens & group_antigens:
            yield Profile(tuple(
                Bead(bead.allele, bead.antigens, 0.0 if bead.allele == allele or not bead.antigens & group_antigens else HIGH_MFI)
                for bead in beads
            ))  # fmt: skip


def kinds_of_alleles(group, reference, panel):
    """The alleles of a group that read alike on any serum: by their antigens, and whether they have a bead."""
    found: dict[object, list[str]] = {}
    names = sorted({allele for allele in (*reference.alleles, *panel) if allele.split(":")[0] == group})
    for name in names:
        value = read(name, reference)
        if value is not None and value.kind in (Kind.ALLELE, Kind.NULL):
            found.setdefault((value.antigens, value.kind, name if name in panel else ""), []).append(name)
    return found


def exceptions(reference, panel):
    """A row for each kind of allele that some serum reads otherwise than its group, where the group was settled."""
    rows = []
    for group in sorted(reference.groups):
        broad = read(group, reference)
        readings = [SerumReading(one, (), reference) for one in witness_sera(panel, broad.antigens, reference)]
        for (antigens, _, _), alleles in sorted(kinds_of_alleles(group, reference, panel).items(), key=lambda one: one[1]):
            sharp: TypedValue = read(alleles[0], reference)
            moves = set()
            for reading in readings:
                before, after = (reading.react(value).at(THRESHOLD_MFI).value for value in (broad, sharp))
                if before in ("positive", "negative") and before != after:
                    moves.add(f"{before} → {after}")
            if moves:
                why = exception(broad, sharp, readings[0].profile)
                rows.append((group, why, " ".join(sorted(antigens)), str(len(alleles)), alleles[0], ", ".join(sorted(moves))))
    return rows


COLUMNS = ("group", "why", "antigens", "alleles", "first", "moves")


@pytest.mark.parametrize("kit", ["matchit", "both_vendors"])
@pytest.mark.parametrize("name", ["core-1", "ipd-imgt-hla-3.58.0"])
def test_the_exceptions_of_each_source_and_kit_are_those_listed(name, kit, shared_path):
    reference = CORE if name == CORE.name else real_reference(shared_path)
    assert reference.name == name
    listed = [row for row in read_cases("sharper_exceptions") if (row["reference"], row["kit"]) == (name, kit)]
    found = exceptions(reference, panel_of(kit))
    assert found == [tuple(row[column] for column in COLUMNS) for row in listed]
    assert {why for _, why, *_ in found} <= {"outside", "no_bead"}  # no bead of these kits has several antigens


@pytest.mark.parametrize(
    ("beads", "broad", "sharp", "why", "before", "after"),
    [
        ("A*24:02=9000", "A*24", "A*24:09N", "null", "positive", "negative"),
        ("B*50:01=9000 B*60:01=10 B*40:01=10 B*40:02=10", "B*40", "B*40:26", "outside", "negative", "positive"),
        ("B*39:01=10", "B*39", "B*39:02", "no_bead", "negative", "untested"),
        ("A*24:02=9000 A*24:03=9000 A*24:07=10", "A*24", "A*24:07", "own_bead", "positive", "negative"),
        ("A*24:02=9000 A*24:03=10", "A*24", "A*24:03", None, "undecided", "negative"),
    ],
)
def test_each_reason_is_one(beads, broad, sharp, why, before, after):
    """B*40:26 has here the antigens that a release gives it; each pair moves out of a settled reaction, or is bound."""
    reference = replace(CORE, alleles={**CORE.alleles, "B*40:26": frozenset({"B50"})})
    pairs = [(allele, float(mfi)) for allele, mfi in (bead.split("=") for bead in beads.split())]
    profile = build_profile(pairs, reference)
    values = [read(text, reference) for text in (broad, sharp)]
    assert exception(*values, profile) == why
    reading = SerumReading(profile, (), reference)
    assert [reading.react(value).at(THRESHOLD_MFI) for value in values] == [before, after]
