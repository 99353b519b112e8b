"""Human platelet antigens: genotypes as people write them, and their antigens (MATCHING §8)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.errors import Issue, UnusableInput
from domain.verdict import Requirement

AntigenState = Literal["present", "absent", "unknown"]

NOT_TYPED = frozenset({"", "x"})

# "a/b", "1a/1b", "HPA-1a/1b", "1a1b", "aa", "1ab": the number, where written, is checked against the system.
_ONE = r"(?:hpa-?)?(\d+)?([ab])w?"
_GENOTYPE = re.compile(rf"{_ONE}[/,;|]?{_ONE}")
_ANTIGEN = re.compile(r"(?:anti-?)?(?:hpa-?)?(?P<number>\d+)w?(?P<letter>[ab])w?")


@dataclass(frozen=True, slots=True)
class HpaSystem:
    """One biallelic system (`HPA-1`) and the names of its two antigens (`HPA-1a`, `HPA-1b`)."""

    name: str
    antigen_a: str
    antigen_b: str
    gene: str = ""

    def antigen(self, letter: str) -> str:
        """The name of the antigen of an allele letter, `a` or `b`."""
        return self.antigen_a if letter == "a" else self.antigen_b


@dataclass(frozen=True, slots=True)
class HpaGenotype:
    """The two alleles of one system, in order: `aa`, `ab` or `bb`."""

    system: str
    alleles: Literal["aa", "ab", "bb"]

    @property
    def canonical(self) -> str:
        """The genotype as the registry writes it: `a/b`."""
        return "/".join(self.alleles)


def parse_hpa(text: str, system: str) -> tuple[HpaGenotype | None, Issue | None]:
    """The genotype of one system (`HPA-1`) from text; never raises.

    Empty text or `X` is not typed. Anything that is not two alleles of this system is not typed either,
    with an issue that keeps the raw text: a phenotype such as `1a+` does not tell the second allele.
    """
    compact = re.sub(r"\s+", "", text).casefold()
    if compact in NOT_TYPED:
        return None, None
    match = _GENOTYPE.fullmatch(compact)
    if match is None:
        return None, Issue("hpa_unreadable", "error", text, {"text": text, "system": system})
    numbers = {number for number in match.group(1, 3) if number}
    if numbers - {system.rpartition("-")[2]}:
        return None, Issue("hpa_other_system", "error", text, {"text": text, "system": system})
    return HpaGenotype(system, _in_order(match[2], match[4])), None


def parse_antigen(text: str, systems: Mapping[str, HpaSystem]) -> str:
    """The antigen an antibody is against (`HPA-1a`, `1a`, `anti-HPA-6bw`), named as the table does.

    Raises UnusableInput when the text is no antigen, or one of a system the table does not hold.
    """
    match = _ANTIGEN.fullmatch(re.sub(r"\s+", "", text).casefold())
    if match is None:
        raise UnusableInput("hpa_antigen_unreadable", text=text.strip())
    system = systems.get(f"HPA-{match['number']}")
    if system is None:
        raise UnusableInput("hpa_system_unknown", text=text.strip(), known=", ".join(systems))
    return system.antigen(match["letter"])


def antigen_state(genotype: HpaGenotype | None, antigen: str) -> AntigenState:
    """Whether an antigen (`HPA-1a`) is on the platelets of somebody with this genotype; not typed is unknown.

    Raises UnusableInput for a name that `parse_antigen` did not write.
    """
    system, letter = _system_and_letter(antigen)
    if genotype is None or genotype.system != system:
        return "unknown"
    return "present" if letter in genotype.alleles else "absent"


def requirement(antibodies: Iterable[str], genotypes: Mapping[str, HpaGenotype]) -> Requirement:
    """Whether a donor avoids every HPA antibody of a directive; `genotypes` holds the typed systems by name.

    One antigen present violates it; else one antigen unknown is missing.
    """
    states = {antigen_state(genotypes.get(_system_and_letter(name)[0]), name) for name in antibodies}
    if "present" in states:
        return Requirement.VIOLATED
    return Requirement.MISSING if "unknown" in states else Requirement.MET


def _system_and_letter(antigen: str) -> tuple[str, str]:
    match = _ANTIGEN.fullmatch(antigen.casefold())
    if match is None:
        raise UnusableInput("hpa_antigen_unreadable", text=antigen)
    return f"HPA-{match['number']}", match["letter"]


def _in_order(first: str, second: str) -> Literal["aa", "ab", "bb"]:
    if first != second:
        return "ab"
    return "aa" if first == "a" else "bb"
