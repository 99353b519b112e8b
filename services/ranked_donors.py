"""The ranked donors of one view, a page of them; services.documents.donor_list has all of them for a file."""

from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.evidence import PatientEvidence
from domain.ranking import policy_named
from domain.verdict import LISTED_VERDICTS, Verdict
from services.evidence.reading import read_evidence
from services.matching.explain import Explainer
from services.matching.listing import Listing, Part
from services.matching.missing import count_missing_facts
from services.matching.shortlist import Ranking, Scope
from services.reference import ranking_policies
from services.searches import (
    DEFAULT_POLICY,
    Laid,
    policy_json,
    region_code,
)
from services.wanted import Wanted

Json = dict[str, Any]


def page_of_list(session: Session, laid: Laid, mfi: int, wanted: Wanted, *, now: datetime, zone: str) -> Json:
    """One page of the donors of a view and one of those who cannot be evaluated, at one threshold."""
    evidence = read_evidence(session, laid.case.patient, on=wanted.on, zone=zone)
    ranking = ranking_of(laid, mfi, wanted, evidence)
    explainer = laid.explainer(mfi, evidence)
    listing = Listing(session, ranking, wanted.filters, wanted.sort, now=now)
    part = listing.part((wanted.page - 1) * wanted.page_size, wanted.page_size)
    return {
        **_order_json(ranking, wanted),
        **_sizes_json(listing),
        "policies": list(ranking_policies()),
        "bands": listing.bands(),
        "donors": _explained(session, explainer, ranking, part),
        **_not_evaluable(session, explainer, ranking, wanted),
    }


def ranking_of(laid: Laid, mfi: int, wanted: Wanted, evidence: PatientEvidence) -> Ranking:
    """The donors of one view by rank. Raises UnusableInput for a policy or a region that there is not."""
    policy = policy_named(wanted.policy or DEFAULT_POLICY, ranking_policies())
    patient = laid.case.patient
    scope = Scope(wanted.on, patient.abo, patient.region, region=region_code(laid.index, wanted.region))
    return Ranking(laid.matching, policy, mfi, scope, evidence.stances())


def _order_json(ranking: Ranking, wanted: Wanted) -> Json:
    filters = wanted.filters
    return {
        **policy_json(ranking.policy),
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


def _explained(session: Session, explainer: Explainer, ranking: Ranking, part: Part) -> list[Json]:
    entries = explainer.page(session, ranking, part.donors, 1)
    return [
        {**entry, "rank": rank, "band": band} for entry, rank, band in zip(entries, part.ranks, part.bands, strict=True)
    ]


def _not_evaluable(session: Session, explainer: Explainer, ranking: Ranking, wanted: Wanted) -> Json:
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
        "unknown_donors": explainer.page(session, ranking, page, ranked + first + 1),
    }
