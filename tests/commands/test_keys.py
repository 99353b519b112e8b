"""`flask keys`: new secrets are usable ones; a rotation leaves nothing under the old key."""

from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlmodel import select

from app import create_app
from config import Settings
from models.audit import AuditEvent
from models.patient import Patient


def test_new_secrets_start_a_production_instance(runner, tmp_path):
    lines = runner.invoke(args=["keys", "new"]).stdout.splitlines()
    given = {name.removeprefix("PHENOTHEQUE_").lower(): value for name, _, value in (x.partition("=") for x in lines)}
    assert given.keys() == {"secret_key", "data_keys", "index_key"}
    settled = Settings(_env_file=None, environment="production", instance_path=tmp_path, **given).settled()
    assert Fernet(settled.data_key_list()[0])


def test_rotation_re_encrypts_under_the_first_key_and_is_audited(app, settings, engines, now):
    with engines.write_session() as session:
        session.add(Patient(patient_number="P1", birth_date="1961-02-03", created_at=now, updated_at=now))
    newest = Fernet.generate_key().decode()
    keys = f"{newest},{settings.data_keys.get_secret_value()}"
    again = create_app(settings.model_copy(update={"data_keys": type(settings.data_keys)(keys)}))

    result = again.test_cli_runner().invoke(args=["keys", "rotate"])

    assert result.exit_code == 0, result.stderr
    with again.extensions["phenotheque"].engines.read_session() as session:
        token = session.execute(text("SELECT birth_date FROM patient")).scalar_one()
        assert Fernet(newest).decrypt(token) == b"1961-02-03"
        assert session.exec(select(AuditEvent.action)).all() == ["keys.rotated"]
    again.extensions["phenotheque"].engines.dispose()


def test_rotation_without_the_old_key_changes_nothing(settings, engines, now):
    with engines.write_session() as session:
        session.add(Patient(patient_number="P1", birth_date="1961-02-03", created_at=now, updated_at=now))
        session.flush()
        before = session.execute(text("SELECT birth_date FROM patient")).scalar_one()
    alone = type(settings.data_keys)(Fernet.generate_key().decode())
    again = create_app(settings.model_copy(update={"data_keys": alone}))

    result = again.test_cli_runner().invoke(args=["keys", "rotate"])

    assert result.exit_code == 2
    assert "PHENOTHEQUE_DATA_KEYS" in result.stderr
    with engines.read_session() as session:
        assert session.execute(text("SELECT birth_date FROM patient")).scalar_one() == before
    again.extensions["phenotheque"].engines.dispose()
