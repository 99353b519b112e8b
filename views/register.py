"""Gives the application its pages, in the order in which a request meets them."""

from flask import Flask

from views import errors, language, patients, security, shown


def register_views(app: Flask) -> None:
    """Register guards, language, template words, error pages and the pages themselves."""
    security.register(app)
    language.register(app)
    shown.register(app)
    errors.register(app)
    patients.register(app)
