"""`flask db` moves the tables up and down, once at a time, and says where they are."""

import json

import pytest
from sqlalchemy import inspect


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
