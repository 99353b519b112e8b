"""`flask keys`: make new secrets, and put every identity under the newest encryption key."""

import secrets

import click
from flask.cli import AppGroup

from commands.common import actor, phenotheque_command, runtime, say
from config import PREFIX
from models.crypto import generate_key
from services.audit import record_audit
from services.keys import rotate_keys

keys = AppGroup("keys", help="Make secrets; put every identity under the newest encryption key.")


@keys.command("new")
@phenotheque_command
def new() -> None:
    """Print a set of new secrets, as lines for the environment; nothing is stored."""
    click.echo(f"{PREFIX}SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"{PREFIX}DATA_KEYS={generate_key()}")
    click.echo(f"{PREFIX}INDEX_KEY={secrets.token_urlsafe(48)}")


@keys.command("rotate")
@phenotheque_command
def rotate() -> None:
    """Re-encrypt all identities under the first key of PHENOTHEQUE_DATA_KEYS, and renew the blind indexes."""
    held = runtime()
    with held.engines.write_session() as session:
        rows = rotate_keys(session, progress=_show)
        record_audit(
            session,
            actor=actor(),
            action="keys.rotated",
            subject_type="registry",
            subject_key="",
            details={"rows": dict(rows)},
            now=held.now(),
        )
    say("keys_rotated", rows=sum(rows.values()))


def _show(table: str, done: int, total: int) -> None:
    click.echo(f"\r{table} {done}/{total}", err=True, nl=done == total)
