"""`flask audit`: check that nobody altered the audit trail."""

from dataclasses import asdict

import click
from flask.cli import AppGroup

from commands.common import DONE, REFUSED, emit_json, phenotheque_command, runtime, say
from services.audit import verify_audit

audit = AppGroup("audit", help="Check that nobody altered the audit trail.")


@audit.command("verify")
@click.option("--noted", "noted_hash", help="A seal noted earlier: it must still be in the trail.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@phenotheque_command
def verify(noted_hash: str | None, form: str) -> int:
    """Recompute the seal of every row; exit code 1, naming the first broken row, where one does not hold."""
    with runtime().engines.read_session() as session:
        check = verify_audit(session, noted_hash=noted_hash)
    if form == "json":
        emit_json(asdict(check))
    else:
        say(check.fault or "audit_intact", **asdict(check))
    return REFUSED if check.fault else DONE
