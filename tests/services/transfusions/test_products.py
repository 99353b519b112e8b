"""What a new transfusion begins with, whose a product may be, what waits to be recorded, and the chip of the banner."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound
from models.autologous import AutologousCollection, AutologousUnit
from models.donor import Donor
from models.reservation import Reservation
from services.patients import get_patient
from services.transfusions.beginning import beginning
from services.transfusions.telling import banner_chip
from services.wording.catalogue import messages
from tests.conftest import NOW
from tests.services.transfusions.test_transfusions import TIMING, follow_up, record, rows
from tests.services.transfusions.test_transfusions import site as site
from tests.small_registry import put_patient

TODAY, D_OF_UNIT, GIVEN_AT = NOW.date(), date(2026, 11, 18), datetime(2026, 11, 20, 9, tzinfo=UTC)


def put_reservation(engines, status, *, day=TODAY):
    """The code of a reservation of this donor for P1."""
    with engines.write_session() as session:
        row = Reservation(
            code=str(uuid4()),
            donor_id=session.exec(select(Donor).where(Donor.donor_number == "PT0001")).one().id,
            patient_id=get_patient(session, "P1").id,
            day=day,
            status=status,
            held_by="searcher",
            held_at=NOW,
            expires_at=NOW,
            changed_by="searcher",
            changed_at=NOW,
        )  # fmt: skip
        session.add(row)
        return row.code


def put_unit(engines, number="AU-1", patient="P1", **more):
    """A thawed unit that was given on the 20th, counted again after thawing."""
    with engines.write_session() as session:
        owner = get_patient(session, patient)
        made = {"code": f"c-{number}", "patient_id": owner.id, "day": D_OF_UNIT, "created_at": NOW, "created_by": "lab"}
        collection = AutologousCollection(status="done", **made)
        session.add(collection)
        session.flush()
        facts = {"content": 4.2, "volume_ml": 60, "method": "frozen", "location": "1", "collected_on": D_OF_UNIT}
        given = {"status": "transfused", "thawed_at": GIVEN_AT, "thawed_content": 3.1, "ended_at": GIVEN_AT, **more}
        ids = {"number": number, "patient_id": owner.id, "collection_id": collection.id, "expires_on": TODAY}
        session.add(AutologousUnit(**ids, **facts, **given, created_at=NOW, created_by="lab"))


def begun(engines, **asked):
    with engines.read_session() as session:
        return beginning(session, number="P1", timing=TIMING, **asked)


def test_a_form_begins_with_the_reserved_donor_and_only_with_a_promised_one_of_this_patient(site):
    code = put_reservation(site, "confirmed")
    assert begun(site, reservation=code) == {
        "weight_kg": "62", "height_cm": "166", "donor_number": "PT0001", "selection": "hla_selected", "product_abo": "O",
    }  # fmt: skip
    for unknown in (put_reservation(site, "held", day=D_OF_UNIT), "nothing"):
        with pytest.raises(NotFound):
            begun(site, reservation=unknown)
    with site.write_session() as session:
        put_patient(session, "P2", "A1 A3 B7 B8")
    with site.read_session() as session, pytest.raises(NotFound):
        beginning(session, number="P2", timing=TIMING, reservation=code)


def test_a_form_begins_with_an_own_unit_that_was_given(site):
    put_unit(site)
    told = begun(site, unit="AU-1")
    assert (told["selection"], told["product_number"], told["content"]) == ("autologous", "AU-1", "3.1")
    assert told["ended_at"] == "2026-11-20T10:00"
    assert "donor_number" not in told
    put_unit(site, "AU-2", thawed_content=None)
    assert begun(site, unit="AU-2")["content"] == ""  # what thawing left is not known
    put_unit(site, "AU-3", status="stored", ended_at=None)
    with pytest.raises(NotFound):
        begun(site, unit="AU-3")


def test_an_own_unit_is_nobody_elses_has_no_donor_and_is_autologous(site):
    with site.write_session() as session:
        put_patient(session, "P2", "A1 A3 B7 B8")
    put_unit(site, "AU-P2", "P2")
    put_unit(site)
    for changed, field, code in (
        ({"product_number": "AU-P2"}, "product_number", "transfusion_unit_of_another"),
        ({"product_number": "AU-1"}, "selection", "transfusion_unit_is_autologous"),
        ({"product_number": "AU-1", "selection": "", "donor_number": "PT0001"}, "donor_number",
         "transfusion_autologous_has_no_donor"),
        ({"selection": "autologous", "donor_number": "PT0001"}, "donor_number", "transfusion_autologous_has_no_donor"),
    ):  # fmt: skip
        with pytest.raises(InvalidFields) as caught:
            record(site, **changed)
        assert [(one.field, one.code) for one in caught.value.faults] == [(field, code)]
        assert code in messages()
    record(site, product_number="AU-1", selection="", product_abo="")
    assert [(row.selection, row.donor_id) for row in rows(site)] == [("autologous", None)]


def test_what_was_promised_or_given_waits_to_be_recorded_until_it_is(site):
    code = put_reservation(site, "collected", day=D_OF_UNIT)
    put_reservation(site, "confirmed", day=TODAY + timedelta(days=1))  # its day has not come
    put_unit(site)
    shown = follow_up(site)["to_record"]
    assert shown[0] == {"donor_number": "PT0001", "day": D_OF_UNIT, "reservation": code}
    assert [one.get("unit") for one in shown] == [None, "AU-1"]
    record(site, donor_number="PT0001")
    record(site, ended_at="2026-11-21T15:00", pre_at="", pre_count="", count_1h="", count_1h_at="", count_24h="",
           count_24h_at="", product_number="AU-1", selection="autologous")  # fmt: skip
    assert follow_up(site)["to_record"] == []


def test_the_banner_says_the_state_and_the_latest_judged_increment(site):
    with site.read_session() as session:
        assert banner_chip(session, get_patient(session, "P1"), on=TODAY) is None
    record(site)
    unjudged = {"ended_at": "2026-11-21T15:00", "pre_at": "", "pre_count": "", "count_1h": "", "count_1h_at": ""}
    record(site, **unjudged, count_24h="", count_24h_at="")
    with site.read_session() as session:
        chip = banner_chip(session, get_patient(session, "P1"), on=TODAY)
        assert banner_chip(session, get_patient(session, "P1"), on=date(1990, 1, 1)) == chip
    assert (chip["state"], chip["lead"]) == ("one_failure", "immune")
    # 62 kg and 166 cm are 1.6909 m²: (6 - 5) × 1.6909 / 5.2
    assert (chip["latest"]["window"], round(chip["latest"]["cci"], 3)) == ("24h", 0.325)
