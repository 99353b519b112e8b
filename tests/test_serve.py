"""`serve.py`: the site and the jobs process come together and go together, however they are told."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONG_ENOUGH_SECONDS = 100


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(true, what: str):
    deadline = time.monotonic() + LONG_ENOUGH_SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.1)
    return found


@pytest.fixture
def served(settings):
    """`serve.py` on a port of its own, once the site listens and the jobs process gave a sign of life."""
    port = free_port()
    variables = {
        **os.environ,
        "PORT": str(port),
        "PHENOTHEQUE_INSTANCE_PATH": str(settings.instance_path),
        "PHENOTHEQUE_DATABASE_URL": settings.database_url,
    }
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([sys.executable, "serve.py"], cwd=ROOT, env=variables, **quiet)
    both = []
    try:
        until(lambda: listens(port), "the site")
        until(lambda: (Path(settings.instance_path) / "jobs.alive").exists(), "the jobs process")
        both = children(process.pid)
        yield process, both
    finally:
        process.kill()
        process.wait()
        for pid in both:
            until(lambda pid=pid: not runs(pid), "the end of what it started")


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="a process ends with its parent on Linux alone")
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_both_end_with_it(told, served):
    process, both = served
    assert len(both) == 2
    process.send_signal(told)
    assert process.wait(LONG_ENOUGH_SECONDS) == (-told if told == signal.SIGKILL else 0)
    for pid in both:
        until(lambda pid=pid: not runs(pid), "the end of what it started")
