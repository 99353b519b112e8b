"""The pages of donors registered twice: the queue, a pair side by side, what is judged, merged, and undone."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from models.donor import Donor, DonorIdentity
from models.duplicate import DonorMerge, DuplicatePair, PairState
from tests.conftest import NOW, freeze
from tests.demo_site import Page
from tests.logins import EVERY_ROLE, log_in
from tests.merging import Belongings, give, put_common
from tests.small_registry import PERSONAL, D, put_donors

PARTS = [
    {"field": "last_name", "level": "close", "weight": 6.5},
    {"field": "phone", "level": "same", "weight": 16.0},
    {"field": "sex", "level": "different", "weight": -1.0},
]
LIKELY, CONFLICT, OTHERS = 1, 2, 3  # the pairs
CHANGED = "Somebody changed this while you were editing"


@pytest.fixture
def site(app):
    """Three pairs: one like enough to merge, one of other HLA, one little likely."""
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_donors(
            session,
            [
                D("X1", "A*02 A*03 B*08 X", more={"abo": "A"}),
                D("X2", "A*03 A*02:01 B*08 B*49", more={"abo": "O", "donations_12m": 0, "last_donation_type": "platelets"}),
                D("X3", "A*02 A*02 B*07 B*35", more={"ancestry": "african"}),
                D("X4", ""),
            ],
        )  # fmt: skip
        rows = {one.donor_number: one for one in session.exec(select(Donor))}
        session.get_one(DonorIdentity, rows["X2"].id).last_name = "Quelquundautres"
        give(session, rows["X2"], Belongings(deferrals=[1], tests={1: "negative"}), put_common(session))
        for one, other, weight, loci in (("X1", "X2", 12, []), ("X1", "X3", 9, ["A", "B"]), ("X3", "X4", 2, [])):
            found = {"weight": weight, "probability": 0.999 if weight > 5 else 0.8, "conflicts": loci}
            session.add(
                DuplicatePair(
                    first_id=rows[one].id, second_id=rows[other].id, **found, waterfall=PARTS, compared="x", found_at=NOW
                )
            )  # fmt: skip
            session.flush()
    return app


@pytest.fixture
def client(site):
    return log_in(site.test_client(), site, "coordinator")


def read(client, address, status=200, language="en") -> Page:
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return Page(answer.get_data(as_text=True))


def send(client, address, expected=303, *, at=None, **data):
    """Send a form with what its page hides: versions, and which record stays."""
    page = read(client, address)
    hidden = {one.attributes["name"]: one.attributes.get("value", "") for one in page.all("input", type="hidden")}
    answer = client.post(at or address, data={**hidden, **data}, headers={"Accept-Language": "en"})
    assert answer.status_code == expected, answer.get_data(as_text=True)
    return answer.headers.get("Location") or Page(answer.get_data(as_text=True))


def judge(client, pair, decision, expected=303, reason="the same hand", **more):
    return send(client, f"/duplicates/{pair}", expected, decision=decision, reason=reason, **more)


def merge(client, pair=LIKELY, expected=303, **more):
    said = {"abo": "survivor", "reason": "one person", **more}
    return send(client, f"/duplicates/{pair}/merge", expected, **said)


def faults(page) -> list[str]:
    return [text for one in page.rows("fault-summary") for text in one.text.split(" cannot be saved yet ")[-1:]]


def row_of(page, heading) -> list[str]:
    """The cells after a heading of a row."""
    at = next(place for place, one in enumerate(page.elements) if one.tag == "th" and one.text == heading)
    cells = []
    for one in page.elements[at + 1 :]:
        if one.tag in ("tr", "th", "section"):
            break
        cells += [one.text] if one.tag == "td" else []
    return cells


def stored(site, kind, key):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return session.get(kind, key)


def actions(site, subject):
    with site.extensions["phenotheque"].engines.read_session() as session:
        return list(session.exec(select(AuditEvent.action).where(AuditEvent.subject_key == subject)))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_queue_lists_the_likeliest_first_by_number_alone(client):
    page = read(client, "/duplicates")
    assert [one.text for one in page.all("th", scope="row")] == ["X1 · X2", "X1 · X3", "X3 · X4"]
    assert row_of(page, "X1 · X2") == ["more than 99%", "+12.0 bits", ""]
    assert row_of(page, "X1 · X3")[2] == "✕ other HLA at A, B"
    assert page.rows("queue-progress")[0].text.startswith("3 pairs left · 0 judged")
    assert not [text for text in PERSONAL if text in page.html]


def test_an_empty_queue_says_what_will_stand_there(app):
    page = read(log_in(app.test_client(), app, "coordinator"), "/duplicates")
    assert "No pair waits" in [one.text for one in page.all("h2")]
    assert page.all("progress") == page.all("table") == []


def test_the_home_page_counts_them_for_those_who_may_judge(site, client):
    assert "3 pairs wait for a judgement" in read(client, "/").html
    assert "duplicates" not in read(log_in(site.test_client(), site, "scientist"), "/").html


def test_nobody_else_is_let_in(site):
    for role in set(EVERY_ROLE) - {"coordinator"}:
        other = log_in(site.test_client(), site, role)
        for address in ("/duplicates", "/duplicates/1", "/duplicates/1/merge", "/duplicates/merges/1"):
            assert other.get(address).status_code == 403, (role, address)
        for address in ("/duplicates/1", "/duplicates/1/merge", "/duplicates/merges/1"):
            assert other.post(address).status_code == 403, (role, address)


def test_what_does_not_exist_is_not_found(client):
    for address in ("99", "99/merge", "1/merge?survivor=X3", "merges/99"):
        read(client, f"/duplicates/{address}", status=404)


# --- two records side by side -----------------------------------------------------------------------------------------


def test_a_pair_is_shown_with_what_differs_marked(client):
    page = read(client, f"/duplicates/{LIKELY}")
    assert row_of(page, "Last name") == [
        "Quelquundautre",
        "Quelquundautre s",
        "≈ nearly the same",
    ]  # a mark begins a word for this reader
    assert row_of(page, "First name")[2] == "= the same"
    assert row_of(page, "HLA-A") == ["A*02, A*03", "A*03, A*02 :01", "≠ differs"]
    assert row_of(page, "HLA-B") == ["B*08", "B*08, B*49", "≠ differs"]
    assert row_of(page, "Last donation") == ["not known", "platelets, 0 in 12 months", "· one only"]
    assert [one.text for one in page.all("mark")] == ["s", ":01", "B*49"]


def test_of_two_same_alleles_only_the_one_that_the_other_lacks_is_marked(client):
    page = read(client, f"/duplicates/{CONFLICT}")
    assert row_of(page, "HLA-A") == ["A*02, A*03", "A*02, A*02", "≠ differs"]
    assert [one.text for one in page.all("mark") if one.text.startswith("A")] == ["A*03", "A*02"]


def test_each_look_at_a_pair_is_kept_in_the_trail_of_both(site, client):
    read(client, f"/duplicates/{LIKELY}")
    assert [actions(site, number).count("donor_identity_shown") for number in ("X1", "X2", "X3")] == [1, 1, 0]


def test_the_weight_is_drawn_and_told_alike(client):
    page = read(client, f"/duplicates/{LIKELY}")
    drawn = [one.text for one in page.all("text")]
    for name, cells in {
        "before comparing": ["−9.5", "−9.5"],
        "Phone: the same": ["+16.0", "+6.5"],
        "Last name: nearly the same": ["+6.5", "+13.0"],
        "Sex: different": ["−1.0", "+12.0"],
    }.items():
        assert row_of(page, name) == cells
        assert drawn[drawn.index(name) + 1] == cells[0]


def test_other_hla_is_said_with_its_loci_and_cannot_be_called_one_person(client):
    page = read(client, f"/duplicates/{CONFLICT}")
    assert (
        "X1 and X3 have different HLA antigens at A, B, so they are not merged."
        in page.one("section", aria_labelledby="refused-title").text
    )
    assert [one.attributes["value"] for one in page.all("button", name="decision")] == ["different", "later"]
    [said] = faults(judge(client, CONFLICT, "same", 409))
    assert "different HLA antigens at A, B" in said


# --- judging ----------------------------------------------------------------------------------------------------------


def test_two_people_is_kept_and_the_next_pair_follows(site, client):
    assert judge(client, LIKELY, "different") == f"/duplicates/{CONFLICT}"
    row = stored(site, DuplicatePair, LIKELY)
    assert (row.state, row.reason, row.decided_by) == (PairState.DIFFERENT, "the same hand", "coordinator")
    assert "2 pairs left · 1 judged" in read(client, "/duplicates").rows("queue-progress")[0].text
    assert "Judged by coordinator" in read(client, f"/duplicates/{LIKELY}").rows("notice")[0].text


def test_the_pairs_are_gone_through_in_their_order_and_from_the_beginning_again(client):
    found = [read(client, f"/duplicates/{pair}").all("a", href=f"/duplicates/{after}")[-1].text
             for pair, after in ((LIKELY, CONFLICT), (CONFLICT, OTHERS), (OTHERS, LIKELY))]  # fmt: skip
    assert found == ["Next pair"] * 3


def test_what_is_put_off_stands_last(client):
    judge(client, LIKELY, "later")
    assert [one.text for one in read(client, "/duplicates").all("th", scope="row")] == ["X1 · X3", "X3 · X4", "X1 · X2"]


def test_after_the_last_pair_comes_the_queue(client):
    for pair, after in ((LIKELY, CONFLICT), (CONFLICT, OTHERS)):
        assert judge(client, pair, "different") == f"/duplicates/{after}"
    assert judge(client, OTHERS, "different") == "/duplicates"


def test_one_person_leads_to_the_merge_and_waits_for_it(client):
    assert judge(client, LIKELY, "same") == f"/duplicates/{LIKELY}/merge"
    queue = read(client, "/duplicates")
    assert "Judged one person, to be merged" in [one.text for one in queue.all("h2")]
    assert queue.one("a", href=f"/duplicates/{LIKELY}/merge").text == "X1 · X2"


def test_a_judgement_that_cannot_be_kept_comes_back(site, client):
    changed = "Somebody else has changed this pair since you opened it."
    for sent, status, said in (
        ({"decision": "different", "reason": " "}, 422, "Give the reason"),
        ({"decision": "perhaps"}, 422, "“perhaps” is no decision"),
        ({"decision": "different", "version": "7"}, 409, changed),
        ({"decision": "different", "version": ""}, 409, changed),
    ):
        page = judge(client, LIKELY, expected=status, **sent)
        assert said in faults(page)[0]
        typed = page.one("input", name="reason").attributes.get("value", "")
        assert typed == sent.get("reason", "the same hand")
        assert stored(site, DuplicatePair, LIKELY).state == PairState.OPEN


# --- merging and undoing ----------------------------------------------------------------------------------------------


def test_the_merge_shows_what_is_kept_and_what_moves(client):
    page = read(client, f"/duplicates/{LIKELY}/merge")
    ticked = {
        one.attributes["name"]: one.attributes["value"]
        for one in page.all("input", type="radio")
        if "checked" in one.attributes
    }
    assert ticked == {"last_name": "survivor", "hla_a": "merged", "hla_b": "merged"}
    assert "ABO (required)" in [one.text for one in page.all("legend")]
    assert (row_of(page, "Deferrals"), row_of(page, "Test results")) == (["1", "0"], ["1", "0"])
    assert "platelets, 0 in 12 months" in page.one("section", aria_labelledby="filled-title").text


def test_two_records_become_one_by_the_choices_made(site, client):
    address = merge(client, last_name="merged", hla_b="survivor", abo="merged")
    page = read(client, address)
    assert page.one("h1").text == "Merge of X2 into X1"
    assert "X2 was merged into X1. It can be undone for 30 days." in page.rows("flashes")[0].text
    row = stored(site, DonorMerge, 1)
    kept = stored(site, Donor, row.survivor_id)
    assert (kept.donor_number, kept.abo, kept.hla_a_2, kept.hla_b_2) == ("X1", "O", "A*02:01", "")
    assert stored(site, DonorIdentity, row.survivor_id).last_name == "Quelquundautres"
    assert client.get("/donors/X2").headers["Location"] == "/donors/X1"
    assert [one.text for one in read(client, "/duplicates").all("th", scope="row")][-1] == "X2 → X1"


def test_the_other_record_may_be_the_one_that_stays(site, client):
    send(
        client,
        f"/duplicates/{LIKELY}/merge?survivor=X2",
        at=f"/duplicates/{LIKELY}/merge",
        abo="survivor",
        reason="newer",
    )
    assert stored(site, Donor, stored(site, DonorMerge, 1).survivor_id).donor_number == "X2"


def test_a_merge_that_cannot_be_made_comes_back_as_it_was_chosen(site, client):
    for sent, status, said in (
        ({"abo": ""}, 422, "Say which of the two is right: the records disagree."),
        ({"abo": "nobody"}, 422, "Say which of the two is right: the records disagree."),
        ({"reason": ""}, 422, "Give the reason"),
        ({"survivor_version": "9"}, 409, CHANGED),
        ({"merged_version": "one"}, 409, CHANGED),
    ):
        page = merge(client, expected=status, last_name="merged", **sent)
        assert said in faults(page)[0]
        assert "checked" in page.one("input", id="last_name-merged").attributes
        assert stored(site, DonorMerge, 1) is None


def test_other_hla_forbids_the_merge_with_the_loci(site, client):
    assert (
        "at A, B" in read(client, f"/duplicates/{CONFLICT}/merge").one("section", aria_labelledby="refused-title").text
    )
    versions = [str(stored(site, Donor, key).version_id) for key in (1, 3)]
    sent = {"survivor": "X1", "survivor_version": versions[0], "merged_version": versions[1], "reason": "one person"}
    answer = client.post(f"/duplicates/{CONFLICT}/merge", data=sent, headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "X1 and X3 have different HLA antigens at A, B" in answer.get_data(as_text=True)
    assert stored(site, DonorMerge, 1) is None


def test_a_record_is_not_merged_with_itself(site, client):
    """Once two are one, both numbers lead to the same record: nothing is left to judge or to merge."""
    merge(client)
    page = read(client, f"/duplicates/{LIKELY}")
    assert (
        "X2 is no record of its own any more: it was merged into X1."
        in page.one("section", aria_labelledby="refused-title").text
    )
    assert page.all("button", name="decision") == []
    version = str(stored(site, DuplicatePair, LIKELY).version_id)
    for address, sent in (("", {"decision": "different", "version": version}), ("/merge", {"survivor": "X1"})):
        answer = client.post(
            f"/duplicates/{LIKELY}{address}", data={"reason": "x", **sent}, headers={"Accept-Language": "en"}
        )
        assert answer.status_code == 409
        assert "no record of its own any more" in answer.get_data(as_text=True)


def test_a_merge_is_undone_with_a_reason(site, client):
    address = merge(client)
    assert "Give the reason: it stays on record." in faults(send(client, address, 422, reason=""))[0]
    assert send(client, address, reason="a sister") == address
    page = read(client, address)
    assert "X2 and X1 are two records again." in page.rows("flashes")[0].text
    assert "a sister" in page.html
    assert page.all("button", class_="btn btn-danger") == []
    assert client.get("/donors/X2").status_code == 200
    assert stored(site, DuplicatePair, LIKELY).state == PairState.OPEN


def test_an_undo_of_a_merge_seen_otherwise_is_refused(client):
    address = merge(client)
    for version in ("7", ""):
        assert CHANGED in faults(send(client, address, 409, reason="x", version=version))[0]


def test_after_thirty_days_a_merge_stays(site, client):
    address = merge(client)
    freeze(site, NOW + timedelta(days=31))
    client = log_in(site.test_client(), site, "coordinator")
    page = read(client, address)
    assert page.rows("notice")[0].text == "This merge can no longer be undone."
    assert page.all("input", name="reason") == []
    answer = client.post(address, data={"version": "1", "reason": "too late"}, headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "The merge of X2 can no longer be undone" in answer.get_data(as_text=True)
    assert "no longer" in row_of(read(client, "/duplicates"), "X2 → X1")
