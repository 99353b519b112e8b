"""From a file, or from the pelc package, to the eplet table in use."""

import re
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlmodel import Session

from services.eplets.pelc import PACKAGE, pelc_folder, read_pelc
from services.eplets.registry_export import read_registry_export
from services.eplets.store import import_eplets

HASH_SHOWN = 8


def import_pelc(session: Session, *, actor: str, now: datetime) -> dict[str, Any]:
    """Load the tables inside the installed pelc package. Raises UnusableInput where there are none to read."""
    folder, version = pelc_folder()
    return import_eplets(session, read_pelc(folder), name=f"{PACKAGE}-{version}", actor=actor, now=now)


def import_export(
    session: Session, content: bytes, *, file_name: str, name: str | None, actor: str, now: datetime
) -> dict[str, Any]:
    """Load a site's export; without a name it is called after the file and what it says. Raises UnusableInput."""
    contents = read_registry_export(content)
    stem = re.sub(r"[^\w.-]+", "-", PurePath(file_name).stem).strip("-") or "export"
    chosen = name or f"{stem}-{contents.content_hash[:HASH_SHOWN]}"
    return import_eplets(session, contents, name=chosen, actor=actor, now=now)
