"""Results of tests of donors for a rare phenotype: a row for each sample and analyte, withdrawn rather than erased."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class DonorTest(SQLModel, table=True):
    """One result of one sample of a donor; two samples that agree confirm a phenotype."""

    __tablename__ = "donor_test"
    __table_args__ = (sa.UniqueConstraint("donor_id", "analyte", "sample_code", name="uq_donor_test_sample"),)

    id: int | None = Field(default=None, primary_key=True)
    donor_id: int = Field(foreign_key="donor.id", index=True)
    invitation_id: int | None = Field(default=None, foreign_key="invitation.id", index=True)
    analyte: str  # "CD36", or the HPA system as "HPA-1"
    result: str  # as the registry writes it: "negative type I", "b/b"
    platelets: str = ""  # CD36 by flow cytometry: what was written for platelets and for monocytes
    monocytes: str = ""
    sample_code: str
    sampled_on: date | None = None
    tested_on: date
    method: str = ""
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    prior: str = ""  # what the registry said of the analyte before any result, as results write it
    recorded_at: datetime
    recorded_by: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawal_reason: str = ""
