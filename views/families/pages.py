"""The list of families, one of them, and what is drawn new."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain.errors import PhenothequeError, RefusedByRule, UnusableInput
from services.accounts.permissions import Permission
from services.families.inviting import invitable, invite_siblings
from services.families.opening import change_prevalence, create_family
from services.families.page import list_families, open_family
from services.prevalences import prevalences
from views.access import needs
from views.families import members
from views.families.blueprint import blueprint
from views.families.drawing import draw, shown_family
from views.families.forms import NewFamilyForm, PrevalenceForm, phenotype_said
from views.forms import number_in
from views.paging import PAGE_SIZE, pages_of, parse_page
from views.patient_forms import attempt
from views.reservations.asked import timing
from views.running import now, person, runtime
from views.shown import said

__all__ = ["blueprint", "members"]  # the pages of members come with these
Answer = Response | str | tuple[str, int]
LONGEST_NUMBER = 64


@blueprint.get("/families")
@needs(Permission.SEE_FAMILIES)
def index() -> str:
    """The families, or those of one donor or patient."""
    page, asked = parse_page(request.args.get("page", "1")), request.args
    number, patient = (asked.get(name, "").strip()[:LONGEST_NUMBER] for name in ("donor", "patient"))
    with runtime().engines.read_session() as session:
        window = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
        families, total = list_families(session, by=person(), number=number, patient=patient, **window)
    paged = {"page": page, "pages": pages_of(total, PAGE_SIZE), "page_address": _page_address}
    words = {"phenotype_said": phenotype_said, "number": number, "patient": patient}
    return render_template("families/index.html", families=families, total=total, **paged, **words)


def _page_address(page: int) -> str:
    return url_for(
        "families.index", page=page, **{name: request.args.get(name) or None for name in ("donor", "patient")}
    )


@blueprint.route("/families/new", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def new() -> Answer:
    """Draw a family for a donor or a patient."""
    form = NewFamilyForm()
    if not form.is_submitted():
        form.fill({name: request.args.get(name, "") for name in ("donor", "patient", "phenotype")})
        return _new_page(form)
    typed, made = form.typed(), dict[str, str]()
    if status := attempt(form, lambda session: made.update(code=_create(session, typed))):
        return _new_page(form), status
    flash(said("family_drawn_now"))
    return redirect(url_for("families.show", code=made["code"]), 303)


def _create(session: Any, typed: dict[str, str]) -> str:
    numbers = {"donor_number": typed["donor"], "patient_number": typed["patient"]}
    asked = {name: typed[name] for name in ("phenotype", "prevalence", "source")}
    return create_family(session, **asked, **numbers, by=person(), now=now()).code


def _new_page(form: NewFamilyForm) -> str:
    return render_template("families/new.html", form=form, published=prevalences(), phenotype_said=phenotype_said)


@blueprint.get("/families/<code>")
@needs(Permission.SEE_FAMILIES)
def show(code: str) -> str:
    """One family; with ?names=show what relatives call each other, which is kept in the trail each time."""
    names = request.args.get("names") == "show"
    if names and not person().may(Permission.SEE_IDENTITY):
        abort(403)
    return _family_page(code, names=names)


def _family_page(code: str, *, names: bool = False, refused: PhenothequeError | None = None) -> str:
    engines = runtime().engines
    with engines.write_session() if names else engines.read_session() as session:
        family = open_family(session, code=code, by=person(), now=now(), names=names)
        inviting = invitable(session, code=code) if family["siblings"] else None
    shown: dict[str, Any] = {"family": shown_family(family), "drawing": draw(family), "inviting": inviting}
    return render_template("families/show.html", refused=refused, phenotype_said=phenotype_said, **shown)


@blueprint.post("/families/<code>/invite")
@needs(Permission.RUN_CAMPAIGNS)
def invite(code: str) -> Answer:
    """Put the chosen brothers and sisters into a campaign."""
    if not person().may(Permission.SEE_FAMILIES):
        abort(403)
    try:
        count = _invite(code)
    except (RefusedByRule, UnusableInput) as refused:
        return _family_page(code, refused=refused), 409 if isinstance(refused, RefusedByRule) else 422
    flash(said("family_invited_now", {"count": count}))
    return redirect(url_for("families.show", code=code), 303)


def _invite(code: str) -> int:
    given = request.form
    asked: dict[str, Any] = {"campaign": given.get("campaign", ""), "members": given.getlist("member")}
    asked["version"] = number_in(given.get("version")) or 0
    with runtime().engines.write_session() as session:
        return invite_siblings(session, code=code, **asked, by=person(), timing=timing())


@blueprint.route("/families/<code>/prevalence", methods=["GET", "POST"])
@needs(Permission.EDIT_FAMILIES)
def prevalence(code: str) -> Answer:
    """Reckon with another share of people with the phenotype."""
    form, family = PrevalenceForm(), _family(code)
    if not form.is_submitted():
        texts = {"prevalence": f"{100 * (family['prevalence'] or 0):g} %", "source": family["prevalence_source"]}
        form.fill({**texts, "version": str(family["version"])})
        return _prevalence_page(form, family)
    asked = {"prevalence": form.prevalence.data or "", "source": form.source.data or "", "version": form.version_id()}
    if status := attempt(form, lambda session: change_prevalence(session, code=code, **asked, by=person(), now=now())):
        return _prevalence_page(form, family), status
    flash(said("family_saved"))
    return redirect(url_for("families.show", code=code), 303)


def _family(code: str) -> dict[str, Any]:
    with runtime().engines.read_session() as session:
        family = open_family(session, code=code, by=person(), now=now())
    if not family["recessive"]:
        abort(404)
    return family


def _prevalence_page(form: PrevalenceForm, family: dict[str, Any]) -> str:
    form.version.data = str(family["version"])
    published = [one for one in prevalences() if one.phenotype == family["phenotype"]]
    shown = {"family": family, "published": published, "phenotype_said": phenotype_said}
    return render_template("families/prevalence.html", form=form, **shown)
