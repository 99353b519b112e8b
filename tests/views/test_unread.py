"""Bodies that nobody reads, over a real connection: whoever sends one to its end gets the answer."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from werkzeug.serving import make_server

from tests.conftest import ROOT, close, copy_sqlite, make_app
from tests.logins import cookie_of, token_of

FIFTY_MB = 50 << 20
FORM = "multipart/form-data; boundary=x"
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'


@pytest.fixture(scope="module")
def served(tmp_path_factory, migrated_sqlite):
    """The application, and the port where gunicorn serves the same instance as it does for people."""
    folder = tmp_path_factory.mktemp("served")
    copy_sqlite(migrated_sqlite, folder / "phenotheque.sqlite")
    url = f"sqlite:///{folder / 'phenotheque.sqlite'}"
    app = make_app(folder, url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    instance = {"PHENOTHEQUE_INSTANCE_PATH": str(folder), "PHENOTHEQUE_DATABASE_URL": url, "PORT": str(port)}
    words = [sys.executable, "-m", "gunicorn", "--workers", "1", "app:create_app()"]
    with subprocess.Popen(words, cwd=ROOT, env=os.environ | instance, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert str(port) in server.stdout.readline()
            yield app, port
        finally:
            server.terminate()
    close(app)


@pytest.fixture
def port(served):
    return served[1]


@pytest.fixture
def cookie(served):
    return {"Cookie": f"session={cookie_of(served[0])}"}


@pytest.fixture
def bare_port(app):
    """The port of a server that does not end the stream of a body where the body ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def send(port, address, headers, *, length=FIFTY_MB, kind=FORM):
    """The status and text of an answer to a long body, which is read only after everything was sent."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.putrequest("POST", address)
        told = {"Content-Length": str(length), "Content-Type": kind, "Accept-Language": "en", **headers}
        for name, value in told.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(HEAD)
        left = length - len(HEAD)
        while left:
            piece = bytes(min(left, 1 << 20))
            connection.send(piece)
            left -= len(piece)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def bearer(served):
    """The header of a token that may write."""
    from services.accounts.tokens import create_token

    app, _ = served
    runtime = app.extensions["phenotheque"]
    token_of(app)  # makes the account
    with runtime.engines.write_session() as session:
        _, text = create_token(
            session, account_id=1, name="loader", scope="write", days=1, actor="test", now=runtime.now()
        )
    return {"Authorization": f"Bearer {text}"}


def test_a_page_says_that_a_file_is_too_large(port, cookie):
    status, text = send(port, "/imports/new", cookie)
    assert status == 413
    assert "The file is larger than this site accepts (40 MB)" in text


def test_the_api_says_that_a_file_is_too_large(port, bearer):
    status, text = send(port, "/api/v1/imports", bearer)
    assert status == 413
    assert "urn:phenotheque:problem:http_413" in text


def test_the_api_says_who_is_not_known_and_what_it_does_not_take(port, bearer):
    assert send(port, "/api/v1/imports", {"Authorization": "Bearer phq_unknown"})[0] == 401
    assert send(port, "/api/v1/imports", bearer, kind="text/csv")[0] == 415
    assert send(port, "/api/v1/nowhere", bearer)[0] == 404


def test_a_page_without_a_login_says_so_too(port):
    assert send(port, "/login", {})[0] == 413
    assert send(port, "/imports/new", {})[0] == 413


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("HEAD", 200), ("POST", 400), ("PUT", 405)])
def test_nothing_is_waited_for_where_no_body_is_announced(bare_port, app, method, status):
    app.config["WTF_CSRF_ENABLED"] = method == "POST"
    with closing(http.client.HTTPConnection("127.0.0.1", bare_port, timeout=10)) as connection:
        connection.putrequest(method, "/login")
        connection.endheaders()
        assert connection.getresponse().status == status


def test_a_sender_that_leaves_breaks_nothing(port, bearer):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.putrequest("POST", "/api/v1/imports")
        for name, value in {"Content-Length": str(FIFTY_MB), "Content-Type": FORM, **bearer}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(HEAD)
    assert send(port, "/api/v1/imports", bearer)[0] == 413
