"""The counts for every threshold, the ranked donors of one, and why a donor is where they are (MATCHING §5–10)."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlmodel import Session

from domain.directive import check_threshold
from domain.errors import Issue, UnusableInput
from domain.evidence import PatientEvidence
from domain.grading import PatientMatcher
from domain.profile import distinct_thresholds
from domain.ranking import RankingPolicy, policy_named
from domain.reference import Reference
from services.directive_state import directive_issues
from services.donor_rules import donor_rules
from services.eplets.store import eplet_table_in_use
from services.evidence.reading import read_evidence
from services.evidence.telling import patient_json
from services.frequencies.store import frequency_table_in_use
from services.matching.engine import Matching, SweepCounts, sweep
from services.matching.explain import Asked, Explainer, plain
from services.matching.index import RegistryIndex
from services.matching.openings import gains, settleable
from services.matching.shortlist import Ranking, Scope
from services.matching.snapshots import SnapshotStore, current_index
from services.patients import Case, Request, Terms, get_case, self_issues
from services.reference import active_reference, core_reference, creg_version, parameters, ranking_policies
from services.rule_tables import eligibility_rules
from services.wording.alphabet import UNASSIGNED, region_order
from services.wording.catalogue import sentence

DEFAULT_POLICY = "identity-first"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Laid:
    """A patient's case laid over the registry as it is now."""

    case: Case
    matching: Matching
    on: date
    issues: tuple[Issue, ...]

    def explainer(self, mfi: int, evidence: PatientEvidence) -> Explainer:
        """What says of donors at one threshold why they stand where they do."""
        return Explainer(Asked(self.case, self.matching, mfi, self.on, eligibility_rules(self.on), evidence))

    @property
    def index(self) -> RegistryIndex:
        """The snapshot that answers."""
        return self.matching.index

    def head(self) -> Json:
        """What every answer says first: for whom, on what, with which versions."""
        return {
            "patient": self.case.patient.patient_number,
            "sample": self.case.sample.sample_code if self.case.sample else None,
            "sera": list(self.case.sera),
            "loci": list(self.case.directive.loci),
            "on": self.on.isoformat(),
            "directive": self.case.directive_row.version if self.case.directive_row else None,
            "versions": {
                "nomenclature": self.matching.reading.reference.name,
                "core": core_reference().name,
                "creg": creg_version(self.matching.matcher.family),
                "eplets": table.name if (table := self.matching.reading.eplet_table) else None,
                "frequencies": used.name if (used := self.matching.risks.table) else None,
                "eligibility": eligibility_rules(self.on).name,
                "snapshot": self.index.meta.snapshot,
            },
            "active_donors": self.index.meta.donors,
        }


def lay(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    request: Request,
    on: date,
    proposed: Terms | None = None,
) -> Laid:
    """Load the patient and the index, rebuilt where it does not fit the registry (and said).

    `proposed` terms stand in for the directive in force.
    """
    reference = active_reference(session)
    case = get_case(session, patient_number, request, reference, on=on, proposed=proposed)
    index, said = current_index(session, store)
    check_derivation(index, reference)
    matching = matching_of(session, case, index, reference)
    issues = (*said, *rules_issues(index, on), *directive_issues(case.directive_row, on), *case.issues)
    return Laid(case, matching, on, issues)


def matching_of(session: Session, case: Case, index: RegistryIndex, reference: Reference) -> Matching:
    """A case laid over an index, with the tables of eplets and of allele frequencies in use."""
    return Matching(
        index,
        case.reading(reference, eplet_table_in_use(session)),
        PatientMatcher(case.typings, reference, parameters()["default_creg_family"]),
        case.directive,
        donor_rules(case.directive, case.patient.abo),
        sum_floor_mfi=float(parameters()["sum_floor_mfi"]),
        frequencies=frequency_table_in_use(session),
    )


def check_derivation(index: RegistryIndex, reference: Reference) -> None:
    """Raises UnusableInput where the donors were last read with another nomenclature than today's."""
    if index.meta.donors and index.meta.reference != reference.name:
        raise UnusableInput("registry_read_with_other", used=index.meta.reference, active=reference.name)


def rules_issues(index: RegistryIndex, on: date) -> tuple[Issue, ...]:
    """What to know where the dates were derived under other eligibility rules than those of the day asked."""
    in_force = eligibility_rules(on).name
    if not index.meta.donors or index.meta.rules == in_force:
        return ()
    return (Issue("dates_by_other_rules", "warning", in_force, {"used": index.meta.rules, "in_force": in_force}),)


def default_thresholds() -> list[int]:
    """The thresholds shown where nobody asks for others, in MFI."""
    return [int(text) for text in parameters()["default_thresholds_mfi"].split()]


def sweep_patient(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    on: date,
    thresholds: Sequence[int] | None = None,
    every: bool = False,
    loci: str | None = None,
    sample: str | None = None,
    locale: str = "fr",
) -> Json:
    """Donor counts for each threshold and region (INTERFACES §4, sweep); `every`: each distinct MFI of the profile.

    What would open more donors is given for the thresholds asked, or for the usual ones.
    """
    laid = lay(session, store, patient_number=patient_number, request=Request(sample=sample, loci=loci), on=on)
    prescribed = [] if laid.case.threshold_mfi is None else [laid.case.threshold_mfi]
    asked = sorted({check_threshold(one) for one in thresholds or [*default_thresholds(), *prescribed]})
    levels = (distinct_thresholds(laid.case.profile) or asked) if every else asked
    counts = sweep(laid.matching, levels, on)
    return {
        **laid.head(),
        "thresholds": [{"mfi": mfi, **counts_json(counts, level)} for level, mfi in enumerate(levels)],
        "gains": [one for mfi in asked for one in gains_json(laid, mfi)],
        "typing_could_settle": [one for mfi in asked for one in settleable_json(laid, mfi)],
        "issues": issues_json((*laid.issues, *self_issues(laid.matching.reading, levels[0])), locale),
    }


def search_patient(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    on: date,
    zone: str,
    threshold: int | None = None,
    region: str | None = None,
    policy: str = DEFAULT_POLICY,
    limit: int = 100,
    offset: int = 0,
    loci: str | None = None,
    sample: str | None = None,
    locale: str = "fr",
) -> Json:
    """The ranked donors at one threshold with their reasons (INTERFACES §4, search); limit 0 lists all.

    `zone` is that of the registry: it says of which day past transfusions are.
    Raises UnusableInput where neither the request nor a directive gives a threshold.
    """
    request = Request(sample=sample, threshold_mfi=threshold, loci=loci)
    laid = lay(session, store, patient_number=patient_number, request=request, on=on)
    chosen, mfi = policy_named(policy, ranking_policies()), threshold_of(laid.case)
    scope = Scope(on, laid.case.patient.abo, laid.case.patient.region, region=region_code(laid.index, region))
    evidence = read_evidence(session, laid.case.patient, on=on, zone=zone)
    ranking = Ranking(laid.matching, chosen, mfi, scope, evidence.stances())
    shortlist = ranking.shortlist(limit or None, offset)
    return {
        **laid.head(),
        "threshold": mfi,
        "region": region,
        **policy_json(chosen),
        "search": str(uuid.uuid4()),
        "counts": counts_json(sweep(laid.matching, [mfi], on), 0),
        "evidence": patient_json(session, evidence),
        "offset": offset,
        "donors": laid.explainer(mfi, evidence).page(session, ranking, shortlist, offset + 1),
        "issues": issues_json((*laid.issues, *self_issues(laid.matching.reading, mfi)), locale),
    }


def policy_json(policy: RankingPolicy) -> Json:
    """The order that donors stand in: its name, version and keys."""
    return {"policy": policy.name, "policy_version": policy.version, "ranking_keys": list(policy.keys)}


def threshold_of(case: Case) -> int:
    """The threshold asked or directed. Raises UnusableInput: nobody else may choose it."""
    if case.threshold_mfi is None:
        raise UnusableInput("threshold_needed", patient=case.patient.patient_number)
    return case.threshold_mfi


def region_code(index: RegistryIndex, region: str | None) -> int | None:
    """The place of a region in the index. Raises UnusableInput for a region that no donor is of."""
    if region is None:
        return None
    wanted = None if region == UNASSIGNED else region
    held = [index.meta.regions[code] for code in np.unique(index.cell_region)]
    if wanted not in held:
        known = ", ".join(sorted((one or UNASSIGNED for one in held), key=region_order))
        raise UnusableInput("unknown_region", region=region, known=known)
    return index.meta.regions.index(wanted)


def counts_json(counts: SweepCounts, level: int) -> Json:
    """The counts of one threshold, national and by region."""
    return {"national": counts.national(level), "regions": counts.by_region(level, UNASSIGNED)}


def gains_json(laid: Laid, mfi: int) -> list[Json]:
    """What leaving out one specificity would open, most donors first."""
    regions = [region or UNASSIGNED for region in laid.index.meta.regions]
    found = []
    for gain in gains(laid.matching, mfi):
        pairs = zip(regions, gain.from_blocked.tolist(), gain.from_possible.tolist(), strict=True)
        found.append(
            {
                "mfi": mfi,
                "specificity": gain.specificity,
                "max_mfi": plain(gain.max_mfi),
                "national": _opened(int(gain.from_blocked.sum()), int(gain.from_possible.sum())),
                "regions": {region: _opened(first, second) for region, first, second in pairs if first or second},
            }
        )
    return sorted(found, key=lambda one: (-sum(one["national"].values()), one["specificity"]))


def _opened(from_blocked: int, from_possible: int) -> dict[str, int]:
    return {"from_blocked": from_blocked, "from_possible": from_possible}


def settleable_json(laid: Laid, mfi: int) -> list[Json]:
    """What a better typing could settle, most donors first."""
    return [
        {"mfi": mfi, "locus": one.locus, "typed": one.typed, "national": one.donors}
        for one in settleable(laid.matching, mfi)
    ]


def issues_json(issues: Iterable[Issue], locale: str) -> list[Json]:
    """Issues with their sentence, each said once."""
    found: dict[str, Json] = {}
    for issue in issues:
        entry = {
            "code": issue.code,
            "severity": issue.severity,
            "subject": issue.subject,
            "message": sentence(issue.code, {"subject": issue.subject, **issue.params}, locale),
        }
        found.setdefault(json.dumps(entry, sort_keys=True), entry)
    return list(found.values())
