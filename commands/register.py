"""Which command lives where. A command's module is imported only when that command is asked for."""

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

# name of the command: module and attribute
COMMANDS = {
    "allocate": "commands.allocation:allocate",
    "allocation": "commands.allocation:allocation",
    "antibodies": "commands.antibodies:antibodies",
    "audit": "commands.audit:audit",
    "backup": "commands.backup:backup",
    "campaigns": "commands.campaigns:campaigns",
    "crossmatches": "commands.crossmatches:crossmatches",
    "db": "commands.db:db",
    "directives": "commands.directives:directives",
    "donor-tests": "commands.donor_tests:donor_tests",
    "donors": "commands.donors:donors",
    "duplicates": "commands.duplicates:duplicates",
    "eplets": "commands.eplets:eplets",
    "explain": "commands.search:explain",
    "forecast": "commands.forecast:forecast",
    "increments": "commands.transfusions:increments",
    "index": "commands.index:index",
    "jobs": "commands.jobs:jobs",
    "keys": "commands.keys:keys",
    "mail": "commands.mail:mail",
    "patients": "commands.patients:patients",
    "platelet-antibodies": "commands.platelet_antibodies:platelet_antibodies",
    "rare-donors": "commands.rare_donors:rare_donors",
    "reference": "commands.reference:reference",
    "reports": "commands.outcome_reports:reports",  # its commands join those of commands.reports
    "search": "commands.search:search",
    "seed": "commands.seed:seed",
    "standing": "commands.standing:standing",
    "sweep": "commands.search:sweep",
    "transfusions": "commands.transfusions:transfusions",
    "treatments": "commands.treatments:treatments",
    "typing": "commands.typing:typing",
    "users": "commands.users:users",
}


class CommandTable(AppGroup):
    """The application's commands, each imported on first use, so that `flask sweep` loads no importer."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of every command."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, attribute = COMMANDS[cmd_name].split(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name]} is not a command")
        return command


def register_commands(app: Flask) -> None:
    """Gives the application the commands of the table."""
    app.cli = CommandTable(name=app.name)
