"""The board of who gets which donor: what it shows, what each form does, and who may do it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.allocation import AllocationMark, AllocationOverride, AllocationRun
from models.donor import Donor
from models.patient import Patient
from models.reservation import Reservation
from services.donor_consent import set_consent
from services.requests import create_request
from tests.conftest import NOW, TODAY
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import BEADS, PATIENT, PERSONAL, put_patient, put_serum, put_small_registry
from tests.standing import direct

BOARD = "/allocation"


def ask_units(session, patient, units, days, urgency="planned", at="09:00"):
    typed = {"hospital": "CHU", "units": str(units), "urgency": urgency, "contact": "", "note": ""}
    typed |= {"needed_on": (TODAY + timedelta(days=days)).isoformat(), "needed_at": at}
    return create_request(session, patient_number=patient, typed=typed, zone="Europe/Paris", actor="t", now=NOW).code


def withdraw(session, number):
    """The donor agrees no more to be called."""
    version = session.exec(select(Donor).where(Donor.donor_number == number)).one().version_id
    told = {"on": TODAY, "reason": "told us", "actor": "coo", "now": NOW, "today": TODAY}
    set_consent(session, number=number, version=version, agreed=False, **told)


@pytest.fixture
def site(app):
    """Two patients whom the same donors fit: P2 bleeds and needs one unit, P1 two."""
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        put_serum(session, put_patient(session, "P2", PATIENT), "S2", BEADS)
        for number in ("P1", "P2"):
            direct(session, number, threshold_mfi=2_000)
        ask_units(session, "P1", 2, 3)
        ask_units(session, "P2", 1, 4, "bleeding")
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles, login=None: log_in(site.test_client(), site, *roles, login=login)


@pytest.fixture
def searcher(visitor):
    return visitor("searcher")


def read(client, address=BOARD, status=200, language="en") -> Page:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, given, status=303) -> Page:
    answer = client.post(address, data=given, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    page = Page(answer.get_data(as_text=True))
    page.location = answer.headers.get("Location", "")
    return page


def rows(site, model):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(model).order_by(model.id)).all()


def cards(page) -> list[str]:
    """The cards proposed, as `request-donor`."""
    found = (one.attributes.get("id", "") for one in page.all("li"))
    return [one.removeprefix("card-") for one in found if one.startswith("card-")]


def pair_of(card: str) -> dict[str, str]:
    return {"request": card[:36], "donor": card[37:]}


def mark(kind, card, **more):
    return {**pair_of(card), "kind": kind, "on": TODAY.isoformat(), "reason": "asked by the ward", **more}


# --- the board ------------------------------------------------------------------------------------------------------


def test_the_bleeding_patient_stands_first_and_each_card_says_why_it_is_there(searcher):
    page = read(searcher)
    heads = [one.text for one in page.all("p") if "need-head" in one.attributes.get("class", "")]
    assert [text.split()[0] for text in heads] == ["P2", "P1"]
    assert "place 1 of" in page.html
    assert "This is a proposal: it reserves nobody." in page.html
    assert len(cards(page)) == 3
    assert not any(text in page.html for text in PERSONAL)


def test_what_is_missing_says_why_and_a_donor_of_two_says_who_lost_them(site, searcher):
    with site.extensions["phenotheque"].engines.write_session() as session:
        ask_units(session, "P1", 50, 5)
    page = read(searcher)
    assert "units without a donor" in page.html
    assert "also wanted by P1" in page.html
    assert "Who lost which donor to whom" in page.html
    ways = [one.attributes["href"] for one in page.all("a") if one.text.startswith("what if not?")]
    assert ways
    for way in ways:
        assert "See what it changes" in read(searcher, way).html


def test_units_taken_by_the_patients_own_other_requests_are_said_so(site, searcher):
    with site.extensions["phenotheque"].engines.write_session() as session:
        ask_units(session, "P1", 2, 5)
    shortages = [one.text for one in page_shortages(read(searcher))]
    assert any("Given to:" in text and "other requests of this patient" in text for text in shortages)


def test_days_that_are_over_are_not_divided(searcher):
    past = read(searcher, f"{BOARD}?from={TODAY - timedelta(days=3)}&days=10")
    assert past.all("input", name="from")[0].attributes["value"] == TODAY.isoformat()
    assert past.all("input", name="days")[0].attributes["value"] == "7"
    over = read(searcher, f"{BOARD}?from={TODAY - timedelta(days=9)}&days=9", status=409)
    assert "Every day of this division is over." in over.html


def page_shortages(page):
    return [one for one in page.all("p") if one.has_class("need-short")]


def test_a_patient_without_directive_leads_to_the_directives(site, searcher):
    with site.extensions["phenotheque"].engines.write_session() as session:
        put_patient(session, "P3", PATIENT)
        ask_units(session, "P3", 1, 5)
    assert read(searcher).all("a", href="/patients/P3/directives")


def test_who_bleeds_without_directive_is_told_so_even_where_no_day_serves_it(site, searcher):
    told = "And no directive is in force, or it cannot be read"
    with site.extensions["phenotheque"].engines.write_session() as session:
        put_patient(session, "P3", PATIENT)
        ask_units(session, "P1", 1, 0, "bleeding", at="23:00")
    assert told not in read(searcher).html
    with site.extensions["phenotheque"].engines.write_session() as session:
        ask_units(session, "P3", 1, 0, "bleeding", at="23:00")
    page = read(searcher)
    assert "it is needed too soon for a donation, or later. " + told in page.html
    assert page.all("a", href="/patients/P3/directives")


def test_a_list_of_other_donors_that_was_cut_says_so(searcher, monkeypatch):
    said = "best placed who may give in time are listed"
    assert said not in read(searcher).html
    for module in ("services.allocation.board", "views.allocation.blueprint"):
        monkeypatch.setattr(f"{module}.MOST_OFFERED", 2)
    assert f"Only the 2 {said}" in read(searcher).html


def test_nothing_to_divide_says_what_to_do(app):
    page = read(log_in(app.test_client(), app, "searcher"))
    assert "No open request" in page.html


def test_days_stand_in_columns_of_a_day_or_a_week_and_a_span_that_is_none_is_said(searcher):
    for days, columns in ((5, 5), (7, 7), (28, 4), (92, 14)):
        board = read(searcher, f"{BOARD}?days={days}").html.split("allocation-board")[1].split("</thead>")[0]
        assert board.count('scope="col"') == columns + 1, days
    for query in ("days=0", "days=93", "days=x", "from=tomorrow"):
        read(searcher, f"{BOARD}?{query}", status=400)


# --- roles ----------------------------------------------------------------------------------------------------------


def test_who_may_not_reserve_sees_the_board_and_no_form(visitor):
    page = read(visitor("laboratory"))
    assert cards(page)
    assert not page.all("input", name="kind")
    assert "/allocation/propose" not in page.html
    read(visitor("coordinator"), status=403)


def test_who_may_not_see_reservations_sees_how_many_and_not_of_whom(visitor, searcher):
    form = proposed(searcher)
    send(searcher, f"{BOARD}/accept", form, status=200)
    page = read(visitor("laboratory"))
    assert not page.rows("card-reserved")
    assert "/reservations/" not in page.html
    assert not any(choice.split("|")[1] in page.html for choice in form["choice"])
    assert "2 reserved" in page.html


def test_a_form_of_who_may_not_reserve_or_from_elsewhere_does_nothing(site, visitor, searcher):
    for address in ("/keep", "/marks", "/propose", "/accept", "/move"):
        send(visitor("scientist"), BOARD + address, {}, status=403)
    site.config["WTF_CSRF_ENABLED"] = True
    send(searcher, f"{BOARD}/keep", {}, status=400)
    assert rows(site, AllocationRun) == []


# --- keep, fix, forbid ----------------------------------------------------------------------------------------------


def test_a_kept_division_is_compared_with(site, searcher):
    send(searcher, f"{BOARD}/keep", {})
    assert "Nothing: the same donors for the same patients on the same days." in read(searcher).html
    before = cards(read(searcher))
    for card in before:  # every donor is taken from who has them, so that somebody must change
        send(searcher, f"{BOARD}/marks", mark("forbidden", card))
    page = read(searcher)
    assert not set(before) & set(cards(page))
    changes = page.html.split('id="changes-title"')[1].split("</section>")[0]
    assert "The donor was forbidden for this request." in changes or "another patient" in changes


def test_what_is_fixed_and_cannot_stand_is_told_and_can_be_lifted(site, searcher):
    card = cards(read(searcher))[0]
    send(searcher, f"{BOARD}/marks", mark("fixed", card))
    page = read(searcher)
    assert card in cards(page)
    assert page.rows("card-fixed")
    with site.extensions["phenotheque"].engines.write_session() as session:
        withdraw(session, pair_of(card)["donor"])
    page = read(searcher)
    assert not page.rows("card-fixed")
    assert "cannot stand" in page.html
    assert any(one.text.startswith("Unfix") for one in page.all("button"))
    send(searcher, f"{BOARD}/marks/{rows(site, AllocationMark)[0].code}/lift", {})
    assert "cannot stand" not in read(searcher).html


def test_who_is_forbidden_is_listed_with_the_reason_and_can_be_allowed_again(site, searcher):
    card = cards(read(searcher))[0]
    send(searcher, f"{BOARD}/marks", mark("forbidden", card, reason="fever after the last one"))
    page = read(searcher)
    assert card not in cards(page)
    assert "fever after the last one" in page.html
    code = rows(site, AllocationMark)[0].code
    send(searcher, f"{BOARD}/marks/{code}/lift", {})
    assert card in cards(read(searcher))


def test_a_mark_that_cannot_be_is_refused_and_nothing_changes(site, searcher):
    card = cards(read(searcher))[0]
    for wrong, status in (({"reason": ""}, 422), ({"kind": "loved"}, 400), ({"request": "none"}, 404)):
        send(searcher, f"{BOARD}/marks", mark("forbidden", card) | wrong, status=status)
    assert rows(site, AllocationMark) == []


# --- accept ---------------------------------------------------------------------------------------------------------


def proposed(client, card="") -> dict:
    """The form of the confirming page of all cards, or of one, with everything ticked."""
    page = send(client, f"{BOARD}/propose", pair_of(card) if card else {}, status=303)
    page = read(client, page.location)
    chosen = [one.attributes["value"] for one in page.all("input", name="choice")]
    return {"run": page.one("input", name="run").attributes["value"], "choice": chosen}


def test_what_is_accepted_is_reserved_for_its_request_and_twice_changes_nothing(site, searcher):
    form = proposed(searcher)
    assert len(form["choice"]) == 3
    assert "3 donors reserved" in send(searcher, f"{BOARD}/accept", form, status=200).html
    held = rows(site, Reservation)
    assert {one.day for one in held} <= {TODAY + timedelta(days=n) for n in range(4)}
    assert all(one.request_id for one in held)
    after = read(searcher)
    assert cards(after) == []
    assert len(after.rows("card-reserved")) == 3
    send(searcher, f"{BOARD}/accept", form, status=200)
    assert len(rows(site, Reservation)) == 3


def test_one_card_alone_can_be_accepted(site, searcher):
    card = cards(read(searcher))[0]
    form = proposed(searcher, card)
    assert form["choice"] == ["|".join(pair_of(card).values())]
    send(searcher, f"{BOARD}/accept", form, status=200)
    assert len(rows(site, Reservation)) == 1


def test_what_changed_meanwhile_is_refused_with_its_reason_and_the_others_stand(site, searcher):
    form = proposed(searcher)
    taken = form["choice"][0].split("|")[1]
    with site.extensions["phenotheque"].engines.write_session() as session:
        withdraw(session, taken)
    done = send(searcher, f"{BOARD}/accept", form, status=200)
    assert "1 could not be reserved" in done.html
    assert taken in done.html.split("could not be reserved")[1].split("</section>")[0]
    assert len(rows(site, Reservation)) == 2
    stale = read(searcher, f"{BOARD}/accept?run={form['run']}")
    assert "reserved, or given otherwise by now" in stale.html


def test_the_same_division_is_not_kept_twice(site, searcher):
    assert proposed(searcher)["run"] == proposed(searcher)["run"]
    assert len(rows(site, AllocationRun)) == 1


def test_what_is_no_choice_of_the_division_reserves_nobody(site, searcher):
    run = proposed(searcher)["run"]
    for choice in ([], ["nonsense"]):
        assert "Nothing was ticked" in send(searcher, f"{BOARD}/accept", {"run": run, "choice": choice}, 200).html
    assert (
        "The division does not give" in send(searcher, f"{BOARD}/accept", {"run": run, "choice": "a|PT0001"}, 409).html
    )
    send(searcher, f"{BOARD}/accept", {"run": "gone", "choice": "a|b"}, status=404)
    read(searcher, f"{BOARD}/accept", status=404)
    assert rows(site, Reservation) == []


def test_a_donor_withdrawn_after_acceptance_is_loud_on_the_board(site, searcher):
    form = proposed(searcher)
    send(searcher, f"{BOARD}/accept", form, status=200)
    with site.extensions["phenotheque"].engines.write_session() as session:
        withdraw(session, form["choice"][0].split("|")[1])
    page = read(searcher)
    assert len(page.rows("card-broken")) == 1
    assert "1 reserved donor can no longer give" in page.html
    assert sum("Can no longer give:" in one.text for one in page.all("td")) == 2  # on its card, and in the list by day


# --- move: asked by one, decided by another -------------------------------------------------------------------------


def move_of(page, card) -> dict[str, str]:
    """The first slot of the form that the division does not give."""
    slots = [one.attributes["value"] for one in page.all("option") if one.attributes.get("value")]
    return {"donor": card[37:], "slot": next(one for one in slots if one[:36] != card[:36]), "reason": "graft tomorrow"}


@pytest.fixture
def asked(site, searcher):
    """A donor of one patient asked for the other."""
    card = cards(read(searcher))[0]
    wish = move_of(read(searcher, f"{BOARD}/move?request={card[:36]}&donor={card[37:]}"), card)
    send(searcher, f"{BOARD}/move", wish)
    return rows(site, AllocationOverride)[0]


def test_who_is_asked_otherwise_is_told_where_donors_are_accepted_and_not_ticked(searcher, asked):
    page = read(searcher, send(searcher, f"{BOARD}/propose", {}).location)
    choices = page.all("input", name="choice")
    assert len(choices) == 3
    assert len([one for one in choices if "checked" not in one.attributes]) == 1
    assert page.html.count("asked otherwise: waits for a second person") == 1


def test_a_move_shows_what_it_changes_before_it_is_asked(site, searcher):
    card = cards(read(searcher))[0]
    wish = move_of(read(searcher, f"{BOARD}/move?request={card[:36]}&donor={card[37:]}"), card)
    page = send(searcher, f"{BOARD}/move", wish | {"do": "check", "reason": ""}, status=200)
    assert "What it would change" in page.html
    assert page.html.split('value="' + wish["slot"])[1].startswith('" selected')
    assert rows(site, AllocationOverride) == rows(site, AllocationRun) == []


def test_a_move_without_its_reason_or_day_comes_back(site, searcher):
    card = cards(read(searcher))[0]
    wish = move_of(read(searcher, f"{BOARD}/move?donor={card[37:]}"), card)
    for wrong in ({"reason": ""}, {"slot": ""}, {"slot": "x|tomorrow"}):
        assert "This cannot be saved yet" in send(searcher, f"{BOARD}/move", wish | wrong, status=422).html
    assert rows(site, AllocationOverride) == []


def test_who_asked_sees_it_waiting_and_does_not_decide(site, searcher, asked):
    page = read(searcher, f"{BOARD}/overrides/{asked.code}")
    assert [one.text for one in page.all("button") if one.attributes.get("name") == "decision"] == ["Take it back"]
    refused = send(searcher, f"{BOARD}/overrides/{asked.code}", {"decision": "approve"}, status=409)
    assert "a second person must" in refused.html
    assert rows(site, Reservation) == []
    send(searcher, f"{BOARD}/overrides/{asked.code}", {"decision": "cancel"})
    assert "Waiting for a second person" not in read(searcher).html


@pytest.mark.parametrize("role", ["searcher", "scientist"])
def test_a_second_person_approves_and_the_donor_is_reserved(site, visitor, asked, role):
    second = visitor(role, login="second")
    page = read(second, f"{BOARD}/overrides/{asked.code}")
    assert "graft tomorrow" in page.html
    send(second, f"{BOARD}/overrides/{asked.code}", {"decision": "approve"})
    held = rows(site, Reservation)
    assert [(one.request_id, one.donor_id, one.day) for one in held] == [(asked.request_id, asked.donor_id, asked.day)]
    send(second, f"{BOARD}/overrides/{asked.code}", {"decision": "approve"}, status=409)


def test_a_second_person_refuses_and_nothing_is_reserved(site, visitor, asked):
    second = visitor("scientist")
    send(second, f"{BOARD}/overrides/{asked.code}", {"decision": "refuse"})
    assert rows(site, Reservation) == []
    send(second, f"{BOARD}/overrides/{asked.code}", {"decision": "shrug"}, status=400)
    read(second, f"{BOARD}/overrides/{asked.code}", status=409)


def test_what_waits_for_a_decision_is_told_at_home_to_who_may_decide_alone(searcher, visitor, asked):
    told = "Donors asked otherwise, for you to decide"
    for client, is_told in (
        (visitor("searcher", login="second"), True),
        (visitor("scientist"), True),
        (searcher, False),
        (visitor("laboratory"), False),
    ):
        page = read(client, "/")
        assert (told in page.html) is is_told
        assert (f"{BOARD}/overrides/{asked.code}" in page.html) is is_told


def test_the_laboratory_decides_nothing(site, visitor, asked):
    page = read(visitor("laboratory"), f"{BOARD}/overrides/{asked.code}")
    assert not [one for one in page.all("button") if one.attributes.get("name") == "decision"]
    send(visitor("laboratory"), f"{BOARD}/overrides/{asked.code}", {"decision": "approve"}, status=409)


def test_an_override_that_became_impossible_says_why(site, visitor, asked):
    with site.extensions["phenotheque"].engines.write_session() as session:
        patient = session.exec(select(Patient)).first()
        moments = {"held_at": NOW, "expires_at": NOW + timedelta(days=9), "changed_at": NOW}
        names = {"code": "c", "patient_id": patient.id, "donor_id": asked.donor_id, "held_by": "t", "changed_by": "t"}
        session.add(Reservation(day=asked.day, status="held", **names, **moments))
    page = read(visitor("scientist"), f"{BOARD}/overrides/{asked.code}")
    assert page.rows("unit-danger")
    assert "Approve" not in page.html


def test_a_donor_who_fits_nobody_cannot_be_moved(searcher):
    read(searcher, f"{BOARD}/move?donor=PT0005", status=404)
    read(searcher, f"{BOARD}/move", status=404)


def test_the_days_asked_go_with_every_form(site, searcher):
    page = read(searcher, f"{BOARD}?days=5")
    assert {one.attributes["value"] for one in page.all("input", name="days")} == {"5"}
    answer = searcher.post(f"{BOARD}/keep", data={"days": "5"})
    assert answer.headers["Location"] == f"{BOARD}?days=5"
    assert rows(site, AllocationRun)[0].days == 5
