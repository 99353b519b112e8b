"""The demo served on this machine's loopback, and a real browser (skipped, saying so, where there is none)."""

import shutil
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from tests.conftest import close
from tests.demo_site import make_demo_site, put_availability, take_keys
from tests.logins import cookie_of

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def site(served):
    """The address of the demo site."""
    return served.address


@pytest.fixture(scope="session")
def served(tmp_path_factory, migrated_sqlite):
    """The demo site served: `served.app` and `served.address`."""
    with serving(tmp_path_factory.mktemp("site"), migrated_sqlite) as served:
        yield served


@contextmanager
def serving(folder, migrated):
    """A demo site of one's own, for tests that put into it what others must not find."""
    app = make_demo_site(folder, migrated)
    put_availability(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(app=app, address=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    close(app)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(served, site, chromium):
    """Opens a page; at the end nothing may stand in the console: no error, no violation of the policy."""
    said, contexts = [], []
    take_keys(served.app)  # a test in between may have made another site in this process

    def open_page(
        address: str, *, width: int = 1280, language: str = "en", scripts: bool = True, roles: tuple[str, ...] = ()
    ):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, locale=language, java_script_enabled=scripts
        )
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": cookie_of(served.app, *roles), "url": site}])
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.goto(site + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
