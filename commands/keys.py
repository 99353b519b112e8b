"""`flask keys`: put every identity under the newest encryption key."""

import getpass

import click
from flask.cli import AppGroup

from commands.common import phenotheque_command, runtime, say
from services.audit import record_audit
from services.keys import rotate_keys

keys = AppGroup("keys", help="Put every identity under the newest encryption key.")


@keys.command("rotate")
@phenotheque_command
def rotate() -> None:
    """Re-encrypt all identities under the first key of PHENOTHEQUE_DATA_KEYS, and renew the blind indexes."""
    held = runtime()
    with held.engines.write_session() as session:
        rows = rotate_keys(session, progress=_show)
        record_audit(
            session,
            actor=f"cli:{getpass.getuser()}",
            action="keys.rotated",
            subject_type="registry",
            subject_key="",
            details={"rows": dict(rows)},
            now=held.now(),
        )
    say("keys_rotated", rows=sum(rows.values()))


def _show(table: str, done: int, total: int) -> None:
    click.echo(f"\r{table} {done}/{total}", err=True, nl=done == total)
