"""What every view works with: the running application, the snapshot of the registry it keeps open, who asks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g

from config import Runtime
from services.accounts.person import Person
from services.matching.snapshots import SnapshotStore

SNAPSHOTS = "phenotheque_snapshots"
TOKEN, SEEN = "token", "seen"  # what the cookie holds: the login, and when it was last used


def register(app: Flask) -> None:
    """Keep the registry's snapshot open for the life of this process."""
    app.extensions[SNAPSHOTS] = SnapshotStore(app.extensions["phenotheque"].snapshots_path)


def runtime() -> Runtime:
    """The settings, engines and clock of the running application."""
    held: Runtime = current_app.extensions["phenotheque"]
    return held


def snapshots() -> SnapshotStore:
    """The snapshots of the registry."""
    held: SnapshotStore = current_app.extensions[SNAPSHOTS]
    return held


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return runtime().now()


def local_now() -> datetime:
    """The present moment where the registry is kept."""
    return now().astimezone(ZoneInfo(runtime().settings.timezone))


def find_person() -> Person | None:
    """Who asks, None for nobody."""
    held: Person | None = g.get("person")
    return held


def person() -> Person:
    """Who asks, in a view that only somebody logged in can reach."""
    held: Person = g.person
    return held


def actor() -> str:
    """The name that the audit trail gives to whoever asks."""
    return person().login
