"""The frame in a real browser: its keys, the word before a login ends, and nothing an axe can fell."""

import dataclasses
from datetime import timedelta

import pytest
from sqlmodel import select

from models.account import AccountSession

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ADDRESSES = [
    "/",
    "/search?q=DEMO",
    "/search?q=nothing-like-that-99",
    "/help",
    "/help/workbench",
    "/help/keyboard",
    "/admin/audit",
    "/admin/audit?subject=nobody",
    "/admin/jobs",
    "/admin/references",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(("language", "width"), [("en", 768), ("fr", 1280)])
def test_a_page_is_accessible_and_no_wider_than_the_window(visit, address, language, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(address, width=width, language=language)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_sections_of_somebody_of_every_role_stand_on_one_line(visit, language):
    page = visit("/admin/references", language=language)
    tops = page.evaluate("[...document.querySelectorAll('.site-nav a')].map((one) => one.getBoundingClientRect().top)")
    assert len(tops) > 12
    assert len(set(tops)) == 1


def test_the_frame_stays_off_paper(visit):
    page = visit("/")
    page.emulate_media(media="print")
    assert not page.locator(".site-header").is_visible()
    assert page.locator("h1").is_visible()


def test_slash_focuses_the_search_and_enter_finds(visit):
    page = visit("/patients")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("demo p1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/DEMO-P1")


def test_slash_is_a_sign_like_any_other_in_a_field(visit):
    page = visit("/admin/audit")
    page.focus("#subject")
    page.keyboard.type("a/b?")
    assert page.input_value("#subject") == "a/b?"
    assert page.input_value("#find") == ""


def test_a_question_mark_opens_the_keys(visit):
    page = visit("/")
    page.keyboard.press("?")
    page.wait_for_url("**/help/keyboard")


def test_keys_can_be_switched_off(visit, served):
    from sqlmodel import select

    from models.account import Account

    page = visit("/", roles=("searcher", "reader"))
    with served.app.extensions["phenotheque"].engines.write_session() as session:
        session.exec(select(Account).where(Account.login == "searcher-reader")).one().shortcuts = False
    page.reload()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "find"
    page.keyboard.press("?")
    assert page.url.endswith("/")


@pytest.fixture
def soon_idle(served):
    """The site with logins that end after a minute: the warning comes at once."""
    running = served.app.extensions["phenotheque"]
    short = running.settings.model_copy(update={"session_idle_minutes": 1})
    served.app.extensions["phenotheque"] = dataclasses.replace(running, settings=short)
    yield
    served.app.extensions["phenotheque"] = running


def test_a_word_comes_before_an_idle_login_ends_and_keeps_it(visit, soon_idle):
    page = visit("/admin/audit")
    page.fill("#subject", "half typed")
    dialog = page.locator("#login-ends")
    dialog.wait_for(state="visible", timeout=15_000)
    page.keyboard.press("/")  # keys rest while it is open
    assert page.evaluate("document.activeElement.id") != "find"
    with page.expect_response("**/session/keep") as answered:
        dialog.get_by_role("button").click()
    assert answered.value.status == 204
    dialog.wait_for(state="hidden")
    assert page.input_value("#subject") == "half typed"
    dialog.wait_for(state="visible", timeout=15_000)  # and it watches on


@pytest.fixture
def opened_long_ago(served):
    """The site eleven hours and fifty-nine minutes after the logins that are opened for a test."""

    def later(page):
        running = served.app.extensions["phenotheque"]
        with running.engines.write_session() as session:
            for row in session.exec(select(AccountSession)).all():
                row.expires_at = running.now() + timedelta(minutes=1)
        page.reload()

    return later


@pytest.mark.parametrize(("language", "words"), [("en", "It cannot be prolonged"), ("fr", "Elle ne peut être prolongée")])
def test_a_word_comes_before_the_hours_of_a_login_are_over(visit, opened_long_ago, language, words):
    page = visit("/admin/audit", language=language)
    opened_long_ago(page)
    page.fill("#subject", "half typed")
    dialog = page.locator("#login-ends")
    dialog.wait_for(state="visible", timeout=15_000)
    assert words in dialog.inner_text()
    assert dialog.get_by_role("button").count() == 1
    dialog.get_by_role("button").click()
    dialog.wait_for(state="hidden")
    assert page.input_value("#subject") == "half typed"


def test_a_login_that_cannot_be_kept_leaves_the_page_as_it_is(visit, soon_idle, served):
    page = visit("/admin/audit", roles=("administrator", "reader"))
    page.fill("#subject", "half typed")
    dialog = page.locator("#login-ends")
    dialog.wait_for(state="visible", timeout=15_000)
    page.context.clear_cookies()  # as after logging out in another tab
    dialog.get_by_role("button").click()
    dialog.get_by_text("It cannot be prolonged").wait_for(state="visible")
    dialog.get_by_role("button").click()
    assert page.input_value("#subject") == "half typed"


def test_a_page_that_asks_by_itself_is_warned_all_the_same(visit, soon_idle):
    page = visit("/admin/audit")
    page.evaluate(
        """() => {
          const asks = document.createElement("p");
          asks.setAttribute("hx-get", "/help/keyboard"); asks.setAttribute("hx-trigger", "every 1s");
          asks.setAttribute("hx-swap", "none");
          document.getElementById("main").append(asks);
          htmx.process(asks);
        }"""
    )
    with page.expect_response("**/help/keyboard"):
        page.locator("#login-ends").wait_for(state="visible", timeout=15_000)


def test_htmx_sends_the_token_of_the_page(visit, served):
    """The page's own header reaches a request of htmx, and no style of its own breaks the policy."""
    page = visit("/admin/audit")
    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.id = "asks"; button.textContent = "ask";
          button.setAttribute("hx-post", "/session/keep"); button.setAttribute("hx-swap", "none");
          document.getElementById("main").append(button);
          htmx.process(button);
        }"""
    )
    served.app.config["WTF_CSRF_ENABLED"] = True
    try:
        with page.expect_response("**/session/keep") as answered:
            page.click("#asks")
    finally:
        served.app.config["WTF_CSRF_ENABLED"] = False
    assert answered.value.status == 204
