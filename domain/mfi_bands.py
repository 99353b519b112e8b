"""Graded words for an MFI, shown beside the number; never a verdict, which is the threshold's alone."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MfiBand:
    """One band: from `limit_mfi` up, or only above it where it is `open`."""

    name: str
    limit_mfi: float
    open: bool = False

    def reaches(self, mfi: float) -> bool:
        """Whether the MFI is in this band or beyond it."""
        return mfi > self.limit_mfi or (mfi == self.limit_mfi and not self.open)


@dataclass(frozen=True, slots=True)
class MfiBands:
    """A versioned set of bands, the lowest first; answers quote `name`."""

    name: str
    bands: Sequence[MfiBand]

    def band_of(self, mfi: float) -> str | None:
        """The highest band that the MFI reaches; None below them all."""
        return next((band.name for band in reversed(self.bands) if band.reaches(mfi)), None)
