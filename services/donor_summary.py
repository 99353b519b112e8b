"""A donor without identity, as other programs read it: phenotype, groups, status, and when they may give."""

from datetime import date
from typing import Any

from sqlmodel import Session

from domain.eligibility import first_eligible
from models.donor import Donor, DonorIdentity
from services.donor_donations import donations_of
from services.donors import deferrals_of, donor_health
from services.matching.index import HPA_COLUMNS
from services.rule_tables import eligibility_rules
from services.wording.catalogue import sentence

Json = dict[str, Any]
LOCI = ("a", "b", "c")
SHOWN = ("donor_number", "sex", "abo", "rhd", "cmv", "region", "centre", "status", "consent_contact", "searchable")


def donor_json(donor: Donor) -> Json:
    """What a list says of a donor; typings are texts as given, empty where not given."""
    return {
        **{name: getattr(donor, name) for name in SHOWN},
        "restricted": donor.restricted_at is not None,
        "hla": {locus.upper(): [getattr(donor, f"hla_{locus}_{place}") for place in (1, 2)] for locus in LOCI},
        "hpa": {name: getattr(donor, name.lower().replace("-", "_")) for name in HPA_COLUMNS},
        "cd36": donor.cd36,
        "version": donor.version_id,
    }


def eligibility_json(session: Session, donor: Donor, *, on: date, locale: str) -> Json:
    """The first day from `on` on which the donor may give, and why not before; the birth date stays here."""
    donor_id = donor.id or 0
    identity = session.get(DonorIdentity, donor_id)
    birth = date.fromisoformat(identity.birth_date) if identity and identity.birth_date else None
    health = donor_health(
        vars(donor),
        birth_date=birth,
        deferrals=deferrals_of(session, [donor_id]).get(donor_id, []),
        donations=donations_of(session, [donor_id]).get(donor_id, []),
    )
    found = first_eligible(health, eligibility_rules(on), on)
    return {
        "on": on,
        "rules": eligibility_rules(on).name,
        "first_eligible_on": found.first_on,
        "reasons": [
            {"code": one.code, "params": dict(one.params), "message": sentence(one.code, one.params, locale)}
            for one in found.reasons
        ],
        "flags": list(found.flags),
    }
