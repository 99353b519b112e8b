"""`flask mail`: the outbox from the command line, a round of sending, and a mail to try the settings with."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import uuid4

import click

from commands.common import DONE, REFUSED, emit_json, locale, phenotheque_command, runtime, say
from commands.options import FORMAT
from commands.tables import print_table, word
from domain.errors import UnusableInput
from jobs.sending import Post, hand_over, senders_of, terms_of
from models.outbox import MessageChannel, OutboxState
from services.accounts.emails import checked_email
from services.notifications.bounces import record_bounce
from services.notifications.kinds import Saying, Words
from services.notifications.listing import Listed, count_states, list_messages
from services.notifications.rendering import Envelope, mail_of
from services.notifications.senders import Outgoing
from services.wording.catalogue import sentence
from services.wording.formats import format_moment

MOST_SHOWN = 50
LONGEST_SECONDS = 3_600
LONGEST_REPORT = 10_000_000  # bytes; a report returns the mail at most, and ours are short


@click.group("mail")
def mail() -> None:
    """Look at the outbox, and send."""


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in OutboxState]), help="Of one state alone.")
@FORMAT
@phenotheque_command
def list_mail(state: str | None, form: str) -> None:
    """List how many messages stand in each state, and the messages, what failed first; addresses are masked."""
    with runtime().engines.read_session() as session:
        counts = count_states(session)
        rows, total = list_messages(session, state=OutboxState(state) if state else None, limit=MOST_SHOWN)
    if form == "json":
        states = {one.value: count for one, count in counts.items()}
        emit_json({"total": total, "states": states, "messages": [_plain(row) for row in rows]})
    elif not rows:
        click.echo(sentence("outbox_empty", {}, locale()))
    else:
        _show(rows)


@mail.command("send")
@click.option(
    "--seconds", type=click.IntRange(1, LONGEST_SECONDS), default=60, show_default=True, help="Longest time of sending."
)
@FORMAT
@phenotheque_command
def send(seconds: int, form: str) -> int:
    """Send what is due now, as the jobs process does by itself; exit code 1 where the mail server fails."""
    done = Post(runtime()).send_due(float(seconds))
    if form == "json":
        states = {state.value: count for state, count in done.states.items()}
        fault = done.fault and {"code": done.fault.code, "reply": done.fault.reply}
        emit_json({"states": states, "fault": fault})
    else:
        counts = {"sent": done.states[OutboxState.SENT], "all": done.states.total()}
        click.echo(sentence("outbox_round", counts, locale()))
        if done.fault:
            say(done.fault.code)
    return REFUSED if done.fault else DONE


@mail.command("test")
@click.argument("address")
@FORMAT
@phenotheque_command
def test(address: str, form: str) -> int:
    """Send one mail to ADDRESS at once, outside the outbox, to try the settings; exit code 1 where it is not taken."""
    held, terms = runtime(), terms_of(runtime().settings)
    to, identifier = checked_email(address), str(uuid4())
    if to is None:
        raise UnusableInput("email_unusable")
    saying = Saying(Words("mail.test"), Words("mail.test.body"), "/")
    envelope = Envelope(to, locale(), terms.letterhead.message_id(identifier), held.now())
    sender = senders_of(held.settings)[MessageChannel.MAIL]
    fault = hand_over(sender, Outgoing(identifier, to, mail_of(saying, terms.letterhead, envelope)))
    sender.close()
    if form == "json":
        emit_json({"sent": fault is None, "code": fault and fault.code, "reply": fault.reply if fault else ""})
    elif fault is None:
        click.echo(sentence("outbox_test_sent", {}, locale()))
    else:
        say(fault.code)
        click.echo(fault.reply, err=True)
    return REFUSED if fault else DONE


@mail.command("bounce")
@click.argument("report", type=click.File("rb"), default="-")
@FORMAT
@phenotheque_command
def bounce(report: BinaryIO, form: str) -> None:
    """Read a delivery report (RFC 3464; default: standard input) and mark the message and the address it is about."""
    content = report.read(LONGEST_REPORT + 1)
    if len(content) > LONGEST_REPORT:
        raise UnusableInput("bounce_unreadable")
    with runtime().engines.write_session() as session:
        state = record_bounce(session, content, now=runtime().now())
    if form == "json":
        emit_json({"state": state.value})
    else:
        click.echo(sentence("outbox_now", {"state": word("outbox_state", state.value, locale())}, locale()))


def _plain(row: Listed) -> dict[str, object]:
    names = (
        "id", "login", "address", "kind", "topic", "urgent", "attempts", "error_code", "reply", "created_at",
        "next_try_at", "ended_at",
    )  # fmt: skip
    return {"state": row.state.value, "channel": row.channel.value, **{name: getattr(row, name) for name in names}}


def _show(rows: Sequence[Listed]) -> None:
    zone = runtime().settings.timezone
    cells = [
        (
            format_moment(row.created_at, locale(), zone),
            f"{row.login} {row.address}".strip(),
            word("mail", f"{row.kind}.{row.topic}" if row.topic else row.kind, locale()),
            word("outbox_state", row.state.value, locale()),
            " ".join(filter(None, (row.error_code and sentence(row.error_code, {}, locale()), row.reply))),
            str(row.attempts),
        )
        for row in rows
    ]
    title = sentence("title_outbox", {}, locale())
    print_table(title, ("asked_at", "recipient", "message", "status", "reason", "attempts"), cells, 5, locale())
