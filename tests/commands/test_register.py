"""Each command is there, explains itself, and loads only what it uses."""

import os
import subprocess
import sys

import click
import pytest

from commands.register import COMMANDS
from config import ROOT

HEAVY = ("xlsxwriter", "python_calamine", "openpyxl", "scipy", "pandas", "alembic", "networkx", "apscheduler", "faker")


def every_command(app):
    """Path and command of every leaf of the table."""
    context = click.Context(app.cli)

    def leaves(path, command):
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                yield from leaves([*path, name], command.get_command(context, name))
        else:
            yield path, command

    for name in COMMANDS:
        yield from leaves([name], app.cli.get_command(context, name))


def test_every_command_explains_itself(app):
    silent = [" ".join(path) for path, command in every_command(app) if not command.get_short_help_str()]
    assert silent == []


def test_every_command_refuses_an_unknown_option_with_exit_code_2(app, runner):
    codes = {" ".join(p): runner.invoke(args=[*p, "--no-such-option"]).exit_code for p, _ in every_command(app)}
    assert set(codes.values()) == {2}, codes


@pytest.mark.parametrize("name", ["sweep", "search", "explain"])
def test_a_search_loads_no_importer_and_no_migration_tool(name, tmp_path):
    instance = os.environ | {"PHENOTHEQUE_INSTANCE_PATH": str(tmp_path)}
    program = (
        "import sys, click; from app import create_app; app = create_app(); "
        f"app.cli.get_command(click.Context(app.cli), {name!r}); "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=instance, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_flask_finds_the_application_and_lists_its_commands(tmp_path):
    environment = os.environ | {"PHENOTHEQUE_INSTANCE_PATH": str(tmp_path)}
    command = [sys.executable, "-m", "flask", "--help"]
    shown = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert set(COMMANDS) <= {line.split()[0] for line in shown.splitlines() if line.strip()}
