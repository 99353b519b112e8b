"""The rare-donor file as a file of numbers, without who anybody is."""

import io

from flask import request, send_file
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.documents.document import Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, write_document
from services.documents.rare_donors import rare_document, record_rare_export
from services.rare_donors.file import open_file
from views.access import needs
from views.language import current_locale
from views.rare_donors.forms import RareFilterForm
from views.rare_donors.pages import blueprint, seen
from views.running import actor, now, person, runtime

__all__ = ["blueprint"]


@blueprint.get("/rare-donors/export/list.<any(xlsx, csv, pdf):kind>")
@needs(Permission.SEE_DONORS)
def export(kind: str) -> Response:
    """The donors of a view of the list, by number."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    asked = RareFilterForm(request.args).read()
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    body = io.BytesIO()
    with runtime().engines.write_session() as session:
        file = open_file(session, asked=asked, **seen())
        document = rare_document(file, asked, maker=maker, locale=current_locale())
        rows = write_document(document, kind, body, profile=profile, maker=maker)
        record_rare_export(session, kind, rows, actor=actor(), now=now())
    body.seek(0)
    return send_file(body, KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))
