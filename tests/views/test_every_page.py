"""Every page reached by links, as each role, without a browser: no dead link, no page half in another language."""

import pytest

from models.account import Role
from tests.crawl import reachable


@pytest.mark.parametrize("role", list(Role))
def test_no_link_of_a_role_leads_to_a_refusal_or_a_failure(demo_site, visitor, role):
    answers = reachable(demo_site, visitor(role.value))
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code >= 400} == {}
    assert len(answers) > 2


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_speaks_the_language_asked(demo_site, visitor, language):
    for address, answer in reachable(demo_site, visitor(), language=language).items():
        if answer.status_code == 200 and answer.mimetype == "text/html":
            assert f'<html lang="{language}">' in answer.get_data(as_text=True), address
