"""The groups of the outcomes report in the reader's words."""

from collections.abc import Callable, Mapping

from services.outcomes.gathering import NO_DONOR, NO_SERUM
from services.outcomes.report import BELOW, CALIBRATION, EPLETS, NO_DIRECTIVE, UNKNOWN
from services.outcomes.rules import report_rules
from services.rule_tables import mfi_bands
from services.wording.formats import format_number

Said = Callable[[str, Mapping[str, object]], str]
WHY = (NO_DONOR, NO_SERUM, NO_DIRECTIVE)


def label(heading: str, key: str, said: Said, locale: str) -> str:
    """A group of a heading, such as `medium (1,000 MFI or more)`, `24 h to under 48 h` or `2,000 MFI: compatible`."""
    if key in WHY:
        return said(f"outcomes_group.{key}", {})
    if key == UNKNOWN:
        return said(f"outcomes_unknown.{heading}", {})
    if heading in ("sum_mfi", "max_mfi"):
        return _mfi(key, said)
    if heading in ("age", EPLETS):
        return _band(heading, key, said)
    if heading == CALIBRATION:
        mfi, _, verdict = key.partition(":")
        return f"{format_number(int(mfi), locale)} MFI\u00a0· {said(f'verdict.{verdict}', {})}"
    prefix = {"abo": "abo", "selection": "transfusion_selection", "grade": ""}.get(heading, "transfusion_flag")
    return said(f"{prefix}.{key}", {}) if prefix else key


def _mfi(key: str, said: Said) -> str:
    """A band by its word with its lower end; the lowest by its upper end."""
    bands = mfi_bands().bands
    if key == BELOW:
        return said("outcomes_mfi.below", {"limit": bands[0].limit_mfi})
    one = next(band for band in bands if band.name == key)
    word = said(f"mfi_band.{key}", {})
    return said("outcomes_mfi.above" if one.open else "outcomes_mfi.from", {"band": word, "limit": one.limit_mfi})


def _band(heading: str, key: str, said: Said) -> str:
    low, _, high = key.partition("-")
    if not high:
        return said(f"outcomes_band.{heading}_last", {"low": float(low)})
    if float(low) == 0:
        return said(f"outcomes_band.{heading}_first", {"high": float(high)})
    return said(f"outcomes_band.{heading}", {"low": float(low), "high": float(high)})


def hidden_words(said: Said) -> str:
    """Why groups are hidden, with the numbers of the table."""
    least = report_rules().least
    return said("outcomes_hidden_why", {"transfusions": least.transfusions, "patients": least.patients})
