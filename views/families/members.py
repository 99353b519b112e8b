"""One member of a family: what is known, which donor they are, what relatives may know, who else is related."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from domain.errors import FieldFault, InvalidFields, NotFound
from services.accounts.permissions import Permission
from services.donor_records import read_day
from services.families.members import edit_member, link_donor, record_family_consent, remove_member, unlink_donor
from services.families.page import open_family
from services.families.relatives import add_relative
from views.access import needs
from views.families.blueprint import blueprint
from views.families.drawing import label, shown_family
from views.families.forms import DonorLinkForm, FamilyConsentForm, MemberForm, RelativeForm, phenotype_said
from views.patient_forms import ReasonForm, TypedForm, attempt
from views.running import now, person, runtime
from views.shown import said

Answer = Response | str | tuple[str, int]
Json = dict[str, Any]


@blueprint.route("/families/<code>/members/<member>/relatives/new", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def relative(code: str, member: str) -> Answer:
    """Draw a relative of this member."""
    form = RelativeForm()

    def add(session: Session) -> None:
        asked = {"kin": form.kin.data or "", "sex": form.sex.data or "", "version": form.version_id()}
        add_relative(session, code=code, of=member, **asked, by=person(), now=now())

    return _carry_out("families/relative.html", form, code, member, add, "family_member_added_now")


@blueprint.route("/families/<code>/members/<member>", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def edit(code: str, member: str) -> Answer:
    """Change what is known of this member; the form shows what relatives call them to those who see identities."""
    form, names = MemberForm(), person().may(Permission.SEE_IDENTITY)

    def change(session: Session) -> None:
        asked = {"typed": form.typed(), "version": form.version_id(), "today": runtime().today()}
        edit_member(session, code=code, member=member, **asked, by=person(), now=now())

    return _carry_out("families/member.html", form, code, member, change, "family_saved", names=names)


@blueprint.route("/families/<code>/members/<member>/donor", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def donor(code: str, member: str) -> Answer:
    """Say which registered donor this member is."""
    form = DonorLinkForm()

    def link(session: Session) -> None:
        asked = {"donor_number": form.donor.data or "", "version": form.version_id()}
        link_donor(session, code=code, member=member, **asked, by=person(), now=now())

    return _carry_out("families/donor.html", form, code, member, link, "family_saved")


@blueprint.route("/families/<code>/members/<member>/consent", methods=["GET", "POST"])
@needs(Permission.MANAGE_CONSENT)
def consent(code: str, member: str) -> Answer:
    """Record whether relatives may know this member's result."""
    if not person().may(Permission.EDIT_FAMILIES):
        abort(403)
    form = FamilyConsentForm()
    if not form.is_submitted():
        form.on.data = runtime().today().isoformat()

    def record(session: Session) -> None:
        _record_consent(session, form, code, member)

    return _carry_out("families/consent.html", form, code, member, record, "family_saved")


def _record_consent(session: Session, form: FamilyConsentForm, code: str, member: str) -> None:
    today = runtime().today()
    if form.agreed.data not in ("yes", "no"):
        raise InvalidFields([FieldFault("agreed", "family_agreed_unknown")])
    asked = {"agreed": form.agreed.data == "yes", "on": read_day(form.on.data or "", field="on") or today}
    edge = {"version": form.version_id(), "today": today, "by": person(), "now": now()}
    record_family_consent(session, code=code, member=member, **asked, **edge)


@blueprint.route("/families/<code>/members/<member>/unlink", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def unlink(code: str, member: str) -> Answer:
    """Say that this member is not that donor after all."""
    form = ReasonForm()
    asked = {"code": code, "member": member}
    return _carry_out("families/unlink.html", form, code, member, _last(unlink_donor, form, asked), "family_saved")


@blueprint.route("/families/<code>/members/<member>/removal", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def remove(code: str, member: str) -> Answer:
    """Take this member out of the family."""
    form = ReasonForm()
    take_out = _last(remove_member, form, {"code": code, "member": member})
    return _carry_out("families/remove.html", form, code, member, take_out, "family_member_removed_now")


def _last(do: Callable[..., Any], form: TypedForm, asked: dict[str, str]) -> Callable[[Session], None]:
    """A change that needs nothing but the version that was seen."""

    def run(session: Session) -> None:
        do(session, **asked, version=form.version_id(), by=person(), now=now())

    return run


@blueprint.get("/families/<code>/members/<member>/letter")
@needs(Permission.EDIT_FAMILIES)
def letter(code: str, member: str) -> str:
    """A letter for this member to pass on; it names nobody, and the phenotype only where the member agreed."""
    family, node = _read(code, member)
    if not (node["is_donor"] or node["is_patient"]):
        abort(404)
    shown = {"family": family, "node": node, "phenotype": phenotype_said(family["phenotype"])}
    return render_template("families/letter.html", today=runtime().today(), **shown)


def _carry_out(
    template: str, form: TypedForm, code: str, member: str, do: Callable[[Session], Any], done: str, *,
    names: bool = False,
) -> Answer:  # fmt: skip
    """Show the form of a change, or make it; one that is refused comes back with what was typed."""
    if not form.is_submitted():
        return _page(template, form, code, member, names=names)
    if status := attempt(form, do):
        return _page(template, form, code, member, typed=True), status
    flash(said(done))
    return redirect(url_for("families.show", code=code), 303)


def _page(template: str, form: TypedForm, code: str, member: str, *, names: bool = False, typed: bool = False) -> str:
    """The page of a change; filling in what relatives call somebody is a look at it, which the trail keeps."""
    family, node = _read(code, member, names=names)
    if not typed and isinstance(form, MemberForm):
        form.fill({name: node[name] for name in ("alias", "birth_year", "deceased", "status_source")})
        form.sex.data, form.status.data = node["sex"] or "", node["by_hand"]
    form.version.data = str(family["version"])
    return render_template(template, form=form, family=family, node=node, shown_label=label(node))


def _read(code: str, member: str, *, names: bool = False) -> tuple[Json, Json]:
    engines = runtime().engines
    opened: AbstractContextManager[Session] = engines.write_session() if names else engines.read_session()
    with opened as session:
        family = shown_family(open_family(session, code=code, by=person(), now=now(), names=names))
    node = next((one for one in family["members"] if one["code"] == member), None)
    if node is None:
        raise NotFound("unknown_family_member")
    return family, node
