"""Seeded patients whose sera block a wanted share of a registry."""

import random
from dataclasses import dataclass
from datetime import date

from domain.directive import Directive
from domain.epitopes import EpletTable
from domain.grading import PatientMatcher
from domain.phenotype import LocusTyping, parse_locus
from domain.profile import Profile, build_profile
from domain.reactivity import SerumReading
from domain.reference import Reference
from services.donor_rules import donor_rules
from services.matching.engine import Matching, sweep
from services.matching.index import RegistryIndex
from services.reference import representatives

THRESHOLD_MFI = 2_000
BANDS = {"blocked < 20 %": (0.01, 0.20), "blocked about 85 %": (0.80, 0.90), "blocked > 98 %": (0.98, 0.9999)}
PATIENTS_IN_BAND = 8
TRIES = 4_000
EPLETS, EPLETS_ON_ALLELE = 224, 35


@dataclass(frozen=True, slots=True)
class BenchPatient:
    """A typing and a serum; the panel is the project's own list of kit alleles."""

    typings: dict[str, LocusTyping]
    profile: Profile
    blocked: float


def invented_eplets(reference: Reference) -> EpletTable:
    """As many eplets on as many alleles as a real table has (200, about 35 on each); none is real."""
    rng = random.Random(224)
    names = [f"{position}X" for position in range(1, EPLETS + 1)]
    stand_ins = representatives()
    alleles = sorted({*reference.alleles, *stand_ins.values()})
    return EpletTable(
        name="invented",
        alleles={allele: frozenset(rng.sample(names, EPLETS_ON_ALLELE)) for allele in alleles},
        verified=frozenset(names[: EPLETS // 3]),
        representatives=stand_ins,
    )


def lay(
    patient: BenchPatient,
    index: RegistryIndex,
    reference: Reference,
    directive: Directive | None = None,
    eplets: EpletTable | None = None,
) -> Matching:
    """The patient over the registry, from the bare profile: nothing is kept from an earlier search."""
    directive = directive or Directive()
    values = [value for typing in patient.typings.values() for value in typing.distinct()]
    return Matching(
        index,
        SerumReading(patient.profile, values, reference, eplet_table=eplets),
        PatientMatcher(patient.typings, reference, "rodey"),
        directive,
        donor_rules(directive, "A"),
        sum_floor_mfi=500.0,
    )


def _profile(rng: random.Random, reference: Reference) -> Profile:
    """Reactivity that follows shared groups, as sera do: a few cross-reactive groups and epitopes, then noise."""
    strength = {
        name: rng.lognormvariate(8.3, 1.1) for name in rng.sample(sorted(_groups(reference)), rng.randint(1, 8))
    }
    results = []
    for allele, antigens in reference.alleles.items():
        hits = [mfi for name, mfi in strength.items() if antigens & _groups(reference)[name]]
        base = rng.lognormvariate(4.6, 0.8)
        mfi = max(hits) * rng.uniform(0.35, 1.6) if hits and rng.random() < 0.85 else base
        results.append((allele, float(round(mfi))))
    return build_profile(results, reference)


def _groups(reference: Reference) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for antigen, names in reference.cregs["rodey"].items():
        for name in names:
            found.setdefault(name, set()).add(antigen)
    epitopes = {name: reference.carriers(name) for name in reference.epitopes}
    return {**{name: frozenset(antigens) for name, antigens in found.items()}, **epitopes}


def _typings(rng: random.Random, index: RegistryIndex, reference: Reference) -> dict[str, LocusTyping]:
    donor = rng.randrange(index.meta.donors)
    phenotype = int(index.cell_phenotype[int((index.cell_start <= donor).sum()) - 1])
    texts = [index.meta.pairs[locus][index.phenotype_pairs[at][phenotype]] for at, locus in enumerate("ABC")]
    return {
        locus: parse_locus(
            *(("" if name == "?" else name) for name in text.split("+")), locus=locus, reference=reference
        )
        for locus, text in zip("ABC", texts, strict=True)
    }


def bench_patients(index: RegistryIndex, reference: Reference, seed: int, on: date) -> dict[str, list[BenchPatient]]:
    """Eight patients in each band of blocked share, the same for the same seed and registry."""
    rng = random.Random(seed)
    found: dict[str, list[BenchPatient]] = {band: [] for band in BANDS}
    for _ in range(TRIES):
        candidate = BenchPatient(_typings(rng, index, reference), _profile(rng, reference), 0.0)
        counts = sweep(lay(candidate, index, reference), [THRESHOLD_MFI], on).national(0)
        blocked = counts["blocked"] / index.meta.donors
        for band, (least, most) in BANDS.items():
            if least <= blocked <= most and len(found[band]) < PATIENTS_IN_BAND:
                found[band].append(BenchPatient(candidate.typings, candidate.profile, blocked))
        if all(len(patients) == PATIENTS_IN_BAND for patients in found.values()):
            return found
    raise RuntimeError("the bands were not filled: " + ", ".join(f"{band} {len(one)}" for band, one in found.items()))
