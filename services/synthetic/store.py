"""A synthetic registry written straight into the tables, block by block, derived as an import derives it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.crypto import EncryptedText, blind_index
from models.donor import DonorStatus, identity_indexes
from services.donors import DONORS, DonorDeriver, mark_registry_derived
from services.synthetic.donors import HPA_COLUMNS, invented_contact
from services.synthetic.registry import CD36_TEXTS, EPOCH, HPA_TEXTS, Array, Block, RegistryDraw, Vocabulary

ROWS_AT_ONCE = 10_000
NUMBER = "SYN{:08d}"
NO_PREGNANCIES = 255  # in a block: does not apply

# The same table without the column types that encrypt: one birth date is encrypted once, not once for each donor.
IDENTITIES = sa.table(
    "donor_identity",
    *(sa.column(column.name) for column in SQLModel.metadata.tables["donor_identity"].columns),
)
NO_CONTACT: Mapping[str, str | None] = dict.fromkeys(
    ("last_name", "first_name", "postcode", "phone", "email", "name_index", "phone_index", "email_index")
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filling:
    """What a registry is made of: its draw, who derives its donors, and whether names are invented too."""

    draw: RegistryDraw
    deriver: DonorDeriver
    with_identities: bool = False


def fill_registry(
    session: Session, filling: Filling, *, count: int, now: datetime, progress: Callable[[int], None]
) -> None:
    """Write the first `count` donors of a synthetic registry; `progress` is told how many were written.

    Without identities only the birth date is kept, encrypted: eligibility rests on it.
    """
    birth_columns = cache(_birth_columns)  # for this filling alone: the keys may be others the next time
    for block in filling.draw.blocks(count):
        rows = _donor_rows(block, filling, now)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            births = [row.pop("birth_date") for row in batch]
            session.execute(sa.insert(DONORS), batch)
            identities = [
                {"donor_id": donor_id, **_contact(row, birth, filling), **birth_columns(birth)}
                for donor_id, row, birth in zip(_ids(session, batch), batch, births, strict=True)
            ]
            session.execute(sa.insert(IDENTITIES), identities)
        progress(len(block))
    mark_registry_derived(session, now=now, reference=filling.deriver.reference, rules=filling.deriver.rules)


def _donor_rows(block: Block, filling: Filling, now: datetime) -> Iterator[Row]:
    """Every column of table donor, and the birth date."""
    words, population = filling.draw.vocabulary, filling.draw.population
    columns = [*_coded_columns(block, words), *_measured_columns(block, words)]
    names = [name for name, _ in columns]
    rest: Row = {"hla_c_1": "", "hla_c_2": "", "height_cm": None, "hla_antibody_screen": None, "screened_on": None}
    rest |= {"source_updated_at": None, "row_hash": None, "version_id": 1, "created_at": now, "updated_at": now}
    for place, values in enumerate(zip(*(values for _, values in columns), strict=True), block.first + 1):
        row: Row = {"donor_number": NUMBER.format(place), **dict(zip(names, values, strict=True)), **rest}
        row["centre"] = population.centres[row["region"]][place % len(population.centres[row["region"]])][0]
        derived = filling.deriver.derive(row, birth_date=row["birth_date"])
        yield {**row, **derived.columns()}


def _coded_columns(block: Block, words: Vocabulary) -> list[tuple[str, list[Any]]]:
    """The columns whose codes stand for texts; an empty text of what is not a typing is null."""

    def texts(codes: Array, values: Sequence[str | None]) -> list[str | None]:
        return [values[code] for code in codes.tolist()]

    statuses = tuple(DonorStatus(value) for value in words.status)
    return [
        ("ancestry", texts(block.ancestry, words.ancestry)),
        ("region", texts(block.region, words.region)),
        ("abo", texts(block.abo, words.abo)),
        ("rhd", texts(block.rhd, words.rhd)),
        ("sex", texts(block.sex, words.sex)),
        ("status", texts(block.status, statuses)),
        ("cmv", texts(block.cmv, [word or None for word in words.cmv])),
        ("hla_a_1", texts(block.a[0], words.a)),
        ("hla_a_2", texts(block.a[1], words.a)),
        ("hla_b_1", texts(block.b[0], words.b)),
        ("hla_b_2", texts(block.b[1], words.b)),
        *((name, texts(row, HPA_TEXTS)) for name, row in zip(HPA_COLUMNS, block.hpa, strict=True)),
        ("cd36", texts(block.cd36, CD36_TEXTS)),
    ]


def _measured_columns(block: Block, words: Vocabulary) -> list[tuple[str, list[Any]]]:
    """The columns of dates and quantities; 0 of what cannot be 0 is unknown."""
    given = block.last_donation_day.tolist()
    kinds = [words.donation[code] or None for code in block.donation.tolist()]
    children = [int(word) if word else None for word in words.pregnancies]
    return [
        ("consent_contact", block.consent.tolist()),
        ("birth_date", [_day(day).isoformat() for day in block.birth_day.tolist()]),
        ("weight_kg", [value or None for value in block.weight_kg.tolist()]),
        ("platelet_count", [value or None for value in block.platelet_count.tolist()]),
        ("last_donation_on", [_day(day) if day else None for day in given]),
        ("last_donation_type", [kind if day else None for kind, day in zip(kinds, given, strict=True)]),
        ("donations_12m", block.donations_12m.tolist()),
        ("pregnancies", [None if code == NO_PREGNANCIES else children[code] for code in block.pregnancies.tolist()]),
    ]


def _ids(session: Session, rows: Sequence[Row]) -> Sequence[int]:
    """The ids that the database gave these donors."""
    first, last = rows[0]["donor_number"], rows[-1]["donor_number"]
    query = sa.select(DONORS.c.id).where(DONORS.c.donor_number.between(first, last))
    return session.scalars(query.order_by(DONORS.c.donor_number)).all()


def _contact(row: Row, birth: str, filling: Filling) -> Mapping[str, str | None]:
    """An invented name with ways to reach nobody, encrypted, where they are asked for."""
    if not filling.with_identities:
        return NO_CONTACT
    place = int(row["donor_number"].removeprefix(NUMBER[:3]))
    contact = invented_contact(filling.draw.population, place, row["region"])
    indexed = {name: contact[name] for name in ("last_name", "first_name", "phone", "email")}
    return {
        **{name: _encrypted(text) for name, text in contact.items()},
        **identity_indexes(**indexed, birth_date=birth),
    }


def _birth_columns(birth: str) -> Row:
    return {"birth_date": _encrypted(birth), "birth_date_index": blind_index(birth, "birth_date")}


def _encrypted(text: str) -> str | None:
    return EncryptedText().process_bind_param(text, None)  # type: ignore[arg-type]  # the database does not matter


@cache
def _day(day: int) -> date:
    return EPOCH + timedelta(days=day)
