"""Words shared by the migrations; never change one, a migration must stay what it was: add another."""

import sqlalchemy as sa
from alembic import op

HLA_COLUMNS = ("hla_a_1", "hla_a_2", "hla_b_1", "hla_b_2", "hla_c_1", "hla_c_2")
OTHER_COLUMNS = ("hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15", "cd36")


def text(name: str, *, null: bool = False) -> sa.Column:
    """Text of any length."""
    return sa.Column(name, sa.String(), nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column:
    """Whole number."""
    return sa.Column(name, sa.Integer(), nullable=null)


def moment(name: str, *, null: bool = False) -> sa.Column:
    """Moment in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def choice(name: str, *, null: bool = False) -> sa.Column:
    """Member of a strict enum, stored by value (models.database.strict_enum)."""
    return sa.Column(name, sa.String(32), nullable=null)


def encrypted(name: str, *, null: bool = True) -> sa.Column:
    """Token of an encrypted text (models.crypto.EncryptedText)."""
    return sa.Column(name, sa.Text(), nullable=null)


def key(table: str) -> list[sa.Column | sa.Constraint]:
    """The primary key every ordinary table has."""
    return [sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")]


def link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """Foreign key to the id of another table."""
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def typing_columns() -> list[sa.Column]:
    """The twelve raw typed texts of a donor or a patient."""
    return [text(name) for name in HLA_COLUMNS + OTHER_COLUMNS]


def index(table: str, column: str) -> None:
    """Plain index of one column."""
    op.create_index(f"ix_{table}_{column}", table, [column])
