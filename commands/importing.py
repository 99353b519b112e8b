"""What the three import commands share: reading the file, progress, the answer and its exit code."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click

from commands.common import DONE, SOME_ROWS_REFUSED, emit_json, locale, runtime, say
from domain.errors import UnusableInput
from services.exports import RefusedRowsFile
from services.imports.answer import import_json, issue_sentence
from services.imports.filetype import check_size
from services.imports.outcome import FileIssue, ImportResult
from services.imports.request import ImportRequest
from services.imports.tabular import RawRow, read_table
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_number

SHOWN_ISSUES = 20
PROGRESS_FROM_ROWS = 5_000  # a shorter file is done before anybody reads a bar
PROGRESS_LINES = 10

MODE = click.option(
    "--mode",
    type=click.Choice(["check", "diff", "full"]),
    default="diff",
    show_default=True,
    help="check writes nothing; diff creates and updates; full also marks donors absent from the file as inactive.",
)
COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADING=column",
    help="Map a heading of the file by hand (again for another); “HEADING=” leaves one out.",
)
BARE = click.option(
    "--bare",
    type=click.Choice(["refused", "molecular", "serological"]),
    default="refused",
    show_default=True,
    help="What a number alone means in an HLA column of this file.",
)

Tell = Callable[[int, int], None]
Bare = Literal["refused", "molecular", "serological"]
Mode = Literal["check", "diff", "full"]


def read_file(path: str) -> bytes:
    """The bytes of a file. Raises UnusableInput where it is missing, unreadable or too large."""
    try:
        check_size(Path(path).stat().st_size)
        return Path(path).read_bytes()
    except OSError as error:
        raise UnusableInput("file_missing", file=path) from error


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """Headings mapped by hand, from `HEADING=column`. Raises UnusableInput."""
    found = {}
    for text in texts:
        heading, sign, column = text.rpartition("=")
        if not sign or not heading.strip():
            raise UnusableInput("column_option_unreadable", text=text)
        found[heading.strip()] = column.strip()
    return found


@contextmanager
def progress_shown() -> Iterator[Tell]:
    """A bar on a terminal, else a few plain lines; always on standard error."""
    if not sys.stderr.isatty():
        yield _plain_progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_progress() -> Tell:
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if total >= PROGRESS_FROM_ROWS and done * PROGRESS_LINES // total > told:
            told = done * PROGRESS_LINES // total
            say("import_progress", done=done, total=total)

    return tell


@contextmanager
def refused_rows_kept(path: str | None, content: bytes) -> Iterator[Callable[[RawRow, Sequence[FileIssue]], None]]:
    """Writes refused rows to a file of the person's own, readable by nobody else: it names people."""
    if path is None:
        yield lambda row, issues: None
        return
    headings = read_table(content).headings
    language = locale()

    def own_file(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    with open(path, "w", encoding="utf-8-sig", newline="", opener=own_file) as stream:
        kept = RefusedRowsFile(stream, headings, reason_heading=sentence("heading_reason", {}, language))
        yield lambda row, issues: kept.add(
            row, [issue_sentence(issue, language) for issue in issues if issue.severity == "error"]
        )
    say("refused_rows_written", file=path)


def run_import(request: ImportRequest, do: Callable[[Any], ImportResult]) -> ImportResult:
    """Run an import in its one transaction; a check gets a session that cannot write."""
    engines = runtime().engines
    with engines.write_session() if request.writes else engines.read_session() as session:
        return do(session)


def show_import(result: ImportResult, form: str) -> int:
    """Print the answer; the exit code tells whether rows were refused."""
    if form == "json":
        emit_json(import_json(result, locale()))
    else:
        _show_table(result, locale())
    return SOME_ROWS_REFUSED if result.refused else DONE


def _show_table(result: ImportResult, language: str) -> None:
    counts = {name: getattr(result, name) for name in ("rows", "created", "updated", "unchanged", "refused")}
    code = "import_checked" if result.mode == "check" else "import_done"
    click.echo(sentence(code, {"file": result.file_name, **counts}, language))
    if result.deactivated:
        click.echo(sentence("import_deactivated", {"count": result.deactivated}, language))
    samples = result.details.get("samples")
    if isinstance(samples, list) and samples:
        _print_samples(samples, language)
    if result.issues:
        _print_issues(result, language)


def _print_issues(result: ImportResult, language: str) -> None:
    ranks = {"error": 0, "warning": 1, "info": 2}
    shown = sorted(result.issues, key=lambda issue: ranks[issue.severity])[:SHOWN_ISSUES]
    rows = [
        (
            str(issue.line) if issue.line else "–",
            issue.column or "–",
            sentence(f"severity.{issue.severity}", {}, language),
            issue_sentence(issue, language),
        )
        for issue in shown
    ]
    _print_table("title_issues", ("line", "column", "severity", "reason"), rows, language)
    more = len(result.issues) + result.issues_left_out - len(shown)
    if more:
        click.echo(sentence("import_more_issues", {"count": more}, language))


def _print_samples(samples: Sequence[dict[str, Any]], language: str) -> None:
    rows = [
        (
            one["sample"],
            one["hla_class"],
            one["kit_lot"] or "–",
            format_date(one["run_on"], language) if one["run_on"] else "–",
            one["patient"] or "–",
            format_number(one["beads"], language),
            sentence(f"outcome.{one['outcome']}", {}, language),
        )
        for one in samples
    ]
    headings = ("sample", "hla_class", "lot", "run_date", "patient", "beads", "outcome")
    _print_table("title_sera", headings, rows, language)


def _print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=sentence(title, {}, language), title_justify="left")
    for heading in headings:
        table.add_column(sentence(f"heading_{heading}", {}, language), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
