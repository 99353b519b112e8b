"""An eplet table of our own, in the shape of a registry's export: no eplet is real, the alleles are the small registry's."""

from datetime import UTC, datetime

from services.eplets.importing import import_export

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
# 9Q is on every A2 bead and on the untested A*32:01; 40W is also the patient's; one A2 bead is all that 50N lacks.
EXPORT = """Locus;Eplet;Antibody verified;Alleles
A;9Q;Yes;A*02:01, A*02:03, A*02:06, A*32:01
A;20Z;No;A*11:01 A*11:02
B;30Y;;B*44:02, B*44:03, B*45:01
ABC;40W;Yes;A*01:01, A*24:02, A*23:01
ABC;50N;No;B*40:02, B*44:03, A*02:01, B*40:01
ABC;60P;Yes;A*03:01, B*08:01, B*49:01, A*24:03, B*07:02, B*35:01, C*07:01, C*07:02, C*06:02
DRB1;70D;Yes;DRB1*04:01
"""


def load_invented_eplets(session) -> dict:
    """Put the table in use."""
    return import_export(
        session, EXPORT.encode(), file_name="ours.csv", name="invented-1", actor="test", now=NOW
    )
