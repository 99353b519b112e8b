"""The planned stem-cell donor of a patient: whose mismatched antigens platelets should not carry before transplant.

Antibodies against what the graft will carry, and the patient lacks, endanger engraftment: so these antigens are
avoided like an antibody, at the resolution typed (MATCHING §4 Directive).
"""

import re
from collections.abc import Iterable, Mapping

from domain.directive import Specificity, certain_antigens
from domain.errors import Issue, UnusableInput
from domain.phenotype import BLANK, LocusTyping
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, TypedValue, parse_typed_value

ORIGIN = "planned_donor"
LONGEST_TYPING = 1_000
_CLASS_II = re.compile(r"(?:HLA-)?D[RQP][ABW]?\d*(?:\*\S*)?", re.IGNORECASE)


def parse_planned_donor(text: str, reference: Reference) -> tuple[tuple[TypedValue, ...], tuple[Issue, ...]]:
    """The expressed values at A, B and C of `A*02:01+A*24:02^B*07:02+B*44:02` or `A2 A24 B7 B44`, each once.

    Class II takes no part. Raises UnusableInput for what cannot be read, and for three values at one locus.
    """
    if len(text) > LONGEST_TYPING:
        raise UnusableInput("planned_donor_too_long", most=LONGEST_TYPING)
    found: dict[str, TypedValue] = {}
    issues: list[Issue] = []
    counts = dict.fromkeys(LOCI, 0)
    for piece in re.split(r"[\^+\s]+", text.strip()):
        if piece in ("", BLANK) or _CLASS_II.fullmatch(piece):
            continue
        parsed = parse_typed_value(piece, reference=reference)
        if parsed.value is None or parsed.value.locus not in LOCI:
            raise UnusableInput("planned_donor_unreadable", text=piece)
        counts[parsed.value.locus] += 1
        issues.extend(one for one in parsed.issues if one.severity == "warning")
        if parsed.value.kind is not Kind.NULL:
            found[parsed.value.key] = parsed.value
    if text.strip() and not any(counts.values()):
        raise UnusableInput("planned_donor_unreadable", text=text.strip())
    crowded = [locus for locus, count in counts.items() if count > 2]
    if crowded:
        raise UnusableInput("planned_donor_too_many", locus=crowded[0])
    return tuple(found.values()), tuple(issues)


def planned_exclusions(
    planned: Iterable[TypedValue], patient: Mapping[str, LocusTyping], reference: Reference
) -> tuple[Specificity, ...]:
    """The mismatched antigens as additions: what is certainly mismatched is covered, what may be is possible.

    Mismatched: the patient has no value that is the same allele, or for an antigen or a group the same antigen. Where
    the typing of either leaves it open, what the planned donor may be is only possible.
    """
    found = []
    for value in planned:
        typing = patient[value.locus]
        own = [one for one in typing.distinct() if one.kind is not Kind.NULL]
        if any(_same(value, one, reference) for one in own):
            continue
        certain = certain_antigens([value], reference)
        settled = typing.is_typed and not any(_may_be_same(value, one, reference) for one in own)
        if settled and value.kind is Kind.ALLELE:
            found.append(Specificity(value.canonical, value.antigens, value.key, origin=ORIGIN))
        elif settled and certain:
            found.append(Specificity(value.canonical, certain, possible=value.antigens, origin=ORIGIN))
        else:
            alleles = frozenset(value.alleles)
            found.append(
                Specificity(value.canonical, frozenset(), possible=value.antigens, alleles=alleles, origin=ORIGIN)
            )
    return tuple(found)


def _same(value: TypedValue, own: TypedValue, reference: Reference) -> bool:
    """Whether the patient has it, at the resolution typed."""
    if value.kind is Kind.ALLELE:
        return own.kind is Kind.ALLELE and reference.protein(own.key) == reference.protein(value.key)
    certain = {reference.split(antigen) for antigen in certain_antigens([value], reference)}
    return bool(certain) and {reference.split(antigen) for antigen in own.antigens} == certain


def _may_be_same(value: TypedValue, own: TypedValue, reference: Reference) -> bool:
    if not value.antigens & own.antigens:
        return False
    proteins = [{reference.protein(allele) for allele in one.alleles} for one in (value, own)]
    return not all(proteins) or bool(proteins[0] & proteins[1])
