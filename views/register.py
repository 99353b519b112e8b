"""Gives the application its pages, in the order in which a request meets them."""

from flask import Flask

from views import access, accounts, errors, frame, home, language, patients, running, security, shown
from views.workbench import pages as workbench

BLUEPRINTS = (
    accounts.blueprint,
    home.blueprint,
    patients.blueprint,
    workbench.blueprint,
)


def register_views(app: Flask) -> None:
    """Register guards, language, template words, error pages and the pages themselves."""
    running.register(app)
    security.register(app)
    access.register(app)
    language.register(app)
    frame.register(app)
    shown.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.refuse_silent_views(app)
