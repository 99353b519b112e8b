"""Who shows a rare phenotype: the registry is read once, each different typing judged once."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col

from domain.cd36 import parse_cd36
from domain.hpa import HpaSystem, parse_hpa
from domain.phenotype import LocusTyping, parse_locus
from domain.rare_phenotype import RareRule, Tally, Trait, Typing, rare_subjects, tally, trait_of
from domain.reference import LOCI, Reference
from models.donor import Donor
from services.donors import HPA_SYSTEMS
from services.rare_donors.rules import least_typed, rare_rules
from services.reference import active_reference
from services.rule_tables import hpa_systems

AT_ONCE = 50_000
JUDGED = LOCI[:2]  # no rule looks at HLA-C


@dataclass(frozen=True, slots=True)
class Found:
    """The rare phenotypes of the registry: by donor and code, the antigens that name them; and what was counted."""

    donors: Mapping[tuple[int, str], tuple[str, ...]]
    tallies: Mapping[str, Tally]


@dataclass(slots=True)
class _Reader:
    """Typings out of the derived keys; equal parts are read once."""

    reference: Reference
    systems: Mapping[str, HpaSystem]
    loci: dict[tuple[str, str], LocusTyping] = field(default_factory=dict)

    def of_hla(self, part: str) -> Typing:
        """HLA-A and -B, as `A*01+A*02^B*07+?`."""
        return Typing(
            loci={locus: self._locus(locus, text) for locus, text in zip(JUDGED, part.split("^"), strict=True)}
        )

    def _locus(self, locus: str, text: str) -> LocusTyping:
        if (locus, text) not in self.loci:
            first, second = ("" if name == "?" else name for name in text.split("+"))
            self.loci[locus, text] = parse_locus(first, second, locus=locus, reference=self.reference)
        return self.loci[locus, text]

    def of_platelets(self, part: str) -> Typing:
        """HPA and CD36, as the class key holds them."""
        genotypes, cd36 = part.split("\t")
        read = [
            parse_hpa(text, system)[0] for system, text in zip(HPA_SYSTEMS.values(), genotypes.split(","), strict=True)
        ]
        return Typing(hpa={one.system: one for one in read if one}, cd36=parse_cd36(cd36)[0])

    def trait(self, rule: RareRule, typing: Typing) -> Trait:
        """What a typing says under a rule."""
        return trait_of(rule, typing, self.systems, self.reference)


def find_rare(session: Session) -> Found:
    """Judge every donor of the registry who is neither erased nor kept for traceability alone."""
    reader = _Reader(active_reference(session), hpa_systems())
    rows = list(_keys(session))
    hla, platelets = Counter(row[1] for row in rows), Counter(row[2] for row in rows)
    by_hla = {part: reader.of_hla(part) for part in hla}
    by_platelets = {part: reader.of_platelets(part) for part in platelets}
    rare: dict[str, dict[str, tuple[str, ...]]] = {}  # by part of a key: code → subjects
    tallies: dict[str, Tally] = {}
    for rule in rare_rules().values():
        typings, counts = (by_hla, hla) if rule.of_hla else (by_platelets, platelets)
        traits = {part: reader.trait(rule, typing) for part, typing in typings.items()}
        counted = tallies[rule.code] = tally(rule, ((traits[part], counts[part]) for part in traits))
        for part, trait in traits.items():
            if subjects := rare_subjects(rule, trait, counted, least_typed()):
                rare.setdefault(part, {})[rule.code] = subjects
    donors = {
        (donor_id, code): subjects
        for donor_id, *parts in rows
        for part in parts
        if part in rare
        for code, subjects in rare[part].items()
    }
    return Found(donors, tallies)


def _keys(session: Session) -> Iterator[tuple[int, str, str]]:
    """Of each donor the id, the key of HLA-A and -B, and that of the platelets."""
    query = sa.select(col(Donor.id), col(Donor.phenotype_key), col(Donor.class_key)).where(
        col(Donor.erased_at).is_(None), col(Donor.restricted_at).is_(None), col(Donor.phenotype_key) != ""
    )
    session.flush()  # the connection does not see what the session has not written yet
    hla: dict[str, str] = {}  # the same few keys stand with many donors: each is cut once
    platelets: dict[str, str] = {}
    # The driver's own cursor: the ORM's row objects cost more than the query.
    cursor = session.connection().execute(query).cursor
    while rows := cursor.fetchmany(AT_ONCE):
        for donor_id, phenotype, klass in rows:
            if phenotype not in hla:
                hla[phenotype] = phenotype.rpartition("^")[0]
            if klass not in platelets:
                platelets[klass] = klass.split("\t", 2)[2]
            yield donor_id, hla[phenotype], platelets[klass]
