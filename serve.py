"""What `make run` runs: the site and the jobs process together, both gone when this one goes.

One signal to stop (Ctrl-C, or SIGTERM of whatever started it) ends both; so does the end of the site. A jobs process
that ends by itself is said and started again. Where the system offers it (Linux), the two are also ended when this
process is killed without a chance to say so: no process is left behind that still holds the port or the leadership.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
SITE = [sys.executable, "-m", "gunicorn", "app:create_app()"]
JOBS = [sys.executable, "-m", "jobs"]
SECONDS_TO_STOP = 15
SECONDS_BEFORE_NEW_START = 5
SECONDS_BETWEEN_LOOKS = 0.2
PR_SET_PDEATHSIG = 1  # prctl(2): the signal a process gets when its parent ends


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    """Start one of the two, out of reach of the terminal's Ctrl-C: only this process passes it on, once."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def end_with_parent() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it ended before the line above
                os._exit(1)

    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, preexec_fn=end_with_parent)  # noqa: S603


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask a process to end, and make it end where it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    """Run both until told to stop, or until the site ends; the exit code of the site."""
    asked: list[int] = []

    def ask(signal_number: int, _frame: Any) -> None:
        asked.append(signal_number)

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, ask)
    site, jobs, again_at = start(SITE), start(JOBS), 0.0
    try:
        while not asked and site.poll() is None:
            if jobs.poll() is not None and not again_at:
                sys.stderr.write(f"The jobs process ended ({jobs.returncode}); it is started again.\n")
                again_at = time.monotonic() + SECONDS_BEFORE_NEW_START
            elif again_at and time.monotonic() >= again_at:
                jobs, again_at = start(JOBS), 0.0
            time.sleep(SECONDS_BETWEEN_LOOKS)
    finally:
        for process in (site, jobs):
            if process.poll() is None:
                process.terminate()  # both at once, then wait for each
        stop(site)
        stop(jobs)
    return 0 if asked else (site.returncode or 0)


if __name__ == "__main__":
    sys.exit(main())
