"""Gives the application its pages, in the order in which a request meets them."""

from flask import Flask
from werkzeug.routing import IntegerConverter

from views import (
    access,
    accounts,
    crossmatches,
    directives,
    errors,
    exports,
    find,
    frame,
    health,
    help_notes,
    home,
    imports,
    inbox,
    language,
    nomenclature,
    own_account,
    packing,
    patients,
    platelet_antibodies,
    recalls,
    request_id,
    requests,
    running,
    security,
    sera,
    shown,
    standing_searches,
    static_files,
    subscriptions,
    treatments,
    unread,
)
from views.admin import accounts as admin_accounts
from views.admin import audit, jobs, outbox, references
from views.allocation import pages as allocation
from views.antibodies import pages as antibodies
from views.api import routes as api
from views.autologous import pages as autologous
from views.campaigns import pages as campaigns
from views.donors import pages as donors
from views.duplicates import pages as duplicates
from views.families import pages as families
from views.forecast import pages as forecast
from views.rare_donors import exports as rare_donors
from views.reports import outcomes as reports
from views.reservations import calls as reservations
from views.transfusions import pages as transfusions
from views.workbench import pages as workbench

BLUEPRINTS = (
    accounts.blueprint,
    own_account.blueprint,
    admin_accounts.blueprint,
    home.blueprint,
    inbox.blueprint,
    subscriptions.blueprint,
    recalls.blueprint,
    find.blueprint,
    help_notes.blueprint,
    jobs.blueprint,
    outbox.blueprint,
    references.blueprint,
    audit.blueprint,
    patients.blueprint,
    requests.blueprint,
    allocation.blueprint,
    platelet_antibodies.blueprint,
    sera.blueprint,
    antibodies.blueprint,
    workbench.blueprint,
    standing_searches.blueprint,
    autologous.blueprint,
    treatments.blueprint,
    crossmatches.blueprint,
    transfusions.blueprint,
    nomenclature.blueprint,
    donors.blueprint,
    duplicates.blueprint,
    rare_donors.blueprint,
    families.blueprint,
    directives.blueprint,
    exports.blueprint,
    imports.blueprint,
    reservations.blueprint,
    reports.blueprint,
    forecast.blueprint,
    campaigns.blueprint,
    health.blueprint,
    api.blueprint,
)


class RowNumber(IntegerConverter):
    """A whole number that a database can hold: a longer one is no address of ours."""

    regex = "[0-9]{1,9}"


def register_views(app: Flask) -> None:
    """Register guards, language, template words, error pages and the pages themselves."""
    app.url_map.converters["int"] = RowNumber
    running.register(app)
    request_id.register(app)
    unread.register(app)
    security.register(app)
    access.register(app)
    language.register(app)
    frame.register(app)
    static_files.register(app)
    packing.register(app)
    shown.register(app)
    errors.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    access.refuse_silent_views(app)
