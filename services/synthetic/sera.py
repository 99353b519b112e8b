"""Invented single-antigen-bead sera: groups of antigens that look alike react alike, each bead a little its own way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from random import Random

from domain.directive import parse_specificity
from domain.reference import Reference

BEAD_SPREAD = 0.12  # standard deviation of the logarithm between beads of one antibody
SERUM_SPREAD = 0.05  # … and of one bead from serum to serum
BACKGROUND_MFI = 120
BACKGROUND_SPREAD = 0.45
BACKGROUND_CEILING_MFI = 480
SATURATION_MFI = 24_000
CREG_MARK = "CREG "
CREG_FAMILY = "rodey"


@dataclass(frozen=True, slots=True)
class Target:
    """What an antibody is against (allele, antigen, broad antigen, Bw4, Bw6 or `CREG 7C`) and how strongly.

    `fall` says how it follows a treatment: MFI = level × strength of the serum to the power of `fall`.
    """

    specificity: str
    level_mfi: float
    fall: float = 1.0


def bead_readings(
    panel: Sequence[str],
    targets: Iterable[Target],
    *,
    own: frozenset[str],
    strength: float = 1.0,
    patient: str,
    sample: str,
    reference: Reference,
) -> list[tuple[str, int]]:
    """Allele and MFI of every bead of a panel; `own` antigens and alleles of the patient never react.

    The same patient and sample give the same readings.
    """
    covers = [(target, _covered(target.specificity, reference)) for target in targets]
    readings = []
    for allele in panel:
        antigens, _ = reference.antigens_of_allele(allele)
        of_patient = Random(f"{patient}:{allele}")  # noqa: S311  invented figures, not a secret
        of_serum = Random(f"{sample}:{allele}")  # noqa: S311
        affinity = exp(of_patient.gauss(0, BEAD_SPREAD) + of_serum.gauss(0, SERUM_SPREAD))
        background = BACKGROUND_MFI * exp(of_serum.gauss(0, BACKGROUND_SPREAD))
        levels = [
            target.level_mfi * strength**target.fall * affinity
            for target, covered in covers
            if (allele in covered or antigens <= covered) and allele not in own and not antigens <= own
        ]
        mfi = max([min(background, BACKGROUND_CEILING_MFI), *levels])
        readings.append((allele, round(min(mfi, SATURATION_MFI))))
    return readings


def _covered(specificity: str, reference: Reference) -> frozenset[str]:
    """The antigens, or the one allele, that an antibody of this specificity is against."""
    if specificity.startswith(CREG_MARK):
        name = specificity.removeprefix(CREG_MARK)
        return frozenset(antigen for antigen in reference.kinds if name in reference.cregs_of(antigen, CREG_FAMILY))
    found = parse_specificity(specificity, reference)
    return frozenset({found.allele}) if found.allele else found.covered
