"""Transfusions over the API: recorded and judged as by the form, read in parts, and no note ever answered."""

import pytest

ADDRESS = "/api/v1/patients/BARE-1/transfusions"
GOOD = {
    "ended_at": "2026-11-20T10:00+01:00", "content": 4, "age_hours": 40.5, "selection": "random", "product_abo": "A",
    "pre_count": 5, "pre_at": "2026-11-20T08:30", "count_1h": 20, "count_1h_at": "2026-11-20T11:00", "weight_kg": 72,
    "height_cm": 162, "causes": {"bleeding": False, "fever": True}, "note": "Quoxname called",
}  # fmt: skip


@pytest.fixture(scope="session")
def made(api_demo):
    """The codes of three transfusions recorded once, in the order of time."""
    return []


@pytest.fixture
def codes(call, made):
    if not made:
        for day in (20, 21, 22):
            clock = {name: f"2026-11-{day}T{hour}" for name, hour in (("pre_at", "05:30"), ("count_1h_at", "07:00"))}
            body = {**GOOD, **clock, "ended_at": f"2026-11-{day}T06:00+01:00"}
            made.append(call("POST", ADDRESS, status=201, json=body))
    return [one.json["code"] for one in made]


def test_the_worked_check_is_recorded_and_read_again(call, codes, made):
    first = made[0]
    outcome = first.json["outcome"]
    early = outcome["windows"][0]
    assert early["measures"]["cci"] == {"value": 6.75, "limit": 7.5, "effective": False}
    assert outcome["windows"][1]["reasons"][0]["message"] == "No count about 24 h after."
    assert (outcome["body"]["surface_m2"], outcome["valid"]) == (1.8, "violated")  # 72 kg need 5.14
    assert first.json["causes"] == {"bleeding": False, "fever": True}
    assert first.json["ended_at"] == "2026-11-20T05:00:00Z"
    assert call("GET", first.headers["Location"]).json["outcome"] == outcome
    assert "Quoxname" not in first.get_data(as_text=True)


def test_they_are_listed_latest_first_in_parts_with_the_state_they_make(call, codes):
    read, address = [], f"{ADDRESS}?limit=1"
    while address:
        found = call("GET", address)
        read += [one["code"] for one in found.json["items"]]
        address = found.headers["Link"].partition("<")[2].partition(">")[0] if found.json["next"] else None
    assert read == codes[::-1]
    assert (found.json["patient"], found.json["state"], found.json["lead"]) == ("BARE-1", "not_known", None)
    assert call("GET", f"{ADDRESS}?after=nothing", status=422).json["code"] == "cursor_unknown"
    demo = call("GET", "/api/v1/patients/DEMO-P2/transfusions").json
    assert (demo["state"], demo["lead"], len(demo["items"])) == ("refractory", "immune", 3)


def test_the_same_again_is_refused_and_every_fault_has_its_pointer(call, codes):
    again = call(
        "POST",
        ADDRESS,
        status=422,
        json={**GOOD, "ended_at": "2026-11-20T06:10+01:00", "pre_at": "", "pre_count": None},
    )
    assert [(one["pointer"], one["code"]) for one in again.json["errors"]] == [("/ended_at", "transfusion_same_time")]
    wrong = {"content": "4", "causes": {"luck": True}, "count_1h": None, "ended_at": "2026-11-20T10:00", "x": 1}
    told = call("POST", ADDRESS, status=422, json=wrong).json["errors"]
    assert ("/content", "field_not_number") in [(one["pointer"], one["code"]) for one in told]
    assert {one["pointer"].split("/")[1] for one in told} == {"content", "causes", "x"}


@pytest.mark.parametrize(
    ("field", "figure", "code"),
    [
        ("content", 4e11, "transfusion_content_scale"),
        ("content", 1e-40, "transfusion_content_zero"),
        ("content", 1e300, "field_above"),
        ("pre_count", 2.5e11, "transfusion_count_scale"),
    ],
)
def test_a_number_in_another_unit_is_a_number(call, field, figure, code):
    told = call("POST", ADDRESS, status=422, json={**GOOD, field: figure}).json["errors"]
    assert [(one["pointer"], one["code"]) for one in told] == [(f"/{field}", code)]


def test_one_of_another_patient_is_not_found_and_who_may_not_records_nothing(call, caller, codes):
    assert call("GET", f"/api/v1/patients/DEMO-P1/transfusions/{codes[0]}", status=404).json["code"]
    caller("coordinator")("GET", ADDRESS, status=403)
    caller(scope="read")("POST", ADDRESS, status=403, json=GOOD)
    call("GET", "/api/v1/patients/NOBODY/transfusions", status=404)
