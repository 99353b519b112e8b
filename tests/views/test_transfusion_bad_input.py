"""Every bad input of a table through the form, the file and the API: a clear sentence, nothing written, nothing lost.

What is only not to be judged (a count at 40 h, no weight) is kept, and said.
"""

import csv
import io

import pytest
from sqlmodel import select

from models.transfusion import Transfusion
from services.accounts.tokens import create_token
from tests.conftest import NOW
from tests.logins import log_in, make_account
from tests.rule_cases import read_cases
from tests.small_registry import D, put_donors, put_patient

CASES = read_cases("transfusion_bad_input")
GOOD = {
    "ended_at": "2026-11-20T10:00", "pre_count": "5", "pre_at": "2026-11-20T08:30", "count_1h": "20",
    "count_1h_at": "2026-11-20T11:00", "count_24h": "", "count_24h_at": "", "content": "4", "age_hours": "40",
    "weight_kg": "72", "donor_number": "", "selection": "random", "height_cm": "162", "bleeding": "no",
}  # fmt: skip
BEFORE = {"ended_at": "2026-11-10T10:00", "pre_at": "2026-11-10T08:30", "count_1h_at": "2026-11-10T11:00"}
FIGURES = ("pre_count", "count_1h", "count_24h", "content", "age_hours", "weight_kg", "height_cm")
ENGLISH = {"Accept-Language": "en"}


def typed(row) -> dict[str, str]:
    """The good transfusion with what the case changes; `-` leaves a field out."""
    changed = {name: row[name] for name in GOOD if row.get(name)}
    return {**GOOD, **{name: "" if text == "-" else text for name, text in changed.items()}}


@pytest.fixture
def site(app):
    """A patient whose weight nobody knows, with a transfusion of ten days ago; and a donor."""
    engines = app.extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_patient(session, "P1", "A1 A3 B7 B8")
        put_donors(session, [D("PT0001", "A*01 A*03 B*08 B*49", more={"abo": "O"})])
    client = log_in(app.test_client(), app, "laboratory")
    assert client.post("/patients/P1/transfusions/new", data={**GOOD, **BEFORE}).status_code == 303
    return app, client


def ends(app) -> list[str]:
    """When each transfusion on record ended, on the clocks of the centre (UTC+1)."""
    with app.extensions["phenotheque"].engines.read_session() as session:
        return sorted(f"{row.ended_at:%d}" for row in session.exec(select(Transfusion)).all())


KEPT = sorted(["10", *(row["ended_at"][8:10] for row in CASES if row["told"] == "kept")])


def test_the_form_says_it_beside_its_field_and_keeps_what_was_typed(site):
    app, client = site
    for row in CASES:
        given = typed(row)
        answer = client.post("/patients/P1/transfusions/new", data=given, headers=ENGLISH)
        if row["told"] == "kept":
            assert answer.status_code == 303, row["case"]
            assert row["sentence"] in client.get("/patients/P1/transfusions", headers=ENGLISH).text, row["case"]
            continue
        assert answer.status_code == 422, row["case"]
        assert row["sentence"] in answer.text, row["case"]
        assert f'id="{row["field"]}-fault"' in answer.text, row["case"]
        for name, text in given.items():
            assert not text or f'value="{text}"' in answer.text or f">{text}<" in answer.text, (row["case"], name)
    assert ends(app) == KEPT


def test_the_file_says_it_beside_its_line_and_gives_the_refused_rows_back(site):
    app, client = site
    names = ("patient_number", *GOOD)
    rows = [[{"patient_number": "P1", **typed(row)}[name] for name in names] for row in CASES]
    text = io.StringIO()
    csv.writer(text).writerows([names, *rows])

    def send(mode):
        data = {"mode": mode, "file": (io.BytesIO(text.getvalue().encode()), "t.csv")}
        return client.post("/transfusions/import", data=data, headers=ENGLISH).text

    back = list(csv.DictReader(io.StringIO(send("refused").removeprefix("\ufeff")), delimiter=";"))
    refused = [(row, cells) for row, cells in zip(CASES, rows, strict=True) if row["told"] == "refused"]
    for (row, sent), given in zip(refused, back, strict=True):
        *cells, reason = given.values()
        assert cells == sent, row["case"]
        assert row["sentence"] in reason, row["case"]
    page = send("diff")
    assert f"{len(KEPT) - 1} new, 0 completed, 0 unchanged, {len(refused)} refused" in page
    assert "The sample was taken 40 h after the transfusion" in page
    assert ends(app) == KEPT


def test_the_api_points_at_it(site):
    app, _ = site
    engines = app.extensions["phenotheque"].engines
    account = make_account(engines, "laboratory", now=NOW)
    with engines.write_session() as session:
        asked = {"account_id": account.id, "name": "t", "scope": "write", "days": 1, "actor": "test", "now": NOW}
        token = create_token(session, **asked)[1]
    headers, client = {**ENGLISH, "Authorization": f"Bearer {token}"}, app.test_client()
    for row in CASES:
        given = {name: float(text) if name in FIGURES else text for name, text in typed(row).items() if text}
        body = {**given, "causes": {"bleeding": given.pop("bleeding") == "yes"}}
        body.pop("bleeding")
        answer = client.post("/api/v1/patients/P1/transfusions", json=body, headers=headers)
        if row["told"] == "kept":
            assert answer.status_code == 201, row["case"]
            said = [each for one in answer.json["outcome"]["windows"] for each in one["reasons"]]
            assert row["code"] in [each["code"] for each in said], row["case"]
            assert any(row["sentence"] in each["message"] for each in said), row["case"]
            continue
        assert answer.status_code == 422, row["case"]
        assert len(answer.json["errors"]) == 1, (row["case"], answer.json["errors"])
        (fault,) = answer.json["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/{row['field']}", row["code"]), row["case"]
        assert row["sentence"] in fault["message"], row["case"]
    assert ends(app) == KEPT
