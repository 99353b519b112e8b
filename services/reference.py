"""The nomenclature in use: the one shipped with the project (seed_data/reference/core), or a release kept since."""

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

from sqlmodel import Session, select

from domain.errors import NotFound
from domain.ranking import RankingPolicy, check_policy
from domain.reference import Reference, children_by_parent, read_with
from models.reference import ReferenceRelease
from services.allele_codes.lookup import codes_in_use
from services.ipd.store import load_release

# Releases already read by this process, by the hash of their content: reading one takes about a second.
_READ: dict[str, Reference] = {}
MOST_READ = 4
CORE = Path(__file__).resolve().parent.parent / "seed_data" / "reference" / "core"


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of one core table, as text."""
    with (CORE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def parameters() -> dict[str, str]:
    """The named numbers and names of the core tables, as text."""
    return {row["name"]: row["value"] for row in read_table("parameters")}


@cache
def core_reference() -> Reference:
    """The nomenclature shipped with the project (MATCHING §2, §3, §6)."""
    relations = read_table("relations")

    def related(kind: str) -> dict[str, tuple[str, ...]]:
        return children_by_parent((row["parent"], row["child"]) for row in relations if row["kind"] == kind)

    cregs: dict[str, dict[str, frozenset[str]]] = {}
    for row in read_table("cregs"):
        family = cregs.setdefault(row["family"], {})
        family[row["antigen"]] = family.get(row["antigen"], frozenset()) | {row["creg"]}
    epitopes = children_by_parent((row["epitope"], row["antigen"]) for row in read_table("public_epitopes"))
    return Reference(
        name=parameters()["core_release"],
        kinds={row["antigen"]: row["kind"] for row in read_table("antigens")},
        splits=related("split"),
        associated=related("associated"),
        stand_ins=related("stand_in"),
        groups={row["group"]: frozenset(row["antigens"].split()) for row in read_table("groups")},
        alleles={row["allele"]: frozenset({row["antigen"]}) for row in read_table("bead_antigens")},
        renamed_groups={row["old_group"]: row["new_prefix"] for row in read_table("renamed_groups")},
        cregs=cregs,
        epitopes={name: frozenset(antigens) for name, antigens in epitopes.items()},
        creg_family=parameters()["default_creg_family"],
    )


def active_name(session: Session) -> str:
    """The name of the nomenclature in force, without reading it."""
    return session.exec(select(ReferenceRelease.name).where(ReferenceRelease.active)).first() or core_reference().name


def active_reference(session: Session) -> Reference:
    """The nomenclature in force: the active release, or the core where none is."""
    row = session.exec(select(ReferenceRelease).where(ReferenceRelease.active)).first()
    return _with_codes(session, core_reference() if row is None else reference_of(session, row))


def _with_codes(session: Session, reference: Reference) -> Reference:
    """The nomenclature with the table of multiple allele codes in use, if any, for as long as the transaction lasts."""
    codes = codes_in_use(session)
    return reference if codes is None else replace(reference, codes=codes)


def get_reference(session: Session, name: str) -> Reference:
    """The core or a kept release, by its name or by its version alone (`3.58.0`). Raises NotFound."""
    if name == core_reference().name:
        return _with_codes(session, core_reference())
    for row in session.exec(select(ReferenceRelease)).all():
        if name in (row.name, row.provenance["version"]):
            return _with_codes(session, reference_of(session, row))
    raise NotFound("unknown_reference", name=name)


def reference_of(session: Session, row: ReferenceRelease) -> Reference:
    """The nomenclature with the alleles of one kept release, read from the database once for each process."""
    content = row.provenance["content_hash"]
    found = _READ.get(content)
    if found is None:
        found = read_with(core_reference(), load_release(session, row))
        while len(_READ) >= MOST_READ:
            _READ.pop(next(iter(list(_READ)), ""), None)  # another thread may have made the room
        _READ[content] = found
    return found


@cache
def representatives() -> dict[str, str]:
    """The allele that stands for each antigen where only the antigen is known (MATCHING §7)."""
    return {row["antigen"]: row["allele"] for row in read_table("representatives")}


@cache
def creg_version(family: str) -> str:
    """The name and version of a family of cross-reactive groups, such as `rodey-1`."""
    versions = {row["version"] for row in read_table("cregs") if row["family"] == family}
    return f"{family}-{max(versions)}"


@cache
def ranking_policies() -> dict[str, RankingPolicy]:
    """The named ranking policies, each with its ordered keys (MATCHING §10); ValueError for an order there is not."""
    rows = sorted(read_table("ranking"), key=lambda row: int(row["position"]))
    names = {row["policy"]: row["version"] for row in rows}
    return {
        name: check_policy(
            RankingPolicy(
                name=name,
                version=int(version),
                keys=tuple(row["key"] for row in rows if row["policy"] == name),
                strong_possible_factor=float(parameters()["strong_possible_factor"]),
                sum_floor_mfi=float(parameters()["sum_floor_mfi"]),
            )
        )
        for name, version in names.items()
    }
