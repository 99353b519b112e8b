"""The keys of a pair in a real browser."""

import pytest

pytestmark = pytest.mark.browser


def test_a_key_asks_for_the_reason_first_and_then_judges(visit):
    page = visit("/duplicates", roles=("coordinator",))
    page.get_by_role("link", name="Look at the first").click()
    page.wait_for_url("**/duplicates/*")  # until it has loaded, and its keys with it
    first = page.url
    page.keyboard.press("s")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type("dmsd")  # letters of a text are no keys
    assert page.url == first
    assert page.input_value("[name=reason]") == "dmsd"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("s")
    page.get_by_role("status").get_by_text("Put off: this pair now stands at the end.").wait_for()
    page.wait_for_load_state()
    assert page.url != first


def test_without_scripts_the_buttons_do_the_same(visit):
    page = visit("/duplicates", roles=("coordinator",), scripts=False)
    page.get_by_role("link", name="Look at the first").click()
    page.get_by_label("Why").fill("asked the other centre")
    page.get_by_role("button", name="Later").click()
    assert page.get_by_role("status").inner_text() == "Put off: this pair now stands at the end."
