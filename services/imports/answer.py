"""The answer to an import as plain data, each issue with its sentence, for a command and a page alike."""

from dataclasses import asdict
from typing import Any

from services.imports.outcome import FileIssue, ImportResult
from services.wording.catalogue import sentence

_COUNTS = ("rows", "created", "updated", "unchanged", "refused", "deactivated")


def issue_sentence(issue: FileIssue, locale: str) -> str:
    """The reason in the reader's language; `{text}` is the raw text."""
    return sentence(issue.code, {"text": issue.raw, "column": issue.column or "", **issue.params}, locale)


def issue_json(issue: FileIssue, locale: str) -> dict[str, Any]:
    """One issue as INTERFACES §2 asks: place, code, raw text and a sentence."""
    return {
        "line": issue.line,
        "column": issue.column,
        "code": issue.code,
        "severity": issue.severity,
        "raw": issue.raw,
        "params": dict(issue.params),
        "message": issue_sentence(issue, locale),
    }


def import_json(result: ImportResult, locale: str) -> dict[str, Any]:
    """The whole answer."""
    return {
        "batch": result.batch,
        "kind": result.kind,
        "mode": result.mode,
        "file": result.file_name,
        "encoding": result.encoding,
        "separator": result.separator,
        **{name: getattr(result, name) for name in _COUNTS},
        "codes": dict(result.codes),
        "issues": [issue_json(issue, locale) for issue in result.issues],
        "issues_left_out": result.issues_left_out,
        **asdict(result)["details"],
    }
