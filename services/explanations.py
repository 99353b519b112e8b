"""Why one donor is where they are for one patient, whoever they are (MATCHING §5, §9, §10)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, select

from domain.directive import check_threshold
from domain.eligibility import Eligibility, first_eligible
from domain.errors import Issue, NotFound
from domain.grading import GRADE_ORDER
from domain.phenotype import parse_phenotype_key
from domain.reaction import Reaction
from domain.reference import LOCI
from domain.verdict import Requirement, Verdict, donor_verdict, worst
from models.donor import Donor, DonorIdentity
from services.donor_donations import Given, donations_of
from services.donors import deferrals_of, donor_health
from services.matching.explain import Asked, Explainer
from services.matching.index import HPA_COLUMNS
from services.matching.snapshots import SnapshotStore
from services.patients import Request, self_issues
from services.reference import ranking_policies
from services.rule_tables import eligibility_rules
from services.searches import DEFAULT_POLICY, Laid, issues_json, lay, threshold_of
from services.wording.catalogue import sentence

Json = dict[str, Any]


def get_donor(session: Session, number: str) -> Donor:
    """The donor of that number. Raises NotFound."""
    query = select(Donor).where(Donor.donor_number == number)
    donor = session.exec(query).first() if number.isprintable() else None
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
    threshold: int | None = None,
    loci: str | None = None,
    sample: str | None = None,
    locale: str = "fr",
) -> Json:
    """One donor against one patient: every value, rule, date and ranking key, blocked or not listed included."""
    request = Request(sample=sample, threshold_mfi=None if threshold is None else check_threshold(threshold), loci=loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=on)
    return explain_laid(session, laid, donor_number=donor_number, mfi=threshold_of(laid.case), locale=locale)


def explain_laid(session: Session, laid: Laid, *, donor_number: str, mfi: int, locale: str) -> Json:
    """One donor against a case already laid over the registry, at one threshold. Raises NotFound."""
    on = laid.on
    donor = get_donor(session, donor_number)
    donations = donations_of(session, [donor.id or 0]).get(donor.id or 0, [])
    eligibility, birth_date_known = _eligibility(session, donor, on, donations)
    explainer = Explainer(Asked(laid.case, laid.matching, mfi, on, eligibility_rules(on)))
    verdict = _verdict(laid, donor, mfi)
    entry = explainer.donor(
        donor,
        verdict=verdict,
        strong_possible=_strong_possible(laid, donor, mfi),
        first_eligible_on=eligibility.first_on,
        birth_date_unknown=not birth_date_known,
        donations=donations,
    )
    said = [{"code": one.code, "params": dict(one.params)} for one in (*_not_listed(donor), *eligibility.reasons)]
    return {
        **laid.head(),
        "threshold": mfi,
        "listed": donor.searchable and verdict is not Verdict.BLOCKED,
        "donor": entry,
        "eplets": _eplets(explainer, laid, donor),
        "eligibility": said,
        "grade_rank": GRADE_ORDER.index(entry["grade"]),
        "ranking_keys": list(ranking_policies()[DEFAULT_POLICY].keys),
        "sentences": [sentence(one["code"], one["params"], locale) for one in (*entry["reasons"], *said)],
        "issues": issues_json((*laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def _eplets(explainer: Explainer, laid: Laid, donor: Donor) -> Json | None:
    """The eplets of the donor's values in scope that the patient lacks, by name; None where they are not known."""
    parts = dict(zip(LOCI, donor.phenotype_key.split("^"), strict=True))
    load = explainer.eplets.load([explainer.typing(locus, parts[locus]) for locus in laid.case.directive.loci])
    if load is None:
        return None
    table = laid.matching.reading.eplet_table
    without_status = [] if table is None else [name for name in load.names if name in table.without_status]
    return {"names": list(load.names), "verified": list(load.verified), "without_status": without_status}


def _eligibility(
    session: Session, donor: Donor, on: date, donations: Sequence[Given]
) -> tuple[Eligibility, bool]:
    """When the donor may give and why not before, and whether the birth date is known; the date itself stays here."""
    identity = session.get(DonorIdentity, donor.id)
    birth = date.fromisoformat(identity.birth_date) if identity and identity.birth_date else None
    deferrals = deferrals_of(session, [donor.id or 0]).get(donor.id or 0, [])
    health = donor_health(vars(donor), birth_date=birth, deferrals=deferrals, donations=donations)
    return first_eligible(health, eligibility_rules(on), on), birth is not None


def _verdict(laid: Laid, donor: Donor, mfi: int) -> Verdict:
    """The verdict by the domain's own rule, not the engine's."""
    typings = parse_phenotype_key(donor.phenotype_key, laid.matching.reading.reference)
    in_scope = [typings[locus] for locus in laid.case.directive.loci]
    reactions = [laid.matching.reading.react(value).at(mfi) for typing in in_scope for value in typing.distinct()]
    return donor_verdict(
        reactions,
        untyped=not all(typing.is_typed for typing in in_scope),
        requirement=_requirement(laid, donor),
    )


def _requirement(laid: Laid, donor: Donor) -> Requirement:
    rules = laid.matching.rules
    _, abo, systems, cd36 = donor.class_key.split("\t")
    typed = dict(zip(HPA_COLUMNS, systems.split(","), strict=True))
    found = [rule(typed.get(system, "")) for system, rule in rules.hpa.items()]
    if rules.cd36 is not None:
        found.append(rules.cd36(cd36))
    if rules.abo is not None:
        found.append(rules.abo(abo))
    return worst(found)


def _strong_possible(laid: Laid, donor: Donor, mfi: int) -> bool:
    typings = parse_phenotype_key(donor.phenotype_key, laid.matching.reading.reference)
    factor = ranking_policies()[DEFAULT_POLICY].strong_possible_factor
    reactivities = [
        laid.matching.reading.react(value) for locus in laid.case.directive.loci for value in typings[locus].distinct()
    ]
    return any(one.at(mfi) is Reaction.UNDECIDED and (one.high or 0) >= factor * mfi for one in reactivities)


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
