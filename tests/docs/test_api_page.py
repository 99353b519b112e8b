"""Every example of the page on the API, run on the demo in the order of the page."""

import json
import re
from pathlib import Path

import pytest

from services.accounts.tokens import create_token
from tests.conftest import close
from tests.demo_site import NOW, make_demo_site
from tests.logins import EVERY_ROLE, make_account

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
PAIR = re.compile(r"```http\n(?P<asked>[A-Z].*?)\n```\n```http\n(?P<status>\d{3})\n?(?P<answered>.*?)```", re.S)


def parts(text: str) -> tuple[list[str], dict[str, str], object]:
    """The first lines, the headers and the JSON of a block."""
    head, brace, body = text.partition("{")
    lines = [line for line in head.splitlines() if line]
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    return [line for line in lines if ": " not in line], headers, json.loads(brace + body) if brace else None


def holds(shown: object, answered: object) -> bool:
    """Whether all that is shown was answered; a list is shown whole."""
    if isinstance(shown, dict):
        return isinstance(answered, dict) and all(holds(one, answered.get(name)) for name, one in shown.items())
    if isinstance(shown, list):
        return len(shown) == len(answered) and all(map(holds, shown, answered))
    return shown == answered


@pytest.fixture
def client(tmp_path, migrated_sqlite):
    app = make_demo_site(tmp_path, migrated_sqlite)
    engines = app.extensions["phenotheque"].engines
    account = make_account(engines, *EVERY_ROLE, now=NOW)
    with engines.write_session() as session:
        asked = {"account_id": account.id, "name": "docs", "scope": "write", "days": 1, "actor": "test", "now": NOW}
        text = create_token(session, **asked)[1]
    client = app.test_client()
    client.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {text}", "HTTP_ACCEPT_LANGUAGE": "en"}
    yield client
    close(app)


def test_the_examples_answer_what_the_page_shows(client):
    examples = list(PAIR.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(examples) >= 10
    for example in examples:
        (line,), headers, body = parts(example["asked"])
        method, address = line.split(" ", 1)
        answer = client.open(address, method=method, headers=headers, **({"json": body} if body is not None else {}))
        assert answer.status_code == int(example["status"]), (line, answer.get_data(as_text=True))
        _, shown_headers, shown = parts(example["answered"])
        for name, value in shown_headers.items():
            assert re.fullmatch(re.escape(value).replace("…", ".+"), answer.headers[name]), (line, name)
        assert shown is None or holds(shown, answer.json), (line, answer.json)
