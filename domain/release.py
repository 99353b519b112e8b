"""One IPD-IMGT/HLA release: what it says of an allele's name, antigens, expression and groups (MATCHING §2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Issue

NULL = "N"


class AssignmentKind(StrEnum):
    """How sure the release is that an allele has an antigen; an expert's word is shown and does not count."""

    UNAMBIGUOUS = "unambiguous"
    POSSIBLE = "possible"
    ASSUMED = "assumed"
    EXPERT = "expert"


COUNTED = (AssignmentKind.UNAMBIGUOUS, AssignmentKind.POSSIBLE, AssignmentKind.ASSUMED)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The antigens of one two-field allele, as the release names them, each under the surest kind it has.

    `no_antigen` is the release's `?`: the allele has no WHO antigen.
    """

    by_kind: Mapping[AssignmentKind, tuple[str, ...]]
    no_antigen: bool = False

    @property
    def counted(self) -> tuple[str, ...]:
        """The antigens that count; several form a union."""
        return tuple(name for kind in COUNTED for name in self.by_kind.get(kind, ()))


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A name that the release no longer uses, with the allele it was shown to be, if any, and the reason given."""

    withdrawn_on: str
    successor: str
    reason: str

    @property
    def protein(self) -> str:
        """The successor at two fields, without its suffix; empty where there is none."""
        return first_fields(self.successor.rstrip("NLSCAQ"))

    @property
    def code(self) -> str:
        """The code of the issue that a typing under this name raises."""
        if "never" in self.reason.lower():
            return "allele_never_assigned"
        return "allele_renamed" if self.successor else "allele_deleted"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a release says of one typed name.

    `null`: it expresses nothing. `two_fields`: its first two fields say which protein it is; where they do not,
    nothing but the group is known of it. `certain`: it surely is that allele; where it may as well express nothing,
    a donor's value counts as expressed, and nothing is certainly the patient's.
    """

    null: bool
    two_fields: bool = True
    certain: bool = True
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """One release, for loci A, B and C.

    `alleles`: two-field allele → assignment. `suffixes`: a name of two to four fields, without its suffix → the
    suffixes of all alleles it stands for (`""` none, N null, L low …). `withdrawn`: name without suffix → why.
    `groups`: P or G group (`A*02:01P`) → its expressed two-field alleles. `p_groups`: two-field allele → P group.
    `parents`: an associated antigen of the release → the antigen it belongs to.
    """

    name: str
    alleles: Mapping[str, Assignment]
    suffixes: Mapping[str, frozenset[str]]
    withdrawn: Mapping[str, Withdrawal]
    groups: Mapping[str, tuple[str, ...]]
    p_groups: Mapping[str, str]
    parents: Mapping[str, str]

    def find(self, name: str, suffix: str) -> Listing:
        """What the release says of a name of two to four fields, given without its suffix."""
        if name in self.suffixes:
            return self._listed(name, suffix)
        if name in self.withdrawn:
            return self._withdrawn(name, suffix)
        two_fields = first_fields(name)
        known = self.suffixes.get(two_fields)
        if known is None:
            issue = Issue("allele_not_in_release", "warning", name + suffix, {"release": self.name})
            return Listing(suffix == NULL, issues=(issue,))
        said = Issue("fields_not_in_release", "info", name + suffix, {"release": self.name, "read_as": two_fields})
        # Every allele known of these two fields is null; a new one of them may be expressed.
        return Listing(suffix == NULL, certain=known != {NULL}, issues=(said, *_low(name, suffix)))

    def _listed(self, name: str, suffix: str) -> Listing:
        listed = self.suffixes[name]
        if suffix and suffix not in listed:
            # The release decides: a null allele shown to be expressed since must not pass as expressing nothing.
            params = {"release": self.name, "listed": ", ".join(sorted(name + one for one in listed))}
            said = Issue("suffix_differs", "warning", name + suffix, params)
            return Listing(False, certain=suffix != NULL, issues=(said, *_low(name, suffix)))
        if suffix == NULL:
            return Listing(True)
        if listed == {NULL}:
            return Listing(True, issues=(Issue("null_in_release", "warning", name, {"release": self.name}),))
        typed = suffix if suffix or "" in listed else "".join(sorted(listed - {NULL}))[:1]
        return Listing(False, issues=_low(name, typed))

    def _withdrawn(self, name: str, suffix: str) -> Listing:
        why = self.withdrawn[name]
        params = {
            "release": self.name, "successor": why.successor, "withdrawn_on": why.withdrawn_on, "why": why.reason,
        }  # fmt: skip
        # Of the same two fields, the successor is the same protein; of any other, nothing says what was typed.
        return Listing(
            null=suffix == NULL and why.successor.endswith(NULL),
            two_fields=first_fields(name) == (why.protein or name),
            certain=suffix != NULL,
            issues=(Issue(why.code, "warning", name + suffix, params),),
        )


def _low(name: str, suffix: str) -> tuple[Issue, ...]:
    """The flag of an allele whose expression is low, secreted, aberrant, cytoplasmic or in question."""
    if suffix in ("", NULL):
        return ()
    return (Issue("low_expression", "info", name + suffix, {"suffix": suffix}),)


def first_fields(name: str) -> str:
    """The first two fields of an allele's name."""
    return ":".join(name.split(":")[:2])
