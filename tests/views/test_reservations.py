"""The pages of reservations: what the form shows and keeps, where a step leads, and who is told what."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.reservation import Reservation
from tests.conftest import NOW, TODAY, freeze
from tests.demo_site import Page
from tests.logins import log_in
from tests.reserving import BLOCKED, FREE, UNTYPED
from tests.small_registry import IDENTITY, PERSONAL, put_small_registry

FORM = "/patients/P1/reserve"
NOTE = "Ask <b>Dr Durand</b> first"


@pytest.fixture
def site(app):
    """The application on the small registry; tests may write."""
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
    return app


@pytest.fixture
def visitor(site):
    return lambda *roles, login=None: log_in(site.test_client(), site, *roles, login=login)


@pytest.fixture
def searcher(visitor):
    return visitor("searcher")


@pytest.fixture
def coordinator(visitor):
    return visitor("coordinator")


def ask(donor=FREE, day=TODAY, **more):
    return {"donor": donor, "on": day.isoformat(), "threshold": "2000", **more}


def read(client, address, status=200) -> Page:
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, given, status=303):
    answer = client.post(address, data=given, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer


def rows(site):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.exec(select(Reservation).order_by(Reservation.id)).all()


def held(client, site, **more) -> Reservation:
    send(client, FORM, ask(**more))
    return rows(site)[-1]


def actions(site):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return [event.action for event in session.exec(select(AuditEvent).order_by(AuditEvent.id))]


# --- the form -------------------------------------------------------------------------------------------------------


def test_the_form_shows_the_donor_the_unit_and_the_day(searcher):
    page = read(searcher, f"{FORM}?donor={FREE}&threshold=2000")
    assert page.rows("verdict-compatible")
    assert page.rows("grade")
    assert [e.text for e in page.rows("unit-notice")][-1].startswith("irradiate HLA-selected unit")
    assert "The donor can give on that day, and is free." in page.html
    assert any(e.text == "Hold until 23 Nov 2026 00:00" for e in page.all("button"))


def test_the_risk_of_graft_versus_host_disease_stands_out(searcher, site):
    from tests.small_registry import D, put_donors

    with site.extensions["phenotheque"].engines.write_session() as session:
        put_donors(session, [D("PT0020", "A*01 A*01 B*08 B*08")])
    page = read(searcher, f"{FORM}?donor=PT0020&threshold=2000")
    assert page.rows("unit-danger")[0].text.startswith("TA-GVHD")
    row = held(searcher, site, donor="PT0020")
    assert "tagvhd_risk" in row.flags
    assert read(searcher, f"/reservations/{row.code}").rows("unit-danger")
    assert "TA-GVHD" in read(searcher, "/reservations").html


def test_the_arithmetic_of_a_day_that_cannot_be_is_shown_with_the_day_that_can(searcher):
    page = read(searcher, f"{FORM}?donor=PT0003&threshold=2000")
    assert "Donor PT0003 may not give on 22 Nov 2026: not before 8 Dec 2026." in page.html
    assert "Gave platelets: 28 days to wait, until 8 Dec 2026." in page.html
    link = next(e for e in page.all("a") if e.text == "Look at 8 Dec 2026")
    assert "The donor can give" in read(searcher, link.attributes["href"]).html
    assert not [e for e in page.all("button") if e.text.startswith("Hold")]


def test_without_a_donor_or_with_one_nobody_knows_the_form_asks_for_one(searcher):
    assert read(searcher, FORM).one("input", name="donor").attributes["value"] == ""
    unknown = read(searcher, f"{FORM}?donor=PT9999")
    assert "No donor has the number PT9999." in unknown.html
    read(searcher, "/patients/P9/reserve", status=404)
    read(searcher, f"/patients/P9/reserve?donor={FREE}", status=404)


@pytest.mark.parametrize("wrong", ["on=tomorrow", "threshold=many", "threshold=0"])
def test_an_address_that_cannot_be_read_is_said(searcher, wrong):
    read(searcher, f"{FORM}?donor={FREE}&{wrong}", status=400)


def test_reserving_leads_back_to_where_the_person_was_with_the_state_kept(searcher, site):
    back = "/patients/P1?threshold=2000&region=Bretagne&page=2"
    page = read(searcher, f"{FORM}?donor={FREE}&threshold=2000&back=%2Fpatients%2FP1%3Fthreshold%3D2000")
    assert page.all("input", name="back")[0].attributes["value"] == "/patients/P1?threshold=2000"
    answer = send(searcher, FORM, ask(back=back))
    assert answer.headers["Location"] == back
    assert "Donor PT0001 is held for 22 Nov 2026, until 23 Nov 2026 00:00." in read(searcher, "/reservations").html


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "\n/x"],
)
def test_no_link_leads_elsewhere_after_reserving(searcher, site, back):
    answer = send(searcher, FORM, ask(back=back))
    assert answer.headers["Location"] == f"/reservations/{rows(site)[0].code}"


def test_a_double_click_is_one_reservation(searcher, site):
    first, second = send(searcher, FORM, ask()), send(searcher, FORM, ask())
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows(site)) == 1


def test_a_donor_somebody_holds_is_refused_on_the_same_form_with_what_was_typed(searcher, visitor, site):
    held(searcher, site)
    page = Page(send(visitor("searcher", login="other"), FORM, ask(note=NOTE), status=409).get_data(as_text=True))
    assert "already held for 22 Nov 2026 by Searcher for patient P1, until 23 Nov 2026 00:00" in page.html
    assert len(rows(site)) == 1


def test_a_note_that_is_too_long_comes_back_filled(searcher, site):
    page = Page(send(searcher, FORM, ask(note="x" * 1_001), status=422).get_data(as_text=True))
    assert page.one("textarea", name="note").text == "x" * 1_001
    assert page.one("textarea", name="note").attributes["aria-invalid"] == "true"
    assert "1,000 characters at most" in page.html
    assert rows(site) == []


def test_a_donor_who_is_not_evaluable_needs_a_reason_and_keeps_the_note(searcher, site):
    page = Page(send(searcher, FORM, ask(UNTYPED, note=NOTE), status=409).get_data(as_text=True))
    assert page.one("textarea", name="note").text == NOTE
    assert "<b>Dr" not in page.html
    assert page.one("textarea", name="override_reason")
    assert held(searcher, site, donor=UNTYPED, override_reason="typing under way").verdict == "unknown"


def test_a_blocked_donor_is_for_those_who_sign_directives(searcher, visitor, site):
    page = read(searcher, f"{FORM}?donor={BLOCKED}&threshold=2000")
    assert "only a person who signs directives can reserve them all the same" in page.html
    assert page.all("textarea") == []
    send(searcher, FORM, ask(BLOCKED, override_reason="because"), status=409)
    signer = visitor("searcher", "scientist")
    assert read(signer, f"{FORM}?donor={BLOCKED}&threshold=2000").one("textarea", name="override_reason")
    assert held(signer, site, donor=BLOCKED, override_reason="massive bleeding").verdict == "blocked"
    assert "against the verdict" in read(signer, "/reservations").html


# --- list, file, steps ----------------------------------------------------------------------------------------------


def test_the_list_filters_and_says_what_it_cannot_read(searcher, site):
    held(searcher, site)
    held(searcher, site, donor="PT0002", day=TODAY + timedelta(days=2))
    assert "2 reservations" in read(searcher, "/reservations").html
    assert "1 reservation" in read(searcher, "/reservations?from=2026-11-23&mine=yes&sort=donor").html
    assert "No reservation answers this" in read(searcher, "/reservations?status=collected").html
    assert "PT0002" in read(searcher, "/reservations?number=PT0002&status=all").html
    for wrong in ("status=lost", "sort=colour", "from=yesterday", "page=0"):
        read(searcher, f"/reservations?{wrong}", status=400)


def test_each_step_is_a_button_and_leaves_its_line_of_history(searcher, site):
    row = held(searcher, site)
    page = read(searcher, f"/reservations/{row.code}")
    assert [e.attributes["value"] for e in page.all("button", name="step")] == ["confirm", "release"]
    send(searcher, f"/reservations/{row.code}/step", {"step": "confirm", "version": "1"})
    page = read(searcher, f"/reservations/{row.code}")
    assert [e.attributes["value"] for e in page.all("button", name="step")] == ["collect", "release"]
    send(searcher, f"/reservations/{row.code}/step", {"step": "collect", "version": "2"})
    page = read(searcher, f"/reservations/{row.code}")
    assert page.all("button", name="step") == []
    history = page.all("ol")[-1].text
    assert [history.index(word) for word in ("Held", "Confirmed", "Collected")] == sorted(
        history.index(word) for word in ("Held", "Confirmed", "Collected")
    )
    assert actions(site).count("reservation_collected") == 1


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"step": "confirm", "version": "7"}, 409, "Somebody changed this"),
        ({"step": "confirm", "version": "many"}, 409, "Somebody changed this"),
        ({"step": "collect", "version": "1"}, 409, "the reservation is only held"),
        ({"step": "release", "version": "1"}, 422, "Choose why the donor is released."),
        ({"step": "expire", "version": "1"}, 422, "is no step of a reservation"),
        ({}, 422, "is no step of a reservation"),
    ],
)
def test_a_step_that_is_refused_says_why_on_the_page(searcher, site, given, status, said):
    row = held(searcher, site)
    page = Page(send(searcher, f"/reservations/{row.code}/step", given, status=status).get_data(as_text=True))
    assert said in page.html
    assert rows(site)[0].status == "held"


def test_an_expired_hold_is_shown_so_and_offers_no_step(searcher, site):
    row = held(searcher, site)
    freeze(site, NOW + timedelta(hours=15))
    later = log_in(site.test_client(), site, "searcher")
    page = read(later, f"/reservations/{row.code}")
    assert page.rows("reservation-expired")
    assert page.all("button", name="step") == []
    send(later, f"/reservations/{row.code}/step", {"step": "confirm", "version": "1"}, status=409)


def test_what_does_not_exist_is_not_found(searcher, coordinator):
    read(searcher, "/reservations/nothing", status=404)
    send(searcher, "/reservations/nothing/step", {"step": "confirm", "version": "1"}, status=404)
    send(coordinator, "/reservations/nothing/calls", {"outcome": "agreed", "version": "1"}, status=404)


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_a_coordinator_reads_of_a_patient_and_never_which(searcher, coordinator, site):
    row = held(searcher, site, note=NOTE)
    for address in ("/reservations", f"/reservations/{row.code}", "/reservations/calls", "/reservations?number=P1"):
        page = read(coordinator, address)
        assert ">P1<" not in page.html, address
        assert "/patients/" not in page.html, address
        assert "Durand" not in page.html, address
    assert "a patient" in read(coordinator, f"/reservations/{row.code}").html
    assert "No reservation answers this" in read(coordinator, "/reservations?number=P1").html


def test_nobody_but_those_who_call_reads_who_a_donor_is(searcher, coordinator, visitor, site):
    row = held(searcher, site)
    given = {"outcome": "voicemail", "version": "1", "note": IDENTITY["last_name"]}
    send(coordinator, f"/reservations/{row.code}/calls", given)
    form = f"{FORM}?donor={FREE}&threshold=2000"
    for client in (searcher, visitor("scientist")):
        for address in ("/reservations", f"/reservations/{row.code}", "/reservations/calls", form):
            answer = client.get(address)
            if client is searcher:
                assert answer.status_code == 200
            assert not [text for text in PERSONAL if text in answer.get_data(as_text=True)], address
    assert actions(site).count("donor_identities_seen") == 0


def test_each_showing_of_the_call_list_is_a_row_of_the_trail(searcher, coordinator, site):
    held(searcher, site)
    for times in (1, 2):
        page = read(coordinator, "/reservations/calls")
        assert IDENTITY["last_name"] in page.html
        assert page.one("a", href="tel:" + IDENTITY["phone"])
        assert actions(site).count("donor_identities_seen") == times
    read(coordinator, "/reservations/calls?on=2026-11-25")
    assert actions(site).count("donor_identities_seen") == 2


def test_one_press_keeps_the_outcome(searcher, coordinator, site):
    row = held(searcher, site)
    page = read(coordinator, "/reservations/calls")
    assert page.all("button", name="outcome")[0].attributes["value"] == "agreed"
    answer = send(coordinator, f"/reservations/{row.code}/calls", {"outcome": "agreed", "version": "1"})
    assert answer.headers["Location"] == f"/reservations/calls#call-{row.code}"
    assert rows(site)[0].status == "confirmed"
    page = read(coordinator, "/reservations/calls")
    assert "“Agreed” is recorded" in page.html
    assert "agreed" not in [e.attributes["value"] for e in page.all("button", name="outcome")]


def test_a_call_that_is_refused_comes_back_with_what_was_typed(searcher, coordinator, site):
    row = held(searcher, site)
    address = f"/reservations/{row.code}/calls"
    page = Page(
        send(coordinator, address, {"outcome": "call_back", "version": "1", "note": NOTE}, 422).get_data(as_text=True)
    )
    assert page.one("input", name="note").attributes["value"] == NOTE
    assert "Say when to call back." in page.html
    wrong = {"outcome": "call_back", "version": "1", "call_back_at": "soon"}
    assert "This is no day and time." in send(coordinator, address, wrong, 422).get_data(as_text=True)
    send(coordinator, address, {"outcome": "call_back", "version": "1", "call_back_at": "2026-11-22T18:30"})
    assert "call back 22 Nov 2026 18:30" in read(coordinator, "/reservations/calls").html
    send(coordinator, address, {"outcome": "refused", "version": "1"})
    over = send(coordinator, address, {"outcome": "voicemail", "version": "2", "note": "kept"}, 409)
    assert "Nobody has to call any more" in over.get_data(as_text=True)
    assert "kept" in over.get_data(as_text=True)


@pytest.mark.parametrize(
    ("roles", "address", "given"),
    [
        (("coordinator",), FORM, ask()),
        (("scientist",), FORM, ask()),
        (("coordinator",), "/reservations/x/step", {"step": "confirm", "version": "1"}),
        (("searcher",), "/reservations/x/calls", {"outcome": "agreed", "version": "1"}),
        (("laboratory",), "/reservations/x/calls", {"outcome": "agreed", "version": "1"}),
    ],
)
def test_each_change_is_for_its_role_alone(visitor, site, roles, address, given):
    send(visitor(*roles), address, given, status=403)
    assert rows(site) == []


def test_the_day_of_an_address_is_that_of_the_call_list(searcher, coordinator, site):
    held(searcher, site, day=date(2026, 12, 20))
    every = read(coordinator, "/reservations/calls")
    assert "Held: to call before the hold ends" in every.html
    assert "for the collection of 20 Dec 2026" in every.html
    assert "Nobody to call" in read(coordinator, "/reservations/calls?on=2026-12-19").html
    assert FREE in read(coordinator, "/reservations/calls?on=2026-12-20").html
    read(coordinator, "/reservations/calls?on=someday", status=400)
