"""Treatments and crossmatches over the API: recorded and judged as by the form, and no note ever answered."""

PATIENT = "/api/v1/patients/BARE-1"


def test_a_treatment_is_recorded_listed_and_refused_with_a_pointer(call):
    body = {"kind": "IgIV", "first_on": "2026-06-22", "note": "Quoxname called"}
    made = call("POST", f"{PATIENT}/treatments", status=201, json=body)
    assert (made.json["kind"], made.json["last_on"]) == ("ivig", None)
    listed = call("GET", made.headers["Location"])
    assert listed.json["items"] == [made.json]
    assert "Quoxname" not in listed.get_data(as_text=True)
    again = call("POST", f"{PATIENT}/treatments", status=422, json={**body, "first_on": "2026-07-01"})
    assert [(one["pointer"], one["code"]) for one in again.json["errors"]] == [("/first_on", "treatment_overlaps_open")]
    unread = call("POST", f"{PATIENT}/treatments", status=422, json={**body, "kind": "chocolate"})
    assert [(one["pointer"], one["code"]) for one in unread.json["errors"]] == [("/kind", "word_unknown")]
    assert len(call("GET", "/api/v1/patients/DEMO-P6/treatments").json["items"]) == 5


def test_a_crossmatch_is_recorded_listed_and_refused_with_a_pointer(call):
    body = {"donor_number": "DEMO-00002", "kind": "platelet", "result": "negative", "tested_on": "2026-11-17"}
    made = call("POST", f"{PATIENT}/crossmatches", status=201, json={**body, "note": "Quoxname called"})
    listed = call("GET", made.headers["Location"])
    assert listed.json["items"] == [made.json]
    assert "Quoxname" not in listed.get_data(as_text=True)
    for changed, pointer, code in (
        ({"result": "positive"}, "/result", "crossmatch_result_differs"),
        ({"donor_number": "NOBODY"}, "/donor_number", "unknown_donor"),
        ({"serum_on": "2026-11-18"}, "/serum_on", "crossmatch_before_serum"),
    ):
        refused = call("POST", f"{PATIENT}/crossmatches", status=422, json={**body, **changed})
        assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [(pointer, code)]
    assert call("GET", "/api/v1/patients/NOBODY/crossmatches", status=404).json["code"] == "unknown_patient"
