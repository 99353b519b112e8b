"""`flask seed`: what it prints, when it refuses, and that the same seed gives the same registry."""

import json

import pytest
from sqlmodel import func, select

from models.donor import Donor, DonorIdentity
from models.patient import Patient
from services.synthetic import registry


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(registry, "BLOCK_DONORS", 500)


def invoke(runner, *words, code=0):
    result = runner.invoke(args=["seed", *words])
    assert result.exit_code == code, result.stderr
    return result


def count(engines, table):
    with engines.read_session() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_demo_tells_its_stories_and_is_searchable(app_on, database_url):
    app = app_on(database_url)
    runner, engines = app.test_cli_runner(), app.extensions["phenotheque"].engines
    loaded = invoke(runner, "demo", "--format", "json")
    answer = json.loads(loaded.stdout)
    assert answer["donors"] == count(engines, Donor) == 3_000
    assert answer["sera"] == 13
    assert [patient["patient"] for patient in answer["patients"]] == [f"DEMO-P{number}" for number in range(1, 8)]
    assert all(not patient["story"].startswith("demo_story") for patient in answer["patients"])
    swept = runner.invoke(args=["sweep", "DEMO-P1", "--on", "2026-11-22", "--format", "json"])
    assert swept.exit_code == 0, swept.stderr
    assert json.loads(swept.stdout)["active_donors"] > 2_000


def test_demo_is_refused_where_there_is_data_and_nothing_changes(runner, engines, now):
    with engines.write_session() as session:
        session.add(Patient(patient_number="REAL-1", created_at=now, updated_at=now))
    refused = invoke(runner, "demo", code=1)
    assert refused.stderr.strip() == (
        "This database is not empty (donors: 0, patients: 1): invented data never goes beside real data. Nothing was changed."
    )
    assert refused.stdout == ""
    assert count(engines, Donor) == 0


def test_demo_if_empty_leaves_a_database_with_data_alone(runner, engines, now):
    with engines.write_session() as session:
        session.add(Patient(patient_number="REAL-1", created_at=now, updated_at=now))
    done = invoke(runner, "demo", "--if-empty")
    assert done.stderr.strip() == "The database already holds data: the demo was not loaded."
    assert count(engines, Donor) == 0


def test_registry_is_written_and_said(runner, engines, small_blocks):
    done = invoke(runner, "registry", "--donors", "1200", "--seed", "3")
    assert count(engines, Donor) == 1_200
    assert "1,200 synthetic donors are in the database (seed 3)." in done.stderr
    assert "Haplotype frequencies:" in done.stderr
    assert "--identities" in done.stderr
    assert done.stdout == ""


def test_registry_without_identities_holds_no_name(runner, engines, small_blocks):
    invoke(runner, "registry", "--donors", "50")
    with engines.read_session() as session:
        assert session.exec(select(DonorIdentity.last_name).distinct()).all() == [None]


def test_registry_with_identities_holds_invented_names(runner, engines, small_blocks):
    done = invoke(runner, "registry", "--donors", "50", "--identities")
    assert "--identities" not in done.stderr
    with engines.read_session() as session:
        assert None not in session.exec(select(DonorIdentity.last_name)).all()


def test_registry_is_refused_where_there_are_donors(runner, engines, small_blocks):
    invoke(runner, "registry", "--donors", "50")
    refused = invoke(runner, "registry", "--donors", "60", code=1)
    assert "This database is not empty (donors: 50, patients: 0)" in refused.stderr
    assert count(engines, Donor) == 50


def test_same_seed_same_registry(app_on, tmp_path, small_blocks):
    said = []
    for name, seed in (("one", "5"), ("two", "5"), ("three", "6")):
        app = app_on(f"sqlite:///{tmp_path / name}.sqlite")
        invoke(app.test_cli_runner(), "registry", "--donors", "700", "--seed", seed)
        with app.extensions["phenotheque"].engines.read_session() as session:
            said.append(
                session.exec(
                    select(Donor.donor_number, Donor.phenotype_key, Donor.class_key, Donor.eligible_from_day)
                ).all()
            )
    assert said[0] == said[1]
    assert said[0] != said[2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--donors", "0"], "The number of donors must lie between 1 and 20,000,000."),
        (["--donors", "20000001"], "The number of donors must lie between 1 and 20,000,000."),
        (["--donors", "10", "--seed", "-1"], "The seed must be a whole number from 0 up."),
    ],
)
def test_registry_refuses_figures_that_make_no_sense(runner, engines, words, sentence):
    refused = invoke(runner, "registry", *words, code=2)
    assert refused.stderr.strip() == sentence
    assert count(engines, Donor) == 0
