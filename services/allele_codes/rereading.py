"""Which donors a table of codes may say something new of: those whose typing is written with a code."""

import re

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from services.imports.fields import HLA_COLUMNS

DONORS = SQLModel.metadata.tables["donor"]
READ_AT_ONCE = 20_000
# A digit, then two letters or more to the end of an item: `A*02:AB`, `02:ab`. What is taken in vain is read in vain.
_LIKE_A_CODE = re.compile(r"\d:?(?!XX\b)[A-Z]{2,5}\s*(?:/|$)", re.IGNORECASE | re.ASCII | re.MULTILINE)


def donors_with_codes(session: Session) -> list[int]:
    """The ids of the donors one of whose typed texts looks like a code."""
    texts = [DONORS.c[name] for name in HLA_COLUMNS]
    written = [DONORS.c[name].like("%*%") | DONORS.c[name].like("%:%") for name in HLA_COLUMNS]
    query = sa.select(DONORS.c.id, *texts).where(sa.or_(*written)).order_by(DONORS.c.id)
    rows = session.execute(query.execution_options(yield_per=READ_AT_ONCE))
    return [donor_id for donor_id, *cells in rows if _LIKE_A_CODE.search("\n".join(cells))]
