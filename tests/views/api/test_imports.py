"""Imports over the API: sent, checked, read, confirmed once, and nothing imported before."""

import io
import uuid

import pytest

ADDRESS = "/api/v1/imports"
DONORS = (
    "donor_number;last_name;birth_date;abo;hla_a_1;hla_a_2;hla_b_1;hla_b_2;consent_contact\r\n"
    "API-{n}1;Zzyxnom;1980-02-03;A;A1;A2;B7;B8;yes\r\n"
    "API-{n}2;Zzyxautre;Zzyx32;A;A1;A2;B7;B8;yes\r\n"
)


@pytest.fixture
def send(caller):
    """Send a file of two donors, one of them with an impossible birth date."""

    def make(*roles: str, n: str, status: int = 202, **fields: str):
        file = (io.BytesIO(DONORS.format(n=n).encode()), "donors.csv")
        calling = caller(*roles)
        return calling, calling("POST", ADDRESS, status=status, data={"file": file, **fields})

    return make


def test_a_file_is_sent_checked_and_imported_by_a_yes_to_what_was_seen(send, call):
    calling, sent = send("coordinator", n="1")
    address = sent.headers["Location"]
    assert sent.json["status"] == "checked"
    assert sent.json["counts"] | {"rows": 2, "created": 1, "refused": 1} == sent.json["counts"]
    call("GET", "/api/v1/donors/API-11", status=404)
    calling("POST", f"{address}/confirmations", status=428, json={})
    calling("POST", f"{address}/confirmations", status=412, json={}, headers={"If-Match": '"v0"'})
    seen = {"If-Match": calling("GET", address).headers["ETag"]}
    done = calling("POST", f"{address}/confirmations", status=202, json={}, headers=seen).json
    assert done["status"] == "imported"
    assert call("GET", "/api/v1/donors/API-11").json["abo"] == "A"
    again = calling("GET", address).headers["ETag"]
    calling("POST", f"{address}/confirmations", status=409, json={}, headers={"If-Match": again})


def test_a_full_import_asks_a_second_yes(send):
    calling, sent = send("coordinator", n="2", mode="full")
    address, seen = sent.headers["Location"] + "/confirmations", {"If-Match": sent.headers["ETag"]}
    assert calling("POST", address, status=409, json={}, headers=seen).json["code"] == "upload_full_not_confirmed"


def test_issues_are_read_in_parts_and_none_twice(send):
    calling, sent = send("coordinator", n="3")
    address = sent.headers["Location"]
    whole = calling("GET", f"{address}?limit=200").json["issues"]
    read, part = [], f"{address}?limit=1"
    while part:
        answer = calling("GET", part)
        read += answer.json["issues"]
        part = answer.headers["Link"].partition("<")[2].partition(">")[0] if answer.json["next"] else None
    assert read == whole
    assert [one["place"] for one in read] == list(range(1, sent.json["issues_total"] + 1))


def test_an_identity_in_an_issue_is_masked_for_who_may_not_see_it(send):
    _, masked = send("laboratory", n="4")
    _, shown = send("coordinator", n="5")
    assert "Zzyx32" not in masked.get_data(as_text=True)
    assert "Zzyx32" in shown.get_data(as_text=True)


def test_a_file_is_for_those_who_may_handle_its_kind(send, caller):
    calling, sent = send("coordinator", n="6", kind="patients", status=409)
    assert sent.json["code"] == "upload_kind_not_yours"
    send("searcher", n="6", status=403)
    _, own = send("laboratory", n="7")
    caller("searcher")("GET", own.headers["Location"], status=403)
    calling("GET", f"{ADDRESS}/{uuid.uuid4()}", status=404)


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "/file"),
        ({"file": "plain text"}, "/file"),
        ({"file": (io.BytesIO(b"x"), "a.csv"), "mode": "check"}, "/mode"),
        ({"file": (io.BytesIO(b"x"), "a.csv"), "kind": "cats"}, "/kind"),
        ({"file": (io.BytesIO(b"x"), "a.csv"), "other": "x"}, "/other"),
    ],
)
def test_a_form_that_is_not_understood_is_refused(call, data, pointer):
    refused = call("POST", ADDRESS, status=422, data=data, content_type="multipart/form-data").json
    assert [one["pointer"] for one in refused["errors"]] == [pointer]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"hello", b"%PDF-1.4"])
def test_a_file_that_no_import_reads_is_refused_and_not_kept(call, content):
    call("POST", ADDRESS, status=422, data={"file": (io.BytesIO(content), "a.csv")})


def test_a_file_over_the_limit_is_refused(call, site, monkeypatch):
    monkeypatch.setitem(site.config, "MAX_CONTENT_LENGTH", 10_000)
    call("POST", ADDRESS, status=413, data={"file": (io.BytesIO(b"x" * 20_000), "a.csv")})


def test_another_media_type_is_refused(call):
    call("POST", ADDRESS, status=415, json={"file": "x"})
