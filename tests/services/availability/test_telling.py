"""What a subscriber is told of availability: counts for everybody, patients for who may see them."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.patient import Patient
from models.subscription import Subscription, Topic
from services.availability.telling import tell
from services.wording.catalogue import messages, sentence
from tests.logins import make_account
from tests.services.availability.conftest import ask, direct
from tests.small_registry import NOW, ON


@pytest.fixture
def told(registry):
    """The news of somebody of these roles: `told("searcher", scope={}, since=…)`."""

    def ask_for(role, scope=None, since=None, on=ON):
        account = make_account(registry, role, now=NOW)
        wish = Subscription(
            code="s", account_id=account.id, topic=Topic.AVAILABILITY, scope=scope or {}, created_at=NOW, created_by="x"
        )
        with registry.read_session() as session:
            return tell(session, wish, on, since)

    return ask_for


def patient_id(engines):
    with engines.read_session() as session:
        return session.exec(select(Patient.id).where(Patient.patient_number == "P1")).one()


def said(line):
    assert line.code in messages()
    return sentence(line.code, line.params, "en")


def test_the_summary_counts_and_the_lines_name_for_who_may_see_patients(registry, snapshot, told):
    with registry.write_session() as session:
        ask(session, "P1", 9, 2, "r1")
    direct(registry)
    snapshot()
    news = told("searcher")
    assert said(news.summary) == "Directives: 1; with no donor this week: 0."
    assert [said(line) for line in news.lines] == ["Patient P1: units needed this week: 9; donors who can give: 3."]
    assert news.lines[0].address == f"/reports/availability/P1?on={ON}"
    blind = told("coordinator")
    assert (blind.summary, blind.lines) == (news.summary, ())


def test_the_counts_are_compared_with_the_day_of_the_last_news(registry, snapshot, told):
    direct(registry)
    snapshot()
    direct(registry, hpa_antibodies=("HPA-1a",))  # of nobody compatible is HPA-1 known
    later = ON + timedelta(days=7)
    snapshot(later)
    news = told("searcher", since=ON, on=later)
    assert said(news.summary) == "Directives: 1; with no donor this week: 1 (1 more than last time)."
    assert [line.code for line in news.lines] == ["availability_line.none", "availability_line.lost"]
    assert said(told("searcher", since=later - timedelta(days=1), on=later).summary).endswith(
        "(1 more than last time)."
    )


def test_a_region_is_told_of_its_own_donors_and_a_patient_to_who_may_see_patients_alone(registry, snapshot, told):
    assert told("searcher") is None  # before any snapshot
    with registry.write_session() as session:
        ask(session, "P1", 2, 2, "r1")
    snapshot()
    scope = {"patient": patient_id(registry)}
    for wish in ({}, scope):
        news = told("searcher", wish)
        assert "P1" not in said(news.summary)
        assert [said(line) for line in news.lines] == ["Units are asked for patient P1, who has no directive in force."]
    direct(registry)
    snapshot()
    assert told("searcher", {"region": "Nowhere"}) is None
    assert said(told("searcher", {"region": "Corse"}).summary) == "Directives: 1; with no donor this week: 0."
    assert said(told("searcher", scope).summary) == "One directive: donors who can give this week: 3."
    assert told("coordinator", scope) is None
    snapshot(ON + timedelta(days=4))
    news = told("searcher", scope, since=ON, on=ON + timedelta(days=4))
    assert said(news.summary) == "One directive: donors who can give this week: 4 (last time 3)."
