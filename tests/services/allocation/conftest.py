"""Patients with directives over the small registry, and the calls of the allocation.

P1 and P3 are alike: six donors are compatible with each, four of whom may give by 2 December: PT0001, PT0002, PT0012
(from 1 December) and PT0004 (until 30 November). Nobody is compatible with P2, who has anti-CD36.
"""

import shutil
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from models.database import make_engines
from services.allocation import accepting, board, keeping, marking, overriding
from services.allocation.terms import Span
from services.matching.snapshots import SnapshotStore, current_index
from services.requests import create_request, list_open_requests
from tests.conftest import close, copy_sqlite, make_app
from tests.demo_site import take_keys
from tests.reserving import SEARCHER, TIMING
from tests.small_registry import BEADS, NOW, ON, PATIENT, put_patient, put_serum, put_small_registry
from tests.standing import direct

SPAN = Span(ON, 14, ZoneInfo("Europe/Paris"))


def ask_units(session, patient="P1", units=1, days=4, urgency="planned"):
    needed = NOW + timedelta(days=days)
    typed = {"hospital": f"CHU {days}", "units": str(units), "urgency": urgency, "contact": "", "note": ""}
    typed |= {"needed_on": needed.date().isoformat(), "needed_at": "09:00"}
    return create_request(session, patient_number=patient, typed=typed, zone="Europe/Paris", actor="x", now=NOW).code


class Allocator:
    """Each call in a transaction of its own, as the edge makes it."""

    def __init__(self, engines, store):
        self.engines, self.store = engines, store

    def ask(self, *words, **more):
        with self.engines.write_session() as session:
            return ask_units(session, *words, **more)

    def board(self, by=SEARCHER, span=SPAN, timing=TIMING):
        with self.engines.read_session() as session:
            return board.open_board(session, self.store, span=span, by=by, locale="en", timing=timing)

    def row(self, request, **more):
        return next(one for one in self.board(**more)["rows"] if one["request"] == request)

    def pairs(self, **more):
        return {(row["request"], one["donor_number"]) for row in self.board(**more)["rows"] for one in row["given"]}

    def keep(self, span=SPAN):
        with self.engines.write_session() as session:
            return keeping.keep_run(session, self.store, span=span, by=SEARCHER, timing=TIMING, locale="en").code

    def mark(self, request, donor, kind, day=None, reason="told by telephone"):
        with self.engines.write_session() as session:
            return marking.record_mark(
                session,
                request_code=request,
                donor_number=donor,
                kind=kind,
                day=day,
                reason=reason,
                by=SEARCHER,
                now=NOW,
            ).code

    def lift(self, code):
        with self.engines.write_session() as session:
            marking.lift_mark(session, code=code, by=SEARCHER, now=NOW)

    def accept(self, run, choices=None, by=SEARCHER, timing=TIMING):
        with self.engines.write_session() as session:
            return accepting.accept(
                session, self.store, run_code=run, choices=choices, by=by, timing=timing, locale="en"
            )

    def override(self, run, request, donor, day, reason="nobody else has CD36", by=SEARCHER):
        with self.engines.write_session() as session:
            return overriding.ask_override(
                session, self.store, run_code=run, request_code=request, donor_number=donor, day=day, reason=reason,
                by=by, timing=TIMING,
            )  # fmt: skip

    def decide(self, code, *, approve, by):
        with self.engines.write_session() as session:
            row = overriding.decide_override(session, self.store, code=code, approve=approve, by=by, timing=TIMING)
            return row.status.value, row.reservation_id

    def open(self):
        with self.engines.read_session() as session:
            return {one["code"]: one for one in list_open_requests(session, limit=50)[0]}


@pytest.fixture(scope="package")
def prepared(tmp_path_factory, migrated_sqlite):
    """The application whose keys encrypted the database, and the folder of both the database and its index."""
    folder = tmp_path_factory.mktemp("allocation")
    copy_sqlite(migrated_sqlite, folder / "allocation.sqlite")
    app = make_app(folder, f"sqlite:///{folder / 'allocation.sqlite'}")
    with app.extensions["phenotheque"].engines.write_session() as session:
        put_small_registry(session)
        direct(session)
        for number, more in (("P2", {"anti_cd36": True}), ("P3", {})):
            put_serum(session, put_patient(session, number, PATIENT), f"T{number}", BEADS)
            direct(session, number, **more)
        current_index(session, SnapshotStore(folder / "snapshots"))
    yield app, folder
    close(app)


@pytest.fixture
def at(prepared, tmp_path):
    app, folder = prepared
    take_keys(app)
    copy_sqlite(folder / "allocation.sqlite", tmp_path / "copy.sqlite")
    shutil.copytree(folder / "snapshots", tmp_path / "snapshots")
    engines = make_engines(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    yield Allocator(engines, SnapshotStore(tmp_path / "snapshots"))
    engines.dispose()
