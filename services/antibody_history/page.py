"""The antibody history of one patient: sera in time, what each leaves open, what changed, and treatments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from domain.antibody_history import Break, Mark, Value, breaks_between, changes, crossings, values_of
from domain.errors import Issue
from models.antibody import SerumSample
from models.patient import Patient
from models.treatment import Treatment
from services.antibody_history.counting import Moved, SeraCounts, Weights
from services.antibody_history.sera import SerialSera, read_sera_alone
from services.antibody_history.what_if import Asked, changed_reading, may_be_gone
from services.matching.columns import natural
from services.matching.explain import plain
from services.matching.snapshots import SnapshotStore
from services.searches import issues_json
from services.sera import drawn
from services.workbench import banner_json

Json = dict[str, Any]
NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class Places:
    """The donors of the country and of the patient's region by phenotype; None where no donor is of that region."""

    nation: Weights
    region: Weights | None


def open_history(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    on: date,
    zone: str,
    locale: str,
    asked: Asked = NOTHING_ASKED,
) -> Json:
    """The history with what the page shows around it. Raises NotFound and UnusableInput."""
    serial = read_sera_alone(session, store, patient_number=patient_number, on=on, zone=zone)
    told = history_json(session, serial, asked=asked, locale=locale)
    return {**told, "may_be_gone": may_be_gone(serial), "banner": banner_json(session, serial.case, on)}


def read_history(
    session: Session,
    store: SnapshotStore,
    *,
    patient_number: str,
    on: date,
    zone: str,
    locale: str,
    asked: Asked = NOTHING_ASKED,
) -> Json:
    """What the files, the API and the command tell; each serum is read alone. Raises NotFound and UnusableInput."""
    serial = read_sera_alone(session, store, patient_number=patient_number, on=on, zone=zone)
    return history_json(session, serial, asked=asked, locale=locale)


def history_json(session: Session, serial: SerialSera, *, asked: Asked, locale: str) -> Json:
    """The history without the patient's banner."""
    laid, parts = serial.laid, asked.parts()
    readings = [one.reading for one in serial.sera]
    changed = [changed_reading(serial, part) for _, part in parts]
    counted = SeraCounts(laid.matching, [*readings, *changed], serial.threshold_mfi, laid.on)
    region = laid.case.patient.region
    places = places_of(counted, region)
    marks: dict[str, Mark | None] = {}
    values = [values_of(one.reading, marks) for one in serial.sera]
    head = {name: value for name, value in laid.head().items() if name not in {"sample", "sera"}}
    return {
        **head,
        "threshold": serial.threshold_mfi,
        "region": region if places.region is not None else None,
        "latest": serial.latest,
        "sera": [_serum(serial, counted, places, values, at) for at in range(len(serial.sera))],
        "specificities": specificities(serial, values),
        "future": [named(one) for one in serial.future],
        "rejected": [named(one) for one in serial.rejected],
        "what_if": [_changed(serial, counted, places, part, at) for at, part in enumerate(parts)],
        "treatments": treatments(session, laid.case.patient),
        "issues": issues_json((*_future_issues(serial), *serial.issues), locale),
    }


def places_of(counted: SeraCounts, region: str | None) -> Places:
    """The country, and the patient's region where some donor is of it."""
    known = region is not None and region in counted.matching.index.meta.regions
    return Places(counted.weights(), counted.weights(region) if known else None)


def _serum(
    serial: SerialSera, counted: SeraCounts, places: Places, values: Sequence[Mapping[str, Value]], at: int
) -> Json:
    """One serum with its counts, and what became of the donors and of the specificities since the one before it."""
    one = serial.sera[at]
    breaks = breaks_between(serial.sera[at - 1].assay, one.assay) if at else ()
    return {
        **named(one.sample),
        "placed_on": one.assay.placed_on.isoformat(),
        "undated": one.assay.drawn_on is None,
        "beads": len(one.reading.profile.beads),
        "national": counted.counts(at, places.nation),
        "regional": None if places.region is None else counted.counts(at, places.region),
        "since": _since(serial, counted, places, values, at, breaks) if at else None,
    }


def _since(
    serial: SerialSera,
    counted: SeraCounts,
    places: Places,
    values: Sequence[Mapping[str, Value]],
    at: int,
    breaks: Sequence[Break],
) -> Json:
    """What changed since the serum before; the MFI of specificities only where the two may be compared."""
    told = crossings(
        changes(_in_scope(serial, values[at - 1]), _in_scope(serial, values[at]), breaks), serial.threshold_mfi
    )
    return {
        "serum": serial.sera[at - 1].sample.id,
        "breaks": [one.value for one in breaks],
        "national": moved_json(counted.moved(at - 1, at, places.nation)),
        "regional": None if places.region is None else moved_json(counted.moved(at - 1, at, places.region)),
        "crossings": [
            {"specificity": one.specificity, "before": plain(one.before_mfi), "after": plain(one.after_mfi)}
            for one in told
        ],
    }


def moved_json(moved: Moved) -> Json:
    """Donors newly compatible and no longer compatible, and of those the ones who may give on the day."""
    return {
        "opened": moved.opened,
        "closed": moved.closed,
        "opened_available": moved.opened_available,
        "closed_available": moved.closed_available,
    }


def _changed(serial: SerialSera, counted: SeraCounts, places: Places, part: tuple[str, Asked], at: int) -> Json:
    """The donors of the latest serum so changed, and those it opens."""
    kind, asked = part
    place, latest = len(serial.sera) + at, serial.latest or 0
    return {
        "kind": kind,
        "factor_percent": asked.factor_percent,
        "gone": asked.gone,
        "national": counted.counts(place, places.nation),
        "regional": None if places.region is None else counted.counts(place, places.region),
        "moved": moved_json(counted.moved(latest, place, places.nation)),
        "moved_regional": None if places.region is None else moved_json(counted.moved(latest, place, places.region)),
    }


def _in_scope(serial: SerialSera, values: Mapping[str, Value]) -> dict[str, Value]:
    loci = serial.case.directive.loci
    return {name: value for name, value in values.items() if value.allele[0] in loci}


def specificities(serial: SerialSera, values: Sequence[Mapping[str, Value]]) -> list[Json]:
    """Every specificity some serum tested, by locus and name; one value for each serum, None where not tested."""
    loci: dict[str, str] = {}
    for found in values:
        loci.update({name: value.allele[0] for name, value in found.items()})
    rows = [_specificity(serial, values, name, locus) for name, locus in loci.items()]
    return sorted(rows, key=lambda row: (row["locus"], natural(row["name"])))


def _specificity(serial: SerialSera, values: Sequence[Mapping[str, Value]], name: str, locus: str) -> Json:
    here = [found.get(name) for found in values]
    tested = [one for one in here if one is not None]
    used = [one.mfi for one in tested if one.mark is None]
    marks = {one.mark for one in tested if one.mark is not None} if not used else set[Mark]()
    return {
        "name": name,
        "locus": locus,
        "in_scope": locus in serial.case.directive.loci,
        "mark": min(marks).value if marks else None,
        "highest": plain(max(used or [one.mfi for one in tested])),
        "values": [None if one is None else {"mfi": plain(one.mfi), "bead": one.allele} for one in here],
    }


def treatments(session: Session, patient: Patient) -> list[Json]:
    """The courses of treatment that count, the earliest first."""
    query = select(Treatment).where(Treatment.patient_id == patient.id, col(Treatment.withdrawn_at).is_(None))
    rows = session.exec(query.order_by(col(Treatment.first_on), col(Treatment.id))).all()
    return [
        {
            "kind": row.kind.value,
            "first_on": row.first_on.isoformat(),
            "last_on": row.last_on.isoformat() if row.last_on else None,
        }
        for row in rows
    ]


def named(sample: SerumSample) -> Json:
    """What tells a serum from another, days in ISO form."""
    day = drawn(sample)
    return {
        "id": sample.id,
        "code": sample.sample_code,
        "drawn_on": day.isoformat() if day else None,
        "run_on": sample.run_on.isoformat() if sample.run_on else None,
        "kit_lot": sample.kit_lot,
        "format": sample.source_format,
        "treatment": sample.treatment,
    }


def _future_issues(serial: SerialSera) -> list[Issue]:
    return [
        Issue("history_future_serum", "warning", one.sample_code, {"drawn_on": str(drawn(one))})
        for one in serial.future
    ]
