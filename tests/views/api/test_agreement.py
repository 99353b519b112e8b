"""The API, the command and the page give the same counts, and the list is as long as they say."""

import json
import random

import pytest

from tests.demo_site import Page, take_keys
from tests.logins import log_in

PATIENTS = ("DEMO-P1", "DEMO-P2", "DEMO-P4")
DRAWN = random.Random(3)
CASES = [(patient, DRAWN.randint(300, 15_000)) for patient in PATIENTS for _ in range(10)]
FEW = CASES[::4]


@pytest.fixture(scope="module")
def by_command(api_demo):
    """The counts of `flask sweep`, for each patient."""
    take_keys(api_demo)
    found = {}
    for patient in PATIENTS:
        wanted = ",".join(str(mfi) for name, mfi in CASES if name == patient)
        words = ["sweep", patient, "--thresholds", wanted, "--format", "json"]
        result = api_demo.test_cli_runner().invoke(args=words)
        assert result.exit_code == 0, result.output
        found |= {(patient, entry["mfi"]): entry for entry in json.loads(result.stdout)["thresholds"]}
    return found


@pytest.mark.parametrize(
    ("patient", "mfi"), [one if one in FEW else pytest.param(*one, marks=pytest.mark.slow) for one in CASES]
)
def test_the_three_doors_count_alike(site, call, by_command, patient, mfi):
    entry = by_command[patient, mfi]
    swept = call("GET", f"/api/v1/patients/{patient}/sweep?thresholds={mfi}").json["thresholds"]
    assert swept == [entry]
    searched = call("POST", "/api/v1/searches", status=201, json={"patient": patient, "threshold": mfi, "limit": 1000})
    assert searched.json["counts"] == {name: entry[name] for name in ("national", "regions")}
    listed = sum(entry["national"][verdict] for verdict in ("compatible", "possible", "unknown"))
    assert len(searched.json["donors"]) == min(listed, 1000)
    page = log_in(site.test_client(), site).get(f"/patients/{patient}?threshold={mfi}").get_data(as_text=True)
    assert counts_of_page(page, mfi) == entry["national"]


def counts_of_page(html: str, mfi: int) -> dict[str, int]:
    """The national counts that the page's slider has at a threshold."""
    live = Page(html).live
    place = next(place for place, level in enumerate(live["thresholds"]) if level >= mfi)
    return dict(zip(live["keys"], live["places"][""][place], strict=True))


def test_a_donor_is_explained_as_the_command_does(site, call):
    body = {"patient": "DEMO-P1", "threshold": 2000, "limit": 1}
    number = call("POST", "/api/v1/searches", status=201, json=body).json["donors"][0]["donor_number"]
    words = ["explain", "DEMO-P1", number, "--threshold", "2000", "--format", "json"]
    said = json.loads(site.test_cli_runner().invoke(args=words).stdout)
    assert call("GET", f"/api/v1/patients/DEMO-P1/donors/{number}?threshold=2000").json == said
