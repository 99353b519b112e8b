"""A situation put into a database through the services: donor and patient files imported, serum, directive."""

import csv
import io
from datetime import UTC, datetime

from sqlmodel import select, update

from models.antibody import Bead, HlaClass, SerumSample
from models.epitope import EpletSource, EpletTableRow
from models.patient import Patient
from services.directives import Removal, Wording, set_directive
from services.eplets.contents import EpletContents
from services.eplets.store import import_eplets
from services.imports.donors import import_donors
from services.imports.patients import import_patients
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.rule_tables import eligibility_rules
from tests.properties import eplet_tables
from tests.properties.registries import ON, Row
from tests.properties.situations import Situation

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
# A donor nobody may count or list, so that the file of an empty registry has a row.
NOBODY = "D99999"


def csv_bytes(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def request(rows: list[Row], name: str, mode: str = "diff") -> ImportRequest:
    return ImportRequest(content=csv_bytes(rows), file_name=name, actor="test", now=NOW, mode=mode, confirmed=True)


def donor_file(situation: Situation) -> list[Row]:
    rows = situation.rows()
    extra = situation_row(rows)
    return [*rows, extra]


def situation_row(rows: list[Row]) -> Row:
    blank = dict.fromkeys([f"hla_{x}_{at}" for x in "abc" for at in (1, 2)], "")
    head = rows[0] if rows else blank
    return dict.fromkeys(head, "") | {"donor_number": NOBODY, "status": "inactive", "consent_contact": "no"}


def put_donors(session, situation: Situation):
    """Make the registry that of the situation, whatever it was: absent donors become inactive."""
    return import_donors(
        session,
        request(donor_file(situation), "donors.csv", "full"),
        reference=core_reference(),
        rules=eligibility_rules(ON),
    )


def put_patient(session, situation: Situation, number: str):
    row = {"patient_number": number, "abo": situation.abo, "region": situation.region}
    for locus, texts in situation.patient.items():
        row |= {f"hla_{locus.lower()}_{at + 1}": text for at, text in enumerate(texts)}
    return import_patients(session, request([row], "patients.csv"), reference=core_reference())


def put_serum(session, situation: Situation, number: str) -> None:
    """The beads as an import keeps them: never below zero."""
    patient = session.exec(select(Patient).where(Patient.patient_number == number)).one()
    sample = SerumSample(
        patient_id=patient.id, sample_code=f"S-{number}", hla_class=HlaClass.I, kit_lot="1", run_on=ON,
        source_format="two_column", content_hash=number, created_at=NOW,
    )  # fmt: skip
    session.add(sample)
    session.flush()
    session.add_all(
        Bead(sample_id=sample.id, position=at, allele_text=allele, raw_mfi=mfi, mfi=max(mfi, 0))
        for at, (allele, mfi) in enumerate(situation.beads)
    )
    session.flush()


def put_directive(session, situation: Situation, number: str) -> None:
    """Only where the situation has something to direct; its threshold is never used by these tests."""
    if not situation.has_directive():
        return
    wording = Wording(
        threshold_mfi=2000,
        loci=",".join(situation.loci),
        add=situation.added,
        remove=[Removal(name, "test") for name in situation.removed],
        hpa_antibodies=situation.hpa,
        anti_cd36=situation.anti_cd36,
        abo_rule=situation.abo_rule,
    )
    set_directive(session, patient_number=number, wording=wording, actor="test", now=NOW)


def put_eplets(session, situation: Situation) -> None:
    """The situation's eplet table in use, or none."""
    session.execute(update(EpletTableRow).values(active=False))
    if situation.eplet_seed is None:
        return
    drawn = eplet_tables.invented(situation.eplet_seed, situation.names)
    contents = EpletContents(EpletSource.REGISTRY)
    for allele, eplets in drawn["alleles"].items():
        contents.carry(allele, eplets)
    contents.verified = {name: name in drawn["verified"] for name in eplet_tables.INVENTED}
    import_eplets(session, contents, name=contents.content_hash, actor="test", now=NOW)


def put(session, situation: Situation, number: str) -> None:
    put_eplets(session, situation)
    assert put_donors(session, situation).refused == 0
    assert put_patient(session, situation, number).refused == 0
    put_serum(session, situation, number)
    put_directive(session, situation, number)
