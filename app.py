"""The application factory: puts settings, engines, pages and commands together, and decides nothing."""

from flask import Flask

from commands.register import register_commands
from config import ROOT, Runtime, Settings, load_settings, system_clock
from domain.errors import UnusableInput
from instance_folder import SettingsRefused, open_instance
from logs import configure_logs
from models.crypto import configure_keys
from models.database import Engines, known_revisions, make_engines
from services.wording.catalogue import sentence
from views.register import register_views


def create_app(settings: Settings | None = None) -> Flask:
    """A Flask application on the given settings, or on those of the environment.

    Raises SettingsRefused (exit code 2, one sentence) where they cannot be used.
    """
    settings = settings.settled() if settings else load_settings()
    configure_logs(settings.log_level, as_json=settings.environment == "production")
    open_instance(settings.instance_path)
    engines = _open_database(settings)

    app = Flask("phenotheque", root_path=str(ROOT), instance_path=str(settings.instance_path))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        TRUSTED_HOSTS=settings.trusted_host_list(),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.environment == "production",
    )
    app.extensions["phenotheque"] = Runtime(settings, engines, settings.instance_path / "snapshots", system_clock)
    register_views(app)
    register_commands(app)
    return app


def _open_database(settings: Settings) -> Engines:
    try:
        configure_keys(settings.data_key_list(), settings.index_key.get_secret_value())
        return make_engines(settings.database_url, revisions=known_revisions(ROOT / "migrations" / "versions"))
    except UnusableInput as error:
        raise SettingsRefused(sentence(error.code, error.params, settings.locale)) from error
