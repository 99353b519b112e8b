"""What is asked of an import, the same for a command and a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.typing_text import Bare
from services.imports.outcome import FileIssue
from services.imports.tabular import RawRow

Mode = Literal["check", "diff", "full"]


def _no_progress(done: int, total: int) -> None:
    """Tell nobody."""


def _keep_nothing(row: RawRow, issues: Sequence[FileIssue]) -> None:
    """Keep nothing."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One file to import.

    `columns` maps headings as written to column names, by hand; `bare` declares what a number alone is in a
    typing; `confirmed` is the yes that a full import needs, `preview` asks what it would do without; `on_progress`
    hears rows done and rows in all, `on_refused` each refused row of a donor or patient file with its issues.
    """

    content: bytes
    file_name: str
    actor: str
    now: datetime
    mode: Mode = "diff"
    columns: Mapping[str, str] = field(default_factory=dict)
    bare: Bare = "refused"
    confirmed: bool = False
    preview: bool = False
    on_progress: Callable[[int, int], None] = _no_progress
    on_refused: Callable[[RawRow, Sequence[FileIssue]], None] = _keep_nothing

    @property
    def writes(self) -> bool:
        """Whether anything may be written: never by a check, nor by a full import nobody has confirmed."""
        return self.mode == "diff" or (self.mode == "full" and self.confirmed)
