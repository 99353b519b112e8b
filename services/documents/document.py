"""A document before it has a form: what it says of itself, and its tables of plain values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.wording.catalogue import sentence

MOST_KEPT = 50_000  # sentences


@dataclass(frozen=True, slots=True)
class Sign:
    """A value that a sheet of paper shows with a sign before it and a figure after."""

    glyph: str
    text: str
    figure: float | None = None


Cell = str | int | float | bool | date | datetime | Sign | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the width of its values in characters, and whether they are numbers."""

    heading: str
    width: int = 12
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `rows` may be read only once, so that a long list never stands in memory whole."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    title: str = ""  # on paper, where there is room; the name elsewhere


class Words:
    """The sentences of one language, each made once: a long list says the same few over and over."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self._made: dict[tuple[str, str], str] = {}

    def __call__(self, code: str, params: Mapping[str, object] | None = None) -> str:
        """The sentence of a code with its values."""
        key = (code, repr(params) if params else "")
        if key not in self._made:
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[key] = sentence(code, params or {}, self.locale)
        return self._made[key]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a sheet says of itself."""

    label: str
    value: Cell


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a file holds. Each sheet and each page says `facts`, `versions` and `made`.

    `name` begins the name of the file; `notes` are what to know of the answer; `legend` pairs a sign with its words.
    """

    name: str
    title: str
    subject: str
    locale: str
    facts: Sequence[Fact]
    versions: Sequence[Fact]
    made: Sequence[Fact]
    tables: Sequence[Table]
    notes: Sequence[str] = ()
    legend: Sequence[tuple[str, str]] = ()
    main: int = 0  # the table that the document is about

    def said(self, code: str) -> str:
        """The sentence of a code in the document's language."""
        return sentence(code, {}, self.locale)

    def stated(self) -> Sequence[Fact]:
        """All that every sheet says of itself."""
        return [*self.facts, *self.versions, *self.made]


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a file, and when, where the registry is kept."""

    name: str
    at: datetime
    zone: str

    def local(self) -> datetime:
        """The moment as the clocks there show it."""
        return self.clock(self.at)

    def clock(self, moment: datetime) -> datetime:
        """Any moment as the clocks there showed it."""
        return moment.astimezone(ZoneInfo(self.zone))

    def facts(self, locale: str) -> list[Fact]:
        """What each sheet says of its making."""
        return [
            Fact(sentence("doc.exported_by", {}, locale), self.name),
            Fact(sentence("doc.exported_at", {}, locale), self.local()),
            Fact(sentence("doc.mention", {}, locale), sentence("doc.uncontrolled", {}, locale)),
        ]
