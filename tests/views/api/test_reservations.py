"""Reservations over the API: one donor, one day, one patient; each step names the version it changes."""

import uuid

import pytest

DAY = "2026-11-22"
ADDRESS = "/api/v1/reservations"


@pytest.fixture
def free_donors(call):
    """Donors of DEMO-P1 who may give that day and are not taken yet."""
    taken = {one["donor_number"] for one in call("GET", f"{ADDRESS}?status=all&limit=200").json["items"]}
    body = {"patient": "DEMO-P1", "threshold": 5000, "limit": 300, "on": DAY}
    donors = call("POST", "/api/v1/searches", status=201, json=body).json["donors"]
    able = [one["donor_number"] for one in donors if one["first_eligible_on"] == DAY and one["verdict"] == "compatible"]
    return [number for number in able if number not in taken]


def wish(donor: str, patient: str = "DEMO-P1") -> dict:
    return {"patient": patient, "donor": donor, "day": DAY, "threshold": 5000}


def test_a_reservation_goes_from_step_to_step(call, free_donors):
    made = call("POST", ADDRESS, status=201, json=wish(free_donors[0]))
    address = made.headers["Location"]
    assert made.json | {"status": "held", "patient_number": "DEMO-P1", "steps": ["confirm", "release"]} == made.json
    call("PATCH", address, status=428, json={"step": "confirm"})
    confirmed = call("PATCH", address, json={"step": "confirm"}, headers={"If-Match": made.headers["ETag"]})
    assert confirmed.json["status"] == "confirmed"
    call("PATCH", address, status=412, json={"step": "collect"}, headers={"If-Match": made.headers["ETag"]})
    refused = {"If-Match": confirmed.headers["ETag"]}
    call("PATCH", address, status=409, json={"step": "confirm"}, headers=refused)
    call("PATCH", address, status=422, json={"step": "release"}, headers=refused)
    released = call("PATCH", address, json={"step": "release", "reason": "not_needed"}, headers=refused)
    assert call("GET", address).json == released.json
    assert released.json["status"] == "released"


def test_the_same_wish_again_is_the_same_reservation_and_another_ones_is_a_conflict(call, caller, free_donors):
    first = call("POST", ADDRESS, status=201, json=wish(free_donors[0])).json
    assert call("POST", ADDRESS, status=201, json=wish(free_donors[0])).json["code"] == first["code"]
    refused = caller("searcher")("POST", ADDRESS, status=409, json=wish(free_donors[0]))
    assert refused.json["detail"]


def test_reservations_are_listed_newest_first_and_none_twice(call, free_donors):
    made = [call("POST", ADDRESS, status=201, json=wish(donor)).json["code"] for donor in free_donors[:3]]
    read, address = [], f"{ADDRESS}?limit=1&status=held"
    while address:
        part = call("GET", address)
        read += [one["code"] for one in part.json["items"]]
        address = part.headers["Link"].partition("<")[2].partition(">")[0] if part.json["next"] else None
    assert [code for code in read if code in made] == made[::-1]
    assert len(read) == len(set(read))


def test_a_patient_is_not_named_to_who_may_not_see_patients(call, caller, free_donors):
    address = call("POST", ADDRESS, status=201, json=wish(free_donors[0])).headers["Location"]
    coordinator = caller("coordinator")
    assert coordinator("GET", address).json["patient_number"] is None
    assert "DEMO-P" not in coordinator("GET", f"{ADDRESS}?status=all").get_data(as_text=True)
    coordinator("PATCH", address, status=403, json={"step": "confirm"}, headers={"If-Match": '"v1"'})
    coordinator("POST", ADDRESS, status=403, json=wish(free_donors[0]))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"day": "2026-11-21"}, 409),
        ({"day": "2099-01-01"}, 409),
        ({"donor": "nobody"}, 404),
        ({"patient": "nobody"}, 404),
        ({"request": "none"}, 409),
        ({"day": "22/11/2026"}, 422),
        ({"note": "x" * 1_001}, 422),
        ({"note": "a\x00"}, 422),
    ],
)
def test_a_wish_that_cannot_be_is_refused(call, free_donors, changed, status):
    call("POST", ADDRESS, status=status, json=wish(free_donors[-1]) | changed)


def test_a_reservation_that_is_not_there_is_not_found(call):
    call("GET", f"{ADDRESS}/{uuid.uuid4()}", status=404)
    call("GET", f"{ADDRESS}/x", status=404)
    call("PATCH", f"{ADDRESS}/{uuid.uuid4()}", status=404, json={"step": "confirm"}, headers={"If-Match": '"v1"'})
    assert call("GET", f"{ADDRESS}?after=nothing", status=422).json["code"] == "cursor_unknown"
