"""A typed value and the sharper ones it may be; and why a sharper one may say what the broader one did not.

Four reasons, and no other, let a sharper typing move a donor out of compatible or blocked:

- `null`: the allele turns out to express nothing, while a group or an antigen speaks of what is expressed;
- `outside`: its antigens are not among those of its group, so that the group never spoke of it;
- `no_bead`: an antigen of it has no bead in this panel; MATCHING §4 leaves such an associated antigen out of a
  group, and finds an allele of it untested or related;
- `own_bead`: its bead has several possible antigens: it speaks for the allele alone (rule 1), and where it is
  below the threshold it says nothing of the group (rules 2 to 4 leave it out).
"""

from collections.abc import Collection, Iterator

from domain.profile import Profile
from domain.reference import Reference
from domain.typing_text import Kind, TypedValue, parse_typed_value


def read(text: str, reference: Reference) -> TypedValue | None:
    return parse_typed_value(text, reference=reference).value


def sharper_texts(value: TypedValue, reference: Reference, pool: Collection[str]) -> Iterator[str]:
    """Antigens at a finer level, alleles of the pool and parts of a list: what the value may turn out to be."""
    if value.kind is Kind.LIST:
        parts = value.alleles
        yield from parts
        yield from ("/".join(parts[:at] + parts[at + 1 :]) for at in range(len(parts)) if len(parts) > 2)
    elif value.kind is Kind.GROUP:
        yield from (text for text in pool if text.split(":")[0] == value.canonical)
    elif value.kind is Kind.ANTIGEN:
        yield from sorted(reference.closure(value.canonical) - {value.canonical})
        yield from (text for text in pool if may_be(value, read(text, reference)))


def may_be(antigen: TypedValue, allele: TypedValue | None) -> bool:
    """Whether an allele has nothing but what the antigen stands for."""
    return allele is not None and bool(allele.antigens) and allele.antigens <= antigen.antigens


def exception(broad: TypedValue, sharp: TypedValue, profile: Profile) -> str | None:
    """Why the law does not bind this pair under this panel; None where it does."""
    if broad.kind is Kind.LIST:
        return None  # each allele of a list is a member of its own, and reads alone as it reads among them
    if sharp.kind is Kind.NULL:
        return "null"
    if not sharp.antigens <= broad.antigens:
        return "outside"
    with_beads = {bead.antigen for bead in profile.beads}
    if not sharp.antigens <= with_beads:
        return "no_bead"
    if any(bead.antigen is None and bead.allele in sharp.alleles for bead in profile.beads):
        return "own_bead"
    return None
