"""From a file to the table of allele frequencies in use."""

import re
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlmodel import Session

from services.frequencies.contents import read_frequencies
from services.frequencies.store import Loading, record_frequencies
from services.reference import core_reference

HASH_SHOWN = 8


def import_frequencies(
    session: Session,
    content: bytes,
    *,
    file_name: str,
    actor: str,
    now: datetime,
    name: str | None = None,
    weights: str | None = None,
    illustrative: bool = False,
) -> dict[str, Any]:
    """Load a table of allele frequencies; without a name it is called after the file and what it says.

    `weights` gives the shares of the populations: `declared`, `equal`, or `european=80,african=20`. Raises
    UnusableInput for a file or shares that cannot be used.
    """
    contents = read_frequencies(content, core_reference())
    stem = re.sub(r"[^\w.-]+", "-", PurePath(file_name).stem).strip("-") or "frequencies"
    chosen = name or f"{stem}-{contents.content_hash[:HASH_SHOWN]}"
    loading = Loading(chosen, PurePath(file_name).name, weights, actor, now, illustrative)
    return record_frequencies(session, contents, loading)
