"""What the import commands share: options, reading the file, progress, the answer and its exit code."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from sqlmodel import Session

from commands.common import (
    DONE,
    SOME_ROWS_REFUSED,
    actor,
    emit_json,
    locale,
    phenotheque_command,
    runtime,
    say,
)
from commands.options import FORMAT
from commands.refused_rows import refused_rows_kept
from domain.errors import UnusableInput
from services.imports.answer import import_json, issue_sentence
from services.imports.fields import PeopleForm
from services.imports.filetype import check_size
from services.imports.outcome import ImportResult
from services.imports.people import open_layout
from services.imports.reading import Layout
from services.imports.request import ImportRequest
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
    help="check writes nothing; diff creates and updates; full also marks donors absent from the file as inactive "
    "(of patients and antibodies it does no more than diff) and asks for --yes.",
)
CHECK_OR_DIFF = click.option(
    "--mode",
    type=click.Choice(["check", "diff"]),
    default="diff",
    show_default=True,
    help="check tells what would be done and writes nothing; diff records what is new and completes what lacked a "
    "value, and changes nothing else.",
)
YES = click.option("--yes", is_flag=True, help="Confirm a full import.")
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

REFUSED_ROWS = click.option("--refused-rows", metavar="FILE", help="Write the refused rows there, with the reasons.")

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


def run_import(request: ImportRequest, do: Callable[[Session], ImportResult]) -> ImportResult:
    """Run an import in its one transaction; a check gets a session that cannot write."""
    engines = runtime().engines
    with engines.write_session() if request.writes else engines.read_session() as session:
        return do(session)


def add_people_import(
    group: click.Group, *, what: str, people: PeopleForm, do: Callable[[Session, ImportRequest, Layout], ImportResult]
) -> None:
    """Give a group of commands its `import`, for files in which a row is a person."""

    @group.command("import", help=f"Import a {what} file (CSV or .xlsx); exit code 3 where some rows were refused.")
    @click.argument("file")
    @MODE
    @YES
    @COLUMNS
    @BARE
    @REFUSED_ROWS
    @FORMAT
    @phenotheque_command
    def import_file(
        file: str, mode: Mode, yes: bool, columns: tuple[str, ...], bare: Bare, refused_rows: str | None, form: str
    ) -> int:
        content = read_file(file)
        by_hand = parse_columns(columns)
        with progress_shown() as tell, refused_rows_kept(refused_rows, source=file, content=content) as keep:
            request = ImportRequest(
                content=content, file_name=Path(file).name, actor=actor(), now=runtime().now(), mode=mode,
                columns=by_hand, bare=bare, confirmed=yes, on_progress=tell, on_refused=keep,
            )  # fmt: skip
            layout = open_layout(request, people)  # before the wait for another writer
            result = run_import(request, lambda session: do(session, request, layout))
        return show_import(result, form)


def add_table_import(
    group: click.Group,
    *,
    told: str,
    open_file: Callable[[ImportRequest], Layout],
    do: Callable[..., ImportResult],
    options: Sequence[click.Option] = (),
) -> None:
    """Give a group of commands its `import`, for files in which a row is one result; `do` gets the options beside."""

    @group.command("import", help=f"{told}\n\nExit code 3 where some rows were refused.")
    @click.argument("file")
    @CHECK_OR_DIFF
    @COLUMNS
    @REFUSED_ROWS
    @FORMAT
    @phenotheque_command
    def import_file(
        file: str, mode: Mode, columns: tuple[str, ...], refused_rows: str | None, form: str, **beside: Any
    ) -> int:
        content = read_file(file)
        with progress_shown() as tell, refused_rows_kept(refused_rows, source=file, content=content) as keep:
            request = ImportRequest(
                content=content, file_name=Path(file).name, actor=actor(), now=runtime().now(), mode=mode,
                columns=parse_columns(columns), on_progress=tell, on_refused=keep,
            )  # fmt: skip
            layout = open_file(request)  # before the wait for another writer
            # A check writes and takes it back: it needs a session that may write.
            with runtime().engines.write_session() as session:
                result = do(session, request, layout, **beside)
        return show_import(result, form)

    import_file.params[:0] = options


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
