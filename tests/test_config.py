"""Settings: what is refused, what is made, what is documented."""

import json
import stat
from datetime import UTC, date, datetime

import pytest

from config import ROOT, Runtime, Settings, SettingsRefused, load_settings, settings_example
from models.patient import Patient

GOOD = "k3vq-Zr81_wmPx0t7Yb5nLdE2sJfHgAu9c"


def make(**values):
    return Settings(_env_file=None, **values)


def production(**values):
    return make(environment="production", **{"secret_key": GOOD, "data_keys": GOOD, "index_key": GOOD} | values)


@pytest.mark.parametrize("name", ["secret_key", "data_keys", "index_key"])
@pytest.mark.parametrize("value", ["", "short", "a" * 40])
def test_production_refuses_a_missing_or_simple_secret(name, value):
    with pytest.raises(SettingsRefused, match=f"PHENOTHEQUE_{name.upper()}"):
        production(**{name: value}).settled()


def test_production_keeps_the_secrets_it_was_given(tmp_path):
    settled = production(instance_path=tmp_path).settled()
    assert settled.secret_key.get_secret_value() == GOOD
    assert not (tmp_path / "keys.json").exists()


def test_development_makes_its_keys_once_for_its_owner_alone(tmp_path):
    first = make(instance_path=tmp_path).settled()
    again = make(instance_path=tmp_path).settled()
    assert first.data_key_list() == again.data_key_list()
    assert len({first.secret_key.get_secret_value(), first.data_keys.get_secret_value()}) == 2
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_a_key_that_was_given_wins_over_the_one_that_was_made(tmp_path):
    make(instance_path=tmp_path).settled()
    assert make(instance_path=tmp_path, index_key=GOOD).settled().index_key.get_secret_value() == GOOD
    assert GOOD not in json.loads((tmp_path / "keys.json").read_text()).values()


def test_relative_folders_are_those_of_the_checkout():
    settings = make(environment="production", secret_key=GOOD, data_keys=GOOD, index_key=GOOD).settled()
    assert settings.instance_path == ROOT / "instance"
    assert settings.database_url == f"sqlite:///{ROOT / 'instance' / 'phenotheque.sqlite'}"


def test_every_fault_is_named_in_one_sentence(monkeypatch):
    monkeypatch.setenv("PHENOTHEQUE_LOCALE", "de")
    monkeypatch.setenv("PHENOTHEQUE_TIMEZONE", "Mars/Olympus")
    with pytest.raises(SettingsRefused) as refusal:
        load_settings()
    assert "PHENOTHEQUE_LOCALE" in refusal.value.message
    assert "PHENOTHEQUE_TIMEZONE" in refusal.value.message
    assert refusal.value.exit_code == 2


def test_keys_are_split_at_commas_and_the_first_stays_first():
    assert make(data_keys="new, old ,").data_key_list() == ["new", "old"]


def test_a_secret_is_not_shown_when_settings_are_printed():
    assert GOOD not in repr(production())


def test_today_is_the_day_where_the_registry_is_kept(tmp_path):
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    paris = Runtime(make(timezone="Europe/Paris"), None, tmp_path, lambda: late)
    guadeloupe = Runtime(make(timezone="America/Guadeloupe"), None, tmp_path, lambda: late)
    assert (paris.today(), guadeloupe.today()) == (date(2026, 7, 1), date(2026, 6, 30))


def test_the_example_file_is_that_of_the_settings():
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == settings_example(), "run `make env`"


def test_operations_explains_every_setting():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [n for n in Settings.model_fields if f"`PHENOTHEQUE_{n.upper()}`" not in page] == []


def test_a_setting_is_refused_in_our_own_words(monkeypatch):
    monkeypatch.setenv("PHENOTHEQUE_LOCALE", "de")
    monkeypatch.setenv("PHENOTHEQUE_TIMEZONE", "Mars/Olympus")
    with pytest.raises(SettingsRefused) as refusal:
        load_settings()
    assert "“de” is not one of fr, en." in refusal.value.message
    assert "“Mars/Olympus” is not a time zone; write a name such as Europe/Paris." in refusal.value.message
    assert "Value error" not in refusal.value.message


@pytest.mark.parametrize("kept", [b"", b"{}", b"[]", b"null", b"garbage", b"\xff\xfe", b'{"secret_key": 7}'])
def test_keys_that_cannot_be_read_are_refused_with_their_path(tmp_path, kept):
    (tmp_path / "keys.json").write_bytes(kept)
    with pytest.raises(SettingsRefused, match="does not hold the keys") as refusal:
        make(instance_path=tmp_path).settled()
    assert str(tmp_path / "keys.json") in refusal.value.message
    assert (tmp_path / "keys.json").read_bytes() == kept


def test_keys_of_which_one_is_no_text_are_refused(tmp_path):
    wrong = {"secret_key": GOOD, "data_keys": [GOOD], "index_key": GOOD}
    (tmp_path / "keys.json").write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(SettingsRefused, match="does not hold the keys"):
        make(instance_path=tmp_path).settled()


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/x", "/proc/x"])
def test_a_folder_that_cannot_be_used_is_refused_with_its_path(folder):
    with pytest.raises(SettingsRefused, match=f"PHENOTHEQUE_INSTANCE_PATH: {folder} cannot be used"):
        make(instance_path=folder).settled()


def test_a_folder_that_cannot_be_written_in_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write in any folder
    with pytest.raises(SettingsRefused, match=f"{tmp_path} cannot be used"):
        make(instance_path=tmp_path).settled()


def test_no_new_keys_are_made_beside_a_database_that_was_filled_with_others(settings, engines):
    with engines.write_session() as session:
        moment = datetime(2026, 1, 2, tzinfo=UTC)
        session.add(Patient(patient_number="P1", hla_a_1="A2", created_at=moment, updated_at=moment))
    keys = settings.instance_path / "keys.json"
    keys.unlink()
    with pytest.raises(SettingsRefused) as refusal:
        make(instance_path=settings.instance_path).settled()
    assert f"{keys} is missing" in refusal.value.message
    assert not keys.exists()


def test_looking_for_people_makes_no_database(tmp_path):
    make(instance_path=tmp_path).settled()
    assert not (tmp_path / "phenotheque.sqlite").exists()
