"""From the text of one typed position to its value, and back to one canonical form (MATCHING §2)."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from domain.allele_code import OLD_ALLELE, CodedText, alleles_of_code, completed_name, find_code, issues_of_code
from domain.errors import Issue
from domain.reference import LOCI, Reference
from domain.release import AssignmentKind, Listing

Bare = Literal["refused", "molecular", "serological"]


class Kind(StrEnum):
    """What a typed text turned out to be."""

    ALLELE = "allele"
    GROUP = "group"
    ANTIGEN = "antigen"
    LIST = "list"
    NULL = "null"
    BLANK = "blank"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class TypedValue:
    """One position of one locus, understood.

    `alleles` are the expressed alleles of an allele or a list, at two fields; `antigens` the possible antigens;
    `key` is what makes two values the same (alleles are compared at two fields).
    """

    text: str
    locus: str
    kind: Kind
    canonical: str
    key: str
    alleles: tuple[str, ...] = ()
    antigens: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ParsedText:
    """The outcome of reading one text: a value, a blank, or nothing, with what there is to say about it."""

    text: str
    kind: Kind
    canonical: str | None = None
    value: TypedValue | None = None
    issues: tuple[Issue, ...] = ()


# A field has two digits, or more without a leading zero: `A*02:0101` is no name.
FIELD = r"(?:\d{2}|[1-9]\d{2,3})"
# ASCII: a digit of another script is no name of nomenclature.
_MOLECULAR = re.compile(r"(?P<locus>[A-Z0-9]+)\*(?P<rest>.*)", re.ASCII)
_SEROLOGICAL = re.compile(r"(?P<locus>CW|[ABC]) ?(?P<number>[1-9]\d{0,3})(?: ?\((?P<other>[1-9]\d{0,3})\))?", re.ASCII)
_ALLELE = re.compile(
    rf"(?P<first>\d{{1,2}}):(?P<second>{FIELD})(?P<more>(?::{FIELD}){{0,2}})(?P<suffix>[NLSCAQ]?)", re.ASCII
)
_GROUP = re.compile(r"(?P<first>\d{1,2})(?::?XX)?", re.ASCII)
_COMMON_GROUP = re.compile(rf"(?P<first>\d{{1,2}}):(?P<second>{FIELD})(?P<more>:{FIELD})?(?P<suffix>[PG])", re.ASCII)
_CLASS_II = re.compile(r"D(?:R|Q|P|M|O)[A-Z]*\d*(?:\*.*)?", re.ASCII)
_SEPARATORS = re.compile(r"[+^~|,;]|(?<=\d)\s+(?=[A-Z])", re.ASCII)


def parse_typed_value(
    text: str, *, reference: Reference, locus: str | None = None, bare: Bare = "refused"
) -> ParsedText:
    """Read one typed text; `locus` is the column's, `bare` says what a number alone is. Never raises on content."""
    cleaned = re.sub(r"\s+", " ", text.strip()).upper().removeprefix("HLA-").strip()
    if cleaned in {"", "X"}:
        return ParsedText(text, Kind.BLANK, issues=(Issue("not_typed", "info", text),))
    if cleaned == "-":
        return ParsedText(text, Kind.BLANK, canonical="-")
    cleaned, said = _with_locus(cleaned, locus, bare)
    several = "/" in cleaned or find_code(cleaned) is not None
    outcome = _parse_list(cleaned, reference) if several else _parse_one(cleaned, reference)
    if isinstance(outcome, Issue):
        return _invalid(text, outcome)
    value, issues = outcome
    if locus is not None and value.locus != locus:
        return _invalid(text, Issue("other_locus", "error", text, {"locus": value.locus, "column": locus}))
    return ParsedText(text, value.kind, value.canonical, replace(value, text=text), (*said, *issues))


def _invalid(text: str, issue: Issue) -> ParsedText:
    return ParsedText(
        text, Kind.INVALID, issues=(Issue(issue.code, issue.severity, text, {**issue.params, "text": text}),)
    )


def _with_locus(cleaned: str, locus: str | None, bare: Bare) -> tuple[str, tuple[Issue, ...]]:
    """Add the column's locus to `24:02` (said), and to a bare number only where the import declares what it is."""
    if locus is None or cleaned[0] not in "0123456789":
        return cleaned, ()
    if re.match(r"\d{1,2}:", cleaned) or bare == "molecular":
        full = f"{locus}*{cleaned}"
    elif bare == "serological":
        full = f"{'CW' if locus == 'C' else locus}{cleaned}"
    else:
        return cleaned, ()
    return full, (Issue("locus_from_column", "info", cleaned, {"read_as": full}),)


Outcome = tuple[TypedValue, tuple[Issue, ...]] | Issue


def _parse_one(cleaned: str, reference: Reference) -> Outcome:
    if _CLASS_II.fullmatch(cleaned):
        return Issue("class_ii", "error")
    if _SEPARATORS.search(cleaned):
        return Issue("several_values", "error")
    molecular = _MOLECULAR.fullmatch(cleaned)
    if molecular:
        locus = "C" if molecular["locus"] == "CW" else molecular["locus"]
        if locus not in LOCI:
            return Issue("unknown_locus", "error", params={"locus": molecular["locus"]})
        return _parse_molecular(locus, molecular["rest"], reference)
    serological = _SEROLOGICAL.fullmatch(cleaned)
    if serological:
        return _parse_serological(serological, reference)
    if re.fullmatch(r"[0-9]{1,4}", cleaned):
        return Issue("bare_number", "error")
    return Issue("unreadable_typing", "error")


def _parse_serological(match: re.Match[str], reference: Reference) -> Outcome:
    locus = match["locus"][0]
    prefix = "Cw" if locus == "C" else locus
    antigen = f"{prefix}{match['number']}"
    if antigen not in reference.kinds:
        return Issue("unknown_antigen", "error", params={"antigen": antigen})
    if match["other"]:
        other = f"{prefix}{match['other']}"
        if other not in reference.kinds:
            return Issue("unknown_antigen", "error", params={"antigen": other})
        if other in reference.closure(antigen):
            antigen = other
        elif antigen not in reference.closure(other):
            return Issue("unrelated_antigens", "error", params={"antigen": antigen, "other": other})
    antigens = reference.antigens_of_antigen(antigen)
    return TypedValue(antigen, locus, Kind.ANTIGEN, antigen, antigen, (), antigens), ()


def _parse_molecular(locus: str, rest: str, reference: Reference) -> Outcome:
    group = _GROUP.fullmatch(rest)
    if group:
        name = f"{locus}*{int(group['first']):02d}"
        if name not in reference.groups:
            return Issue("unknown_group", "error", params={"group": name})
        return TypedValue(name, locus, Kind.GROUP, name, name, (), reference.groups[name]), ()
    common = _COMMON_GROUP.fullmatch(rest)
    if common:
        return _common_group(locus, common, reference)
    match = _ALLELE.fullmatch(rest)
    if match:
        return _allele(locus, match["first"], match["second"], match["more"], match["suffix"], reference)
    old = OLD_ALLELE.fullmatch(rest)
    if old:
        return _old_allele(locus, re.findall(r"\d{2}", old["digits"]), old["suffix"], reference)
    return Issue("unreadable_typing", "error")


def _old_allele(locus: str, pairs: list[str], suffix: str, reference: Reference) -> Outcome:
    """A name of before April 2010, without colons; two groups were renumbered then."""
    first, second, *more = pairs
    renamed = reference.renamed_groups.get(f"{locus}*{first}")
    if renamed is not None:
        first, second = f"{renamed}{second}".split("*")[1].split(":")
    return _allele(locus, first, second, "".join(f":{pair}" for pair in more), suffix, reference)


def _common_group(locus: str, match: re.Match[str], reference: Reference) -> Outcome:
    """A P or G group: the alleles that the release lists in it; without a release its first allele, and said."""
    group = f"{locus}*{int(match['first']):02d}"
    if group not in reference.groups:
        return Issue("unknown_group", "error", params={"group": group})
    name = f"{group}:{match['second']}{match['more'] or ''}{match['suffix']}"
    release = reference.release
    if release and name in release.groups:
        alleles = tuple(one for one in release.groups[name] if one.split(":")[0] in reference.groups)
        antigens = frozenset().union(*(reference.antigens_of_allele(allele)[0] for allele in alleles))
        return TypedValue(name, locus, Kind.LIST, name, name, alleles, antigens), ()
    outcome = _allele(locus, match["first"], match["second"], "", "", reference)
    if isinstance(outcome, Issue):
        return outcome
    value, issues = outcome
    said = Issue("first_allele_of_group", "warning", name, {"allele": value.key})
    if release:
        said = Issue("group_not_in_release", "warning", name, {"allele": value.key, "release": release.name})
    return replace(value, canonical=name), (*issues, said)


def _allele(locus: str, first: str, second: str, more: str, suffix: str, reference: Reference) -> Outcome:
    group = f"{locus}*{int(first):02d}"
    if group not in reference.groups:
        return Issue("unknown_group", "error", params={"group": group})
    allele = f"{group}:{second}"
    canonical = f"{allele}{more}{suffix}"
    listing = reference.release.find(f"{allele}{more}", suffix) if reference.release else Listing(suffix == "N")
    if listing.null:
        return TypedValue(canonical, locus, Kind.NULL, canonical, canonical), listing.issues
    # A name withdrawn for another protein is compared with nothing, and has the antigens of its group.
    key = allele if listing.two_fields else f"{allele}{more}"
    antigens, assumed = reference.antigens_of_allele(key)
    issues = (*listing.issues, *_antigen_issues(key, antigens, assumed, reference))
    if not listing.certain:  # a list of one: a patient has nothing of it for certain (MATCHING §4)
        return TypedValue(canonical, locus, Kind.LIST, canonical, canonical, (key,), antigens), issues
    return TypedValue(canonical, locus, Kind.ALLELE, canonical, key, (key,), antigens), issues


def _antigen_issues(allele: str, antigens: frozenset[str], assumed: bool, reference: Reference) -> tuple[Issue, ...]:
    """Where an allele's antigens come from, unless they are surely its own."""
    params = {"antigens": " ".join(sorted(antigens))}
    if assumed:
        return (Issue("assumed_antigens", "info", allele, params),)
    said = reference.release.alleles.get(allele) if reference.release else None
    if said is None:
        return (Issue("assumed_with_successor", "info", allele, params),) if reference.release else ()
    if said.by_kind.get(AssignmentKind.UNAMBIGUOUS):
        return ()
    if not said.counted:
        return (Issue("no_who_antigen", "info", allele, {**params, "release": reference.name}),)
    possible = said.by_kind.get(AssignmentKind.POSSIBLE)
    code = "possible_in_release" if possible else "assumed_in_release"
    return (Issue(code, "info", allele, {**params, "release": reference.name}),)


def _parse_list(cleaned: str, reference: Reference) -> Outcome:
    """Alleles separated by `/`; an item may leave out the locus, or the locus and first field of the one before."""
    values: dict[str, TypedValue] = {}
    issues: list[Issue] = []
    previous = ""
    items = [item.strip().removeprefix("HLA-") for item in cleaned.split("/")]
    for item in items:
        full = completed_name(item, previous, without_colons=":" not in items[0])
        coded = find_code(full)
        found = _coded(coded, reference) if coded else _members([full], reference)
        if isinstance(found, Issue):
            return Issue(found.code, found.severity, params={"item": item, **found.params})
        members, said = found
        for value in members:
            values.setdefault(value.key, value)
        issues.extend(said)
        previous = f"{coded.group}:" if coded else members[-1].key
    loci = {value.locus for value in values.values()}
    if len(loci) > 1:
        return Issue("several_values", "error")
    expressed = sorted({allele for value in values.values() for allele in value.alleles})
    antigens = frozenset().union(*(value.antigens for value in values.values()))
    kind = Kind.LIST if expressed else Kind.NULL
    # One allele written twice is still a list: nothing says that the other alleles of its kind were ruled out.
    canonical = "/".join(sorted(values) if len(values) > 1 else [*values, *values])
    return TypedValue(canonical, loci.pop(), kind, canonical, canonical, tuple(expressed), antigens), tuple(issues)


Members = tuple[list[TypedValue], tuple[Issue, ...]] | Issue


def _members(names: list[str], reference: Reference) -> Members:
    """The values of a list's names; none may be anything but alleles."""
    values: list[TypedValue] = []
    issues: list[Issue] = []
    for name in names:
        outcome = _parse_one(name, reference)
        if isinstance(outcome, Issue):
            return outcome
        value, said = outcome
        if value.kind not in {Kind.ALLELE, Kind.NULL, Kind.LIST}:
            return Issue("list_of_other_than_alleles", "error", params={"item": name})
        values.append(value)
        issues.extend(said)
    return values, tuple(issues)


def _coded(coded: CodedText, reference: Reference) -> Members:
    """The alleles of a multiple allele code: exactly the list it stands for, so that both are the same value."""
    if coded.group not in reference.groups:
        return Issue("unknown_group", "error", params={"group": coded.group})
    names = alleles_of_code(coded, reference.codes)
    if isinstance(names, Issue):
        return names
    found = _members(names, reference)
    if isinstance(found, Issue):
        return found
    table = reference.codes.name if reference.codes else ""
    return found[0], issues_of_code(coded, names, found[1], table=table, release=reference.name)
