"""One donor before the rules of a directive: which rule fails first, and what would change it (MATCHING §5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from math import floor, isfinite

from domain.directive import MAX_THRESHOLD_MFI, Specificity, parse_specificity
from domain.member_reading import MemberReading, summary_of
from domain.phenotype import LocusTyping
from domain.reaction import Reaction
from domain.reactivity import SelfStatus, SerumReading
from domain.typing_text import TypedValue
from domain.verdict import Requirement, Verdict, donor_verdict, worst


class RuleState(StrEnum):
    """How a donor stands to one rule; the first three are what makes blocked, unknown and possible."""

    BLOCKS = "blocks"
    MISSING = "missing"
    DOUBT = "doubt"
    MET = "met"


FAILING = {
    Verdict.BLOCKED: RuleState.BLOCKS,
    Verdict.UNKNOWN: RuleState.MISSING,
    Verdict.POSSIBLE: RuleState.DOUBT,
}
_OF_REACTION = {
    Reaction.POSITIVE: RuleState.BLOCKS,
    Reaction.UNTESTED: RuleState.MISSING,
    Reaction.UNDECIDED: RuleState.DOUBT,
    Reaction.NEGATIVE: RuleState.MET,
}
_OF_REQUIREMENT = {
    Requirement.VIOLATED: RuleState.BLOCKS,
    Requirement.MISSING: RuleState.MISSING,
    Requirement.MET: RuleState.MET,
}
BEST_FIRST = (Verdict.COMPATIBLE, Verdict.POSSIBLE, Verdict.UNKNOWN, Verdict.BLOCKED)


@dataclass(frozen=True, slots=True)
class Demand:
    """A rule of the directive that is not on HLA: its kind (hpa, cd36, abo), its subject, what the donor is typed."""

    kind: str
    subject: str
    typed: str
    answer: Requirement


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and how the donor stands to it; `subject` is the locus or the system, `typed` None is not typed."""

    kind: str
    subject: str
    typed: str | None
    state: RuleState


class ChangeKind(StrEnum):
    """What could be other than it is."""

    THRESHOLD = "threshold"
    EDITS = "edits"
    RULE = "rule"
    TEST = "test"
    TYPING = "typing"
    LOCUS = "locus"
    TYPINGS = "typings"


@dataclass(frozen=True, slots=True)
class Edit:
    """A specificity set aside, or (`withdrawn`) one that the directive would no longer add."""

    specificity: Specificity
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What would be otherwise, and the verdict that it would give; for a typing, the best that it could give.

    `names`: what a typing would have to show, or the values to type. `edits`: set aside or withdrawn together.
    """

    kind: ChangeKind
    verdict: Verdict
    subject: str = ""
    names: tuple[str, ...] = ()
    mfi: int | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Standing:
    """A donor's typings in scope and the answers to the other demands, before one serum at one threshold."""

    reading: SerumReading
    typings: tuple[LocusTyping, ...]
    demands: tuple[Demand, ...]
    threshold_mfi: int

    @cached_property
    def members(self) -> dict[TypedValue, tuple[MemberReading, ...]]:
        """What the rules found for each value in scope."""
        return {value: self.reading.read(value) for typing in self.typings for value in typing.distinct()}

    def reaction(self, value: TypedValue) -> Reaction:
        """The reaction of one value in scope at the threshold."""
        return summary_of(value, self.members[value]).at(self.threshold_mfi)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule in order: the loci A, B, C, then HPA, CD36 and ABO."""
        found = []
        for typing in self.typings:
            found += [
                Rule("hla", typing.locus, value.canonical, _OF_REACTION[self.reaction(value)])
                for value in typing.distinct()
            ]
            found += [Rule("hla", typing.locus, None, RuleState.MISSING)] * typing.values.count(None)
        found += [Rule(one.kind, one.subject, one.typed or None, _OF_REQUIREMENT[one.answer]) for one in self.demands]
        return tuple(found)

    def first_failing(self) -> Rule | None:
        """The first rule in order that makes the verdict what it is; None for a compatible donor."""
        failing = FAILING.get(self.verdict)
        return next((rule for rule in self.rules() if rule.state is failing), None)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict of these rules together."""
        return self.verdict_if({})

    def verdict_if(self, reactions: dict[TypedValue, Reaction], typed: Iterable[str] = ()) -> Verdict:
        """The verdict if these values reacted so, and the loci named were fully typed with nothing against them."""
        return donor_verdict(
            [reactions.get(value) or self.reaction(value) for value in self.members],
            untyped=any(not typing.is_typed and typing.locus not in typed for typing in self.typings),
            requirement=worst(one.answer for one in self.demands),
        )


def find_changes(standing: Standing) -> tuple[Change, ...]:
    """What would give the donor a better verdict, one thing at a time; each tried, none guessed.

    Of edits to the directive, every single one that helps; where none suffices to unblock the donor, or to make them
    compatible, a set of which none can be spared.
    """
    found = [*_thresholds(standing), *_edits(standing), *_demands(standing), *_typings(standing)]
    return tuple(sorted(found, key=lambda one: BEST_FIRST.index(one.verdict)))


def _better(one: Verdict, other: Verdict) -> bool:
    return BEST_FIRST.index(one) < BEST_FIRST.index(other)


def _thresholds(standing: Standing) -> Iterator[Change]:
    """The least higher threshold of each better verdict, the best last."""
    edges = {
        floor(step.upto_mfi) + 1
        for members in standing.members.values()
        for one in members
        for step in one.steps
        if isfinite(step.upto_mfi)
    }
    best = standing.verdict
    for mfi in sorted(edge for edge in edges if standing.threshold_mfi < edge <= MAX_THRESHOLD_MFI):
        verdict = replace(standing, threshold_mfi=mfi).verdict
        if _better(verdict, best):
            best = verdict
            yield Change(ChangeKind.THRESHOLD, verdict, mfi=mfi)


def _edits(standing: Standing) -> Iterator[Change]:
    candidates = _candidates(standing)
    alone = {place: with_edits(standing, [edit]).verdict for place, edit in enumerate(candidates)}
    for place, verdict in alone.items():
        if _better(verdict, standing.verdict):
            yield Change(ChangeKind.EDITS, verdict, edits=(candidates[place],))
    reached = min([standing.verdict, *alone.values()], key=BEST_FIRST.index)
    together = with_edits(standing, candidates).verdict
    while _better(together, reached):
        # Blocked to listed first, then listed to compatible: the two sets differ.
        goal = Verdict.UNKNOWN if reached is Verdict.BLOCKED and together is not Verdict.UNKNOWN else together
        kept = _irreducible(standing, candidates, goal)
        reached = with_edits(standing, kept).verdict
        yield Change(ChangeKind.EDITS, reached, edits=tuple(kept))


def _irreducible(standing: Standing, candidates: Sequence[Edit], goal: Verdict) -> list[Edit]:
    """Of edits that reach a verdict together, as few as reach it still: the narrowest are tried first."""
    kept = list(candidates)
    for edit in sorted(candidates, key=lambda one: (len(one.specificity.covered), one.specificity.name)):
        fewer = [one for one in kept if one is not edit]
        if not _better(goal, with_edits(standing, fewer).verdict):
            kept = fewer
    return kept


def with_edits(standing: Standing, edits: Iterable[Edit]) -> Standing:
    """The same donor under the directive with these edits."""
    edits = tuple(edits)
    reading = standing.reading
    withdrawn = {one.specificity for one in edits if one.withdrawn}
    changed = SerumReading(
        reading.profile,
        reading.patient,
        reading.reference,
        added=[one for one in reading.added if one not in withdrawn],
        removed=[*reading.removed, *(one.specificity for one in edits if not one.withdrawn)],
        eplet_table=reading.eplet_table,
    )
    return replace(standing, reading=changed)


def _candidates(standing: Standing) -> list[Edit]:
    """The additions and the beads, by their antigen, or allele where that is not one, that something rests on."""
    reading = standing.reading
    added: dict[str, Edit] = {}
    names: dict[str, float] = {}
    for value, members in standing.members.items():
        if standing.reaction(value) is Reaction.NEGATIVE:
            continue
        added.update({edit.name: Edit(edit, withdrawn=True) for edit in reading.additions_on(value)})
        for one in members:
            for bead in (*one.found, *one.doubtful):
                own = reading.self_status(bead) is SelfStatus.CERTAIN
                if bead.mfi >= standing.threshold_mfi and not own and not reading.is_removed(bead):
                    name = bead.antigen or bead.allele
                    names[name] = max(bead.mfi, names.get(name, 0.0))
    # What is added cannot be set aside as well (MATCHING §4).
    kept = [name for name in sorted(names, key=lambda name: (-names[name], name)) if name not in added]
    return [*added.values(), *(Edit(parse_specificity(name, reading.reference)) for name in kept)]


def _demands(standing: Standing) -> Iterator[Change]:
    """Each rule of the directive left out; of one that only lacks a result, the result that it asks for."""
    for place, one in enumerate(standing.demands):
        others = (*standing.demands[:place], *standing.demands[place + 1 :])
        verdict = replace(standing, demands=others).verdict
        if _better(verdict, standing.verdict):
            kind = ChangeKind.TEST if one.answer is Requirement.MISSING else ChangeKind.RULE
            yield Change(kind, verdict, subject=one.subject)


def _typings(standing: Standing) -> Iterator[Change]:
    """Each value that may be several things, typed as one of them; each locus that is not fully typed, typed."""
    open_to: dict[TypedValue, Reaction] = {}
    found = []
    for value, members in standing.members.items():
        by_verdict: dict[Verdict, list[str]] = {}
        for one in members if len(members) > 1 else ():
            reaction = one.reaction_at(standing.threshold_mfi)
            verdict = standing.verdict_if({value: reaction})
            if reaction is Reaction.NEGATIVE and standing.reaction(value) is not Reaction.NEGATIVE:
                open_to[value] = reaction
            if _better(verdict, standing.verdict):
                by_verdict.setdefault(verdict, []).append(one.member.name)
        for verdict, names in by_verdict.items():
            found.append(Change(ChangeKind.TYPING, verdict, subject=value.canonical, names=tuple(names)))
    loci = [typing.locus for typing in standing.typings if not typing.is_typed]
    for locus in loci:
        verdict = standing.verdict_if({}, [locus])
        if _better(verdict, standing.verdict):
            found.append(Change(ChangeKind.LOCUS, verdict, subject=locus))
    yield from found
    best = min([standing.verdict, *(one.verdict for one in found)], key=BEST_FIRST.index)
    together = standing.verdict_if(open_to, loci)
    if _better(together, best):
        to_type = (*(value.canonical for value in open_to), *(f"HLA-{locus}" for locus in loci))
        yield Change(ChangeKind.TYPINGS, together, names=to_type)
