"""The rare-donor file narrowed and sorted, with how many each further choice would leave."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.errors import FieldFault, InvalidFields
from models.rare_donor import RareStatus
from services.rare_donors.listing import RareEntry
from services.rare_donors.rules import rare_rules
from services.registry_list import LONGEST_NUMBER, NO_REGION

SOON_DAYS = 28
GIVES = ("now", "soon", "later", "never")
ALERTS = ("unneeded", "contradicted", "not_callable", "confirmation", "recall", "never", "age", "again")
ANY_ALERT = "any"
FAR = date.max


@dataclass(frozen=True, slots=True)
class RareFilter:
    """What a person asks of the file; None leaves a question open. Without a status, those withdrawn are left out."""

    phenotype: str | None = None
    status: str | None = None
    region: str | None = None
    gives: str | None = None
    alert: str | None = None
    sort: str = "number"


SORTS: Mapping[str, Callable[[RareEntry], Any]] = {
    "number": lambda one: (),
    "eligible": lambda one: one.first_eligible_on or FAR,
    "recall": lambda one: one.next_recall_on or FAR,
    "region": lambda one: (one.region is None, one.region or ""),
}
FACETS = ("phenotype", "status", "region", "gives", "alert")


def read_filter(given: Mapping[str, str]) -> RareFilter:
    """The filter written in an address. Raises InvalidFields for a word that no question has."""
    known: dict[str, Sequence[str]] = {
        "phenotype": tuple(rare_rules()),
        "status": tuple(RareStatus),
        "gives": GIVES,
        "alert": (ANY_ALERT, *ALERTS),
        "sort": tuple(SORTS),
    }
    texts = {name: text.strip() for name, text in given.items() if text.strip()}
    faults = [
        FieldFault(name, "filter_unknown", {"text": texts[name], "known": ", ".join(words)})
        for name, words in known.items()
        if name in texts and texts[name] not in words
    ]
    region = texts.get("region", "")
    if len(region) > LONGEST_NUMBER or not region.isprintable():
        faults.append(FieldFault("region", "filter_unknown", {"text": "", "known": ""}))
    if faults:
        raise InvalidFields(faults)
    return RareFilter(**{name: texts[name] for name in (*known, "region") if name in texts})


def words_of(entry: RareEntry, facet: str, on: date) -> Iterable[str]:
    """The choices of one question under which an entry is found."""
    if facet == "phenotype":
        return [one.phenotype for one in entry.standing or entry.shown]
    if facet == "status":
        return [entry.status]
    if facet == "region":
        return [entry.region or NO_REGION]
    if facet == "gives":
        return [gives_of(entry, on)]
    codes = {one.code.removeprefix("rare_alert.") for one in entry.alerts}
    return [*codes, *([ANY_ALERT] if codes else [])]


def gives_of(entry: RareEntry, on: date) -> str:
    """When a donor may give: now, soon, later or never; one who may not be called never does."""
    first = entry.first_eligible_on
    if first is None or entry.fault:
        return "never"
    if first <= on:
        return "now"
    return "soon" if first <= on + timedelta(days=SOON_DAYS) else "later"


def narrow(entries: Iterable[RareEntry], asked: RareFilter, on: date) -> list[RareEntry]:
    """The entries that answer every question, in the order asked for and then by number."""
    found = [one for one in entries if _answers(one, asked, FACETS, on)]
    return sorted(found, key=lambda one: (SORTS[asked.sort](one), one.number))


def _answers(entry: RareEntry, asked: RareFilter, facets: Sequence[str], on: date) -> bool:
    if "status" in facets and asked.status is None and entry.status is RareStatus.WITHDRAWN:
        return False
    given = ((facet, getattr(asked, facet)) for facet in facets)
    return all(word is None or word in words_of(entry, facet, on) for facet, word in given)


def facets_of(entries: Sequence[RareEntry], asked: RareFilter, on: date) -> dict[str, Counter[str]]:
    """How many donors each choice of each question would leave, the other questions as they are asked."""
    found: dict[str, Counter[str]] = {}
    for facet in FACETS:
        others = [one for one in FACETS if one != facet]
        kept = (entry for entry in entries if _answers(entry, asked, others, on))
        found[facet] = Counter(word for entry in kept for word in words_of(entry, facet, on))
    return found
