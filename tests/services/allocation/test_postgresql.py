"""The same on PostgreSQL: a division is kept, marked, accepted, and given against by two persons."""

import pytest

from models.allocation import MarkKind
from services.matching.snapshots import SnapshotStore, current_index
from tests.reserving import SIGNER
from tests.services.allocation.conftest import Allocator
from tests.services.allocation.test_accepting import SCIENTIST, refusal, refused_codes
from tests.small_registry import BEADS, ON, PATIENT, put_patient, put_serum, put_small_registry
from tests.standing import direct


@pytest.fixture
def served(app_on, postgres_url, tmp_path):
    engines, store = app_on(postgres_url).extensions["phenotheque"].engines, SnapshotStore(tmp_path / "snapshots")
    with engines.write_session() as session:
        put_small_registry(session)
        direct(session)
        put_serum(session, put_patient(session, "P3", PATIENT), "TP3", BEADS)
        direct(session, "P3")
        current_index(session, store)
    return Allocator(engines, store)


def test_a_division_is_made_marked_and_accepted(served):
    first, other = served.ask("P1", 2, 4), served.ask("P3", 1, 4, "bleeding")
    run, pairs = served.keep(), served.pairs()
    assert len(pairs) == 3
    given = next(donor for request, donor in pairs if request == other)
    served.lift(served.mark(other, given, MarkKind.FORBIDDEN))
    served.mark(other, given, MarkKind.FIXED, ON)
    answer = served.accept(run)
    assert (len(answer["reserved"]), refused_codes(answer)) == (3, {})
    assert all(one["was_there"] for one in served.accept(run)["reserved"])
    assert [served.open()[code]["remaining"] for code in (first, other)] == [0, 0]


def test_an_override_is_approved_once_and_the_second_who_decides_is_told(served):
    first, _ = served.ask("P1", 1, 4), served.ask("P3", 3, 4, "bleeding")
    donor = next(donor for request, donor in served.pairs() if request != first)
    code = served.override(served.keep(), first, donor, ON)["code"]
    assert served.decide(code, approve=True, by=SCIENTIST)[0] == "approved"
    assert refusal(lambda: served.decide(code, approve=False, by=SIGNER)) == "override_decided"
    assert [one["donor_number"] for one in served.row(first)["reserved"]] == [donor]
