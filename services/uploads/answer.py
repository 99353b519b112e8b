"""What a check or an import of an uploaded file found, as it is kept, shown and given to other systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import PhenothequeError
from models.job import Upload
from services.imports.outcome import ImportResult
from services.uploads.issues import PAGE_CODES, holds_identity, plain_issue, said, shown_issue
from services.wording.catalogue import sentence

COUNTS = ("rows", "created", "updated", "unchanged", "refused", "deactivated")
MOST_ISSUES = 2_000  # kept with an upload; all of an import's own are kept with its batch
_RANKS = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Some of the issues of an upload, worst first; `identity` tells that an identity is among what is shown."""

    issues: Sequence[dict[str, Any]]
    total: int
    identity: bool


def answer_of(result: ImportResult) -> dict[str, Any]:
    """The answer as it is kept: counts, counts by code, and the worst issues."""
    ranked = sorted(result.issues, key=lambda issue: _RANKS[issue.severity])
    return {
        **{name: getattr(result, name) for name in COUNTS},
        "encoding": result.encoding,
        "separator": result.separator,
        "codes": [[code, count, _severity(result, code)] for code, count in result.codes.items()],
        "issues": [plain_issue(issue) for issue in ranked[:MOST_ISSUES]],
        "issues_left_out": len(ranked) - len(ranked[:MOST_ISSUES]) + result.issues_left_out,
        **_details(result.details),
    }


def _severity(result: ImportResult, code: str) -> str:
    found = {issue.severity for issue in result.issues if issue.code == code}
    return min(found, key=lambda severity: _RANKS[severity], default="info")


def _details(details: Mapping[str, Any]) -> dict[str, Any]:
    samples = [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in sample.items()}
        for sample in details.get("samples", ())
    ]
    return {**details, "samples": samples} if "samples" in details else dict(details)


def fault_of(error: PhenothequeError) -> dict[str, Any]:
    """Why the file as a whole cannot be used, as it is kept."""
    params = {name: value if isinstance(value, int | float) else str(value) for name, value in error.params.items()}
    return {"fault": {"code": error.code, "params": params}}


def fault_said(upload: Upload, locale: str) -> str | None:
    """The sentence of the fault of the whole file, None where there is none."""
    fault = upload.result.get("fault")
    if not fault:
        return None
    return sentence(PAGE_CODES.get(fault["code"], fault["code"]), fault["params"], locale)


def issue_page(
    upload: Upload, *, identity: bool, locale: str, limit: int, offset: int = 0, code: str = ""
) -> IssuePage:
    """Some of the issues, each with its sentence; those of one code where one is named."""
    found = [issue for issue in upload.result.get("issues", ()) if not code or issue["code"] == code]
    some = found[offset : offset + limit]
    shown = [shown_issue(issue, upload.kind, identity=identity) for issue in some]
    told = [{**issue, "message": said(issue, locale)} for issue in shown]
    return IssuePage(told, len(found), identity and any(holds_identity(issue, upload.kind) for issue in some))


def upload_json(
    upload: Upload, *, identity: bool, locale: str, limit: int = 100, offset: int = 0,
    progress: tuple[int, int] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One upload for another system: where it stands, its counts, its fault and some of its issues.

    `identity` tells that the reader may see donors' identities; raw texts of such columns are masked otherwise.
    A reader who may, and to whom some are given (`issue_page(…).identity`), is to be noted in the audit trail.
    """
    result = upload.result
    page = issue_page(upload, identity=identity, locale=locale, limit=limit, offset=offset)
    fault = result.get("fault")
    return {
        "id": upload.id,
        "status": upload.status.value,
        "kind": upload.kind.value,
        "mode": upload.mode.value,
        "file_name": upload.file_name,
        "file_hash": upload.file_hash,
        "size": upload.size,
        "uploaded_by": upload.uploaded_by,
        "uploaded_at": upload.uploaded_at.isoformat(),
        "changed_at": upload.changed_at.isoformat(),
        "job": upload.job_id,
        "batch": upload.batch_id,
        "progress": {"done": progress[0], "total": progress[1]} if progress else None,
        "fault": {"code": fault["code"], "message": fault_said(upload, locale)} if fault else None,
        "counts": {name: result[name] for name in COUNTS} if "rows" in result else None,
        "format": result.get("format"),
        "encoding": result.get("encoding"),
        "separator": result.get("separator"),
        "samples": result.get("samples", []),
        "columns": dict(upload.columns),
        "codes": {code: count for code, count, _ in result.get("codes", ())},
        "issues": list(page.issues),
        "issues_total": page.total,
        "issues_left_out": result.get("issues_left_out", 0),
    }
