"""Page, list, exports, command and API give the same counts for the same patient at the same threshold."""

import csv
import io
import json
import random
from collections import Counter

import pytest
from python_calamine import CalamineWorkbook

from tests.demo_site import Page
from tests.logins import log_in
from tests.oracle import shared_files

ENGLISH = {"Accept-Language": "en"}
LISTED = ("compatible", "possible", "unknown")
DRAWN = random.Random(20261122)
THRESHOLDS = sorted(DRAWN.sample(range(200, 12_000), 10))


class Doors:
    """Every way to ask for the counts of one patient at one threshold."""

    def __init__(self, app, patient: str, on: str) -> None:
        self.client, self.runner = log_in(app.test_client(), app), app.test_cli_runner()
        self.patient, self.on = patient, on

    def read(self, address: str):
        answer = self.client.get(address, headers=ENGLISH, buffered=True)  # a long file waits on the disk: close it
        assert answer.status_code == 200, address
        return answer

    def page(self, mfi: int) -> tuple[dict[str, int], int]:
        """The national counts that the slider has, and the length that the list's title says."""
        page = Page(self.read(f"/patients/{self.patient}?threshold={mfi}&on={self.on}").get_data(as_text=True))
        place = next(at for at, level in enumerate(page.live["thresholds"]) if level >= mfi)
        counts = dict(zip(page.live["keys"], page.live["places"][""][place], strict=True))
        [ranked] = [one.text for one in page.elements if "data-ranked" in one.attributes]
        return counts, int("".join(sign for sign in ranked if sign.isdigit()))

    def exported(self, kind: str, mfi: int) -> Counter:
        """How many donors of each verdict the file of the whole list holds."""
        data = self.read(f"/patients/{self.patient}/export/list.{kind}?{self.query(mfi)}&verdict=all").data
        if kind == "csv":
            rows = list(csv.reader(io.StringIO(data.decode("utf-8"))))
        else:
            rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        head = next(at for at, row in enumerate(rows) if "Verdict" in row)
        column = rows[head].index("Verdict")
        return Counter(row[column] for row in rows[head + 1 :])

    def query(self, mfi: int) -> str:
        return f"threshold={mfi}&on={self.on}&profile=international"

    def swept_file(self, mfi: int) -> dict[str, int]:
        """The national counts of the file of thresholds."""
        data = self.read(f"/patients/{self.patient}/export/sweep.csv?{self.query(mfi)}").data.decode("utf-8")
        [row] = [
            row
            for row in csv.DictReader(io.StringIO(data))
            if row["Threshold (MFI)"] == str(mfi) and row["Region"] == "whole country"
        ]
        return {name: int(row[name.capitalize()]) for name in (*LISTED, "blocked")}

    def command(self, *words: object) -> dict:
        result = self.runner.invoke(args=[*map(str, words), "--on", self.on, "--format", "json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def api(self, mfi: int) -> dict:
        answer = self.read(f"/api/v1/patients/{self.patient}/sweep?thresholds={mfi}&on={self.on}")
        return answer.json["thresholds"][0]


def hold_counts(doors: Doors, mfi: int) -> dict[str, int]:
    """Ask at every door that gives counts; whatever differs fails."""
    entry = doors.command("sweep", doors.patient, "--thresholds", mfi)["thresholds"][0]
    national = entry["national"]
    counts, ranked = doors.page(mfi)
    assert counts == national
    assert doors.api(mfi) == entry
    assert doors.swept_file(mfi) == {name: national[name] for name in (*LISTED, "blocked")}
    assert ranked == national["compatible"] + national["possible"]
    return national


def hold_lists(doors: Doors, mfi: int, national: dict[str, int], kinds=("csv", "xlsx")) -> None:
    """Count the whole lists, donor by donor, against the counts."""
    listed = doors.command("search", doors.patient, "--threshold", mfi, "--limit", 0)["donors"]
    verdicts = Counter(donor["verdict"] for donor in listed)
    assert verdicts == Counter({name: national[name] for name in LISTED if national[name]})
    for kind in kinds:
        found = doors.exported(kind, mfi)
        assert sorted(found.values()) == sorted(verdicts.values())
        assert found["compatible"] == national["compatible"]


@pytest.mark.parametrize("mfi", [THRESHOLDS[3], *(pytest.param(mfi, marks=pytest.mark.slow) for mfi in THRESHOLDS)])
@pytest.mark.parametrize("patient", ["DEMO-P1", "DEMO-P4", "DEMO-P6"])
def test_every_door_counts_alike_on_the_demo(demo_site, patient, mfi):
    doors = Doors(demo_site, patient, "2026-11-22")
    hold_lists(doors, mfi, hold_counts(doors, mfi))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_door_counts_alike_on_the_real_registry(app, runner, shared_path):
    donors = [shared_path / "data" / "donors" / name for name in shared_files.DONOR_FILES]
    patients = shared_path / "data" / "patients" / "patients.csv"
    sera = shared_path / "data" / "antibodies" / "matchit_class1_6_patients.csv"
    for command, files in (("donors", donors), ("patients", [patients]), ("antibodies", [sera])):
        for file in files:
            assert runner.invoke(args=[command, "import", str(file)]).exit_code == 0
    for patient in ("P0002", "P0003", "P0005"):
        doors = Doors(app, patient, "2026-11-22")
        counted = {mfi: hold_counts(doors, mfi) for mfi in DRAWN.sample(THRESHOLDS, 3)}
        # Writing every donor out says the same at each threshold: once a patient, where the list is shortest, and as a
        # workbook too where it has fewer than 20,000 rows (a row takes a millisecond).
        length, mfi = min((sum(national[name] for name in LISTED), mfi) for mfi, national in counted.items())
        assert length > 0
        hold_lists(doors, mfi, counted[mfi], ("csv", "xlsx") if length < 20_000 else ("csv",))
