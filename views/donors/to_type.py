"""Whom to type next: the donors whom a better typing could make compatible, as a page and as a file."""

import io

from flask import render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.documents.document import Document, Maker
from services.documents.files import DEFAULT_PROFILE, KINDS, file_name, profile_named, write_document
from services.registry_list import RegionStore, list_regions
from services.to_type import (
    MOST_IN_A_FILE,
    MOST_ON_PAPER,
    list_to_type,
    record_to_type_export,
    to_type_document,
)
from views.access import needs
from views.donors.blueprint import blueprint
from views.language import current_locale
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.running import actor, now, person, runtime, snapshots

REGIONS = RegionStore()  # of this process


@blueprint.get("/donors/to-type")
@needs(Permission.SEE_DONORS)
def to_type() -> str:
    """The donors by how many directives in force a better typing could settle."""
    page, region = parse_page(request.args.get("page", "1")), request.args.get("region", "").strip() or None
    seen = {"with_patients": person().may(Permission.SEE_PATIENTS), "locale": current_locale()}
    paged = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
    with runtime().engines.read_session() as session:
        answer = list_to_type(session, snapshots(), on=runtime().today(), region=region, **paged, **seen)
        regions = list_regions(session, REGIONS)
    shown = {"page": page, "pages": pages_of(answer["total"], PAGE_SIZE), "page_address": _page_address}
    return render_template("donors/to_type.html", **answer, **shown, regions=regions, seen=seen, most=MOST_IN_A_FILE)


def _page_address(page: int) -> str:
    return url_for("donors.to_type", page=page, region=request.args.get("region") or None)


@blueprint.get(f"/donors/to-type.<any({', '.join(KINDS)}):kind>")
@needs(Permission.SEE_DONORS)
def to_type_file(kind: str) -> Response:
    """The same list, its first donors, as a file; that it went out is kept in the trail."""
    profile = request.args.get("profile") or DEFAULT_PROFILE
    profile_named(profile)  # before the work, not after it
    maker = Maker(f"{person().display_name} ({actor()})", now(), runtime().settings.timezone)
    file, with_patients = io.BytesIO(), person().may(Permission.SEE_PATIENTS)
    document = _document(maker, MOST_ON_PAPER if kind == "pdf" else MOST_IN_A_FILE, with_patients=with_patients)
    rows = write_document(document, kind, file, profile=profile, maker=maker)
    with runtime().engines.write_session() as session:
        record_to_type_export(session, document, kind, rows, actor=actor(), now=now())
    file.seek(0)
    return send_file(file, KINDS[kind], as_attachment=True, download_name=file_name(document, kind, maker))


def _document(maker: Maker, most: int, *, with_patients: bool) -> Document:
    region = request.args.get("region", "").strip() or None
    asked = {"on": runtime().today(), "region": region, "limit": most, "with_patients": with_patients}
    with runtime().engines.read_session() as session:
        answer = list_to_type(session, snapshots(), **asked, locale=current_locale())
    return to_type_document(answer, locale=current_locale(), maker=maker, with_patients=with_patients)
