"""The queue, the daily runs and the sign of life of the jobs process, on both databases where asked."""

from datetime import timedelta

import pytest

from models.job import JobRequest, JobRun, JobStatus
from services.jobs import (
    DEAD_AFTER,
    MOST_ATTEMPTS,
    ask_for_job,
    beat,
    beat_beside,
    begin_run,
    end_run,
    fail_job,
    finish_job,
    has_queued,
    is_alive,
    last_beat,
    queue_again,
    queue_orphans_again,
    take_job,
)


@pytest.fixture
def ask(engines, now):
    """Puts a request in the queue so many minutes from now; gives its id."""

    def put(minutes: int = 0) -> str:
        with engines.write_session() as session:
            return ask_for_job(session, kind="k", params={}, actor="a", now=now + timedelta(minutes=minutes)).id

    return put


def take(engines, now, **words):
    with engines.write_session() as session:
        return take_job(session, now=now, **words)


def status(engines, job_id):
    with engines.read_session() as session:
        job = session.get_one(JobRequest, job_id)
        return job.status, job.fault_code


def test_the_request_that_waited_longest_is_taken_first_and_once(engines, ask, now):
    later, first = ask(2), ask(1)
    assert [take(engines, now).id, take(engines, now).id, take(engines, now)] == [first, later, None]
    with engines.read_session() as session:
        assert not has_queued(session)


def test_a_request_named_is_taken_if_it_still_waits(engines, ask, now):
    ask()
    wanted = ask(5)
    assert take(engines, now, job_id=wanted).id == wanted
    assert take(engines, now, job_id=wanted) is None


def test_what_ended_says_how(engines, ask, now):
    done, failed, stopped = ask(), ask(1), ask(2)
    for _ in range(3):
        take(engines, now)
    with engines.write_session() as session:
        finish_job(session, done, done=5, total=5, now=now)
        fail_job(session, failed, code="job_failed", now=now)
        queue_again(session, stopped)
    assert status(engines, done) == (JobStatus.DONE, None)
    assert status(engines, failed) == (JobStatus.FAILED, "job_failed")
    assert status(engines, stopped) == (JobStatus.QUEUED, None)


def test_what_a_dead_process_left_is_tried_again_but_not_for_ever(engines, ask, now):
    job = ask()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert take(engines, now).params["attempts"] == attempt
        with engines.write_session() as session:
            given_up = queue_orphans_again(session, now=now)
        assert [one.id for one in given_up] == ([job] if attempt == MOST_ATTEMPTS else [])
    assert status(engines, job) == (JobStatus.FAILED, "job_kept_dying")


def test_stopping_on_purpose_is_no_attempt(engines, ask, now):
    ask()
    for _ in range(MOST_ATTEMPTS + 2):
        job = take(engines, now)
        with engines.write_session() as session:
            queue_again(session, job.id)
    assert job.params["attempts"] == 1


def test_a_daily_job_runs_once_for_a_day_and_again_where_it_was_cut_short(engines, now, today):
    with engines.write_session() as session:
        run = begin_run(session, "clean_up", local_day=today, now=now)
    with engines.write_session() as session:  # the process died meanwhile
        again = begin_run(session, "clean_up", local_day=today, now=now)
        assert again.id == run.id
        end_run(session, run.id, now=now, details={"files": 2})
    with engines.write_session() as session:
        assert begin_run(session, "clean_up", local_day=today, now=now) is None
        assert begin_run(session, "clean_up", local_day=today + timedelta(days=1), now=now).id != run.id
        assert session.get_one(JobRun, run.id).details == {"files": 2}


def test_a_process_is_alive_by_its_row_or_by_its_file(engines, now, tmp_path):
    def alive(moment):
        with engines.read_session() as session:
            return is_alive(session, tmp_path, now=moment)

    assert not alive(now)
    with engines.write_session() as session:
        beat(session, host="here", pid=7, now=now)
    assert alive(now + timedelta(seconds=30))
    later = now + timedelta(minutes=3)
    assert not alive(later)
    beat_beside(tmp_path, now=later)  # as in a long import, when the row cannot be written
    assert alive(later + timedelta(seconds=59))
    assert not alive(later + DEAD_AFTER)
    with engines.read_session() as session:
        assert last_beat(session, tmp_path) == later


def test_a_damaged_file_of_life_is_no_sign(engines, now, tmp_path):
    (tmp_path / "jobs.alive").write_bytes(b"\xff{")
    with engines.read_session() as session:
        assert last_beat(session, tmp_path) is None
