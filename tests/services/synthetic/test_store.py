"""A synthetic registry in the tables: derived as an import derives it, the same as its arrays, without identities."""

import re
from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlmodel import select

from models.donor import Donor, DonorIdentity
from services.donors import DonorDeriver, rederive_all
from services.matching.build import build_index
from services.matching.snapshots import read_columns
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from services.synthetic import registry, store
from services.synthetic.columns import synthetic_arrays
from services.synthetic.frequencies import haplotype_frequencies
from services.synthetic.population import demo_population
from services.synthetic.registry import RegistryDraw
from services.synthetic.store import Filling, fill_registry

ON = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
RULES = eligibility_rules(ON)
COUNT = 1_300


@pytest.fixture
def draw(monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "BLOCK_DONORS", 1_000)
    monkeypatch.setattr(store, "ROWS_AT_ONCE", 400)
    frequencies = haplotype_frequencies(demo_population(), core_reference(), tmp_path / "none.csv")
    return RegistryDraw(demo_population(), frequencies, seed=7, on=ON)


@pytest.fixture
def filled(app_on, database_url, draw):
    """Engines of a database that holds a synthetic registry."""
    engines = app_on(database_url).extensions["phenotheque"].engines
    fill(engines, draw)
    return engines


def fill(engines, draw, *, with_identities=False):
    told = []
    filling = Filling(draw, DonorDeriver(core_reference(), RULES), with_identities=with_identities)
    with engines.write_session() as session:
        fill_registry(session, filling, count=COUNT, now=NOW, progress=told.append)
    assert sum(told) == COUNT


def test_deriving_again_changes_nothing(filled):
    with filled.write_session() as session:
        assert rederive_all(session, reference=core_reference(), rules=RULES, now=NOW) == 0


def test_the_database_and_the_arrays_are_one_registry(filled, draw):
    with filled.read_session() as session:
        stored = build_index(read_columns(session), registry="x", reference="core-1", rules=RULES.name)
    arrays = synthetic_arrays(draw, COUNT, reference=core_reference(), rules=RULES)
    drawn = build_index(arrays, registry="x", reference="core-1", rules=RULES.name)
    assert described(stored) == described(drawn)


def described(index):
    """Every donor as (phenotype, class, days), in an order of its own."""
    rows = index.cell_phenotype.repeat(np.diff(index.cell_start))
    pairs = [[index.meta.pairs[locus][code] for code in index.phenotype_pairs[at]] for at, locus in enumerate("ABC")]
    classes = [
        (
            index.meta.regions[codes[0]],
            index.meta.abo[codes[1]],
            *(index.meta.hpa[code] for code in codes[2:7]),
            index.meta.cd36[codes[7]],
        )
        for codes in index.class_codes.T.tolist()
    ]
    donors = zip(rows, index.donor_class, index.donor_from_day, index.donor_until_day, index.donor_id, strict=True)
    return sorted(
        (int(one), *(texts[row] for texts in pairs), str(classes[klass]), int(start), int(end))
        for row, klass, start, end, one in donors
    )


def test_only_an_encrypted_birth_date_is_kept(filled):
    with filled.read_session() as session:
        identities = session.exec(select(DonorIdentity)).all()
        assert len(identities) == COUNT
        assert all(date.fromisoformat(one.birth_date) < ON for one in identities)
        assert {(one.last_name, one.first_name, one.phone, one.email, one.postcode) for one in identities} == {
            (None,) * 5
        }
        assert all(one.birth_date_index for one in identities)
        assert {one.name_index for one in identities} == {None}


def test_the_stored_birth_date_is_not_readable(filled):
    with filled.read_session() as session:
        texts = session.connection().exec_driver_sql("SELECT birth_date FROM donor_identity").scalars().all()
    assert not any(re.search(r"\d{4}-\d\d-\d\d", text) for text in texts)


def test_identities_are_invented_when_asked(engines, draw):
    fill(engines, draw, with_identities=True)
    with engines.read_session() as session:
        identities = session.exec(select(DonorIdentity)).all()
    assert all(re.fullmatch(r"06 39 98 \d\d \d\d", one.phone) for one in identities)
    assert all(re.fullmatch(r"syn\d{8}@example\.org", one.email) for one in identities)
    assert {one.last_name for one in identities} <= set(demo_population().last_names)
    assert all(one.name_index and one.phone_index and one.email_index for one in identities)


def test_a_donor_row_is_whole(filled):
    with filled.read_session() as session:
        donors = session.exec(select(Donor).order_by(Donor.donor_number)).all()
    assert [donor.donor_number for donor in donors[:2]] == ["SYN00000001", "SYN00000002"]
    assert all(donor.hla_a_1 and donor.hla_a_2 and donor.hla_b_1 and donor.hla_b_2 for donor in donors)
    assert {donor.pregnancies for donor in donors if donor.sex == "M"} == {None}
    assert any(donor.pregnancies for donor in donors if donor.sex == "F")
    assert {bool(donor.last_donation_on) for donor in donors} == {True, False}
    assert all(donor.last_donation_type is None for donor in donors if donor.last_donation_on is None)
    assert all(donor.centre in dict(demo_population().centres[donor.region]) for donor in donors)
