"""The pages show what the README's tour says of them, to the login it names."""

import re
from pathlib import Path

import pytest

from services.accounts.demo_logins import PEOPLE
from tests.demo_site import Page

README = Path(__file__).resolve().parents[2] / "README.md"
ROW = re.compile(r"^\| `(?P<login>\w+)` \| `(?P<address>/[^`]*)` \| (?P<seen>.*) \|$", re.MULTILINE)
TOUR = [row.groups() for row in ROW.finditer(README.read_text(encoding="utf-8"))]


def test_the_tour_is_long_enough_to_see_the_whole():
    assert len(TOUR) >= 8


@pytest.mark.parametrize(("login", "address", "seen"), TOUR, ids=[address for _, address, _ in TOUR])
def test_a_page_shows_what_the_readme_says(visitor, login, address, seen):
    [role] = [role for role, (name, _) in PEOPLE.items() if name == login]
    answer = visitor(role.value).get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    text = Page(answer.get_data(as_text=True)).one("main").text
    assert [words for words in re.findall(r"\*\*(.+?)\*\*", seen) if words not in text] == []
