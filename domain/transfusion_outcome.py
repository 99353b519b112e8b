"""What a platelet transfusion did to the count: increment, corrected increment and recovery, by window."""

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from domain.transfusion import (
    NOISE,
    Count,
    Finding,
    Held,
    OutcomeRules,
    Said,
    Surface,
    TransfusionFacts,
    Verdict,
    Window,
    WindowRule,
)
from domain.transfusion_validity import findings


@dataclass(frozen=True, slots=True)
class Body:
    """The body that the answer rests on; `blood_by` says which of the two rules gave the volume."""

    surface_m2: float | None
    surface_by: str  # a formula, "given", or "" where it is not known
    blood_l: float | None
    blood_by: str  # "weight", "surface", or ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the three measures: its value and what it must exceed; `effective` is None without a value."""

    name: str
    value: float | None
    limit: float

    @property
    def effective(self) -> bool | None:
        """Whether the value exceeds the limit."""
        return None if self.value is None else round(self.value, NOISE) > self.limit


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """One window: its measures, the verdict of the corrected increment, why there is none, and what else to know."""

    window: Window
    hours: float | None
    measures: tuple[Measure, ...]
    verdict: Verdict
    reasons: tuple[Said, ...]
    notes: tuple[Said, ...]

    def value(self, name: str) -> float | None:
        """The value of a measure."""
        return next(one.value for one in self.measures if one.name == name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole answer on one transfusion, with the table and the options that it rests on."""

    rules: str
    body: Body
    splenic_factor: float | None
    windows: tuple[WindowOutcome, WindowOutcome]
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> Held:
        """Whether the transfusion is one that may be judged: every condition holds."""
        held = {one.held for one in self.findings}
        return Held.VIOLATED if Held.VIOLATED in held else Held.UNKNOWN if Held.UNKNOWN in held else Held.MET

    def window(self, window: Window) -> WindowOutcome:
        """The answer for one window."""
        return next(one for one in self.windows if one.window is window)


# --- arithmetic -----------------------------------------------------------------------------------------------------


def body_surface(formula: Surface, weight_kg: float, height_cm: float) -> float:
    """Body surface in m² (Mosteller: √(cm × kg / 3600); Du Bois: 0.007184 × kg^0.425 × cm^0.725)."""
    if formula is Surface.MOSTELLER:
        return sqrt(height_cm * weight_kg / 3600)
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def body_of(facts: TransfusionFacts, rules: OutcomeRules) -> Body:
    """Body surface and blood volume, by weight where it is known, else by surface."""
    surface, by = facts.surface_m2, "given"
    if surface is None and facts.weight_kg is not None and facts.height_cm is not None:
        surface, by = body_surface(rules.surface, facts.weight_kg, facts.height_cm), rules.surface.value
    by = by if surface is not None else ""
    if facts.weight_kg is not None:
        return Body(surface, by, facts.weight_kg * rules.blood_ml_per_kg / 1000, "weight")
    if surface is not None:
        return Body(surface, by, surface * rules.blood_l_per_m2, "surface")
    return Body(None, "", None, "")


def corrected_increment(increment: float, surface_m2: float, content: float) -> float:
    """CCI in 10⁹/L: increment × body surface ÷ content in 10¹¹."""
    return increment * surface_m2 / content


def platelet_recovery(increment: float, blood_l: float, content: float, splenic_factor: float | None) -> float:
    """PPR (RTP) in percent: what of the content is found in the blood; over the splenic factor where one is used."""
    percent = 100 * increment * blood_l / (content * 100)
    return percent / splenic_factor if splenic_factor else percent


# --- the answer -----------------------------------------------------------------------------------------------------


def outcome(facts: TransfusionFacts, rules: OutcomeRules) -> Outcome:
    """What the transfusion did, by window, and whether it was valid; what is not known never counts."""
    body = body_of(facts, rules)
    return Outcome(
        rules.name,
        body,
        rules.splenic_factor,
        (_judge(Window.EARLY, facts, body, rules), _judge(Window.LATE, facts, body, rules)),
        findings(facts, rules),
    )


def _judge(window: Window, facts: TransfusionFacts, body: Body, rules: OutcomeRules) -> WindowOutcome:
    count, rule = facts.counts.get(window), rules.windows[window]
    minutes = (count.at - facts.ended_at) / timedelta(minutes=1) if count else None
    measures = _measures(count, facts, body, rule, rules)
    reasons = _reasons(window, count, minutes, facts, body, rules)
    cci = measures[1]
    verdict = Verdict.NOT_JUDGED if reasons else Verdict.EFFECTIVE if cci.effective else Verdict.INEFFECTIVE
    hours = None if minutes is None else minutes / 60
    return WindowOutcome(window, hours, measures, verdict, reasons, _notes(window, minutes, measures, verdict, rules))


def _measures(
    count: Count | None, facts: TransfusionFacts, body: Body, rule: WindowRule, rules: OutcomeRules
) -> tuple[Measure, Measure, Measure]:
    pi = count.value - facts.pre.value if count and facts.pre else None
    cci = ppr = None
    if pi is not None and facts.content:
        if body.surface_m2 is not None:
            cci = corrected_increment(pi, body.surface_m2, facts.content)
        if body.blood_l is not None:
            ppr = platelet_recovery(pi, body.blood_l, facts.content, rules.splenic_factor)
    return Measure("pi", pi, rule.min_pi), Measure("cci", cci, rule.min_cci), Measure("ppr", ppr, rule.min_ppr)


def _reasons(
    window: Window,
    count: Count | None,
    minutes: float | None,
    facts: TransfusionFacts,
    body: Body,
    rules: OutcomeRules,
) -> tuple[Said, ...]:
    """Why this window is not judged, every reason."""
    if count is None or minutes is None:
        return (Said(f"outcome_why.no_count_{window.value}"),)
    rule, found = rules.windows[window], list(_pre_reasons(facts, rules))
    if not rule.from_minutes <= minutes <= rule.until_minutes:
        limits = {"low": _hours(rule.from_minutes), "high": _hours(rule.until_minutes)}
        found.append(Said(f"outcome_why.outside_{window.value}", {"hours": _hours(minutes), **limits}))
    if not facts.content:
        found.append(Said("outcome_why.no_content"))
    if body.surface_m2 is None:
        found.append(Said("outcome_why.no_weight" if facts.weight_kg is None else "outcome_why.no_height"))
    if facts.bleeding is not False:
        found.append(Said("outcome_why.bleeding" if facts.bleeding else "outcome_why.bleeding_unknown"))
    since = facts.pre.at if facts.pre else facts.ended_at
    if any(since < other <= count.at for other in facts.others):
        found.append(Said("outcome_why.another_transfusion"))
    return tuple(found)


def _pre_reasons(facts: TransfusionFacts, rules: OutcomeRules) -> tuple[Said, ...]:
    if facts.pre is None:
        return (Said("outcome_why.no_pre"),)
    age = (facts.ended_at - facts.pre.at) / timedelta(hours=1)
    if age > rules.max_pre_age_hours:
        return (Said("outcome_why.pre_old", {"hours": round(age, 1), "limit": rules.max_pre_age_hours}),)
    return ()


def _hours(minutes: float) -> float:
    return round(minutes / 60, 2)


def _notes(
    window: Window,
    minutes: float | None,
    measures: tuple[Measure, Measure, Measure],
    verdict: Verdict,
    rules: OutcomeRules,
) -> tuple[Said, ...]:
    notes = []
    if window is Window.EARLY and minutes is not None and minutes < rules.early_note_minutes:
        notes.append(Said("outcome_note.early_sample", {"minutes": round(minutes)}))
    told = {one.effective for one in measures if one.effective is not None}
    if verdict is not Verdict.NOT_JUDGED and len(told) > 1:
        notes.append(Said("outcome_note.measures_differ"))
    return tuple(notes)
