"""Whoever asks, and their bearer tokens."""

from typing import Any, Literal

from flask import Blueprint, Response, url_for
from flask_wtf.csrf import generate_csrf
from pydantic import Field

from models.account import ApiToken
from services.accounts.tokens import LONGEST_DAYS, LONGEST_NAME, create_token, list_tokens, revoke_token
from views.access import logged_in
from views.api import donor_shapes as shapes
from views.api.fields import Given, Key
from views.api.operation import answer, nothing, operation, part
from views.api.problems import Unmet
from views.running import actor, now, person, runtime

blueprint = Blueprint("people", __name__)


class TokenBody(Given):
    """A token to make."""

    name: Key = Field(max_length=LONGEST_NAME, examples=["nightly export"])
    scope: Literal["read", "write"]
    days: int = Field(ge=1, le=LONGEST_DAYS, description="How long it lasts.", examples=[30])


@blueprint.get("/me")
@logged_in
@operation("Read who asks", answer=shapes.Me)
def me() -> Response:
    """The account behind the request, and what it may do."""
    asked = person()
    said = {name: getattr(asked, name) for name in ("login", "display_name", "roles", "site", "region", "scope")}
    by_token = asked.scope is not None
    return answer(
        {
            **said,
            "permissions": sorted(asked.permissions),
            "recognised_by": "token" if by_token else "session",
            "csrf_token": None if by_token else generate_csrf(),
        }
    )


@blueprint.get("/tokens")
@logged_in
@operation("List one's own tokens, the latest first", answer=shapes.Tokens)
def index() -> Response:
    """All of them: a person has few."""
    with runtime().engines.read_session() as session:
        rows = [_shown(row) for row in list_tokens(session, person().account_id)]
    return part({"items": rows}, len(rows), "id")


@blueprint.post("/tokens")
@logged_in
@operation("Make a token", body=TokenBody, answer=shapes.NewToken, status=201, refusals=(403,))
def create(body: TokenBody) -> Response:
    """A token for another program; not by a token: a stolen one must not outlive its end."""
    asked = person()
    if asked.scope is not None:
        raise Unmet(403, "token_by_token")
    with runtime().engines.write_session() as session:
        row, text = create_token(
            session, account_id=asked.account_id, **body.model_dump(), actor=actor(), now=now()
        )
    return answer({**_shown(row), "token": text}, 201, Location=url_for("api.people.index"))


@blueprint.delete("/tokens/<int:token_id>")
@logged_in
@operation("Revoke one of one's own tokens", status=204)
def revoke(token_id: int) -> Response:
    """The token no longer opens anything."""
    with runtime().engines.write_session() as session:
        revoke_token(session, account_id=person().account_id, token_id=token_id, actor=actor(), now=now())
    return nothing()


def _shown(row: ApiToken) -> dict[str, Any]:
    return {name: getattr(row, name) for name in shapes.Token.model_fields}
