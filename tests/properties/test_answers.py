"""The answers people get (services, JSON, commands) against the oracle, from files imported into a database."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from services.explanations import explain_donor
from services.matching.snapshots import SnapshotStore, current_index
from services.searches import search_patient, sweep_patient
from tests.oracle import counts, ranking
from tests.oracle.reactivity import POSITIVE, UNDECIDED
from tests.oracle.values import distinct, parse_value
from tests.oracle.verdict import BLOCKED, VERDICTS, remembering, verdict
from tests.properties import instances, registries
from tests.properties import strategies as mine
from tests.properties.registries import ON
from tests.properties.situations import oracle_case, situations
from tests.small_registry import ZONE

RELAXED = {
    "deadline": None,
    "suppress_health_check": [
        HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture,
    ],
}  # fmt: skip
POLICIES = ("identity-first", "antibody-first")


def site_situations(**sizes):
    """Situations whose directive every site takes: one that names an eplet asks for a table that knows it."""
    return situations(**sizes).map(
        lambda one: replace(
            one,
            added=tuple(name for name in one.added if not name.startswith("eplet:")),
            removed=tuple(name for name in one.removed if not name.startswith("eplet:")),
        )
    )


class Instance:
    """One application; each situation becomes its registry and adds a patient."""

    def __init__(self, app):
        self.app = app
        self.runtime = app.extensions["phenotheque"]
        self.store = SnapshotStore(self.runtime.snapshots_path)
        self.patients = 0

    def load(self, situation):
        self.patients += 1
        number = f"P{self.patients:04}"
        with self.runtime.engines.write_session() as session:
            instances.put(session, situation, number)
        with self.runtime.engines.read_session() as session:
            current_index(session, self.store)  # rebuilt now, so that no answer has to say so
        return number

    def ask(self, question, number, **asked):
        with self.runtime.engines.read_session() as session:
            if question is not sweep_patient:
                asked["zone"] = ZONE
            answer = question(session, self.store, patient_number=number, on=ON, locale="en", **asked)
        answer.pop("search", None)  # the id of this very answer, another each time
        return answer

    def command(self, *words):
        result = self.app.test_cli_runner().invoke(args=[*words, "--on", ON.isoformat(), "--format", "json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def instance(app):
    return Instance(app)


@pytest.fixture
def postgres_instance(app_on, postgres_url):
    return Instance(app_on(postgres_url))


class Expected:
    """The oracle's answers for a situation."""

    def __init__(self, situation):
        self.case = oracle_case(situation)
        self.donors = registries.oracle_donors(situation.rows())
        self.reacts = remembering(self.case.serum)
        every = mine.thresholds_around(bead.mfi for bead in self.case.serum.beads)
        self.thresholds = every[:: max(1, len(every) // 4)]

    def counts(self, threshold):
        found = counts.count(self.donors, self.case, self.reacts, threshold, ON)
        shown = {name: {key: c[key] for key in (*VERDICTS, "available")} for name, c in found.items()}
        return {"national": shown.pop("national"), "regions": shown}

    def gains(self, threshold):
        heights = counts.openers(self.case.serum, self.case.scope, threshold)
        return {
            (threshold, antigen, heights[antigen]): {
                name: {key: c[key] for key in ("from_blocked", "from_possible")} for name, c in regions.items()
            }
            for antigen, regions in counts.gains(self.donors, self.case, threshold).items()
        }

    def settles(self, threshold):
        found = counts.typing_could_settle(self.donors, self.case, self.reacts, threshold)
        return {(threshold, *key): number for key, number in found.items()}

    def ranked(self, threshold, policy):
        return ranking.rank(self.donors, self.case, self.reacts, threshold, ON, policy)

    def entry(self, donor, threshold):
        """What the answers show of one donor."""
        ranked = ranking.describe(donor, self.case, self.reacts, threshold, ON)
        return {
            "donor_number": ranked.number,
            "verdict": ranked.verdict,
            "grade": ranked.grade.name,
            "grade_certain": ranked.grade.certain,
            "max_mfi": ranked.max_mfi,
            "sum_mfi": ranked.sum_mfi,
            "eplet_load": ranked.eplet_loads and ranked.eplet_loads[0],
            "verified_eplet_load": ranked.eplet_loads and ranked.eplet_loads[1],
            "abo": ranked.abo,
            "region": ranked.region or None,
            "first_eligible_on": ranked.first_on and ranked.first_on.isoformat(),
            "values": list(self.values(ranked, donor)),
        }

    def values(self, ranked, donor):
        for value, reaction in ranked.reactions:
            yield {
                "typed": value.key,
                "antigens": sorted(value.antigens),
                "match": self.match(ranked, value),
                "reaction": reaction.state,
                "basis": reaction.basis or "null",
                "low": reaction.low,
                "high": reaction.high,
                "beads": list(reaction.beads),
            }
        for name in self.case.scope:
            for position in (donor.loci[name].first, donor.loci[name].second):
                if position is None:
                    yield {"typed": None, "reaction": "untyped"}

    def match(self, ranked, value):
        return ranked.grade.matches.get((value.locus, value.key), "ungraded")

    def warns_of_c(self, donor, threshold):
        """§5: outside the scope, a C value positive or undecided at T is a flag."""
        locus = donor.loci["C"]
        values = distinct([v for v in (locus.first, locus.second) if v is not None])
        states = {self.reacts(value, threshold).state for value in values}
        return "C" not in self.case.scope and bool(states & {POSITIVE, UNDECIDED})


def shown(entry):
    """An entry of the answer in the words of `Expected.entry`."""
    kept = {name: entry[name] for name in ("donor_number", "verdict", "grade", "grade_certain", "max_mfi", "sum_mfi",
                                           "eplet_load", "verified_eplet_load", "abo", "region")}  # fmt: skip
    first = entry["first_eligible_on"]
    kept["first_eligible_on"] = first if first is None or isinstance(first, str) else first.isoformat()
    kept["values"] = [shown_value(value) for value in entry["values"]]
    return kept


def shown_value(value):
    if value["reaction"] == "untyped":
        assert (value["low"], value["high"], value["beads"]) == (None, None, [])
        return {"typed": None, "reaction": "untyped"}
    kept = {name: value[name] for name in ("antigens", "match", "reaction", "basis", "low", "high")}
    graded = value["locus"] in "AB" and value["match"] is not None
    return {
        "typed": parse_value(value["typed"]).key,
        **kept,
        "match": value["match"] if graded else "ungraded",
        "basis": value["basis"] or "null",
        "beads": sorted(value["beads"]),
    }


def without_order(entry):
    return entry | {"values": sorted(entry["values"], key=lambda value: value["typed"] or "")}


def hold_sweep(instance, expected, number):
    answer = instance.ask(sweep_patient, number, thresholds=expected.thresholds)
    assert [entry["mfi"] for entry in answer["thresholds"]] == expected.thresholds
    for entry in answer["thresholds"]:
        assert {key: entry[key] for key in ("national", "regions")} == expected.counts(entry["mfi"]), entry["mfi"]
    gained = {(g["mfi"], g["specificity"], g["max_mfi"]): g["regions"] | {"national": g["national"]}
              for g in answer["gains"]}  # fmt: skip
    settled = Counter()
    for one in answer["typing_could_settle"]:
        settled[one["mfi"], one["locus"], parse_value(one["typed"]).key] += one["national"]
    gains_wanted, settled_wanted = {}, {}
    for threshold in expected.thresholds:
        gains_wanted |= expected.gains(threshold)
        settled_wanted |= expected.settles(threshold)
    assert gained == gains_wanted
    assert dict(settled) == settled_wanted
    assert answer["active_donors"] == sum(donor.active for donor in expected.donors)
    return answer


def hold_search(instance, expected, number, threshold, policy):
    answer = instance.ask(search_patient, number, threshold=threshold, policy=policy, limit=0)
    listed = expected.ranked(threshold, policy)
    assert [d["donor_number"] for d in answer["donors"]] == [d.number for d in listed]
    assert [d["rank"] for d in answer["donors"]] == list(range(1, len(listed) + 1))
    by_number = {donor.number: donor for donor in expected.donors}
    for entry in answer["donors"]:
        donor = by_number[entry["donor_number"]]
        assert without_order(shown(entry)) == without_order(expected.entry(donor, threshold))
        assert ("c_antibody" in entry["flags"]) == expected.warns_of_c(donor, threshold)
    assert answer["counts"] == expected.counts(threshold)
    national = answer["counts"]["national"]
    assert Counter(d["verdict"] for d in answer["donors"]) == Counter(
        {name: national[name] for name in VERDICTS if name != BLOCKED and national[name]}
    )
    return answer


def hold_explanations(instance, expected, number, threshold):
    for donor in expected.donors[:12]:
        entry = instance.ask(explain_donor, number, threshold=threshold, donor_number=donor.number)["donor"]
        wanted = expected.entry(donor, threshold)
        assert wanted["verdict"] == verdict(donor, expected.case, expected.reacts, threshold)
        assert without_order(shown(entry)) == without_order(wanted)


def hold_commands(instance, number, threshold, swept, searched):
    """The commands print what the services answer."""
    thresholds = ",".join(str(entry["mfi"]) for entry in swept["thresholds"])
    printed = instance.command("sweep", number, "--thresholds", thresholds)
    assert printed == json.loads(json.dumps(swept, default=str))
    printed = instance.command("search", number, "--threshold", str(threshold), "--limit", "0")
    assert printed.pop("search")
    assert printed == json.loads(json.dumps(searched, default=str))


def hold_pages(instance, number, threshold, searched):
    """A page is a slice of the list; one region lists its own donors in the same order."""
    page = instance.ask(search_patient, number, threshold=threshold, limit=7, offset=5)["donors"]
    assert page == searched["donors"][5:12]
    for region in searched["counts"]["regions"]:
        here = instance.ask(search_patient, number, threshold=threshold, limit=0, region=region)["donors"]
        wanted = [d for d in searched["donors"] if (d["region"] or "unassigned") == region]
        assert [d | {"rank": 0} for d in here] == [d | {"rank": 0} for d in wanted]


def hold_all(instance, situation):
    number, expected = instance.load(situation), Expected(situation)
    threshold = expected.thresholds[-2]
    swept = hold_sweep(instance, expected, number)
    for policy in reversed(POLICIES):
        searched = hold_search(instance, expected, number, threshold, policy)
    hold_explanations(instance, expected, number, threshold)
    hold_commands(instance, number, threshold, swept, searched)
    hold_pages(instance, number, threshold, searched)


@settings(max_examples=12, **RELAXED)
@given(site_situations(most_donors=60))
def test_answers_are_the_oracles(instance, situation):
    hold_all(instance, situation)


@settings(max_examples=6, **RELAXED)
@given(site_situations(most_donors=60))
def test_the_same_file_twice_changes_nothing(instance, situation):
    number = instance.load(situation)
    before = instance.ask(search_patient, number, threshold=1000, limit=0)
    with instance.runtime.engines.write_session() as session:
        again = instances.put_donors(session, situation)
    assert (again.created, again.updated, again.refused, again.deactivated) == (0, 0, 0, 0)
    assert again.unchanged == again.rows
    assert instance.ask(search_patient, number, threshold=1000, limit=0) == before


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=60, **RELAXED)
@given(site_situations(most_donors=200))
def test_answers_at_length(instance, situation):
    hold_all(instance, situation)


@pytest.mark.postgres
@pytest.mark.timeout(1800)
@settings(max_examples=40, **RELAXED)
@given(site_situations(most_donors=60))
def test_answers_on_postgresql(postgres_instance, situation):
    hold_all(postgres_instance, situation)
