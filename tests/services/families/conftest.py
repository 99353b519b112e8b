"""Donors, a patient and a campaign for the tests of families."""

from types import SimpleNamespace

import pytest

from models.account import Role
from models.campaign import Campaign, Purpose
from services.families.opening import create_family
from services.families.records import family_rows, get_family
from services.families.relatives import add_relative
from tests.reserving import NOW, someone
from tests.small_registry import D, put_donors, put_patient

HLA = "A*01 A*03 B*08 B*35"
COORDINATOR, SCIENTIST = someone("coordinator", login="coo"), someone("scientist", login="sci")
BOTH = someone(*(role.value for role in Role), login="all")
DONORS = (
    D("RARE", HLA, more={"cd36": "negative type I", "sex": "F", "hpa_1": "b/b"}),
    D("BROTHER", HLA, more={"cd36": "", "sex": "M"}),
    D("SISTER", HLA, more={"cd36": "positive", "sex": "F", "hpa_1": "a/b"}),
    D("SILENT", HLA, more={"consent_contact": False, "sex": "M"}),
)


@pytest.fixture
def people(engines):
    """The engines of a database with a few donors and one patient."""
    with engines.write_session() as session:
        put_donors(session, DONORS)
        put_patient(session, "PAT-1", HLA)
    return engines


class Drawn:
    """A family in the making: every step reads the version that is on record."""

    def __init__(self, session, by=COORDINATOR, **asked):
        given = {"phenotype": "CD36", "prevalence": "4 %", "source": "deck", "donor_number": "RARE", **asked}
        self.session, self.by = session, by
        self.code = create_family(session, **given, by=by, now=NOW).code

    @property
    def family(self):
        return get_family(self.session, self.code)

    @property
    def rows(self):
        return family_rows(self.session, self.family)

    @property
    def at(self):
        return {"code": self.code, "version": self.family.version_id, "by": self.by, "now": NOW}

    def add(self, kin, sex="", of=None):
        of = self.rows.first.code if of is None else of.code
        return add_relative(self.session, of=of, kin=kin, sex=sex, **self.at)


@pytest.fixture
def drawn(people):
    """Makes a family in one open write session: `drawn(session)`."""
    return Drawn


@pytest.fixture
def running(people):
    """A running campaign for CD36-negative donors."""
    row = {"created_at": NOW, "created_by": "coo", "status": "running", "target": {"kind": "cd36_negative"}}
    with people.write_session() as session:
        session.add(Campaign(code="c-1", name="CD36", purpose=Purpose.STOCK, **row))
        session.add(
            Campaign(
                code="c-2",
                name="HPA",
                purpose=Purpose.STOCK,
                **row | {"target": {"kind": "hpa_negative", "antigen": "HPA-1a"}},
            )
        )
        session.add(Campaign(code="c-3", name="Old", purpose=Purpose.STOCK, **row | {"status": "closed"}))
    return SimpleNamespace(engines=people, code="c-1")
