"""The overview of every plan, the timeline of one patient, and the calendar of chemotherapy."""

from flask import render_template
from werkzeug.wrappers import Response

from services.accounts.permissions import Permission
from services.autologous.courses import cancel_course, course_values, edit_course, plan_course
from services.autologous.due import list_plans
from services.autologous.page import open_plan
from services.autologous.rules import autologous_rules
from services.autologous.store import get_course
from services.patient_file import open_banner
from services.patients import get_patient
from views.access import needs
from views.autologous.blueprint import blueprint, done
from views.autologous.collections import collection_new as collection_new  # its views join the blueprint
from views.autologous.drawing import draw_plan
from views.autologous.forms import CourseForm, filled, timing
from views.autologous.units import unit as unit
from views.patient_forms import ReasonForm, attempt
from views.running import actor, now, runtime


@blueprint.get("/autologous")
@needs(Permission.SEE_PATIENTS)
def index() -> str:
    """Every patient with a plan: what is due, the next window, the stock."""
    with runtime().engines.read_session() as session:
        plans = list_plans(session, timing())
    return render_template("autologous/index.html", plans=plans)


@blueprint.get("/patients/<patient>/autologous")
@needs(Permission.SEE_PATIENTS)
def show(patient: str) -> str:
    """The plan of one patient."""
    with runtime().engines.read_session() as session:
        plan = open_plan(session, number=patient, timing=timing())
    return render_template("autologous/show.html", drawing=draw_plan(plan), **plan)


@blueprint.route("/patients/<patient>/autologous/courses/new", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def course_new(patient: str) -> Response | str | tuple[str, int]:
    """Put a course in the calendar."""
    rules = autologous_rules(timing().today)
    form = filled(CourseForm(), {"aplasia_days": str(rules.default_aplasia_days), "units_wanted": "0"})
    if not form.is_submitted():
        return _course_page(form, patient)
    asked = {"patient_number": patient, "typed": form.typed(), "actor": actor(), "now": now()}
    if status := attempt(form, lambda session: plan_course(session, **asked, today=timing().today)):
        return _course_page(form, patient), status
    return done(patient, "autologous_course_saved")


@blueprint.route("/patients/<patient>/autologous/courses/<course>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def course_edit(patient: str, course: str) -> Response | str | tuple[str, int]:
    """Change a course."""
    form = filled(CourseForm(), _values(patient, course))
    if not form.is_submitted():
        return _course_page(form, patient, course)
    asked = {"patient_number": patient, "code": course, "typed": form.typed(), "version": form.version_id()}
    asked |= {"actor": actor(), "now": now(), "today": timing().today}
    if status := attempt(form, lambda session: edit_course(session, **asked)):
        return _course_page(form, patient, course), status
    return done(patient, "autologous_course_saved")


@blueprint.route("/patients/<patient>/autologous/courses/<course>/cancel", methods=["GET", "POST"])
@needs(Permission.EDIT_PATIENTS)
def course_cancel(patient: str, course: str) -> Response | str | tuple[str, int]:
    """Take a course out of the calendar, with a reason."""
    values = _values(patient, course)
    form = filled(ReasonForm(), {"version": values["version"]})
    if not form.is_submitted():
        return _cancel_page(form, patient, values["name"])
    asked = {"patient_number": patient, "code": course, "reason": form.reason.data or ""}
    asked |= {"version": form.version_id(), "actor": actor(), "now": now()}
    if status := attempt(form, lambda session: cancel_course(session, **asked)):
        return _cancel_page(form, patient, values["name"]), status
    return done(patient, "autologous_course_cancelled")


def _values(patient: str, course: str) -> dict[str, str]:
    with runtime().engines.read_session() as session:
        return course_values(get_course(session, get_patient(session, patient), course))


def _course_page(form: CourseForm, patient: str, course: str = "") -> str:
    if course:
        form.version.data = form.version.data if form.errors else _values(patient, course)["version"]
    with runtime().engines.read_session() as session:
        banner = open_banner(session, number=patient, on=timing().today)
    return render_template("autologous/course.html", form=form, course=course, **banner)


def _cancel_page(form: ReasonForm, patient: str, name: str) -> str:
    with runtime().engines.read_session() as session:
        banner = open_banner(session, number=patient, on=timing().today)
    return render_template("autologous/cancel.html", form=form, what="course", name=name, **banner)
