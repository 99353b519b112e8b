"""A donor's new typing beside the one on record: what to keep of the texts, and what they contradict."""

from collections.abc import Mapping

from domain.cd36 import parse_cd36
from domain.hpa import parse_hpa
from domain.phenotype import LocusTyping, parse_locus
from domain.reference import LOCI, Reference
from domain.typing_change import Disagreement, disagreements
from models.donor import TYPING_COLUMNS, Donor
from services.donors import HPA_SYSTEMS
from services.reference import parameters


def kept_texts(donor: Donor, texts: Mapping[str, str]) -> dict[str, str]:
    """The twelve texts to keep; a locus typed as before in another order keeps its order, so nothing has changed."""
    kept = {name: texts.get(name, getattr(donor, name)) for name in TYPING_COLUMNS}
    for locus in LOCI:
        first, second = f"hla_{locus.lower()}_1", f"hla_{locus.lower()}_2"
        if (kept[first], kept[second]) == (getattr(donor, second), getattr(donor, first)):
            kept[first], kept[second] = kept[second], kept[first]
    return kept


def disagreements_with(donor: Donor, texts: Mapping[str, str], *, reference: Reference) -> list[Disagreement]:
    """What the new texts contradict of those on record: HLA by antigen, HPA and CD36 by result."""
    before = {name: getattr(donor, name) for name in TYPING_COLUMNS}
    found = disagreements(
        typings_of(before, reference),
        typings_of(texts, reference),
        reference=reference,
        creg_family=parameters()["default_creg_family"],
    )
    for name, system in HPA_SYSTEMS.items():
        old, new = (_hpa(one[name], system) for one in (before, texts))
        found += _changed(system, old, new)
    old, new = (_cd36(one["cd36"]) for one in (before, texts))
    return [*found, *_changed("CD36", old, new)]


def typings_of(texts: Mapping[str, str], reference: Reference) -> dict[str, LocusTyping]:
    """The HLA texts read as a search reads them."""
    return {
        locus: parse_locus(
            texts[f"hla_{locus.lower()}_1"], texts[f"hla_{locus.lower()}_2"], locus=locus, reference=reference
        )
        for locus in LOCI
    }


def _changed(what: str, old: str, new: str) -> list[Disagreement]:
    if not old or old == new or new.startswith(f"{old} "):  # negative, then negative type I: told better
        return []
    return [Disagreement(what, "other", new) if new else Disagreement(what, "gone", old)]


def _hpa(text: str, system: str) -> str:
    genotype, _ = parse_hpa(text, system)
    return genotype.canonical if genotype else ""


def _cd36(text: str) -> str:
    result, _ = parse_cd36(text)
    return "" if result.status == "untested" else result.canonical
