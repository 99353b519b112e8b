"""A registry of a few donors, with patients and sera, put straight into the tables for the tests of searches."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import Session

from domain.eligibility import Deferral
from models.antibody import Bead, BeadKind, HlaClass, SerumSample
from models.donor import TYPING_COLUMNS, Donor, DonorIdentity, identity_indexes
from models.donor import Deferral as DeferralRow
from models.patient import Patient
from services.donors import DonorDeriver, mark_registry_derived, record_gaps
from services.reference import core_reference
from services.rule_tables import eligibility_rules

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ON = date(2026, 11, 22)
ZONE = "Europe/Paris"
# Who they are must never reach an answer; each text is found nowhere else.
IDENTITY = {
    "last_name": "Quelquundautre",
    "first_name": "Zéphirine",
    "birth_date": "1985-05-17",
    "postcode": "98765",
    "phone": "+33612345678",
    "email": "zephirine@quelquundautre.example",
}
PERSONAL = ("Quelquundautre", "Zéphirine", "1985-05-17", "17/05/1985", "98765", "33612345678", "zephirine@")


@dataclass
class D:
    """One donor: number, typings as `A*01 A*03 B*08 B*49 [C*07 C*07]`, and whatever else of the donor's row."""

    number: str
    typed: str
    region: str | None = "Bretagne"
    deferrals: tuple[Deferral, ...] = ()
    birth_date: str | None = IDENTITY["birth_date"]
    more: dict[str, Any] = field(default_factory=dict)


def raw_typings(typed: str) -> dict[str, str]:
    """`A*01 - B*08 X` as the six raw columns; `X` and what is left out are empty."""
    texts = [("" if text == "X" else text) for text in typed.split()] + [""] * 6
    return {column: texts[at] for at, column in enumerate(TYPING_COLUMNS[:6])}


def put_donors(session: Session, donors: Iterable[D], *, now: datetime = NOW) -> None:
    """Add donors with the columns that services.donors derives, and say that the registry has changed."""
    deriver = DonorDeriver(core_reference(), eligibility_rules(ON))
    for one in donors:
        columns = {"donor_number": one.number, "region": one.region, "consent_contact": True, **raw_typings(one.typed)}
        row = Donor(**{**columns, **one.more}, created_at=now, updated_at=now)
        given = {name: getattr(row, name) for name in Donor.model_fields}
        derived = deriver.derive(given, birth_date=one.birth_date, deferrals=one.deferrals)
        for name, value in derived.columns().items():
            setattr(row, name, value)
        session.add(row)
        session.flush()
        put_identity(session, row, one)
        record_gaps(session, {row.id: derived.gaps})
    mark_registry_derived(session, now=now, reference=core_reference(), rules=eligibility_rules(ON))


def put_identity(session: Session, row: Donor, one: D) -> None:
    person = IDENTITY | {"birth_date": one.birth_date}
    names = ("last_name", "first_name", "birth_date", "phone", "email")
    session.add(DonorIdentity(donor_id=row.id, **person, **identity_indexes(**{name: person[name] for name in names})))
    session.add_all(
        DeferralRow(donor_id=row.id, from_on=d.from_on, until_on=d.until_on, reason=d.reason, recorded_at=NOW)
        for d in one.deferrals
    )
    session.flush()


def put_patient(session: Session, number: str, typed: str, **more: Any) -> Patient:
    """Add a patient typed as `A*01 A*03 B*08 B*49`."""
    columns = {"abo": "A", "region": "Bretagne", "birth_date": "1985-05-17", **raw_typings(typed), **more}
    patient = Patient(patient_number=number, created_at=NOW, updated_at=NOW, **columns)
    session.add(patient)
    session.flush()
    return patient


def put_serum(session: Session, patient: Patient, code: str, beads: str, **more: Any) -> SerumSample:
    """Add a serum with beads given as `A*02:01=5000 B*44:02=1200`."""
    columns = {"hla_class": HlaClass.I, "kit_lot": "1", "run_on": ON, **more}
    sample = SerumSample(
        patient_id=patient.id, sample_code=code, source_format="two_column", content_hash=code, created_at=NOW, **columns
    )
    session.add(sample)
    session.flush()
    pairs = [bead.split("=") for bead in beads.split()]
    rows = [
        Bead(sample_id=sample.id, position=at, allele_text=allele, raw_mfi=float(mfi), mfi=max(float(mfi), 0))
        for at, (allele, mfi) in enumerate(pairs)
    ]
    control = Bead(sample_id=sample.id, position=len(rows), kind=BeadKind.POSITIVE_CONTROL, allele_text="PC", mfi=20_000)
    session.add_all([*rows, control])
    session.flush()
    return sample


# Twelve donors around one patient (A*01 A*03 B*08 B*49), whose serum holds anti-A2, -B44 and a weak anti-B7.
PATIENT = "A*01 A*03 B*08 B*49"
BEADS = (
    "A*01:01=50 A*03:01=40 A*02:01=9000 A*02:06=7000 A*02:03=3000 A*11:01=400 A*24:02=600 A*24:03=650 A*23:01=700 "
    "B*08:01=30 B*49:01=20 B*44:02=1500 B*44:03=2500 B*07:02=800 B*07:03=900 B*35:01=300 B*40:01=250 B*40:02=6000 "
    "C*07:01=10 C*07:02=1200 C*06:02=15"
)
REFUSED = Deferral(date(2026, 1, 1), None, "travel")
LATER = Deferral(date(2026, 12, 1), date(2026, 12, 31), "vaccination")
NOW_AWAY = Deferral(date(2026, 11, 1), date(2026, 11, 30), "vaccination")
DONORS = (
    D("PT0001", "A*01 A*03 B*08 B*49 C*07 C*06", more={"abo": "A", "sex": "F", "pregnancies": 2, "weight_kg": 60.0}),
    D("PT0002", "A*01 A*03 B*08 B*49 C*07:01 C*06", "Corse", more={"abo": "O", "rhd": "+"}),
    D("PT0003", "A*01 - B*08 B*49", None, more={"abo": "B", "last_donation_on": date(2026, 11, 10), "last_donation_type": "platelets"}),
    D("PT0004", "A*11 A*03 B*08 B*35", "Corse", deferrals=(LATER,), more={"abo": "A"}),
    D("PT0005", "A*02 A*03 B*08 B*49", more={"abo": "A"}),
    D("PT0006", "A*03:01 A*24:02 B*07 B*44", "Corse"),
    D("PT0007", "A*01 A*03 B*40 B*49", more={"abo": "AB", "cd36": "negative", "hpa_1": "b/b"}),
    D("PT0008", "A*01 A*03 B*08 X", "Corse", more={"abo": "A"}),
    D("PT0009", "A*01 A*32 B*08 B*49", None, more={"abo": "A", "hpa_1": "a/a", "cd36": "positive"}),
    D("PT0010", "A2 - B7 B8", "Corse", birth_date=None),
    D("PT0011", "A*01 A*03 B*08 B*49", deferrals=(REFUSED,), more={"abo": "A"}),
    D("PT0012", "A*01 A*03 B*07 B*49", "Corse", deferrals=(NOW_AWAY,), more={"abo": "A"}),
    D("PT0013", "A*01 A*03 B*08 B*49", more={"status": "inactive"}),
    D("PT0014", "A*01 A*03 B*08 B*49", more={"consent_contact": False}),
)  # fmt: skip


def put_small_registry(session: Session) -> None:
    """The twelve searchable donors, two others, and patient P1 with serum S1."""
    put_donors(session, DONORS)
    patient = put_patient(session, "P1", PATIENT, sex="F", rhd="-")
    put_serum(session, patient, "S1", BEADS)
