"""Operators at work at once: a real server on this machine's loopback, one thread for each of them."""

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
THINK_SECONDS = (0.5, 1.5)  # between two pages of one operator
READY_SECONDS = 30


@dataclass(slots=True)
class Load:
    """The seconds of every answer, how many were no page, and how long it went on."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    lasted_seconds: float = 0.0


def run_load(instance: Path, cookie: str, addresses: Sequence[str], *, seconds: float, operators: int) -> Load:
    """Let so many operators read pages for so long; whatever is not a page of status 200 is an error."""
    load, lock = Load(lasted_seconds=seconds), threading.Lock()
    with served(instance) as port:
        ends_at = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=_operate, args=(port, cookie, addresses, ends_at, seed, load, lock))
            for seed in range(operators)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return load


def _operate(
    port: int, cookie: str, addresses: Sequence[str], ends_at: float, seed: int, load: Load, lock: threading.Lock
) -> None:
    chance = random.Random(seed)
    while time.perf_counter() < ends_at:
        start = time.perf_counter()
        try:
            answered = _ask(port, cookie, chance.choice(addresses)) == 200
        except OSError:
            answered = False
        took = time.perf_counter() - start
        with lock:
            load.seconds.append(took)
            load.errors += not answered
        time.sleep(chance.uniform(*THINK_SECONDS))


def _ask(port: int, cookie: str, address: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Cookie": f"session={cookie}", "Accept-Encoding": "gzip", "Accept-Language": "fr"}
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@contextmanager
def served(instance: Path) -> Iterator[int]:
    """The site as `make run` serves it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHENOTHEQUE_")}
    own = {"PHENOTHEQUE_INSTANCE_PATH": str(instance), "PHENOTHEQUE_LOG_LEVEL": "error", "PORT": str(port)}
    words = [sys.executable, "-m", "gunicorn", "app:create_app()"]
    server = subprocess.Popen(words, cwd=ROOT, env={**kept, **own}, stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_ready(port: int) -> None:
    """Raises RuntimeError where the server does not answer."""
    for _ in range(READY_SECONDS * 10):
        try:
            _ask(port, "", "/login")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")
