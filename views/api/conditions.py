"""Writes that name the version they change: `ETag`, `If-Match`, `If-None-Match`."""

from flask import request

from views.api.problems import Unmet


def check_version(current: str | None) -> None:
    """Raises Unmet: 428 where the request names no version, 412 where it names another than the current one.

    `current` is the text of the ETag, None where there is nothing yet: that is named by `If-None-Match: *`.
    """
    match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is None and none is None:
        raise Unmet(428, "if_match_needed")
    if match is not None and (current is None or not _names(match, current)):
        raise Unmet(412, "changed_meanwhile")
    if none is not None and (none.strip() != "*" or current is not None):
        raise Unmet(412, "changed_meanwhile")


def _names(match: str, current: str) -> bool:
    return any(one.strip() == f'"{current}"' for one in match.split(","))


def etag(version: object) -> dict[str, str]:
    """The `ETag` header of a version."""
    return {"ETag": f'"{tag(version)}"'}


def tag(version: object) -> str:
    """The text of the ETag of a version."""
    return f"v{version}"
