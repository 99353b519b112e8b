"""The acceptance numbers again, from the real files to the printed JSON: import, sweep and search by the commands."""

import csv
import json

import pytest

from tests.oracle import shared_files
from tests.properties.test_oracle_acceptance import COUNTS, GAINS, RETYPED, numbers

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(1800)]
ON = ("--on", "2026-11-22")


class Commands:
    """Runs commands; answers are their JSON."""

    def __init__(self, runner):
        self.runner = runner

    def run(self, *words):
        result = self.runner.invoke(args=[str(word) for word in words])
        assert result.exit_code == 0, result.output
        return result.stdout

    def sweep(self, patient, thresholds, loci="A,B", sample=()):
        words = ["sweep", patient, "--thresholds", ",".join(map(str, thresholds)), "--loci", loci, *ON, *sample]
        return json.loads(self.run(*words, "--format", "json"))

    def line(self, patient, threshold, loci="A,B", sample=()):
        national = self.sweep(patient, [threshold], loci, sample)["thresholds"][0]["national"]
        return tuple(national[name] for name in ("compatible", "possible", "unknown", "blocked", "available"))


@pytest.fixture
def commands(runner, shared_path):
    commands = Commands(runner)
    for name in shared_files.DONOR_FILES:
        commands.run("donors", "import", shared_path / "data" / "donors" / name)
    commands.run("patients", "import", shared_path / "data" / "patients" / "patients.csv")
    commands.run("antibodies", "import", shared_path / "data" / "antibodies" / "matchit_class1_6_patients.csv")
    return commands


def retyped_file(path, patient, column, new):
    """patients.csv with one cell changed."""
    rows = [
        row | {column: new} if row["patient_number"] == patient else row
        for row in shared_files.read_patients().values()
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def hold_counts(commands):
    for patient, threshold, loci, expected in COUNTS:
        assert commands.line(patient, threshold, loci) == numbers(expected), (patient, threshold, loci)


def hold_gains(commands):
    for patient, threshold, specificity, blocked, possible in GAINS:
        found = {one["specificity"]: one["national"] for one in commands.sweep(patient, [threshold])["gains"]}
        assert found[specificity] == {"from_blocked": blocked, "from_possible": possible}, (patient, specificity)


def hold_lists(commands):
    """The list is as long as the counts say, verdict by verdict, and every rank is there once."""
    for patient, threshold in (("P0002", 2000), ("P0003", 5000), ("P0006", 500)):
        words = ["search", patient, "--threshold", threshold, "--limit", 0, *ON, "--format", "json"]
        answer = json.loads(commands.run(*words))
        verdicts = [donor["verdict"] for donor in answer["donors"]]
        for name in ("compatible", "possible", "unknown"):
            assert verdicts.count(name) == answer["counts"]["national"][name]
        assert [donor["rank"] for donor in answer["donors"]] == list(range(1, len(verdicts) + 1))


def hold_fewer_beads(commands, folder):
    """P0005 without its B*35, B*14 and B*49 beads, as a table of two columns."""
    serum = shared_files.read_sera()["19s05246"]
    kept = [(a, mfi) for a, mfi in serum.items() if a.split(":")[0] not in ("B*35", "B*14", "B*49")]
    path = folder / "fewer.csv"
    path.write_text("".join(f"{allele};{mfi:g}\n" for allele, mfi in kept), encoding="utf-8")
    commands.run("antibodies", "import", path, "--patient", "P0005", "--sample", "FEWER", "--date", "2020-01-01")
    expected = numbers("23289 / 0 / 15054 / 8926 (17282)")
    assert commands.line("P0005", 2000, sample=("--sample", "FEWER")) == expected


def test_the_real_files_give_the_acceptance_numbers(commands, tmp_path):
    hold_counts(commands)
    hold_gains(commands)
    hold_lists(commands)
    hold_fewer_beads(commands, tmp_path)
    for patient, column, new, expected in RETYPED:
        commands.run("patients", "import", retyped_file(tmp_path / "patients.csv", patient, column, new))
        sample = ("--sample", shared_files.read_patients()[patient]["antibody_sample"])
        assert commands.line(patient, 1000, sample=sample) == numbers(expected), (patient, column)
