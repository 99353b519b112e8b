"""MATCHING §2: a small parser of typed values, for the forms that the generators and the case tables use."""

import re
from dataclasses import dataclass

from tests.oracle import nomenclature, tables

CLASS_I = ("A", "B", "C")


@dataclass(frozen=True)
class Value:
    """One typed value; `alleles` are the expressed ones at two fields, `key` tells two values apart."""

    locus: str
    kind: str  # allele | group | antigen | list | null
    key: str
    alleles: tuple[str, ...]
    antigens: frozenset[str]


@dataclass(frozen=True)
class Locus:
    """The two positions of one locus; None is a position not typed."""

    first: Value | None
    second: Value | None

    @property
    def typed(self) -> bool:
        return self.first is not None and self.second is not None


UNTYPED = Locus(None, None)


def expand(text: str, codes: dict[str, str]) -> str:
    """§2: each multiple allele code written out as its list; a code of whole alleles keeps their own groups."""
    parts: list[str] = []
    typed = ""
    for part in text.upper().removeprefix("HLA-").split("/"):
        if "*" not in part and typed:  # A*02:01/AB leans on the item before, as it was typed
            part = f"{typed.split('*')[0]}*{part}" if ":" in part else f"{typed}:{part}"
        typed = re.sub(r"(\*\d+).*", r"\1", part)
        found = re.fullmatch(r"([ABC])W?\*(\d+):?([A-Z]{2,5})", part)
        if not found or found[3] == "XX":
            parts.append(part)
            continue
        said = codes[found[3]].split("/")
        parts += [f"{found[1]}*{one}" if ":" in one else f"{found[1]}*{found[2].zfill(2)}:{one}" for one in said]
    return "/".join(parts if len(parts) > 1 else parts * 2)


def parse_value(text: str, codes: dict[str, str] | None = None) -> Value | None:
    """The value a text stands for; None for an empty text, X, a dash or a text that stands for nothing."""
    text = re.sub(r"\s", "", text)
    if codes is not None:
        text = expand(text, codes)
    if text in {"", "X", "x", "-"}:
        return None
    text = re.sub(r"^HLA-", "", text, flags=re.IGNORECASE)
    if "/" in text:
        return parse_list(text)
    if "*" in text:
        return parse_molecular(text)
    return parse_serology(text)


def parse_serology(text: str) -> Value | None:
    names = re.fullmatch(r"([ABCabc][Ww]?)(\d+)(?:\((\d+)\))?", text)
    if not names:
        return None
    letter = names[1][0].upper()
    prefix = "Cw" if letter == "C" else letter
    outer = prefix + names[2]
    if outer not in tables.ANTIGENS:
        return None
    finest = outer
    if names[3]:
        inner = prefix + names[3]
        if inner in nomenclature.closure(outer):
            finest = inner
        elif outer not in nomenclature.closure(inner):
            return None
    found = frozenset(nomenclature.antigens_of_serology(finest))
    return Value(letter, "antigen", finest, (), found)


def parse_molecular(text: str) -> Value | None:
    parts = re.fullmatch(r"([ABCabc])[Ww]?\*(\d+)((?::\d+)*)(:XX)?([A-Z]?)", text)
    if not parts:
        return None
    locus, digits, more, suffix = parts[1].upper(), parts[2], parts[3], parts[5]
    if len(digits) == 4 and not more:  # before 2010: A*0201
        digits, more = digits[:2], ":" + digits[2:]
        if (locus, digits) in {("A", "92"), ("B", "95")}:
            digits, more = {"A": "02", "B": "15"}[locus], ":1" + more[1:]
    first = digits.zfill(2)
    if first not in tables.FIRST_FIELDS[locus]:
        return None
    if not more:
        found = frozenset(nomenclature.antigens_of_group(locus, first))
        return Value(locus, "group", f"{locus}*{first}", (), found)
    allele = f"{locus}*{first}:{more.split(':')[1]}"
    if suffix == "N":
        return Value(locus, "null", allele + "N", (), frozenset())
    return Value(locus, "allele", allele, (allele,), frozenset(nomenclature.antigens_of_allele(allele)))


def parse_list(text: str) -> Value | None:
    members = []
    for part in text.split("/"):
        if "*" not in part:  # A*02:01/05 carries the locus and the first field on
            head = members[-1].key
            part = head.split(":")[0] + ":" + part if ":" not in part else head.split("*")[0] + "*" + part
        member = parse_molecular(part)
        if member is None or member.kind not in {"allele", "null"}:
            return None
        members.append(member)
    if len({m.locus for m in members}) != 1:
        return None
    expressed = tuple(dict.fromkeys(m.key for m in members if m.kind == "allele"))
    names = list(dict.fromkeys(m.key for m in members))
    key = "/".join(names if len(names) > 1 else names * 2)  # a list of one allele is still a list
    found: frozenset[str] = frozenset().union(*(m.antigens for m in members))
    return Value(members[0].locus, "list" if expressed else "null", key, expressed, found)


def parse_locus(first: str, second: str, locus: str) -> Locus:
    """§2: a dash repeats the other value; beside nothing, another dash or a null allele it is not typed."""
    values = [parse_value(text) for text in (first, second)]
    values = [v if v is not None and v.locus == locus else None for v in values]
    for here, there in ((0, 1), (1, 0)):
        if (first, second)[here].strip() == "-":
            other = values[there]
            values[here] = other if other is not None and other.kind != "null" else None
    return Locus(values[0], values[1])


def distinct(values: list[Value]) -> list[Value]:
    return list({v.key: v for v in values}.values())
