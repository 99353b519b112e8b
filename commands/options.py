"""Options that several commands share."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import click

from commands.common import runtime
from domain.errors import UnusableInput


def on_day(text: str | None) -> date:
    """The day asked, in ISO form; today where none is given. Raises UnusableInput."""
    if text is None:
        return runtime().today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text) from error


def local_now() -> datetime:
    """The present moment where the registry is kept."""
    return runtime().now().astimezone(ZoneInfo(runtime().settings.timezone))


ON = click.option("--on", "on_text", metavar="DATE", help="Day of the answer, YYYY-MM-DD (default: today).")
FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
SAMPLE = click.option("--sample", help="Sample to read instead of the directive's.")
LOCI = click.option("--loci", help="Loci in scope: A,B or A,B,C.")
