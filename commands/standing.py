"""`flask standing`: the directives under watch, and the look at them now."""

from typing import Any

import click

from commands.common import DONE, REFUSED, actor, emit_json, locale, phenotheque_command, runtime, say
from commands.options import FORMAT
from commands.tables import print_table
from jobs.daily import run_daily
from models.job import JobStatus
from services.patients import get_patient
from services.standing_searches.listing import Watched, list_searches
from services.standing_searches.watching import find_open_search, stop_watching, watch_patient
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_number

COLUMNS = ("patient", "since", "look", "available", "new", "lost")
TEXTS = 3
JOB = "standing_searches"


@click.group("standing")
def standing() -> None:
    """Watch directives: what is new for their patients, what is lost, and why."""


@standing.command("list")
@FORMAT
@phenotheque_command
def list_standing(form: str) -> None:
    """List the directives under watch with what their last look found."""
    with runtime().engines.read_session() as session:
        watched = list_searches(session)
    if form == "json":
        emit_json({"searches": [_json(one) for one in watched]})
    elif not watched:
        say("standing_none")
    else:
        title = sentence("title_standing", {}, locale())
        print_table(title, COLUMNS, [_row(one) for one in watched], TEXTS, locale())


@standing.command("watch")
@click.argument("patient")
@phenotheque_command
def watch(patient: str) -> None:
    """Put a patient's directive under watch."""
    held = runtime()
    with held.engines.write_session() as session:
        watch_patient(session, number=patient, actor=actor(), now=held.now())
    say("standing_begun", patient=patient)


@standing.command("stop")
@click.argument("patient")
@phenotheque_command
def stop(patient: str) -> None:
    """End a patient's standing search."""
    held = runtime()
    with held.engines.write_session() as session:
        search = find_open_search(session, get_patient(session, patient).id or 0)
        version = search.version_id if search else 0
        today, moment = held.today(), held.now()
        stop_watching(session, number=patient, version=version, actor=actor(), on=today, now=moment)
    say("standing_stopped", patient=patient)


@standing.command("run")
@FORMAT
@phenotheque_command
def run(form: str) -> int:
    """Look at every directive under watch now; again on one day compares with the look of the day before."""
    ended = run_daily(runtime(), JOB, again=True)
    if ended is None or ended.status is JobStatus.FAILED:
        say(ended.fault_code or "job_failed" if ended else "job_failed")
        return REFUSED
    if form == "json":
        emit_json(ended.details)
    else:
        say("standing_ran", **ended.details)
    return DONE


def _json(one: Watched) -> dict[str, Any]:
    look = one.look
    found = {"patient": one.patient, "since": one.search.created_at.isoformat(), "look": None}
    if look is None:
        return found
    told = {"fault": look.fault_code, "counts": look.counts, "totals": look.totals, "versions": look.versions}
    return {**found, "look": {"day": look.local_day.isoformat(), **told}}


def _row(one: Watched) -> list[str]:
    look, said = one.look, locale()
    texts = [one.patient, format_date(one.search.created_at.date(), said)]
    if look is None:
        return [*texts, "–", "–", "–", "–"]
    if look.fault_code:
        return [*texts, sentence(look.fault_code, look.fault_params, said), "–", "–", "–"]
    figures = (look.counts["available"], look.count("new"), look.count("lost"))
    return [*texts, format_date(look.local_day, said), *(format_number(one, said) for one in figures)]
