"""Reads the donors as they are compared; plain identities stay in memory and go nowhere else."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from domain.phenotype import typed_names
from domain.suggestions import Person, words_of
from models.crypto import normalise_for_index
from models.donor import Donor, DonorIdentity


def read_people(session: Session) -> dict[int, Person]:
    """Every donor that could be compared, by id; those restricted or erased are left alone."""
    query = (
        select(Donor, DonorIdentity)
        .join(DonorIdentity, col(DonorIdentity.donor_id) == col(Donor.id))
        .where(col(Donor.restricted_at).is_(None), col(Donor.erased_at).is_(None))
        .execution_options(yield_per=2_000)
    )
    return {donor.id or 0: person_of(donor, identity) for donor, identity in session.exec(query)}


def person_of(donor: Donor, identity: DonorIdentity) -> Person:
    """What is compared of one donor."""
    names = typed_names(donor.phenotype_key) if donor.phenotype_key else {}
    return Person(
        last_name=words_of(identity.last_name or ""),
        first_name=words_of(identity.first_name or ""),
        birth_date=identity.birth_date or "",
        sex=donor.sex or "",
        postcode=(identity.postcode or "").replace(" ", ""),
        phone=normalise_for_index(identity.phone or "", "phone"),
        email=normalise_for_index(identity.email or "", "email"),
        abo=donor.abo or "",
        rhd=donor.rhd or "",
        antigens=_antigens(names),
    )


def _antigens(names: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{locus}:{name}" for locus, values in names.items() for name in values)
