"""Random situations: a patient with a serum and a directive before a registry, for both readers."""

from dataclasses import dataclass

from hypothesis import strategies as st

from domain.directive import Directive, parse_specificity
from domain.grading import PatientMatcher
from domain.phenotype import parse_locus
from domain.profile import build_profile
from domain.reactivity import SerumReading
from services.donor_rules import donor_rules
from services.matching.engine import Matching
from services.reference import core_reference, parameters
from tests.oracle.reactivity import Serum, make_beads
from tests.oracle.values import parse_locus as oracle_locus
from tests.oracle.verdict import Case, Donor, Reacts, remembering
from tests.properties import eplet_tables, registries
from tests.properties import strategies as mine

REFERENCE = core_reference()
HPA_ANTIGENS = ["HPA-1b", "HPA-1a", "HPA-5b", "HPA-15b", "HPA-3b", "HPA-4a"]  # no donor is typed for HPA-4


@dataclass(frozen=True)
class Situation:
    """Everything as raw text; the registry by its seed and sizes."""

    patient: dict[str, tuple[str, str]]
    beads: list[tuple[str, float]]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    loci: tuple[str, ...]
    hpa: tuple[str, ...]
    anti_cd36: bool
    abo_rule: str
    abo: str
    region: str
    names: list[str]
    seed: int
    donors: int
    phenotypes: int
    eplet_seed: int | None = None

    def rows(self) -> list[registries.Row]:
        return registries.random_rows(self.seed, self.names, self.donors, self.phenotypes)

    def has_directive(self) -> bool:
        edited = self.added or self.removed or self.hpa or self.anti_cd36
        return bool(edited or self.abo_rule != "none" or self.loci != ("A", "B"))


@st.composite
def situations(draw, most_donors=300, panel=mine.panels):
    names = draw(mine.families())
    patient = draw(mine.phenotypes(names))
    added, removed = draw(mine.edits(names, mine.values_of(patient)))
    simple = draw(st.booleans())
    return Situation(
        patient=patient,
        beads=draw(panel(names)),
        added=added,
        removed=removed,
        loci=draw(st.sampled_from([("A", "B"), ("A", "B", "C")])),
        hpa=() if simple else tuple(draw(st.lists(st.sampled_from(HPA_ANTIGENS), max_size=2, unique=True))),
        anti_cd36=False if simple else draw(st.booleans()),
        abo_rule="none" if simple else draw(st.sampled_from(["none", "none", "no-major", "identical"])),
        abo=draw(st.sampled_from(["", "O", "A", "B", "AB"])),
        region=draw(st.sampled_from(["", "Bretagne", "Corse", "Mayotte"])),
        names=names,
        seed=draw(st.integers(0, 2**32)),
        donors=draw(st.sampled_from([most_donors, most_donors // 2, most_donors // 4, 3, 0])),
        phenotypes=draw(st.sampled_from([1, 3, 20, 300])),
        eplet_seed=draw(eplet_tables.seeds()),
    )


def oracle_case(situation: Situation) -> Case:
    serum = Serum(
        make_beads(situation.beads),
        mine.values_of(situation.patient),
        situation.added,
        situation.removed,
        eplet_tables.oracle_table(situation.eplet_seed, situation.names),
    )
    return Case(
        loci={locus: oracle_locus(*texts, locus) for locus, texts in situation.patient.items()},
        serum=serum,
        scope=situation.loci,
        abo=situation.abo,
        region=situation.region,
        hpa_antibodies=situation.hpa,
        cd36_negative_required=situation.anti_cd36,
        abo_rule=situation.abo_rule,
    )


def matching_of(situation: Situation, index, more=()) -> Matching:
    typings = {x: parse_locus(*texts, locus=x, reference=REFERENCE) for x, texts in situation.patient.items()}
    directive = Directive(
        added=(*(parse_specificity(text, REFERENCE) for text in situation.added), *more),
        removed=tuple(parse_specificity(text, REFERENCE) for text in situation.removed),
        loci=situation.loci,
        hpa_antibodies=situation.hpa,
        anti_cd36=situation.anti_cd36,
        abo_rule=situation.abo_rule,
    )
    reading = SerumReading(
        build_profile(situation.beads, REFERENCE),
        [value for typing in typings.values() for value in typing.distinct()],
        REFERENCE,
        added=directive.added,
        removed=directive.removed,
        eplet_table=eplet_tables.domain_table(situation.eplet_seed, situation.names),
    )
    return Matching(
        index,
        reading,
        PatientMatcher(typings, REFERENCE, parameters()["default_creg_family"]),
        directive,
        donor_rules(directive, situation.abo or None),
        sum_floor_mfi=float(parameters()["sum_floor_mfi"]),
    )


@dataclass(frozen=True)
class Pair:
    """Both readings of one situation."""

    matching: Matching
    numbers: list[str]
    case: Case
    donors: list[Donor]
    reacts: Reacts

    def some_thresholds(self, most: int) -> list[int]:
        """A few thresholds on and around the bead values, spread over them."""
        every = mine.thresholds_around(bead.mfi for bead in self.case.serum.beads)
        return every[:: max(1, len(every) // most)]

    def strong_threshold(self) -> list[int]:
        """A threshold at which some bead is exactly 2.5 times as high (MATCHING §10), where there is one."""
        return [int(bead.mfi / 2.5) for bead in self.case.serum.beads if bead.mfi > 0 and bead.mfi % 2.5 == 0][:1]


def read_both(situation: Situation) -> Pair:
    rows = situation.rows()
    deferrals = registries.random_deferrals(situation.seed, rows)
    index, numbers = registries.index_of(rows, deferrals)
    case = oracle_case(situation)
    donors = registries.oracle_donors(rows, deferrals)
    return Pair(matching_of(situation, index), numbers, case, donors, remembering(case.serum))
