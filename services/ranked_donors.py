"""The ranked donors of one view, a page of them; services.documents.donor_list has all of them for a file."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.ranking import policy_named
from domain.verdict import LISTED_VERDICTS, Verdict
from services.matching.explain import Asked, Explainer
from services.matching.listing import Listing, Part
from services.matching.missing import count_missing_facts
from services.matching.shortlist import Ranking, Scope
from services.reference import ranking_policies
from services.rule_tables import eligibility_rules
from services.searches import (
    DEFAULT_POLICY,
    Laid,
    region_code,
)
from services.wanted import Wanted

Json = dict[str, Any]


def page_of_list(session: Session, laid: Laid, mfi: int, wanted: Wanted, *, now: datetime) -> Json:
    """One page of the donors of a view and one of those who cannot be evaluated, at one threshold."""
    ranking = ranking_of(laid, mfi, wanted)
    listing = Listing(session, ranking, wanted.filters, wanted.sort, now=now)
    part = listing.part((wanted.page - 1) * wanted.page_size, wanted.page_size)
    return {
        **_order_json(ranking, wanted),
        **_sizes_json(listing),
        "policies": list(ranking_policies()),
        "bands": listing.bands(),
        "donors": _explained(session, laid, ranking, wanted, part),
        **_not_evaluable(session, laid, ranking, wanted),
    }


def ranking_of(laid: Laid, mfi: int, wanted: Wanted) -> Ranking:
    """The donors of one view by rank. Raises UnusableInput for a policy or a region that there is not."""
    policy = policy_named(wanted.policy or DEFAULT_POLICY, ranking_policies())
    patient = laid.case.patient
    scope = Scope(wanted.on, patient.abo, patient.region, region=region_code(laid.index, wanted.region))
    return Ranking(laid.matching, policy, mfi, scope)


def _order_json(ranking: Ranking, wanted: Wanted) -> Json:
    filters = wanted.filters
    return {
        "policy": ranking.policy.name,
        "policy_version": ranking.policy.version,
        "ranking_keys": list(ranking.policy.keys),
        "sort": wanted.sort,
        "filters": {name: getattr(filters, name) for name in filters.asked},
    }


def _sizes_json(listing: Listing) -> Json:
    return {
        "whole": listing.whole,
        "total": listing.total,
        "totals": listing.totals(),
        "hidden": listing.hidden,
    }


def _explained(session: Session, laid: Laid, ranking: Ranking, wanted: Wanted, part: Part) -> list[Json]:
    entries = _explainer(laid, ranking, wanted).page(session, ranking, part.donors, 1)
    return [
        {**entry, "rank": rank, "band": band} for entry, rank, band in zip(entries, part.ranks, part.bands, strict=True)
    ]


def _explainer(laid: Laid, ranking: Ranking, wanted: Wanted) -> Explainer:
    return Explainer(Asked(laid.case, laid.matching, ranking.threshold_mfi, wanted.on, eligibility_rules(wanted.on)))


def _not_evaluable(session: Session, laid: Laid, ranking: Ranking, wanted: Wanted) -> Json:
    """A page of the donors of the scope who lack something the decision needs, and what they lack."""
    verdicts = ranking.everyone.verdicts
    total = int(np.count_nonzero(verdicts == LISTED_VERDICTS.index(Verdict.UNKNOWN)))
    if not total:
        return {"unknown_total": 0, "missing_facts": [], "unknown_donors": []}
    first = (wanted.unknown_page - 1) * wanted.unknown_page_size
    page = ranking.shortlist(wanted.unknown_page_size, first, verdict=Verdict.UNKNOWN)
    ranked = len(verdicts) - total
    return {
        "unknown_total": total,
        "missing_facts": count_missing_facts(ranking),
        "unknown_donors": _explainer(laid, ranking, wanted).page(session, ranking, page, ranked + first + 1),
    }
