"""The bands of MFI: words beside a number, from a table with its source."""

import pytest

from services.rule_tables import mfi_bands
from services.wording.catalogue import messages


@pytest.mark.parametrize(
    ("mfi", "band"),
    [(0, None), (499.9, None), (500, "weak"), (999.9, "weak"), (1000, "medium"), (4000, "medium"), (4000.5, "strong"),
     (30_000, "strong")],
)  # fmt: skip
def test_an_mfi_is_in_the_highest_band_it_reaches(mfi, band):
    assert mfi_bands().band_of(mfi) == band


def test_the_bands_are_named_and_every_word_is_known():
    assert mfi_bands().name == "literature-1"
    limits = [band.limit_mfi for band in mfi_bands().bands]
    assert limits == sorted(limits)
    assert {f"mfi_band.{band.name}" for band in mfi_bands().bands} <= messages().keys()
