"""Fixtures of every test: a settled instance on its own database, a fixed day, no network, no mail."""

import dataclasses
import os
import pwd
import secrets
import shutil
import smtplib
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher

from tests.logins import log_in
from tests.quick_apps import TEMPLATES, keep_addresses

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def pytest_configure(config):
    # Tests describe one machine: settings of the person's shell or of a .env file must not change them.
    for name in [name for name in os.environ if name.startswith("PHENOTHEQUE_")]:
        del os.environ[name]
    os.environ["FLASK_SKIP_DOTENV"] = "1"
    # How long an example takes tells how busy the machine is, not whether the rule holds.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if "postgres_url" in item.fixturenames:
            item.add_marker(pytest.mark.postgres)
        if "shared_path" in item.fixturenames:
            item.add_marker(pytest.mark.shared)


# --- the outside world ------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_mail(monkeypatch):
    """Fails the test that would send real mail (sockets are blocked by pytest-socket, see pyproject.toml)."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("a test tried to send real mail")

    monkeypatch.setattr(smtplib.SMTP, "connect", refuse)
    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuse)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[PasswordHasher]:
    """Hashes of passwords that cost next to nothing; yields the hasher of the site."""
    from services.accounts import passwords

    real = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield real


@pytest.fixture
def shared_path() -> Path:
    """The team's shared folder beside the checkout; the test skips, saying so, where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no shared data folder beside the checkout")
    return SHARED


@pytest.fixture
def today() -> date:
    """The day every test means by today."""
    return TODAY


@pytest.fixture
def now() -> datetime:
    """The moment every test means by now, aware, UTC."""
    return NOW


# --- the application --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def quick_apps() -> Iterator[None]:
    """Spares each application of this process the compiling that the one before has done."""
    with pytest.MonkeyPatch.context() as patch:
        keep_addresses(patch)
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """An empty migrated SQLite database, made once; tests copy it."""
    folder = tmp_path_factory.mktemp("migrated")
    app = make_app(folder, f"sqlite:///{folder / 'phenotheque.sqlite'}")
    migrate(app)
    close(app)
    return folder / "phenotheque.sqlite"


@pytest.fixture
def settings(tmp_path, migrated_sqlite):
    """Settings of a fresh instance in a temporary folder, on a migrated, empty SQLite database."""
    path = tmp_path / "phenotheque.sqlite"
    copy_sqlite(migrated_sqlite, path)
    return make_settings(tmp_path, f"sqlite:///{path}")


@pytest.fixture
def app(settings):
    """The application on `settings`, its clock fixed at NOW."""
    from app import create_app

    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.jinja_env.bytecode_cache = TEMPLATES
    freeze(app, NOW)
    yield app
    close(app)


@pytest.fixture
def bare_runtime(settings):
    """What the jobs process works with, on `settings`, its clock fixed at NOW: no site is made around it."""
    from config import Runtime
    from models.crypto import configure_keys
    from models.database import known_revisions, make_engines

    configure_keys(settings.data_key_list(), settings.index_key.get_secret_value())
    engines = make_engines(settings.database_url, revisions=known_revisions(ROOT / "migrations" / "versions"))
    yield Runtime(settings, engines, settings.instance_path / "snapshots", lambda: NOW)
    engines.dispose()


@pytest.fixture
def runner(app):
    """Runs commands: `runner.invoke(args=["sweep", "P0001"])`; `result.stdout` and `.stderr` are apart."""
    return app.test_cli_runner()


@pytest.fixture
def client(app):
    """A browser without scripts, logged in as somebody of every role; `app.test_client()` is nobody."""
    return log_in(app.test_client(), app)


@pytest.fixture
def engines(app):
    """The engines of `app`: `with engines.write_session() as session: …`."""
    return app.extensions["phenotheque"].engines


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> str:
    """The address of an empty database without tables: SQLite, and PostgreSQL where a server binary is present."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def app_on(tmp_path) -> Iterator[Callable]:
    """Makes a migrated application on any database address: `app_on(postgres_url)`."""
    made = []

    def make(url: str):
        app = make_app(tmp_path / secrets.token_hex(4), url)
        migrate(app)
        freeze(app, NOW)
        made.append(app)
        return app

    yield make
    for app in made:
        close(app)


@pytest.fixture
def freeze_at(app) -> Callable[[datetime], None]:
    """Moves the clock of `app`: `freeze_at(datetime(2027, 1, 1, tzinfo=UTC))`."""
    return lambda moment: freeze(app, moment)


def make_settings(folder: Path, url: str):
    from config import Settings

    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        _env_file=None, instance_path=folder, database_url=url, locale="en", log_level="warning"
    ).settled()


def make_app(folder: Path, url: str):
    from app import create_app

    app = create_app(make_settings(folder, url))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.jinja_env.bytecode_cache = TEMPLATES
    return app


def migrate(app) -> None:
    result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 0, result.output


def freeze(app, moment: datetime) -> None:
    app.extensions["phenotheque"] = dataclasses.replace(app.extensions["phenotheque"], clock=lambda: moment)


def close(app) -> None:
    engines = app.extensions["phenotheque"].engines
    engines.write.dispose()
    engines.read.dispose()


def copy_sqlite(source: Path, target: Path) -> None:
    origin, copy = sqlite3.connect(source), sqlite3.connect(target)
    try:
        origin.backup(copy)
    finally:
        origin.close()
        copy.close()


# --- a PostgreSQL server of the tests' own -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """A temporary PostgreSQL cluster on a Unix socket, stopped and removed at the end; yields the socket's folder.

    initdb refuses to run as root: there the cluster belongs to the account `postgres` of Debian's package.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: int(p.parts[-3]))
    if not binaries:
        pytest.skip("no PostgreSQL server binary (pg_ctl) on this machine")
    account = as_unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="phenotheque-pg-"))
    if account:
        shutil.chown(folder, "postgres")
    bin_folder, data = binaries[-1].parent, folder / "data"

    def run(*words: object) -> None:
        done = subprocess.run(
            [*account, *map(str, words)], cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        initdb = ["-D", data, "-U", "phenotheque", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        run(bin_folder / "initdb", *initdb)
        flags = f"-c listen_addresses='' -c fsync=off -c full_page_writes=off -k {folder}"
        run(bin_folder / "pg_ctl", "-D", data, "-l", folder / "log", "-o", flags, "-w", "start")
        yield folder
        run(bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database, dropped after the test."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    server = f"host={postgres_cluster} user=phenotheque dbname=postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql+psycopg://phenotheque@/{name}?host={postgres_cluster}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def as_unprivileged() -> list[str]:
    """The words that run a command as an account PostgreSQL accepts; none are needed unless we are root."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no account named postgres")
    runuser = shutil.which("runuser")
    if runuser is None:
        pytest.skip("PostgreSQL does not run as root, and runuser is absent")
    return [runuser, "-u", "postgres", "--"]
