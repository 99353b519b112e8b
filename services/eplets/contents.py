"""What a file of eplets says, whatever its shape: the eplets of each class I allele, and which are verified."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.epitope import EpletSource

_ALLELE = re.compile(r"(?:HLA-)?([ABC])w?\*(\d{2,4}):(\d{2,4})(?::\d{2,4})*([A-Z]?)", re.IGNORECASE)


@dataclass(slots=True)
class EpletContents:
    """A table as read; `verified` is None for an eplet of which the file does not say it.

    `faults` are the rows that could not be used: line, code and raw text.
    """

    source: EpletSource
    alleles: dict[str, set[str]] = field(default_factory=dict)
    verified: dict[str, bool | None] = field(default_factory=dict)
    rows: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def carry(self, allele: str, eplets: Iterable[str]) -> None:
        """Note that an allele carries these eplets; alleles alike at two fields are one protein."""
        self.alleles.setdefault(allele, set()).update(eplets)

    def refuse(self, line: int, code: str, raw: str) -> None:
        """Note a row that could not be used."""
        self.faults.append({"line": line, "code": code, "raw": raw[:80]})

    @property
    def content_hash(self) -> str:
        """SHA-256 of what was read: the same for the same facts in another file."""
        facts: Mapping[str, object] = {
            "source": self.source.value,
            "alleles": {allele: sorted(eplets) for allele, eplets in sorted(self.alleles.items())},
            "verified": dict(sorted(self.verified.items())),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def two_fields(text: str) -> str | None:
    """A class I allele at two fields; None for anything else, a null allele included: it expresses nothing."""
    found = _ALLELE.fullmatch(text.strip())
    if found is None or found[4].upper() == "N":
        return None
    return f"{found[1].upper()}*{found[2]}:{found[3]}"
