"""`flask backup`: copies of the whole database, made, checked and put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask.cli import AppGroup

from commands.common import DONE, actor, emit_json, phenotheque_command, runtime, say
from commands.options import FORMAT
from domain.errors import RefusedByRule
from jobs.backup import folder_of_copies, note_copy
from jobs.leader import make_leader, make_turn
from services.backup.copies import Copy, check_copy
from services.backup.restoring import keys_fit, restore_copy

DONE_WITH_FAULTS = 3
backup = AppGroup("backup", help="Copy the whole database, check a copy, put one back.")


@backup.command("create")
@FORMAT
@phenotheque_command
def create(form: str) -> None:
    """Make a copy now, read it back, and keep it until somebody deletes it."""
    held = runtime()
    moment = held.now().astimezone(ZoneInfo(held.settings.timezone))
    copy = folder_of_copies(held).make(held.engines, day=moment.date(), moment=moment)
    note_copy(held, copy, actor=actor())
    _show("backup_created", copy, form, file=str(copy.path))


@backup.command("verify")
@click.argument("file")
@FORMAT
@phenotheque_command
def verify(file: str, form: str) -> None:
    """Read all of a copy, and compare it with the note made beside it; exit code 2 where it is damaged."""
    copy, noted = check_copy(runtime().engines, Path(file))
    _show("backup_sound" if noted else "backup_sound_without_note", copy, form, noted=noted)


@backup.command("restore")
@click.argument("file")
@click.option("--over", is_flag=True, help="Also where the database holds something: all of it is replaced.")
@FORMAT
@phenotheque_command
def restore(file: str, over: bool, form: str) -> int:
    """Put a copy in the place of the database; exit code 1 where that is not empty or the jobs process runs.

    Exit code 3: it was put back, and the keys in use do not read its identities.
    """
    held = runtime()
    with _no_jobs():
        copy = restore_copy(held.engines, Path(file), over=over, actor=actor(), now=held.now())
    old = copy.facts.revision != held.engines.revisions[-1]
    fit = keys_fit(held.engines)
    _show("backup_restored_old" if old else "backup_restored", copy, form, keys_fit=fit)
    if not fit:
        say("backup_other_keys")
    return DONE if fit else DONE_WITH_FAULTS


@contextmanager
def _no_jobs() -> Iterator[None]:
    """Hold both places of the jobs process. Raises RefusedByRule where another holds one."""
    held = runtime()
    taken = []
    try:
        for make in (make_leader, make_turn):
            place = make(held.engines, Path(held.settings.instance_path))
            if not place.try_take():
                raise RefusedByRule("restore_while_jobs_run")
            taken.append(place)
        yield
    finally:
        for place in taken:
            place.release()


def _show(code: str, copy: Copy, form: str, **more: Any) -> None:
    said = {**copy.details(), **more}
    if form == "json":
        emit_json(said)
    else:
        say(code, **said)
