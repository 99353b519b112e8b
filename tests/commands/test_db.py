"""`flask db` moves the tables up and down, once at a time, and says where they are."""

import json

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from config import ROOT


@pytest.fixture
def bare(tmp_path, database_url):
    """An application on a database without tables."""
    from app import create_app
    from config import Settings

    settings = Settings(
        _env_file=None, instance_path=tmp_path, database_url=database_url, locale="en", log_level="warning"
    )
    app = create_app(settings)
    yield app
    app.extensions["phenotheque"].engines.dispose()


def tables(app) -> set[str]:
    with app.extensions["phenotheque"].engines.write.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_upgrade_makes_the_tables_and_downgrade_takes_them_away(bare):
    runner = bare.test_cli_runner()
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    assert {"donor", "patient", "alembic_version"} <= tables(bare)
    assert runner.invoke(args=["db", "downgrade", "base"]).exit_code == 0
    assert tables(bare) <= {"alembic_version"}
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0


def test_current_says_that_the_database_is_behind(bare):
    result = bare.test_cli_runner().invoke(args=["db", "current"])
    assert result.exit_code == 1
    assert "flask db upgrade" in result.stderr


def test_current_as_json(runner):
    result = runner.invoke(args=["db", "current", "--format", "json"])
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["up_to_date"] is True
    assert answer["revision"] == answer["newest"]


def test_upgrading_twice_changes_nothing(runner):
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0


def test_an_unknown_revision_is_refused_with_its_name(runner):
    result = runner.invoke(args=["db", "upgrade", "zzz"])
    assert result.exit_code == 2
    assert "zzz" in result.stderr


@pytest.fixture
def at_revision(app):
    """Writes another revision into the database of `app`; None empties the table of revisions."""

    def write(revision: str | None) -> None:
        with app.extensions["phenotheque"].engines.write.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if revision:
                connection.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})

    return write


COMMANDS = [["sweep", "P1"], ["search", "P1"], ["explain", "P1", "D1"], ["seed", "demo"], ["audit", "verify"]]


@pytest.mark.parametrize("words", [*COMMANDS, ["db", "upgrade"], ["db", "current"], ["db", "downgrade"]])
def test_a_database_newer_than_the_program_stops_every_command(runner, at_revision, words):
    at_revision("9999")
    result = runner.invoke(args=words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "newer than this program (revision 9999)" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("revision", ["0002", None])
def test_a_database_that_is_behind_stops_every_command_but_those_that_move_it(runner, at_revision, words, revision):
    at_revision(revision)
    result = runner.invoke(args=words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "flask db upgrade" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_current_as_json_gives_a_revision_the_program_does_not_know(runner, at_revision):
    at_revision("9999")
    result = runner.invoke(args=["db", "current", "--format", "json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["up_to_date"] is False


def test_the_revisions_named_by_the_files_are_those_alembic_runs(app):
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    alembic = tuple(script.revision for script in scripts.walk_revisions())[::-1]
    assert app.extensions["phenotheque"].engines.revisions == alembic
