"""What the file of a donor tells of the trail: what was done with it, and every look at who the donor is."""

import pytest

from services.audit import record_audit
from services.calls import list_calls
from services.donor_export import export_person
from services.donor_file import donor_events, show_identity
from services.reservations import reserve
from tests.reserving import COORDINATOR, FREE, NOW, SEARCHER, TIMING, wish
from tests.small_registry import put_small_registry


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def registry(request, engines, app_on):
    """The small registry, on both databases."""
    if request.param == "postgresql":
        engines = app_on(request.getfixturevalue("postgres_url")).extensions["phenotheque"].engines
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


def look(session, *donors):
    """A call list was opened that named these donors."""
    days = {"from_on": "2026-11-22", "until_on": "2026-11-25"}
    record_audit(
        session, actor="coo", action="donor_identities_seen", subject_type="call_list", subject_key="2026-11-22",
        details={**days, "donors": list(donors)}, now=NOW,
    )  # fmt: skip


def events(engines, number=FREE, **asked):
    with engines.read_session() as session:
        return donor_events(session, number, **asked)


def test_a_call_list_that_named_the_donor_is_a_look_at_their_identity(registry, fresh):
    with registry.write_session() as session:
        reserve(session, fresh(), wish=wish(), by=SEARCHER, timing=TIMING)
        list_calls(session, on=None, by=COORDINATOR, timing=TIMING)
        show_identity(session, number=FREE, actor="ana", now=NOW)
        told = export_person(session, number=FREE, form="json", actor="dpo", now=NOW)["who_looked_or_changed"]
    assert [(one["actor"], one["action"]) for one in told] == [
        ("dpo", "donor_exported"), ("ana", "donor_identity_shown"), ("coo", "donor_identities_seen"),
    ]  # fmt: skip
    assert told[-1]["details"].keys() == {"from_on", "until_on"}
    assert events(registry) == told


def test_the_other_donors_of_a_call_list_are_not_told(registry):
    with registry.write_session() as session:
        look(session, "PT0002", FREE)
    assert "PT0002" not in str(events(registry))
    assert len(events(registry, "PT0002")) == 1


@pytest.mark.parametrize("other", ["PT00010", "XPT0001", "pt0001", "PT%", "PT____", "É1", "x"])
def test_a_call_list_of_another_donor_is_none_of_theirs(registry, other):
    with registry.write_session() as session:
        look(session, other)
    assert events(registry) == []
    assert len(events(registry, other)) == 1


def test_the_latest_events_are_told_whichever_way_the_donor_was_seen(registry):
    with registry.write_session() as session:
        for _ in range(3):
            look(session, FREE)
            show_identity(session, number=FREE, actor="ana", now=NOW)
    actions = [one["action"] for one in events(registry, most=3)]
    assert actions == ["donor_identity_shown", "donor_identities_seen", "donor_identity_shown"]


def test_details_of_an_event_of_elsewhere_are_not_told(registry):
    with registry.write_session() as session:
        record_audit(
            session, actor="ana", action="future_deed", subject_type="donor", subject_key=FREE,
            details={"patient": "P1"}, now=NOW,
        )  # fmt: skip
    assert [(one["action"], one["details"]) for one in events(registry)] == [("future_deed", {})]
