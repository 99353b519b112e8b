"""The demo: an invented registry and seven patients, loaded through the same doors as real files."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day

from sqlmodel import Session, SQLModel, col, func, select

from domain.eligibility import EligibilityRules
from domain.errors import RefusedByRule
from domain.reference import Reference
from models.antibody import SerumSample
from models.donor import Deferral as DeferralRow
from models.donor import Donor
from models.patient import Patient
from services.autologous.demo import seed_autologous
from services.crossmatches.demo import seed_crossmatches
from services.demo_campaigns import seed_campaign
from services.demo_care import ZONE, seed_needs, seed_platelet_antibodies, seed_requests
from services.demo_duplicates import seed_duplicates
from services.demo_families import seed_families
from services.directives import Wording, set_directive
from services.donors import rederive_all
from services.frequencies.importing import import_frequencies
from services.imports.antibodies import AntibodyOptions, import_antibodies
from services.imports.donors import import_donors
from services.imports.outcome import ImportResult
from services.imports.patients import import_patients
from services.imports.request import ImportRequest
from services.outcomes.demo import seed_outcomes
from services.rare_donors.refreshing import refresh_rare_donors
from services.standing_searches.watching import watch_patient
from services.synthetic.demo_frequencies import FREQUENCY_TABLE
from services.synthetic.demo_frequencies import NAME as FREQUENCY_NAME
from services.synthetic.demo_sera import ANTIBODY_FOLDER
from services.synthetic.donors import donor_rows, invented_deferrals
from services.synthetic.population import DEMO, demo_population, read_demo_table
from services.transfusions.demo import seed_transfusions
from services.treatments.demo import seed_treatments

DEMO_DAY = date(2026, 11, 22)  # every invented date is counted from it, so that the demo stays the same
DEMO_DONORS = 3_000
DEMO_SEED = 2026

WATCHED = ("DEMO-P2", "DEMO-P3")  # who need a rare phenotype: a new donor is news


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """What was loaded, and the story code of each patient."""

    donors: int
    patients: int
    sera: int
    stories: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Seeding:
    """Who seeds, when, and under which references."""

    reference: Reference
    rules: EligibilityRules
    actor: str
    now: datetime


def is_empty(session: Session) -> bool:
    """Whether the database holds no donor and no patient."""
    return _count(session, Donor) == 0 and _count(session, Patient) == 0


def check_empty(session: Session) -> None:
    """Raises RefusedByRule where the database holds a donor or a patient: invented data never joins real data."""
    donors, patients = _count(session, Donor), _count(session, Patient)
    if donors or patients:
        raise RefusedByRule("seed_needs_empty_database", donors=donors, patients=patients)


def seed_demo(session: Session, seeding: Seeding) -> DemoLoaded:
    """Load the demo into an empty database. Raises RefusedByRule where it is not empty."""
    check_empty(session)
    # Dated from the day of the demo on a machine whose clock is earlier, or the file would lie in the future.
    now = max(seeding.now, datetime.combine(DEMO_DAY, time_of_day(6), UTC))
    reference, rules = seeding.reference, seeding.rules

    def request(content: bytes, name: str) -> ImportRequest:
        return ImportRequest(content=content, file_name=name, actor=seeding.actor, now=now)

    _complete(import_donors(session, request(donor_file(reference), "donors.csv"), reference=reference, rules=rules))
    _record_deferrals(session, now)
    rederive_all(session, reference=reference, rules=rules, now=now)
    _load_frequencies(session, seeding.actor, now)
    patients = (DEMO / "patients.csv").read_bytes()
    _complete(import_patients(session, request(patients, "patients.csv"), reference=reference))
    for name, options in antibody_files().items():
        content = (ANTIBODY_FOLDER / name).read_bytes()
        _complete(import_antibodies(session, request(content, name), options, reference=reference))
    stories = read_demo_table("stories")
    for story in stories:
        seed_platelet_antibodies(session, story, tested_on=DEMO_DAY, actor=seeding.actor, now=now)
        _set_directive(session, story, seeding.actor, now)
    _seed_care(session, seeding.actor, now)
    return DemoLoaded(
        donors=_count(session, Donor),
        patients=_count(session, Patient),
        sera=_count(session, SerumSample),
        stories=tuple((story["patient_number"], story["story"]) for story in stories),
    )


def _seed_care(session: Session, actor: str, now: datetime) -> None:
    """What surrounds donors and patients once their typings, sera and directives are there."""
    seed_requests(session, actor=actor, now=now)
    seed_needs(session, actor=actor, now=now)
    refresh_rare_donors(session, now=now, actor=actor)
    seed_autologous(session, zone=ZONE, on=DEMO_DAY, actor=actor, now=now)
    seed_transfusions(session, zone=ZONE, on=DEMO_DAY, actor=actor, now=now)
    seed_outcomes(session, zone=ZONE, on=DEMO_DAY, actor=actor, now=now)
    seed_treatments(session, actor=actor, now=now)
    seed_crossmatches(session, actor=actor, now=now)
    seed_families(session, actor=actor, now=now)
    seed_campaign(session, zone=ZONE, actor=actor, now=now)
    seed_duplicates(session, actor=actor, now=now)
    for number in WATCHED:
        watch_patient(session, number=number, actor=actor, now=now)


def _load_frequencies(session: Session, actor: str, now: datetime) -> None:
    """The demo's own allele frequencies, named as what they are: illustrative."""
    content = FREQUENCY_TABLE.read_bytes()
    name = FREQUENCY_TABLE.name
    done = import_frequencies(
        session, content, file_name=name, name=FREQUENCY_NAME, illustrative=True, actor=actor, now=now
    )
    if done["refused"]:
        raise RuntimeError(f"the demo's {name}: {done['refused']} rows refused")


def donor_file(reference: Reference) -> bytes:
    """The demo's donors as the CSV file a registry would send."""
    rows = list(donor_rows(demo_population(), reference=reference, count=DEMO_DONORS, seed=DEMO_SEED, on=DEMO_DAY))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def antibody_files() -> dict[str, AntibodyOptions]:
    """The demo's antibody files, each with what must be said beside it: a table of two columns names no sample."""
    return {
        serum["file"]: (
            AntibodyOptions(
                patient=serum["patient"], sample_code=serum["sample"], run_on=date.fromisoformat(serum["run_on"])
            )
            if serum["layout"] == "two_columns"
            else AntibodyOptions()
        )
        for serum in read_demo_table("sera")
    }


def _complete(result: ImportResult) -> None:
    """Raises RuntimeError where a row of our own files was refused: the demo and the rules have drifted apart."""
    if result.refused:
        codes = ", ".join(sorted({issue.code for issue in result.issues if issue.severity == "error"}))
        raise RuntimeError(f"the demo's {result.file_name}: {result.refused} rows refused ({codes})")


def _record_deferrals(session: Session, now: datetime) -> None:
    deferrals = invented_deferrals(count=DEMO_DONORS, seed=DEMO_SEED, on=DEMO_DAY)
    found = session.exec(select(Donor.donor_number, Donor.id).where(col(Donor.donor_number).in_(deferrals))).all()
    for number, donor_id in sorted(found):
        one = deferrals[number]
        session.add(
            DeferralRow(
                donor_id=donor_id or 0, from_on=one.from_on, until_on=one.until_on, reason=one.reason, recorded_at=now
            )
        )
    session.flush()  # the donors are derived anew from what is on record


def _set_directive(session: Session, story: dict[str, str], actor: str, now: datetime) -> None:
    """Put in force what the story asks of a donor besides HLA, if anything."""
    if not story["threshold_mfi"]:
        return
    wording = Wording(
        threshold_mfi=int(story["threshold_mfi"]),
        hpa_antibodies=[story["hpa_antibody"]] if story["hpa_antibody"] else [],
        anti_cd36=story["anti_cd36"] == "yes",
        abo_rule=story["abo_rule"] or "none",
    )
    set_directive(session, patient_number=story["patient_number"], wording=wording, actor=actor, now=now)


def _count(session: Session, table: type[SQLModel]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()
