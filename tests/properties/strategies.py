"""Hypothesis strategies: patients, panels, directives and donors over few families, so that they often meet."""

from hypothesis import strategies as st

from tests.oracle import nomenclature
from tests.oracle.reactivity import certain_alleles, certain_antigens
from tests.oracle.values import Value, parse_locus

# Specificities above the antigen and below it; the eplets are those of `eplet_tables`.
CREGS = ["1C (rodey)", "2C (ucla)", "5C (rodey)", "7C (rodey)", "8C (rodey)", "10C (ucla)", "12C (rodey)"]
EPLETS = ["eplet:9Q", "eplet:44KQ", "eplet:62XA", "eplet:131Q"]
# Each family: serological texts; groups; alleles listed in §3; alleles that no table lists (assumed antigens).
FAMILIES = {
    "A2": (
        "A2 A203 A210 A28 A68 A69",
        "A*02 A*68",
        "A*02:01 A*02:03 A*02:05 A*02:06 A*68:01",
        "A*02:07 A*02:10 A*68:03",
    ),
    "A9": ("A9 A23 A24 A2403", "A*23 A*24", "A*23:01 A*24:02 A*24:03", "A*24:07 A*24:20 A*23:05"),
    "A10": ("A10 A25 A26 A34 A66", "A*26 A*66", "A*25:01 A*26:01 A*66:01 A*66:02 A*34:02", "A*26:03"),
    "A19": ("A19 A29 A30 A31 A32 A33 A74", "A*30 A*33", "A*29:02 A*30:01 A*30:02 A*31:01 A*33:01 A*33:03", "A*32:02"),
    "A1": ("A1 A3 A11 A36 A80", "A*01 A*03 A*11", "A*01:01 A*03:01 A*11:01 A*11:02 A*36:01", "A*11:05"),
    "B7": ("B7 B703 B42 B22 B54 B55", "B*07 B*55", "B*07:02 B*07:03 B*42:01 B*54:01 B*55:01", "B*07:05"),
    "B5": ("B5 B51 B52 B5102 B5103", "B*51 B*52", "B*51:01 B*51:02 B*51:03 B*52:01", "B*51:07 B*51:08"),
    "B12": ("B12 B44 B45 B13", "B*44 B*45", "B*44:02 B*44:03 B*45:01 B*13:02", "B*44:05"),
    "B14": ("B14 B64 B65", "B*14", "B*14:01 B*14:02", "B*14:03"),
    "B15": (
        "B15 B62 B63 B75 B76 B77 B70 B71 B72",
        "B*15",
        "B*15:01 B*15:02 B*15:03 B*15:10 B*15:12 B*15:16 B*15:18 B*15:21",
        "B*15:25 B*15:101",
    ),
    "B16": ("B16 B38 B39 B3901 B3902", "B*38 B*39", "B*38:01 B*39:01 B*39:02", "B*39:06 B*39:05"),
    "B21": ("B21 B49 B50 B4005", "B*49 B*50", "B*49:01 B*50:01", "B*50:02"),
    "B27": ("B27 B2708 B57 B58 B17", "B*27 B*57", "B*27:03 B*27:05 B*27:08 B*57:01", "B*27:02"),
    "B40": ("B40 B60 B61 B4005", "B*40", "B*40:01 B*40:02 B*40:06", "B*40:05 B*40:04"),
    "B83": ("B82 B81 B73", "B*83 B*82", "B*82:01 B*81:01", "B*83:01"),
    "C3": ("Cw3 Cw9 Cw10", "C*03", "C*03:02 C*03:03 C*03:04", "C*03:05"),
    "C7": ("Cw7 Cw1", "C*07 C*12 C*17", "C*07:01 C*07:02 C*12:03", "C*12:02 C*07:04"),
}
NAMES_BY_LOCUS = {locus: [name for name in FAMILIES if name[0] == locus] for locus in "ABC"}


def antigens_in(names):
    return [text for name in names for text in FAMILIES[name][0].split()]


def groups_in(names):
    return [text for name in names for text in FAMILIES[name][1].split()]


def alleles_in(names):
    return [text for name in names for part in (2, 3) for text in FAMILIES[name][part].split()]


@st.composite
def families(draw, loci="ABC"):
    """A few families, A and B always among them."""
    return [
        name
        for locus in loci
        for name in draw(st.lists(st.sampled_from(NAMES_BY_LOCUS[locus]), min_size=1, max_size=2, unique=True))
    ]


@st.composite
def list_texts(draw, alleles):
    """A list of alleles of one locus, sorted; repeats and nulls among them."""
    first = draw(st.sampled_from(alleles))
    same = [a for a in alleles if a[0] == first[0]]
    more = draw(st.lists(st.sampled_from(same), max_size=3))
    nulls = draw(st.lists(st.just(first.split(":")[0] + ":09N"), max_size=1))
    return "/".join(sorted([first, *more])) + "".join("/" + null for null in nulls)


def value_texts(names):
    """A typed value at any resolution; a null allele now and then."""
    alleles, listed = alleles_in(names), [a for n in names for a in FAMILIES[n][2].split()]
    return st.one_of(
        st.sampled_from(antigens_in(names)),
        st.sampled_from(groups_in(names)),
        st.sampled_from(alleles),
        list_texts(alleles),
        st.sampled_from([a.split(":")[0] + ":09N" for a in listed]),
    )


@st.composite
def locus_texts(draw, names, locus, often_typed=True):
    """The two raw texts of one locus: typed, homozygous, a blank, or not typed."""
    here = [name for name in names if name[0] == locus]
    odd = st.sampled_from(["", "X", "-"])
    value = value_texts(here)
    first = draw(value if often_typed else st.one_of(value, odd))
    second = draw(st.one_of(value, value, value, odd, st.just(first)))
    return (first, second) if draw(st.booleans()) else (second, first)


@st.composite
def phenotypes(draw, names, often_typed=True):
    """Raw texts of the three loci, by locus."""
    return {locus: draw(locus_texts(names, locus, often_typed)) for locus in "ABC"}


def mfis():
    """MFIs that often meet one another, the floor of Σ and 2.5 times a threshold; with decimals and below zero."""
    usual = st.sampled_from([0, 100, 499, 500, 800, 1000, 1999, 2000, 2000.5, 2500, 4999.5, 5000, 12000])
    tenths = st.sampled_from([500.1, 600.2, 1100.3, 700.7, 1300.8])  # sums that floating point cannot hold
    return st.one_of(usual, usual, tenths, st.integers(-50, 25000), st.integers(0, 2_000_000).map(lambda n: n / 100))


@st.composite
def panels(draw, names):
    """Beads as (text, MFI): sparse or dense, few or many reactive, some of several possible antigens, some doubled."""
    pool = sorted(set(alleles_in(names)))
    dense = draw(st.sampled_from([True, True, False]))
    chosen = pool if dense else draw(st.lists(st.sampled_from(pool), unique=True, max_size=len(pool)))
    reactive = draw(st.sampled_from([1, 2, 4, 9]))  # in ten
    beads = [(allele, draw(mfis() if draw(st.integers(0, 9)) < reactive else low_mfis())) for allele in chosen]
    if chosen and draw(st.integers(0, 5)) == 0:
        beads.append((draw(st.sampled_from(chosen)) + ":01", draw(mfis())))
    return beads


def low_mfis():
    return st.sampled_from([0, 12, 60, 100, 250.25, 400])


def values_of(phenotype) -> tuple[Value, ...]:
    """The oracle's typed values of raw texts by locus."""
    typings = [parse_locus(*texts, locus) for locus, texts in phenotype.items()]
    return tuple(v for typing in typings for v in (typing.first, typing.second) if v is not None)


def may_be_added(specificity, patient):
    """§4: adding what the patient certainly has is refused."""
    known = certain_antigens(patient)
    if ":" in specificity and "*" not in specificity:
        return True  # an eplet of the patient's is skipped by both readers
    if "*" in specificity:
        if specificity in certain_alleles(patient):
            return False
        return not nomenclature.antigens_of_allele(specificity) <= known
    return specificity not in known


@st.composite
def edits(draw, names, patient):
    """(added, removed) specificities at every level, none in both and none that must be refused."""
    pool = sorted({*antigens_in(names), *alleles_in(names), "Bw4", "Bw6", *CREGS, *EPLETS})
    if draw(st.booleans()):
        return (), ()
    chosen = draw(st.lists(st.sampled_from(pool), unique=True, max_size=5))
    cut = draw(st.integers(0, len(chosen)))
    added = tuple(s for s in chosen[:cut] if may_be_added(s, patient))
    return added, tuple(chosen[cut:])


def thresholds_around(values):
    """Whole thresholds on, under and over each bead value."""
    found = {1, 2, 100_000}
    for value in values:
        found |= {int(value), int(value) + 1, int(value) - 1}
    return sorted(t for t in found if 1 <= t <= 100_000)


def two_phenotypes(names):
    """A patient and a donor over the same families."""
    return st.tuples(phenotypes(names, often_typed=False), phenotypes(names, often_typed=False))
