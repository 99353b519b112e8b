"""The audit trail read: narrowed by who, what and day where the registry is kept; old and new side by side; as a table."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.errors import RefusedByRule, UnusableInput
from services import audit_export
from services.audit import record_audit
from services.audit_export import trail_csv
from services.audit_trail import Change, TrailFilter, changes_of, list_actions, parse_filter, search_trail

PARIS = ZoneInfo("Europe/Paris")
ROWS = [  # actor, action, subject, moment
    ("ana", "login", "ana", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
    ("ana", "search", "P1", datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)),  # 23:59:59 of the 21st in Paris
    ("bob", "search", "P1", datetime(2026, 11, 21, 23, 0, tzinfo=UTC)),  # midnight: the 22nd
    ("bob", "search", "P2", datetime(2026, 11, 22, 9, 0, tzinfo=UTC)),
]


@pytest.fixture
def trail(engines):
    with engines.write_session() as session:
        for actor, action, key, at in ROWS:
            record_audit(
                session, actor=actor, action=action, subject_type="patient", subject_key=key, details={"n": 1}, now=at
            )
    return engines


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (TrailFilter(), [4, 3, 2, 1]),
        (TrailFilter(actor="ana"), [2, 1]),
        (TrailFilter(action="search", subject="P1"), [3, 2]),
        (TrailFilter(subject="p1"), [3, 2]),
        (TrailFilter(subject="ANA"), [1]),
        (TrailFilter(subject="P"), []),
        (TrailFilter(until_on=date(2026, 11, 21)), [2, 1]),
        (TrailFilter(from_on=date(2026, 11, 22)), [4, 3]),
        (TrailFilter(from_on=date(2026, 11, 21), until_on=date(2026, 11, 21)), [2]),
        (TrailFilter(actor="nobody"), []),
    ],
)
def test_rows_are_narrowed_and_come_newest_first(trail, asked, ids):
    with trail.read_session() as session:
        events, total = search_trail(session, asked, zone=PARIS, limit=50)
    assert ([event.id for event in events], total) == (ids, len(ids))


REASONS = ("Sérum d'Éloïse, relu", '100 % "certain"', "é_è")


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("relu", [1]),
        ("RELU", [1]),
        ("sérum d'éloïse", [1]),
        ("SÉRUM", [1]),
        ("éloïse", [1]),
        ('"CERTAIN"', [2]),
        ("%", [2]),
        ("_", [3]),
        ("PT0007", [3, 2, 1]),
        ("serum", []),
        ("nothing", []),
    ],
)
def test_rows_are_found_by_words_of_their_details(reasons, words, ids):
    with reasons.read_session() as session:
        events, total = search_trail(session, TrailFilter(words=words), zone=PARIS, limit=50)
    assert ([event.id for event in events], total) == (ids, len(ids))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def reasons(request, engines, app_on, now):
    """A trail whose rows give reasons, on both databases."""
    if request.param == "postgresql":
        engines = app_on(request.getfixturevalue("postgres_url")).extensions["phenotheque"].engines
    with engines.write_session() as session:
        for reason in REASONS:
            told = {"subject_type": "patient", "subject_key": "P1", "details": {"reason": reason, "donors": ["PT0007"]}}
            record_audit(session, actor="ana", action="directive_set", **told, now=now)
    return engines


def test_pages_follow_one_another(trail):
    with trail.read_session() as session:
        first, total = search_trail(session, TrailFilter(), zone=PARIS, limit=3)
        second, _ = search_trail(session, TrailFilter(), zone=PARIS, limit=3, offset=3)
        assert list_actions(session) == ["login", "search"]
    assert ([event.id for event in (*first, *second)], total) == ([4, 3, 2, 1], 4)


def test_a_filter_is_read_from_an_address():
    asked = {
        "actor": " ana ",
        "action": "login",
        "words": " old  serum",
        "from_on": "2026-11-01",
        "until_on": "",
        "page": "2",
    }
    assert parse_filter(asked) == TrailFilter(actor="ana", action="login", words="old serum", from_on=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from_on": "yesterday"}, "not_a_day"),
        ({"until_on": "9999-12-31"}, "not_a_day"),
        ({"from_on": "0001-01-01"}, "not_a_day"),
        ({"subject": "x" * 101}, "question_too_long"),
        ({"actor": "a\0b"}, "question_too_long"),
        ({"words": "x" * 101}, "question_too_long"),
    ],
)
def test_what_cannot_be_searched_is_refused(asked, code):
    with pytest.raises(UnusableInput) as refusal:
        parse_filter(asked)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("details", "changes"),
    [
        ({}, []),
        ({"donors": 3}, [Change("donors", "3")]),
        ({"fields": ["abo", "rhd"], "note": None}, [Change("fields", "abo, rhd"), Change("note", "—")]),
        (
            {"before": {"roles": ["reader"], "site": 1}, "after": {"roles": ["reader", "searcher"], "site": 1}},
            [Change("roles", "reader, searcher", "reader")],
        ),
        ({"abo": {"old": "A", "new": None}}, [Change("abo", "—", "A")]),
        (
            {"reason": "typo", "old": {"a": 1}, "new": {"b": 2}},
            [Change("a", "—", "1"), Change("b", "2", "—"), Change("reason", "typo")],
        ),
        ({"before": {"added": {}, "abo": "A"}, "after": {}}, [Change("abo", "—", "A")]),
        (
            {"changes": {"weight_kg": [60.0, 62.5], "abo": [None, "O"]}},
            [Change("weight_kg", "62.5", "60.0"), Change("abo", "O", "—")],
        ),
        (
            {"changes": [{"field": "units", "old": 1, "new": 2}, {"field": "contact"}]},
            [Change("units", "2", "1"), Change("contact", "…")],
        ),
        ({"filter": {"actor": "ana"}}, [Change("filter", "actor: ana")]),
    ],
)
def test_old_and_new_stand_side_by_side(details, changes):
    assert changes_of(details) == changes


def test_the_table_cannot_be_obeyed_by_a_spreadsheet(trail, now):
    with trail.write_session() as session:
        record_audit(
            session, actor="=cmd()", action="search", subject_type="patient", subject_key="@x", details={}, now=now
        )
    with trail.read_session() as session:
        text, rows = trail_csv(session, TrailFilter(), zone=PARIS, locale="en")
    table = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert rows == len(table) == 5
    assert (table[0]["actor"], table[0]["subject"]) == ("'=cmd()", "'@x")
    assert table[-1]["previous_hash"] == "0" * 64
    assert [row["previous_hash"] for row in table[:-1]] == [row["hash"] for row in table[1:]]


def test_a_trail_too_long_for_one_file_is_refused(trail, monkeypatch):
    monkeypatch.setattr(audit_export, "MOST_ROWS", 3)
    with trail.read_session() as session, pytest.raises(RefusedByRule) as refusal:
        trail_csv(session, TrailFilter(), zone=PARIS, locale="en")
    assert refusal.value.params == {"rows": 4, "most": 3}
