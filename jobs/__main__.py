"""`python -m jobs`: wait to be the leader, then work until told to stop."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import structlog

from config import ROOT, Runtime, load_settings, system_clock
from domain.errors import UnusableInput
from instance_folder import SettingsRefused, open_instance
from jobs.leader import Leader, make_leader
from jobs.process import work
from logs import configure_logs
from models.crypto import configure_keys
from models.database import known_revisions, make_engines
from services.wording.catalogue import sentence

SECONDS_BETWEEN_TRIES = 1.0
DONE, LOST, UNUSABLE = 0, 1, 2
log = structlog.get_logger("jobs")


def open_runtime() -> Runtime:
    """Settings, keys and engines, as the site opens them. Raises SettingsRefused."""
    settings = load_settings()
    configure_logs(settings.log_level, as_json=settings.environment == "production")
    open_instance(settings.instance_path)
    try:
        configure_keys(settings.data_key_list(), settings.index_key.get_secret_value())
        engines = make_engines(settings.database_url, revisions=known_revisions(ROOT / "migrations" / "versions"))
    except UnusableInput as error:
        raise SettingsRefused(sentence(error.code, error.params, settings.locale)) from error
    return Runtime(settings, engines, settings.instance_path / "snapshots", system_clock)


def become_leader(leader: Leader, stop: threading.Event) -> bool:
    """Wait until no other process is the leader; False where told to stop meanwhile."""
    waited = False
    while not leader.try_take():
        if not waited:
            log.info("jobs_waiting")  # another process of this instance works; this one takes over when it ends
            waited = True
        if stop.wait(SECONDS_BETWEEN_TRIES):
            return False
    return not stop.is_set()


def main() -> int:
    """Run until a signal to stop; the exit code."""
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: Any) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, ask_to_stop)
    try:
        runtime = open_runtime()
    except SettingsRefused as error:
        sys.stderr.write(f"{error.format_message()}\n")
        return UNUSABLE
    leader = make_leader(runtime.engines, Path(runtime.settings.instance_path))
    try:
        if not become_leader(leader, stop):
            return DONE
        return DONE if work(runtime, leader, stop) else LOST
    finally:
        leader.release()
        runtime.engines.dispose()


if __name__ == "__main__":
    sys.exit(main())
