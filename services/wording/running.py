"""What the application says about itself: its database, its settings, its failures."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "database_not_migrated": N_("The database is not up to date: run “flask db upgrade” first."),
    "database_unreachable": N_("The database cannot be reached: {reason}"),
    "database_upgraded": N_("The database is at revision {revision}."),
    "database_empty": N_("The database has no tables yet: run “flask db upgrade”."),
    "migration_unknown": N_("There is no revision {revision}."),
    "unforeseen_failure": N_(
        "The command stopped on a failure nobody foresaw ({kind}); nothing was saved. "
        "Run it again with PHENOTHEQUE_LOG_LEVEL=debug to see where."
    ),
}
