"""`flask users`: the first account, and help for the day nobody can log in."""

import json
import os
import secrets
from pathlib import Path

import click

from commands.common import actor, emit_json, phenotheque_command, runtime, say
from commands.options import FORMAT
from domain.errors import RefusedByRule
from models.account import Role
from services.accounts.demo_logins import PEOPLE, make_demo_logins
from services.accounts.passwords import hash_password
from services.accounts.people import (
    AccountForm,
    change_account,
    create_account,
    get_account,
    list_accounts,
    set_password,
)

DEMO_FILE = "demo_logins.json"


@click.group("users")
def users() -> None:
    """Make and keep accounts."""


@users.command("create")
@click.argument("login")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="", help="Name shown on the pages; the login where none is given.")
@phenotheque_command
def create(login: str, roles: tuple[str, ...], name: str) -> None:
    """Make an account and print its first password, to be changed at the first login."""
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    with runtime().engines.write_session() as session:
        account = create_account(
            session,
            login=login,
            form=AccountForm(display_name=name or login, roles=roles),
            password_hash=hashed,
            must_change=True,
            actor=actor(),
            now=runtime().now(),
        )
    say("user_created", login=account.login, password=password)


@users.command("list")
@FORMAT
@phenotheque_command
def list_users(form: str) -> None:
    """List the accounts, their roles and whether they are open."""
    with runtime().engines.read_session() as session:
        accounts = list_accounts(session)
    if form == "json":
        emit_json([{"login": one.login, "roles": one.roles, "active": one.active} for one in accounts])
        return
    for one in accounts:
        click.echo(f"{one.login}\t{', '.join(one.roles)}\t{'' if one.active else '–'}")


@users.command("password")
@click.argument("login")
@phenotheque_command
def password(login: str) -> None:
    """Give an account a new first password and end its logins."""
    chosen = secrets.token_urlsafe(12)
    hashed = hash_password(chosen)
    with runtime().engines.write_session() as session:
        account = get_account(session, login)
        set_password(session, account, hashed, must_change=True, actor=actor(), now=runtime().now())
    say("user_password_set", login=account.login, password=chosen)


@users.command("close")
@click.argument("login")
@phenotheque_command
def close(login: str) -> None:
    """Close an account and end its logins."""
    with runtime().engines.write_session() as session:
        account = get_account(session, login)
        form = AccountForm(account.display_name, tuple(account.roles), account.site_id, account.locale, active=False)
        change_account(
            session, account, form=form, version=account.version_id, actor=actor(), now=runtime().now()
        )
    say("user_closed", login=account.login)


@users.command("demo")
@phenotheque_command
def demo() -> None:
    """Make one account for each role of the demo, and print their logins; on a development machine only."""
    held = runtime()
    if held.settings.environment == "production":
        raise RefusedByRule("demo_logins_refused")
    path = held.settings.instance_path / DEMO_FILE
    with held.engines.write_session() as session:
        made = make_demo_logins(session, actor=actor(), now=held.now())
        if made:
            _keep(path, made)
    if path.exists():
        _show(json.loads(path.read_text(encoding="utf-8")))


def _keep(path: Path, made: dict[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file)


def _show(passwords: dict[str, str]) -> None:
    say("demo_logins")
    roles = {login: role.value for role, (login, _) in PEOPLE.items()}
    for login, text in passwords.items():
        click.echo(f"  {roles.get(login, ''):<14} {login:<14} {text}")
