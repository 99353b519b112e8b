"""What the application says about itself: its database, its keys, its failures."""

from services.wording.marker import N_

MESSAGES: dict[str, str] = {
    "database_not_migrated": N_("The database is not up to date: run “flask db upgrade” first."),
    "database_newer": N_(
        "The database is newer than this program (revision {revision}): install the program that upgraded it, "
        "or restore a backup."
    ),
    "database_damaged": N_("The database file is damaged: restore the last backup."),
    "disk_full": N_("The disk is full: make room, then try again. Nothing was saved."),
    "database_unreachable": N_("The database cannot be reached: {reason}"),
    "database_busy": N_("Another task is writing to the database: try again in a moment."),
    "database_upgraded": N_("The database is at revision {revision}."),
    "database_url_unreadable": N_("PHENOTHEQUE_DATABASE_URL is not the address of a database."),
    "database_in_memory": N_("The database must be a file: one held in memory cannot be shared."),
    "database_unsupported": N_("{backend} is not supported: the database is SQLite or PostgreSQL."),
    "migration_unknown": N_("There is no revision {revision} to go to."),
    "encryption_keys_missing": N_(
        "Identities cannot be read: PHENOTHEQUE_DATA_KEYS or PHENOTHEQUE_INDEX_KEY is missing."
    ),
    "data_key_malformed": N_("PHENOTHEQUE_DATA_KEYS holds a key that is not a Fernet key."),
    "data_key_wrong": N_("An identity was encrypted with a key that PHENOTHEQUE_DATA_KEYS does not hold."),
    "unforeseen_failure": N_(
        "The command stopped on a failure nobody foresaw ({kind}); what it was writing was not saved. "
        "Run it again with PHENOTHEQUE_LOG_LEVEL=debug to see where."
    ),
}
