"""The report of outcomes on the demo: who reads what, what is hidden, and the files."""

import csv
import io
import json
import re

import pytest
from sqlmodel import select

from models.audit import AuditEvent
from tests.demo_site import Page

PAGE = "/reports/outcomes"


def html(visitor, address, *roles, status=200, language="en"):
    answer = visitor(*roles).get(address, headers={"Accept-Language": language})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def rows_of(visitor, address, *roles):
    answer = visitor(*roles).get(f"{address}?profile=international", headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_page_shows_groups_with_their_intervals_and_a_drawing_of_each(visitor):
    page = html(visitor, PAGE, "searcher")
    assert "These figures compare no treatments and decide about no patient." in page
    assert "What “compatible” was worth, by threshold used" in page
    assert 'id="outcomes-sum-mfi"' in page
    assert "strong: above 4,000 MFI" in page
    assert "DEMO-P" not in page
    assert "hidden" in page
    assert "rows of the table of this report are to be confirmed" in page
    assert "outcome_report" not in page
    later = html(visitor, f"{PAGE}?window=24h&which=all", "searcher")
    assert "About 24 h" in later
    assert "those that are not valid" in later
    french = html(visitor, PAGE, "searcher", language="fr")
    assert "Ce qui marche ici" in french
    assert "masqué" in french


def test_few_transfusions_say_that_they_are_too_few(visitor):
    page = html(visitor, f"{PAGE}?from=2025-02&until=2025-03", "searcher")
    assert "Too few transfusions for a report" in page
    assert "export" not in page
    assert html(visitor, f"{PAGE}?from=soon", "searcher", status=400)
    assert html(visitor, f"{PAGE}?window=2h", "searcher", status=400)


def test_who_may_not_see_patients_cannot_choose_months_that_tell_of_one(visitor):
    whole = html(visitor, f"{PAGE}?from=2024-10&until=2026-09", "searcher")  # up to the last whole calendar quarter
    total = re.search(r"All transfusions</th><td class=\"num\">(\d+)", whole)[1]
    for role in ("reader", "coordinator", "administrator"):
        page = html(visitor, f"{PAGE}?from=2026-05&until=2026-05&which=all", role)
        assert f'All transfusions</th><td class="num">{total}' in page
        assert 'name="from"' not in page
        assert "rows.csv" not in page
        html(visitor, f"{PAGE}/export/rows.csv", role, status=403)
        assert rows_of(visitor, f"{PAGE}/export/groups.csv", role)


def test_the_reports_and_a_readers_home_lead_here(browse):
    for address, roles in (("/reports/availability", ("searcher",)), ("/", ("reader",))):
        assert f'href="{PAGE}"' in browse(address, roles=roles).html


def test_files_agree_with_the_page_and_are_noted(visitor, demo_site):
    groups = rows_of(visitor, f"{PAGE}/export/groups.csv", "searcher")
    rows = rows_of(visitor, f"{PAGE}/export/rows.csv", "searcher")
    whole = groups[0]
    assert int(whole["Transfusions"]) == len(rows)
    assert int(whole["Patients"]) == len({row["Patient (pseudonym)"] for row in rows})
    judged = [row for row in rows if row["CCI 1 h (10⁹/L)"]]
    assert int(whole["Judged"]) == len(judged)
    assert int(whole["Above the limit"]) == sum(row["Effective at 1 h"] == "effective" for row in judged)
    by_grade = {one["Group"]: one for one in groups if one["By"] == "HLA grade of the donor" and one["Window"]}
    assert by_grade
    for grade in by_grade:
        assert int(by_grade[grade]["Transfusions"]) == sum(row["Grade"] == grade for row in rows)
    text = json.dumps([{name: cell for name, cell in row.items() if name != "Exported on"} for row in rows])
    assert "DEMO-" not in text
    assert not re.search(r"2026-\d\d-\d\d", text)
    with demo_site.extensions["phenotheque"].engines.read_session() as session:
        noted = session.exec(select(AuditEvent.details).where(AuditEvent.action == "outcomes_exported")).all()
    assert {"what": "outcome-rows", "format": "csv", "rows": len(rows)} in noted


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_the_groups_as_other_files(visitor, kind):
    answer = visitor("searcher").get(f"{PAGE}/export/groups.{kind}")
    assert answer.status_code == 200
    assert answer.get_data()[:2] in (b"PK", b"%P")


def test_the_command_says_what_the_page_says(demo_site, visitor, tmp_path):
    runner = demo_site.test_cli_runner()
    report = json.loads(runner.invoke(args=["reports", "outcomes"]).stdout)
    page = Page(html(visitor, PAGE, "searcher"))
    assert f">{report['whole']['transfusions']}<" in page.html
    months = runner.invoke(args=["reports", "outcomes", "--from", "2025-01", "--to", "2025-02"]).stdout
    assert json.loads(months)["whole"] is None
    assert runner.invoke(args=["reports", "outcomes", "--format", "csv"]).exit_code != 0
    file = tmp_path / "r.csv"
    assert runner.invoke(args=["reports", "outcomes", "--format", "csv", "-o", str(file)]).exit_code == 0
    assert "2024-11" in file.read_text(encoding="utf-8-sig")
