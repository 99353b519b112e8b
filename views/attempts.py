"""Passwords typed into pages: judged while no writer waits, and held back alike wherever they are typed."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from sqlmodel import Session

from models.account import Account
from services.accounts.login import Attempt, Refusal, begin_attempt, end_attempt, judge
from services.wording.catalogue import sentence
from views.language import current_locale
from views.running import now, person, runtime

Done = TypeVar("Done")


def sent_from() -> str:
    """The address that a request comes from."""
    return request.remote_addr or ""


def try_password(login: str, password: str) -> Attempt | Refusal:
    """An attempt whose password is judged, to be ended in a writing session; a Refusal where none is heard for now."""
    with runtime().engines.read_session() as session:
        attempt = begin_attempt(session, login=login, address=sent_from(), now=now())
    return attempt if isinstance(attempt, Refusal) else judge(attempt, password)


def do_as_oneself(field: Any, do: Callable[[Session, Account], Done]) -> Done | None:
    """Do what asks for one's own password again; None where it is refused, which is then said beside its field."""
    found = try_password(person().login, field.data)
    if isinstance(found, Attempt):
        with runtime().engines.write_session() as session:
            ended = end_attempt(session, found, failed_as="password_refused", now=now())
            if isinstance(ended, Account):
                return do(session, ended)
        found = ended
    code = "password_wrong" if found.code == "login_refused" else found.code
    field.errors = [sentence(code, {"minutes": found.minutes}, current_locale())]
    return None
