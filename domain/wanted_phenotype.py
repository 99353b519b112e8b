"""What a donor's results show of the phenotype a campaign looks for; what is not known is never taken as found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.cd36 import Cd36, parse_cd36
from domain.errors import Issue
from domain.hpa import HpaSystem, antigen_state, parse_antigen, parse_hpa

CD36 = "CD36"
INDETERMINATE = "indeterminate"  # weak or partial: neither, and never beside a negative
_WEAK = frozenset(
    {"weak", "partial", "dim", "low", "intermediate", "indeterminate", "faible", "partiel", "partielle",
     "intermédiaire", "intermediaire", "indéterminé", "indetermine", "+/-", "±"}
)  # fmt: skip


class Standing(StrEnum):
    """How sure a donor's phenotype of one analyte is."""

    NONE = "none"
    SUSPECTED = "suspected"  # one sample
    CONFIRMED = "confirmed"  # two samples or more, and all agree
    CONTRADICTORY = "contradictory"
    UNDECIDED = "undecided"  # a weak or partial signal, alone or beside a negative result


@dataclass(frozen=True, slots=True)
class TestStanding:
    """What the samples of one analyte say together; `result` is empty where they say nothing or contradict."""

    state: Standing
    result: str = ""
    samples: int = 0


def read_flow(platelets: str, monocytes: str) -> tuple[str, Issue | None]:
    """The CD36 result of flow cytometry as the registry writes it; empty with an error where it cannot be read.

    A weak or partial signal decides nothing: `indeterminate`, with a warning.
    """
    on_platelets, on_monocytes = _signal(platelets), _signal(monocytes)
    for text, signal in ((platelets, on_platelets), (monocytes, on_monocytes)):
        if signal is None:
            return "", Issue("cd36_unreadable", "error", text, {"text": text})
    if on_platelets == "":
        return "", Issue("cd36_flow_without_platelets", "error", platelets)
    if on_platelets == "weak" or (on_platelets == "negative" and on_monocytes == "weak"):
        return INDETERMINATE, Issue("cd36_flow_undecided", "warning", platelets)
    if on_platelets == "positive":
        return Cd36("positive").canonical, None
    return Cd36("negative", {"negative": "I", "positive": "II"}.get(on_monocytes or "")).canonical, None  # type: ignore[arg-type]


def _signal(text: str) -> str | None:
    """positive, negative, weak, empty where not done; None where it says none of these."""
    if " ".join(text.split()).casefold() in _WEAK:
        return "weak"
    read, issue = parse_cd36(text)
    if (issue is not None and issue.severity == "error") or read.type is not None:
        return None
    return "" if read.status == "untested" else read.status


def read_result(analyte: str, text: str) -> tuple[str, Issue | None]:
    """A result of one analyte as the registry writes it; empty with an error where it cannot be read."""
    if " ".join(text.split()).casefold() in _WEAK:
        return INDETERMINATE, Issue("cd36_flow_undecided", "warning", text)
    if analyte == CD36:
        read, issue = parse_cd36(text)
        if issue is None and read.status == "untested":
            issue = Issue("cd36_unreadable", "error", text, {"text": text})
        return ("" if read.status == "untested" else read.canonical), issue
    genotype, issue = parse_hpa(text, analyte)
    if genotype is None:
        return "", issue or Issue("hpa_unreadable", "error", text, {"text": text, "system": analyte})
    return genotype.canonical, issue


def stand(analyte: str, results: Sequence[str]) -> TestStanding:
    """What the results of different samples say together, one result a sample.

    A weak signal is some of the antigen: beside a negative result, or alone, it leaves the donor undecided.
    """
    decided = [result for result in results if result != INDETERMINATE]
    if len(decided) < len(results) and not (analyte == CD36 and "positive" in decided):
        return TestStanding(Standing.UNDECIDED, "", len(decided))
    if not decided:
        return TestStanding(Standing.NONE)
    if analyte == CD36:
        read = [parse_cd36(result)[0] for result in decided]
        types = {one.type for one in read if one.type}
        # Both types were seen: negative is sure, which of the two is not.
        agreed = {Cd36(one.status, next(iter(types)) if len(types) == 1 else None).canonical for one in read}
    else:
        agreed = set(decided)
    if len(agreed) > 1:
        return TestStanding(Standing.CONTRADICTORY, "", len(decided))
    state = Standing.CONFIRMED if len(decided) > 1 else Standing.SUSPECTED
    return TestStanding(state, agreed.pop(), len(decided))


def analyte_of(target: Mapping[str, Any], systems: Mapping[str, HpaSystem]) -> str | None:
    """The analyte that decides a campaign's target; None where no single one does."""
    if target.get("kind") == "cd36_negative":
        return CD36
    if target.get("kind") == "hpa_negative":
        antigen = parse_antigen(str(target.get("antigen", "")), systems)
        return next(name for name, one in systems.items() if antigen in (one.antigen_a, one.antigen_b))
    return None


def shows_wanted(target: Mapping[str, Any], result: str, systems: Mapping[str, HpaSystem]) -> bool | None:
    """Whether a result of the target's analyte shows what is looked for; None where it does not say."""
    analyte = analyte_of(target, systems)
    if analyte is None or not result or result == INDETERMINATE:
        return None
    if analyte == CD36:
        status = parse_cd36(result)[0].status
        return None if status == "untested" else status == "negative"
    state = antigen_state(parse_hpa(result, analyte)[0], parse_antigen(str(target["antigen"]), systems))
    return None if state == "unknown" else state == "absent"
