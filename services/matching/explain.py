"""Donors of a page as data: values, reactions, grade, dates, flags and reasons (INTERFACES §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from domain.abo import relation, rhd_flag
from domain.eligibility import EligibilityRules, flags
from domain.evidence import NO_EVIDENCE, PatientEvidence
from domain.grading import GRADED_LOCI, Match
from domain.phenotype import LocusTyping
from domain.reaction import Reaction, Reactivity
from domain.reference import LOCI
from domain.typing_text import TypedValue
from domain.verdict import LISTED_VERDICTS, Requirement, Verdict
from models.donor import Donor
from services.donor_donations import Given, donations_of
from services.donors import donor_health
from services.evidence.telling import pair_json
from services.ipd.reasons import assigned_json
from services.matching.additions import additions_json
from services.matching.disagreements import disagreements
from services.matching.donor_rows import load_birth_dates, load_donors
from services.matching.engine import Matching
from services.matching.eplet_notes import EpletNotes
from services.matching.index import EPOCH, HPA_COLUMNS, NEVER_DAY, parse_pair
from services.matching.low_expression_notes import noted_values, raised_by
from services.matching.risk_notes import risk_of_entries, value_risk
from services.matching.shortlist import Ranking, Shortlist
from services.matching.sides import CregSides
from services.matching.tables import SUM_DECIMALS
from services.matching.untyped import untyped
from services.patients import Case
from services.rule_tables import abo_groups, rhd_rule

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What every donor of a page is explained against."""

    case: Case
    matching: Matching
    threshold_mfi: int
    on: date
    rules: EligibilityRules
    evidence: PatientEvidence = NO_EVIDENCE

    @property
    def loci(self) -> tuple[str, ...]:
        """The loci in scope."""
        return self.matching.directive.loci


class Explainer:
    """Explains donors; values and reactions are worked out once for each distinct typing."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._values: dict[tuple[str, str], list[Json]] = {}
        self._typings: dict[tuple[str, str], LocusTyping] = {}
        self._reactivities: dict[str, Reactivity] = {}
        self.eplets = EpletNotes(asked.matching.reading)
        self.sides = CregSides(asked.case.typings, asked.matching.reading.reference)

    def page(self, session: Session, ranking: Ranking, shortlist: Shortlist, first_rank: int) -> list[Json]:
        """The donors of a shortlist, ranked from `first_rank`."""
        index = ranking.index
        ids = [int(index.donor_id[row]) for row in shortlist.rows]
        donors, donations = load_donors(session, ids), donations_of(session, ids)
        births = load_birth_dates(session, [i for i in ids if donors[i].eligible_from_day == NEVER_DAY])
        found = []
        for place, donor_id in enumerate(ids):
            donor = donors[donor_id]
            day = int(shortlist.first_eligible_day[place])
            entry = self.donor(
                donor,
                verdict=LISTED_VERDICTS[int(shortlist.verdicts[place])],
                strong_possible=bool(shortlist.strong_possible[place]),
                first_eligible_on=None if day == NEVER_DAY else EPOCH + timedelta(days=day),
                birth_date_unknown=donor.eligible_from_day == NEVER_DAY and births.get(donor_id) is None,
                donations=donations.get(donor_id, ()),
            )
            found.append({"rank": first_rank + place, **entry})
        return found

    def donor(
        self,
        donor: Donor,
        *,
        verdict: Verdict,
        strong_possible: bool,
        first_eligible_on: date | None,
        birth_date_unknown: bool,
        donations: Sequence[Given] = (),
    ) -> Json:
        """One donor, without a rank and without identity."""
        parts = dict(zip(LOCI, donor.phenotype_key.split("^"), strict=True))
        in_scope = [value for locus in self.asked.loci for value in self.values(locus, parts[locus])]
        outside = [
            value for locus in LOCI if locus not in self.asked.loci for value in self.values(locus, parts[locus])
        ]
        birth = None if birth_date_unknown else EPOCH  # that it is known is all that flags ask of it
        health = donor_health(vars(donor), birth_date=birth, donations=donations)
        measured = self._measured(parts, in_scope)
        raised = [*flags(health, self.asked.rules), *self._flags(donor, parts, in_scope, outside)]
        raised += disagreements(measured, in_scope, self.asked.threshold_mfi)
        return {
            "donor_number": donor.donor_number,
            "verdict": verdict.value,
            **measured,
            "abo": relation(self.asked.case.patient.abo, donor.abo, abo_groups()),
            "abo_group": donor.abo,
            "rhd": donor.rhd,
            "cmv": donor.cmv,
            "region": donor.region,
            "centre": donor.centre,
            "first_eligible_on": first_eligible_on,
            "strong_possible": strong_possible,
            "flags": ["strong_possible", *raised] if strong_possible else raised,
            "values": noted_values(donor.low_expression, in_scope),
            "out_of_scope_values": noted_values(donor.low_expression, outside),
            **_platelet_typing(donor),
            "reasons": self.reasons(donor, verdict, in_scope),
            "evidence": pair_json(self.asked.evidence.of(donor.id or 0)),
        }

    def _measured(self, parts: Mapping[str, str], in_scope: Sequence[Json]) -> Json:
        """The grade, the two sums and the eplet loads donors are ranked by; the loads None where not known."""
        grades = self.sides.grades([self.typing(locus, parts[locus]) for locus in GRADED_LOCI])
        grade = grades[self.asked.matching.matcher.family]
        highs = [value["high"] for value in in_scope if value["high"] is not None]
        summed = sum(high for high in highs if high >= self.asked.matching.sum_floor_mfi)
        return {
            "grade": grade["grade"],
            "grade_certain": grade["certain"],
            "creg_grades": grades,
            "risk": risk_of_entries(in_scope),
            "max_mfi": plain(max(highs, default=0)),
            "sum_mfi": plain(round(summed, SUM_DECIMALS)),
            **self.eplets.loads([self.typing(locus, parts[locus]) for locus in self.asked.loci]),
        }

    def typing(self, locus: str, part: str) -> LocusTyping:
        """The typing of one locus from its part of the phenotype key."""
        key = (locus, part)
        if key not in self._typings:
            self._typings[key] = parse_pair(part, locus, self.asked.matching.reading.reference)
        return self._typings[key]

    def reactivity(self, value: TypedValue) -> Reactivity:
        """The reactivity of a value, as the engine has it where it has it."""
        tables = self.asked.matching.loci.get(value.locus)
        if tables is not None and value.canonical in tables.by_name:
            return tables.by_name[value.canonical]
        if value.canonical not in self._reactivities:
            self._reactivities[value.canonical] = self.asked.matching.reading.react(value)
        return self._reactivities[value.canonical]

    def values(self, locus: str, part: str) -> list[Json]:
        """The different values of one locus, and an entry for each position that is not typed."""
        key = (locus, part)
        if key not in self._values:
            typing = self.typing(locus, part)
            entries = [self._value(typing, value) for value in typing.distinct()]
            missing = sum(value is None for value in typing.values)
            self._values[key] = entries + [untyped(locus) for _ in range(missing)]
        return self._values[key]

    def _value(self, typing: LocusTyping, value: TypedValue) -> Json:
        reactivity = self.reactivity(value)
        match = self.asked.matching.matcher.match(value)
        return {
            "locus": value.locus,
            "typed": value.canonical,
            "kind": value.kind.value,
            "antigens": sorted(value.antigens),
            "assigned": assigned_json(value, self.asked.matching.reading.reference),
            "match": match.match.value if match else None,
            "match_certain": match.certain if match else True,
            "reaction": reactivity.at(self.asked.threshold_mfi).value,
            "basis": reactivity.basis_at(self.asked.threshold_mfi).name.lower(),
            **additions_json(self.asked.matching.reading, value),
            "low": plain(reactivity.low),
            "high": plain(reactivity.high),
            "reactive_eplets": self.eplets.reactive(value, self.asked.threshold_mfi),
            **value_risk(self.asked.matching.risks, reactivity, self.asked.threshold_mfi),
            "beads": [bead.allele for bead in reactivity.beads],
            "bead_mfi": {bead.allele: plain(bead.mfi) for bead in reactivity.beads},
            "homozygous": len(typing.distinct()) == 1 and typing.is_typed,
            "blank": typing.blank,
        }

    def _flags(
        self, donor: Donor, parts: Mapping[str, str], in_scope: Sequence[Json], outside: Sequence[Json]
    ) -> list[str]:
        """What to look at in this pair."""
        patient, on = self.asked.case.patient, self.asked.on
        raised = []
        if rhd_flag(
            rhd_rule(on),
            patient_rhd=patient.rhd,
            patient_sex=patient.sex,
            donor_rhd=donor.rhd,
            on=on,
            patient_birth_date=date.fromisoformat(patient.birth_date) if patient.birth_date else None,
        ):
            raised.append("rhd_positive_donor")
        if any(value["reaction"] in (Reaction.POSITIVE, Reaction.UNDECIDED) for value in outside):
            raised.append("c_antibody")
        raised += raised_by(donor.low_expression, in_scope)
        raised.append("irradiate_or_pathogen_reduce")
        if all(self._shares_both_haplotypes(locus, parts[locus]) for locus in GRADED_LOCI):
            raised.append("tagvhd_risk")
        return raised

    def _shares_both_haplotypes(self, locus: str, part: str) -> bool:
        """Whether the donor is homozygous at the locus for what the patient has, or may be."""
        entries = self.values(locus, part)
        alike = {Match.IDENTICAL, Match.POSSIBLY_IDENTICAL}
        return len(entries) == 1 and bool(entries[0].get("homozygous")) and entries[0]["match"] in alike

    def reasons(self, donor: Donor, verdict: Verdict, in_scope: Sequence[Json]) -> list[Json]:
        """Why the verdict is what it is, as codes and values."""
        found = [reason for value in in_scope if (reason := self._value_reason(value, verdict))]
        found += self._rule_reasons(donor, verdict)
        if verdict is Verdict.COMPATIBLE:
            highest = max((value["high"] or 0 for value in in_scope), default=0)
            why = _reason("no_antibody_at_threshold", threshold_mfi=self.asked.threshold_mfi, high_mfi=highest)
            found.insert(0, why)
        return found

    def _value_reason(self, value: Json, verdict: Verdict) -> Json | None:
        said = {"typed": value["typed"], "locus": value["locus"]}
        measured = {
            "added": ", ".join(value["additions"]),
            "high_mfi": value["high"],
            "threshold_mfi": self.asked.threshold_mfi,
            "basis": value["basis"],
        }
        reached = (value["high"] or 0) >= self.asked.threshold_mfi
        if value["reaction"] == "untyped":
            return _reason("position_not_typed", locus=value["locus"]) if verdict is not Verdict.BLOCKED else None
        if value["reaction"] == Reaction.POSITIVE:
            code = "value_positive" if reached else f"value_positive_by_{value['added_by']}"
            return _reason(code, **said, **measured, beads=", ".join(value["beads"]))
        if value["reaction"] == Reaction.UNTESTED and verdict is not Verdict.BLOCKED:
            carries_none = value["reactive_eplets"] == []  # None: nobody knows
            return _reason("value_untested_no_eplet" if carries_none else "value_untested", **said)
        if value["reaction"] == Reaction.UNDECIDED and verdict is not Verdict.BLOCKED:
            doubted = f"value_undecided_by_{value['added_by']}" if value["additions"] else "value_undecided_in_part"
            if value["basis"] == "eplet" and not reached:
                return _reason("value_undecided_by_eplet", **said, eplets=", ".join(value["reactive_eplets"] or ()))
            code = "value_undecided" if reached else doubted
            return _reason(code, **said, **measured, beads=", ".join(value["beads"]))
        return None

    def _rule_reasons(self, donor: Donor, verdict: Verdict) -> list[Json]:
        rules = self.asked.matching.rules
        systems = donor.class_key.split("\t")[2].split(",")
        typed = dict(zip(HPA_COLUMNS, systems, strict=True))
        asked = [("hpa", name, rule, typed.get(name, "")) for name, rule in rules.hpa.items()]
        if rules.cd36 is not None:
            asked.append(("cd36", "CD36", rules.cd36, donor.class_key.split("\t")[3]))
        if rules.abo is not None:
            asked.append(("abo", "ABO", rules.abo, donor.abo or ""))
        return [
            _reason(f"{kind}_{state.value}", subject=name, typed=text)
            for kind, name, rule, text in asked
            if (state := rule(text)) is not Requirement.MISSING or verdict is not Verdict.BLOCKED
        ]


def _platelet_typing(donor: Donor) -> Json:
    hpa = {name: getattr(donor, name.lower().replace("-", "_")) or None for name in HPA_COLUMNS}
    return {"hpa": hpa, "cd36": donor.cd36 or None}


def _reason(code: str, **params: object) -> Json:
    return {"code": code, "params": {name: value for name, value in params.items() if value is not None}}


def plain(number: float | None) -> float | int | None:
    """A whole number as an integer, as people read an MFI."""
    return int(number) if number is not None and float(number).is_integer() else number
