"""The phenotypes a family is drawn for, what a typing on record says of one, and the campaigns that look for it."""

from collections.abc import Mapping
from typing import Any

from domain.cd36 import parse_cd36
from domain.haplotypes import Antigens
from domain.hpa import parse_hpa
from domain.kinship import Status
from domain.phenotype import parse_locus
from domain.reference import Reference
from models.donor import RawTyping
from services.donors import HPA_SYSTEMS
from services.rule_tables import hpa_systems

CD36, HLA = "CD36", "HLA"
COLUMN_OF = {system: column for column, system in HPA_SYSTEMS.items()}
LOCI = ("A", "B", "C")


def known_phenotypes() -> tuple[str, ...]:
    """What a family can be drawn for: CD36, each HPA antigen that donors are typed for, and HLA."""
    systems = hpa_systems()
    antigens = [name for one in COLUMN_OF for name in (systems[one].antigen_a, systems[one].antigen_b)]
    return (CD36, *antigens, HLA)


def typed_status(phenotype: str, person: RawTyping | None) -> Status | None:
    """What the typing on record says of a recessive phenotype; None where it says nothing."""
    if person is None or phenotype == HLA:
        return None
    if phenotype == CD36:
        read, _ = parse_cd36(person.cd36)
        return {"negative": Status.SHOWS, "positive": Status.LACKS}.get(read.status)
    system, lacking = phenotype[:-1], phenotype[-1]
    genotype, _ = parse_hpa(getattr(person, COLUMN_OF[system]), system)
    if genotype is None:
        return None
    return (Status.SHOWS, Status.CARRIER, Status.CLEAR)[genotype.alleles.count(lacking)]


def negative_type(phenotype: str, person: RawTyping | None) -> str | None:
    """The type of a CD36-negative person, where it is on record."""
    return parse_cd36(person.cd36)[0].type if person is not None and phenotype == CD36 else None


def antigens_of(person: RawTyping | None, reference: Reference) -> Antigens:
    """The two antigens of each locus that tell haplotypes apart: both positions typed, each of one antigen alone.

    A blank after a serological value is no proof of homozygosity, and its locus stays out.
    """
    found = {}
    for locus in LOCI if person is not None else ():
        texts = [getattr(person, f"hla_{locus.lower()}_{place}") for place in (1, 2)]
        typing = parse_locus(*texts, locus=locus, reference=reference)
        antigens = [sorted(value.antigens) if value else [] for value in typing.values]
        if not typing.blank and all(len(one) == 1 for one in antigens):
            found[locus] = (antigens[0][0], antigens[1][0])
    return found


def looks_for(target: Mapping[str, Any], phenotype: str, antigens: Antigens, patient_id: int | None) -> bool:
    """Whether a campaign of this target would want a relative who has the phenotype of the family."""
    kind = target.get("kind")
    if phenotype == CD36:
        return kind == "cd36_negative"
    if phenotype != HLA:
        return kind == "hpa_negative" and target.get("antigen") == phenotype
    held = {antigen for pair in antigens.values() for antigen in pair}
    if kind == "hla_profile":
        return bool(target.get("antigens")) and set(target["antigens"]) <= held
    return kind == "directives" and patient_id is not None and patient_id in target.get("patients", ())
