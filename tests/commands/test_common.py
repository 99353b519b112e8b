"""Every command ends with a sentence and an exit code, never with a traceback."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click
import pytest
from sqlalchemy import text

from commands.common import emit_json, locale, phenotheque_command, runtime
from domain.errors import NotFound, RefusedByRule, UnusableInput


@pytest.fixture
def run(app, runner):
    """Runs a function as a command of the application."""

    def run(function):
        app.cli.add_command(click.command("trial")(phenotheque_command(function)))
        return runner.invoke(args=["trial"])

    return run


def raising(error):
    def fail():
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RefusedByRule("database_busy"), 1),
        (UnusableInput("database_in_memory"), 2),
        (NotFound("migration_unknown", revision="7"), 2),
        (KeyError("nobody foresaw this"), 2),
    ],
)
def test_an_error_becomes_a_sentence_on_standard_error_and_a_code(run, error, code):
    result = run(raising(error))
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.endswith((".\n", "7 to go to.\n"))


def test_an_unforeseen_failure_says_how_to_see_more_but_not_what_it_held(run):
    result = run(raising(ValueError("Fictif, 12 rue de Nulle-Part")))
    assert "ValueError" in result.stderr
    assert "PHENOTHEQUE_LOG_LEVEL=debug" in result.stderr
    assert "Fictif" not in result.stderr


def test_a_code_that_is_returned_is_the_exit_code(run):
    assert run(lambda: 3).exit_code == 3
    assert run(lambda: None).exit_code == 0


def test_an_unknown_argument_exits_2(runner):
    assert runner.invoke(args=["db", "current", "--nonsense"]).exit_code == 2


def test_a_database_that_was_not_migrated_is_said(run, app):
    engines = app.extensions["phenotheque"].engines
    with engines.write.begin() as connection:
        connection.execute(text("DROP TABLE donor"))

    def count():
        with runtime().engines.read_session() as session:
            session.execute(text("SELECT count(*) FROM donor"))

    result = run(count)
    assert result.exit_code == 2
    assert "flask db upgrade" in result.stderr


def test_json_stands_alone_on_standard_output(run):
    value = {"nom": "Hélène", "on": date(2026, 11, 22), "at": datetime(2026, 1, 2, tzinfo=UTC), "p": Path("a/b")}
    result = run(lambda: emit_json(value))
    assert json.loads(result.stdout) == {
        "nom": "Hélène",
        "on": "2026-11-22",
        "at": "2026-01-02T00:00:00+00:00",
        "p": "a/b",
    }
    assert "Hélène" in result.stdout


def test_the_language_is_that_of_the_settings(app):
    with app.app_context():
        assert locale() == "en"


def test_the_clock_of_a_test_stands_still(app, freeze_at, today):
    assert app.extensions["phenotheque"].today() == today
    freeze_at(datetime(2027, 1, 1, 12, tzinfo=UTC))
    assert app.extensions["phenotheque"].today() == date(2027, 1, 1)
