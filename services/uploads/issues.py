"""Issues of an upload as a page may show them: identity masked for whom it is not, commands never spoken of."""

from collections.abc import Mapping
from typing import Any

from models.importing import ImportKind
from services.imports.outcome import FileIssue
from services.uploads.alphabets import names_nobody
from services.wording.catalogue import sentence

MASK = "•••"
OWN_WORDS = ("accepted", "suggestion")  # parameters that are words of ours, and never of the file
# What a command says of its options is said of the page instead.
PAGE_CODES: Mapping[str, str] = {
    "column_unknown_suggestion": "page_column_unknown_suggestion",
    "file_of_antibodies": "page_file_of_other_kind",
    "file_of_other_people": "page_file_of_other_kind",
    "people_file_given_as_antibodies": "page_file_of_other_kind",
    "serum_of_nobody": "page_serum_of_nobody",
    "sample_named_after_file": "page_sample_named_after_file",
    "map_sample_unused": "page_map_sample_unused",
    "map_not_used": "page_map_not_used",
}


def plain_issue(issue: FileIssue) -> dict[str, Any]:
    """One issue as data, its sentence to be made when it is shown."""
    params = {name: value if isinstance(value, int | float) else str(value) for name, value in issue.params.items()}
    return {
        "code": issue.code,
        "severity": issue.severity,
        "line": issue.line,
        "column": issue.column,
        "raw": str(issue.raw),
        "params": params,
    }


def holds_identity(issue: Mapping[str, Any], kind: ImportKind, *, headed: bool) -> bool:
    """Whether the raw text of an issue may be of a donor's identity: by its column and by what it looks like.

    `headed` tells that the first row of the file is one of headings for sure; else it may be a person's.
    """
    if kind is not ImportKind.DONORS or not issue["raw"]:
        return False
    if issue["line"] is None:
        return issue["column"] is not None and not headed  # else of the file as a whole, or of a number on record
    return not names_nobody(issue["column"], issue["raw"])


def shown_issue(issue: Mapping[str, Any], kind: ImportKind, *, identity: bool, headed: bool) -> dict[str, Any]:
    """The issue with its raw text, and every parameter that is text of the file, masked where they may not be seen."""
    if identity or not holds_identity(issue, kind, headed=headed):
        return dict(issue)
    params = {
        name: value if isinstance(value, int | float) or name in OWN_WORDS else MASK
        for name, value in issue["params"].items()
    }
    return {**issue, "column": issue["column"] if issue["line"] else MASK, "raw": MASK, "params": params}


def said(issue: Mapping[str, Any], locale: str) -> str:
    """The sentence of an issue for the reader of a page."""
    code = PAGE_CODES.get(issue["code"], issue["code"])
    params = {"text": issue["raw"], "column": issue["column"] or "", **issue["params"]}
    if "suggestion" in params:  # a column, which a page names in words
        params["suggestion"] = sentence(f"import_column.{params['suggestion']}", {}, locale)
    return sentence(code, params, locale)
