"""The application as it is put together and served."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from app import create_app
from config import ROOT, SettingsRefused


def with_keys(settings, data_keys: str):
    return settings.model_copy(update={"data_keys": SecretStr(data_keys)})


def test_a_data_key_that_is_no_key_is_refused_in_one_sentence(settings):
    with pytest.raises(SettingsRefused, match="PHENOTHEQUE_DATA_KEYS") as refusal:
        create_app(with_keys(settings, "not a key"))
    assert "not a key" not in refusal.value.message


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "sqlite://", "not an address"])
def test_a_database_that_cannot_serve_is_refused_in_one_sentence(settings, url):
    with pytest.raises(SettingsRefused) as refusal:
        create_app(settings.model_copy(update={"database_url": url}))
    assert refusal.value.message.endswith(".")


def test_cookies_are_for_https_alone_in_production(settings):
    update = {"environment": "production", "secret_key": SecretStr("Zr81-wmPx0t7Yb5nLdE2sJfHgAu9ck3vq")}
    keyed = with_keys(settings, Fernet.generate_key().decode()).model_copy(update=update)
    assert create_app(keyed).config["SESSION_COOKIE_SECURE"] is True
    assert create_app(settings).config["SESSION_COOKIE_SECURE"] is False


def test_a_request_for_another_host_is_refused(client):
    response = client.get("/", headers={"Host": "elsewhere.example"})
    assert response.status_code == 400


@contextlib.contextmanager
def served(settings):
    """Serves the instance by gunicorn with the project's own configuration; yields its first line of output."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    instance = {"PHENOTHEQUE_INSTANCE_PATH": str(settings.instance_path), "PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "app:create_app()"],
        cwd=ROOT,
        env=os.environ | instance,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert select.select([server.stdout], [], [], 60)[0], "gunicorn did not say where it listens"
        yield server.stdout.readline()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        server.stdout.close()


@pytest.mark.slow
def test_the_site_is_served_on_loopback_and_says_where(settings):
    with served(settings) as line:
        address = re.search(r"http://127\.0\.0\.1:\d+", line).group()
        assert fetch(address) == 200
        assert fetch(f"{address}/no-such-page") == 404


def fetch(address: str) -> int:
    """The status of a page; a worker that is still loading is waited for."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 30
    while True:
        try:
            with opener.open(address, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.parametrize("production", [True, False])
def test_a_command_on_a_folder_that_cannot_be_used_ends_in_one_sentence(production):
    given = {"PHENOTHEQUE_INSTANCE_PATH": "/dev/null"}
    if production:
        secret = Fernet.generate_key().decode()
        given |= {f"PHENOTHEQUE_{name}": secret for name in ("SECRET_KEY", "DATA_KEYS", "INDEX_KEY")}
        given["PHENOTHEQUE_ENVIRONMENT"] = "production"
    words = [sys.executable, "-m", "flask", "sweep", "P1"]
    done = subprocess.run(
        words, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "/dev/null cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1
