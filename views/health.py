"""Signs of life for whoever watches over the site: the process alone, and whether it can serve."""

from flask import Blueprint, Response

from services.accounts.permissions import Permission
from services.readiness import STATUSES, check_readiness
from services.wording.catalogue import sentence
from views.access import anybody
from views.api.operation import answer
from views.api.problems import locale
from views.running import find_person, now, runtime, snapshots

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@anybody
def alive() -> Response:
    """Nothing is looked at: a database that is away must not have the process started again."""
    return answer({"status": "alive"})


@blueprint.get("/readyz")
@anybody
def ready() -> Response:
    """The state of each part; in words for administrators alone."""
    parts = check_readiness(runtime().engines, snapshots(), now=now())
    worst = max((part.state for part in parts), key=list(STATUSES).index)
    asked = find_person()
    details = None
    if asked is not None and asked.may(Permission.ADMINISTER):
        details = [{"part": one.name, "message": sentence(one.code, one.params, locale())} for one in parts]
    said = {"status": STATUSES[worst], "parts": {one.name: one.state for one in parts}, "details": details}
    return answer(said, 503 if worst == "failed" else 200)
