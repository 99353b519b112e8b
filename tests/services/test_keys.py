"""Rotation puts every encrypted text under the new key, and every look-up under the new index."""

import pytest
import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.sql.sqltypes import AutoString

from domain.errors import UnusableInput
from models import crypto
from models.crypto import blind_index, configure_keys, generate_key
from models.donor import Donor, DonorIdentity, identity_indexes
from models.importing import ImportBatch, ImportIssue
from models.job import Upload
from models.patient import Patient
from services.keys import encrypted_columns, rotate_keys

OLD, NEW, STRANGE = generate_key(), generate_key(), generate_key()
DONORS = 7


@pytest.fixture
def both(app_on, database_url):
    return app_on(database_url).extensions["phenotheque"].engines


@pytest.fixture
def registry(both, now, monkeypatch):
    """Seven donors and a patient encrypted under the old key."""
    monkeypatch.setattr(crypto, "_keys", None)
    configure_keys([OLD], "old index")
    with both.write_session() as session:
        for n in range(1, DONORS + 1):
            fill(session, now, n)
        session.add(Patient(patient_number="P1", birth_date="1951-07-14", created_at=now, updated_at=now))
        batch = ImportBatch(kind="donors", mode="diff", file_name="f", file_hash="h", started_at=now, actor="a")
        session.add(batch)
        session.flush()
        session.add(
            ImportIssue(batch_id=batch.id, code="c", severity="error", raw="31/02/1979", params={"text": "31/02/1979"})
        )
        for n in range(DONORS):  # a table whose key is text
            session.add(an_upload(now, n))
    return both


def an_upload(now, n: int) -> Upload:
    named = {"id": f"{n}-upload", "file_name": "f", "file_hash": "h", "size": 1, "kind": "donors"}
    return Upload(**named, result={"rows": n}, uploaded_by="a", uploaded_at=now, changed_at=now)


def fill(session, now, n: int) -> None:
    person = {
        "last_name": f"Durand {n}",
        "first_name": "Zoé",
        "birth_date": f"1980-01-0{n}",
        "phone": None,
        "email": "",
    }
    session.add(Donor(id=n, donor_number=f"D{n}", created_at=now, updated_at=now))
    session.flush()
    session.add(DonorIdentity(donor_id=n, **person, **identity_indexes(**person)))


def rotate(engines, **options):
    with engines.write_session() as session:
        return rotate_keys(session, **options)


def tokens(engines) -> list[str]:
    with engines.read_session() as session:
        names = session.execute(sa.text("SELECT last_name FROM donor_identity ORDER BY donor_id"))
        return [*names.scalars(), session.execute(sa.text("SELECT birth_date FROM patient")).scalar_one()]


def find(engines, name: str) -> list[int]:
    with engines.read_session() as session:
        query = select(DonorIdentity.donor_id).where(DonorIdentity.name_index == blind_index(name, "name"))
        return list(session.exec(query))


def test_after_a_rotation_the_new_key_alone_reads_everything(registry):
    configure_keys([NEW, OLD], "old index")
    rewritten = {table: rows for table, rows in rotate(registry, batch_rows=3).items() if rows}
    assert rewritten == {"donor_identity": DONORS, "patient": 1, "import_issue": 1, "upload": 7}
    configure_keys([NEW], "old index")
    with registry.read_session() as session:
        people = session.exec(select(DonorIdentity).order_by(DonorIdentity.donor_id)).all()
        assert [person.last_name for person in people] == [f"Durand {n}" for n in range(1, DONORS + 1)]
        assert {(person.first_name, person.phone, person.email) for person in people} == {("Zoé", None, "")}
        assert session.exec(select(Patient)).one().birth_date == "1951-07-14"
        issue = session.exec(select(ImportIssue)).one()
        assert (issue.raw, issue.params) == ("31/02/1979", {"text": "31/02/1979"})
        assert {upload.result["rows"] for upload in session.exec(select(Upload))} == set(range(7))
    assert find(registry, "durand 7 ZOE") == [7]


def test_before_the_rotation_both_keys_read_and_the_first_one_writes(registry, now):
    configure_keys([NEW, OLD], "old index")
    with registry.write_session() as session:
        session.get(DonorIdentity, 1).last_name = "Martin"
    configure_keys([NEW], "old index")
    with registry.read_session() as session:
        assert session.execute(sa.select(DonorIdentity.last_name).where(DonorIdentity.donor_id == 1)).scalar_one()
    with pytest.raises(UnusableInput, match="data_key_wrong"), registry.read_session() as session:
        session.get(DonorIdentity, 2)


def test_another_index_key_finds_again_after_the_rotation(registry):
    configure_keys([OLD], "new index")
    assert find(registry, "Durand 3 Zoé") == []
    rotate(registry)
    assert find(registry, "Durand 3 Zoé") == [3]


def test_a_missing_old_key_stops_the_rotation_and_changes_nothing(registry):
    before = tokens(registry)
    configure_keys([NEW, STRANGE], "new index")
    with pytest.raises(UnusableInput, match="data_key_wrong"):
        rotate(registry, batch_rows=2)
    assert tokens(registry) == before


def test_a_rotation_is_no_edit(registry):
    configure_keys([NEW, OLD], "old index")
    rotate(registry)
    with registry.read_session() as session:
        assert session.exec(select(Patient)).one().version_id == 1


def test_the_progress_counts_every_row_of_every_table(registry):
    steps = []
    rotate(registry, batch_rows=3, progress=lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "donor_identity"] == [
        ("donor_identity", 3, DONORS),
        ("donor_identity", 6, DONORS),
        ("donor_identity", 7, DONORS),
    ]


def test_every_table_with_encrypted_text_has_the_single_key_a_rotation_walks_along():
    tables = encrypted_columns()
    assert {table.name for table in tables} >= {"donor_identity", "patient", "import_issue"}
    for table in tables:
        (key,) = table.primary_key.columns
        assert isinstance(key.type, sa.Integer | AutoString)
