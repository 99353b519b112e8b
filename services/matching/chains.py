"""The chain of a typed value: raw text, canonical form, alleles, antigens, beads, reaction (MATCHING §2, §4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.member_reading import MemberReading, summary_of
from domain.phenotype import LocusTyping, parse_locus
from domain.profile import Bead
from domain.reaction import Reaction
from domain.reactivity import SerumReading
from domain.reference import LOCI, Reference
from domain.typing_text import Kind, TypedValue
from models.donor import Donor
from services.ipd.reasons import alleles_json
from services.matching.explain import plain

Json = dict[str, Any]


def raw_texts(donor: Donor, reference: Reference) -> dict[tuple[str, str], list[str]]:
    """The texts as given, by locus and canonical value; a `-` stands beside the value that it repeats."""
    found: dict[tuple[str, str], list[str]] = {}
    for locus in LOCI:
        texts = [getattr(donor, f"hla_{locus.lower()}_{place}") for place in (1, 2)]
        typing = parse_locus(texts[0], texts[1], locus=locus, reference=reference)
        for text, value in zip(texts, typing.values, strict=True):
            if value is not None:
                found.setdefault((locus, value.key), []).append(text)
    return found


def chains_json(
    reading: SerumReading, typings: Mapping[str, LocusTyping], raw: Mapping[tuple[str, str], Sequence[str]], mfi: int
) -> list[Json]:
    """One chain for each different value of these loci, in their order."""
    return [
        chain_json(reading, value, raw.get((value.locus, value.key), ()), mfi)
        for typing in typings.values()
        for value in typing.distinct()
    ]


def chain_json(reading: SerumReading, value: TypedValue, raw: Sequence[str], mfi: int) -> Json:
    """Every step from what was written to the reaction at one threshold, as the reading itself took them."""
    members = reading.read(value)
    reactivity = summary_of(value, members)
    named = frozenset().union(*(one.member.antigens for one in members))
    return {
        "locus": value.locus,
        "raw": list(raw),
        "typed": value.canonical,
        "kind": value.kind.value,
        "reference": reading.reference.name,
        "alleles": alleles_json(value, reading.reference),
        "counts_by": counts_by(value, reading.reference),
        "antigens": sorted(value.antigens),
        "without_bead": sorted(value.antigens - named) if members else [],
        "members": [_member_json(reading, one, mfi) for one in members],
        "reaction": reactivity.at(mfi).value,
        "basis": reactivity.basis_at(mfi).name.lower(),
        "low": plain(reactivity.low),
        "high": plain(reactivity.high),
    }


def _member_json(reading: SerumReading, one: MemberReading, mfi: int) -> Json:
    serum = reading.eplets()
    carried = serum.table.of_member(one.member.allele, one.member.antigens) if serum else None
    by_eplets = one.ground.at(mfi).name == "EPLET"
    return {
        "name": one.member.name,
        "antigens": sorted(one.member.antigens),
        "rule": one.rule.value,
        "beads": [_bead_json(reading, bead, state, bead in one.doubtful) for bead, state in one.bead_states(mfi)],
        "added_by": one.added.name if one.added else None,
        "maybe_added_by": one.may_be_added.name if one.may_be_added else None,
        "unseen_own_allele": one.unseen,
        "reactive_eplets": list(serum.reactive_among(carried or (), mfi)) if serum and by_eplets else [],
        "reaction": one.reaction_at(mfi).value,
        "basis": one.ground.at(mfi).name.lower(),
    }


def _bead_json(reading: SerumReading, bead: Bead, state: Reaction | None, doubtful: bool) -> Json:
    return {
        "allele": bead.allele,
        "antigens": sorted(bead.antigens),
        "mfi": plain(bead.mfi),
        "self": reading.self_status(bead).value,
        "removed_by": [edit.name for edit in reading.removed_by(bead)],
        "several_antigens": doubtful,
        "state": state.value if state else None,
    }


def counts_by(value: TypedValue, reference: Reference) -> str:
    """The rule that gives a value its antigens, as the code of its sentence (`counts_by.…`)."""
    if value.kind is Kind.ALLELE:
        assumed = reference.antigens_of_allele(value.key)[1]
        return "assumed" if assumed else "release" if reference.release else "bead_table"
    return value.kind.value
