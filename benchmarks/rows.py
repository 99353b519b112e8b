"""One figure of the table."""

from dataclasses import dataclass

MS = 1_000.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `limit` None is a figure without one."""

    what: str
    measured: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def met(self) -> str:
        """Whether the figure keeps its limit."""
        if self.limit is None:
            return ""
        kept = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        return "met" if kept else "MISSED"

    def text(self) -> str:
        """The line in Markdown."""
        limit = "" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:g} {self.unit}"
        return f"| {self.what} | {self.measured:,.3g} {self.unit} | {limit} | {self.met} |"
