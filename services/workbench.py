"""All that the search workbench of one patient shows, worked out in one pass over the registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from domain.cd36 import parse_cd36
from domain.directive import MAX_THRESHOLD_MFI, check_threshold
from domain.errors import Issue
from domain.profile import distinct_thresholds
from domain.ranking import policy_named
from models.patient import Patient
from services.matching.available import available_shortlist, part_of
from services.matching.engine import sweep
from services.matching.explain import Asked, Explainer, plain
from services.matching.index import HPA_COLUMNS
from services.matching.missing import count_missing_facts
from services.matching.shortlist import Ranking, Scope, Shortlist
from services.matching.snapshots import SnapshotStore
from services.patients import Case, Request, find_edits, self_issues
from services.reference import ranking_policies
from services.rule_tables import eligibility_rules
from services.searches import (
    DEFAULT_POLICY,
    Json,
    Laid,
    counts_json,
    default_thresholds,
    gains_json,
    issues_json,
    lay,
    region_code,
    settleable_json,
)

LISTED = ("compatible", "possible")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the workbench; None is the directive's word, or no filter. Sizes are donors a page.

    `available`: of the ranked donors, only those who can give on the day asked.
    """

    on: date
    threshold_mfi: int | None = None
    region: str | None = None
    policy: str | None = None
    loci: str | None = None
    sample: str | None = None
    available: bool = False
    page: int = 1
    page_size: int = 50
    unknown_page: int = 1
    unknown_page_size: int = 10


def open_workbench(session: Session, store: SnapshotStore, *, patient_number: str, wanted: Wanted, locale: str) -> Json:
    """The patient, the serum, the counts of every threshold, and the openings and donors of one.

    Where neither the address nor a directive gives the threshold, the middle one of the usual thresholds is
    shown, and an issue says that nobody prescribed it. Raises NotFound and UnusableInput.
    """
    request = Request(sample=wanted.sample, threshold_mfi=wanted.threshold_mfi, loci=wanted.loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=wanted.on)
    usual = default_thresholds()
    mfi, said = shown_threshold(laid.case)
    levels = _levels(laid, [*usual, mfi])
    counts = sweep(laid.matching, levels, wanted.on)
    entries = [{"mfi": level, **counts_json(counts, place)} for place, level in enumerate(levels)]
    return {
        **laid.head(),
        **banner_json(session, laid.case, wanted.on),
        "serum": serum_json(laid.case),
        "beads": _beads_json(laid),
        "threshold": mfi,
        "usual_thresholds": usual,
        "thresholds": entries,
        "gains": gains_json(laid, mfi),
        "typing_could_settle": settleable_json(laid, mfi),
        **_listed(session, laid, mfi, wanted, entries[levels.index(mfi)]),
        "issues": issues_json((*said, *laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def shown_threshold(case: Case) -> tuple[int, tuple[Issue, ...]]:
    """The threshold of a page: asked, directed, or the middle one of the usual, and then it is said that nobody did.

    Raises UnusableInput.
    """
    if case.threshold_mfi is not None:
        return check_threshold(case.threshold_mfi), ()
    usual = default_thresholds()
    mfi = usual[len(usual) // 2]
    return mfi, (Issue("threshold_not_prescribed", "info", "", {"threshold_mfi": mfi}),)


def banner_json(session: Session, case: Case, on: date) -> Json:
    """The patient and the directive in force, as every page of the patient shows them."""
    return {"patient": patient_json(case, on), "directive": _directive_json(session, case)}


def _levels(laid: Laid, shown: Sequence[int]) -> list[int]:
    """Every threshold at which a count may change, one beyond the last, and those shown."""
    steps = distinct_thresholds(laid.case.profile)
    found = {*steps, *shown, max(steps, default=0) + 1}
    return sorted(mfi for mfi in found if mfi <= MAX_THRESHOLD_MFI)


def _listed(session: Session, laid: Laid, mfi: int, wanted: Wanted, counts: Json) -> Json:
    """One page of the ranked donors and one of those who cannot be evaluated, at one threshold."""
    policy = policy_named(wanted.policy or DEFAULT_POLICY, ranking_policies())
    region = region_code(laid.index, wanted.region)
    patient = laid.case.patient
    scope = Scope(wanted.on, patient.abo, patient.region, region=region)
    ranking = Ranking(laid.matching, policy, mfi, scope)
    explainer = Explainer(Asked(laid.case, laid.matching, mfi, wanted.on, eligibility_rules(wanted.on)))
    here = counts["national"] if wanted.region is None else counts["regions"][wanted.region]
    ranked = sum(here[verdict] for verdict in LISTED)
    totals, shortlist = _ranked_page(ranking, {verdict: here[verdict] for verdict in LISTED}, wanted)
    unknown_first = (wanted.unknown_page - 1) * wanted.unknown_page_size
    unknown_size = max(0, min(wanted.unknown_page_size, here["unknown"] - unknown_first))
    unknown = ranking.shortlist(unknown_size, ranked + unknown_first) if unknown_size else None
    first_rank = (wanted.page - 1) * wanted.page_size + 1
    return {
        "policy": policy.name,
        "policy_version": policy.version,
        "policies": list(ranking_policies()),
        "available_only": wanted.available,
        "ranked_total": sum(totals.values()),
        "ranked_totals": totals,
        "unknown_total": here["unknown"],
        "missing_facts": count_missing_facts(ranking) if here["unknown"] else [],
        "donors": explainer.page(session, ranking, shortlist, first_rank) if shortlist else [],
        "unknown_donors": explainer.page(session, ranking, unknown, ranked + unknown_first + 1) if unknown else [],
    }


def _ranked_page(ranking: Ranking, totals: dict[str, int], wanted: Wanted) -> tuple[dict[str, int], Shortlist | None]:
    """How many donors are listed by verdict, and those of the page asked; None past the end."""
    first, whole = (wanted.page - 1) * wanted.page_size, None
    if wanted.available:
        whole = available_shortlist(ranking, sum(totals.values()))
        totals = {verdict: int((whole.verdicts == place).sum()) for place, verdict in enumerate(LISTED)}
    size = min(wanted.page_size, sum(totals.values()) - first)
    if size <= 0:
        return totals, None
    return totals, ranking.shortlist(size, first) if whole is None else part_of(whole, first, size)


def patient_json(case: Case, on: date) -> Json:
    """The patient without identity: number, age in years, groups and typings as read."""
    patient = case.patient
    return {
        "number": patient.patient_number,
        "sex": patient.sex.value if patient.sex else None,
        "age_years": _age_years(patient, on),
        "abo": patient.abo.value if patient.abo else None,
        "rhd": patient.rhd.value if patient.rhd else None,
        "hla": {locus: [value.canonical for value in typing.values if value] for locus, typing in case.typings.items()},
        "hpa": {name: text for name in HPA_COLUMNS if (text := _raw_hpa(patient, name))},
        "cd36": parse_cd36(patient.cd36)[0].status,
        "diagnosis": patient.diagnosis,
        "region": patient.region,
    }


def _raw_hpa(patient: Patient, system: str) -> str:
    text: str = getattr(patient, system.lower().replace("-", "_"))
    return text


def _age_years(patient: Patient, on: date) -> int | None:
    if not patient.birth_date:
        return None
    born = date.fromisoformat(patient.birth_date)
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _directive_json(session: Session, case: Case) -> Json | None:
    row = case.directive_row
    if row is None:
        return None
    edits = [
        {"action": edit.action.value, "specificity": edit.specificity, "reason": edit.reason}
        for edit in find_edits(session, row)
    ]
    return {
        "version": row.version,
        "threshold_mfi": row.threshold_mfi,
        "loci": row.loci.split(","),
        "edits": edits,
        "hpa_antibodies": list(row.hpa_antibodies),
        "anti_cd36": row.anti_cd36,
        "abo_rule": row.abo_rule.value,
    }


def serum_json(case: Case) -> Json | None:
    """The serum that is read, with its run day and kit lot; None where the patient has none."""
    sample = case.sample
    if sample is None:
        return None
    run_on = sample.run_on.isoformat() if sample.run_on else None
    return {"code": sample.sample_code, "run_on": run_on, "kit_lot": sample.kit_lot}


def _beads_json(laid: Laid) -> list[Json]:
    """The beads by falling MFI: whose antigen each carries, whether its locus decides, whether removed."""
    reading = laid.matching.reading
    beads = sorted(laid.case.profile.beads, key=lambda bead: (-bead.mfi, bead.allele))
    return [
        {
            "allele": bead.allele,
            "antigens": sorted(bead.antigens),
            "mfi": plain(bead.mfi),
            "self": reading.self_status(bead).value,
            "in_scope": bead.locus in laid.case.directive.loci,
            "removed": reading.is_removed(bead),
        }
        for bead in beads
    ]
