"""The migrations make exactly the tables of the models, and take them away without a trace."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models import crypto
from models.campaign import Campaign, Purpose
from models.database import make_engines
from models.donor import Donor
from models.patient import Patient
from models.reservation import DonorCall, Reservation

ROOT = Path(__file__).resolve().parents[2]


def config_for(url: str, folder: Path = ROOT / "migrations") -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


@pytest.fixture
def engine(database_url):
    engines = make_engines(database_url)
    yield engines.write
    engines.dispose()


def left_behind(engine) -> set[str]:
    """Every table, type and function of the database that is ours."""
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names())
        if engine.dialect.name == "postgresql":
            types = "SELECT typname FROM pg_type WHERE typtype = 'e'"
            functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            for query in (types, functions):
                names |= set(connection.scalars(sa.text(query)))
        else:
            names |= set(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
    return names - {"alembic_version"}


def test_up_down_and_up_again_leaves_nothing_behind(engine, database_url):
    config = config_for(database_url)
    command.upgrade(config, "head")
    first = left_behind(engine)
    assert {"donor", "donor_identity", "audit_event"} <= first
    command.downgrade(config, "base")
    assert left_behind(engine) == set()
    command.upgrade(config, "head")
    assert left_behind(engine) == first


def test_each_step_goes_down_and_up(database_url):
    config = config_for(database_url)
    command.upgrade(config, "head")
    for revision in ("0007", "0006", "0005", "0004", "0002", "0001"):
        command.downgrade(config, revision)
        command.upgrade(config, "head")
        command.downgrade(config, revision)


def test_the_migrations_make_the_tables_of_the_models(database_url):
    config = config_for(database_url)
    command.upgrade(config, "head")
    command.check(config)  # raises where autogenerate would write anything


def test_calls_made_before_get_the_day_of_their_moment(engine, database_url):
    config, at = config_for(database_url), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    command.upgrade(config, "head")
    moments = {"created_at": at, "updated_at": at}
    held = {"day": at.date(), "held_by": "s", "held_at": at, "expires_at": at, "changed_by": "s", "changed_at": at}
    with Session(engine) as session:
        session.add_all([Donor(donor_number="D", **moments), Patient(patient_number="P", **moments)])
        session.flush()
        session.add(Reservation(code="r", donor_id=1, patient_id=1, **held))
        session.flush()
        session.add(DonorCall(reservation_id=1, at=at, on_day=date(1999, 1, 1), actor="c", outcome="voicemail"))
        session.commit()
    command.downgrade(config, "0023")
    command.upgrade(config, "head")
    with Session(engine) as session:
        assert session.exec(select(DonorCall.on_day)).one() == at.date()


def test_why_a_campaign_ended_is_encrypted_upwards_and_in_clear_downwards(engine, database_url, monkeypatch):
    monkeypatch.setattr(crypto, "_keys", None)  # put back afterwards: the keys are those of the process
    crypto.configure_keys([crypto.generate_key()], crypto.generate_key())
    config, at, why = config_for(database_url), datetime(2026, 11, 24, 9, 30, tzinfo=UTC), "Mrs Durand was found"
    stored = sa.text("SELECT closing_reason FROM campaign ORDER BY id")
    command.upgrade(config, "head")
    with Session(engine) as session:
        known = {"name": "N", "purpose": Purpose.STOCK, "created_at": at, "created_by": "c"}
        session.add_all([Campaign(code="a", closing_reason=why, **known), Campaign(code="b", **known)])
        session.commit()
    command.downgrade(config, "0025")
    with engine.connect() as connection:
        assert sorted(connection.scalars(stored)) == ["", why]
    command.upgrade(config, "head")
    with engine.connect() as connection:
        assert "Durand" not in str(list(connection.scalars(stored)))
    with Session(engine) as session:
        assert sorted(session.exec(select(Campaign.closing_reason))) == ["", why]
        assert set(session.exec(select(Campaign.pause_reason))) == {""}


@pytest.mark.parametrize("table", ["donor", "audit_event"])  # in the way of the first step, and of the last
def test_an_upgrade_that_fails_changes_nothing(engine, database_url, table):
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {table} (n integer)"))
    with pytest.raises(DBAPIError, match=table):
        command.upgrade(config_for(database_url), "head")
    assert left_behind(engine) == {table}


def test_a_generated_migration_runs_as_it_was_written(database_url, tmp_path):
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copy(ROOT / "migrations" / name, folder)
    config = config_for(database_url, folder)
    script = command.revision(config, "generated", autogenerate=True)
    written = Path(script.path).read_text(encoding="utf-8")
    assert "AutoString" in written  # the type that needs its import
    assert "batch_alter_table" in written  # the only way SQLite alters
    assert "EncryptedText" not in written  # no migration depends on our types
    command.upgrade(config, "head")
    command.check(config)
    command.downgrade(config, "base")
    command.upgrade(config, "head")
