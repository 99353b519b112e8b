"""The same answers from PostgreSQL as from SQLite, by the same commands."""

import json

import psycopg
import pytest

from tests.small_registry import PATIENT, PERSONAL, D, put_donors, put_small_registry

pytestmark = pytest.mark.postgres
QUESTIONS = (
    ("sweep", "P1"),
    ("sweep", "P1", "--all", "--loci", "A,B,C"),
    ("search", "P1", "--threshold", "1000", "--limit", "0"),
    ("search", "P1", "--threshold", "801", "--policy", "antibody-first", "--region", "Corse"),
    ("explain", "P1", "PT0005", "--threshold", "1000"),
    ("explain", "P1", "PT0012", "--threshold", "1000"),
    ("directives", "set", "P1", "--threshold", "1500", "--add", "A11", "--remove", "A2:old", "--hpa-antibody", "HPA-1a"),
    ("search", "P1", "--limit", "0"),
    ("directives", "set", "P1", "--threshold", "2000", "--anti-cd36"),
    ("directives", "show", "P1"),
    ("search", "P1"),
    ("directives", "close", "P1"),
    ("sweep", "P1", "--on", "2027-03-01"),
)


@pytest.fixture
def postgres(app_on, postgres_url):
    """An application on PostgreSQL that holds the small registry."""
    app = app_on(postgres_url)
    with engines_of(app).write_session() as session:
        put_small_registry(session)
    return app


def engines_of(app):
    return app.extensions["phenotheque"].engines


def answers(app, questions):
    runner, found = app.test_cli_runner(), []
    for words in questions:
        result = runner.invoke(args=[*words, "--format", "json"])
        assert result.exit_code == 0, (words, result.stderr)
        answer = json.loads(result.stdout)
        answer.pop("search", None)
        found.append(answer)
    return found


def test_every_answer_is_that_of_sqlite(app, postgres):
    with engines_of(app).write_session() as session:
        put_small_registry(session)
    assert answers(postgres, QUESTIONS) == answers(app, QUESTIONS)


def test_a_stale_or_damaged_index_is_rebuilt_and_said(postgres):
    runner, snapshots = postgres.test_cli_runner(), postgres.extensions["phenotheque"].snapshots_path
    answers(postgres, QUESTIONS[:1])
    with engines_of(postgres).write_session() as session:
        put_donors(session, [D("PT3001", PATIENT)])
    assert json.loads(runner.invoke(args=["index", "status", "--format", "json"]).stdout)["state"] == "stale"
    [swept] = answers(postgres, QUESTIONS[:1])
    assert swept["active_donors"] == 13
    newest = max(snapshots.glob("r*"), key=lambda path: path.stat().st_mtime_ns)
    (newest / "donor_id.npy").write_bytes(b"")
    assert json.loads(runner.invoke(args=["index", "status", "--format", "json"]).stdout)["state"] == "damaged"
    [again] = answers(postgres, QUESTIONS[:1])
    assert [one["code"] for one in again["issues"]] != []
    assert again["thresholds"] == swept["thresholds"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("sweep", "P9"), 2),
        (("search", "P1", "--threshold", "-1"), 2),
        (("search", "P1", "--threshold", "1000000000"), 2),
        (("search", "P1", "--threshold", "1000", "--region", "Atlantide"), 2),
        (("explain", "P1", "PT9999", "--threshold", "1000"), 2),
        (("directives", "set", "P1", "--threshold", "1000", "--add", "A1"), 1),
        (("directives", "show", "P1"), 1),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else None,
)
def test_refusals(postgres, words, code):
    result = postgres.test_cli_runner().invoke(args=list(words))
    assert (result.exit_code, result.stdout) == (code, "")
    assert "nobody foresaw" not in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", [("sweep", "P1"), ("search", "P1", "--threshold", "1000"), ("index", "build")], ids=" ".join)
def test_a_database_that_is_not_migrated_is_said(postgres, words):
    runner = postgres.test_cli_runner()
    assert runner.invoke(args=["db", "downgrade", "base"]).exit_code == 0
    result = runner.invoke(args=list(words))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "flask db upgrade" in result.stderr


def test_nothing_personal_is_printed(postgres):
    said = json.dumps(answers(postgres, QUESTIONS), ensure_ascii=False)
    assert [word for word in PERSONAL if word in said] == []


NUMBERS = ("D10", "D9", "d1", "D-1", "D1", "É1", "E1", "Z1", "a1", "B1", "_1")


def test_donor_numbers_are_ordered_alike_whatever_language_the_server_speaks(app, app_on, postgres_cluster):
    """A server whose texts are sorted as in a French dictionary: the list is the same as SQLite's."""
    server = f"host={postgres_cluster} user=phenotheque dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE dictionary TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fr' LOCALE 'C.UTF-8'")
    try:
        french = app_on(f"postgresql+psycopg://phenotheque@/dictionary?host={postgres_cluster}")
        for one in (app, french):
            with engines_of(one).write_session() as session:
                put_small_registry(session)
                put_donors(session, [D(number, PATIENT, more={"abo": "A"}) for number in NUMBERS])
        question = [("search", "P1", "--threshold", "1000", "--limit", "0")]
        lists = [[donor["donor_number"] for donor in answers(one, question)[0]["donors"]] for one in (app, french)]
        assert lists[0] == lists[1]
        assert [number for number in lists[0] if number in NUMBERS] == sorted(NUMBERS)
        engines_of(french).dispose()
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE dictionary WITH (FORCE)")
