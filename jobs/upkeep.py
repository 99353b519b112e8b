"""Daily upkeep of lists drawn from the registry: rare donors, donors registered twice."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from config import Runtime
from services.duplicates.pairs import compare_registry, keep_pairs
from services.rare_donors.refreshing import refresh_rare_donors


def refresh_rare(runtime: Runtime, _on: date) -> Mapping[str, Any]:
    """Bring the rare-donor file up to date: see services.rare_donors.refreshing."""
    with runtime.engines.write_session() as session:
        return refresh_rare_donors(session, now=runtime.now(), actor="jobs").details()


def find_duplicates(runtime: Runtime, _on: date) -> Mapping[str, int]:
    """Look for donors registered twice: see services.duplicates.pairs."""
    with runtime.engines.read_session() as session:
        compared = compare_registry(session)
    with runtime.engines.write_session() as session:
        return keep_pairs(session, compared, now=runtime.now())
