"""The demo's recruits: donors of a blood drive who were never tested for CD36, and what the laboratory then found."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from random import Random

from domain.reference import Reference
from services.synthetic.donors import donor_row
from services.synthetic.population import DEMO, demo_population

RECRUITS_FILE = DEMO / "recruits.csv"
RECRUITS = 334  # of whom the teaching slides tell: 334 contacted, 27 tested, 1 CD36-negative
FIRST_PLACE = 5_000  # behind every donor of the demo: no number and no telephone is given twice
SEED = 2027
DRAWN_AS, REGION, CENTRE, POSTCODE = "Martinique", "Saint-Martin", "Marigot", "97150"
ANCESTRY = "african"


def recruit_rows(reference: Reference, on: date) -> Iterator[dict[str, str]]:
    """The recruits in the import format: each agreed to be contacted, and none was tested for CD36."""
    population, place, given = demo_population(), FIRST_PLACE, 0
    while given < RECRUITS:
        rng = Random(f"{SEED}:{place}")  # noqa: S311  not a secret
        row = donor_row(population, place, reference, rng, on, region=DRAWN_AS, ancestry=ANCESTRY)
        place += 1
        if not _can_give(row, on):
            continue
        given += 1
        yield row | {
            "donor_number": f"RECRUIT-{given:03d}",
            "region": REGION,
            "centre": CENTRE,
            "postcode": POSTCODE,
            "email": f"recruit{given:03d}@example.org",
            "consent_contact": "yes",
            "cd36": "",
        }


def _can_give(row: dict[str, str], on: date) -> bool:
    """Whether nothing on record keeps a recruit from giving platelets for years."""
    age = (on - date.fromisoformat(row["birth_date"])).days / 365.25
    fit = int(row["weight_kg"] or 60) >= 50 and int(row["platelet_count"] or 250) >= 150
    return 19 <= age <= 60 and fit and row["status"] == "active" and row["hla_antibody_screen"] != "positive"


def recruits_file(reference: Reference, on: date) -> bytes:
    """The recruits as the CSV file that a blood drive would send."""
    rows = list(recruit_rows(reference, on))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_recruits_file(reference: Reference, on: date) -> None:
    """Write the file again, after a change of the tables it is drawn from."""
    RECRUITS_FILE.write_bytes(recruits_file(reference, on))
