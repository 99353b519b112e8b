"""Which heading of an uploaded file is which column: as it is read now, with what a person may confirm instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.donor import TYPING_COLUMNS
from models.importing import ImportKind
from services.imports.columns import plain_heading, suggest_column
from services.imports.fields import GL_STRING
from services.imports.filetype import FileKind, recognise_file
from services.imports.tabular import read_table
from services.uploads.issues import MASK
from services.uploads.kinds import FORMS, column_of

LEFT_OUT = ""
TYPED = frozenset((*TYPING_COLUMNS, GL_STRING))
MOST_HEADINGS = 300  # a page with more choices helps nobody; the others are read as they name themselves


@dataclass(frozen=True, slots=True)
class HeadingChoice:
    """One heading: the column it is read as (empty: left out), and the column it resembles where it is left out."""

    place: int
    heading: str
    column: str
    suggestion: str | None = None
    by_hand: bool = False


def read_headings(content: bytes, kind: ImportKind) -> list[str]:
    """The headings of a file of donors or patients, none of another. Raises UnusableInput where it is no table."""
    if kind not in FORMS or recognise_file(content) is FileKind.XML:
        return []
    return [heading[:200] for heading in read_table(content).headings[:MOST_HEADINGS]]


def are_headings(headings: Sequence[str], kind: ImportKind) -> bool:
    """Whether the first row of a file is one of headings for sure, and no person's row in a file without headings.

    It is where it names the key, or two other columns: no cell of a person says that. Typings do not count, since `A*1`
    reads as a value and as a heading, nor does likeness: Régine resembles region, Émile resembles e-mail.
    """
    form = FORMS.get(kind)
    known = {column_of(heading, kind) for heading in headings} if form else set()
    return form is None or form.key in known or len({name for name in known if name} - TYPED) > 1


def shown_headings(headings: Sequence[str], kind: ImportKind, *, identity: bool) -> Sequence[str]:
    """The headings as a person may read them: where they may be somebody's row, those that name no column are masked.

    A masked one is told by its place, as a column without heading is.
    """
    if identity or kind is not ImportKind.DONORS or are_headings(headings, kind):
        return headings
    return [
        heading if not heading or column_of(heading, kind) else f"#{place} {MASK}"
        for place, heading in enumerate(headings, start=1)
    ]


def heading_choices(headings: Sequence[str], kind: ImportKind, by_hand: Mapping[str, str]) -> Sequence[HeadingChoice]:
    """How every heading is read."""
    form = FORMS.get(kind)
    if form is None:
        return ()
    chosen = {plain_heading(heading): column for heading, column in by_hand.items()}
    read = [
        (place, heading, chosen.get(plain_heading(heading), column_of(heading, kind) or LEFT_OUT))
        for place, heading in enumerate(headings)
        if heading
    ]
    taken = {column for _, _, column in read}
    free = [name for name in form.fields if name not in taken]
    return [
        HeadingChoice(
            place, heading, column,
            suggestion=suggest_column(heading, free) if column == LEFT_OUT else None,
            by_hand=plain_heading(heading) in chosen,
        )
        for place, heading, column in read
    ]  # fmt: skip


def columns_by_hand(headings: Sequence[str], kind: ImportKind, chosen: Mapping[int, str]) -> dict[str, str]:
    """What has to be said by hand, heading → column, so that every heading is read as was chosen."""
    if kind not in FORMS:
        return {}
    return {
        headings[place]: column
        for place, column in chosen.items()
        if 0 <= place < len(headings) and headings[place]
        and column != (column_of(headings[place], kind) or LEFT_OUT)
    }  # fmt: skip
