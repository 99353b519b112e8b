"""One operation of the API: what it takes and answers, kept beside the view, checked before the view is called."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, request, url_for
from pydantic import BaseModel, ValidationError

from views.api.fields import Given
from views.api.problems import Unmet, unreadable

Json = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])


class NothingAsked(Given):
    """An address that takes no query."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What the description says of a view, and what is checked for it.

    `answer` is the shape of a successful body, None for none; `conditional`: the write takes `If-Match`;
    `refusals` are statuses beyond those that follow from the rest.
    """

    summary: str
    answer: type[BaseModel] | None = None
    status: int = 200
    query: type[Given] = NothingAsked
    body: type[Given] | None = None
    file: type[Given] | None = None
    etag: bool = False
    conditional: bool = False
    refusals: tuple[int, ...] = ()


def operation(summary: str, **said: Any) -> Callable[[View], View]:
    """Describe a view and call it with what the request gives, read by the shapes it names."""
    described = Operation(summary, **said)

    def decorate(view: View) -> View:
        @wraps(view)
        def called(**path: Any) -> Any:
            try:
                given = _given(described, path)
            except _Unread as unread:
                return unreadable(unread.error, unread.place)
            return view(**given)

        called.operation = described  # type: ignore[attr-defined]
        return called  # type: ignore[return-value]

    return decorate


class _Unread(Exception):
    def __init__(self, error: ValidationError, place: str) -> None:
        super().__init__(place)
        self.error, self.place = error, place


def _given(described: Operation, path: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the view; a query is checked even where none is taken."""
    given = dict(path)
    query = _read("query", lambda: described.query.model_validate(_once(request.args.to_dict(flat=False))))
    if described.query is not NothingAsked:
        given["query"] = query
    if (body := described.body) is not None:
        if request.mimetype != "application/json":
            raise Unmet(415, "media_type_unknown", wanted="application/json")
        given["body"] = _read("body", lambda: body.model_validate_json(request.get_data()))
    if (form := described.file) is not None:
        if request.mimetype != "multipart/form-data":
            raise Unmet(415, "media_type_unknown", wanted="multipart/form-data")
        given["form"] = _read("body", lambda: form.model_validate(_once(_form_fields())))
    return given


def _read(place: str, read: Callable[[], Given]) -> Given:
    try:
        return read()
    except ValidationError as error:
        raise _Unread(error, place) from error


def _form_fields() -> dict[str, list[Any]]:
    return {**request.form.to_dict(flat=False), **request.files.to_dict(flat=False)}


def _once(fields: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Each value of a query; one given twice stays a list, which no field takes."""
    return {name: values[0] if len(values) == 1 else list(values) for name, values in fields.items()}


def answer(body: Mapping[str, Any], status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names are written with underscores."""
    found = Response(json.dumps(body, ensure_ascii=False, default=_plain), status, content_type="application/json")
    found.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return found


def nothing() -> Response:
    """Done, and nothing to say."""
    found = Response(status=204)
    del found.headers["Content-Type"]
    return found


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def part(
    body: Mapping[str, Any], limit: int, key: str, name: str = "items", status: int = 200, **headers: str
) -> Response:
    """One part of a list that was read with one row more than asked: that row only says that more follow."""
    rows = body[name]
    following = str(rows[limit - 1][key]) if len(rows) > limit else None
    return answer({**body, name: rows[:limit], "next": following}, status, **_link(following), **headers)


def _link(following: str | None) -> dict[str, str]:
    """The `Link` header of the next part of the list that is being answered."""
    if following is None or request.endpoint is None:
        return {}
    query = urlencode({**request.args.to_dict(), "after": following})
    return {"Link": f'<{url_for(request.endpoint, **(request.view_args or {}))}?{query}>; rel="next"'}
