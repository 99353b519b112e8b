"""The table of codes in use: replaced, restored, audited, looked up, and the donors it makes read otherwise."""

import pytest
from sqlmodel import select

from domain.errors import RefusedByRule
from models.allele_code import AlleleCode
from models.audit import AuditEvent
from models.donor import Donor
from models.registry import STATE_ID, RegistryState
from services.allele_codes.file import read_code_file
from services.allele_codes.lookup import codes_in_use
from services.allele_codes.store import import_allele_codes, list_allele_code_tables
from services.matching.snapshots import registry_state, state_name
from services.reference import active_reference, get_reference
from services.rule_tables import eligibility_rules
from tests.conftest import NOW, TODAY
from tests.small_codes import CODES, FILE
from tests.small_registry import D, put_donors


@pytest.fixture
def load(engines, tmp_path):
    """Imports a text as a table: `load(FILE, "ours-1")`."""

    def load(text, name=None):
        path = tmp_path / "alpha.v3.txt"
        path.write_text(text, encoding="utf-8")
        with engines.write_session() as session:
            return import_allele_codes(
                session, read_code_file(path), name=name, rules=eligibility_rules(TODAY), actor="test", now=NOW
            )

    return load


def table_of(engines):
    with engines.read_session() as session:
        return dict(session.exec(select(AlleleCode.code, AlleleCode.subtypes)).all())


def test_a_table_is_kept_in_use_and_quoted(load, engines):
    done = load(FILE)
    assert (done["status"], done["codes"], done["refused"]) == ("created", 6, 0)
    assert done["table"] == f"mac-alpha.v3-{done['content_hash'][:8]}"
    assert table_of(engines) == CODES
    with engines.read_session() as session:
        for reference in (active_reference(session), get_reference(session, "core-1")):
            assert (reference.name, reference.codes.name) == ("core-1", done["table"])
            assert [reference.codes.find(code) for code in ("AB", "ZZ", "AB")] == ["01/02", None, "01/02"]


def test_the_same_again_changes_nothing(load, engines):
    first = load(FILE)
    again = load(FILE + "\r\n", "another name")
    assert (again["status"], again["table"]) == ("unchanged", first["table"])
    with engines.read_session() as session:
        assert len(session.exec(select(AuditEvent).where(AuditEvent.action == "allele_codes_imported")).all()) == 1


def test_a_later_table_takes_its_place_and_the_earlier_comes_back_with_its_file(load, engines):
    load(FILE, "one")
    assert load("AB\t01/03\n", "two")["status"] == "created"
    assert table_of(engines) == {"AB": "01/03"}
    with engines.read_session() as session:
        assert [(one["name"], one["active"]) for one in list_allele_code_tables(session)] == [
            ("two", True),
            ("one", False),
        ]
    assert load(FILE)["status"] == "restored"
    assert table_of(engines) == CODES
    with engines.read_session() as session:
        assert codes_in_use(session).name == "one"
        said = session.exec(select(AuditEvent).where(AuditEvent.action == "allele_codes_imported")).all()
        assert [row.subject_key for row in said] == ["one", "two", "one"]


def test_another_table_of_the_same_name_is_refused_and_nothing_changes(load, engines):
    load(FILE, "one")
    with pytest.raises(RefusedByRule) as refused:
        load("AB\t01/03\n", "one")
    assert refused.value.code == "allele_code_table_name_taken"
    assert table_of(engines) == CODES


def test_donors_typed_with_a_code_are_read_again_and_told_how_many(load, engines):
    with engines.write_session() as session:
        put_donors(
            session,
            [
                D("PT1", "A*02:AB A*24:AMG B*07 B*44"), D("PT2", "A*02:ZZZ A*01 B*07 B*44"),
                D("PT3", "A*02:XX A*01:01 B*07 B*44"), D("PT4", "A2 A3 B7 B8"),
            ],
        )  # fmt: skip
        before = state_name(registry_state(session))
        assert session.exec(select(Donor.phenotype_key).where(Donor.donor_number == "PT1")).one().startswith("?+?")
    done = load(FILE)
    assert (done["donors_with_codes"], done["donors_changed"]) == (2, 1)
    with engines.read_session() as session:
        keys = dict(session.exec(select(Donor.donor_number, Donor.phenotype_key)).all())
        assert keys["PT1"].split("^")[0] == "A*02:01/A*02:02+A*24:02/A*24:09N"
        assert keys["PT2"].split("^")[0] == "A*01+?"
        assert state_name(registry_state(session)) != before  # every index built before is stale
    later = load("AB\t01/03\nZZZ\t06\n")
    assert (later["donors_with_codes"], later["donors_changed"]) == (2, 2)


def test_donors_derived_under_another_nomenclature_are_not_mixed(load, engines):
    with engines.write_session() as session:
        put_donors(session, [D("PT1", "A*02:AB A*24 B*07 B*44")])
        session.get(RegistryState, STATE_ID).reference_name = "core-0"
    with pytest.raises(RefusedByRule) as refused:
        load(FILE)
    assert refused.value.code == "registry_derived_otherwise"
    assert table_of(engines) == {}


def test_a_look_up_never_begins_a_transaction_of_its_own(load, engines):
    load(FILE)
    with engines.read_session() as session:
        codes = codes_in_use(session)
        assert codes.find("AB") == "01/02"
    assert codes.find("AB") == "01/02"
    with pytest.raises(RuntimeError, match="transaction"):
        codes.find("AA")
