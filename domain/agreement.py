"""Whether the samples of a donor confirm a rare phenotype: by what they say together, as the registry takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.cd36 import parse_cd36
from domain.hpa import HpaSystem, antigen_state, parse_hpa
from domain.rare_phenotype import Kind, RareRule
from domain.wanted_phenotype import CD36, Standing, TestStanding


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the samples say of one phenotype; `needed` is False where no result of a sample can confirm it."""

    needed: bool
    confirmed: bool = False
    contradicted: bool = False


def agreement_of(
    rule: RareRule, subjects: Sequence[str], standings: Mapping[str, TestStanding], systems: Mapping[str, HpaSystem]
) -> Agreement:
    """Whether two samples agree on every part of a phenotype, and whether any speaks against it.

    `standings` by analyte, as domain.wanted_phenotype.stand judges them; nothing else is asked of the samples, so that
    what the registry doubts is never confirmed here.
    """
    if rule.kind is Kind.CD36:
        parts = [(CD36, rule.terms[0])]
    elif rule.kind in (Kind.HPA_ABSENT, Kind.HPA_COMBINATION):
        antigens = rule.terms if rule.kind is Kind.HPA_ABSENT else " ".join(subjects).split()
        parts = [(_system_of(one, systems), one) for one in antigens]
    else:
        return Agreement(needed=False)
    said = [_says(analyte, wanted, standings.get(analyte) or TestStanding(Standing.NONE)) for analyte, wanted in parts]
    return Agreement(True, bool(said) and all(said), False in said)


def _system_of(antigen: str, systems: Mapping[str, HpaSystem]) -> str:
    return next((name for name, one in systems.items() if antigen in (one.antigen_a, one.antigen_b)), "")


def _says(analyte: str, wanted: str, standing: TestStanding) -> bool | None:
    """True where two samples show a part, False where they speak against it, None where they leave it open.

    One sample that shows it is a suspicion; one that shows something else speaks against it.
    """
    if standing.state is Standing.CONTRADICTORY:
        return False
    if not standing.result:
        return None
    shows = _shows_type(wanted, standing.result) if analyte == CD36 else _lacks(wanted, analyte, standing.result)
    return shows if not shows or standing.state is Standing.CONFIRMED else None


def _shows_type(wanted: str, result: str) -> bool | None:
    read = parse_cd36(result)[0]
    if read.status != "negative" or wanted == "unknown":
        return read.status == "negative"
    return None if read.type is None else read.type == wanted


def _lacks(antigen: str, analyte: str, result: str) -> bool | None:
    state = antigen_state(parse_hpa(result, analyte)[0], antigen)
    return None if state == "unknown" else state == "absent"
