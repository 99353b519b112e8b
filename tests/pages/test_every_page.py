"""Every page that each role can reach, in two widths, what all roles reach in both languages: accessible, no wider than the window, quiet."""

import pytest

from models.account import Role
from tests.crawl import reachable
from tests.demo_site import take_keys
from tests.logins import EVERY_ROLE, cookie_of, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""


def pages_of(app, *roles: str) -> list[str]:
    """The addresses that answer a page to somebody of these roles."""
    take_keys(app)
    answers = reachable(app, log_in(app.test_client(), app, *roles))
    failed = {address: answer.status_code for address, answer in answers.items() if answer.status_code >= 400}
    assert failed == {}, "a link leads to a refusal"
    return [address for address, answer in answers.items() if answer.status_code == 200 and answer.mimetype == "text/html"]


@pytest.fixture(scope="module")
def look(served, chromium):
    """Opens one browser for a role and language; what it heard from the policy or the console is an error."""
    contexts = []

    def open_as(roles, language, *, scripts=True):
        context = chromium.new_context(locale=language, java_script_enabled=scripts)
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": cookie_of(served.app, *roles), "url": served.address}])
        context.add_init_script(LISTEN)
        return context.new_page()

    yield open_as
    for context in contexts:
        context.close()


def axe_faults(page, where: str, *, on_paper: bool = False) -> list[str]:
    """What axe finds; nobody presses a link on paper, so the size of targets does not count there."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": not on_paper}}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{where}: {rule['id']} {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def paper_faults(page, address: str, *, whole: bool) -> list[str]:
    """What is wrong with the page on paper; `whole` looks at more than its width."""
    page.emulate_media(media="print")
    wide = page.evaluate("document.documentElement.scrollWidth")
    found = [f"{address}: {wide} pixels wide on paper"] if wide > 1280 else []
    found += axe_faults(page, f"{address} on paper", on_paper=True) if whole else []
    page.emulate_media(media="screen")
    return found


def faults_of(page, address: str, heard: list[str]) -> list[str]:
    """What is wrong with the page that is open."""
    found = [f"{address}: {one}" for one in heard]
    found += [f"{address}: policy {one}" for one in page.evaluate("violations")]
    for width in (1280, 768):
        page.set_viewport_size({"width": width, "height": 900})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{address}: {wide} pixels wide in a window of {width}")
    return found + axe_faults(page, address)


# One role sees of these pages what everybody's page has, and less: in French, whose words are the longer ones.
WALKS = [(EVERY_ROLE, "fr"), (EVERY_ROLE, "en"), *(((role.value,), "fr") for role in Role)]


@pytest.mark.parametrize(("roles", "language"), WALKS, ids=lambda part: part if part in ("fr", "en") else "-".join(part)[:30])
def test_every_page_is_accessible_fits_and_says_nothing_to_the_console(served, look, roles, language):
    faults, heard = [], []
    page = look(roles, language)
    page.on("console", lambda message: heard.append(f"console {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    for address in pages_of(served.app, *roles):
        heard.clear()
        page.goto(served.address + address)
        faults += faults_of(page, address, heard)
        faults += paper_faults(page, address, whole=roles == EVERY_ROLE)
    assert faults == []
