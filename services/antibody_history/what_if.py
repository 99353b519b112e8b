"""What would be if the latest serum lost some of its reactivity: read again by the engine, never estimated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.antibody_history import gone_from, values_of, what_if
from domain.errors import UnusableInput
from domain.reactivity import SerumReading
from services.antibody_history.sera import SerialSera

FACTOR, GONE, BOTH = "factor", "gone", "both"


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the latest serum is changed: every MFI at so many percent, one specificity gone."""

    factor_percent: int | None = None
    gone: str | None = None

    def parts(self) -> list[tuple[str, "Asked"]]:
        """Each change alone, then both together."""
        found = [(FACTOR, replace(self, gone=None))] if self.factor_percent is not None else []
        found += [(GONE, replace(self, factor_percent=None))] if self.gone is not None else []
        return [*found, (BOTH, self)] if len(found) > 1 else found


def changed_reading(serial: SerialSera, asked: Asked) -> SerumReading:
    """The latest serum so changed, for this patient under this directive.

    Raises UnusableInput where there is no serum, and for a specificity that it does not test.
    """
    if serial.latest is None:
        raise UnusableInput("history_no_serum", patient=serial.case.patient.patient_number)
    profile, reference = serial.sera[serial.latest].reading.profile, serial.laid.matching.reading.reference
    gone = frozenset[str]() if asked.gone is None else gone_from(asked.gone, profile, reference)
    factor_percent = 100 if asked.factor_percent is None else asked.factor_percent
    return serial.read(what_if(profile, factor_percent=factor_percent, gone=gone))


def may_be_gone(serial: SerialSera) -> Sequence[str]:
    """The specificities of the latest serum at or above the threshold that the rules use, the highest first."""
    if serial.latest is None:
        return []
    loci = serial.case.directive.loci
    found = values_of(serial.sera[serial.latest].reading)
    kept = {
        name: one.mfi
        for name, one in found.items()
        if one.mark is None and one.mfi >= serial.threshold_mfi and one.allele[0] in loci and name != one.allele
    }
    return sorted(kept, key=lambda name: (-kept[name], name))
