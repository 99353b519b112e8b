"""What a check or an import of an uploaded file found, as it is kept, shown and given to other systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import PhenothequeError
from models.importing import ImportKind
from models.job import Upload
from services.imports.outcome import ImportResult
from services.uploads.issues import MASK, PAGE_CODES, holds_identity, plain_issue, said, shown_issue
from services.uploads.mapping import are_headings, shown_headings
from services.wording.catalogue import sentence

COUNTS = ("rows", "created", "updated", "unchanged", "refused", "deactivated")
MOST_ISSUES = 2_000  # kept with an upload; all of an import's own are kept with its batch
_OF_HEADINGS = {"found", "first", "second", "heading"}  # parameters of faults that hold headings of the file
_RANKS = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class IssuePage:
    """Some of the issues of an upload, worst first.

    `identity` tells that an identity may be among what is shown, in them or in what stands for headings.
    """

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


def fault_said(upload: Upload, locale: str, *, identity: bool) -> str | None:
    """The sentence of the fault of the whole file, None where there is none; its headings masked where they must be."""
    fault = upload.result.get("fault")
    if not fault:
        return None
    hidden = _OF_HEADINGS & fault["params"].keys() if not identity and _may_be_a_row(upload) else ()
    kinds = set(ImportKind)
    masked = {name: MASK for name in hidden if fault["params"][name] not in kinds}
    return sentence(PAGE_CODES.get(fault["code"], fault["code"]), {**fault["params"], **masked}, locale)


def _may_be_a_row(upload: Upload) -> bool:
    """Whether what stands for the headings of a file of donors may be somebody's row."""
    return upload.kind is ImportKind.DONORS and not are_headings(upload.result.get("headings", ()), upload.kind)


def issue_page(
    upload: Upload, *, identity: bool, locale: str, limit: int, offset: int = 0, code: str = ""
) -> IssuePage:
    """Some of the issues, each with its sentence; those of one code where one is named."""
    found = [issue for issue in upload.result.get("issues", ()) if not code or issue["code"] == code]
    some = found[offset : offset + limit]
    headed = not _may_be_a_row(upload)
    shown = [shown_issue(issue, upload.kind, identity=identity, headed=headed) for issue in some]
    told = [{**issue, "message": said(issue, locale)} for issue in shown]
    seen = bool(upload.result.get("headings")) and not headed
    seen = seen or any(holds_identity(issue, upload.kind, headed=headed) for issue in some)
    return IssuePage(told, len(found), identity and seen)


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
        "fault": {"code": fault["code"], "message": fault_said(upload, locale, identity=identity)} if fault else None,
        "counts": {name: result[name] for name in COUNTS} if "rows" in result else None,
        "format": result.get("format"),
        "encoding": result.get("encoding"),
        "separator": result.get("separator"),
        "samples": result.get("samples", []),
        "columns": _columns_shown(upload, identity=identity),
        "codes": {code: count for code, count, _ in result.get("codes", ())},
        "issues": list(page.issues),
        "issues_total": page.total,
        "issues_left_out": result.get("issues_left_out", 0),
    }


def _columns_shown(upload: Upload, *, identity: bool) -> dict[str, str]:
    """Heading → column as was said by hand, each heading as it may be read."""
    headings = upload.result.get("headings", ())
    shown = dict(zip(headings, shown_headings(headings, upload.kind, identity=identity), strict=True))
    return {shown[heading]: column for heading, column in upload.columns.items() if heading in shown}
