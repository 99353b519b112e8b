"""`flask db`: bring the tables to the revision the code expects, or back."""

from collections.abc import Callable

import click
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from filelock import FileLock
from flask.cli import AppGroup

from commands.common import DONE, REFUSED, emit_json, phenotheque_command, runtime, say
from config import ROOT
from domain.errors import UnusableInput
from models.database import refuse_newer

db = AppGroup("db", help="Bring the database to the revision the code expects, or back.")


@db.command("upgrade")
@click.argument("revision", default="head")
@phenotheque_command
def upgrade(revision: str) -> None:
    """Run the migrations up to REVISION (default: all); two at a time wait for one another."""
    _move(command.upgrade, revision)


@db.command("downgrade")
@click.argument("revision", default="-1")
@phenotheque_command
def downgrade(revision: str) -> None:
    """Undo migrations down to REVISION (default: the last one; “base” for all)."""
    _move(command.downgrade, revision)


@db.command("current")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@phenotheque_command
def current(form: str) -> int:
    """Say which revision the database is at; exit code 1 when it is behind, 2 when it is ahead."""
    revision, known = _revision(), runtime().engines.revisions
    newest = known[-1]
    if form == "json":
        emit_json({"revision": revision, "newest": newest, "up_to_date": revision == newest})
    refuse_newer(revision, known)
    if form == "text" and revision == newest:
        click.echo(revision)
    elif form == "text":
        say("database_not_migrated")
    return DONE if revision == newest else REFUSED


def migration_config() -> Config:
    """Alembic's configuration on the database of the settings, whatever the current folder."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", runtime().settings.database_url.replace("%", "%%"))
    return config


def _move(step: Callable[[Config, str], None], revision: str) -> None:
    with FileLock(runtime().settings.instance_path / "migrations.lock", timeout=300):
        refuse_newer(_revision(), runtime().engines.revisions)
        try:
            step(migration_config(), revision)
        except CommandError as error:
            raise UnusableInput("migration_unknown", revision=revision) from error
    say("database_upgraded", revision=_revision() or "base")


def _revision() -> str | None:
    with runtime().engines.write.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
