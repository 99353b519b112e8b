"""What every command shares: exit codes, the running application, JSON on standard output."""

import errno
import functools
import getpass
import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, ParamSpec

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from config import Runtime
from domain.errors import PhenothequeError, RefusedByRule
from services.faults import find_database_fault
from services.wording.catalogue import sentence

DONE, REFUSED, UNUSABLE, SOME_ROWS_REFUSED = 0, 1, 2, 3
P = ParamSpec("P")
log = structlog.get_logger(__name__)


def runtime() -> Runtime:
    """The settings, engines, snapshots and clock of the running application."""
    held: Runtime = current_app.extensions["phenotheque"]
    return held


def locale() -> str:
    """The language commands speak (setting `locale`)."""
    return runtime().settings.locale


def actor() -> str:
    """Who the audit trail names for a command: the account on this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as in many containers
        return f"cli:uid-{os.getuid()}"


def json_text(value: object) -> str:
    """One JSON value as text; dates and times in ISO 8601, indented where a person is likely to read it."""
    indent = 2 if sys.stdout.isatty() else None  # indenting a long list takes longer than finding it
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def emit_json(value: object) -> None:
    """Prints one JSON value, alone, on standard output."""
    click.echo(json_text(value))


def say(code: str, **params: object) -> None:
    """Prints the sentence of this code on standard error, in the language of the commands."""
    click.echo(sentence(code, params, locale()), err=True)


def phenotheque_command(function: Callable[P, int | None]) -> Callable[P, None]:
    """Wraps a command: pushes the application context, turns errors into a sentence and an exit code.

    The command may return its exit code (None is 0). Refused by a rule: 1. Unusable input, a database that is
    not migrated or cannot be reached, or a failure nobody foresaw: 2. No traceback ever reaches the person.
    Write it nearest to the function: `@click.command(…) @click.option(…) @phenotheque_command def …`.
    """

    @with_appcontext
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs) or DONE
        except PhenothequeError as error:
            say(error.code, **error.params)
            code = REFUSED if isinstance(error, RefusedByRule) else UNUSABLE
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except DBAPIError as error:
            code = _report_database(error)
        except Exception as error:  # the last stop before the person
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # the reader of our output went away: click ends quietly
            code = _report_unforeseen(error)
        click.get_current_context().exit(code)

    return wrapper


def _report_database(error: DBAPIError) -> int:
    fault = find_database_fault(error)
    if fault is None:
        return _report_unforeseen(error)
    code, params = fault
    log.debug(code, exc_info=error)
    say(code, **params)
    return UNUSABLE


def _report_unforeseen(error: BaseException) -> int:
    log.debug("unforeseen_failure", exc_info=error)
    say("unforeseen_failure", kind=type(error).__name__)
    return UNUSABLE


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
