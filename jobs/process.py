"""What the leader does: a sign of life, the queue one request at a time, and the daily jobs."""

import logging
import math
import os
import platform
import threading
from time import monotonic
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import DBAPIError

from config import Runtime
from jobs.daily import post_list, run_due
from jobs.leader import Leader
from jobs.requests import do_next, recover
from jobs.sending import Post
from services.jobs import HEARTBEAT_SECONDS, beat, beat_beside

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_DAILY_LOOKS = 60
log = structlog.get_logger("jobs")


def work(runtime: Runtime, leader: Leader, stop: threading.Event) -> bool:
    """Work until told to stop; False where the leadership was lost meanwhile."""
    heart = start_heart(runtime)
    log.info("jobs_working", pid=os.getpid())
    try:
        return _work(runtime, leader, stop)
    finally:
        heart.shutdown(wait=False)
        log.info("jobs_stopped", pid=os.getpid())


def _work(runtime: Runtime, leader: Leader, stop: threading.Event) -> bool:
    begun, looked_at, post = False, -math.inf, Post(runtime, stopping=stop.is_set)
    while not stop.is_set():
        if not leader.is_held():
            log.error("jobs_leadership_lost")
            return False
        try:
            if not begun:
                recover(runtime)
                post_list(runtime)
                begun = True
            # not by the clock of the day: put back by a day, it would keep the daily jobs waiting that long
            if monotonic() - looked_at >= SECONDS_BETWEEN_DAILY_LOOKS:
                looked_at = monotonic()
                run_due(runtime, stop)
            post.send_due()
            worked = do_next(runtime, stop)
        except DBAPIError as error:  # the database is away or busy: what was begun is rolled back, the process stays
            log.error("jobs_database_failed", kind=type(error.orig).__name__)
            log.debug("jobs_database_failed", exc_info=error)
            worked = False
        if not worked:
            stop.wait(SECONDS_BETWEEN_LOOKS)
    return True


def start_heart(runtime: Runtime) -> BackgroundScheduler:
    """Begin to give a sign of life at fixed intervals, the first at once."""
    logging.getLogger("apscheduler").setLevel("WARNING")  # its account of each beat helps nobody
    heart = BackgroundScheduler(timezone=ZoneInfo("UTC"))
    heart.add_job(
        give_sign, "interval", args=[runtime], seconds=HEARTBEAT_SECONDS, coalesce=True, max_instances=1,
        misfire_grace_time=HEARTBEAT_SECONDS,
    )  # fmt: skip
    give_sign(runtime)
    heart.start()
    return heart


def give_sign(runtime: Runtime) -> None:
    """Renew the sign of life, in the file first: the row may have to wait for an import."""
    now = runtime.now()
    beat_beside(runtime.settings.instance_path, now=now)
    try:
        with runtime.engines.write_session() as session:
            beat(session, host=platform.node(), pid=os.getpid(), now=now)
    except DBAPIError as error:  # busy for longer than it is worth waiting: the file tells that this process lives
        log.debug("jobs_sign_late", kind=type(error.orig).__name__)
