"""What a day was like without any patient: the registry, rare phenotypes, campaigns, autologous units, quality."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from domain.autologous_units import IN_STOCK
from domain.availability import WEEK_DAYS
from domain.campaign_life import CampaignStatus
from domain.reservation import Timing
from models.autologous import AutologousUnit
from models.campaign import Campaign
from models.rare_donor import RareStatus
from services.autologous.due import true_status
from services.campaigns.reached import count_reached
from services.matching.index import HPA_COLUMNS, Array, RegistryIndex
from services.rare_donors.listing import Eyes, RareEntry, rare_entries
from services.rare_donors.rules import rare_rules
from services.reference import active_reference

Json = dict[str, Any]
NOBODY = Eyes(reservations=False, patients=False)
OBSOLETE = {"allele_renamed", "allele_deleted", "allele_never_assigned"}
RARE_ALERTS = {"confirmations": "rare_alert.confirmation", "recalls": "rare_alert.recall"}
SOON_DAYS = 28


def rare_facts(entries: Sequence[RareEntry], on: date) -> list[Json]:
    """Each rare phenotype: how many donors show it and how sure, who may give, whose contact is due."""
    found = []
    for code in rare_rules():
        shown = [(one, row) for one in entries for row in one.standing if row.phenotype == code]
        if not shown:
            continue
        days = [one.first_eligible_on for one, _ in shown if one.fault is None and one.first_eligible_on]
        alerts = Counter(alert.code for one, _ in shown for alert in one.alerts)
        found.append(
            {
                "phenotype": code,
                "donors": len(shown),
                "confirmed": sum(row.status is RareStatus.CONFIRMED for _, row in shown),
                "now": sum(day <= on for day in days),
                "soon": sum(day <= on + timedelta(days=SOON_DAYS) for day in days),
                "recalls": alerts[RARE_ALERTS["recalls"]],
            }
        )
    return found


def campaign_facts(session: Session) -> list[Json]:
    """How far each campaign is that runs or is paused; its name is read when it is shown."""
    query = select(Campaign).where(col(Campaign.status).in_((CampaignStatus.RUNNING, CampaignStatus.PAUSED)))
    rows = session.exec(query.order_by(col(Campaign.deadline).is_(None), col(Campaign.deadline), col(Campaign.id)))
    campaigns = {row.id or 0: row for row in rows}
    reached = count_reached(session, list(campaigns))
    return [
        {"code": row.code, "status": row.status.value, "wanted": row.number_wanted, "reached": reached[key]}
        for key, row in campaigns.items()
    ]


def autologous_facts(session: Session, timing: Timing) -> Json:
    """The units in stock, and those whose last day comes within a week, by that day."""
    coming = col(AutologousUnit.expires_on) >= timing.today
    units = [
        unit
        for unit in session.exec(select(AutologousUnit).where(coming)).all()
        if true_status(unit, timing) in IN_STOCK
    ]
    last = timing.today + timedelta(days=WEEK_DAYS)
    days = Counter(unit.expires_on.isoformat() for unit in units if unit.expires_on <= last)
    return {"stored": len(units), "expires": dict(sorted(days.items()))}


def quality_facts(session: Session, index: RegistryIndex, entries: Sequence[RareEntry]) -> Json:
    """Donors not typed at each locus and system, under an obsolete name, without a day to give; rare ones overdue."""
    reference = active_reference(session)
    by_phenotype = np.bincount(index.cell_phenotype, weights=index.cell_count, minlength=len(index.phenotype_pairs[0]))
    untyped, old = {}, np.zeros(len(by_phenotype), dtype=bool)
    for at, locus in enumerate("ABC"):
        codes, pairs = index.locus(locus, reference), index.phenotype_pairs[at]
        untyped[f"HLA-{locus}"] = int(by_phenotype[~codes.typed[pairs]].sum()) if len(codes.typings) else 0
        names = [any(issue.code in OBSOLETE for issue in one.issues) for one in codes.typings]
        old |= np.array(names, dtype=bool)[pairs] if names else False
    donors = np.bincount(index.donor_class, minlength=index.class_codes.shape[1])
    for at, system in enumerate((*HPA_COLUMNS, "CD36"), start=2):
        texts = index.meta.cd36 if system == "CD36" else index.meta.hpa
        untyped[system] = _untold(index.class_codes[at], texts, donors)
    alerts = Counter(alert.code for one in entries for alert in one.alerts)
    return {
        "untyped": untyped,
        "obsolete": int(by_phenotype[old].sum()),
        **{name: alerts[code] for name, code in RARE_ALERTS.items()},
    }


def _untold(codes: Array, texts: Sequence[str], donors: Array) -> int:
    untold = np.array([not text for text in texts], dtype=bool)
    return int(donors[untold[codes]].sum()) if len(texts) else 0


def rare_of_day(session: Session, timing: Timing) -> list[RareEntry]:
    """The donors of the rare-donor file, without reservations or patients."""
    return rare_entries(session, eyes=NOBODY, timing=timing)
