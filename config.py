"""Settings: typed, read from the environment, documented here (`.env.example` is made from them)."""

import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from instance_folder import SECRETS, SettingsRefused, development_keys
from models.database import Engines

ROOT = Path(__file__).resolve().parent
PREFIX = "PHENOTHEQUE_"
LEAST_SECRET_CHARACTERS = 32
NOBODY = "phenotheque@phenotheque.invalid"  # mail_from of a site that sends none


class Settings(BaseSettings):
    """Every setting of the application; each is read from the environment as PHENOTHEQUE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=ROOT / ".env", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = Field(
        default="development",
        description="production refuses to start with a missing or short secret; development makes its own.",
    )
    instance_path: Path = Field(
        default=Path("instance"),
        description="Folder of the SQLite database, the index snapshots and the development keys; "
        "relative to the checkout.",
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy address of the database, sqlite:///… or postgresql+psycopg://…; "
        "empty: phenotheque.sqlite in the instance folder.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""), description="Signs sessions and forms; at least 32 characters. Secret."
    )
    data_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Fernet keys for donors' and patients' identities, comma separated: "
        "the first encrypts, all decrypt. Secret.",
    )
    index_key: SecretStr = Field(
        default=SecretStr(""),
        description="Keys the blind indexes used to look an identity up; at least 32 characters. Secret.",
    )
    locale: Literal["fr", "en"] = Field(
        default="fr", description="Language of the commands, and of pages whose reader asked for no other."
    )
    timezone: str = Field(default="Europe/Paris", description="Time zone that decides which day today is.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Log lines go to standard error; debug adds the traceback of an unforeseen failure.",
    )
    trusted_hosts: str = Field(
        default="127.0.0.1,localhost",
        description="Host names the site answers to, comma separated; any other is refused.",
    )
    session_idle_minutes: int = Field(
        default=15, ge=1, le=720, description="Minutes without a page after which a login has to be renewed."
    )
    session_hours: int = Field(default=12, ge=1, le=24, description="Hours after which every login ends.")
    hold_hours: int = Field(
        default=24, ge=1, le=240, description="Hours that a donor is held before somebody confirms or it expires."
    )
    upload_mb: int = Field(default=40, ge=1, le=1000, description="Largest file a page accepts, in megabytes.")
    backups_kept: int = Field(default=14, ge=1, le=3650, description="How many daily copies of the database are kept.")
    attempts_kept_days: int = Field(
        default=1, ge=1, le=3650, description="Days after which failed attempts to log in are deleted."
    )
    logins_kept_days: int = Field(default=30, ge=1, le=3650, description="Days after which ended logins are deleted.")
    uploads_kept_days: int = Field(
        default=30, ge=1, le=3650, description="Days after which texts quoted from imported files are deleted."
    )
    jobs_kept_days: int = Field(
        default=400,
        ge=30,
        le=3650,
        description="Days after which requests and runs of jobs, and kept divisions of donors, are deleted.",
    )
    feed_path: str = Field(default="", description="Folder in which other systems leave files to import; empty: none.")
    feed_expected: str = Field(
        default="donors", description="Folders of the feed that must get files: donors, patients, antibodies."
    )
    feed_expected_days: int = Field(
        default=0, ge=0, le=366, description="Working days within which each of them must get one; 0: no alarm."
    )
    feed_kept_days: int = Field(
        default=30, ge=1, le=3650, description="Days after which files of the feed that were dealt with are deleted."
    )
    feed_full: bool = Field(
        default=False, description="Whether donors absent from a donor file of the feed become inactive."
    )
    feed_most_absent_percent: int = Field(
        default=5, ge=0, le=100, description="With feed_full: a file is refused that lacks more of the active donors."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=4, description="How many proxies stand before the site and name the caller's address."
    )
    login_by: Literal["local"] = Field(
        default="local",
        description="How people prove who they are: local is a password kept here (docs/operations.md tells how "
        "another way is added).",
    )

    site_url: str = Field(
        default="http://127.0.0.1:8000", pattern=r"^https?://[^\s/]+$|^https?://[^\s/]+/",
        description="Address of the site as people open it; the links of mails begin with it.",
    )  # fmt: skip
    mail_sender: Literal["null", "console", "smtp"] = Field(
        default="null", description="How mail leaves: null sends none, console writes it to standard error (to try it)."
    )
    mail_from: str = Field(
        default=NOBODY,
        description="Address that mails come from and that bounces go back to.",
    )
    mail_host: str = Field(default="", description="Mail server (SMTP).")
    mail_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    mail_security: Literal["starttls", "ssl", "none"] = Field(
        default="starttls", description="TLS with the mail server: asked for, from the first byte (ssl), or none."
    )
    mail_login: str = Field(default="", description="Login on the mail server; empty: none is needed.")
    mail_password: SecretStr = Field(default=SecretStr(""), description="Password of that login. Secret.")
    mail_timeout_seconds: int = Field(default=10, ge=1, le=60, description="Seconds that one mail may take.")
    mail_quiet_from: int = Field(
        default=20, ge=0, le=23, description="Hour of the day from which only urgent messages are sent."
    )
    mail_quiet_until: int = Field(
        default=7, ge=0, le=23, description="Hour until which they wait; the same as mail_quiet_from: they never do."
    )

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, text: str) -> str:
        if text == NOBODY:
            return text
        from email_validator import validate_email  # takes longer to load than most commands to run

        return str(validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name} is not a time zone") from error

    def feed_folder(self) -> Path | None:
        """The folder of the feed, None where there is none."""
        return ROOT / self.feed_path if self.feed_path else None

    def data_key_list(self) -> list[str]:
        """The encryption keys, the one that encrypts first."""
        return [key.strip() for key in self.data_keys.get_secret_value().split(",") if key.strip()]

    def trusted_host_list(self) -> list[str]:
        """The host names the site answers to."""
        return [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]

    def settled(self) -> Self:
        """The same settings with folders absolute, the database address known and every secret present.

        Raises SettingsRefused where a secret is missing or weak in production, or mail is to leave from nowhere.
        """
        _refuse_half_a_mail_server(self)
        instance = self.instance_path if self.instance_path.is_absolute() else ROOT / self.instance_path
        url = self.database_url or f"sqlite:///{instance / 'phenotheque.sqlite'}"
        update: dict[str, object] = {"instance_path": instance, "database_url": url}
        if self.environment == "production":
            _refuse_weak_secrets(self)
        elif missing := [name for name in SECRETS if not getattr(self, name).get_secret_value()]:
            keys = development_keys(instance, url)
            update |= {name: SecretStr(keys[name]) for name in missing}
        return self.model_copy(update=update)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a request or a command works with, kept in `app.extensions["phenotheque"]`."""

    settings: Settings
    engines: Engines
    snapshots_path: Path
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        """The present moment, aware, in UTC: read at the edges only and handed down."""
        return self.clock()

    def today(self) -> date:
        """The present day where the registry is kept (setting `timezone`)."""
        return self.clock().astimezone(ZoneInfo(self.settings.timezone)).date()


def system_clock() -> datetime:
    """The machine's clock, aware, in UTC."""
    return datetime.now(UTC)


def load_settings() -> Settings:
    """Settings from the environment, settled; raises SettingsRefused with one sentence for each fault."""
    try:
        return Settings().settled()
    except ValidationError as error:
        faults = [_fault_of_setting(str(fault["loc"][0]), fault["input"]) for fault in error.errors()]
        raise SettingsRefused("Settings cannot be used. " + " · ".join(faults)) from error


def _fault_of_setting(name: str, given: Any) -> str:
    """One sentence on a setting that cannot be used; a secret is not repeated."""
    choices = get_args(Settings.model_fields[name].annotation)
    variable = f"{PREFIX}{name.upper()}"
    if choices:
        return f"{variable}: “{given}” is not one of {', '.join(choices)}."
    if name == "timezone":
        return f"{variable}: “{given}” is not a time zone; write a name such as Europe/Paris."
    return f"{variable} cannot be read."


def settings_example() -> str:
    """The text of `.env.example`: every setting with its meaning and its default."""
    lines = ["# Every setting with its default: copy to .env, uncomment what differs. Written by `make env`."]
    for name, field in Settings.model_fields.items():
        default = "" if isinstance(field.default, SecretStr) else str(field.default)
        lines += ["", *(f"# {line}" for line in textwrap.wrap(str(field.description), 100))]
        lines.append(f"# {PREFIX}{name.upper()}={default}")
    return "\n".join(lines) + "\n"


def _refuse_weak_secrets(settings: Settings) -> None:
    for name in SECRETS:
        value = getattr(settings, name).get_secret_value()
        if len(value) < LEAST_SECRET_CHARACTERS or len(set(value)) < 8:
            raise SettingsRefused(
                f"{PREFIX}{name.upper()} is missing or too simple: production needs a secret of its own, "
                f"at least {LEAST_SECRET_CHARACTERS} characters (docs/operations.md says how to make one)."
            )


def _refuse_half_a_mail_server(settings: Settings) -> None:
    missing = [name for name in ("mail_host", "mail_from") if getattr(settings, name) in ("", NOBODY)]
    if settings.mail_sender == "smtp" and missing:
        raise SettingsRefused(
            f"{', '.join(f'{PREFIX}{name.upper()}' for name in missing)}: missing. Mail is to be sent by a server "
            "(mail_sender is smtp), which has a name, and from an address."
        )


if __name__ == "__main__":
    sys.stdout.write(settings_example())
