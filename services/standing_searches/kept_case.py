"""A patient's case as it was at a look, kept so that what changed since can be applied one part at a time."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from domain.directive import Directive, Specificity
from domain.epitopes import EpletTable
from domain.grading import PatientMatcher
from domain.list_change import Step
from domain.phenotype import LocusTyping, parse_locus
from domain.profile import Profile, build_profile
from domain.reactivity import SerumReading
from domain.reference import LOCI, Reference
from services.donor_rules import donor_rules
from services.matching.engine import Matching
from services.matching.index import RegistryIndex
from services.patients import Case, distinct_values
from services.reference import core_reference, creg_version, parameters

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptCase:
    """The parts of a case, as plain values: what a step replaces is replaced whole."""

    typings: Mapping[str, Sequence[str]]
    abo: str | None
    beads: Sequence[Sequence[Any]]  # allele, MFI, serum, whether of an earlier one
    sera: Sequence[str]
    directive: Json
    threshold_mfi: int
    version: int | None

    def pack(self) -> bytes:
        """The case as bytes."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return zlib.compress(json.dumps(parts, ensure_ascii=False).encode())

    def with_step(self, step: Step, other: "KeptCase") -> "KeptCase":
        """This case with one part of the other."""
        if step is Step.PATIENT:
            return replace(self, typings=other.typings, abo=other.abo)
        if step is Step.SERUM:
            return replace(self, beads=other.beads, sera=other.sera)
        return replace(self, directive=other.directive, threshold_mfi=other.threshold_mfi, version=other.version)

    def differs(self, step: Step, other: "KeptCase") -> bool:
        """Whether one part of the other says something else to a search; names of sera and versions do not."""
        return self._heard(step) != other._heard(step)

    def _heard(self, step: Step) -> object:
        if step is Step.PATIENT:
            return self.typings, self.abo
        if step is Step.SERUM:
            return sorted((allele, mfi, earlier) for allele, mfi, _, earlier in self.beads)
        return self.directive, self.threshold_mfi

    def over(self, index: RegistryIndex, reference: Reference, eplets: EpletTable | None) -> Matching:
        """The case laid over an index under a nomenclature and a table of eplets."""
        typings = self._typings(reference)
        directive = _read_directive(self.directive)
        profile = self._profile(reference)
        reading = SerumReading(
            profile,
            distinct_values(typings),
            reference,
            added=directive.added,
            removed=directive.removed,
            eplet_table=eplets,
        )
        matcher = PatientMatcher(typings, reference, parameters()["default_creg_family"])
        rules, floor = donor_rules(directive, self.abo), float(parameters()["sum_floor_mfi"])
        return Matching(index, reading, matcher, directive, rules, sum_floor_mfi=floor)

    def _typings(self, reference: Reference) -> dict[str, LocusTyping]:
        return {locus: parse_locus(*self.typings[locus], locus=locus, reference=reference) for locus in LOCI}

    def _profile(self, reference: Reference) -> Profile:
        said = {allele: (serum, earlier) for allele, _, serum, earlier in self.beads}
        built = build_profile(((allele, mfi) for allele, mfi, _, _ in self.beads), reference)
        beads = [
            replace(bead, serum=said[bead.allele][0], earlier=said[bead.allele][1]) if bead.allele in said else bead
            for bead in built.beads
        ]
        return replace(built, beads=tuple(beads))


def keep_case(case: Case, threshold_mfi: int) -> KeptCase:
    """The parts of a case as they are now."""
    patient = case.patient
    kept = KeptCase(
        typings={locus: [getattr(patient, f"hla_{locus.lower()}_{place}") for place in (1, 2)] for locus in LOCI},
        abo=patient.abo,
        beads=[[bead.allele, bead.mfi, bead.serum, bead.earlier] for bead in case.profile.beads],
        sera=case.sera,
        directive=_write_directive(case.directive),
        threshold_mfi=threshold_mfi,
        version=case.directive_row.version if case.directive_row else None,
    )
    return unpack_case(kept.pack())  # so that two are compared as they will be read


def unpack_case(content: bytes) -> KeptCase:
    """The case of a look before."""
    return KeptCase(**json.loads(zlib.decompress(content)))


def _write_directive(directive: Directive) -> Json:
    written = asdict(directive)
    for name in ("added", "removed"):
        for one in written[name]:
            for sets in ("covered", "possible", "alleles"):
                one[sets] = sorted(one[sets])
    return written


def _read_directive(written: Json) -> Directive:
    edits = {
        name: tuple(
            Specificity(**{**one, **{sets: frozenset(one[sets]) for sets in ("covered", "possible", "alleles")}})
            for one in written[name]
        )
        for name in ("added", "removed")
    }
    plain = {"loci": tuple(written["loci"]), "hpa_antibodies": tuple(written["hpa_antibodies"])}
    return Directive(**{**written, **edits, **plain})


def tables_of(matching: Matching, codes: str) -> dict[str, str]:
    """The names of the nomenclature and of every table that a look rests on."""
    eplets = matching.reading.eplet_table
    return {
        "nomenclature": matching.reading.reference.name,
        "allele_codes": codes,
        "core": core_reference().name,
        "creg": creg_version(matching.matcher.family),
        "eplets": eplets.name if eplets else "",
        "eligibility": matching.index.meta.rules,
        "snapshot": matching.index.meta.snapshot,
    }
