"""A file of transfusions, checked or imported while the person waits; a longer one is for the command."""

from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.transfusions.importing import import_transfusions, open_transfusion_layout
from services.transfusions.reading import FORM
from views.access import needs
from views.reservations.asked import timing
from views.table_files import MOST_ROWS, TablePage
from views.transfusions.blueprint import blueprint

FILES = TablePage(
    "transfusions",
    "transfusions/import.html",
    FORM,
    lambda session, asked, layout: import_transfusions(session, asked, timing=timing(), layout=layout),
    lambda asked: open_transfusion_layout(asked, most_rows=MOST_ROWS),
)


@blueprint.get("/transfusions/import")
@needs(Permission.EDIT_PATIENTS)
def import_page() -> str:
    """Send a file of transfusions."""
    return FILES.show()


@blueprint.post("/transfusions/import")
@needs(Permission.EDIT_PATIENTS)
def import_file() -> Response | str | tuple[str, int]:
    """Check or import a file, or give back the rows that it would refuse."""
    return FILES.take()
