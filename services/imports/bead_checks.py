"""What is odd about the beads of one serum: each is kept as it is, and said (MATCHING §3, §4)."""

from collections.abc import Iterator

from domain.reference import Reference
from domain.typing_text import Kind, parse_typed_value
from models.antibody import BeadKind, HlaClass
from services.imports.outcome import FileIssue
from services.imports.sera import BeadReading, Serum, class_of, has_one_chain


def bead_issues(serum: Serum, reference: Reference) -> Iterator[FileIssue]:
    """Beads unknown, met twice, below zero or without the adjusted value that the others have."""
    beads = [bead for bead in serum.beads if bead.kind is BeadKind.HLA]
    adjusted = any(bead.adjusted_mfi is not None for bead in beads)
    first: dict[str, BeadReading] = {}
    for bead in beads:
        name = _name(bead, serum.hla_class, reference)
        if name is None:
            yield _issue("unknown_bead", "warning", bead)
        elif has_one_chain(bead.allele_text) and first.setdefault(name, bead) is not bead:
            yield _issue("duplicate_bead", "warning", bead)
        if adjusted and bead.adjusted_mfi is None:
            yield _issue("adjusted_missing", "warning", bead)
        if (bead.adjusted_mfi if bead.adjusted_mfi is not None else bead.raw_mfi or 0) < 0:
            yield _issue("negative_mfi", "info", bead)


def lacking_beads(serum: Serum) -> Iterator[FileIssue]:
    """That a serum imported lacks the beads whose lines were refused."""
    if serum.refused_lines:
        params = {"sample": serum.header.sample_code, "lines": serum.refused_lines}
        yield FileIssue("serum_incomplete", "warning", serum.line, raw=serum.header.sample_code, params=params)


def _name(bead: BeadReading, hla_class: HlaClass, reference: Reference) -> str | None:
    """The allele at two fields by which matching knows the bead; class II beads take no part and keep their text."""
    if hla_class is HlaClass.II:
        return bead.allele_text if class_of(bead.allele_text) is HlaClass.II else None
    value = parse_typed_value(bead.allele_text, reference=reference).value
    return value.key if value is not None and value.kind is Kind.ALLELE else None


def _issue(code: str, severity: str, bead: BeadReading) -> FileIssue:
    params = {"allele": bead.allele_text}
    return FileIssue(code, "info" if severity == "info" else "warning", bead.line, "allele", bead.allele_text, params)
