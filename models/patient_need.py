"""What a patient needs week after week, beyond the open requests; ended rather than erased."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from models.crypto import EncryptedText


class PatientNeed(SQLModel, table=True):
    """Units of platelets a week from a day on; `until_on` null goes on. One that was ended counts no longer."""

    __tablename__ = "patient_need"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)  # UUID text
    patient_id: int = Field(foreign_key="patient.id", index=True)
    units_per_week: int
    from_on: date
    until_on: date | None = None
    reason: str = Field(default="", repr=False, sa_type=EncryptedText)
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
