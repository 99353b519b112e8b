"""Tables in the database: one in use, earlier ones kept, and what the search and its explanation say with and without."""

import pytest
from sqlmodel import select

from domain.errors import RefusedByRule, UnusableInput
from models.audit import AuditEvent
from models.epitope import EpletTableRow
from services.eplets.difference import eplet_difference
from services.eplets.importing import import_export
from services.eplets.serum import eplets_json
from services.eplets.store import eplet_table_in_use, list_eplet_tables
from services.explanations import explain_donor
from services.patients import Request
from services.searches import lay, search_patient
from tests.invented_eplets import EXPORT, NOW, load_invented_eplets
from tests.small_registry import ON, ZONE

OTHER = "Eplet,Alleles\n9Q,A*01:01\n"


def put(engines, text, name):
    with engines.write_session() as session:
        return import_export(session, text.encode(), file_name="f.csv", name=name, actor="test", now=NOW)


def in_use(engines):
    with engines.read_session() as session:
        return eplet_table_in_use(session)


def test_no_table_is_in_use_before_one_is_loaded(engines):
    assert in_use(engines) is None
    with engines.read_session() as session, pytest.raises(UnusableInput) as refused:
        eplet_difference(session, "A*02:01", "A*02:06")
    assert refused.value.code == "eplet_table_not_loaded"


def test_a_table_comes_back_as_it_was_read(engines):
    done = put(engines, EXPORT, "invented-1")
    counts = {
        name: done[name] for name in ("table", "status", "rows", "alleles", "eplets", "verified", "without_status")
    }
    assert counts == {
        "table": "invented-1", "status": "created", "rows": 6, "alleles": 23, "eplets": 6, "verified": 3, "without_status": 1,
    }  # fmt: skip
    table = in_use(engines)
    assert table.alleles["A*02:01"] == {"9Q", "50N"}
    assert (table.verified, table.without_status) == ({"9Q", "40W", "60P"}, {"30Y"})


def test_the_same_table_again_changes_nothing_and_an_earlier_one_comes_back(engines):
    assert [put(engines, text, name)["status"] for text, name in ((EXPORT, "a"), (EXPORT, "a"), (OTHER, "b"), (EXPORT, "c"))] == [
        "created", "unchanged", "created", "restored",
    ]  # fmt: skip
    assert in_use(engines).name == "a"
    with engines.read_session() as session:
        assert [(one["name"], one["active"]) for one in list_eplet_tables(session)] == [("b", False), ("a", True)]
        trail = session.exec(select(AuditEvent.subject_key).where(AuditEvent.action == "eplet_table_activated")).all()
    assert trail == ["a", "b", "a"]


def test_two_tables_cannot_have_one_name(engines):
    put(engines, EXPORT, "a")
    with pytest.raises(RefusedByRule) as refused:
        put(engines, OTHER, "a")
    assert refused.value.code == "eplet_table_name_taken"
    assert in_use(engines).name == "a"


def test_a_table_that_names_no_allele_of_the_panel_is_refused(engines):
    with pytest.raises(UnusableInput) as refused:
        put(engines, "Eplet,Alleles\n9Q,A*02:99 B*07:99\n", "far")
    assert refused.value.code == "eplet_table_without_panel"
    with engines.read_session() as session:
        assert session.exec(select(EpletTableRow)).all() == []


def test_a_table_without_a_name_is_called_after_its_file_and_what_it_says(engines):
    assert put(engines, EXPORT, None)["table"].startswith("f-")


def test_a_table_is_kept_on_postgresql_too(app_on, postgres_url):
    engines = app_on(postgres_url).extensions["phenotheque"].engines
    assert put(engines, EXPORT, "a")["status"] == "created"
    assert put(engines, OTHER, "b")["status"] == "created"
    assert put(engines, EXPORT, "a")["status"] == "restored"
    table = in_use(engines)
    assert (table.name, table.alleles["A*02:01"], table.without_status) == ("a", {"9Q", "50N"}, {"30Y"})


# --- what is searched with it ---


@pytest.fixture
def asked(registry, fresh):
    """Answers of the small registry at 2,000 MFI: `asked(search_patient)`."""

    def ask(function, **more):
        with registry.read_session() as session:
            return function(
                session, fresh(), patient_number="P1", on=ON, zone=ZONE, threshold=2000, locale="en", **more
            )

    return ask


@pytest.fixture
def loaded(registry):
    with registry.write_session() as session:
        load_invented_eplets(session)


def test_without_a_table_every_load_is_not_loaded(asked):
    answer = asked(search_patient, limit=0)
    assert answer["versions"]["eplets"] is None
    assert {(d["eplet_load"], d["verified_eplet_load"]) for d in answer["donors"]} == {(None, None)}
    assert asked(explain_donor, donor_number="PT0006")["eplets"] is None


@pytest.mark.usefixtures("loaded")
def test_with_a_table_each_donor_has_a_load_and_the_answer_names_the_table(asked):
    answer = asked(search_patient, limit=0)
    assert answer["versions"]["eplets"] == "invented-1"
    loads = {
        d["donor_number"]: (d["eplet_load"], d["verified_eplet_load"], d["eplets_approximate"])
        for d in answer["donors"]
    }
    assert loads["PT0001"] == (0, 0, True)  # the patient's own values
    assert loads["PT0004"] == (1, 0, True)  # A11: 20Z; B35: 60P, which the patient has on A*03
    assert loads["PT0007"] == (1, 0, True)  # B*40: 50N
    assert loads["PT0008"] == (None, None, None)  # a position of B is not typed


@pytest.mark.usefixtures("loaded")
def test_an_explanation_names_the_eplets(asked):
    answer = asked(explain_donor, donor_number="PT0006")  # A*03:01 A*24:02 B*07 B*44
    assert answer["eplets"] == {
        "names": ["30Y"],
        "verified": [],
        "without_status": ["30Y"],
        "on": {"A*03:01": [], "A*24:02": [], "B*07": [], "B*44": ["30Y"]},
    }
    assert answer["donor"]["eplet_load"] == 1


def donor_of(answer, number):
    return next(one for one in answer["donors"] if one["donor_number"] == number)


@pytest.mark.usefixtures("loaded")
def test_an_untested_value_with_a_reactive_eplet_makes_the_donor_possible(asked):
    donor = donor_of(asked(search_patient, limit=0), "PT0009")  # A*32, which no bead tests
    value = next(one for one in donor["values"] if one["typed"] == "A*32")
    assert (donor["verdict"], value["reaction"], value["basis"]) == ("possible", "undecided", "eplet")
    assert donor["reasons"] == [
        {"code": "value_undecided_by_eplet",
         "params": {"typed": "A*32", "locus": "A", "eplets": "9Q"}}
    ]  # fmt: skip


@pytest.mark.usefixtures("loaded")
def test_beyond_the_beads_of_the_eplet_it_is_untested_and_that_is_said(registry, fresh):
    with registry.read_session() as session:
        answer = search_patient(session, fresh(), patient_number="P1", on=ON, zone=ZONE, threshold=3001, limit=0)
    donor = donor_of(answer, "PT0009")
    assert (donor["verdict"], [one["code"] for one in donor["reasons"]]) == ("unknown", ["value_untested_no_eplet"])


@pytest.mark.usefixtures("loaded")
def test_the_serum_names_its_reactive_eplets_and_what_speaks_against_a_near_miss(registry, fresh):
    with registry.read_session() as session:
        laid = lay(session, fresh(), patient_number="P1", request=Request(), on=ON)
    found = eplets_json(laid.matching.reading, 2000)
    assert [(one["eplet"], one["status"]) for one in found["reactive"]] == [("9Q", "verified")]
    assert [(one["eplet"], [bead["allele"] for bead in one["contradicting"]]) for one in found["near_misses"]] == [
        ("50N", ["B*40:01"])
    ]
    assert [one["eplet"] for one in found["explaining"]] == ["9Q"]
    assert [bead["allele"] for bead in found["unexplained"]] == ["B*40:02", "B*44:03"]
    untested = {one["antigen"]: one["eplets"] for one in found["untested"]}
    assert untested["A32"] == ["9Q"]
    assert untested["B57"] is None  # nothing is known of it
    assert eplets_json(laid.matching.reading, 3001)["reactive"] == []
