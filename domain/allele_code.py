"""Lists of alleles in short: multiple allele codes (MAC), by the table a site loads, and short names (MATCHING §2)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.errors import Issue

SHOWN_ALLELES = 5
OLD_ALLELE = re.compile(r"(?P<digits>(?:\d{2}){2,4})(?P<suffix>[NLSCAQ]?)", re.ASCII)
# `A*02:AB`, and `A*02AB` as written before 2010; `XX` is no code but the whole group.
_CODE = re.compile(r"(?P<locus>CW|[ABC])\*(?P<first>\d{1,2}:|\d{2})(?!XX$)(?P<code>[A-Z]{2,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AlleleCodes:
    """A table of codes; `find` gives what a code stands for, None where the table does not have it.

    Either second fields (`01/02`), of any group, or alleles of two fields (`24:02/24:09N`), of any locus.
    """

    name: str
    find: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class CodedText:
    """A text that is a group and a code: `A*02` and `AB`."""

    group: str
    code: str


def find_code(cleaned: str) -> CodedText | None:
    """The group and the code of a text in capitals; None where it holds no code."""
    found = _CODE.fullmatch(cleaned)
    if found is None:
        return None
    return CodedText(f"{found['locus'][0]}*{int(found['first'].rstrip(':')):02d}", found["code"])


def alleles_of_code(coded: CodedText, codes: AlleleCodes | None) -> list[str] | Issue:
    """The names a code stands for, or why it stands for nothing.

    A code that lists whole alleles names its own groups: where the group typed is none of them, nothing is known.
    """
    if codes is None:
        return Issue("allele_code_without_table", "error")
    said = {"code": coded.code, "table": codes.name}
    subtypes = codes.find(coded.code)
    if subtypes is None:
        return Issue("allele_code_unknown", "error", params=said)
    items = subtypes.split("/")
    if ":" not in subtypes:
        return [f"{coded.group}:{item}" for item in items]
    locus = coded.group.split("*")[0]
    names = [f"{locus}*{item}" for item in items]
    if not any(name.startswith(f"{coded.group}:") for name in names):
        return Issue(
            "allele_code_of_other_group", "error", params={**said, "group": coded.group, "alleles": _shown(names)}
        )
    return names


def issues_of_code(
    coded: CodedText, names: list[str], issues: Iterable[Issue], *, table: str, release: str
) -> tuple[Issue, ...]:
    """What to say of a code that was read: it may stand for hundreds of alleles, so they are told of together.

    `issues` are those of the alleles, `table` is the codes' and `release` the nomenclature in force.
    """
    warned: dict[str, None] = {}
    assumed: dict[str, None] = {}
    for one in issues:
        if one.severity == "warning":
            warned[one.subject] = None
        elif one.code == "assumed_antigens":
            assumed[one.subject] = None
    text = f"{coded.group}:{coded.code}"
    found = [Issue("allele_code_read", "info", text, {"table": table, "count": len(names), "alleles": _shown(names)})]
    if warned:
        params = {"count": len(warned), "alleles": _shown(list(warned)), "release": release}
        found.append(Issue("code_alleles_doubtful", "warning", text, params))
    if assumed:
        found.append(
            Issue("code_alleles_assumed", "info", text, {"count": len(assumed), "alleles": _shown(list(assumed))})
        )
    return tuple(found)


def completed_name(item: str, previous: str, *, without_colons: bool) -> str:
    """An item of a list with the locus, or the locus and first field, that it takes over from the one before."""
    if "*" in item or not previous:
        return item
    locus, rest = previous.split("*")
    if ":" in item or (without_colons and OLD_ALLELE.fullmatch(item)):
        return f"{locus}*{item}"
    return f"{locus}*{rest.split(':')[0]}:{item}"


def _shown(names: list[str]) -> str:
    """The first names, and a sign that there are more."""
    return ", ".join(names[:SHOWN_ALLELES]) + (" …" if len(names) > SHOWN_ALLELES else "")
