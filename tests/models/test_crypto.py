"""Identities are unreadable where they lie, and still found by who knows them."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from domain.errors import UnusableInput
from models.crypto import blind_index, configure_keys, generate_key
from models.donor import Donor, DonorIdentity, identity_indexes
from models.importing import ImportBatch, ImportIssue
from models.patient import Patient

PERSON = {
    "last_name": "Lefèvre-Quillien",
    "first_name": "Maëlys",
    "birth_date": "1984-02-29",
    "postcode": "29790",
    "phone": "+33 6 99 67 33 88",
    "email": "maelys.quillien@example.org",
}


def add_person(session, now, number: str = "D000001") -> None:
    donor = Donor(donor_number=number, created_at=now, updated_at=now)
    session.add(donor)
    session.flush()
    searched = {name: PERSON[name] for name in ("last_name", "first_name", "birth_date", "phone", "email")}
    session.add(DonorIdentity(donor_id=donor.id, **PERSON, **identity_indexes(**searched)))


# --- encrypted columns ------------------------------------------------------------------------------------------


def test_no_identity_can_be_read_in_the_files_of_the_database(engines, now, tmp_path):
    with engines.write_session() as session:
        add_person(session, now)
        session.add(Patient(patient_number="P1", birth_date="1951-07-14", created_at=now, updated_at=now))
        batch = ImportBatch(
            kind="donors", mode="diff", file_name="f", file_hash="h", started_at=now, actor="a"
        )
        session.add(batch)
        session.flush()
        refused = {"batch_id": batch.id, "code": "birth_date_unreadable", "severity": "error", "params": {}}
        session.execute(sa.insert(ImportIssue), [{**refused, "raw": "31/02/1979"}])
    files = [path for path in tmp_path.iterdir() if path.name.startswith("phenotheque.sqlite")]
    written = b"".join(path.read_bytes() for path in files)  # the write-ahead log too
    assert b"D000001" in written  # these are the files that were written
    secrets = [*PERSON.values(), "Quillien", "Lefèvre", "0699673388", "33699673388", "1951-07-14", "31/02/1979"]
    for secret in secrets:
        assert secret.encode() not in written, secret
        assert secret.lower().encode() not in written, secret


def test_no_identity_can_be_read_in_the_rows_of_either_database(both, now):
    with both.write_session() as session:
        add_person(session, now)
    with both.read_session() as session:
        raw = session.execute(sa.text("SELECT * FROM donor_identity")).mappings().one()
        for name, secret in PERSON.items():
            assert raw[name].startswith("gAAAA"), name
            assert secret not in " ".join(map(str, raw.values()))
        assert session.exec(select(DonorIdentity)).one().model_dump(include=set(PERSON)) == PERSON


def test_the_same_text_is_never_encrypted_twice_alike(engines, now):
    with engines.write_session() as session:
        add_person(session, now, "D1")
        add_person(session, now, "D2")
    with engines.read_session() as session:
        tokens = session.execute(sa.text("SELECT DISTINCT last_name FROM donor_identity")).all()
    assert len(tokens) == 2


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_stays_nothing(both, now, nothing):
    with both.write_session() as session:
        session.add(Patient(patient_number="P1", birth_date=nothing, created_at=now, updated_at=now))
    with both.read_session() as session:
        assert session.execute(sa.text("SELECT birth_date FROM patient")).scalar_one() == nothing
        assert session.exec(select(Patient)).one().birth_date == nothing


def test_no_printed_row_names_anyone():
    rows = [
        DonorIdentity(donor_id=1, **PERSON),
        Patient(patient_number="P1", birth_date="1984-02-29"),
        ImportIssue(batch_id=1, code="c", severity="error", raw="1984-02-29"),
    ]
    for row in rows:
        for secret in PERSON.values():
            assert secret not in repr(row) + str(row)


# --- blind indexes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "field", "asked"),
    [
        ("name_index", "name", "LEFEVRE QUILLIEN maelys"),
        ("name_index", "name", "  Lefèvre–Quillien   Maëlys "),
        ("name_index", "name", "Lefe\u0300vre-Quillien Mae\u0308lys"),
        ("birth_date_index", "birth_date", "1984-02-29"),
        ("phone_index", "phone", "06 99 67 33 88"),
        ("phone_index", "phone", "0033 6.99.67.33.88"),
        ("phone_index", "phone", "+33 (0)6-99-67-33-88"),
        ("email_index", "email", " Maelys.Quillien@Example.org"),
    ],
)
def test_an_exact_look_up_finds_a_person_however_it_is_written(engines, now, column, field, asked):
    with engines.write_session() as session:
        add_person(session, now)
    with engines.read_session() as session:
        query = select(DonorIdentity).where(getattr(DonorIdentity, column) == blind_index(asked, field))
        assert session.exec(query).one().last_name == PERSON["last_name"]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("name", "Martin Jean", "Martin Jeanne"),
        ("name", "Martin Jean", "MartinJean"),
        ("email", "a.b@example.org", "ab@example.org"),
        ("birth_date", "1984-02-29", "1984-02-28"),
        ("phone", "06 99 67 33 88", "06 99 67 33 89"),
    ],
)
def test_what_differs_has_another_index(app, field, one, other):
    assert blind_index(one, field) != blind_index(other, field)


def test_an_index_tells_neither_the_text_nor_that_two_columns_hold_the_same(app):
    assert blind_index("Martin", "name") != blind_index("Martin", "email")
    assert len(blind_index("Martin", "name")) == 32


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_nothing_has_no_index(app, nothing):
    assert blind_index(nothing, "name") is None
    assert blind_index(nothing, "phone") is None


def test_ligatures_and_sharp_s_are_read_as_their_letters(app):
    assert blind_index("Œuvrard Strauß", "name") == blind_index("oeuvrard STRAUSS", "name")


# --- keys -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_keys")
def test_another_index_key_gives_another_index():
    configure_keys([generate_key()], "one index key")
    first = blind_index("Martin", "name")
    configure_keys([generate_key()], "another index key")
    assert blind_index("Martin", "name") != first


@pytest.mark.usefixtures("no_keys")
@pytest.mark.parametrize(
    ("data_keys", "index_key", "code"),
    [
        ([], "index", "encryption_keys_missing"),
        (["0" * 44], "", "encryption_keys_missing"),
        (["short"], "index", "data_key_malformed"),
        (["é" * 44], "index", "data_key_malformed"),
    ],
)
def test_unusable_keys_are_refused(data_keys, index_key, code):
    with pytest.raises(UnusableInput, match=code):
        configure_keys(data_keys, index_key)


@pytest.mark.usefixtures("no_keys")
def test_without_keys_nothing_is_indexed():
    with pytest.raises(UnusableInput, match="encryption_keys_missing"):
        blind_index("Martin", "name")


def test_a_wrong_key_says_so(engines, now, no_keys):
    configure_keys([generate_key()], "index")
    with engines.write_session() as session:
        add_person(session, now)
    configure_keys([generate_key()], "index")
    with pytest.raises(UnusableInput, match="data_key_wrong"), engines.read_session() as session:
        session.exec(select(DonorIdentity)).one()
