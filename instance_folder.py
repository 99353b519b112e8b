"""The folder of an instance: made where it is missing, and the keys of a development machine in it."""

import base64
import errno
import json
import os
import secrets
from pathlib import Path

import click
from filelock import FileLock

from models.database import holds_people

SECRETS = ("secret_key", "data_keys", "index_key")


class SettingsRefused(click.ClickException):
    """The settings cannot be used; the message says which one and what to do (exit code 2, no traceback)."""

    exit_code = 2


def open_instance(instance: Path) -> None:
    """Makes the instance folder where there is none; raises SettingsRefused where it cannot be written in."""
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(instance, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _folder_refused(instance, error) from error


def development_keys(instance: Path, url: str) -> dict[str, str]:
    """Keys of a development machine, made once in the instance folder, readable by its owner alone.

    Raises SettingsRefused where they cannot be read, or are missing beside a database that was filled with them.
    """
    open_instance(instance)
    path = instance / "keys.json"
    try:
        with FileLock(instance / "keys.lock"):  # two workers may start at the same moment
            if not path.exists():
                _make_keys(path, url)
        kept = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _folder_refused(path, error) from error
    except ValueError as error:  # not UTF-8, or not JSON
        raise _keys_refused(path) from error
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) and kept[name] for name in SECRETS):
        raise _keys_refused(path)
    return kept


def _make_keys(path: Path, url: str) -> None:
    if holds_people(url):
        raise SettingsRefused(
            f"{path} is missing, and the database holds identities that only its keys can read: "
            "put that file back, or give the keys as settings. No new keys were made."
        )
    keys = {
        "secret_key": secrets.token_urlsafe(48),
        "data_keys": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "index_key": secrets.token_urlsafe(48),
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(keys, file)


def _keys_refused(path: Path) -> SettingsRefused:
    return SettingsRefused(f"{path} does not hold the keys of this instance: put back the copy that was saved.")


def _folder_refused(path: Path, error: OSError) -> SettingsRefused:
    return SettingsRefused(f"PHENOTHEQUE_INSTANCE_PATH: {path} cannot be used ({error.strerror or 'no access'}).")
