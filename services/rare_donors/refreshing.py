"""Making the rare-donor file agree with the registry: who enters it, who leaves it, who is confirmed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from domain.rare_phenotype import Tally
from models.rare_donor import MADE_ID, RareDonor, RareDonorFile, RareStatus
from services.audit import record_audit
from services.matching.snapshots import registry_state, state_name
from services.rare_donors.finding import Found, find_rare
from services.rare_donors.rules import rare_rules, table_version
from services.rare_donors.samples import agreed, standings_by_donor, tested_donors

Json = dict[str, Any]
Key = tuple[int, str]  # donor and phenotype
SEPARATOR = ", "
AT_ONCE = 5_000


@dataclass(slots=True)
class Refreshed:
    """What a refresh changed, in phenotypes of donors; `donors` are those in the file after it."""

    donors: int = 0
    entered: int = 0
    withdrawn: int = 0
    confirmed: int = 0
    changed: int = 0

    @property
    def moved(self) -> bool:
        """Whether anything changed."""
        return bool(self.entered or self.withdrawn or self.confirmed or self.changed)

    def details(self) -> Json:
        """The counts, as the trail and the jobs keep them."""
        names = ("donors", "entered", "withdrawn", "confirmed", "changed")
        return {name: getattr(self, name) for name in names}


def refresh_rare_donors(session: Session, *, now: datetime, actor: str) -> Refreshed:
    """Bring the file up to date; a second time changes nothing. One row of the trail says what moved, if anything."""
    found = find_rare(session)
    statuses = _statuses(session, found)
    wished = {key: (statuses[key], SEPARATOR.join(subjects)) for key, subjects in found.donors.items()}
    known = _known(session)
    moved = [kept[0] for key, kept in known.items() if kept[1:] != wished.get(key, (RareStatus.WITHDRAWN, kept[2]))]
    done = Refreshed(donors=len({donor_id for donor_id, _ in wished}))
    for key, (status, subjects) in wished.items():
        if key in known:
            continue
        session.add(RareDonor(donor_id=key[0], phenotype=key[1], subjects=subjects, status=status, since=now))
        done.entered += 1
    for row in _rows(session, moved):
        _keep(row, wished.get((row.donor_id, row.phenotype)), now, done)
    _keep_file(session, found, now)
    if done.moved:
        record_audit(
            session,
            actor=actor,
            action="rare_donors_refreshed",
            subject_type="rare_donors",
            subject_key=table_version(),
            details=done.details(),
            now=now,
        )
    return done


def _statuses(session: Session, found: Found) -> Mapping[Key, RareStatus]:
    standings = standings_by_donor(session, tested_donors(session))
    rules = rare_rules()
    return {
        (donor_id, code): RareStatus.CONFIRMED
        if agreed(rules[code], subjects, standings.get(donor_id, {})).confirmed
        else RareStatus.SUSPECTED
        for (donor_id, code), subjects in found.donors.items()
    }


def _known(session: Session) -> dict[Key, tuple[int, RareStatus, str]]:
    """The file as it was: id, status and antigens; as columns, for most rows stay as they are."""
    columns = (RareDonor.id, RareDonor.donor_id, RareDonor.phenotype, RareDonor.status, RareDonor.subjects)
    rows = session.execute(sa.select(*(col(one) for one in columns)))
    return {(donor_id, code): (row_id, status, subjects) for row_id, donor_id, code, status, subjects in rows}


def _rows(session: Session, ids: Sequence[int]) -> Iterator[RareDonor]:
    for start in range(0, len(ids), AT_ONCE):
        yield from session.exec(select(RareDonor).where(col(RareDonor.id).in_(ids[start : start + AT_ONCE]))).all()


def _keep(row: RareDonor, wished: tuple[RareStatus, str] | None, now: datetime, done: Refreshed) -> None:
    """One phenotype of one donor, known and no longer as it was; None: the typing does not show it any more."""
    if wished is None:
        row.status, row.withdrawn_at = RareStatus.WITHDRAWN, now
        done.withdrawn += 1
        return
    status, subjects = wished
    if row.status is RareStatus.WITHDRAWN:
        row.since, row.withdrawn_at = now, None
        done.entered += 1
    else:
        done.confirmed += row.status is not status and status is RareStatus.CONFIRMED
        done.changed += row.subjects != subjects or status is RareStatus.SUSPECTED
    row.status, row.subjects = status, subjects


def _keep_file(session: Session, found: Found, now: datetime) -> None:
    state = state_name(registry_state(session))
    made = session.get(RareDonorFile, MADE_ID) or RareDonorFile(registry_name=state, made_at=now)
    made.registry_name, made.made_at = state, now
    made.tallies = {
        code: {"of": one.of, "found": {subject: found for subject, found in one.found.items() if subject == ""}}
        for code, one in found.tallies.items()
    }
    session.add(made)
    session.flush()


def find_file(session: Session) -> RareDonorFile | None:
    """When the file was last made and of what; None before the first time."""
    return session.get(RareDonorFile, MADE_ID)


def is_stale(session: Session, made: RareDonorFile | None) -> bool:
    """Whether the registry has changed since the file was made."""
    return made is None or made.registry_name != state_name(registry_state(session))


def tally_in(made: RareDonorFile, code: str) -> Tally:
    """What was counted of a phenotype when the file was made; of one that the table has gained since, nothing."""
    kept = made.tallies.get(code, {"of": 0, "found": {}})
    return Tally(kept["of"], kept["found"])
