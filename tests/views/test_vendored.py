"""Front-end files of others are exactly those that were written down, and leave packed for whoever takes them so."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
ROW = re.compile(r"^\| [\w.-]+ \| [\d.]+ \| [\w.-]+ \| (\S+) \| ([0-9a-f]{64}) \|$", re.MULTILINE)
BOOTSTRAP, HTMX = "/static/vendor/bootstrap-5.3.9/bootstrap.min.css", "/static/vendor/htmx-4.0.1/htmx.min.js"
MOST_BYTES = 250_000  # of a first page with everything it brings


def test_every_vendored_file_is_written_down_and_unchanged():
    written = dict(ROW.findall((VENDOR / "VENDORED.md").read_text(encoding="utf-8")))
    present = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.md"
    }
    assert present == written
    assert present


def test_every_vendored_package_brings_its_licence():
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file(), folder.name


def test_every_packed_file_is_its_twin_and_names_no_time():
    packed = sorted(VENDOR.rglob("*.gz"))
    assert {path.name for path in packed} == {"bootstrap.min.css.gz", "htmx.min.js.gz"}
    for path in packed:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()
        assert path.read_bytes()[3:8] == b"\0" * 5  # no flags, so no name; no time


@pytest.mark.parametrize(("address", "kind"), [(BOOTSTRAP, "text/css"), (HTMX, "text/javascript")])
def test_a_vendored_file_leaves_packed_and_is_kept(app, address, kind):
    client = app.test_client()
    packed = client.get(address, headers={"Accept-Encoding": "br, gzip"}, buffered=True)
    plain = client.get(address, buffered=True)
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    for answer in (packed, plain):
        assert answer.status_code == 200
        assert answer.mimetype == kind
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert {"public", "immutable", "max-age=31536000"} == set(answer.headers["Cache-Control"].split(", "))
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_a_known_file_is_not_sent_again(app):
    client, asked = app.test_client(), {"Accept-Encoding": "gzip"}
    tag = client.get(BOOTSTRAP, headers=asked, buffered=True).headers["ETag"]
    again = client.get(BOOTSTRAP, headers=asked | {"If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(BOOTSTRAP, headers={"If-None-Match": tag}, buffered=True)
    assert other.status_code == 200


def test_a_browser_that_refuses_gzip_gets_the_plain_file(app):
    answer = app.test_client().get(BOOTSTRAP, headers={"Accept-Encoding": "gzip;q=0, identity"}, buffered=True)
    assert "Content-Encoding" not in answer.headers


def test_our_own_files_are_asked_for_again(app):
    answer = app.test_client().get("/static/phenotheque.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Vary" not in answer.headers


@pytest.mark.parametrize("name", ["nothing.css", "../config.py", "%2e%2e/config.py", "vendor/../../config.py"])
def test_nothing_else_is_served(app, name):
    assert app.test_client().get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("address", ["/", "/patients", "/patients/DEMO-P1?threshold=2000"])
def test_a_first_page_with_all_it_brings_is_light(visitor, address):
    client, asked = visitor(), {"Accept-Encoding": "gzip"}
    page = client.get(address, headers=asked)
    brought = re.findall(r'(?:src|href)="(/static/[^"]+)"', gzip.decompress(page.data).decode())
    total = len(page.data) + sum(len(client.get(one, headers=asked, buffered=True).data) for one in brought)
    assert {BOOTSTRAP, HTMX} <= set(brought)
    assert total <= MOST_BYTES


def test_a_page_leaves_packed_and_no_two_alike_in_size(visitor):
    """The random size keeps an eavesdropper from guessing a secret of the page from the sizes of many answers."""
    client = visitor()
    answers = [client.get("/help/keyboard", headers={"Accept-Encoding": "gzip"}) for _ in range(8)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.data) for answer in answers}) > 1
    assert {int(answer.headers["Content-Length"]) - len(answer.data) for answer in answers} == {0}
    plain = client.get("/help/keyboard")
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == answers[0].headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_what_is_short_or_no_page_leaves_as_it_is(visitor):
    client, asked = visitor(), {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get("/search?q=DEMO-P1", headers=asked).headers
    assert "Content-Encoding" not in client.get("/admin/audit/export.csv", headers=asked).headers
