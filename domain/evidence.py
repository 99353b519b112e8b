"""Evidence between one donor and one patient: what past crossmatches and transfusions say of the next platelets.

It never decides whether the donor fits: it is shown, and a ranking policy may weigh it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from domain.crossmatch import CrossmatchKind, CrossmatchResult
from domain.transfusion import Held, Said, Verdict


class Says(StrEnum):
    """What one crossmatch or transfusion says of the donor for the patient."""

    SUPPORTS = "supports"
    AGAINST = "against"
    NOTHING = "nothing"


class Stance(StrEnum):
    """What all of it says together; `NONE` where nothing that counts is on record."""

    SUPPORTS = "supports"
    MIXED = "mixed"
    NONE = "none"
    AGAINST = "against"


# Where a policy weighs evidence: what points both ways places nobody before or behind a donor of whom nothing is known.
STANCE_PLACES: Mapping[Stance, int] = MappingProxyType(
    {Stance.SUPPORTS: 0, Stance.MIXED: 1, Stance.NONE: 1, Stance.AGAINST: 2}
)
NEUTRAL_PLACE = STANCE_PLACES[Stance.NONE]


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """What one result says, for how many days, and whether a serum of unknown date leaves it saying nothing."""

    says: Says
    counts_days: int
    serum_known: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """A table of rules by version; transfusions by their verdicts at 1 h and at 24 h."""

    name: str
    effective_from: date
    crossmatches: Mapping[tuple[CrossmatchKind, CrossmatchResult], EvidenceRule]
    transfusions: Mapping[tuple[Verdict, Verdict], EvidenceRule]


@dataclass(frozen=True, slots=True)
class Moment:
    """The day for which donors are looked for, and the draw of the patient's latest serum on record by then."""

    on: date
    latest_serum_on: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said, and the sentence that says why."""

    says: Says
    why: Said


def weigh_crossmatch(
    kind: CrossmatchKind,
    result: CrossmatchResult,
    *,
    tested_on: date,
    serum_on: date | None,
    rules: EvidenceRules,
    moment: Moment,
) -> Statement:
    """What a crossmatch says at a moment; `serum_on` is when its serum was drawn, None where that is not known."""
    rule = rules.crossmatches[kind, result]
    plain = Said(f"evidence_why.{kind.value}_{result.value}")
    if rule.says is Says.NOTHING:
        return Statement(Says.NOTHING, plain)
    drawn_by = serum_on or tested_on  # no serum is drawn after it is tested
    if tested_on > moment.on:
        why = Said("evidence_why.later", {"tested_on": tested_on.isoformat()})
    elif moment.latest_serum_on is not None and drawn_by < moment.latest_serum_on:
        why = Said("evidence_why.earlier_serum", {"latest_on": moment.latest_serum_on.isoformat()})
    elif serum_on is None and rule.serum_known:
        why = Said("evidence_why.serum_not_known")
    else:
        return _while_it_counts(rule, plain, tested_on, moment)
    return Statement(Says.NOTHING, why)


def weigh_transfusion(
    early: Verdict, late: Verdict, valid: Held, *, given_on: date, rules: EvidenceRules, moment: Moment
) -> Statement:
    """What a transfusion says at a moment; one that is not known to be valid says nothing."""
    rule = rules.transfusions[early, late]
    plain = Said(f"evidence_why.transfusion_{early.value}_{late.value}")
    if rule.says is Says.NOTHING:
        return Statement(Says.NOTHING, plain)
    if given_on > moment.on:
        return Statement(Says.NOTHING, Said("evidence_why.later", {"tested_on": given_on.isoformat()}))
    if valid is not Held.MET:
        return Statement(Says.NOTHING, Said(f"evidence_why.valid_{valid.value}"))
    return _while_it_counts(rule, plain, given_on, moment)


def _while_it_counts(rule: EvidenceRule, plain: Said, day: date, moment: Moment) -> Statement:
    age = (moment.on - day).days
    if age > rule.counts_days:
        return Statement(Says.NOTHING, Said("evidence_why.old", {"days": age, "limit": rule.counts_days}))
    return Statement(rule.says, plain)


def stance_of(said: Iterable[Says]) -> Stance:
    """What all that was said comes to; what says nothing changes nothing."""
    found = set(said) - {Says.NOTHING}
    if len(found) > 1:
        return Stance.MIXED
    return Stance(found.pop().value) if found else Stance.NONE


@dataclass(frozen=True, slots=True)
class Item:
    """One crossmatch or transfusion as it is shown.

    `kind` is a `CrossmatchKind` or "transfusion", `result` that of the crossmatch or the verdict at 1 h, `result_24h`
    the verdict at 24 h, "" of a crossmatch.
    """

    code: str
    kind: str
    on: date
    result: str
    statement: Statement
    result_24h: str = ""
    method: str = ""
    serum_code: str = ""
    serum_on: date | None = None


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """All that is on record between one donor and one patient, the latest first."""

    items: tuple[Item, ...] = ()

    @property
    def stance(self) -> Stance:
        """What all of it says together."""
        return stance_of(one.statement.says for one in self.items)


NOTHING_KNOWN = PairEvidence()


@dataclass(frozen=True, slots=True)
class PatientEvidence:
    """The evidence of one patient by the donor's id, with the table and the serum date that it was weighed by."""

    rules: str = ""
    latest_serum_on: date | None = None
    pairs: Mapping[int, PairEvidence] = field(default_factory=dict)

    def of(self, donor_id: int) -> PairEvidence:
        """What is on record with one donor."""
        return self.pairs.get(donor_id, NOTHING_KNOWN)

    def stances(self) -> Mapping[int, Stance]:
        """What it comes to for each donor with whom anything is on record."""
        return {donor_id: pair.stance for donor_id, pair in self.pairs.items()}


NO_EVIDENCE = PatientEvidence()
NO_STANCES: Mapping[int, Stance] = MappingProxyType({})
