"""What was understood of typings typed by hand, as a page tells it before anything is saved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.cd36 import Cd36
from domain.errors import FieldFault
from domain.phenotype import LocusTyping
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, parse_typed_value
from services.imports.typings import HPA_COLUMNS
from services.platelet_entry import HpaEntry, read_cd36_entry, read_hpa_entry
from services.typing_entry import Remark, TypingEntry, read_typing_entry, state_of

Json = dict[str, Any]
HLA_TEXT, HPA_TEXT, CD36_TEXT = "hla_text", "hpa_text", "cd36"
TYPING_TEXTS = (HLA_TEXT, HPA_TEXT, CD36_TEXT)


@dataclass(frozen=True, slots=True)
class ReadTypings:
    """The three boxes of a form, read."""

    hla: TypingEntry
    hpa: HpaEntry
    cd36: Cd36
    cd36_text: str
    cd36_remarks: tuple[Remark, ...]

    def remarks(self) -> dict[str, Iterable[Remark]]:
        """What there is to say, by box."""
        return {HLA_TEXT: self.hla.remarks, HPA_TEXT: self.hpa.remarks, CD36_TEXT: self.cd36_remarks}

    def columns(self) -> dict[str, str]:
        """The raw texts by column of the tables."""
        return {**self.hla.columns(), **self.hpa.columns(), "cd36": self.cd36_text}


def read_typings(typed: Mapping[str, str], *, reference: Reference) -> ReadTypings:
    """Read the three boxes. Never raises."""
    cd36, remarks = read_cd36_entry(typed.get(CD36_TEXT, ""))
    return ReadTypings(
        hla=read_typing_entry(typed.get(HLA_TEXT, ""), reference=reference),
        hpa=read_hpa_entry(typed.get(HPA_TEXT, "")),
        cd36=cd36,
        cd36_text=" ".join(typed.get(CD36_TEXT, "").split()),
        cd36_remarks=remarks,
    )


def typing_faults(read: ReadTypings, boxes: Iterable[str]) -> list[FieldFault]:
    """What keeps these boxes from being saved, with its place in the text."""
    remarks = read.remarks()
    return [
        FieldFault(box, remark.issue.code, _params(remark))
        for box in boxes
        for remark in remarks[box]
        if remark.is_error
    ]


def echo_json(read: ReadTypings, *, reference: Reference) -> Json:
    """The echo of a form: each locus, each HPA system, CD36, and every remark with its place."""
    typings = read.hla.typings(reference)
    return {
        "loci": [_locus_json(locus, read.hla.positions[locus], typings[locus], reference) for locus in LOCI],
        "hpa": [_hpa_json(name, read.hpa) for name in HPA_COLUMNS],
        "cd36": read.cd36.canonical,
        "remarks": [
            {"code": remark.issue.code, "severity": remark.issue.severity, "params": _params(remark), "box": box}
            for box, remarks in read.remarks().items()
            for remark in remarks
        ],
    }


def typings_json(columns: Mapping[str, str], typings: Mapping[str, LocusTyping], reference: Reference) -> list[Json]:
    """Typings on record, the raw text beside what is read of it."""
    rows = []
    for locus in LOCI:
        raw = [columns[f"hla_{locus.lower()}_{place}"] for place in (1, 2)]
        issues = [
            {"code": issue.code, "params": {"text": issue.subject, "subject": issue.subject, **issue.params}}
            for issue in typings[locus].issues
        ]
        rows.append({**_locus_json(locus, raw, typings[locus], reference), "issues": issues})
    return rows


def _locus_json(locus: str, raw: list[str], typing: LocusTyping, reference: Reference) -> Json:
    values = [_value_json(text, locus, reference) for text in raw if text]
    return {"locus": locus, "values": values, "state": state_of(typing)}


def _value_json(text: str, locus: str, reference: Reference) -> Json:
    parsed = parse_typed_value(text, reference=reference, locus=locus)
    return {
        "raw": text,
        "canonical": parsed.canonical if parsed.value else None,
        "kind": parsed.kind.value,
        "antigens": sorted(parsed.value.antigens) if parsed.value and parsed.kind is not Kind.ANTIGEN else [],
    }


def _hpa_json(name: str, entry: HpaEntry) -> Json:
    genotype = entry.genotypes.get(name)
    system = f"HPA-{name.removeprefix('hpa_')}"
    return {"system": system, "raw": entry.texts.get(name, ""), "genotype": genotype.canonical if genotype else None}


def _params(remark: Remark) -> Json:
    issue = remark.issue
    plain = {name: value if isinstance(value, int | float) else str(value) for name, value in issue.params.items()}
    return {"subject": issue.subject, "text": issue.subject, **plain, "line": remark.line, "place": remark.column}
