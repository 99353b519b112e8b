"""Releases on their page: what is kept, what would change, and the change itself, for those who may."""

import re

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from services.allele_codes.file import read_code_file
from services.allele_codes.store import import_allele_codes
from services.ipd.store import record_release
from services.reference import active_reference
from services.rule_tables import eligibility_rules
from tests.conftest import NOW, TODAY
from tests.ipd_folder import contents_of, files_of, write_folder
from tests.logins import log_in
from tests.small_registry import D, put_donors

NAME = "ipd-imgt-hla-3.99.0"
PAGE = "/admin/references"


@pytest.fixture
def kept(app, engines, tmp_path):
    """An application with three donors and a release, whose seventh column holds rubbish once."""
    junk = ["rubbish", *("" for _ in range(17))]
    contents = contents_of(write_folder(tmp_path / "release", files_of(seventh=junk)))
    with engines.write_session() as session:
        put_donors(session, [D("PT1", "A*01 A*02 B*07 B*44"), D("PT2", "A*24:18 A*02 B*40:26 B*07"), D("PT3", "A*02:100 - B*07 -")])
        record_release(session, contents, actor="test", now=NOW)
    return app


@pytest.fixture
def scientist(kept):
    return log_in(kept.test_client(), kept, "scientist")


def shown(client, address, language="en"):
    answer = client.get(address, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def send(client, **fields):
    page = client.get(f"{PAGE}/{NAME}/preview").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return client.post(f"{PAGE}/{NAME}/activate", data={**hidden, **fields}, headers={"Accept-Language": "en"})


def test_the_page_shows_the_release_and_its_report(scientist):
    html = shown(scientist, PAGE)
    assert NAME in html
    assert "2030-01-31" in html
    assert "rel_dna_ser.txt:5" in html
    assert f'href="{PAGE}/{NAME}/preview"' in html


def test_an_administrator_sees_the_release_and_is_offered_no_change(kept):
    client = log_in(kept.test_client(), kept, "administrator")
    html = shown(client, PAGE)
    assert NAME in html
    assert "preview" not in html
    assert client.get(f"{PAGE}/{NAME}/preview").status_code == 403
    assert client.get(f"{PAGE}/{NAME}/changes.csv").status_code == 403
    assert client.post(f"{PAGE}/{NAME}/activate").status_code == 403


@pytest.mark.parametrize(("language", "said"), [("en", "was never assigned"), ("fr", "jamais été attribué")])
def test_what_would_change_is_shown_before_it_is_done(scientist, language, said):
    html = shown(scientist, f"{PAGE}/{NAME}/preview", language)
    for text in ("A*24:18", "B*40:26", "A*02:100", said):
        assert text in html


def test_putting_it_in_force_and_back(scientist, engines):
    assert send(scientist).headers["Location"].endswith(PAGE)
    with engines.read_session() as session:
        assert active_reference(session).name == NAME
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "reference_activated")).one()
        assert event.actor == "scientist"
    html = shown(scientist, PAGE)
    assert "is in force; before it was core-1" in html
    assert f'href="{PAGE}/core-1/preview"' in html


def test_a_look_that_is_out_of_date_changes_nothing(scientist, engines):
    answer = send(scientist, seen="r0-elsewhere")
    assert answer.headers["Location"].endswith("preview")
    assert "has changed since this list was made" in shown(scientist, f"{PAGE}/{NAME}/preview")
    with engines.read_session() as session:
        assert active_reference(session).name == "core-1"


def test_all_changes_as_a_file_leave_a_row_in_the_trail(scientist, engines):
    answer = scientist.get(f"{PAGE}/{NAME}/changes.csv")
    lines = answer.get_data(as_text=True).splitlines()
    assert answer.mimetype == "text/csv"
    assert len(lines) == 1 + 3
    with engines.read_session() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "reference_changes_exported")).one()
        assert event.details == {"rows": 3}


def test_an_unknown_name_is_not_found(scientist):
    assert scientist.get(f"{PAGE}/3.0.0/preview").status_code == 404


def test_a_registry_too_large_for_a_page_is_sent_to_the_command(scientist, monkeypatch):
    monkeypatch.setattr("views.admin.references.MOST_DONORS", 2)
    answer = scientist.get(f"{PAGE}/{NAME}/preview", headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "flask reference activate" in answer.get_data(as_text=True)


def test_the_tables_of_allele_codes_are_listed_with_the_one_in_use(kept, engines, tmp_path):
    client = log_in(kept.test_client(), kept, "scientist")
    assert "import-mac" in shown(client, PAGE)
    for name, text in (("mac-1", "AB\t01/02\n"), ("mac-2", "DATED 2026\nAB\t01/02\nAC\t01/03\n")):
        (tmp_path / "codes.txt").write_text(text, encoding="utf-8")
        with engines.write_session() as session:
            import_allele_codes(
                session, read_code_file(tmp_path / "codes.txt"), name=name, rules=eligibility_rules(TODAY), actor="test",
                now=NOW,
            )  # fmt: skip
    rows = dict(re.findall(r'<th scope="row">(mac-\d)</th>(.*?)</tr>', shown(client, PAGE), re.DOTALL))
    assert ("replaced" in rows["mac-1"], "in use" in rows["mac-2"]) == (True, True)
    assert "DATED 2026" in rows["mac-2"]
