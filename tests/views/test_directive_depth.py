"""What the pages show of a planned donor, a peak, the graded MFI and the warning of HLA-C."""

import pytest

from services.directives import Wording, set_directive
from tests.conftest import NOW
from tests.demo_site import Page
from tests.logins import log_in
from tests.small_registry import put_small_registry


@pytest.fixture
def page(app):
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        wording = Wording(
            1000, add=("5C",), planned_donor="A*33:01+A*01:01^B*57:01+B*08:01", serum="peak", peak_months=6
        )
        set_directive(session, patient_number="P1", wording=wording, actor="dr-a", now=NOW)
    client = log_in(app.test_client(), app, "scientist")

    def read(address):
        answer = client.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 200, address
        return Page(answer.get_data(as_text=True))

    return read


def text_of(page):
    return " ".join(page.one("main").text.split())


def test_the_history_and_the_form_keep_the_planned_donor_and_the_peak(page):
    text = text_of(page("/patients/P1/directives"))
    assert "A*33:01+A*01:01^B*57:01+B*08:01" in text
    assert "peak over 6 months" in text
    assert "+ 5C (rodey)" in text
    form = page("/patients/P1/directive")
    assert form.one("input", name="peak_months").attributes["value"] == "6"
    assert form.one("input", name="planned_donor").attributes["value"] == "A*33:01+A*01:01^B*57:01+B*08:01"
    assert "Mismatched antigens of the planned stem-cell donor, excluded: A*33:01, B*57:01." in text_of(form)
    assert "at least undecided: A*01:01, B*08:01." in text_of(form)


def test_the_bench_grades_each_bead_and_names_what_is_read(page):
    text = text_of(page("/patients/P1?threshold=1000"))
    assert "Peak over 6 months" in text
    assert "Graded (to confirm)" in text
    assert "A*02:01 · A2 · 9,000 MFI (strong)" in text
    assert "B*44:02 · B44 · 1,500 MFI (medium)" in text
    assert "B*07:02 · B7 · 800 MFI (weak)" in text


def test_the_warning_of_an_antibody_against_c_has_its_mfi(page):
    bench = page("/patients/P1?threshold=1000")
    flags = [" ".join(one.text.split()) for one in bench.all("span") if one.has_class("flags")]
    warned = [text for text in flags if "anti-C" in text]
    assert warned
    assert all("1,200 MFI" in text for text in warned)
