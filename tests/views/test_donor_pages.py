"""The pages of donors: the list, the file, every change, and what a role may not see."""

import re
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.donor import Deferral, Donation, Donor, DonorIdentity, DonorTyping
from models.reservation import DonorCall, Reservation
from services.audit import record_audit
from tests.demo_site import Page
from tests.invited import invited_and_tested
from tests.logins import log_in
from tests.small_registry import IDENTITY, PERSONAL, put_small_registry

WITHOUT_IDENTITY = ("searcher", "laboratory", "scientist")


@pytest.fixture
def registry(engines):
    with engines.write_session() as session:
        put_small_registry(session)
    return engines


@pytest.fixture
def as_role(app, registry):
    """A browser logged in with these roles, in English."""

    def browser(*roles: str):
        client = log_in(app.test_client(), app, *roles)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return browser


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def version(registry, number="PT0001") -> int:
    with registry.read_session() as session:
        return session.exec(select(Donor.version_id).where(Donor.donor_number == number)).one()


def donor(registry, number="PT0001") -> Donor:
    with registry.read_session() as session:
        return session.exec(select(Donor).where(Donor.donor_number == number)).one()


def events(registry, number="PT0001") -> list[AuditEvent]:
    with registry.read_session() as session:
        return list(session.exec(select(AuditEvent).where(AuditEvent.subject_key == number).order_by(AuditEvent.id)))


def post(client, registry, address, number="PT0001", **fields):
    return client.post(f"/donors/{number}/{address}", data={"version": version(registry, number), **fields})


# --- the list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", 14),
        ("number=PT000", 9),
        ("number=PT0012", 1),
        ("number=%25", 0),
        ("region=Corse", 6),
        ("region=–", 2),
        ("abo=O", 1),
        ("rhd=%2B", 1),
        ("status=inactive", 1),
        ("status=no_consent", 1),
        ("status=erased", 0),
        ("typed=full", 13),
        ("typed=partial", 1),
        ("cd36=negative", 1),
        ("cd36=positive", 1),
        ("cd36=untested", 12),
        ("eligible_on=2026-11-22", 9),
        ("eligible_on=2026-12-05", 9),
        ("abo=A&region=Corse&sort=eligible", 3),
    ],
)
def test_the_list_keeps_what_is_asked(as_role, asked, found):
    page = Page(as_role("searcher").get(f"/donors?{asked}").get_data(as_text=True))
    assert len(page.all("th", scope="row")) == found
    if 0 < found < 14:
        assert f"{found} donor" in page.one("caption").text
        assert "of 14" in page.one("caption").text


def test_a_question_that_cannot_be_read_is_said_beside_its_field(as_role):
    answer = as_role("searcher").get("/donors?abo=Z&eligible_on=yesterday&number=%00")
    assert answer.status_code == 422
    assert "“Z” is not one of: A, B, AB, O." in text_of(answer)
    assert "“yesterday” is not a date." in text_of(answer)


@pytest.mark.parametrize("sort", ["number", "region", "eligible", "changed"])
def test_every_order_lists_everybody(as_role, sort):
    page = Page(as_role("searcher").get(f"/donors?sort={sort}").get_data(as_text=True))
    assert len(page.all("th", scope="row")) == 14


# --- who a donor is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*WITHOUT_IDENTITY, "coordinator"])
def test_no_page_holds_an_identity_that_nobody_asked_for(as_role, role):
    client = as_role(role)
    for address in ("/donors", "/donors?number=PT0001", "/donors/PT0001", "/donors/PT0001?lang=fr"):
        said = client.get(address).get_data(as_text=True)
        assert [text for text in PERSONAL if text in said] == []


@pytest.mark.parametrize("role", WITHOUT_IDENTITY)
def test_other_roles_never_reach_an_identity(as_role, registry, role):
    client = as_role(role)
    for address in ("?identity=show", "/identity", "/export", "/erasure", "/consent"):
        answer = client.get(f"/donors/PT0001{address}")
        assert answer.status_code == 403, address
        assert [text for text in PERSONAL if text in answer.get_data(as_text=True)] == []
    for address in ("edit", "typing", "deferrals/new", "donations/new"):
        said = client.get(f"/donors/PT0001/{address}").get_data(as_text=True)
        assert [text for text in PERSONAL if text in said] == []
    assert events(registry) == []


def test_each_look_at_an_identity_is_kept(as_role, registry):
    client = as_role("coordinator")
    for _ in range(2):
        assert IDENTITY["last_name"] in client.get("/donors/PT0001?identity=show").get_data(as_text=True)
    assert IDENTITY["phone"] in client.get("/donors/PT0001/identity").get_data(as_text=True)
    assert [(one.action, one.actor, one.details) for one in events(registry)] == [
        ("donor_identity_shown", "coordinator", {})
    ] * 3


def test_a_patients_number_is_shown_to_those_who_may_see_patients_alone(as_role, registry, now):
    with registry.write_session() as session:
        row = session.exec(select(Donor).where(Donor.donor_number == "PT0001")).one()
        session.add(
            Reservation(
                code="11111111-1111-4111-8111-111111111111", donor_id=row.id, patient_id=1, day=now.date(),
                held_by="x", held_at=now, expires_at=now, changed_by="x", changed_at=now,
            )
        )  # fmt: skip
    assert ">P1<" in as_role("searcher").get("/donors/PT0001").get_data(as_text=True)
    assert ">P1<" not in as_role("coordinator").get("/donors/PT0001").get_data(as_text=True)
    assert "/reservations/1111" not in as_role("laboratory").get("/donors/PT0001").get_data(as_text=True)


# --- changes -------------------------------------------------------------------------------------------------------


def test_a_change_is_saved_with_its_reason_and_told_in_the_history(as_role, registry):
    client = as_role("laboratory")
    answer = client.get("/donors/PT0001/edit")
    assert 'value="60"' in answer.get_data(as_text=True)
    answer = post(client, registry, "edit", weight_kg="62,5", abo="O", reason="measured again")
    assert answer.status_code == 303
    assert (donor(registry).weight_kg, donor(registry).abo) == (62.5, "O")
    assert events(registry)[-1].details == {
        "reason": "measured again",
        "changes": {"weight_kg": [60.0, 62.5], "abo": ["A", "O"]},
    }
    said = text_of(client.get("/donors/PT0001"))
    assert "Weight (kg) 60 → 62.5" in said
    assert "reason: measured again" in said


def test_a_refused_form_comes_back_filled_and_says_why_beside_each_field(as_role, registry):
    answer = post(as_role("laboratory"), registry, "edit", weight_kg="6000", height_cm="tall", centre="Here <b>")
    said = text_of(answer)
    assert answer.status_code == 422
    assert "“6000” cannot be true here (from 1 to 400)." in said
    assert "“tall” is not a number." in said
    assert "Give the reason: it stays on record." in said
    assert 'value="6000"' in said
    assert "Here &lt;b&gt;" in said
    assert donor(registry).weight_kg == 60.0


def test_a_stale_form_is_refused_shows_what_is_on_record_and_can_be_sent_again(as_role, registry):
    client = as_role("laboratory")
    stale = version(registry)
    assert post(client, registry, "edit", weight_kg="61", reason="x").status_code == 303
    answer = client.post("/donors/PT0001/edit", data={"version": stale, "weight_kg": "70", "reason": "y"})
    said = text_of(answer)
    assert answer.status_code == 409
    assert "Somebody changed this while you were editing" in said
    assert re.search(r"On record now: 61\b", said)
    assert page_hint(answer, "status") == "On record now: active"
    assert 'value="70"' in said
    again = Page(answer.get_data(as_text=True)).one("input", type="hidden", name="version").attributes["value"]
    assert int(again) == version(registry)
    assert client.post("/donors/PT0001/edit", data={"version": "", "weight_kg": "70", "reason": "y"}).status_code == 409


def page_hint(answer, name: str) -> str:
    """What stands under a field of the page."""
    return Page(answer.get_data(as_text=True)).one("p", id=f"{name}-hint").text


def test_an_identity_is_changed_and_the_trail_names_the_fields_alone(as_role, registry):
    before = find_identity(registry)
    answer = post(
        as_role("coordinator"),
        registry,
        "identity",
        **{**IDENTITY, "last_name": "Nouveaunom", "phone": ""},
        reason="marriage",
    )
    assert answer.status_code == 303
    after = find_identity(registry)
    assert (after.last_name, after.phone, after.phone_index) == ("Nouveaunom", None, None)
    assert after.name_index != before.name_index
    assert events(registry)[-1].details == {"reason": "marriage", "fields": ["last_name", "phone"]}
    assert "Nouveaunom" not in text_of(as_role("coordinator").get("/donors/PT0001"))


def find_identity(registry, number="PT0001"):
    with registry.read_session() as session:
        return session.get(DonorIdentity, donor(registry, number).id)


def test_a_typing_that_contradicts_the_record_is_shown_and_saved_once_confirmed(as_role, registry):
    client = as_role("laboratory")
    fields = {"hla": "A*01 A*11 B*08 B*49 C*07 C*06", "hpa_1": "a/b", "reason": "new sample"}
    answer = post(client, registry, "typing", **fields)
    said = text_of(answer)
    assert answer.status_code == 422
    assert "HLA-A: " not in said
    assert "A: A*11 is new, and nothing on record may be it." in said
    assert "A: A*03 is on record, and nothing of the new typing may be it." in said
    assert donor(registry).hla_a_2 == "A*03"
    assert post(client, registry, "typing", **fields, confirmed="y").status_code == 303
    assert (donor(registry).hla_a_2, donor(registry).hpa_1) == ("A*11", "a/b")
    assert donor(registry).phenotype_key.startswith("A*01+A*11")
    with registry.read_session() as session:
        history = session.exec(select(DonorTyping).order_by(DonorTyping.id)).all()
        assert [(one.hla_a_2, one.hpa_1, one.source) for one in history] == [
            ("A*03", "", ""),
            ("A*11", "a/b", "by_hand"),
        ]
    assert "recorded by hand" in text_of(client.get("/donors/PT0001"))


def test_a_better_typing_of_the_same_antigens_needs_no_confirmation(as_role, registry):
    fields = {"hla": "A*01:01 A*03:01 B*08:01 B*49:01 C*07:01 C*06:02", "reason": "high resolution"}
    assert post(as_role("laboratory"), registry, "typing", **fields).status_code == 303
    assert donor(registry).hla_b_2 == "B*49:01"


def test_a_typing_that_cannot_be_read_is_not_saved(as_role, registry):
    answer = post(as_role("laboratory"), registry, "typing", hla="A*01 A*9999 B*08", reason="x")
    assert answer.status_code == 422
    assert "A*9999" in text_of(answer)
    assert donor(registry).hla_a_2 == "A*03"


def test_a_deferral_is_recorded_and_lifted(as_role, registry):
    client = as_role("laboratory")
    assert (
        post(client, registry, "deferrals/new", from_on="22/11/2026", until_on="2026-11-01", reason="x").status_code
        == 422
    )
    fields = {"from_on": "22/11/2026", "until_on": "2026-12-22", "reason": "Vaccination-xyz"}
    assert post(client, registry, "deferrals/new", **fields).status_code == 303
    assert "Vaccination-xyz" not in str(events(registry)[-1].details)
    said = text_of(client.get("/donors/PT0001"))
    assert "Deferred from 22 Nov 2026 to 22 Dec 2026, both days included. Vaccination-xyz" in said
    assert "Can give from <strong>23 Dec 2026</strong>" in said
    with registry.read_session() as session:
        row = session.exec(select(Deferral).where(Deferral.reason == "Vaccination-xyz")).one()
    assert client.get(f"/donors/PT0002/deferrals/{row.id}/lift").status_code == 404
    assert client.get("/donors/PT0001/deferrals/9223372036854775808/lift").status_code == 404
    assert post(client, registry, f"deferrals/{row.id}/lift", reason="was a mistake").status_code == 303
    assert "Can give from <strong>22 Nov 2026</strong>" in text_of(client.get("/donors/PT0001"))
    assert post(client, registry, f"deferrals/{row.id}/lift", reason="again").status_code == 409


def test_a_donation_is_recorded_once_and_not_before_it_was_made(as_role, registry):
    client = as_role("coordinator")
    assert post(client, registry, "donations/new", given_on="2026-11-23", kind="platelets").status_code == 422
    assert post(client, registry, "donations/new", given_on="2026-11-20", kind="soup").status_code == 422
    assert post(client, registry, "donations/new", given_on="2026-11-20", kind="platelets").status_code == 303
    assert post(client, registry, "donations/new", given_on="2026-11-20", kind="platelets").status_code == 409
    assert "Can give from <strong>18 Dec 2026</strong>" in text_of(client.get("/donors/PT0001"))
    with registry.read_session() as session:
        assert len(session.exec(select(Donation)).all()) == 1


# --- rights --------------------------------------------------------------------------------------------------------


def test_withdrawing_consent_takes_the_donor_out_of_searches(as_role, registry):
    client = as_role("coordinator")
    assert post(client, registry, "consent", agreed="withdrawn", on="2026-11-30", reason="x").status_code == 422
    assert post(client, registry, "consent", agreed="withdrawn", on="2026-11-20", reason="by phone").status_code == 303
    assert not donor(registry).searchable
    assert "Withdrew their consent on 20 Nov 2026" in text_of(client.get("/donors/PT0001"))
    assert post(client, registry, "consent", agreed="given", on="2026-11-22", reason="letter").status_code == 303
    assert donor(registry).searchable
    assert [one.action for one in events(registry)] == ["donor_consent_withdrawn", "donor_consent_recorded"]


def test_a_restricted_donor_is_changed_by_nobody_until_it_is_lifted(as_role, registry):
    client = as_role("coordinator")
    assert post(client, registry, "restriction", reason="asked for erasure").status_code == 303
    assert "asked for erasure" in text_of(client.get("/donors/PT0001"))
    assert not donor(registry).searchable
    for address in ("edit", "typing", "deferrals/new", "consent", "identity"):
        assert client.get(f"/donors/PT0001/{address}").status_code == 409, address
        assert (
            post(
                client,
                registry,
                address,
                reason="x",
                weight_kg="70",
                hla="",
                on="2026-11-20",
                from_on="2026-11-20",
                agreed="given",
            ).status_code
            == 409
        )
    assert post(client, registry, "restriction/lift", reason="came back").status_code == 303
    assert donor(registry).searchable
    assert post(client, registry, "restriction/lift", reason="again").status_code == 409


def test_an_erasure_is_refused_where_a_donation_must_be_traced(as_role, registry):
    client = as_role("coordinator")
    said = text_of(client.get("/donors/PT0003/erasure"))
    assert "This donor cannot be erased." in said
    assert "/donors/PT0003/restriction" in said
    answer = post(client, registry, "erasure", "PT0003", repeated_number="PT0003", reason="asked")
    assert answer.status_code == 409
    assert find_identity(registry, "PT0003") is not None


def test_an_erasure_says_what_it_does_and_needs_the_number_once_more(as_role, registry):
    client = as_role("coordinator")
    assert "This cannot be undone" in text_of(client.get("/donors/PT0001/erasure"))
    assert post(client, registry, "erasure", repeated_number="PT0002", reason="asked").status_code == 422
    assert post(client, registry, "erasure", repeated_number="PT0001", reason="asked by letter").status_code == 303
    assert find_identity(registry) is None
    row = donor(registry)
    assert (row.hla_a_1, row.sex, row.weight_kg, row.searchable) == ("", None, None, False)
    said = client.get("/donors/PT0001").get_data(as_text=True)
    assert [text for text in PERSONAL if text in said] == []
    assert "The data of this donor were erased" in said
    assert post(client, registry, "donations/new", given_on="2026-11-20", kind="platelets").status_code == 409
    assert client.get("/donors/PT0001/edit").status_code == 409


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_person_gets_everything_and_the_trail_says_so(as_role, registry, form):
    client = as_role("coordinator")
    assert client.get("/donors/PT0001/export").status_code == 200
    answer = client.post("/donors/PT0001/export", data={"form": form})
    said = answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=PT0001.{form}"
    birth_date = IDENTITY["birth_date"] if form == "json" else "17 May 1985"
    for text in (IDENTITY["last_name"], birth_date, IDENTITY["email"], "A*03"):
        assert text in said
    assert "column." not in said
    assert [(one.action, one.details) for one in events(registry)] == [("donor_exported", {"form": form})]
    assert client.post("/donors/PT0001/export", data={"form": "pdf"}).status_code == 400


@pytest.fixture
def lived_in(as_role, registry, now):
    """PT0001 after an edit, a donation, a reservation with a call, and a call list that named them."""
    client = as_role("coordinator", "laboratory")
    post(client, registry, "edit", weight_kg="65", last_donation_type="whole_blood", cmv="negative", reason="weighed")
    post(client, registry, "donations/new", given_on="2026-11-20", kind="platelets")
    seen = {"from_on": "2026-11-22", "until_on": "2026-11-25", "donors": ["PT0001", "PT0002"]}
    with registry.write_session() as session:
        row = session.exec(select(Donor).where(Donor.donor_number == "PT0001")).one()
        row.ancestry = "european"
        reservation = Reservation(
            code="11111111-1111-4111-8111-111111111111", donor_id=row.id, patient_id=1, day=now.date(),
            status="confirmed", held_by="x", held_at=now, expires_at=now, changed_by="x", changed_at=now,
        )  # fmt: skip
        session.add(reservation)
        session.flush()
        session.add(DonorCall(reservation_id=reservation.id, at=now, on_day=now.date(), actor="x", outcome="voicemail"))
        invited_and_tested(session)
        told = {"action": "donor_identities_seen", "subject_type": "call_list", "subject_key": "2026-11-22"}
        record_audit(session, actor="coo", **told, details=seen, now=now)
    return client


RAW = re.compile(
    r"\{|european|whole_blood|voicemail|confirmed</td>|>active<|donor_\w+|\d\.0\b|>[FM]<|>True|>False|days since|\d{4}-\d\d-\d\d|"
    r"T?\d\d:\d\d:\d\d|>2\d{4}<|by_hand|column\.|PT0002"
)


def test_a_persons_data_in_html_are_words_numbers_and_days_of_their_language(lived_in):
    answer = lived_in.post("/donors/PT0001/export?lang=fr", data={"form": "html"}, headers={"Accept-Language": "fr"})
    said = text_of(answer)
    rows = re.sub(r"[0-9a-f]{8}-1111-\S+?<", "<", said)
    assert RAW.findall(rows) == []
    for words in (
        "européenne", "sang total", "Messagerie", "confirmé", "20/11/2026", "17/05/1985", ">65<", "Poids (kg) 60 → 65",
        "a modifié le dossier du donneur", "motif : weighed", "a produit un fichier des données personnelles du donneur",
        "d’accord</td>", "jamais contacté pour une campagne", ">téléphone<", "Zéphirine prefers Tuesdays", "negative type I",
        "Résultat retiré par", "a ouvert une liste d’appels avec des noms</td><td>22/11/2026 – 25/11/2026<", "22/11/2026 10 h 30",
    ):  # fmt: skip
        assert words in said.replace("\u202f", " ").replace("\xa0", " "), words


def test_a_persons_data_in_json_stay_complete_and_raw(lived_in):
    data = lived_in.post("/donors/PT0001/export", data={"form": "json"}).get_json()
    assert {"eligible_from_day", "eligible_until_day"} <= data["record"].keys()
    assert data["record"]["last_donation_type"] == "whole_blood"
    assert data["who_looked_or_changed"][0] == {
        "at": data["made_at"], "actor": data["who_looked_or_changed"][0]["actor"], "action": "donor_exported",
        "details": {"form": "json"},
    }  # fmt: skip


def test_the_history_of_a_donor_tells_the_call_lists_that_named_them(lived_in):
    said = text_of(lived_in.get("/donors/PT0001"))
    assert "coo · opened a call list with names · 22 Nov 2026 – 25 Nov 2026" in said
    assert "PT0002" not in said


def test_the_day_of_a_moment_is_the_one_where_the_registry_is_kept(as_role, registry, freeze_at):
    freeze_at(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))  # half past midnight in Paris
    client = as_role("coordinator")
    assert "Made on 23 Nov 2026." in text_of(client.post("/donors/PT0001/export", data={"form": "html"}))
    assert post(client, registry, "restriction", reason="asked").status_code == 303
    assert "Kept for traceability alone since 23 Nov 2026" in text_of(client.get("/donors/PT0001"))


@pytest.mark.parametrize("address", ["", "/edit", "/typing", "/consent", "/erasure", "/export", "/deferrals/new"])
def test_a_donor_nobody_has_is_said(as_role, address):
    answer = as_role("coordinator", "laboratory").get(f"/donors/NOBODY{address}")
    assert answer.status_code == 404
    assert "No donor has the number NOBODY." in text_of(answer)
