"""Runs the migrations on SQLite and PostgreSQL, each run in one transaction that leaves all or nothing."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import models  # noqa: F401  makes the metadata whole
from models.crypto import EncryptedJson, EncryptedText
from models.database import database_url


def migration_engine(url: sa.URL) -> sa.Engine:
    """Engine for migrating: on SQLite, changes of tables are transactional and foreign keys are not enforced."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        # Batch mode replaces a table by a copy: enforced foreign keys would refuse, or delete the rows that refer to it.
        sa.event.listen(engine, "connect", _open_plainly)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _open_plainly(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = OFF")


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Encrypted columns are plain text to the database, so migrations do not depend on our types."""
    if kind == "type" and isinstance(item, EncryptedText | EncryptedJson):
        return "sa.Text()" if isinstance(item, EncryptedText) else "sa.JSON()"
    return False


def run_migrations() -> None:
    """Migrate the database named by `-x url=…` or by the option sqlalchemy.url."""
    url = context.get_x_argument(as_dictionary=True).get("url") or context.config.get_main_option(
        "sqlalchemy.url"
    )
    engine = migration_engine(database_url(url or ""))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            render_item=render_item,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if (
                engine.dialect.name == "sqlite"
                and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            ):
                raise RuntimeError("a migration left a row that refers to nothing")


run_migrations()
