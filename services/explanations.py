"""Why one donor is where they are for one patient, whoever they are (MATCHING §5, §9, §10)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, select

from domain.directive import check_threshold
from domain.eligibility import Eligibility, first_eligible
from domain.errors import Issue, NotFound
from domain.evidence import PatientEvidence
from domain.grading import GRADE_ORDER
from domain.member_reading import summary_of
from domain.phenotype import LocusTyping, parse_phenotype_key
from domain.reaction import Reaction
from domain.standing import Standing
from domain.verdict import Verdict
from models.donor import Donor, DonorIdentity
from services.donor_donations import Given, donations_of
from services.donors import deferrals_of, donor_health
from services.evidence.reading import read_evidence
from services.matching.chains import chains_json, raw_texts
from services.matching.explain import Explainer
from services.matching.sides import differing_values
from services.matching.snapshots import SnapshotStore
from services.patients import Request, self_issues
from services.reference import ranking_policies
from services.rule_tables import eligibility_rules
from services.searches import DEFAULT_POLICY, Laid, issues_json, lay, threshold_of
from services.why_not import standing_of, why_not_json
from services.wording.catalogue import sentence

Json = dict[str, Any]


def find_donor(session: Session, number: str) -> Donor | None:
    """The donor of that number, or the one whose record took that number's over."""
    query = select(Donor).where(Donor.donor_number == number)
    donor = session.exec(query).first() if number.isprintable() else None
    if donor is None or donor.merged_into_id is None:
        return donor
    return session.get_one(Donor, donor.merged_into_id)


def get_donor(session: Session, number: str) -> Donor:
    """The donor of that number, or the one whose record took that number's over. Raises NotFound."""
    donor = find_donor(session, number)
    if donor is None:
        raise NotFound("unknown_donor", donor=number)
    return donor


def explain_donor(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    donor_number: str,
    on: date,
    zone: str,
    threshold: int | None = None,
    loci: str | None = None,
    sample: str | None = None,
    locale: str = "fr",
) -> Json:
    """One donor against one patient: every value, rule, date and ranking key, blocked or not listed included.

    `zone` is that of the registry: it says of which day past transfusions are.
    """
    request = Request(sample=sample, threshold_mfi=None if threshold is None else check_threshold(threshold), loci=loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=on)
    asked: dict[str, Any] = {"donor_number": donor_number, "mfi": threshold_of(laid.case), "locale": locale}
    return explain_laid(session, laid, evidence=read_evidence(session, laid.case.patient, on=on, zone=zone), **asked)


def explain_laid(
    session: Session, laid: Laid, *, donor_number: str, mfi: int, evidence: PatientEvidence, locale: str
) -> Json:
    """One donor against a case already laid over the registry, at one threshold. Raises NotFound."""
    on = laid.on
    donor = get_donor(session, donor_number)
    donations = donations_of(session, [donor.id or 0]).get(donor.id or 0, [])
    eligibility, birth_date_known = _eligibility(session, donor, on, donations)
    explainer = laid.explainer(mfi, evidence)
    reading = laid.matching.reading
    typings = parse_phenotype_key(donor.phenotype_key, reading.reference)
    standing = standing_of(laid, donor, typings, mfi)
    entry = explainer.donor(
        donor,
        verdict=standing.verdict,
        strong_possible=_strong_possible(standing),
        first_eligible_on=eligibility.first_on,
        birth_date_unknown=not birth_date_known,
        donations=donations,
    )
    return {
        **laid.head(),
        "policy": DEFAULT_POLICY,
        "policy_version": ranking_policies()[DEFAULT_POLICY].version,
        "threshold": mfi,
        "listed": donor.searchable and standing.verdict is not Verdict.BLOCKED,
        "donor": entry,
        "chains": chains_json(reading, typings, raw_texts(donor, reading.reference), mfi),
        "why_not": why_not_json(standing, donor, eligibility.first_on, on, locale),
        **_arithmetic(explainer, laid, typings),
        **_said(donor, entry, eligibility, locale),
        "ranking": _ranking_json(entry, laid),
        "issues": issues_json((*laid.issues, *self_issues(reading, mfi)), locale),
    }


def _arithmetic(explainer: Explainer, laid: Laid, typings: Mapping[str, LocusTyping]) -> Json:
    """What the figures of the entry are made of: the grade under each family, the floor of Σ, the eplets."""
    grades = explainer.sides.arithmetic(typings)
    return {
        "grades": grades,
        "grades_differ_on": differing_values(grades),
        "sum_floor_mfi": laid.matching.sum_floor_mfi,
        "eplets": _eplets(explainer, laid, typings),
    }


def _said(donor: Donor, entry: Json, eligibility: Eligibility, locale: str) -> Json:
    """The reasons of the dates, the keys of the order, and everything in sentences."""
    said = [{"code": one.code, "params": dict(one.params)} for one in (*_not_listed(donor), *eligibility.reasons)]
    return {
        "eligibility": said,
        "grade_rank": GRADE_ORDER.index(entry["grade"]),
        "ranking_keys": list(ranking_policies()[DEFAULT_POLICY].keys),
        "sentences": [sentence(one["code"], one["params"], locale) for one in (*entry["reasons"], *said)],
    }


def _ranking_json(entry: Json, laid: Laid) -> list[Json]:
    """What each key of the default order holds for this donor (MATCHING §10)."""
    region = laid.case.patient.region
    worked_out = {
        "has_date": entry["first_eligible_on"] is not None,
        "same_region": region is not None and entry["region"] == region,
    }
    keys = ranking_policies()[DEFAULT_POLICY].keys
    return [{"key": key, "value": worked_out[key] if key in worked_out else entry[key]} for key in keys]


def _eplets(explainer: Explainer, laid: Laid, typings: Mapping[str, LocusTyping]) -> Json | None:
    """The eplets of the donor's values in scope that the patient lacks, by name; None where they are not known."""
    in_scope = [typings[locus] for locus in laid.case.directive.loci]
    load = explainer.eplets.load(in_scope)
    table = laid.matching.reading.eplet_table
    if load is None or table is None:
        return None
    values = [value for typing in in_scope for value in typing.distinct()]
    carried = {value.canonical: table.of_value(value) for value in values}
    return {
        "names": list(load.names),
        "verified": list(load.verified),
        "without_status": [name for name in load.names if name in table.without_status],
        "on": {typed: [name for name in load.names if one and name in one.names] for typed, one in carried.items()},
    }


def _eligibility(session: Session, donor: Donor, on: date, donations: Sequence[Given]) -> tuple[Eligibility, bool]:
    """When the donor may give and why not before, and whether the birth date is known; the date itself stays here."""
    identity = session.get(DonorIdentity, donor.id)
    birth = date.fromisoformat(identity.birth_date) if identity and identity.birth_date else None
    deferrals = deferrals_of(session, [donor.id or 0]).get(donor.id or 0, [])
    health = donor_health(vars(donor), birth_date=birth, deferrals=deferrals, donations=donations)
    return first_eligible(health, eligibility_rules(on), on), birth is not None


def _strong_possible(standing: Standing) -> bool:
    """Whether an undecided value has a bead far above the threshold (MATCHING §10)."""
    far_mfi = ranking_policies()[DEFAULT_POLICY].strong_possible_factor * standing.threshold_mfi
    return any(
        standing.reaction(value) is Reaction.UNDECIDED and (summary_of(value, members).high or 0) >= far_mfi
        for value, members in standing.members.items()
    )


def _not_listed(donor: Donor) -> list[Issue]:
    """Why the donor is neither counted nor listed, whatever the serum says."""
    found = []
    if donor.status != "active":
        found.append(Issue("donor_not_active", "warning", donor.donor_number, {"status": str(donor.status)}))
    if not donor.consent_contact:
        found.append(Issue("donor_without_consent", "warning", donor.donor_number))
    if donor.restricted_at:
        found.append(Issue("donor_restricted", "warning", donor.donor_number, {"donor": donor.donor_number}))
    return found
