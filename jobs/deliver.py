"""The daily news: every subscription in a transaction of its own, so that one that fails holds back no other."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

import structlog

from config import Runtime
from jobs.failing import RunFailed
from services.subscriptions.delivering import deliver, last_run_before, standing_subscriptions
from services.subscriptions.topics import tellers

log = structlog.get_logger("jobs")
FAILED = "failed"


def deliver_news(runtime: Runtime, on: date) -> Mapping[str, int]:
    """Bring the news of a day to every inbox; run again it adds what is missing, and nothing twice.

    Raises RunFailed, with the counts of all, where a subscription failed.
    """
    with runtime.engines.read_session() as session:
        found, last_run_on = standing_subscriptions(session), last_run_before(session, on)
    told, counts = tellers(runtime.settings.timezone), Counter[str]()
    for one in found:
        try:
            with runtime.engines.write_session() as session:
                outcome = deliver(session, one, on=on, last_run_on=last_run_on, tellers=told, now=runtime.now())
        except Exception as error:  # the others get their news, and the run says that this one failed
            log.error("news_failed", subscription=one, kind=type(error).__name__)
            log.debug("news_failed", exc_info=error)
            counts[FAILED] += 1
        else:
            counts.update([outcome.value] if outcome else [])
    if counts[FAILED]:
        raise RunFailed("news_not_delivered", **counts)
    return dict(counts)
